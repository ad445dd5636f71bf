/* A connection that reads, from a scripted other side: as little as possible at a time, errors, the
 * end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#include "party.h"

static struct scene scene;

/* ---- reading --------------------------------------------------------------------------------- */

static void
test_lines_at_any_pace(void **state)
{
	static const char text[] = "first\r\nsecond\n\nno end";

	(void)state;
	for (size_t i = 0; i < PACES; i++) {
		struct party p = { .bytes = party_lines };
		p.read_most = paces[i].most;
		p.every = paces[i].every;
		scene_start(&scene, NULL);
		scene_enter(&scene, &p);
		party_send(&p, text);
		assert_true(scene_settle(&scene));
		expect_text("lines", buf_str(&p.got), "first\nsecond\n\n");
		expect_text("unused", conn_unused(p.conn), "no end");
		assert_int_equal(p.conn->bytes_read, strlen(text));
		party_send(&p, "\n");
		assert_true(scene_settle(&scene));
		expect_text("lines", buf_str(&p.got), "first\nsecond\n\nno end\n");
		assert_null(p.conn->rest); /* idle: it holds no buffer */
		assert_int_equal(p.closes, 0);
		scene_end(&scene);
	}
}

static void
takes_unused(struct party *p)
{
	struct str left = conn_unused(p->conn);

	conn_finish(p->conn); /* may be what the line says; it must outlive that */
	if (!buf_add_str(&p->got, left))
		abort();
	expect_int("unused", (long long)conn_unused(p->conn).len, 0);
	conn_forget_unused(p->conn);
}

static void
looks_again(struct party *p)
{
	p->bytes = NULL; /* uses up everything */
	conn_pause(p->conn);
	conn_resume(p->conn);
}

/* The end in the middle of a line: what is left can be had, in either way. */
static void
test_end_within_a_line(void **state)
{
	static void (*const ways[])(struct party * p) = { takes_unused, looks_again };

	(void)state;
	for (size_t i = 0; i < PACES * COUNT(ways); i++) {
		struct party p = { .bytes = party_lines, .ended = ways[i % COUNT(ways)] };
		p.read_most = paces[i / COUNT(ways)].most;
		p.every = paces[i / COUNT(ways)].every;
		scene_start(&scene, NULL);
		scene_enter(&scene, &p);
		party_send(&p, "line\nrest");
		party_end(&p, 0);
		assert_true(scene_settle(&scene));
		assert_int_equal(p.ends, 1);
		expect_text("all", buf_str(&p.got), "line\nrest");
		assert_int_equal(p.closes, p.ended == takes_unused);
		scene_end(&scene);
		assert_int_equal(p.closes, 1);
	}
}

static void
test_errors_end_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct party p = { .bytes = party_lines };
		scene_start(&scene, NULL);
		scene_enter(&scene, &p);
		party_send(&p, "heard\nunfinished");
		p.write_error = EPIPE;
		if (i == 0)
			party_end(&p, ECONNRESET);
		assert_true(scene_settle(&scene));
		expect_text("before", buf_str(&p.got), "heard\n");
		assert_int_equal(p.closes, i == 0);
		if (i == 1) {
			assert_true(conn_write(p.conn, STR("hello")));
			conn_want_drained(p.conn);
			assert_int_equal(p.closes, 0); /* not from in there */
		}
		scene_turn(&scene);
		assert_int_equal(p.closes, 1);
		assert_int_equal(p.drains, 0); /* that was the last call */
		assert_string_equal(p.reason, strerror(i == 0 ? ECONNRESET : EPIPE));
		assert_int_equal(conns_count(scene.pool), 0);
		scene_end(&scene);
	}
}

static size_t
uses_nothing(struct party *p, struct str in)
{
	(void)p;
	(void)in;
	return 0;
}

/* At the limit it lives, a byte later it does not. */
static void
test_input_limit(void **state)
{
	struct conns_limits limits = { .input = 10, .a_turn = 4 };
	struct party p = { .bytes = uses_nothing }, other = { .bytes = uses_nothing };

	(void)state;
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	scene_enter(&scene, &other);
	party_send(&p, "0123456789");
	party_send(&other, "0123456789");
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 0);
	party_send(&p, "x");
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 1);
	assert_string_equal(p.reason, "the line is too long");
	assert_int_equal(other.closes, 0);
	scene_end(&scene);
}

/* Whatever limits are set: no read of nothing, which would look like the end. */
static void
test_limits_are_sane(void **state)
{
	static const struct conns_limits odd[] = { { 0, 0, 0 }, { SIZE_MAX, 0, SIZE_MAX } };
	static char text[3 * CONNS_INPUT_MOST];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct party p = { .bytes = uses_nothing };
		scene_start(&scene, &odd[i]);
		scene_enter(&scene, &p);
		party_send(&p, text);
		assert_true(scene_settle(&scene));
		assert_int_equal(p.ends, 0);
		assert_string_equal(p.reason, "the line is too long");
		scene_end(&scene);
	}
}

/* Each gets its bounded part of a turn, and the loop does not sleep while there is more. */
static void
test_nobody_starves_the_rest(void **state)
{
	struct conns_limits limits = { .input = 100, .a_turn = 8 };
	struct party a = { 0 }, b = { 0 };

	(void)state;
	scene_start(&scene, &limits);
	scene_enter(&scene, &a);
	scene_enter(&scene, &b);
	party_send(&a, "0123456789abcdefghijklmnopqrstuvwxyz");
	party_send(&b, "0123456789");
	for (size_t i = 1; i <= 4; i++) {
		assert_int_equal(loop_turn(scene.loop, -1, &scene.err), 0); /* would hang */
		assert_int_equal(a.got.len, 8 * i);
		assert_int_equal(b.got.len, i == 1 ? 8 : 10);
	}
	scene_end(&scene);
}

/* ---- pausing --------------------------------------------------------------------------------- */

static void
test_pause(void **state)
{
	struct party p = { .bytes = party_one_line };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	party_send(&p, "one\ntwo\nthree\nfo");
	assert_true(scene_settle(&scene));
	expect_text("paused", buf_str(&p.got), "one\n");
	party_send(&p, "ur\n");
	party_end(&p, 0);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.offers, 1);
	assert_int_equal(p.sent.len, 3); /* the kernel holds it, and the other side stops */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(p.ends, 0);
		conn_resume(p.conn);
		assert_true(scene_settle(&scene));
	}
	expect_text("resumed", buf_str(&p.got), "one\ntwo\nthree\nfour\n");
	assert_int_equal(p.ends, 0); /* paused again, the end is not seen */
	conn_resume(p.conn);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.ends, 1);
	assert_int_equal(p.closes, 1);
	scene_end(&scene);
}

static void
test_reset_while_paused(void **state)
{
	struct party p = { .bytes = party_one_line };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	party_send(&p, "one\n");
	assert_true(scene_settle(&scene));
	party_end(&p, ECONNRESET);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 0);
	conn_resume(p.conn);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 1);
	scene_end(&scene);
}

static size_t
waits_for_an_answer_that_is_there(struct party *p, struct str in)
{
	size_t used = party_one_line(p, in);

	conn_resume(p->conn);
	return used;
}

/* Paused and resumed in the same call: the lines behind do not wait for more to come. */
static void
test_resume_inside_bytes(void **state)
{
	struct party p = { .bytes = waits_for_an_answer_that_is_there };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	party_send(&p, "one\ntwo\nthree\n");
	assert_true(scene_settle(&scene));
	expect_text("all", buf_str(&p.got), "one\ntwo\nthree\n");
	assert_true(scene_settle(&scene));
	scene_end(&scene);
}

/* More than the limit may be left over while it is paused, and no longer. */
static void
test_limit_and_pause(void **state)
{
	struct conns_limits limits = { .input = 4, .a_turn = 100 };
	struct party p = { .bytes = party_one_line };

	(void)state;
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	party_send(&p, "one\ntwo\n0123456789");
	assert_true(scene_settle(&scene));
	conn_resume(p.conn);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 0);
	conn_resume(p.conn);
	assert_true(scene_settle(&scene));
	assert_string_equal(p.reason, "the line is too long");
	scene_end(&scene);
}

/* What is left over after a burst takes no more memory than it is long. */
static void
test_rest_shrinks(void **state)
{
	struct conns_limits limits = { .input = CONNS_INPUT_MOST, .a_turn = CONNS_INPUT_MOST };
	static char text[60000];
	struct party p = { .bytes = party_lines };

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	party_send(&p, text);
	assert_true(scene_settle(&scene));
	party_send(&p, "\nab");
	assert_true(scene_settle(&scene));
	expect_text("rest", conn_unused(p.conn), "ab");
	assert_true(*((size_t *)(void *)p.conn->rest + 1) < 256); /* struct conn_rest: len, cap */
	scene_end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_at_any_pace),
		cmocka_unit_test(test_end_within_a_line),
		cmocka_unit_test(test_errors_end_it),
		cmocka_unit_test(test_input_limit),
		cmocka_unit_test(test_limits_are_sane),
		cmocka_unit_test(test_nobody_starves_the_rest),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_reset_while_paused),
		cmocka_unit_test(test_resume_inside_bytes),
		cmocka_unit_test(test_limit_and_pause),
		cmocka_unit_test(test_rest_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
