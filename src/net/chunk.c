/* Shared runs of outgoing text. */
#include "net/chunk.h"

#include <stdlib.h>

/* Chunks kept for reuse: a busy turn's are taken up again in the next, without a trip to the kernel. */
enum { KEPT_MOST = 64, KEPT_BYTES = 16 * 1024 * 1024 };

static struct chunk *kept[KEPT_MOST];
static unsigned kept_count;
static size_t kept_bytes;

struct chunk *
chunk_new(void)
{
	struct chunk *c;

	if (kept_count > 0) {
		c = kept[--kept_count];
		kept_bytes -= c->size;
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
	if (kept_count < KEPT_MOST && kept_bytes + c->size <= KEPT_BYTES) {
		kept[kept_count++] = c;
		kept_bytes += c->size;
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
	kept_bytes = 0;
}
