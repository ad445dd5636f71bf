/*
 * A chunk is an append-only run of outgoing text, shared by every queue with a range into it. It is
 * referenced by those ranges and by whoever is still appending. Some freed ones are kept for reuse.
 *
 * Marks tell which events its lines are about, so that a queue can do without those that are to be
 * had elsewhere. Each mark is about the bytes from the last one's end to its own; bytes behind the
 * last mark, and all of a chunk without marks, are about none.
 */
#ifndef NET_CHUNK_H
#define NET_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHUNK_LEAST = 256,       /* bytes that a chunk starts with at least; it grows by doubling */
	CHUNK_KEPT = 4096,       /* one that grew no further is kept for reuse */
	CHUNK_MOST = 256 * 1024, /* none grows further */
};

struct chunk_mark {
	uint32_t to;     /* where the line ends */
	uint16_t more;   /* numbers that the event has beyond `number` */
	bool counts;     /* who does not get it is to know that something is missing */
	uint64_t number; /* of the event; 0: about none */
};

struct chunk {
	char *bytes; /* owned; moves when the chunk grows: keep offsets, not pointers */
	uint32_t used, size;
	uint32_t refs;
	uint32_t mark_count, mark_cap;
	struct chunk_mark *marks; /* owned */
	bool unmarked;            /* memory was short for a mark: its lines are not told apart */
};

/* Part of a chunk that is withdrawn. */
struct chunk_void {
	struct chunk *chunk;
	uint32_t from, to;
};

struct chunk *chunk_new(void); /* one reference, the caller's; NULL when memory is short */
void chunk_ref(struct chunk *c);
void chunk_unref(struct chunk *c); /* NULL is allowed */
/* Nothing more is appended: as chunk_unref, and what waits for its readers takes no more memory
 * than it needs. */
void chunk_done(struct chunk *c);
/* Where `len` more bytes go (then add to used); NULL when that would pass CHUNK_MOST or memory is
 * short. */
char *chunk_room(struct chunk *c, size_t len);
/* What lies between the last mark and `to`, where m->to is, is about that event. */
void chunk_mark(struct chunk *c, const struct chunk_mark *m);
/* The first mark that ends behind the offset; mark_count: none. */
uint32_t chunk_mark_at(const struct chunk *c, uint32_t offset);
void chunk_pool_free(void); /* gives the chunks kept for reuse back; at the end of the program */

#endif
