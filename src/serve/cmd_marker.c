/* MARKREAD: how far somebody has read a channel or conversation (IRCv3 draft/read-marker). With an
 * account it is remembered for good and told to all connections of the account, else it lasts as
 * long as the connection. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/chathistory.h"
#include "serve/commands.h"
#include "serve/notes.h"
#include "serve/reply.h"

enum { MARKERS_MOST = 200 }; /* of a connection without an account */

/* Of a session without an account. */
struct marker {
	struct marker *next;
	int64_t time;
	char target[]; /* folded */
};

static struct marker *
find_own(const struct session *s, struct str folded)
{
	struct marker *m = session_extra(s)->markers;

	while (m != NULL && !str_eq(str_from(m->target), folded))
		m = m->next;
	return m;
}

static struct str
marker_key(const struct session *s, struct str target, char room[NOTE_KEY_ROOM])
{
	return note_key(room, "read", str_from(s->user->account), target);
}

/* When it was read up to; 0: it is not known. */
static int64_t
marker_get(struct session *s, struct str target)
{
	char room[NOTE_KEY_ROOM];
	const struct marker *own;

	if (s->user->account != NULL)
		return (int64_t)note_number(
		    notes_get(s->server->notes, marker_key(s, target, room)));
	own = find_own(s, name_fold(str_first(target, sizeof(room)), room));
	return own ? own->time : 0;
}

static struct marker *
add_own(struct session *s, struct str folded)
{
	struct session_extra *x = session_extra_make(s);
	struct marker *m;

	if (x == NULL || x->marker_count == MARKERS_MOST)
		return NULL;
	m = calloc(1, sizeof(*m) + folded.len + 1);
	if (m == NULL)
		return NULL;
	str_copy(m->target, folded.len + 1, folded);
	m->next = x->markers;
	x->markers = m;
	x->marker_count++;
	return m;
}

static bool
set_own(struct session *s, struct str target, int64_t time)
{
	char room[NOTE_KEY_ROOM];
	struct str folded = name_fold(str_first(target, sizeof(room)), room);
	struct marker *m = find_own(s, folded);

	if (m == NULL)
		m = add_own(s, folded);
	if (m == NULL)
		return false;
	m->time = time;
	return true;
}

void
markers_free(struct session *s)
{
	struct marker *m = session_extra(s)->markers, *next;

	for (; m != NULL; m = next) {
		next = m->next;
		free(m);
	}
}

void
markers_rename(struct session *s, struct str old, struct str name)
{
	struct marker *m = find_own(s, old), **at;
	struct session_extra *x = s->extra;
	int64_t time;

	if (m == NULL || x == NULL || str_eq(old, name))
		return;
	time = m->time;
	for (at = &x->markers; *at != m; at = &(*at)->next)
		;
	*at = m->next;
	free(m);
	x->marker_count--;
	set_own(s, name, time);
}

static bool
marker_set(struct session *s, struct str target, int64_t time)
{
	char room[NOTE_KEY_ROOM];

	if (s->user->account == NULL)
		return set_own(s, target, time);
	return notes_put_number(s->server, marker_key(s, target, room), (uint64_t)time, "");
}

void
reply_marker(struct session *s, struct str target)
{
	int64_t time = marker_get(s, target);
	char iso[CLOCK_ISO_SIZE];

	if ((s->caps & CAP_BIT(CAP_READ_MARKER)) == 0)
		return;
	clock_iso(time, iso);
	reply_line(s, "MARKREAD " STR_FMT " %s%s", STR_ARG(target), time ? "timestamp=" : "",
	    time ? iso : "*");
}

static void
tell_devices(const struct session *but, const struct user *u, struct str target)
{
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		if (s != but)
			reply_marker(s, target);
}

/* The other connections of the account: devices of one user, mostly. */
static void
tell_others(struct session *s, struct str target)
{
	const struct hub *h = s->server->hub;
	struct str account = str_from(s->user->account);
	struct table_walk w = hub_users(h);
	const struct user *u;

	tell_devices(s, s->user, target);
	if (hub_users_of(h, account) < 2)
		return;
	while ((u = hub_next_of(&w, account)) != NULL)
		if (u != s->user)
			tell_devices(s, u, target);
}

static void
fail(struct session *s, const char *code, struct str word, const char *text)
{
	struct str safe = str_first(word, str_find(word, ' '));

	if (safe.len > 0 && safe.p[0] == ':')
		safe.len = 0;
	reply_fail(s, "MARKREAD", code, reply_cut(safe, 100), text);
}

static void
set(struct session *s, struct str target, struct str when)
{
	int64_t time, now = clock_wall();

	if (!history_timestamp(when, &time)) {
		fail(s, "INVALID_PARAMS", when,
		    "Invalid timestamp; write it as timestamp=2026-11-21T07:30:00.000Z");
		return;
	}
	if (time > now)
		time = now;
	if (time <= marker_get(s, target)) { /* it only ever grows */
		reply_marker(s, target);
		return;
	}
	if (!marker_set(s, target, time)) {
		fail(s, "INTERNAL_ERROR", target,
		    "The read timestamp could not be set: there are too many of yours");
		return;
	}
	reply_marker(s, target);
	tell_others(s, target);
}

void
cmd_markread(struct session *s, const struct irc_message *m)
{
	struct str target = irc_param(m, 0);

	if ((s->caps & CAP_BIT(CAP_READ_MARKER)) == 0)
		reply_numeric(s, ERR_UNKNOWNCOMMAND, "MARKREAD");
	else if (target.len == 0)
		reply_fail(s, "MARKREAD", "NEED_MORE_PARAMS", "", "Missing parameters");
	else if (!channel_valid(target, IRC_CHANNEL_ROOM) && !nick_valid(target, IRC_NAME_ROOM))
		fail(s, "INVALID_PARAMS", target, "That is neither a channel nor a nick");
	else if (m->count == 1)
		reply_marker(s, target);
	else
		set(s, target, m->params[1]);
}
