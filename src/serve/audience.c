/* Who hears a channel. */
#include "serve/audience.h"

#include <stdlib.h>

#include "serve/behind.h"
#include "serve/reply.h"

#define NO_MEMORY UINT32_MAX

static struct lane *
lane_find(struct audience *a, const struct form *f)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (a->lanes[i].form == f)
			return &a->lanes[i];
	return NULL;
}

/* Whoever changes what they are leaves an empty lane behind, which every line would walk past. */
static void
drop_empty(struct audience *a)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		if (a->lanes[i].count > 0)
			a->lanes[kept++] = a->lanes[i];
		else
			free(a->lanes[i].conns);
	}
	a->count = kept;
}

/* Lanes move when there is no room for one more: those with a chunk are listed by address, so that
 * is closed first. */
static struct lane *
lane_get(struct server *sv, struct audience *a, struct form *f)
{
	struct lane *l = lane_find(a, f);

	if (l != NULL)
		return l;
	if (a->count == a->cap) {
		audience_close_turn(sv);
		drop_empty(a);
	}
	if (a->count == a->cap) {
		uint32_t cap = a->cap ? a->cap * 2 : 1;
		l = realloc(a->lanes, cap * sizeof(*l));
		if (l == NULL)
			return NULL;
		a->lanes = l;
		a->cap = cap;
	}
	l = &a->lanes[a->count++];
	l->form = f;
	l->conns = NULL;
	l->chunk = NULL;
	l->count = l->cap = 0;
	return l;
}

static bool
lane_add(struct lane *l, struct conn *c)
{
	if (l->count == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : 2;
		struct conn **grown = realloc(l->conns, cap * sizeof(struct conn *));
		if (grown == NULL)
			return false;
		l->conns = grown;
		l->cap = cap;
	}
	l->conns[l->count++] = c;
	return true;
}

static struct seat *
seat_find(struct session *s, const struct audience *a)
{
	for (uint32_t i = 0; i < s->seat_count; i++)
		if (s->seats[i].audience == a)
			return &s->seats[i];
	return NULL;
}

/* Room for one more: a power of two of them, the first in the session. */
static bool
seat_room(struct session *s)
{
	uint32_t count = s->seat_count;
	struct seat *old = s->seats == &s->first_seat ? NULL : s->seats, *grown;

	if (count == 0 && old == NULL)
		s->seats = &s->first_seat;
	if (count == 0 || (count & (count - 1)) != 0)
		return true;
	grown = realloc(old, 2 * (size_t)count * sizeof(*grown));
	if (grown == NULL)
		return false;
	if (old == NULL)
		grown[0] = s->first_seat;
	s->seats = grown;
	return true;
}

void
audience_free_seats(struct session *s)
{
	if (s->seats != &s->first_seat)
		free(s->seats);
	s->seats = NULL;
	s->seat_count = 0;
}

static bool
seat_add(struct session *s, struct audience *a, uint32_t place)
{
	if (!seat_room(s))
		return false;
	s->seats[s->seat_count++] = (struct seat){ a, place };
	return true;
}

bool
audience_join(struct session *s, struct channel *c)
{
	struct audience *a = c->front;
	struct lane *l;

	if (behind_away(s))
		return behind_joins(s, c);
	if (a == NULL)
		a = c->front = calloc(1, sizeof(*a));
	l = a ? lane_get(s->server, a, s->form) : NULL;
	if (l == NULL || !lane_add(l, s->conn))
		return false;
	if (!seat_add(s, a, l->count - 1)) {
		l->count--;
		return false;
	}
	a->people++;
	return true;
}

static void
audience_free(struct server *sv, struct audience *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < sv->open_count; i++) {
		struct lane *l = sv->open_lanes[i];
		if (l < a->lanes || l >= a->lanes + a->count)
			sv->open_lanes[kept++] = l;
	}
	sv->open_count = kept;
	for (uint32_t i = 0; i < a->count; i++) {
		chunk_unref(a->lanes[i].chunk);
		free(a->lanes[i].conns);
	}
	free(a->lanes);
	free(a);
}

static void
leave_seat(struct session *s, struct seat *seat)
{
	struct audience *a = seat->audience;
	struct lane *l = lane_find(a, s->form);
	struct conn *last = l->conns[--l->count];

	if (last != s->conn) {
		struct session *mover = last->owner;
		l->conns[seat->place] = last;
		seat_find(mover, a)->place = seat->place;
	}
	*seat = s->seats[--s->seat_count];
	a->people--;
}

void
audience_leave(struct session *s, struct channel *c)
{
	struct audience *a = c->front;
	struct seat *seat = a ? seat_find(s, a) : NULL;

	if (seat == NULL)
		return;
	leave_seat(s, seat);
	if (a->people == 0) {
		audience_free(s->server, a);
		c->front = NULL;
	}
}

void
audience_leave_all(struct session *s)
{
	for (uint32_t i = s->user ? s->user->membership_count : 0; i > 0; i--)
		audience_leave(s, s->user->memberships[i - 1]->channel);
	audience_free_seats(s);
}

/* Where as many bytes of this lane's next line go; the chunk is one that this turn began. */
static char *
lane_room(struct server *sv, struct lane *l, size_t size)
{
	char *room = l->chunk ? chunk_room(l->chunk, size) : NULL;

	if (room != NULL)
		return room;
	if (l->chunk == NULL) {
		if (sv->open_count == sv->open_cap) {
			size_t cap = sv->open_cap ? sv->open_cap * 2 : 16;
			struct lane **grown = realloc(sv->open_lanes, cap * sizeof(struct lane *));
			if (grown == NULL)
				return NULL;
			sv->open_lanes = grown;
			sv->open_cap = cap;
		}
		sv->open_lanes[sv->open_count++] = l;
	}
	chunk_done(l->chunk);
	l->chunk = chunk_new();
	room = l->chunk ? chunk_room(l->chunk, size) : NULL;
	return room;
}

/* Which event the chunk's last line tells of. Of those that say something it is counted who misses
 * any. */
static void
mark_line(const struct server *sv, struct chunk *c, const struct event *ev)
{
	uint64_t more = hub_last_number(sv->hub) - ev->number;
	struct chunk_mark m = { .to = c->used,
		.more = (uint16_t)(more < UINT16_MAX ? more : UINT16_MAX),
		.counts = ev->kind == EVENT_MESSAGE || ev->kind == EVENT_NOTICE,
		.number = ev->number };

	chunk_mark(c, &m);
}

/* Renders into the lane's chunk; the line's length: 0 when this form does not show it, NO_MEMORY.
 * It is the last of the chunk, which may have been begun for it. */
static uint32_t
lane_write(struct server *sv, struct lane *l, const struct event *ev, enum line_kind kind)
{
	char *room = lane_room(sv, l, form_room(l->form, render_room(ev)));
	size_t n = room ? render_event(&sv->names, ev, kind, l->form, room) : 0;

	if (room == NULL)
		return NO_MEMORY;
	n = form_wrap(l->form, room, n);
	if (sv->withholding.noting)
		withhold_line(sv, l->chunk, l->chunk->used, l->chunk->used + (uint32_t)n);
	l->chunk->used += (uint32_t)n;
	if (n > 0)
		mark_line(sv, l->chunk, ev);
	return (uint32_t)n;
}

/* Without memory they could not know that something is missing: they are let go. */
static void
break_all(struct lane *l, uint32_t begin, uint32_t end)
{
	for (uint32_t i = begin; i < end; i++)
		conn_break(l->conns[i]);
}

static void
push_all(struct server *sv, struct lane *l, uint32_t begin, uint32_t end, uint32_t length)
{
	uint32_t to, from;

	if (length == NO_MEMORY) {
		break_all(l, begin, end);
		return;
	}
	to = l->chunk->used;
	from = to - length;
	for (uint32_t i = begin; i < end; i++) {
		if (i + 8 < end)
			__builtin_prefetch(l->conns[i + 8], 1);
		conn_push(l->conns[i], l->chunk, from, to, sv->ticket);
	}
}

static void
lane_tell(
    struct server *sv, struct lane *l, const struct event *ev, enum line_kind kind, uint32_t skip)
{
	uint32_t others = l->count - (skip < l->count ? 1 : 0);
	uint32_t length = others > 0 ? lane_write(sv, l, ev, kind) : 0;

	if (length == 0)
		return;
	push_all(sv, l, 0, skip < l->count ? skip : l->count, length);
	if (skip < l->count)
		push_all(sv, l, skip + 1, l->count, length);
}

void
audience_tell(struct server *sv, const struct channel *c, const struct event *ev,
    enum line_kind kind, const struct session *except)
{
	struct audience *a = c->front;

	for (uint32_t i = 0; a != NULL && i < a->count; i++) {
		struct lane *l = &a->lanes[i];
		struct seat *seat = NULL;
		if (except != NULL && except->form == l->form)
			seat = seat_find((struct session *)except, a);
		lane_tell(sv, l, ev, kind, seat ? seat->place : UINT32_MAX);
	}
}

/* Those of the lane who have not heard it: the line is written when the first is met. */
static void
lane_tell_unheard(struct server *sv, struct lane *l, const struct event *ev, enum line_kind kind)
{
	uint32_t length = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		struct session *s = l->conns[i]->owner;
		if (s->heard == sv->marks)
			continue;
		if (length == 0 && (length = lane_write(sv, l, ev, kind)) == 0)
			return;
		s->heard = sv->marks;
		push_all(sv, l, i, i + 1, length);
	}
}

/* Whoever speaks for the user has heard what comes next. */
static void
mark_own(struct server *sv, const struct user *u)
{
	sv->marks++;
	for (struct session *s = u->front; s != NULL; s = s->next_device)
		s->heard = sv->marks;
}

/* Who reads too slowly is told by the rows of a channel that hides nobody. */
static bool
told_elsewhere(const struct session *s, const struct user *u)
{
	for (uint32_t i = 0; behind_away(s) && i < u->membership_count; i++)
		if (!member_hidden(u->memberships[i]) &&
		    user_membership(s->user, u->memberships[i]->channel) != NULL)
			return true;
	return false;
}

/* `rows`: there are rows of it in channels that do not hide it. */
static void
operators_unheard(struct server *sv, const struct channel *c, const struct user *u,
    const struct event *ev, enum line_kind kind, bool rows)
{
	for (uint32_t i = 0; i < c->member_count; i++) {
		const struct membership *m = c->members[i];
		struct session *s = member_is(m, MEMBER_OPERATOR) ? m->user->front : NULL;
		for (; s != NULL; s = s->next_device)
			if (s->heard != sv->marks && !(rows && told_elsewhere(s, u))) {
				s->heard = sv->marks;
				deliver(s, ev, kind);
			}
	}
}

/* What they hear as members do is no answer to a labelled command of theirs. */
static void
operators_apart(struct server *sv, const struct channel *c, const struct user *u,
    const struct event *ev, enum line_kind kind, bool rows)
{
	struct session *labelled = sv->gather.session;

	sv->gather.session = NULL;
	operators_unheard(sv, c, u, ev, kind, rows);
	sv->gather.session = labelled;
}

void
audience_tell_operators(struct server *sv, const struct channel *c, const struct user *u,
    const struct event *ev, enum line_kind kind)
{
	mark_own(sv, u);
	operators_unheard(sv, c, u, ev, kind, false);
}

void
audience_tell_others(struct server *sv, const struct channel *c, const struct user *u,
    const struct event *ev, enum line_kind kind)
{
	const struct membership *m = user_membership(u, c);
	struct audience *a = c->front;

	if (m != NULL && member_hidden(m)) {
		mark_own(sv, u);
		operators_apart(sv, c, u, ev, kind, false);
		return;
	}
	mark_own(sv, u);
	for (uint32_t k = 0; a != NULL && k < a->count; k++)
		lane_tell_unheard(sv, &a->lanes[k], ev, kind);
}

void
audience_tell_common(
    struct server *sv, const struct user *u, const struct event *ev, enum line_kind kind)
{
	mark_own(sv, u);
	for (uint32_t i = 0; i < u->membership_count; i++) {
		const struct membership *m = u->memberships[i];
		struct audience *a = m->channel->front;
		if (member_hidden(m)) {
			operators_apart(sv, m->channel, u, ev, kind, true);
			continue;
		}
		for (uint32_t k = 0; a != NULL && k < a->count; k++)
			lane_tell_unheard(sv, &a->lanes[k], ev, kind);
	}
}

void
audience_close_turn(struct server *sv)
{
	for (size_t i = 0; i < sv->open_count; i++) {
		chunk_done(sv->open_lanes[i]->chunk);
		sv->open_lanes[i]->chunk = NULL;
	}
	sv->open_count = 0;
}
