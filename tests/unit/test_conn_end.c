/* How connections end, and what may be done from inside the callbacks. */
#include <errno.h>
#include <string.h>

#include "expect.h"

#include "base/clock.h"
#include "party.h"

static struct scene scene;

static void
expect_taken(const char *what, const struct party *p, const char *want)
{
	expect_text(what, buf_str(&p->taken), want);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void
stays(struct party *p)
{
	(void)p;
}

static void
test_half_close(void **state)
{
	struct party p = { .bytes = party_lines, .ended = stays, .full = true, .room = 3 };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	assert_true(conn_write(p.conn, STR("question")));
	conn_shut(p.conn);
	assert_false(conn_write(p.conn, STR("too late")));
	assert_true(scene_settle(&scene));
	assert_int_equal(p.shuts, 0); /* not before all is sent */
	party_take(&p, 100);
	assert_true(scene_settle(&scene));
	expect_taken("all", &p, "question");
	assert_int_equal(p.shuts, 1);
	conn_shut(p.conn);
	party_send(&p, "answer\n");
	assert_true(scene_settle(&scene));
	expect_text("answer", buf_str(&p.got), "answer\n");
	assert_int_equal(p.shuts, 1);
	party_end(&p, 0);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.ends, 1);
	assert_int_equal(p.closes, 0); /* the owner says when */
	conn_finish(p.conn);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 1);
	scene_end(&scene);
}

/* The other side ended, and is still told the rest. */
static void
test_end_of_input_then_output(void **state)
{
	struct party p = { .ended = stays };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	party_end(&p, 0);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.ends, 1);
	assert_true(conn_write(p.conn, STR("still here")));
	assert_true(scene_settle(&scene));
	expect_taken("after its end", &p, "still here");
	assert_int_equal(p.ends, 1);
	scene_end(&scene);
}

/* Finishing: what is queued goes out, nothing is heard any more; then the end is said, and what
 * still comes is dropped until the other side ends too, or for a second. */
static void
test_finish_and_linger(void **state)
{
	(void)state;
	for (int ends = 0; ends < 2; ends++) {
		struct party p = { .full = true, .room = 3, .bytes = party_one_line };
		clock_fake(1000, 0);
		scene_start(&scene, NULL);
		scene_enter(&scene, &p);
		party_send(&p, "one\ntwo\n");
		assert_true(scene_settle(&scene)); /* paused, a line is left */
		conn_resume(p.conn);
		assert_true(conn_write(p.conn, STR("goodbye")));
		conn_finish(p.conn);
		conn_pause(p.conn); /* has no effect any more */
		assert_false(conn_write(p.conn, STR("too late")));
		party_send(&p, "three\n");
		assert_true(scene_settle(&scene));
		assert_int_equal(p.shuts, 0);
		party_take(&p, 100);
		assert_true(scene_settle(&scene));
		expect_taken("all", &p, "goodbye");
		assert_int_equal(p.shuts, 1);
		assert_int_equal(p.offers, 1);
		assert_int_equal(p.sent.len, 0); /* what came before that is dropped */
		party_send(&p, "four\n");
		assert_true(scene_settle(&scene));
		assert_int_equal(p.offers, 1);
		assert_int_equal(p.sent.len, 0); /* and what comes after it */
		clock_fake(1999, 0);
		assert_true(scene_settle(&scene));
		assert_int_equal(p.closes, 0);
		if (ends)
			party_end(&p, 0);
		else
			clock_fake(2000, 0);
		assert_true(scene_settle(&scene));
		assert_int_equal(p.closes, 1);
		assert_string_equal(p.reason, "finished");
		assert_int_equal(p.ends, 0);
		assert_int_equal(conns_count(scene.pool), 0);
		scene_end(&scene);
		clock_fake(-1, -1);
	}
}

/* Many linger: each for its own second. */
static void
test_lingering_in_order(void **state)
{
	struct party parties[4] = { { .shuts = 0 } };

	(void)state;
	clock_fake(1000, 0);
	scene_start(&scene, NULL);
	for (int i = 0; i < 4; i++)
		scene_enter(&scene, &parties[i]);
	for (int i = 0; i < 4; i++) {
		clock_fake(1000 + 100 * i, 0);
		conn_finish(parties[i].conn);
		assert_true(scene_settle(&scene));
	}
	party_end(&parties[0], 0);
	assert_true(scene_settle(&scene));
	assert_int_equal(parties[0].closes, 1);
	conn_kill(parties[2].conn, "killed");
	for (int i = 1; i < 4; i++) {
		clock_fake(2000 + 100 * i - 1, 0);
		assert_true(scene_settle(&scene));
		assert_int_equal(parties[i].closes, i == 2);
		clock_fake(2000 + 100 * i, 0);
		assert_true(scene_settle(&scene));
		assert_int_equal(parties[i].closes, 1);
	}
	scene_end(&scene);
	clock_fake(-1, -1);
}

/* Memory was short in the midst of announcing: nobody is called back in there. */
static void
test_out_of_memory(void **state)
{
	struct party p = { 0 };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	assert_true(conn_write(p.conn, STR("some")));
	p.conn->broken = true; /* as when the queue could not grow */
	assert_false(conn_write(p.conn, STR("more")));
	assert_int_equal(p.closes, 0);
	scene_turn(&scene);
	assert_int_equal(p.closes, 1);
	assert_string_equal(p.reason, "out of memory");
	assert_int_equal(p.taken.len, 0); /* a text with a hole in it is not sent */
	scene_end(&scene);
}

/* ---- callbacks that do things ---------------------------------------------------------------- */

static void
writes_on(struct party *p)
{
	assert_true(conn_write(p->conn, STR("more ")));
	conn_want_drained(p->conn);
}

/* An owner with an endless supply: told once for each time it asks, and once a turn. */
static void
test_drained(void **state)
{
	struct party p = { .full = true, .room = 3 };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	assert_true(conn_write(p.conn, STR("text ")));
	conn_want_drained(p.conn);
	conn_want_drained(p.conn);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.drains, 0);
	party_take(&p, 100);
	assert_true(scene_settle(&scene));
	assert_int_equal(p.drains, 1);
	assert_true(conn_write(p.conn, STR("")));
	assert_true(conn_write(p.conn, STR("text ")));
	assert_true(scene_settle(&scene));
	assert_int_equal(p.drains, 1); /* it did not ask */
	p.full = false;
	p.drained = writes_on;
	conn_want_drained(p.conn);
	for (unsigned i = 1; i <= 10; i++) {
		assert_int_equal(loop_turn(scene.loop, -1, &scene.err), 0); /* would hang */
		assert_int_equal(p.drains, 1 + i);
	}
	expect_taken("ten turns", &p, "text text more more more more more more more more more ");
	scene_end(&scene);
}

static void
kills(struct party *p)
{
	if (p->victim->conn != NULL)
		conn_kill(p->victim->conn, "killed");
}

static size_t
finishes_in_bytes(struct party *p, struct str in)
{
	conn_finish(p->victim->conn);
	return in.len;
}

static size_t
kills_in_bytes(struct party *p, struct str in)
{
	(void)in; /* and leaves it */
	kills(p);
	return 0;
}

enum doing { BY_BYTES, BY_END, BY_DRAINED, BY_CLOSED, BY_ALL };

/* Everything happens to four connections in one turn; the one at `killer` kills the one at `victim`
 * in the midst of it. */
static void
massacre(enum doing by, size_t killer, size_t victim)
{
	struct party p[4] = { { .bytes = NULL } };

	scene_start(&scene, NULL);
	for (size_t i = 0; i < 4; i++) {
		p[i].ended = by == BY_END && i == killer ? kills : stays;
		scene_enter(&scene, &p[i]);
	}
	p[killer].victim = &p[victim];
	p[killer].bytes = by == BY_BYTES ? kills_in_bytes : NULL;
	p[killer].drained = by == BY_DRAINED ? kills : NULL;
	p[killer].closed = by == BY_CLOSED ? kills : NULL;
	for (size_t i = 0; i < 4; i++) {
		assert_true(conn_write(p[i].conn, STR("text")));
		conn_want_drained(p[i].conn);
		if (by == BY_END)
			party_end(&p[i], 0);
		else
			party_send(&p[i], "text");
	}
	if (by == BY_CLOSED)
		conn_kill(p[killer].conn, "first");
	assert_true(scene_settle(&scene));
	expect_int("victim", p[victim].closes, 1);
	for (size_t i = 0; i < 4; i++) {
		bool gone = i == victim || (by == BY_CLOSED && i == killer);
		expect_int("closed", p[i].closes, gone);
		if (!gone)
			expect_taken("survivor", &p[i], "text");
	}
	expect_int(
	    "left", (int)conns_count(scene.pool), by == BY_CLOSED && killer != victim ? 2 : 3);
	scene_end(&scene);
	for (size_t i = 0; i < 4; i++)
		expect_int("closed once", p[i].closes, 1);
}

static void
test_killing_inside_callbacks(void **state)
{
	(void)state;
	for (enum doing by = 0; by < BY_ALL; by++)
		for (size_t killer = 0; killer < 4; killer++)
			for (size_t victim = 0; victim < 4; victim++)
				massacre(by, killer, victim);
}

/* A goodbye in reply, to oneself or to another. */
static void
test_finishing_inside_bytes(void **state)
{
	(void)state;
	for (size_t victim = 0; victim < 2; victim++) {
		struct party p[2] = { { .bytes = finishes_in_bytes, .victim = &p[victim] } };
		scene_start(&scene, NULL);
		scene_enter(&scene, &p[0]);
		scene_enter(&scene, &p[1]);
		assert_true(conn_write(p[0].conn, STR("goodbye")));
		assert_true(conn_write(p[1].conn, STR("goodbye")));
		party_send(&p[1], "text");
		party_send(&p[0], "text");
		assert_true(scene_settle(&scene));
		assert_int_equal(p[victim].shuts, 1);
		assert_int_equal(p[!victim].shuts, 0);
		expect_taken("goodbye", &p[victim], "goodbye");
		scene_end(&scene);
	}
}

static size_t
finishes_and_leaves_it(struct party *p, struct str in)
{
	(void)in;
	assert_true(conn_write(p->conn, STR("this is too long")));
	conn_finish(p->conn);
	return 0;
}

/* What it said before it finished is sent, however much it left unused. */
static void
test_finishing_with_input_left(void **state)
{
	struct conns_limits limits = { .input = 4, .a_turn = 100 };
	struct party p = { .bytes = finishes_and_leaves_it };

	(void)state;
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	party_send(&p, "0123456789");
	assert_true(scene_settle(&scene));
	expect_taken("goodbye", &p, "this is too long");
	assert_int_equal(p.shuts, 1);
	assert_int_equal(p.closes, 0);
	assert_null(p.conn->rest);
	scene_end(&scene);
}

static void
tells_the_others(struct party *p)
{
	for (size_t i = 0; i < p->scene->count; i++)
		if (p->scene->parties[i]->conn != NULL)
			conn_write(p->scene->parties[i]->conn, STR("one left "));
}

/* Those that die in the midst of the sends are announced to the rest, in the next turn at the
 * latest. */
static void
test_announcing_inside_closed(void **state)
{
	struct party p[6] = { { .closed = NULL } };

	(void)state;
	scene_start(&scene, NULL);
	for (size_t i = 0; i < 6; i++) {
		p[i].closed = tells_the_others;
		p[i].write_error = i == 1 || i == 4 ? EPIPE : 0;
		scene_enter(&scene, &p[i]);
		assert_true(conn_write(p[i].conn, STR("text ")));
	}
	scene_turn(&scene);
	assert_int_equal(loop_turn(scene.loop, -1, &scene.err), 0); /* would hang */
	for (size_t i = 0; i < 6; i++)
		if (i == 1 || i == 4)
			assert_int_equal(p[i].closes, 1);
		else
			expect_taken("survivor", &p[i], "text one left one left ");
	for (size_t i = 0; i < 6; i++)
		p[i].closed = NULL;
	scene_end(&scene);
}

/* A hook that runs after the connections' own: its words leave, its dead are buried, without
 * another event. */
struct late {
	struct turn_hook hook;
	struct party *speaks, *dies;
};

static bool
speaks_late(struct turn_hook *h)
{
	struct late *l = (struct late *)h;

	if (l->speaks != NULL)
		assert_true(conn_write(l->speaks->conn, STR("late")));
	if (l->dies != NULL)
		conn_kill(l->dies->conn, "late");
	l->speaks = l->dies = NULL;
	return false;
}

static void
test_late_hooks(void **state)
{
	struct party a = { 0 }, b = { 0 };
	struct late late = { .hook.run = speaks_late, .speaks = &a };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &a);
	scene_enter(&scene, &b);
	assert_true(scene_settle(&scene));
	loop_hook(scene.loop, &late.hook);
	scene_turn(&scene);
	assert_int_equal(loop_turn(scene.loop, -1, &scene.err), 0); /* would hang */
	expect_taken("late", &a, "late");
	late.dies = &b;
	scene_turn(&scene);
	assert_int_equal(loop_turn(scene.loop, -1, &scene.err), 0); /* would hang */
	assert_int_equal(conns_count(scene.pool), 1);
	loop_unhook(scene.loop, &late.hook);
	scene_end(&scene);
}

/* The pool ends in the midst of everything: each owner hears it once. */
static void
test_freeing_the_pool(void **state)
{
	struct party p[5] = { { .full = true } };

	(void)state;
	scene_start(&scene, NULL);
	for (size_t i = 0; i < 5; i++)
		scene_enter(&scene, &p[i]);
	p[3].closed = kills;
	p[3].victim = &p[4];
	party_send(&p[0], "half a line");
	assert_true(conn_write(p[0].conn, STR("stuck")));
	conn_finish(p[1].conn);
	assert_true(scene_settle(&scene));
	conn_kill(p[2].conn, "just now");
	party_send(&p[3], "unread");
	assert_true(conn_write(p[3].conn, STR("unsent")));
	scene_end(&scene);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(p[i].closes, 1);
	assert_string_equal(p[0].reason, "the program ends");
	assert_string_equal(p[4].reason, "killed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_end_of_input_then_output),
		cmocka_unit_test(test_finish_and_linger),
		cmocka_unit_test(test_lingering_in_order),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_drained),
		cmocka_unit_test(test_killing_inside_callbacks),
		cmocka_unit_test(test_finishing_inside_bytes),
		cmocka_unit_test(test_finishing_with_input_left),
		cmocka_unit_test(test_announcing_inside_closed),
		cmocka_unit_test(test_late_hooks),
		cmocka_unit_test(test_freeing_the_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
