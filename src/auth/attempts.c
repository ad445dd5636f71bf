/* Attempts are counted by key, in a period that begins with the first. */
#include "auth/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

struct entry {
	int64_t since; /* monotonic ms */
	size_t count, len;
	char key[];
};

struct attempts {
	struct table *entries; /* the oldest first */
};

struct attempts *
attempts_new(void)
{
	struct attempts *all = calloc(1, sizeof(*all));

	if (all != NULL && (all->entries = table_new()) == NULL) {
		free(all);
		return NULL;
	}
	return all;
}

static struct str
key_of(const struct entry *e)
{
	return (struct str){ e->key, e->len };
}

static void
forget(struct attempts *all, struct entry *e)
{
	table_take(all->entries, key_of(e));
	free(e);
}

static struct entry *
oldest(const struct attempts *all)
{
	struct table_walk w = table_walk(all->entries);

	return table_next(&w);
}

void
attempts_free(struct attempts *all)
{
	struct entry *e;

	if (all == NULL)
		return;
	while ((e = oldest(all)) != NULL)
		forget(all, e);
	table_free(all->entries);
	free(all);
}

static struct entry *
add(struct attempts *all, struct str key, int64_t now)
{
	struct entry *e = malloc(sizeof(*e) + key.len);

	if (e == NULL)
		return NULL;
	if (table_count(all->entries) >= ATTEMPTS_KEYS)
		forget(all, oldest(all));
	*e = (struct entry){ .since = now, .len = key.len };
	if (key.len > 0)
		memcpy(e->key, key.p, key.len);
	if (table_put(all->entries, key_of(e), e))
		return e;
	free(e);
	return NULL;
}

int64_t
attempts_take(struct attempts *all, struct str key, size_t most, int64_t period, int64_t now)
{
	struct entry *e;

	if (most == 0)
		return 0;
	e = table_get(all->entries, key);
	if (e != NULL && now - e->since >= period) {
		forget(all, e);
		e = NULL;
	}
	if (e == NULL)
		e = add(all, key, now);
	if (e == NULL)
		return period; /* without memory nobody may guess */
	if (e->count >= most)
		return e->since + period - now;
	e->count++;
	return 0;
}

void
attempts_give_back(struct attempts *all, struct str key)
{
	struct entry *e = table_get(all->entries, key);

	if (e != NULL && --e->count == 0)
		forget(all, e);
}
