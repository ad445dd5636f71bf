/* What a connection has yet to send, against a flat model of the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#include "base/buf.h"
#include "net/outq.h"

/* ---- help ------------------------------------------------------------------------------------ */

static uint32_t
append(struct chunk *c, const char *text, size_t len)
{
	char *at = chunk_room(c, len);

	assert_non_null(at);
	memcpy(at, text, len);
	c->used += (uint32_t)len;
	return c->used - (uint32_t)len;
}

/* One line at the end of the chunk, queued as announcing does it. */
static void
say(struct outq *q, struct chunk *c, const char *text, uint64_t ticket)
{
	uint32_t from = append(c, text, strlen(text));

	if (!outq_extend(q, c, from, c->used, ticket))
		assert_true(outq_push(q, c, from, c->used, ticket));
}

/* All that is due, as one text. */
static void
expect_due(const struct outq *q, uint64_t durable, const char *want)
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

/* ---- cases ----------------------------------------------------------------------------------- */

static void
test_lines_merge(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	assert_false(outq_extend(&q, c, 0, 0, 1)); /* nothing to follow */
	say(&q, c, "one ", 1);
	say(&q, c, "two ", 1);
	say(&q, c, "three ", 1);
	assert_int_equal(q.count, 1);
	assert_int_equal(q.bytes, 14);
	assert_int_equal(c->refs, 2);
	say(&q, c, "later ", 2); /* another ticket: a range of its own */
	assert_int_equal(q.count, 2);
	append(c, "not mine ", 9);
	say(&q, c, "mine", 2); /* a gap: another range */
	assert_int_equal(q.count, 3);
	expect_due(&q, 0, "");
	expect_due(&q, 1, "one two three ");
	expect_due(&q, 2, "one two three later mine");
	outq_free(&q);
	assert_int_equal(c->refs, 1);
	chunk_unref(c);
}

/* What is not due holds back all that is behind it, due or not. */
static void
test_order_is_kept(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	say(&q, c, "a", 1);
	say(&q, c, "b", 9);
	say(&q, c, "c", 1);
	expect_due(&q, 8, "a");
	outq_sent(&q, 1);
	expect_due(&q, 8, "");
	assert_int_equal(outq_gather(&q, 8, NULL, 0), 0);
	expect_due(&q, 9, "bc");
	outq_free(&q);
	chunk_unref(c);
}

static void
test_empty_ranges_are_none(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	assert_true(outq_push(&q, c, 0, 0, 1));
	assert_int_equal(q.count, 0);
	assert_int_equal(c->refs, 1);
	chunk_unref(c);
}

/* Many ranges, then none: the memory for them is given back. */
static void
test_an_idle_queue_holds_nothing(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	for (uint64_t i = 0; i < 1000; i++)
		say(&q, c, "x", i);
	assert_int_equal(q.count, 1000);
	assert_ptr_not_equal(q.ranges, q.few);
	outq_sent(&q, 999);
	assert_int_equal(q.bytes, 1);
	outq_sent(&q, 1);
	assert_ptr_equal(q.ranges, q.few);
	assert_int_equal(q.count, 0);
	assert_int_equal(q.bytes, 0);
	assert_int_equal(c->refs, 1);
	chunk_unref(c);
}

/* A queue that never empties, one in, one out, does not grow. */
static void
test_a_busy_queue_does_not_grow(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	append(c, "0123456789", 10);
	for (uint64_t i = 0; i < 10000; i++) {
		assert_true(outq_push(&q, c, 0, 10, i));
		if (i > 5)
			outq_sent(&q, 10);
	}
	assert_int_equal(q.count, 6);
	assert_true(q.cap <= 32);
	outq_free(&q);
	chunk_unref(c);
}

static void
test_gathers_many_short_ones(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();
	char scratch[64];

	(void)state;
	outq_init(&q);
	for (uint64_t i = 0; i < 3; i++)
		say(&q, c, "0123456789", i);
	assert_int_equal(outq_gather(&q, 9, scratch, sizeof(scratch)), 0); /* parts do as well */
	for (uint64_t i = 3; i < 8; i++)
		say(&q, c, "0123456789", i);
	outq_sent(&q, 5);
	/* filled to its end, in the midst of a range */
	assert_int_equal(outq_gather(&q, 9, scratch, sizeof(scratch)), sizeof(scratch));
	assert_memory_equal(scratch, "56789012345678901234567890123456789", 35);
	outq_sent(&q, sizeof(scratch));
	assert_int_equal(q.bytes, 80 - 5 - 64);
	expect_due(&q, 9, "90123456789");
	outq_free(&q);
	chunk_unref(c);
}

/* Only what is due is gathered. */
static void
test_gathers_what_is_due(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();
	char scratch[64];

	(void)state;
	outq_init(&q);
	for (uint64_t i = 0; i < 8; i++)
		say(&q, c, "abc", i);
	assert_int_equal(outq_gather(&q, 4, scratch, sizeof(scratch)), 15);
	assert_memory_equal(scratch, "abcabcabcabcabc", 15);
	outq_free(&q);
	chunk_unref(c);
}

/* ---- memory of a stuck reader ---------------------------------------------------------------- */

static size_t
pinned(const struct outq *q)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < q->count; i++)
		if (i == 0 || q->ranges[q->head + i].chunk != q->ranges[q->head + i - 1].chunk)
			bytes += q->ranges[q->head + i].chunk->size;
	return bytes;
}

/* A turn: its lines are in a chunk of `foreign` bytes more, which the others send before or after
 * this queue is looked at; each turn has a ticket of its own when `tickets`. */
struct stuck {
	size_t mine, foreign;
	bool others_sent, tickets;
};

static const struct stuck stucks[] = {
	{ 100, 0, false, false },
	{ 100, 0, true, false },
	{ 100, 0, false, true },
	{ 100, 0, true, true },
	{ 100, 50000, false, true },
	{ 100, 50000, true, true },
	{ 1500, 0, true, true },
	{ 1000, 100000, true, false },
	{ 3000, 3000, false, true },
};

static void
stuck_turn(struct outq *q, const struct stuck *s, uint64_t turn)
{
	static char text[100000];
	struct chunk *c = chunk_new();
	uint32_t from;

	memset(text, 'f', sizeof(text));
	append(c, text, s->foreign / 2);
	memset(text, 'a' + (int)(turn % 26), s->mine);
	from = append(c, text, s->mine);
	assert_true(outq_push(q, c, from, c->used, s->tickets ? turn : 1));
	memset(text, 'f', sizeof(text));
	append(c, text, s->foreign / 2);
	if (s->others_sent)
		chunk_unref(c);
	assert_true(outq_compact(q, UINT64_MAX));
	if (!s->others_sent)
		chunk_unref(c);
}

static void
test_a_stuck_reader_pins_little(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stucks); i++) {
		struct outq q;
		outq_init(&q);
		for (uint64_t turn = 0; turn < 1000; turn++) {
			stuck_turn(&q, &stucks[i], turn);
			assert_int_equal(q.bytes, stucks[i].mine * (turn + 1));
			if (pinned(&q) > 4 * q.bytes + CHUNK_FIRST)
				fail_msg("case %zu: %zu bytes pin %zu", i, q.bytes, pinned(&q));
		}
		for (uint64_t turn = 0; turn < 1000; turn++)
			for (size_t n = stucks[i].mine; n > 0; n--) {
				struct iovec part;
				assert_int_equal(outq_parts(&q, UINT64_MAX, &part, 1), 1);
				assert_int_equal(*(char *)part.iov_base, 'a' + (int)(turn % 26));
				outq_sent(&q, 1);
			}
		assert_int_equal(q.count, 0);
	}
	chunk_pool_free();
}

/* What may yet be withdrawn stays where it is. */
static void
test_compacting_leaves_what_is_not_due(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	say(&q, c, "due ", 1);
	append(c, "gap", 3);
	say(&q, c, "also due ", 1);
	say(&q, c, "not due", 2);
	assert_true(outq_compact(&q, 1));
	assert_int_equal(q.count, 2);
	assert_ptr_not_equal(q.ranges[0].chunk, c);
	assert_ptr_equal(q.ranges[1].chunk, c);
	assert_int_equal(q.ranges[1].ticket, 2);
	expect_due(&q, 1, "due also due ");
	expect_due(&q, 2, "due also due not due");
	outq_free(&q);
	assert_int_equal(c->refs, 1);
	chunk_unref(c);
}

/* A place keeps what is behind it waiting, whatever its ticket; what fills it goes first. */
static void
test_places(void **state)
{
	struct chunk *c = chunk_new(), *answer = chunk_new();
	struct outq q;

	(void)state;
	outq_init(&q);
	append(answer, "old older ", 10);
	say(&q, c, "before ", 1);
	assert_true(outq_place(&q, 7));
	say(&q, c, "live ", 1);
	assert_true(outq_place(&q, 8));
	say(&q, c, "last ", 2);
	assert_int_equal(q.bytes, 17);
	expect_due(&q, OUTQ_ALL_DURABLE, "before ");
	assert_true(outq_fill(&q, 7, answer, 0, 4));
	expect_due(&q, 1, "before old ");
	outq_sent(&q, 9);
	assert_true(outq_fill(&q, 7, answer, 4, 10)); /* behind the range that is half sent */
	expect_due(&q, 1, "d older ");
	outq_close_place(&q, 7);
	expect_due(&q, OUTQ_ALL_DURABLE, "d older live ");
	assert_true(outq_fill(&q, 7, answer, 0, 4)); /* closed: nothing */
	outq_sent(&q, 13);
	assert_false(outq_due(&q, OUTQ_ALL_DURABLE));
	outq_close_place(&q, 9); /* there is none */
	outq_close_places(&q);
	expect_due(&q, OUTQ_ALL_DURABLE, "last ");
	outq_sent(&q, 5);
	assert_int_equal(q.count, 0);
	assert_ptr_equal(q.ranges, q.few);
	assert_true(outq_place(&q, 1));
	outq_close_places(&q);
	assert_ptr_equal(q.ranges, q.few);
	outq_free(&q);
	assert_int_equal(c->refs + answer->refs, 2);
	chunk_unref(c);
	chunk_unref(answer);
}

static void
test_before_a_ticket(void **state)
{
	struct chunk *c = chunk_new(), *more = chunk_new();
	struct outq q;

	(void)state;
	outq_init(&q);
	append(more, "sorry ", 6);
	say(&q, c, "safe ", 1);
	say(&q, c, "two ", 2);
	say(&q, c, "three ", 3);
	assert_true(outq_push_before(&q, 2, more, 0, 6));
	expect_due(&q, 1, "safe sorry ");
	expect_due(&q, 3, "safe sorry two three ");
	outq_free(&q);
	assert_true(outq_push_before(&q, 2, more, 0, 6));
	expect_due(&q, 0, "sorry ");
	outq_free(&q);
	chunk_unref(c);
	chunk_unref(more);
}

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
withdraw_once(struct chunk **chunks, unsigned (*below)(unsigned n))
{
	bool gone[VOID_CHUNKS][VOID_BYTES] = { { false } };
	struct chunk_void voids[VOID_CHUNKS * 4];
	struct buf want = BUF_INIT(100000);
	size_t count = 0;
	struct outq q;

	for (unsigned k = 0; k < VOID_CHUNKS; k++)
		for (unsigned at = below(20); at < VOID_BYTES - 20 && below(5) > 0;) {
			unsigned to = at + 1 + below(12);
			voids[count++] = (struct chunk_void){ chunks[k], at, to };
			memset(&gone[k][at], true, to - at);
			at = to + below(10);
			if (count % 4 == 0)
				break;
		}
	qsort(voids, count, sizeof(voids[0]), by_place);
	outq_init(&q);
	for (unsigned i = below(12); i > 0; i--) {
		unsigned k = below(VOID_CHUNKS), from = below(VOID_BYTES),
			 to = from + below(VOID_BYTES - from + 1);
		assert_true(outq_push(&q, chunks[k], from, to, 1));
		for (unsigned at = from; at < to; at++)
			if (!gone[k][at])
				assert_true(buf_add_char(&want, chunks[k]->bytes[at]));
	}
	assert_true(outq_withdraw(&q, voids, count));
	assert_int_equal(q.bytes, want.len);
	expect_due(&q, 1, buf_cstr(&want));
	outq_free(&q);
	for (unsigned k = 0; k < VOID_CHUNKS; k++)
		assert_int_equal(chunks[k]->refs, 1);
	buf_free(&want);
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
static unsigned seed;

static unsigned
random_below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % n;
}

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
	n = outq_gather(&m->q, durable, scratch, 1 + random_below(sizeof(scratch)));
	assert_true(n <= due);
	if (n > 0)
		assert_memory_equal(scratch, m->bytes.data, n);
	model_sent(m, random_below(3) == 0 ? due : 1 + random_below((unsigned)due));
}

static size_t
random_length(void)
{
	switch (random_below(8)) {
	case 0:
		return 0;
	case 1:
		return random_below(20000);
	default:
		return 1 + random_below(300);
	}
}

/* A line for some, perhaps not for its sender; in a chunk that all of them share, or in one's
 * own. */
static void
speak(void)
{
	static char text[20000];
	size_t len = random_length();
	struct chunk *c = random_below(6) == 0 ? chunk_new() : shared;
	unsigned who = random_below(1u << QUEUES);
	uint32_t from;

	for (size_t i = 0; i < len; i++)
		text[i] = (char)random_below(256);
	if (chunk_room(c, len) != NULL) {
		from = append(c, text, len);
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
	struct model *m = &models[random_below(QUEUES)];

	switch (random_below(16)) {
	case 0:
		chunk_unref(shared);
		shared = chunk_new();
		break;
	case 1:
		ticket++;
		break;
	case 2:
		durable = ticket - random_below((unsigned)(ticket - durable) + 1);
		break;
	case 3:
	case 4:
		assert_true(outq_compact(&m->q, durable));
		break;
	case 5:
		if (random_below(50) == 0) {
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
test_withdrawing(void **state)
{
	struct chunk *chunks[VOID_CHUNKS];

	(void)state;
	for (unsigned k = 0; k < VOID_CHUNKS; k++) {
		chunks[k] = chunk_new();
		for (unsigned i = 0; i < VOID_BYTES; i++)
			append(chunks[k], &"0123456789abcdefghijklmnopqrstuvwxyz"[(i + k * 7) % 36],
			    1);
	}
	seed = 3;
	for (int i = 0; i < VOID_RUNS; i++)
		withdraw_once(chunks, random_below);
	for (unsigned k = 0; k < VOID_CHUNKS; k++)
		chunk_unref(chunks[k]);
}

static void
test_model(void **state)
{
	(void)state;
	for (unsigned run = 1; run <= 4; run++) {
		seed = run;
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
		cmocka_unit_test(test_lines_merge),
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_empty_ranges_are_none),
		cmocka_unit_test(test_an_idle_queue_holds_nothing),
		cmocka_unit_test(test_a_busy_queue_does_not_grow),
		cmocka_unit_test(test_gathers_many_short_ones),
		cmocka_unit_test(test_gathers_what_is_due),
		cmocka_unit_test(test_a_stuck_reader_pins_little),
		cmocka_unit_test(test_compacting_leaves_what_is_not_due),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_before_a_ticket),
		cmocka_unit_test(test_withdrawing),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
