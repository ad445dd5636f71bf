/* What a connection has yet to send: ranges of chunks. */
#include "net/outq.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_MEAN = 512 }; /* bytes a range below which copying beats many parts (measured) */

void
outq_init(struct outq *q)
{
	*q = (struct outq){ .cap = OUTQ_INLINE };
	q->ranges = q->few;
}

static struct range *
first(const struct outq *q)
{
	return &q->ranges[q->head];
}

static void
drop_first(struct outq *q)
{
	struct range *r = first(q);

	q->bytes -= r->to - r->from;
	chunk_unref(r->chunk);
	q->head++;
	if (--q->count > 0)
		return;
	if (q->ranges != q->few) { /* an idle queue holds no memory */
		free(q->ranges);
		q->ranges = q->few;
		q->cap = OUTQ_INLINE;
	}
	q->head = 0;
}

void
outq_free(struct outq *q)
{
	while (q->count > 0)
		drop_first(q);
}

/* Room for one more range behind the last. */
static bool
make_room(struct outq *q)
{
	struct range *grown;

	if (q->head + q->count < q->cap)
		return true;
	if (q->head > q->cap / 2 || (q->head > 0 && q->ranges == q->few)) {
		memmove(q->ranges, first(q), q->count * sizeof(*grown));
		q->head = 0;
		return true;
	}
	grown = malloc(q->cap * 4 * sizeof(*grown));
	if (grown == NULL)
		return false;
	memcpy(grown, first(q), q->count * sizeof(*grown));
	if (q->ranges != q->few)
		free(q->ranges);
	q->ranges = grown;
	q->cap *= 4;
	q->head = 0;
	return true;
}

bool
outq_push(struct outq *q, struct chunk *c, uint32_t from, uint32_t to, uint64_t ticket)
{
	if (from == to || outq_extend(q, c, from, to, ticket))
		return true;
	if (!make_room(q))
		return false;
	chunk_ref(c);
	q->ranges[q->head + q->count++] = (struct range){ c, from, to, ticket };
	q->bytes += to - from;
	return true;
}

bool
outq_due(const struct outq *q, uint64_t durable)
{
	return q->count > 0 && first(q)->ticket <= durable;
}

int
outq_parts(const struct outq *q, uint64_t durable, struct iovec *parts, int most)
{
	int n = 0;

	for (uint32_t i = 0; i < q->count && n < most; i++, n++) {
		const struct range *r = first(q) + i;
		if (r->ticket > durable)
			break;
		parts[n].iov_base = r->chunk->bytes + r->from;
		parts[n].iov_len = r->to - r->from;
	}
	return n;
}

size_t
outq_gather(const struct outq *q, uint64_t durable, char *scratch, size_t size)
{
	size_t len = 0;

	if (q->count < 4 || q->bytes / q->count >= SHORT_MEAN)
		return 0;
	for (uint32_t i = 0; i < q->count; i++) {
		const struct range *r = first(q) + i;
		size_t n = r->to - r->from;
		if (r->ticket > durable || n > size - len)
			break;
		memcpy(scratch + len, r->chunk->bytes + r->from, n);
		len += n;
	}
	return len;
}

void
outq_sent(struct outq *q, size_t bytes)
{
	while (bytes > 0) {
		struct range *r = first(q);
		uint32_t n = r->to - r->from;
		if (bytes < n) {
			r->from += (uint32_t)bytes;
			q->bytes -= bytes;
			return;
		}
		bytes -= n;
		drop_first(q);
	}
}

/* A range pins its whole chunk. Others may still need it, but a small share of it is better copied. */
static bool
mostly_foreign(const struct range *r)
{
	return r->chunk->refs > 1 && r->to - r->from < r->chunk->size / 4;
}

/* Whether `next` can be appended to the chunk of `own`, which nobody else refers to. */
static bool
can_append(const struct range *own, const struct range *next)
{
	return own->chunk->refs == 1 && own->to == own->chunk->used && own->ticket == next->ticket;
}

static bool
move_bytes(struct chunk *into, struct range *r)
{
	size_t n = r->to - r->from;
	char *at = chunk_room(into, n);

	if (at == NULL)
		return false;
	memcpy(at, r->chunk->bytes + r->from, n);
	into->used += (uint32_t)n;
	return true;
}

bool
outq_compact(struct outq *q)
{
	struct range *out = NULL; /* the last range kept */
	uint32_t kept = 0;
	bool ok = true;

	for (uint32_t i = 0; i < q->count; i++) {
		struct range r = *(first(q) + i);
		if (mostly_foreign(&r) && out != NULL && can_append(out, &r) &&
		    move_bytes(out->chunk, &r)) {
			out->to = out->chunk->used;
			chunk_unref(r.chunk);
			continue;
		}
		if (mostly_foreign(&r)) {
			struct chunk *own = chunk_new();
			ok = own != NULL && move_bytes(own, &r);
			if (ok) {
				chunk_unref(r.chunk);
				r = (struct range){ own, 0, own->used, r.ticket };
			} else {
				chunk_unref(own);
			}
		}
		out = first(q) + kept++;
		*out = r;
	}
	q->count = kept;
	return ok;
}
