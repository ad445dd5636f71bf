/* What a connection has yet to send: ranges, places, and what a stuck reader costs. */
#include <string.h>

#include "queue.h"

/* ---- cases ----------------------------------------------------------------------------------- */

static void
test_lines_merge(void **state)
{
	struct outq q;
	struct chunk *c = chunk_new();

	(void)state;
	outq_init(&q);
	assert_false(outq_extend(&q, c, 0, 0, 1)); /* nothing to follow */
	queue_say(&q, c, "one ", 1);
	queue_say(&q, c, "two ", 1);
	queue_say(&q, c, "three ", 1);
	assert_int_equal(q.count, 1);
	assert_int_equal(q.bytes, 14);
	assert_int_equal(c->refs, 2);
	queue_say(&q, c, "later ", 2); /* another ticket: a range of its own */
	assert_int_equal(q.count, 2);
	queue_append(c, "not mine ", 9);
	queue_say(&q, c, "mine", 2); /* a gap: another range */
	assert_int_equal(q.count, 3);
	queue_expect_due(&q, 0, "");
	queue_expect_due(&q, 1, "one two three ");
	queue_expect_due(&q, 2, "one two three later mine");
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
	queue_say(&q, c, "a", 1);
	queue_say(&q, c, "b", 9);
	queue_say(&q, c, "c", 1);
	queue_expect_due(&q, 8, "a");
	outq_sent(&q, 1);
	queue_expect_due(&q, 8, "");
	assert_int_equal(outq_gather(&q, 8, NULL, 0), 0);
	queue_expect_due(&q, 9, "bc");
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
		queue_say(&q, c, "x", i);
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
	queue_append(c, "0123456789", 10);
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
		queue_say(&q, c, "0123456789", i);
	assert_int_equal(outq_gather(&q, 9, scratch, sizeof(scratch)), 0); /* parts do as well */
	for (uint64_t i = 3; i < 8; i++)
		queue_say(&q, c, "0123456789", i);
	outq_sent(&q, 5);
	/* filled to its end, in the midst of a range */
	assert_int_equal(outq_gather(&q, 9, scratch, sizeof(scratch)), sizeof(scratch));
	assert_memory_equal(scratch, "56789012345678901234567890123456789", 35);
	outq_sent(&q, sizeof(scratch));
	assert_int_equal(q.bytes, 80 - 5 - 64);
	queue_expect_due(&q, 9, "90123456789");
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
		queue_say(&q, c, "abc", i);
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
	queue_append(c, text, s->foreign / 2);
	memset(text, 'a' + (int)(turn % 26), s->mine);
	from = queue_append(c, text, s->mine);
	assert_true(outq_push(q, c, from, c->used, s->tickets ? turn : 1));
	memset(text, 'f', sizeof(text));
	queue_append(c, text, s->foreign / 2);
	if (s->others_sent)
		chunk_unref(c);
	assert_true(outq_compact(q, UINT64_MAX));
	assert_int_equal(q->settled, q->count); /* it looks at each range once */
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
			if (pinned(&q) > 4 * q.bytes + CHUNK_KEPT)
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
	queue_say(&q, c, "due ", 1);
	queue_append(c, "gap", 3);
	queue_say(&q, c, "also due ", 1);
	queue_say(&q, c, "not due", 2);
	assert_true(outq_compact(&q, 1));
	assert_int_equal(q.count, 2);
	assert_ptr_not_equal(q.ranges[0].chunk, c);
	assert_ptr_equal(q.ranges[1].chunk, c);
	assert_int_equal(q.ranges[1].ticket, 2);
	queue_expect_due(&q, 1, "due also due ");
	queue_expect_due(&q, 2, "due also due not due");
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
	queue_append(answer, "old older ", 10);
	queue_say(&q, c, "before ", 1);
	assert_true(outq_place(&q, 7));
	queue_say(&q, c, "live ", 1);
	assert_true(outq_place(&q, 8));
	queue_say(&q, c, "last ", 2);
	assert_int_equal(q.bytes, 17);
	queue_expect_due(&q, OUTQ_ALL_DURABLE, "before ");
	assert_true(outq_fill(&q, 7, answer, 0, 4));
	queue_expect_due(&q, 1, "before old ");
	outq_sent(&q, 9);
	assert_true(outq_fill(&q, 7, answer, 4, 10)); /* behind the range that is half sent */
	queue_expect_due(&q, 1, "d older ");
	outq_close_place(&q, 7);
	queue_expect_due(&q, OUTQ_ALL_DURABLE, "d older live ");
	assert_true(outq_fill(&q, 7, answer, 0, 4)); /* closed: nothing */
	outq_sent(&q, 13);
	assert_false(outq_due(&q, OUTQ_ALL_DURABLE));
	outq_close_place(&q, 9); /* there is none */
	outq_close_places(&q);
	queue_expect_due(&q, OUTQ_ALL_DURABLE, "last ");
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
	queue_append(more, "sorry ", 6);
	queue_say(&q, c, "safe ", 1);
	queue_say(&q, c, "two ", 2);
	queue_say(&q, c, "three ", 3);
	assert_true(outq_push_before(&q, 2, more, 0, 6));
	queue_expect_due(&q, 1, "safe sorry ");
	queue_expect_due(&q, 3, "safe sorry two three ");
	outq_free(&q);
	assert_true(outq_push_before(&q, 2, more, 0, 6));
	queue_expect_due(&q, 0, "sorry ");
	outq_free(&q);
	chunk_unref(c);
	chunk_unref(more);
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
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
