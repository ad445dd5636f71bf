/* Lines of events taken out of a queue, against a model of the same lines. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "queue.h"

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
	uint32_t from = queue_append(c, text, strlen(text));
	struct chunk_mark m = { .to = c->used, .number = number };

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

/* A queue, the chunk of what its channel says, and that of what is said to it alone. */
struct alone {
	struct outq q;
	struct chunk *lane, *own;
	struct told told;
};

static int
setup(void **state)
{
	static struct alone a;

	a = (struct alone){ .lane = chunk_new(), .own = chunk_new(), .told.taken = BUF_INIT(1000) };
	outq_init(&a.q);
	*state = &a;
	return 0;
}

static int
teardown(void **state)
{
	struct alone *a = *state;

	outq_free(&a->q);
	assert_int_equal(a->lane->refs, 1);
	assert_int_equal(a->own->refs, 1);
	buf_free(&a->told.taken);
	chunk_unref(a->lane);
	chunk_unref(a->own);
	return 0;
}

static void
test_what_is_private_stays_in_its_place(void **state)
{
	struct alone *a = *state;

	say(&a->q, a->lane, "one.", 1, 5);
	say(&a->q, a->lane, "two.", 2, 5);
	say(&a->q, a->lane, "three.", 3, 5);
	say(&a->q, a->own, "PONG.", 0, 5);
	say(&a->q, a->lane, "four.", 4, 6);
	assert_true(outq_place(&a->q, 77));
	say(&a->q, a->lane, "five.", 5, 7);
	say(&a->q, a->own, "PONG.", 0, 7);
	outq_sent(&a->q, 6); /* in the middle of the second */
	a->told.places = 100;
	assert_true(shed(&a->q, &a->told));
	expect_queue(&a->q, "o.#PONG.###PONG.");
	expect_text("taken", buf_str(&a->told.taken), "3 4 5 ");
	assert_int_equal(a->told.stays, 2);
	assert_int_equal(a->told.places, 103);
	assert_int_equal(outq_place_due(&a->q), 0);
	outq_sent(&a->q, 2);
	assert_int_equal(outq_place_due(&a->q), 101);
	outq_close_place(&a->q, 101);
	expect_queue(&a->q, "PONG.###PONG.");
}

/* A small queue lives in the struct itself. */
static void
test_one_line_is_all(void **state)
{
	struct alone *a = *state;

	assert_true(shed(&a->q, &a->told));
	say(&a->q, a->lane, "one.", 1, 1);
	assert_true(shed(&a->q, &a->told));
	expect_queue(&a->q, "one.");
	assert_ptr_equal(a->q.ranges, a->q.few);
	assert_int_equal(a->told.taken.len, 0);
}

/* No place for another gap: what is missing belongs to the one before. */
static void
test_without_places(void **state)
{
	struct alone *a = *state;

	a->told.refuses_places = true;
	say(&a->q, a->own, "a.", 0, 1);
	say(&a->q, a->lane, "one.", 1, 1);
	say(&a->q, a->own, "b.", 0, 1);
	say(&a->q, a->lane, "two.", 2, 1);
	assert_true(shed(&a->q, &a->told));
	expect_queue(&a->q, "a.b.");
	expect_text("taken", buf_str(&a->told.taken), "1 2 ");
}

static void
test_a_failure_changes_nothing(void **state)
{
	struct alone *a = *state;

	a->told.fails_after = 2;
	say(&a->q, a->own, "a.", 0, 1);
	say(&a->q, a->lane, "one.", 1, 1);
	say(&a->q, a->lane, "two.", 2, 1);
	assert_false(shed(&a->q, &a->told));
	expect_queue(&a->q, "a.one.two.");
	a->lane->unmarked = true; /* what of it is about what is not known */
	a->told.fails_after = 0;
	assert_false(shed(&a->q, &a->told));
	expect_queue(&a->q, "a.one.two.");
}

/* ---- the model ------------------------------------------------------------------------------- */

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
	unsigned run_lanes = 1 + queue_random(LANES);
	uint64_t ticket = 1;

	for (int i = 0; i < LANES; i++)
		lanes[i] = chunk_new();
	for (unsigned i = 0; i < count; i++) {
		struct model_line *l = &lines[i];
		unsigned lane = queue_random(run_lanes + 1), len = 5 + queue_random(LINE_BYTES - 8);
		int n = snprintf(l->text, sizeof(l->text), "%u", i);
		memset(l->text + n, 'a' + (int)(i % 26), len - (unsigned)n);
		l->text[len] = '\n';
		l->text[len + 1] = '\0';
		l->number = lane < run_lanes ? i + 1 : 0;
		struct chunk *c = l->number ? lanes[lane] : own;
		say_to_others(c, queue_random(3), l->number ? 1000 : 0);
		ticket += queue_random(5) == 0;
		say(q, c, l->text, l->number, ticket);
		say_to_others(c, queue_random(3), l->number ? 1000 : 0);
		if (lane < run_lanes && queue_random(8) == 0) {
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
		queue_seed(run);
		count = 1 + queue_random(LINES);
		outq_init(&q);
		write_lines(&q, lines, count);
		for (unsigned i = queue_random(4); i > 0; i--) {
			some = queue_random((unsigned)q.bytes);
			outq_sent(&q, some);
			sent += some;
			if (queue_random(3) > 0)
				assert_true(outq_compact(&q, queue_random(15)));
		}
		assert_true(shed(&q, &t));
		expect_model(&q, &t, lines, count, sent);
		outq_free(&q);
		buf_free(&t.taken);
	}
}

static int
end(void **state)
{
	(void)state;
	chunk_pool_free();
	return 0;
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(test_what_is_private_stays_in_its_place),
		ALONE(test_one_line_is_all),
		ALONE(test_without_places),
		ALONE(test_a_failure_changes_nothing),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
