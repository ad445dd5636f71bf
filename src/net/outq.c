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

/* An idle queue holds no memory. */
static void
be_idle(struct outq *q)
{
	if (q->ranges != q->few) {
		free(q->ranges);
		q->ranges = q->few;
		q->cap = OUTQ_INLINE;
	}
	q->head = 0;
	q->settled = 0;
}

static void
drop_first(struct outq *q)
{
	struct range *r = first(q);

	q->bytes -= r->to - r->from;
	chunk_unref(r->chunk);
	q->head++;
	if (q->settled > 0)
		q->settled--;
	if (--q->count == 0)
		be_idle(q);
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

/* A range of its own before the i-th; false: no memory, unchanged. */
static bool
insert(struct outq *q, uint32_t i, struct range r)
{
	if (!make_room(q))
		return false;
	memmove(first(q) + i + 1, first(q) + i, (q->count - i) * sizeof(r));
	first(q)[i] = r;
	q->count++;
	q->settled = 0;
	q->bytes += r.to - r.from;
	if (r.chunk != NULL)
		chunk_ref(r.chunk);
	return true;
}

bool
outq_push_before(struct outq *q, uint64_t before, struct chunk *c, uint32_t from, uint32_t to)
{
	uint32_t i = 0;

	while (i < q->count && first(q)[i].ticket < before)
		i++;
	return insert(q, i, (struct range){ c, from, to, 0 });
}

/* ---- places ---------------------------------------------------------------------------------- */

bool
outq_place(struct outq *q, uint32_t place)
{
	return insert(q, q->count, (struct range){ NULL, place, place, OUTQ_PLACE });
}

/* The i of that place, or q->count. */
static uint32_t
find_place(const struct outq *q, uint32_t place)
{
	uint32_t i = 0;

	while (i < q->count && (first(q)[i].ticket != OUTQ_PLACE || first(q)[i].from != place))
		i++;
	return i;
}

bool
outq_fill(struct outq *q, uint32_t place, struct chunk *c, uint32_t from, uint32_t to)
{
	uint32_t i = find_place(q, place);
	struct range *before;

	if (i == q->count || from == to)
		return true;
	before = first(q) + (i > 0 ? i - 1 : 0);
	if (i > 0 && before->chunk == c && before->to == from && before->ticket == 0) {
		before->to = to;
		q->bytes += to - from;
		return true;
	}
	return insert(q, i, (struct range){ c, from, to, 0 });
}

/* Without the i-th range. */
static void
take_out(struct outq *q, uint32_t i)
{
	if (i == 0) {
		drop_first(q);
		return;
	}
	chunk_unref(first(q)[i].chunk);
	q->bytes -= first(q)[i].to - first(q)[i].from;
	memmove(first(q) + i, first(q) + i + 1, (q->count - i - 1) * sizeof(*q->ranges));
	q->count--;
	q->settled = 0;
	if (q->count == 0)
		be_idle(q);
}

void
outq_close_place(struct outq *q, uint32_t place)
{
	uint32_t i = find_place(q, place);

	if (i < q->count)
		take_out(q, i);
}

uint32_t
outq_place_due(const struct outq *q)
{
	return q->count > 0 && first(q)->ticket == OUTQ_PLACE ? first(q)->from : 0;
}

void
outq_close_places(struct outq *q)
{
	for (uint32_t i = q->count; i > 0; i--)
		if (first(q)[i - 1].ticket == OUTQ_PLACE)
			take_out(q, i - 1);
}

/* ---- withdrawing ----------------------------------------------------------------------------- */

/* The first of the sorted intervals of r's chunk that r has bytes of; NULL: none. */
static const struct chunk_void *
void_in(const struct range *r, const struct chunk_void *voids, size_t count)
{
	size_t from = 0, to = count;

	while (from < to) { /* the first that ends behind the range's begin */
		size_t middle = (from + to) / 2;
		const struct chunk_void *v = &voids[middle];
		if ((uintptr_t)v->chunk < (uintptr_t)r->chunk ||
		    (v->chunk == r->chunk && v->to <= r->from))
			from = middle + 1;
		else
			to = middle;
	}
	if (from < count && voids[from].chunk == r->chunk && voids[from].from < r->to)
		return &voids[from];
	return NULL;
}

bool
outq_withdraw(struct outq *q, const struct chunk_void *voids, size_t count)
{
	uint32_t i = 0;

	q->settled = 0;
	while (i < q->count) {
		struct range *r = first(q) + i, whole = *r;
		const struct chunk_void *v = void_in(r, voids, count);
		if (v == NULL) {
			i++;
			continue;
		}
		/* What was before it stays in r, what is behind it follows, and is looked at. */
		if (v->to < whole.to && v->from > whole.from) {
			whole.from = v->to;
			if (!insert(q, i + 1, whole))
				return false;
			r = first(q) + i;
			q->bytes -= r->to - v->from;
			r->to = v->from;
			i++;
		} else if (v->from > whole.from) {
			q->bytes -= whole.to - v->from;
			r->to = v->from;
			i++;
		} else if (v->to < whole.to) {
			q->bytes -= v->to - whole.from;
			r->from = v->to;
		} else {
			take_out(q, i);
		}
	}
	return true;
}

/* ---- sending --------------------------------------------------------------------------------- */

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
	for (uint32_t i = 0; i < q->count && len < size; i++) {
		const struct range *r = first(q) + i;
		size_t n = r->to - r->from;
		if (r->ticket > durable)
			break;
		if (n > size - len)
			n = size - len;
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

/* ---- shedding -------------------------------------------------------------------------------- */

/* What the line at the offset is about, and *end, where it ends. */
static struct chunk_mark
mark_of(const struct range *r, uint32_t offset, uint32_t *end)
{
	uint32_t i = chunk_mark_at(r->chunk, offset);
	struct chunk_mark none = { .number = 0 };

	*end = r->to;
	if (i == r->chunk->mark_count)
		return none;
	if (r->chunk->marks[i].to < r->to)
		*end = r->chunk->marks[i].to;
	return r->chunk->marks[i];
}

/* A queue while lines are taken out of it: the new one. */
struct shed {
	struct outq q;
	const struct outq_shedding *to;
	bool begun; /* the first line was met */
	bool open;  /* the last line was taken out */
};

static bool
shed_line(struct shed *s, const struct range *r, uint32_t from, uint32_t end, struct chunk_mark m)
{
	bool first = !s->begun;
	uint32_t place;

	s->begun = true;
	if (first && m.number != 0)
		s->to->stays(s->to->arg, &m);
	if (first || m.number == 0) {
		s->open = false;
		return outq_push(&s->q, r->chunk, from, end, r->ticket);
	}
	place = s->open ? 0 : s->to->place(s->to->arg);
	s->open = true;
	return (place == 0 || outq_place(&s->q, place)) && s->to->taken(s->to->arg, &m);
}

static bool
shed_range(struct shed *s, const struct range *r)
{
	uint32_t end;

	if (r->chunk == NULL) {
		s->begun = true;
		s->open = false;
		return outq_place(&s->q, r->from);
	}
	if (r->chunk->unmarked)
		return false;
	for (uint32_t from = r->from; from < r->to; from = end) {
		struct chunk_mark m = mark_of(r, from, &end);
		if (!shed_line(s, r, from, end, m))
			return false;
	}
	return true;
}

bool
outq_shed(struct outq *q, const struct outq_shedding *to)
{
	struct shed s = { .to = to };

	outq_init(&s.q);
	for (uint32_t i = 0; i < q->count; i++)
		if (!shed_range(&s, first(q) + i)) {
			outq_free(&s.q);
			return false;
		}
	outq_free(q);
	*q = s.q;
	if (s.q.ranges == s.q.few)
		q->ranges = q->few;
	return true;
}

/* ---- compacting ------------------------------------------------------------------------------ */

/* A range pins its whole chunk: the small part of one is better copied. */
static bool
wasteful(const struct range *r)
{
	return r->to - r->from < r->chunk->size / 4;
}

/* The bytes of r are to be at this offset of c: what they are about goes with them. */
static void
take_marks(struct chunk *c, uint32_t at, const struct range *r)
{
	const struct chunk *old = r->chunk;
	uint32_t i = chunk_mark_at(old, r->from), begin = i > 0 ? old->marks[i - 1].to : 0;
	struct chunk_mark m = { .to = at };

	c->unmarked |= old->unmarked;
	if (at > 0 && (c->mark_count == 0 || c->marks[c->mark_count - 1].to < at) &&
	    i < old->mark_count)
		chunk_mark(c, &m);
	for (; i < old->mark_count && begin < r->to; i++) {
		m = old->marks[i];
		begin = m.to;
		m.to = at + ((begin < r->to ? begin : r->to) - r->from);
		chunk_mark(c, &m);
	}
}

/* Moves the bytes of r to the end of the chunk of `own`, when nobody else refers to that. Both are
 * due: whose ticket remains is all the same. */
static bool
join(struct range *own, const struct range *r)
{
	struct chunk *c = own->chunk;
	size_t n = r->to - r->from;
	char *at;

	if (c->refs > 1)
		return false;
	c->used = own->to; /* what others had behind it has been sent */
	c->mark_count = chunk_mark_at(c, own->to);
	at = chunk_room(c, n);
	if (at == NULL)
		return false;
	memcpy(at, r->chunk->bytes + r->from, n);
	take_marks(c, c->used, r);
	c->used += (uint32_t)n;
	own->to = c->used;
	chunk_unref(r->chunk);
	return true;
}

/* Gives r a chunk of its own; false: no memory, and nothing has changed. */
static bool
move_out(struct range *r)
{
	struct range own = { .chunk = chunk_new(), .ticket = r->ticket };

	if (own.chunk == NULL)
		return false;
	if (!join(&own, r)) {
		chunk_unref(own.chunk);
		return false;
	}
	*r = own;
	return true;
}

bool
outq_compact(struct outq *q, uint64_t durable)
{
	uint32_t kept = q->settled;
	struct range *last = kept > 0 ? first(q) + kept - 1 : NULL; /* kept, when it is due */
	bool ok = true;

	for (uint32_t i = kept; i < q->count; i++) {
		struct range r = first(q)[i];
		bool due = r.ticket <= durable;
		if (due && wasteful(&r)) {
			if (last != NULL && join(last, &r))
				continue;
			if (r.chunk->refs > 1 || r.chunk->size > CHUNK_KEPT)
				ok &= move_out(&r);
		}
		first(q)[kept] = r;
		last = due ? &first(q)[kept] : NULL;
		kept++;
		if (due && ok && q->settled == kept - 1)
			q->settled = kept;
	}
	q->count = kept;
	return ok;
}
