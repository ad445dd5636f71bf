/* Lines of events taken out of a queue, against a model of the same lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#include "base/buf.h"
#include "net/outq.h"

enum { LINES = 60, RUNS = 3000, LANES = 3, LINE_BYTES = 80 };

struct model_line {
	char text[LINE_BYTES + 1];
	uint64_t number; /* 0: private */
};

/* What outq_shed told of. */
struct told {
	struct buf taken; /* "7 8+1 " */
	uint64_t stays;
	uint32_t places;
	bool refuses_places;
	unsigned fails_after; /* so many lines; 0: never */
};

static void
on_stays(void *arg, const struct chunk_mark *m)
{
	((struct told *)arg)->stays = m->number;
}

static uint32_t
on_place(void *arg)
{
	struct told *t = arg;

	return t->refuses_places ? 0 : ++t->places;
}

static bool
on_taken(void *arg, const struct chunk_mark *m)
{
	struct told *t = arg;

	buf_printf(&t->taken, "%llu ", (unsigned long long)m->number);
	return t->fails_after == 0 || --t->fails_after > 0;
}

static bool
shed(struct outq *q, struct told *t)
{
	struct outq_shedding to = { on_stays, on_place, on_taken, t };

	return outq_shed(q, &to);
}

static void
say(struct outq *q, struct chunk *c, const char *text, uint64_t number, uint64_t ticket)
{
	size_t len = strlen(text);
	uint32_t from = c->used;
	char *at = chunk_room(c, len);
	struct chunk_mark m = { .to = from + (uint32_t)len, .number = number };

	assert_non_null(at);
	memcpy(at, text, len);
	c->used += (uint32_t)len;
	if (number != 0)
		chunk_mark(c, &m);
	if (!outq_extend(q, c, from, c->used, ticket))
		assert_true(outq_push(q, c, from, c->used, ticket));
}

/* The bytes of the queue, '#' for a place. */
static void
show(const struct outq *q, struct buf *out)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < q->count; i++) {
		const struct range *r = &q->ranges[q->head + i];
		if (r->chunk == NULL)
			buf_add_char(out, '#');
		else
			buf_add(out, r->chunk->bytes + r->from, r->to - r->from);
		bytes += r->to - (r->chunk ? r->from : r->to);
	}
	assert_int_equal(bytes, q->bytes);
}

static void
expect_queue(const struct outq *q, const char *want)
{
	struct buf got = BUF_INIT(1 << 20);

	show(q, &got);
	expect_text("queue", buf_str(&got), want);
	buf_free(&got);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void
test_what_is_private_stays_in_its_place(void **state)
{
	struct told t = { .taken = BUF_INIT(1000) };
	struct chunk *lane = chunk_new(), *own = chunk_new();
	struct outq q;

	(void)state;
	outq_init(&q);
	say(&q, lane, "one.", 1, 5);
	say(&q, lane, "two.", 2, 5);
	say(&q, lane, "three.", 3, 5);
	say(&q, own, "PONG.", 0, 5);
	say(&q, lane, "four.", 4, 6);
	assert_true(outq_place(&q, 77));
	say(&q, lane, "five.", 5, 7);
	say(&q, own, "PONG.", 0, 7);
	outq_sent(&q, 6); /* in the middle of the second */
	t.places = 100;
	assert_true(shed(&q, &t));
	expect_queue(&q, "o.#PONG.###PONG.");
	expect_text("taken", buf_str(&t.taken), "3 4 5 ");
	assert_int_equal(t.stays, 2);
	assert_int_equal(t.places, 103);
	assert_int_equal(outq_place_due(&q), 0);
	outq_sent(&q, 2);
	assert_int_equal(outq_place_due(&q), 101);
	outq_close_place(&q, 101);
	expect_queue(&q, "PONG.###PONG.");
	outq_free(&q);
	assert_int_equal(lane->refs, 1);
	assert_int_equal(own->refs, 1);
	buf_free(&t.taken);
	chunk_unref(lane);
	chunk_unref(own);
}

/* A small queue lives in the struct itself. */
static void
test_one_line_is_all(void **state)
{
	struct told t = { .taken = BUF_INIT(1000) };
	struct chunk *lane = chunk_new();
	struct outq q;

	(void)state;
	outq_init(&q);
	assert_true(shed(&q, &t));
	say(&q, lane, "one.", 1, 1);
	assert_true(shed(&q, &t));
	expect_queue(&q, "one.");
	assert_ptr_equal(q.ranges, q.few);
	assert_int_equal(t.taken.len, 0);
	outq_free(&q);
	chunk_unref(lane);
}

/* No place for another gap: what is missing belongs to the one before. */
static void
test_without_places(void **state)
{
	struct told t = { .taken = BUF_INIT(1000), .refuses_places = true };
	struct chunk *lane = chunk_new(), *own = chunk_new();
	struct outq q;

	(void)state;
	outq_init(&q);
	say(&q, own, "a.", 0, 1);
	say(&q, lane, "one.", 1, 1);
	say(&q, own, "b.", 0, 1);
	say(&q, lane, "two.", 2, 1);
	assert_true(shed(&q, &t));
	expect_queue(&q, "a.b.");
	expect_text("taken", buf_str(&t.taken), "1 2 ");
	outq_free(&q);
	buf_free(&t.taken);
	chunk_unref(lane);
	chunk_unref(own);
}

static void
test_a_failure_changes_nothing(void **state)
{
	struct told t = { .taken = BUF_INIT(1000), .fails_after = 2 };
	struct chunk *lane = chunk_new(), *own = chunk_new();
	struct outq q;

	(void)state;
	outq_init(&q);
	say(&q, own, "a.", 0, 1);
	say(&q, lane, "one.", 1, 1);
	say(&q, lane, "two.", 2, 1);
	assert_false(shed(&q, &t));
	expect_queue(&q, "a.one.two.");
	lane->unmarked = true; /* what of it is about what is not known */
	t.fails_after = 0;
	assert_false(shed(&q, &t));
	expect_queue(&q, "a.one.two.");
	outq_free(&q);
	buf_free(&t.taken);
	chunk_unref(lane);
	chunk_unref(own);
}

/* ---- the model ------------------------------------------------------------------------------- */

static unsigned seed;

static unsigned
random_below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Lines of the chunk that others hear, and this one does not. */
static void
say_to_others(struct chunk *c, unsigned count, uint64_t number)
{
	struct outq other;

	outq_init(&other);
	while (count-- > 0)
		say(&other, c, "not mine\n", number, 1);
	outq_free(&other);
}

static void
write_lines(struct outq *q, struct model_line *lines, unsigned count)
{
	struct chunk *lanes[LANES], *own = chunk_new();
	unsigned run_lanes = 1 + random_below(LANES);
	uint64_t ticket = 1;

	for (int i = 0; i < LANES; i++)
		lanes[i] = chunk_new();
	for (unsigned i = 0; i < count; i++) {
		struct model_line *l = &lines[i];
		unsigned lane = random_below(run_lanes + 1), len = 5 + random_below(LINE_BYTES - 8);
		int n = snprintf(l->text, sizeof(l->text), "%u", i);
		memset(l->text + n, 'a' + (int)(i % 26), len - (unsigned)n);
		l->text[len] = '\n';
		l->text[len + 1] = '\0';
		l->number = lane < run_lanes ? i + 1 : 0;
		struct chunk *c = l->number ? lanes[lane] : own;
		say_to_others(c, random_below(3), l->number ? 1000 : 0);
		ticket += random_below(5) == 0;
		say(q, c, l->text, l->number, ticket);
		say_to_others(c, random_below(3), l->number ? 1000 : 0);
		if (lane < run_lanes && random_below(8) == 0) {
			chunk_unref(lanes[lane]);
			lanes[lane] = chunk_new();
		}
	}
	for (int i = 0; i < LANES; i++)
		chunk_unref(lanes[i]);
	chunk_unref(own);
}

/* What is left of the lines when so many bytes were sent, and the queue was shed. */
static void
expect_model(const struct outq *q, const struct told *t, const struct model_line *lines,
    unsigned count, size_t sent)
{
	struct buf want = BUF_INIT(1 << 16), taken = BUF_INIT(1 << 12), got = BUF_INIT(1 << 16);
	bool first = true, open = false;

	for (unsigned i = 0; i < count; i++) {
		size_t len = strlen(lines[i].text);
		if (sent >= len) {
			sent -= len;
			continue;
		}
		if (first || lines[i].number == 0) {
			buf_add(&want, lines[i].text + sent, len - sent);
			open = false;
		} else {
			if (!open)
				buf_add_char(&want, '#');
			open = true;
			buf_printf(&taken, "%llu ", (unsigned long long)lines[i].number);
		}
		if (first)
			assert_int_equal(t->stays, lines[i].number);
		first = false;
		sent = 0;
	}
	show(q, &got);
	expect_str("queue", buf_str(&got), buf_str(&want));
	expect_str("taken", buf_str(&t->taken), buf_str(&taken));
	buf_free(&want);
	buf_free(&taken);
	buf_free(&got);
}

static void
test_model(void **state)
{
	static struct model_line lines[LINES];

	(void)state;
	for (unsigned run = 1; run <= RUNS; run++) {
		struct told t = { .taken = BUF_INIT(1 << 12) };
		unsigned count;
		struct outq q;
		size_t sent = 0, some;
		seed = run;
		count = 1 + random_below(LINES);
		outq_init(&q);
		write_lines(&q, lines, count);
		for (unsigned i = random_below(4); i > 0; i--) {
			some = random_below((unsigned)q.bytes);
			outq_sent(&q, some);
			sent += some;
			if (random_below(3) > 0)
				assert_true(outq_compact(&q, random_below(15)));
		}
		assert_true(shed(&q, &t));
		expect_model(&q, &t, lines, count, sent);
		outq_free(&q);
		buf_free(&t.taken);
	}
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
		cmocka_unit_test(test_what_is_private_stays_in_its_place),
		cmocka_unit_test(test_one_line_is_all),
		cmocka_unit_test(test_without_places),
		cmocka_unit_test(test_a_failure_changes_nothing),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
