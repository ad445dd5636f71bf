/* The channels we are in, and who else is there. */
#include "connect/roster.h"

#include <stdlib.h>
#include <string.h>

#include "irc/names.h"

static void
member_free(struct room *room, struct member *m)
{
	table_take(room->people, m->key);
	free(m);
}

void
room_clear(struct room *room)
{
	struct table_walk w;
	struct member *m;

	if (room->people == NULL)
		return;
	for (w = table_walk(room->people); (m = table_next(&w)) != NULL;)
		member_free(room, m);
}

static void
room_free(struct room *room)
{
	room_clear(room);
	table_free(room->people);
	free(room);
}

void
roster_free(struct roster *r)
{
	while (r->count > 0)
		room_free(r->rooms[--r->count]);
}

struct room *
roster_find(const struct roster *r, struct str name)
{
	for (size_t i = 0; i < r->count; i++)
		if (name_eq(str_from(r->rooms[i]->name), name))
			return r->rooms[i];
	return NULL;
}

static struct room *
room_new(struct str name)
{
	struct room *room = calloc(1, sizeof(*room));

	if (room == NULL)
		return NULL;
	room->people = table_new();
	if (room->people == NULL) {
		free(room);
		return NULL;
	}
	str_copy(room->name, sizeof(room->name), name);
	return room;
}

struct room *
roster_add(struct roster *r, struct str name, struct str key)
{
	struct room *room = roster_find(r, name);

	if (name.len > ROSTER_NAME_MOST || key.len > IRC_KEY_MOST)
		return NULL;
	if (room == NULL) {
		room = r->count < ROSTER_MOST ? room_new(name) : NULL;
		if (room == NULL)
			return NULL;
		r->rooms[r->count++] = room;
	}
	if (key.len > 0)
		str_copy(room->key, sizeof(room->key), key);
	return room;
}

void
roster_remove(struct roster *r, struct room *room)
{
	size_t i = 0;

	while (r->rooms[i] != room)
		i++;
	r->count--;
	memmove(&r->rooms[i], &r->rooms[i + 1], (r->count - i) * sizeof(struct room *));
	room_free(room);
}

void
roster_offline(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++) {
		r->rooms[i]->joined = r->rooms[i]->asked = false;
		room_clear(r->rooms[i]);
	}
}

static struct member *
room_member(const struct room *room, struct str nick)
{
	char folded[ROSTER_NAME_MOST];

	if (nick.len > sizeof(folded))
		return NULL;
	return table_get(room->people, name_fold(nick, folded));
}

/* A name that cannot be kept is one that will not be completed or listed. */
void
room_enter(struct room *room, struct str nick)
{
	struct member *m;

	if (nick.len == 0 || nick.len > ROSTER_NAME_MOST || room_member(room, nick) != NULL ||
	    room_count(room) >= ROSTER_PEOPLE_MOST)
		return;
	m = calloc(1, sizeof(*m) + 2 * nick.len);
	if (m == NULL)
		return;
	memcpy(m->bytes, nick.p, nick.len);
	m->name = (struct str){ m->bytes, nick.len };
	m->key = name_fold(nick, m->bytes + nick.len);
	if (!table_put(room->people, m->key, m))
		free(m);
}

bool
room_leave(struct room *room, struct str nick)
{
	struct member *m = room_member(room, nick);

	if (m == NULL)
		return false;
	member_free(room, m);
	return true;
}

void
room_rename(struct room *room, struct str from, struct str to)
{
	struct member *m = room_member(room, from);
	uint64_t spoke;

	if (m == NULL)
		return;
	spoke = m->spoke;
	member_free(room, m);
	room_enter(room, to);
	m = room_member(room, to);
	if (m != NULL)
		m->spoke = spoke;
}

size_t
room_count(const struct room *room)
{
	return table_count(room->people);
}

void
roster_spoke(struct roster *r, struct str room, struct str nick)
{
	struct room *where = roster_find(r, room);
	struct member *m = where ? room_member(where, nick) : NULL;

	if (m != NULL)
		m->spoke = ++r->clock;
}

/* Who spoke last comes first; those who did not speak, by name. */
static int
compare_members(const void *a, const void *b)
{
	const struct member *x = *(struct member *const *)a, *y = *(struct member *const *)b;

	if (x->spoke != y->spoke)
		return x->spoke > y->spoke ? -1 : 1;
	return str_compare_nocase(x->name, y->name);
}

void
room_complete(
    const struct room *room, struct str start, struct str tail, size_t most, struct buf *out)
{
	const struct member **found = calloc(room_count(room) + 1, sizeof(struct member *));
	struct table_walk w = table_walk(room->people);
	struct member *m;
	size_t count = 0;

	if (found == NULL)
		return;
	while ((m = table_next(&w)) != NULL)
		if (name_eq(str_first(m->name, start.len), start))
			found[count++] = m;
	qsort(found, count, sizeof(*found), compare_members);
	for (size_t i = 0; i < count && i < most; i++) {
		buf_add_str(out, found[i]->name);
		buf_add_str(out, tail);
		buf_add_char(out, '\n');
	}
	free(found);
}
