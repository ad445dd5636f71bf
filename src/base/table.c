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

static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012), little-endian loads. */
uint64_t
table_hash(struct str s)
{
	static uint64_t key[2];
	static bool keyed;
	uint64_t v[4], word;
	size_t left = s.len;
	const char *p = s.p;

	if (!keyed) {
		if (!random_bytes(key, sizeof(key)))
			key[0] = (uint64_t)(uintptr_t)p; /* better than none: ASLR */
		keyed = true;
	}
	v[0] = key[0] ^ 0x736f6d6570736575;
	v[1] = key[1] ^ 0x646f72616e646f6d;
	v[2] = key[0] ^ 0x6c7967656e657261;
	v[3] = key[1] ^ 0x7465646279746573;
	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)s.len << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)(unsigned char)p[i] << (8 * i);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
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
