/* Queues for tests. */
#include "queue.h"

#include <string.h>

#include "base/buf.h"

uint32_t
queue_append(struct chunk *c, const char *text, size_t len)
{
	char *at = chunk_room(c, len);

	assert_non_null(at);
	memcpy(at, text, len);
	c->used += (uint32_t)len;
	return c->used - (uint32_t)len;
}

void
queue_say(struct outq *q, struct chunk *c, const char *text, uint64_t ticket)
{
	uint32_t from = queue_append(c, text, strlen(text));

	if (!outq_extend(q, c, from, c->used, ticket))
		assert_true(outq_push(q, c, from, c->used, ticket));
}

void
queue_expect_due(const struct outq *q, uint64_t durable, const char *want)
{
	struct iovec parts[64];
	struct buf got = BUF_INIT(1 << 20);
	int n = outq_parts(q, durable, parts, 64);

	for (int i = 0; i < n; i++)
		assert_true(buf_add(&got, parts[i].iov_base, parts[i].iov_len));
	expect_text("due", buf_str(&got), want);
	assert_int_equal(outq_due(q, durable), got.len > 0);
	buf_free(&got);
}

static unsigned chance;

void
queue_seed(unsigned seed)
{
	chance = seed;
}

unsigned
queue_random(unsigned n)
{
	chance = chance * 1103515245u + 12345u;
	return (chance >> 16) % n;
}
