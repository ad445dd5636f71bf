/* What people say, and what they say of themselves: PRIVMSG, NOTICE, TAGMSG, AWAY, SETNAME. */
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/commands.h"
#include "serve/reply.h"

/* The client-only tags of a message, as they came: "+a=b;+c". What does not fit is none. */
static struct str
client_tags(const struct irc_message *m, struct buf *out)
{
	struct str tags = m->tags, key, value;

	while (irc_tag_next(&tags, &key, &value)) {
		if (key.len < 2 || key.p[0] != '+' || !irc_tag_key_valid(key))
			continue;
		if (out->len > 0)
			buf_add_char(out, ';');
		buf_add_str(out, key);
		if (value.len > 0) {
			buf_add_char(out, '=');
			buf_add_str(out, value);
		}
	}
	return buf_str(out);
}

static void
send_to(struct session *s, enum event_kind kind, const struct irc_message *m)
{
	struct targets targets = { m->params[0], 0 };
	struct buf tags = BUF_INIT(IRC_CLIENT_TAGS_MOST + 2);
	struct str target, text = irc_param(m, 1), client;

	client = (s->caps & CAP_BIT(CAP_MESSAGE_TAGS)) && m->tags.len > 0 ? client_tags(m, &tags)
									  : (struct str){ 0 };
	while (!s->closing && target_next(s, &targets, &target)) {
		struct event ev = { .kind = kind,
			.actor = s->user,
			.target = target,
			.text = kind == EVENT_TAGMSG ? (struct str){ 0 } : text,
			.tags = client };
		server_event(s->server, s, &ev);
	}
	buf_free(&tags);
}

static void
message(struct session *s, enum event_kind kind, const char *command, const struct irc_message *m)
{
	bool silent = kind == EVENT_NOTICE;

	if (irc_param(m, 0).len == 0) {
		if (!silent)
			reply_numeric(s, ERR_NORECIPIENT, command);
	} else if (kind != EVENT_TAGMSG && irc_param(m, 1).len == 0) {
		if (!silent)
			reply_numeric(s, ERR_NOTEXTTOSEND);
	} else {
		send_to(s, kind, m);
	}
}

void
cmd_privmsg(struct session *s, const struct irc_message *m)
{
	message(s, EVENT_MESSAGE, "PRIVMSG", m);
}

void
cmd_notice(struct session *s, const struct irc_message *m)
{
	message(s, EVENT_NOTICE, "NOTICE", m);
}

void
cmd_tagmsg(struct session *s, const struct irc_message *m)
{
	if ((s->caps & CAP_BIT(CAP_MESSAGE_TAGS)) == 0)
		reply_numeric(s, ERR_UNKNOWNCOMMAND, "TAGMSG");
	else
		message(s, EVENT_TAGMSG, "TAGMSG", m);
}

void
cmd_away(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_AWAY, .actor = s->user, .text = irc_param(m, 0) };

	server_event(s->server, s, &ev);
}

void
cmd_setname(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_SETNAME, .actor = s->user, .text = m->params[0] };

	if (ev.text.len == 0 || ev.text.len > IRC_REAL_MOST)
		reply_standard(s, "FAIL", "SETNAME", "INVALID_REALNAME", "",
		    ev.text.len ? "The real name is too long" : "The real name is empty");
	else
		server_event(s->server, s, &ev);
}
