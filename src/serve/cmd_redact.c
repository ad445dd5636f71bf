/* REDACT: a message is deleted (IRCv3 draft/message-redaction), by its author or an operator of the
 * channel. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "event/msgid.h"
#include "irc/names.h"
#include "serve/commands.h"
#include "serve/guard.h"
#include "serve/keep.h"
#include "serve/playback.h"
#include "serve/question.h"
#include "serve/reply.h"

struct redaction {
	struct question question;
	uint64_t number, guard;
	char target[IRC_NAME_ROOM * 4 + 1]; /* as it was written */
	char msgid[MSGID_LENGTH + 1];
	char why[IRC_KICK_MOST + 1];
};

/* code <target> [<msgid> [<extra>]] :text */
static void
fail(struct session *s, const char *code, struct str target, struct str msgid, const char *extra,
    const char *text)
{
	char context[256];

	msgid = str_first(msgid, str_find(msgid, ' '));
	if (msgid.len > 0 && msgid.p[0] == ':')
		msgid = STR("*");
	snprintf(context, sizeof(context), "%s%s%s%s", reply_cut(target, IRC_CHANNEL_ROOM),
	    msgid.len ? " " : "", reply_cut(msgid, 64), extra);
	reply_fail(s, "REDACT", code, context, text);
}

/* Whoever has the nick still is who had it then; an account is one whatever its nick. */
static bool
is_own(const struct session *s, const struct record *r)
{
	const struct user *u = s->user;

	if (r->account.len > 0)
		return u->account != NULL && name_eq(r->account, str_from(u->account)) &&
		       r->number > guard_own(s->server, u);
	return name_eq(irc_source_nick(r->source), user_nick(u)) && r->number > u->nick_number;
}

static bool
is_operator(const struct session *s, struct str target)
{
	const struct channel *c = hub_channel(s->server->hub, target);
	const struct membership *m = c ? user_membership(s->user, c) : NULL;

	return m != NULL && member_is(m, MEMBER_OPERATOR);
}

static bool
too_late(const struct session *s, uint64_t number)
{
	int64_t most = s->server->limits.redact_time;

	return most > 0 && event_time(number) + most < clock_wall();
}

static void
redact(struct redaction *r, const struct record *row)
{
	struct session *s = r->question.session;
	struct str target = str_from(r->target), msgid = str_from(r->msgid);
	struct event ev = { .kind = EVENT_REDACT,
		.actor = s->user,
		.target = target,
		.object = msgid,
		.text = str_from(r->why),
		.own = is_own(s, row) };
	char window[32];

	if (!ev.own && !is_operator(s, target)) {
		fail(s, "REDACT_FORBIDDEN", target, msgid, "",
		    "You are not authorised to delete this message");
	} else if (!is_operator(s, target) && too_late(s, row->number)) {
		snprintf(window, sizeof(window), " %lld",
		    (long long)s->server->limits.redact_time / 1000);
		fail(s, "REDACT_WINDOW_EXPIRED", target, msgid, window,
		    "It is too late to delete this message");
	} else {
		server_event(s->server, s, &ev);
	}
}

static void
unknown(struct session *s, struct str target, struct str msgid)
{
	fail(s, "UNKNOWN_MSGID", target, msgid, "", "This message does not exist or is too old");
}

static void
on_row(struct question *q, const struct record *rows, size_t count, const char *why)
{
	struct redaction *r = (struct redaction *)q;
	struct session *s = q->session;
	char text[200];

	if (why != NULL) {
		snprintf(text, sizeof(text), "The message could not be looked up: %s", why);
		reply_fail(s, "REDACT", "MESSAGE_ERROR", reply_text(str_from(r->target)), text);
	} else if (count == 0) {
		unknown(s, str_from(r->target), str_from(r->msgid));
	} else {
		redact(r, &rows[0]);
	}
}

static const struct question_kind redaction_kind = { sizeof(struct redaction), true, on_row, NULL };

static void
look_up(struct redaction *r, struct str key)
{
	struct store_query query = { .what = STORE_ROWS,
		.target = key,
		.after = r->number - 1 > r->guard ? r->number - 1 : r->guard,
		.before = r->number + 1,
		.kinds = PLAYBACK_MESSAGES | PLAYBACK_KIND(EVENT_TAGMSG),
		.limit = 1 };

	question_ask(&r->question, &query);
}

static void
start(struct session *s, const struct irc_message *m, struct str key, uint64_t guard)
{
	struct redaction *r;
	struct str why = irc_param(m, 2);
	uint64_t number;

	if (!msgid_number(m->params[1], &number) || number == 0 || number == UINT64_MAX) {
		unknown(s, m->params[0], m->params[1]);
		return;
	}
	r = (struct redaction *)question_new(s, &redaction_kind);
	if (r == NULL) {
		reply_fail(s, "REDACT", "MESSAGE_ERROR", reply_cut(m->params[0], IRC_CHANNEL_ROOM),
		    "The server is short of memory");
		return;
	}
	r->number = number;
	r->guard = guard;
	str_copy(r->target, sizeof(r->target), m->params[0]);
	str_copy(r->msgid, sizeof(r->msgid), m->params[1]);
	str_copy(r->why, sizeof(r->why), str_first(why, utf8_prefix(why, IRC_KICK_MOST)));
	look_up(r, key);
}

void
cmd_redact(struct session *s, const struct irc_message *m)
{
	const struct channel *c = hub_channel(s->server->hub, irc_param(m, 0));
	const struct user *u = hub_user(s->server->hub, irc_param(m, 0));
	char room[STORE_TARGET_MOST];

	if ((s->caps & CAP_BIT(CAP_REDACTION)) == 0)
		reply_numeric(s, ERR_UNKNOWNCOMMAND, "REDACT");
	else if (m->count < 2)
		reply_numeric(s, ERR_NEEDMOREPARAMS, "REDACT");
	else if (c != NULL && user_membership(s->user, c) != NULL)
		start(s, m, str_from(c->folded), guard_after(s->server, c));
	else if (u != NULL)
		start(s, m, conversation_of(s->user, u, room), guard_own(s->server, s->user));
	else
		fail(s, "INVALID_TARGET",
		    channel_looks(m->params[0]) || nick_valid(m->params[0], IRC_NAME_ROOM)
			? m->params[0]
			: STR("*"),
		    (struct str){ 0 }, "", "You cannot delete messages there");
}
