/*
 * What a connection has yet to send: a short list of ranges of chunks. A line that follows the last
 * range in the same chunk and ticket only makes that range longer, so any number of lines in one
 * channel in one turn are one flat send, without an allocation or a copy.
 *
 *     ranges:  [head] (chunk 7: 0-512, ticket 3) (chunk 9: 100-400, ticket 3) [head + count]
 */
#ifndef NET_OUTQ_H
#define NET_OUTQ_H

#include <stdbool.h>
#include <sys/uio.h>

#include "net/chunk.h"

struct range {
	struct chunk *chunk; /* one reference is held by this range; NULL: a place */
	uint32_t from, to;   /* bytes of the chunk */
	uint64_t ticket;     /* may be sent when this ticket is durable */
};

/* Tickets above all others: of a place, which is never due; when everything else is. */
#define OUTQ_PLACE UINT64_MAX
#define OUTQ_ALL_DURABLE (UINT64_MAX - 1)

enum { OUTQ_INLINE = 1 };

struct outq {
	struct range *ranges; /* `few`, or owned memory when more are needed */
	uint32_t head, count, cap;
	uint32_t settled; /* so many, from the head, outq_compact need not look at again */
	size_t bytes;     /* in all ranges */
	struct range few[OUTQ_INLINE];
};

void outq_init(struct outq *q);
void outq_free(struct outq *q); /* drops every range */

/* When the bytes [from, to) of c follow the last range in chunk and ticket, that range grows: the
 * common case, a few instructions for each member of a channel. False: it is not so, outq_push. */
static inline bool
outq_extend(struct outq *q, const struct chunk *c, uint32_t from, uint32_t to, uint64_t ticket)
{
	struct range *last;

	if (q->count == 0)
		return false;
	last = &q->ranges[q->head + q->count - 1];
	if (last->chunk != c || last->to != from || last->ticket != ticket)
		return false;
	last->to = to;
	q->bytes += to - from;
	return true;
}

/* The bytes [from, to) of c join the queue. False when memory is short (the queue is unchanged). */
bool outq_push(struct outq *q, struct chunk *c, uint32_t from, uint32_t to, uint64_t ticket);

/* ... before everything that waits for the ticket `before` or a later one, and due at once. */
bool outq_push_before(struct outq *q, uint64_t before, struct chunk *c, uint32_t from, uint32_t to);

/* A place keeps what comes later waiting until it is closed; what fills it goes before it, in
 * order. The number of a place is the caller's. False: no memory, unchanged. */
bool outq_place(struct outq *q, uint32_t place);
/* True when there is no such place, too: it was closed. */
bool outq_fill(struct outq *q, uint32_t place, struct chunk *c, uint32_t from, uint32_t to);
void outq_close_place(struct outq *q, uint32_t place);
void outq_close_places(struct outq *q);
uint32_t outq_place_due(const struct outq *q); /* the place that comes first; 0: none does */

/* Bytes that are not to be sent after all, wherever they are queued. `voids` is sorted by chunk
 * (its address), then by from. False when memory is short: it has some of them still. */
bool outq_withdraw(struct outq *q, const struct chunk_void *voids, size_t count);

/* Up to `most` parts that are due (ticket <= durable), in order; returns how many. */
int outq_parts(const struct outq *q, uint64_t durable, struct iovec *parts, int most);
bool outq_due(const struct outq *q, uint64_t durable);
void outq_sent(struct outq *q, size_t bytes); /* takes them off the front */

/* Where many short ranges are due (mean under 512 bytes), copies the front into `scratch` and
 * returns its length, so that one flat write does; else 0. The last one copied may be cut. */
size_t outq_gather(const struct outq *q, uint64_t durable, char *scratch, size_t size);

/* Who hears what outq_shed takes out. */
struct outq_shedding {
	/* The first line of the queue stays, for part of it may have been sent; it is this one. */
	void (*stays)(void *arg, const struct chunk_mark *m);
	/* Lines are taken out from here on, of the events that taken() tells, in their order.
	 * Returns the number of the place that stands where they were; 0: none does. */
	uint32_t (*place)(void *arg);
	bool (*taken)(void *arg, const struct chunk_mark *m); /* false: memory is short */
	void *arg;
};

/* Takes out the lines that are about events (chunk.h); what is between them stays where it is.
 * False when memory is short, or when what a line is about is not known: the queue is unchanged. */
bool outq_shed(struct outq *q, const struct outq_shedding *to);

/* For a queue that is stuck: ranges that are due, and the small part of the chunk that they pin,
 * are copied together into chunks of their own, so that the queue holds little more memory than its
 * bytes. What is not due stays where it is: it may yet be withdrawn. False when memory is short
 * (the queue is whole). */
bool outq_compact(struct outq *q, uint64_t durable);

#endif
