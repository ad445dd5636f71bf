/* How far each conversation was seen. */
#include "connect/positions.h"

#include <stdlib.h>
#include <string.h>

#include "irc/names.h"

void
positions_free(struct positions *p)
{
	struct table_walk w;
	struct position *at;

	if (p->table == NULL)
		return;
	for (w = table_walk(p->table); (at = table_next(&w)) != NULL;) {
		table_take(p->table, at->key);
		free(at);
	}
	table_free(p->table);
	p->table = NULL;
}

static struct position *
find(const struct positions *p, struct str target)
{
	char folded[ROSTER_NAME_MOST];

	if (p->table == NULL || target.len > sizeof(folded))
		return NULL;
	return table_get(p->table, name_fold(target, folded));
}

const struct position *
positions_find(const struct positions *p, struct str target)
{
	return find(p, target);
}

/* The least loss: of a person the time up to which all was seen is known as well. */
static void
forget_oldest(struct positions *p)
{
	struct table_walk w = table_walk(p->table);
	struct position *oldest = NULL, *at;

	while ((at = table_next(&w)) != NULL)
		if (oldest == NULL || (oldest->channel && !at->channel) ||
		    (oldest->channel == at->channel && at->time < oldest->time))
			oldest = at;
	if (oldest == NULL)
		return; /* there is none */
	table_take(p->table, oldest->key);
	free(oldest);
}

static struct position *
add(struct positions *p, struct str target)
{
	struct position *at;

	if (p->table == NULL)
		p->table = table_new();
	if (p->table == NULL || target.len == 0 || target.len > ROSTER_NAME_MOST)
		return NULL;
	if (table_count(p->table) >= POSITIONS_MOST)
		forget_oldest(p);
	at = calloc(1, sizeof(*at) + 2 * target.len);
	if (at == NULL)
		return NULL;
	memcpy(at->bytes, target.p, target.len);
	at->target = (struct str){ at->bytes, target.len };
	at->key = name_fold(target, at->bytes + target.len);
	if (table_put(p->table, at->key, at))
		return at;
	free(at);
	return NULL;
}

void
positions_move(struct positions *p, struct str target, bool channel, struct str id, int64_t time)
{
	struct position *at = find(p, target);

	if (at == NULL)
		at = add(p, target);
	if (at == NULL || time < at->time)
		return;
	if (id.len > POSITION_ID_MOST)
		id.len = 0;
	str_copy(at->id, sizeof(at->id), id);
	at->time = time;
	at->channel = channel;
	p->changed = true;
}

void
positions_forget(struct positions *p, struct str target)
{
	struct position *at = find(p, target);

	if (at == NULL)
		return;
	table_take(p->table, at->key);
	free(at);
	p->changed = true;
}

bool
positions_seen(struct positions *p, struct str target, struct str id)
{
	char folded[ROSTER_NAME_MOST];
	uint64_t mark;

	if (id.len == 0 || target.len > sizeof(folded))
		return false;
	/* Some servers give one identifier to a message to several targets. */
	mark = table_hash(id) ^ (table_hash(name_fold(target, folded)) << 1);
	for (size_t i = 0; i < POSITIONS_RECENT; i++)
		if (p->recent[i] == mark)
			return true;
	p->recent[p->next] = mark;
	p->next = (p->next + 1) % POSITIONS_RECENT;
	return false;
}
