/* Events that took effect, told to those concerned. */
#include "serve/announce.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "base/utf8.h"
#include "serve/audience.h"
#include "serve/bans.h"
#include "serve/behind.h"
#include "serve/cloak.h"
#include "serve/commands.h"
#include "serve/guard.h"
#include "serve/keep.h"
#include "serve/metadata.h"
#include "serve/monitor.h"
#include "serve/presence.h"
#include "serve/registered.h"
#include "serve/rename.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/sent.h"
#include "serve/withhold.h"

struct session *
session_of(const struct user *u)
{
	return u->front;
}

static void
deliver_user(const struct user *u, const struct event *ev, enum line_kind kind)
{
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		deliver(s, ev, kind);
}

/* What one device says in private the others see, too: sender and target tell it from what comes.
 * Plain lines have no place for a target. */
static void
deliver_to_own(const struct session *by, const struct event *ev)
{
	for (struct session *s = session_of(ev->actor); s != NULL; s = s->next_device)
		if (s != by && s->dialect == DIALECT_IRC)
			deliver(s, ev, LINE_EVENT);
}

/* A message to oneself comes twice: as what it is, and as the echo, which alone carries the
 * label. */
static void
deliver_message(struct server *sv, const struct session *by, const struct event *ev)
{
	struct session *labelled = sv->gather.session;

	sv->gather.session = NULL;
	deliver_user(ev->user, ev, LINE_EVENT);
	sv->gather.session = labelled;
	if (ev->actor != NULL && ev->actor != ev->user)
		deliver_to_own(by, ev);
}

/* A labelled command's own line carries the label: the one who asked is told apart from the
 * rest. */
static struct session *
apart(struct session *by)
{
	return by != NULL && gathering_for(by) ? by : NULL;
}

static void
tell_channel(struct server *sv, struct session *by, const struct event *ev)
{
	struct session *own = apart(by);

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
		reply_topic(s, ev->channel, false);
		reply_marker(s, str_from(ev->channel->name));
		reply_names(s, ev->channel);
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

/* What one device says to those that it is not one of, the others see, too. */
static void
deliver_to_devices(const struct session *by, const struct event *ev)
{
	for (struct session *s = session_of(ev->actor); s != NULL; s = s->next_device)
		if (s != by)
			deliver(s, ev, LINE_EVENT);
}

/* STATUSMSG: those with the prefix or a higher one; what is narrowed is for operators alone. */
static void
tell_status(struct session *by, const struct event *ev)
{
	const struct channel *c = ev->channel;
	uint8_t who = 1u << MEMBER_OPERATOR;
	struct session *s;

	if (ev->status == '+' && !ev->narrowed)
		who |= 1u << MEMBER_VOICE;
	for (uint32_t i = 0; i < c->member_count; i++) {
		s = (c->members[i]->flags & who) != 0 ? session_of(c->members[i]->user) : NULL;
		for (; s != NULL; s = s->next_device)
			if (s != by)
				deliver(s, ev, LINE_EVENT);
	}
	if (ev->membership == NULL || (ev->membership->flags & who) == 0)
		deliver_to_devices(by, ev);
}

static void
tell_members(struct server *sv, struct session *by, const struct event *ev)
{
	audience_tell(sv, ev->channel, ev, LINE_EVENT, by);
	if (ev->membership == NULL)
		deliver_to_devices(by, ev);
}

static void
echo(struct session *by, const struct event *ev)
{
	if (by != NULL && (by->caps & CAP_BIT(CAP_ECHO_MESSAGE)) != 0)
		deliver(by, ev, LINE_EVENT);
}

/* Whoever watches may have stopped reading: the chat goes on. */
static void
show_message(struct server *sv, const struct event *ev)
{
	struct buf line = BUF_INIT(OUTPUT_MOST - 1);
	char missing[64];
	int n;

	if (ev->kind == EVENT_TAGMSG)
		return;
	buf_printf(
	    &line, "%s -> %s: ", ev->actor->nick, ev->channel ? ev->channel->name : ev->user->nick);
	utf8_show(&line, ev->text);
	line.max = OUTPUT_MOST;
	buf_add_char(&line, '\n');
	n = snprintf(missing, sizeof(missing), "(%u messages were not shown)\n", sv->not_shown);
	if (sv->not_shown > 0 && output_try(STDOUT_FILENO, (struct str){ missing, (size_t)n }))
		sv->not_shown = 0;
	if (sv->not_shown > 0 || !output_try(STDOUT_FILENO, buf_str(&line)))
		sv->not_shown++;
	buf_free(&line);
}

static void
announce_message(struct server *sv, struct session *by, struct event *ev)
{
	bool echoes = by != NULL && (by->caps & CAP_BIT(CAP_ECHO_MESSAGE)) != 0;

	struct audience *a = ev->channel ? ev->channel->front : NULL;

	sv->messages++;
	if (a != NULL && ev->kind != EVENT_TAGMSG)
		a->spoken = ev->number;
	if (sv->show_messages)
		show_message(sv, ev);
	if (ev->channel != NULL && ev->status == 0 && !ev->narrowed && echoes &&
	    apart(by) == NULL && ev->membership != NULL) {
		audience_tell(sv, ev->channel, ev, LINE_EVENT, NULL);
		return;
	}
	if (ev->channel == NULL)
		deliver_message(sv, by, ev);
	else if (ev->status != 0 || ev->narrowed)
		tell_status(by, ev);
	else
		tell_members(sv, by, ev);
	echo(by, ev);
	if (by == NULL || ev->channel != NULL || ev->kind != EVENT_MESSAGE || !ev->user->away)
		return;
	if (by->dialect == DIALECT_PLAIN)
		reply_notice(by, "* %s is away (%s)", ev->user->nick, ev->user->away);
	reply_numeric(by, RPL_AWAY, ev->user->nick, ev->user->away);
}

static void
announce_redact(struct server *sv, struct session *by, struct event *ev)
{
	if (ev->channel != NULL) {
		tell_channel(sv, by, ev);
		return;
	}
	if (ev->user != ev->actor)
		deliver_user(ev->user, ev, LINE_EVENT);
	deliver_user(ev->actor, ev, LINE_EVENT);
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

static bool
is_message(enum event_kind k)
{
	return k == EVENT_MESSAGE || k == EVENT_NOTICE || k == EVENT_TAGMSG;
}

enum verdict
server_event(struct server *sv, struct session *by, struct event *ev)
{
	enum verdict v = VERDICT_NOT_STORED;

	if (!sv->store_down || !is_message(ev->kind))
		v = hub_apply(sv->hub, ev);
	if (v == VERDICT_OK) {
		bool kept = keep_event(sv, ev);
		if (ev->kind == EVENT_RENAME)
			rename_note(sv, ev);
		if (is_message(ev->kind)) {
			sent_remember(sv, ev);
			if (kept)
				withhold_begin(sv, by, ev);
		}
		announce(sv, by, ev);
		withhold_end(sv);
		monitor_note(sv, ev);
		changes_note(sv, ev);
		registered_note(sv, ev);
		cloak_note(sv, ev);
		bans_note(sv, ev);
		presence_note_end(sv, ev);
		if (ev->kind == EVENT_QUIT || ev->kind == EVENT_KILL)
			changes_forget(sv, ev->user);
		hub_settle(sv->hub, ev);
		presence_note(sv, ev);
	} else if (by != NULL && v != VERDICT_NOTHING) {
		announce_refusal(by, ev, v);
	}
	return v;
}
