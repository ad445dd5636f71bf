/* What people say, and what they say of themselves: PRIVMSG, NOTICE, TAGMSG, AWAY, SETNAME. */
#include <assert.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/away.h"
#include "serve/commands.h"
#include "serve/reply.h"
#include "serve/sent.h"
#include "serve/services.h"

struct str
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

/* It was sent before: its author gets the same echo again, and nobody else anything. Who or what it
 * went to may be gone since. */
static void
echo_again(struct session *s, struct event *ev)
{
	char name[STORE_TARGET_MOST];
	struct channel channel = { .name = name };
	struct user user = { .nick = name };

	str_copy(name, sizeof(name), ev->target);
	if (name[0] == '@' || name[0] == '+') {
		ev->status = name[0];
		channel.name++;
	}
	if (channel_looks(str_from(channel.name)))
		ev->channel = &channel;
	else
		ev->user = &user;
	ev->time = event_time(ev->number);
	withhold_repeat(s->server, s, ev);
	if ((s->caps & CAP_BIT(CAP_ECHO_MESSAGE)) != 0)
		deliver(s, ev, LINE_EVENT);
	withhold_end(s->server);
	ev->channel = NULL; /* they end here */
	ev->user = NULL;
}

void
message_send(struct session *s, struct event *ev)
{
	struct str target = ev->target;

	if (target.len > 1 && (target.p[0] == '@' || target.p[0] == '+'))
		target = str_from_byte(target, 1);
	if (ev->client_id.len > 0)
		ev->number = sent_before(
		    s->server->sent, s->user, ev->client_id, target, clock_wall());
	if (ev->number != 0)
		echo_again(s, ev);
	else
		server_event(s->server, s, ev);
}

bool
message_id(struct session *s, const char *command, const struct irc_message *m, struct str *id)
{
	*id = (struct str){ 0 };
	if (m->tags.len == 0 || (s->caps & CAP_BIT(CAP_SOCKCHAT_ID)) == 0 ||
	    !irc_tag_find(m->tags, STR("sockchat/id"), id) || sent_id_valid(*id))
		return true;
	reply_standard(s, "FAIL", command, "INVALID_ID", reply_cut(m->params[0], 64),
	    "The message was not sent: its sockchat/id is not 22 to 64 letters, digits, - and _");
	return false;
}

static void
send_to(struct session *s, enum event_kind kind, const char *command, const struct irc_message *m)
{
	struct targets targets = { m->params[0], 0 };
	struct buf tags = BUF_INIT(IRC_CLIENT_TAGS_MOST + 2);
	struct str target, text = irc_param(m, 1), client, id;

	if (!message_id(s, command, m, &id))
		return;
	client = (s->caps & CAP_BIT(CAP_MESSAGE_TAGS)) && m->tags.len > 0 ? client_tags(m, &tags)
									  : (struct str){ 0 };
	while (!s->closing && target_next(s, &targets, &target)) {
		struct event ev = { .kind = kind,
			.actor = s->user,
			.target = target,
			.text = kind == EVENT_TAGMSG ? (struct str){ 0 } : text,
			.tags = client,
			.client_id = id };
		if (!service_message(s, kind, target, text))
			message_send(s, &ev);
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
		send_to(s, kind, command, m);
	}
}

void
cmd_privmsg(struct session *s, const struct irc_message *m)
{
	message(s, EVENT_MESSAGE, "PRIVMSG", m);
}

/* The relaying one's nick as a tag, behind which the client's own stand. */
static struct str
relay_tags(const struct session *s, const struct irc_message *m, struct buf *out)
{
	buf_add_str(out, STR("draft/relaymsg="));
	for (const char *p = s->user->nick; *p != '\0'; p++)
		if (*p == ';' || *p == '\\')
			buf_add_str(out, *p == ';' ? STR("\\:") : STR("\\\\"));
		else
			buf_add_char(out, *p);
	return (s->caps & CAP_BIT(CAP_MESSAGE_TAGS)) != 0 ? client_tags(m, out) : buf_str(out);
}

void
cmd_relaymsg(struct session *s, const struct irc_message *m)
{
	struct buf tags = BUF_INIT(IRC_CLIENT_TAGS_MOST + 256);
	struct event ev = { .kind = EVENT_MESSAGE,
		.actor = s->user,
		.target = m->params[0],
		.relayed = m->params[1],
		.text = m->params[2] };

	assert(ev.relayed.len > 0); /* only the last parameter may be empty */
	if (!channel_looks(ev.target))
		reply_numeric(s, ERR_NOSUCHCHANNEL, reply_cut(ev.target, 64));
	else if (ev.text.len == 0)
		reply_fail(s, "RELAYMSG", "BLANK_MSG", "", "The message is blank");
	else {
		ev.tags = relay_tags(s, m, &tags);
		server_event(s->server, s, &ev);
	}
	buf_free(&tags);
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
	if (session_registered(s))
		away_say(s, irc_param(m, 0));
	else
		away_say_early(s, irc_param(m, 0));
}

static void
list_accepted(struct session *s)
{
	const struct user_extra *x = user_extra(s->user);

	for (uint32_t i = 0; i < x->accepted_count; i++)
		if (!x->accepted[i].written_to)
			reply_numeric(s, RPL_ACCEPTLIST, x->accepted[i].name);
	reply_numeric(s, RPL_ENDOFACCEPT);
}

void
cmd_accept(struct session *s, const struct irc_message *m)
{
	struct str nicks = irc_param(m, 0), nick;

	if (nicks.len == 0)
		list_accepted(s);
	while (list_next(&nicks, &nick)) {
		bool off = str_eat(&nick, '-');
		struct event ev = { .kind = EVENT_ACCEPT,
			.actor = s->user,
			.object = nick,
			.text = off ? STR("-") : STR("+") };
		if (str_eq(nick, STR("*")))
			list_accepted(s);
		else
			server_event(s->server, s, &ev);
	}
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
