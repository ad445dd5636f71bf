/* Shared runs of outgoing text. */
#include "net/chunk.h"

#include <stdlib.h>

/* Chunks kept for reuse. Grown ones are not: one short line in a big chunk would pin all of it. */
enum { KEPT_MOST = 256 };

static struct chunk *kept[KEPT_MOST];
static unsigned kept_count;

struct chunk *
chunk_new(void)
{
	struct chunk *c;

	if (kept_count > 0) {
		c = kept[--kept_count];
		c->used = 0;
		c->refs = 1;
		return c;
	}
	c = malloc(sizeof(*c));
	if (c == NULL)
		return NULL;
	*c = (struct chunk){ .bytes = malloc(CHUNK_FIRST), .size = CHUNK_FIRST, .refs = 1 };
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
	if (kept_count < KEPT_MOST && c->size == CHUNK_FIRST) {
		kept[kept_count++] = c;
		return;
	}
	free(c->bytes);
	free(c);
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
chunk_pool_free(void)
{
	while (kept_count > 0) {
		struct chunk *c = kept[--kept_count];
		free(c->bytes);
		free(c);
	}
}
