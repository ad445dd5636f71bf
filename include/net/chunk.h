/*
 * A chunk is an append-only run of outgoing text, shared by every queue with a range into it. It is
 * referenced by those ranges and by whoever is still appending. Some freed ones are kept for reuse.
 */
#ifndef NET_CHUNK_H
#define NET_CHUNK_H

#include <stddef.h>
#include <stdint.h>

enum {
	CHUNK_FIRST = 4096,      /* bytes a chunk starts with; it grows by doubling */
	CHUNK_MOST = 256 * 1024, /* and no further than this */
};

struct chunk {
	char *bytes; /* owned; moves when the chunk grows: keep offsets, not pointers */
	uint32_t used, size;
	uint32_t refs;
};

/* Part of a chunk that is withdrawn. */
struct chunk_void {
	struct chunk *chunk;
	uint32_t from, to;
};

struct chunk *chunk_new(void); /* one reference, the caller's; NULL when memory is short */
void chunk_ref(struct chunk *c);
void chunk_unref(struct chunk *c); /* NULL is allowed */
/* Where `len` more bytes go (then add to used); NULL when that would pass CHUNK_MOST or memory is
 * short. */
char *chunk_room(struct chunk *c, size_t len);
void chunk_pool_free(void); /* gives the chunks kept for reuse back; at the end of the program */

#endif
