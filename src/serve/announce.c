/* Events that took effect, told to those concerned. */
#include "announce.h"

#include <stdio.h>
#include <string.h>

#include "serve/audience.h"
#include "serve/bans.h"
#include "serve/behind.h"
#include "serve/cloak.h"
#include "serve/commands.h"
#include "serve/guard.h"
#include "serve/metadata.h"
#include "serve/rename.h"
#include "serve/replay.h"
#include "serve/reply.h"

struct session *
session_of(const struct user *u)
{
	return u->front;
}

void
deliver_user(const struct user *u, const struct event *ev, enum line_kind kind)
{
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		deliver(s, ev, kind);
}

struct session *
told_apart(struct session *by)
{
	return by != NULL && gathering_for(by) ? by : NULL;
}

void
tell_channel(struct server *sv, struct session *by, const struct event *ev)
{
	struct session *own = told_apart(by);

	audience_tell(sv, ev->channel, ev, LINE_EVENT, own);
	if (own != NULL)
		deliver(own, ev, LINE_EVENT);
}

/* That somebody comes or goes: an auditorium hides it from all but its operators and them. */
static void
tell_presence(
    struct server *sv, struct session *by, const struct event *ev, const struct user *whose)
{
	if (!member_hidden(ev->membership)) {
		tell_channel(sv, by, ev);
		return;
	}
	audience_tell_operators(sv, ev->channel, whose, ev, LINE_EVENT);
	deliver_user(whose, ev, LINE_EVENT);
}

/* To the actor and all who share a channel. */
static void
tell_common(struct server *sv, struct session *by, const struct event *ev)
{
	audience_tell_common(sv, ev->actor, ev, LINE_EVENT);
	deliver_user(ev->actor, ev, LINE_EVENT);
	(void)by;
}

static void
announce_nick(struct server *sv, struct session *by, struct event *ev)
{
	tell_common(sv, by, ev);
}

static void
announce_quit(struct server *sv, struct session *by, struct event *ev)
{
	(void)by;
	if (session_of(ev->user) != NULL)
		replay_left_all(sv, ev->user, ev->number);
	audience_tell_common(sv, ev->user, ev, LINE_EVENT);
	while (session_of(ev->user) != NULL)
		session_detach(session_of(ev->user));
}

struct str
announce_kill_reason(const struct server *sv, const struct event *ev, char out[IRC_TEXT_MOST])
{
	int n = snprintf(out, IRC_TEXT_MOST, "Killed (%s (" STR_FMT "))",
	    ev->actor ? ev->actor->nick : sv->name, STR_ARG(ev->text));

	return (struct str){ out, n < IRC_TEXT_MOST ? (size_t)n : (size_t)IRC_TEXT_MOST - 1 };
}

static void
announce_kill(struct server *sv, struct session *by, struct event *ev)
{
	struct session *s;
	char reason[IRC_TEXT_MOST];

	(void)by;
	if (session_of(ev->user) != NULL)
		replay_left_all(sv, ev->user, ev->number);
	audience_tell_common(sv, ev->user, ev, LINE_QUIT);
	deliver_user(ev->user, ev, LINE_EVENT);
	while ((s = session_of(ev->user)) != NULL) {
		/* still by its name, in the log */
		session_end(s, announce_kill_reason(sv, ev, reason));
		if (s->user != NULL)
			session_detach(s);
	}
}

static void
announce_join(struct server *sv, struct session *by, struct event *ev)
{
	struct session *s;

	if (ev->created)
		guard_created(sv, ev->channel, ev->number);
	for (s = session_of(ev->actor); s != NULL; s = s->next_device)
		if (!audience_join(s, ev->channel))
			conn_break(s->conn);
	if (ev->asked != NULL && by != NULL)
		reply_numeric(by, ERR_LINKCHANNEL, ev->asked->name, ev->channel->name);
	tell_presence(sv, by, ev, ev->actor);
	if (ev->actor->away != NULL)
		audience_tell_others(sv, ev->channel, ev->actor, ev, LINE_AWAY);
	for (s = session_of(ev->actor); s != NULL; s = s->next_device) {
		reply_entered(s, ev->channel);
		metadata_joined(s, ev->channel);
	}
	metadata_came(sv, ev->actor, ev->channel);
	replay_joined(ev->actor, ev->channel);
}

static void
leave_audience(struct server *sv, const struct event *ev, const struct user *u)
{
	if (session_of(u) != NULL)
		replay_left(sv, u, ev->channel, ev->number);
	for (struct session *s = session_of(u); s != NULL; s = s->next_device) {
		audience_leave(s, ev->channel);
		behind_leaves(s, ev->channel);
	}
}

static void
announce_part(struct server *sv, struct session *by, struct event *ev)
{
	tell_presence(sv, by, ev, ev->actor);
	leave_audience(sv, ev, ev->actor);
}

static void
announce_kick(struct server *sv, struct session *by, struct event *ev)
{
	tell_presence(sv, by, ev, ev->user);
	leave_audience(sv, ev, ev->user);
}

static void
announce_topic(struct server *sv, struct session *by, struct event *ev)
{
	tell_channel(sv, by, ev);
}

/* What took effect of the changes from *next on, as "+o-v alice bob": as many as fit into size.
 * What says so to others is longer than what asked for it, by who did it and completed masks. */
static struct str
effective_changes(const struct event *ev, unsigned *next, char *out, size_t size)
{
	char words[IRC_TEXT_MOST];
	struct line letters = { out, out, out + size, false };
	struct line params = { words, words, words + sizeof(words), false };
	char sign = 0;

	for (; *next < ev->change_count; (*next)++) {
		const struct mode_change *m = &ev->changes[*next];
		size_t used = (size_t)(letters.at - letters.start + params.at - params.start);
		if (m->verdict != VERDICT_OK)
			continue;
		if (used > 0 && used + m->param.len + 3 > size)
			break;
		if (sign != (m->add ? '+' : '-'))
			line_char(&letters, m->add ? '+' : '-');
		sign = m->add ? '+' : '-';
		line_char(&letters, m->letter);
		if (m->param.len > 0)
			line_char(&params, ' ');
		line_str(&params, m->param);
	}
	line_str(&letters, (struct str){ words, (size_t)(params.at - words) });
	return (struct str){ out, (size_t)(letters.at - out) };
}

/* The room for changes in a line ":nick!user@host MODE target changes". */
static size_t
changes_room(const struct server *sv, const struct event *ev)
{
	char mask[IRC_NAME_ROOM + IRC_USER_MOST + IRC_HOST_MOST + 8];
	size_t source = ev->actor ? user_mask(ev->actor, mask, sizeof(mask)).len
				  : sv->names.server.len;

	return IRC_TEXT_MOST - source - strlen(": MODE  ") -
	       (ev->channel ? strlen(ev->channel->name) : user_nick(ev->user).len);
}

struct str
announce_mode_changes(
    const struct server *sv, const struct event *ev, unsigned *next, char out[IRC_TEXT_MOST])
{
	return effective_changes(ev, next, out, changes_room(sv, ev));
}

static void
announce_mode(struct server *sv, struct session *by, struct event *ev)
{
	char text[IRC_TEXT_MOST];

	for (unsigned next = 0; next < ev->change_count;) {
		ev->text = announce_mode_changes(sv, ev, &next, text);
		if (ev->text.len == 0)
			continue;
		if (ev->channel != NULL)
			tell_channel(sv, by, ev);
		else
			deliver_user(ev->user, ev, LINE_EVENT);
	}
	ev->text = (struct str){ 0 };
	if (ev->channel != NULL)
		guard_changed(sv, ev->channel);
	for (unsigned i = 0; by != NULL && i < ev->change_count; i++)
		announce_mode_refusal(by, ev, &ev->changes[i]);
}

static void
announce_invite(struct server *sv, struct session *by, struct event *ev)
{
	const struct channel *c = ev->channel;

	deliver_user(ev->user, ev, LINE_EVENT);
	for (uint32_t i = 0; i < c->member_count; i++)
		if (c->members[i]->user != ev->actor && member_is(c->members[i], MEMBER_OPERATOR))
			deliver_user(c->members[i]->user, ev, LINE_INVITED);
	if (by == NULL)
		return;
	(void)sv;
	reply_numeric(by, RPL_INVITING, ev->user->nick, c->name);
	if (by->dialect == DIALECT_PLAIN)
		reply_notice(by, "* you invited %s to %s", ev->user->nick, c->name);
	if (ev->user->away != NULL)
		reply_numeric(by, RPL_AWAY, ev->user->nick, ev->user->away);
}

static void
tell_knock(struct session *s, const struct event *ev)
{
	char mask[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];
	const char *colon = ev->text.len > 0 ? ": " : "", *text = reply_text(ev->text);
	const char *channel = ev->channel->name;

	user_mask(ev->actor, mask, sizeof(mask));
	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* %s asks to be invited to %s%s%s", mask, channel, colon, text);
	else
		reply_numeric(s, RPL_KNOCK, channel, mask, colon, text);
}

static void
announce_knock(struct server *sv, struct session *by, struct event *ev)
{
	const struct channel *c = ev->channel;

	(void)sv;
	for (uint32_t i = 0; i < c->member_count; i++) {
		struct session *s = session_of(c->members[i]->user);
		for (; s != NULL && member_is(c->members[i], MEMBER_OPERATOR); s = s->next_device)
			tell_knock(s, ev);
	}
	if (by != NULL)
		reply_numeric(by, RPL_KNOCKDLVR, c->name);
}

static void
announce_away(struct server *sv, struct session *by, struct event *ev)
{
	audience_tell_common(sv, ev->actor, ev, LINE_EVENT);
	if (by == NULL)
		return;
	if (by->dialect == DIALECT_PLAIN)
		reply_notice(by, ev->actor->away ? "* you are away" : "* you are back");
	else
		reply_numeric(by, ev->actor->away ? RPL_NOWAWAY : RPL_UNAWAY);
}

static void
announce_setname(struct server *sv, struct session *by, struct event *ev)
{
	tell_common(sv, by, ev);
}

/* Whoever logged in is told so by what did it. */
static void
announce_account(struct server *sv, struct session *by, struct event *ev)
{
	(void)by;
	audience_tell_common(sv, ev->actor, ev, LINE_EVENT);
	metadata_changed(sv, NULL, ev);
}

/* Those without chghost see somebody leave and come again, as what they were. */
static void
come_again(struct server *sv, struct event *ev)
{
	const struct user *u = ev->user;

	audience_tell_common(sv, u, ev, LINE_QUIT);
	for (uint32_t i = 0; i < u->membership_count; i++) {
		ev->membership = u->memberships[i];
		ev->channel = ev->membership->channel;
		audience_tell_others(sv, ev->channel, u, ev, LINE_AGAIN);
		if (ev->membership->flags != 0)
			audience_tell_others(sv, ev->channel, u, ev, LINE_AGAIN_STATUS);
		if (u->away != NULL)
			audience_tell_others(sv, ev->channel, u, ev, LINE_AGAIN_AWAY);
	}
	ev->membership = NULL;
	ev->channel = NULL;
}

static void
announce_host(struct server *sv, struct session *by, struct event *ev)
{
	const struct user *u = ev->user;

	audience_tell_common(sv, u, ev, LINE_EVENT);
	come_again(sv, ev);
	deliver_user(u, ev, LINE_EVENT);
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		reply_numeric(s, RPL_VISIBLEHOST, u->host);
	if (by != NULL && by->user != u)
		reply_notice(by, "%s is shown as %s@%s now", u->nick, u->name, u->host);
}

static void
announce_oper(struct server *sv, struct session *by, struct event *ev)
{
	struct event mode = { .kind = EVENT_MODE,
		.number = ev->number,
		.time = ev->time,
		.actor = ev->actor,
		.user = ev->actor,
		.text = STR("+o") };

	(void)sv;
	if (by == NULL)
		return;
	reply_numeric(by, RPL_YOUREOPER);
	for (struct session *s = session_of(ev->actor); s != NULL; s = s->next_device)
		if (s->dialect == DIALECT_IRC)
			deliver(s, &mode, LINE_EVENT);
		else
			reply_notice(s, "* you are an operator of the server now");
}

static void
announce_wallops(struct server *sv, struct session *by, struct event *ev)
{
	struct table_walk w = hub_users(sv->hub);
	struct user *u;

	(void)by;
	while ((u = table_next(&w)) != NULL)
		if (user_is(u, USER_WALLOPS))
			deliver_user(u, ev, LINE_EVENT);
}

static void (*const announcers[EVENT_KIND_COUNT])(
    struct server *sv, struct session *by, struct event *ev) = {
	[EVENT_NICK] = announce_nick,
	[EVENT_QUIT] = announce_quit,
	[EVENT_JOIN] = announce_join,
	[EVENT_PART] = announce_part,
	[EVENT_KICK] = announce_kick,
	[EVENT_MODE] = announce_mode,
	[EVENT_TOPIC] = announce_topic,
	[EVENT_INVITE] = announce_invite,
	[EVENT_MESSAGE] = announce_message,
	[EVENT_NOTICE] = announce_message,
	[EVENT_TAGMSG] = announce_message,
	[EVENT_AWAY] = announce_away,
	[EVENT_SETNAME] = announce_setname,
	[EVENT_OPER] = announce_oper,
	[EVENT_KILL] = announce_kill,
	[EVENT_WALLOPS] = announce_wallops,
	[EVENT_ACCOUNT] = announce_account,
	[EVENT_REDACT] = announce_redact,
	[EVENT_KNOCK] = announce_knock,
	[EVENT_RENAME] = announce_rename,
	[EVENT_HOST] = announce_host,
	[EVENT_BAN] = announce_ban,
	[EVENT_UNBAN] = announce_ban,
	[EVENT_METADATA] = metadata_changed, /* who asked is answered by its command */
};

void
announce(struct server *sv, struct session *by, struct event *ev)
{
	if (announcers[ev->kind] != NULL)
		announcers[ev->kind](sv, by, ev);
}
