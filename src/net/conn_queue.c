/* What a connection is to send: whole bytes, shared ranges, and places for what is known later. */
#include <string.h>

#include "base/compat.h"
#include "conns.h"

static bool
takes_output(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->shut_wanted && !c->broken;
}

void
conn_break(struct conn *c)
{
	if (!takes_output(c))
		return;
	c->broken = true;
	conns_want(c, CONN_WRITES);
}

void
conn_push(struct conn *c, struct chunk *chunk, uint32_t from, uint32_t to, uint64_t ticket)
{
	if (!takes_output(c))
		return;
	/* Most lines for most members end here. One that is stuck is not listed, and must be. */
	if (c->listed & (1u << CONN_WRITES) && outq_extend(&c->out, chunk, from, to, ticket))
		return;
	c->broken = !outq_push(&c->out, chunk, from, to, ticket);
	conns_want(c, CONN_WRITES);
}

void
conn_hurry(struct conn *c)
{
	if (c->out.count == 0)
		return;
	c->hurried = true;
	conns_want(c, CONN_HURRIES);
}

/* A chunk with room for len more bytes, referenced: the queue's last when nobody else has a range
 * in it, else a new one. */
static struct chunk *
private_chunk(struct conn *c, size_t len)
{
	struct chunk *chunk = NULL;

	if (c->out.count > 0)
		chunk = c->out.ranges[c->out.head + c->out.count - 1].chunk;
	if (chunk != NULL && chunk->refs == 1 && chunk_room(chunk, len) != NULL) {
		chunk_ref(chunk);
		return chunk;
	}
	chunk = chunk_new();
	if (chunk != NULL && chunk_room(chunk, len) == NULL) {
		chunk_unref(chunk);
		chunk = NULL;
	}
	return chunk;
}

bool
conn_write(struct conn *c, struct str bytes)
{
	while (bytes.len > 0 && takes_output(c)) {
		struct str part = str_first(bytes, CHUNK_MOST);
		struct chunk *chunk = private_chunk(c, part.len);
		uint32_t from;

		if (chunk == NULL) {
			conn_break(c);
			break;
		}
		from = chunk->used;
		memcpy(chunk->bytes + from, part.p, part.len);
		chunk->used += (uint32_t)part.len;
		conn_push(c, chunk, from, chunk->used, 0);
		chunk_unref(chunk);
		bytes = str_from_byte(bytes, part.len);
	}
	return takes_output(c);
}

/* A chunk of its own with a copy of some of the bytes, which are taken off; NULL: no memory. */
static struct chunk *
copy_of(struct str *bytes)
{
	struct str part = str_first(*bytes, CHUNK_MOST);
	struct chunk *chunk = chunk_new();
	char *room = chunk ? chunk_room(chunk, part.len) : NULL;

	if (room == NULL) {
		chunk_unref(chunk);
		return NULL;
	}
	memcpy(room, part.p, part.len);
	chunk->used = (uint32_t)part.len;
	*bytes = str_from_byte(*bytes, part.len);
	return chunk;
}

void
conn_write_before(struct conn *c, uint64_t before, struct str bytes)
{
	while (bytes.len > 0 && takes_output(c)) {
		struct chunk *chunk = copy_of(&bytes);
		if (chunk == NULL || !outq_push_before(&c->out, before, chunk, 0, chunk->used))
			conn_break(c);
		chunk_unref(chunk);
	}
	conns_stir(c);
}

uint32_t
conn_place_number(struct conn *c)
{
	uint32_t place = ++c->pool->places;

	return place != 0 ? place : ++c->pool->places;
}

uint32_t
conn_place(struct conn *c)
{
	uint32_t place = conn_place_number(c);

	if (!takes_output(c))
		return 0;
	if (outq_place(&c->out, place))
		return place;
	conn_break(c);
	return 0;
}

void
conn_fill(struct conn *c, uint32_t place, struct str bytes)
{
	while (bytes.len > 0 && takes_output(c)) {
		struct chunk *chunk = copy_of(&bytes);
		if (chunk == NULL || !outq_fill(&c->out, place, chunk, 0, chunk->used))
			conn_break(c);
		chunk_unref(chunk);
	}
	conns_stir(c);
}

void
conn_close_place(struct conn *c, uint32_t place)
{
	if (place == 0)
		return;
	outq_close_place(&c->out, place);
	conns_stir(c);
}

bool
conn_shed(struct conn *c, const struct outq_shedding *to)
{
	bool done = outq_shed(&c->out, to);

	conns_stir(c);
	return done;
}

size_t
conn_queued(const struct conn *c)
{
	return c->out.bytes;
}

size_t
conn_untaken(const struct conn *c)
{
	int n = 0;

	return ioctl(c->source.fd, FIONWRITE, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void
conn_want_drained(struct conn *c)
{
	c->want_drained = true;
	conns_want(c, CONN_WRITES);
}
