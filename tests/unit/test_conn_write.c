/* A connection that sends, to a scripted other side: short writes, back-pressure, shared text,
 * tickets. */
#include <stdio.h>
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

/* ---- sending --------------------------------------------------------------------------------- */

static void
test_writes_at_any_pace(void **state)
{
	(void)state;
	for (size_t i = 0; i < PACES; i++) {
		struct party p = { .write_most = paces[i].most, .every = paces[i].every };
		struct buf want = BUF_INIT(1 << 20);
		scene_start(&scene, NULL);
		scene_enter(&scene, &p);
		for (int line = 0; line < 500; line++) {
			char text[32];
			snprintf(text, sizeof(text), "line %d\n", line);
			assert_true(conn_write(p.conn, str_from(text)));
			assert_true(buf_add_str(&want, str_from(text)));
			if (line % 50 == 0)
				scene_turn(&scene);
		}
		assert_true(scene_settle(&scene));
		expect_str("written", buf_str(&p.taken), buf_str(&want));
		assert_int_equal(conn_queued(p.conn), 0);
		assert_int_equal(p.conn->bytes_written, want.len);
		assert_ptr_equal(p.conn->out.ranges, p.conn->out.few);
		buf_free(&want);
		scene_end(&scene);
	}
}

/* Any number of lines in a turn is one send. */
static void
test_one_send_a_turn(void **state)
{
	struct party p = { 0 };

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	for (int i = 0; i < 100; i++)
		assert_true(conn_write(p.conn, STR("line\n")));
	assert_int_equal(p.writes, 0);
	scene_turn(&scene);
	assert_int_equal(p.writes, 1);
	assert_int_equal(p.taken.len, 500);
	for (int i = 0; i < 100; i++) { /* many ranges */
		struct chunk *c = chunk_new();
		c->bytes[0] = 'x';
		c->used = 1;
		conn_push(p.conn, c, 0, 1, 0);
		chunk_unref(c);
	}
	scene_turn(&scene);
	assert_int_equal(p.writes, 2);
	assert_int_equal(p.taken.len, 600);
	scene_end(&scene);
}

static void
test_long_writes(void **state)
{
	static char text[3 * CHUNK_MOST + 17];
	struct party p = { .full = true, .room = 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	assert_true(conn_write(p.conn, (struct str){ text, sizeof(text) }));
	assert_true(scene_settle(&scene));
	assert_int_equal(p.taken.len, 1000);
	assert_int_equal(conn_queued(p.conn), sizeof(text) - 1000);
	party_take(&p, sizeof(text));
	assert_true(scene_settle(&scene));
	expect_str("long", buf_str(&p.taken), (struct str){ text, sizeof(text) });
	scene_end(&scene);
}

/* A reader that falls behind ends at the limit, for itself alone. */
static void
test_send_queue_limit(void **state)
{
	struct conns_limits limits = { .input = 100, .a_turn = 100, .sendq = 1000 };
	struct party slow = { .full = true, .room = 500 }, quick = { 0 };
	static char text[1500];

	(void)state;
	memset(text, 'x', sizeof(text));
	scene_start(&scene, &limits);
	scene_enter(&scene, &slow);
	scene_enter(&scene, &quick);
	assert_true(conn_write(slow.conn, (struct str){ text, 1500 }));
	assert_true(conn_write(quick.conn, (struct str){ text, 1500 }));
	assert_true(scene_settle(&scene));
	assert_int_equal(slow.closes, 0); /* 500 taken, 1000 left */
	assert_true(conn_write(slow.conn, STR("x")));
	assert_int_equal(slow.closes, 0);
	scene_turn(&scene);
	assert_int_equal(slow.closes, 1);
	assert_string_equal(slow.reason, "send queue exceeded");
	assert_int_equal(quick.closes, 0);
	assert_int_equal(quick.taken.len, 1500);
	scene_end(&scene);
}

/* ---- those who are behind -------------------------------------------------------------------- */

static uint32_t
place_of(void *arg)
{
	return conn_place_number(((struct party *)arg)->conn);
}

static void
stays(void *arg, const struct chunk_mark *m)
{
	(void)arg;
	(void)m;
}

static bool
taken(void *arg, const struct chunk_mark *m)
{
	(void)arg;
	(void)m;
	return true;
}

static bool
shed(struct party *p)
{
	struct outq_shedding to = { stays, place_of, taken, p };

	return conn_shed(p->conn, &to) && conn_queued(p->conn) <= 100;
}

/* A line from elsewhere, as long as there are some; then it goes on. */
static void
fill(struct party *p, uint32_t place)
{
	if (p->say == NULL) {
		conn_close_place(p->conn, place);
		return;
	}
	conn_fill(p->conn, place, str_from(p->say));
	p->say = p->offers++ < 3 ? p->say : NULL;
}

/* The owner takes out what is queued too much, and puts something else there when it is read. */
static void
test_taking_out_what_is_too_much(void **state)
{
	struct conns_limits limits = { .input = 100, .a_turn = 100, .sendq = 100 };
	struct party p = { .full = true, .room = 3, .overfull = shed, .reached = fill };
	struct chunk *lane = chunk_new();

	(void)state;
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	p.say = "filled\n";
	for (unsigned i = 0; i < 30; i++) {
		struct chunk_mark m = { .number = i + 1 };
		memcpy(chunk_room(lane, 5), "line\n", 5);
		lane->used += 5;
		m.to = lane->used;
		chunk_mark(lane, &m);
		conn_push(p.conn, lane, lane->used - 5, lane->used, 1);
	}
	assert_true(conn_write(p.conn, STR("own\n")));
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 0);
	expect_taken("so far", &p, "lin");
	assert_int_equal(conn_queued(p.conn), 2 + 4);
	party_take(&p, 5); /* up to the place, and some of what is put there */
	assert_true(scene_settle(&scene));
	expect_taken("at the place", &p, "line\nfil");
	party_take(&p, 1000);
	assert_true(scene_settle(&scene));
	expect_taken("all", &p, "line\nfilled\nfilled\nfilled\nfilled\nown\n");
	chunk_unref(lane);
	scene_end(&scene);
}

/* It may let it be; when it can do nothing the connection ends. */
static bool
lets_it_be(struct party *p)
{
	return conn_queued(p->conn) <= 200;
}

static void
test_the_owner_decides(void **state)
{
	struct conns_limits limits = { .input = 100, .a_turn = 100, .sendq = 100 };
	struct party p = { .full = true, .overfull = lets_it_be };
	static char text[150];

	(void)state;
	memset(text, 'x', sizeof(text));
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	assert_true(conn_write(p.conn, (struct str){ text, 150 }));
	assert_true(scene_settle(&scene));
	assert_int_equal(p.closes, 0);
	assert_true(conn_write(p.conn, (struct str){ text, 150 }));
	assert_true(scene_settle(&scene));
	assert_string_equal(p.reason, "send queue exceeded");
	scene_end(&scene);
}

/* ---- shared chunks --------------------------------------------------------------------------- */

static void
announce(
    struct party *const *members, size_t count, struct chunk *c, const char *text, uint64_t ticket)
{
	size_t len = strlen(text);
	char *at = chunk_room(c, len);

	assert_non_null(at);
	memcpy(at, text, len);
	c->used += (uint32_t)len;
	for (size_t i = 0; i < count; i++)
		if (members[i]->conn != NULL)
			conn_push(members[i]->conn, c, c->used - (uint32_t)len, c->used, ticket);
}

/* One chunk, three readers: quick, a byte at a time, and one that stops in the midst of it. */
static void
test_shared_with_different_progress(void **state)
{
	struct party quick = { 0 }, slow = { .write_most = 1, .every = 3 };
	struct party stuck = { .full = true, .room = 7 };
	struct party *const members[] = { &quick, &slow, &stuck };
	struct buf want = BUF_INIT(1 << 20);

	(void)state;
	scene_start(&scene, NULL);
	for (size_t i = 0; i < 3; i++)
		scene_enter(&scene, members[i]);
	for (int turn = 0; turn < 200; turn++) {
		struct chunk *c = chunk_new();
		for (int line = 0; line < 2; line++) {
			char text[40];
			snprintf(text, sizeof(text), "turn %d line %d\n", turn, line);
			announce(members, 3, c, text, 1);
			assert_true(buf_add_str(&want, str_from(text)));
		}
		chunk_unref(c);
		scene_turn(&scene);
		assert_int_equal(quick.taken.len, want.len);
	}
	assert_int_equal(stuck.taken.len, 7);
	assert_int_equal(conn_queued(stuck.conn), want.len - 7);
	assert_true(stuck.conn->out.count < 4); /* copied together */
	assert_true(scene_settle(&scene));
	party_take(&stuck, want.len);
	assert_true(scene_settle(&scene));
	for (size_t i = 0; i < 3; i++)
		expect_str("member", buf_str(&members[i]->taken), buf_str(&want));
	buf_free(&want);
	scene_end(&scene);
}

/* Nothing leaves before its ticket is durable, and what was queued behind it waits. Meanwhile a
 * limit for slow readers is not held against it, and the loop sleeps. */
static void
test_tickets(void **state)
{
	struct conns_limits limits = { .input = 100, .a_turn = 100, .sendq = 10 };
	struct party p = { 0 };
	struct party *const members[] = { &p };
	struct chunk *c = chunk_new();
	int64_t before;

	(void)state;
	scene_start(&scene, &limits);
	scene_enter(&scene, &p);
	conns_set_durable(scene.pool, 4);
	announce(members, 1, c, "four ", 4);
	announce(members, 1, c, "five and long ", 5);
	announce(members, 1, c, "six ", 6);
	assert_true(conn_write(p.conn, STR("mine ")));
	assert_true(scene_settle(&scene));
	expect_taken("4", &p, "four ");
	before = clock_monotonic();
	assert_int_equal(loop_turn(scene.loop, 30, &scene.err), 0);
	assert_true(clock_monotonic() >= before + 29);
	conns_set_durable(scene.pool, 5);
	scene_turn(&scene);
	expect_taken("5", &p, "four five and long ");
	announce(members, 1, c, "seven ", 7);
	conns_set_durable(scene.pool, 6);
	scene_turn(&scene);
	expect_taken("6", &p, "four five and long six mine ");
	conns_set_durable(scene.pool, 7);
	scene_turn(&scene);
	expect_taken("7", &p, "four five and long six mine seven ");
	assert_int_equal(p.closes, 0);
	announce(members, 1, c, "eight ", 8);
	scene_turn(&scene);
	conn_kill(p.conn, "while it waits");
	scene_turn(&scene);
	conns_set_durable(scene.pool, 8);
	scene_turn(&scene);
	expect_int("left", (long long)conns_count(scene.pool), 0);
	assert_int_equal(c->refs, 1);
	chunk_unref(c);
	scene_end(&scene);
}

static void
closes_the_books(void *arg)
{
	struct party *p = arg;

	if (p->say != NULL)
		assert_true(conn_write(p->conn, str_from(p->say)));
	p->say = NULL;
	conns_set_durable(scene.pool, 1);
}

/* What is said just before the sends leaves with them. */
static void
test_before_send(void **state)
{
	struct party p = { .say = "books" };
	struct party *const members[] = { &p };
	struct chunk *c = chunk_new();

	(void)state;
	scene_start(&scene, NULL);
	scene_enter(&scene, &p);
	conns_set_durable(scene.pool, 0);
	conns_before_send(scene.pool, closes_the_books, &p);
	announce(members, 1, c, "waits ", 1);
	scene_turn(&scene);
	expect_taken("books", &p, "waits books");
	chunk_unref(c);
	scene_end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writes_at_any_pace),
		cmocka_unit_test(test_one_send_a_turn),
		cmocka_unit_test(test_long_writes),
		cmocka_unit_test(test_send_queue_limit),
		cmocka_unit_test(test_taking_out_what_is_too_much),
		cmocka_unit_test(test_the_owner_decides),
		cmocka_unit_test(test_shared_with_different_progress),
		cmocka_unit_test(test_tickets),
		cmocka_unit_test(test_before_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
