/* A hash table of byte strings: the one door to uthash. */
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(key, length, value) \
	((value) = (unsigned)table_hash((struct str){ (key), (length) }))
#define uthash_nonfatal_oom(entry) ((entry)->stored = false)
#include <uthash.h>

#include "base/siphash.h"

struct entry {
	void *value;
	bool stored; /* cleared by uthash when memory was short */
	UT_hash_handle hh;
};

struct table {
	struct entry *head;
};

bool
random_bytes(void *out, size_t len)
{
	char *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n == -1 && errno != EINTR)
			return false;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return true;
}

uint64_t
table_hash(struct str s)
{
	static uint64_t key[2];
	static bool keyed;

	if (!keyed) {
		if (!random_bytes(key, sizeof(key)))
			key[0] = (uint64_t)(uintptr_t)s.p; /* better than none: ASLR */
		keyed = true;
	}
	return siphash(key, 1, 3, s);
}

struct table *
table_new(void)
{
	return calloc(1, sizeof(struct table));
}

void
table_free(struct table *t)
{
	struct entry *e, *next;

	if (t == NULL)
		return;
	HASH_ITER(hh, t->head, e, next) {
		/* The head is not what was freed. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		HASH_DELETE(hh, t->head, e);
		free(e);
	}
	free(t);
}

static struct entry *
find(const struct table *t, struct str key)
{
	struct entry *e;

	HASH_FIND(hh, t->head, key.p, key.len, e);
	return e;
}

bool
table_put(struct table *t, struct str key, void *value)
{
	struct entry *e;

	if (find(t, key) != NULL)
		return false;
	e = malloc(sizeof(*e));
	if (e == NULL)
		return false;
	e->value = value;
	e->stored = true;
	HASH_ADD_KEYPTR(hh, t->head, key.p, key.len, e);
	if (!e->stored) {
		free(e);
		return false;
	}
	return true;
}

void *
table_get(const struct table *t, struct str key)
{
	struct entry *e = find(t, key);

	return e ? e->value : NULL;
}

void *
table_take(struct table *t, struct str key)
{
	struct entry *e = find(t, key);
	void *value;

	if (e == NULL)
		return NULL;
	value = e->value;
	HASH_DELETE(hh, t->head, e);
	free(e);
	return value;
}

size_t
table_count(const struct table *t)
{
	return HASH_COUNT(t->head);
}

struct table_walk
table_walk(const struct table *t)
{
	return (struct table_walk){ t->head };
}

void *
table_next(struct table_walk *w)
{
	struct entry *e = w->next;

	if (e == NULL)
		return NULL;
	w->next = e->hh.next;
	return e->value;
}
