/* What a connection has yet to send, by chance, against a flat model of the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "queue.h"

/* ---- withdrawing ----------------------------------------------------------------------------- */

enum { VOID_CHUNKS = 3, VOID_BYTES = 60, VOID_RUNS = 5000 };

static int
by_place(const void *a, const void *b)
{
	const struct chunk_void *x = a, *y = b;

	if (x->chunk != y->chunk)
		return (uintptr_t)x->chunk < (uintptr_t)y->chunk ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* Random pieces of the chunks are withdrawn from a queue of random ranges: what is left is every
 * byte that no interval has, in order. */
static void
withdraw_once(struct chunk **chunks)
{
	bool gone[VOID_CHUNKS][VOID_BYTES] = { { false } };
	struct chunk_void voids[VOID_CHUNKS * 4];
	struct buf want = BUF_INIT(100000);
	size_t count = 0;
	struct outq q;

	for (unsigned k = 0; k < VOID_CHUNKS; k++)
		for (unsigned at = queue_random(20); at < VOID_BYTES - 20 && queue_random(5) > 0;) {
			unsigned to = at + 1 + queue_random(12);
			voids[count++] = (struct chunk_void){ chunks[k], at, to };
			memset(&gone[k][at], true, to - at);
			at = to + queue_random(10);
			if (count % 4 == 0)
				break;
		}
	qsort(voids, count, sizeof(voids[0]), by_place);
	outq_init(&q);
	for (unsigned i = queue_random(12); i > 0; i--) {
		unsigned k = queue_random(VOID_CHUNKS), from = queue_random(VOID_BYTES),
			 to = from + queue_random(VOID_BYTES - from + 1);
		assert_true(outq_push(&q, chunks[k], from, to, 1));
		for (unsigned at = from; at < to; at++)
			if (!gone[k][at])
				assert_true(buf_add_char(&want, chunks[k]->bytes[at]));
	}
	assert_true(outq_withdraw(&q, voids, count));
	assert_int_equal(q.bytes, want.len);
	queue_expect_due(&q, 1, buf_cstr(&want));
	outq_free(&q);
	for (unsigned k = 0; k < VOID_CHUNKS; k++)
		assert_int_equal(chunks[k]->refs, 1);
	buf_free(&want);
}

static void
test_withdrawing(void **state)
{
	struct chunk *chunks[VOID_CHUNKS];

	(void)state;
	for (unsigned k = 0; k < VOID_CHUNKS; k++) {
		chunks[k] = chunk_new();
		for (unsigned i = 0; i < VOID_BYTES; i++)
			queue_append(chunks[k],
			    &"0123456789abcdefghijklmnopqrstuvwxyz"[(i + k * 7) % 36], 1);
	}
	queue_seed(3);
	for (int i = 0; i < VOID_RUNS; i++)
		withdraw_once(chunks);
	for (unsigned k = 0; k < VOID_CHUNKS; k++)
		chunk_unref(chunks[k]);
}

/* ---- the model ------------------------------------------------------------------------------- */

enum { QUEUES = 5, STEPS = 60000 };

/* The same queue as flat bytes; the lines have their lengths and tickets beside. */
struct model {
	struct outq q;
	struct buf bytes;
	struct {
		size_t len;
		uint64_t ticket;
	} lines[4096];
	size_t first, count; /* of lines */
};

static struct model models[QUEUES];
static struct chunk *shared;
static uint64_t ticket, durable;

static size_t
model_due(const struct model *m)
{
	size_t due = 0;

	for (size_t i = m->first; i < m->count && m->lines[i].ticket <= durable; i++)
		due += m->lines[i].len;
	return due;
}

static void
model_push(struct model *m, struct chunk *c, uint32_t from)
{
	uint32_t len = c->used - from;

	if (len == 0 || m->count == 4096 || m->bytes.len > 3000000)
		return;
	if (!outq_extend(&m->q, c, from, c->used, ticket))
		assert_true(outq_push(&m->q, c, from, c->used, ticket));
	assert_true(buf_add(&m->bytes, c->bytes + from, len));
	m->lines[m->count].len = len;
	m->lines[m->count++].ticket = ticket;
}

static void
model_sent(struct model *m, size_t n)
{
	outq_sent(&m->q, n);
	buf_drop(&m->bytes, n);
	while (n > 0 && n >= m->lines[m->first].len)
		n -= m->lines[m->first++].len;
	if (n > 0)
		m->lines[m->first].len -= n;
	if (m->first == m->count)
		m->first = m->count = 0;
}

static void
model_check(struct model *m)
{
	struct iovec parts[16];
	size_t due = model_due(m), at = 0;
	int n = outq_parts(&m->q, durable, parts, 16);

	assert_int_equal(m->q.bytes, m->bytes.len);
	assert_int_equal(outq_due(&m->q, durable), due > 0);
	for (int i = 0; i < n; i++) {
		assert_true(parts[i].iov_len > 0 && at + parts[i].iov_len <= due);
		assert_memory_equal(parts[i].iov_base, m->bytes.data + at, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	assert_true(n == 16 || at == due);
}

static void
model_send(struct model *m)
{
	static char scratch[16384];
	size_t due = model_due(m), n;

	if (due == 0)
		return;
	n = outq_gather(&m->q, durable, scratch, 1 + queue_random(sizeof(scratch)));
	assert_true(n <= due);
	if (n > 0)
		assert_memory_equal(scratch, m->bytes.data, n);
	model_sent(m, queue_random(3) == 0 ? due : 1 + queue_random((unsigned)due));
}

static size_t
random_length(void)
{
	switch (queue_random(8)) {
	case 0:
		return 0;
	case 1:
		return queue_random(20000);
	default:
		return 1 + queue_random(300);
	}
}

/* A line for some, perhaps not for its sender; in a chunk that all of them share, or in one's
 * own. */
static void
speak(void)
{
	static char text[20000];
	size_t len = random_length();
	struct chunk *c = queue_random(6) == 0 ? chunk_new() : shared;
	unsigned who = queue_random(1u << QUEUES);
	uint32_t from;

	for (size_t i = 0; i < len; i++)
		text[i] = (char)queue_random(256);
	if (chunk_room(c, len) != NULL) {
		from = queue_append(c, text, len);
		for (unsigned i = 0; i < QUEUES; i++)
			if (who & 1u << i)
				model_push(&models[i], c, from);
	} else {
		chunk_unref(shared);
		c = shared = chunk_new();
	}
	if (c != shared)
		chunk_unref(c);
}

static void
step(void)
{
	struct model *m = &models[queue_random(QUEUES)];

	switch (queue_random(16)) {
	case 0:
		chunk_unref(shared);
		shared = chunk_new();
		break;
	case 1:
		ticket++;
		break;
	case 2:
		durable = ticket - queue_random((unsigned)(ticket - durable) + 1);
		break;
	case 3:
	case 4:
		assert_true(outq_compact(&m->q, durable));
		break;
	case 5:
		if (queue_random(50) == 0) {
			outq_free(&m->q);
			buf_clear(&m->bytes);
			m->first = m->count = 0;
		}
		break;
	case 6:
	case 7:
	case 8:
		model_send(m);
		break;
	default:
		speak();
	}
	model_check(m);
}

static void
test_model(void **state)
{
	(void)state;
	for (unsigned run = 1; run <= 4; run++) {
		queue_seed(run);
		ticket = durable = 1;
		shared = chunk_new();
		for (size_t i = 0; i < QUEUES; i++) {
			outq_init(&models[i].q);
			models[i].bytes = (struct buf)BUF_INIT(1 << 24);
		}
		for (int i = 0; i < STEPS / 4; i++)
			step();
		for (size_t i = 0; i < QUEUES; i++) {
			outq_free(&models[i].q);
			buf_free(&models[i].bytes);
			models[i].first = models[i].count = 0;
		}
		assert_int_equal(shared->refs, 1);
		chunk_unref(shared);
	}
	chunk_pool_free();
}

static int
teardown(void **state)
{
	(void)state;
	chunk_pool_free();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_withdrawing),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
