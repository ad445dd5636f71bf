/* Shared runs of outgoing text. */
#include "net/chunk.h"

#include <stdlib.h>

/* Chunks kept for reuse. Big ones are not: one short line in one of them would pin all of it. */
enum { KEPT_MOST = 256, MARKS_FIRST = 2, MARKS_KEPT = 64 };

static struct chunk *kept[KEPT_MOST];
static unsigned kept_count;

static void
chunk_free(struct chunk *c)
{
	free(c->bytes);
	free(c->marks);
	free(c);
}

struct chunk *
chunk_new(void)
{
	struct chunk *c;

	if (kept_count > 0) {
		c = kept[--kept_count];
		c->used = c->mark_count = 0;
		c->refs = 1;
		c->unmarked = false;
		return c;
	}
	c = malloc(sizeof(*c));
	if (c == NULL)
		return NULL;
	*c = (struct chunk){ .bytes = malloc(CHUNK_LEAST), .size = CHUNK_LEAST, .refs = 1 };
	if (c->bytes == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
chunk_ref(struct chunk *c)
{
	c->refs++;
}

void
chunk_unref(struct chunk *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	if (kept_count < KEPT_MOST && c->size <= CHUNK_KEPT && c->mark_cap <= MARKS_KEPT) {
		kept[kept_count++] = c;
		return;
	}
	chunk_free(c);
}

/* To the least power of two that holds it: then it has the size of one that grew to it. */
static void
trim(struct chunk *c)
{
	uint32_t size = c->size;
	char *less;

	while (size > CHUNK_LEAST && size / 2 >= c->used)
		size /= 2;
	less = size < c->size ? realloc(c->bytes, size) : NULL;
	if (less == NULL)
		return;
	c->bytes = less;
	c->size = size;
}

void
chunk_done(struct chunk *c)
{
	if (c != NULL && c->refs > 1)
		trim(c);
	chunk_unref(c);
}

char *
chunk_room(struct chunk *c, size_t len)
{
	uint32_t size = c->size;
	char *grown;

	if (len > CHUNK_MOST - c->used)
		return NULL;
	if (c->used + len <= c->size)
		return c->bytes + c->used;
	while (size < c->used + len)
		size *= 2;
	grown = realloc(c->bytes, size);
	if (grown == NULL)
		return NULL;
	c->bytes = grown;
	c->size = size;
	return c->bytes + c->used;
}

void
chunk_mark(struct chunk *c, const struct chunk_mark *m)
{
	if (c->mark_count == c->mark_cap) {
		uint32_t cap = c->mark_cap ? c->mark_cap * 2 : MARKS_FIRST;
		struct chunk_mark *grown = realloc(c->marks, cap * sizeof(*grown));
		if (grown == NULL) {
			c->unmarked = true;
			return;
		}
		c->marks = grown;
		c->mark_cap = cap;
	}
	c->marks[c->mark_count++] = *m;
}

uint32_t
chunk_mark_at(const struct chunk *c, uint32_t offset)
{
	uint32_t from = 0, to = c->mark_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		if (c->marks[middle].to <= offset)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void
chunk_pool_free(void)
{
	while (kept_count > 0)
		chunk_free(kept[--kept_count]);
}
