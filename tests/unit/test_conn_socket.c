/*
 * Connections on real sockets, Unix and TCP: what only the kernel does. Edges that come together or
 * at the wrong moment, resets, full buffers; and that a loop with nothing to do sleeps.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"

#include "base/buf.h"
#include "base/clock.h"
#include "net/conn.h"

enum { LONG = 10000 }; /* ms that no test waits */

/* ---- a pair: our connection and the other side's blocking descriptor ------------------------- */

struct pair {
	struct conn *conn;
	int other; /* -1: closed */
	struct buf got;
	unsigned ends, closes, drains;
	char reason[64];
	bool pauses; /* at the first byte that comes */
	bool stays;  /* after the other side's end */
};

static struct loop *loop;
static struct conns *pool;
static struct err err;

static size_t
on_bytes(struct conn *c, struct str in)
{
	struct pair *p = c->owner;

	if (p->pauses) {
		p->pauses = false;
		conn_pause(c);
		return 0;
	}
	assert_true(buf_add_str(&p->got, in));
	return in.len;
}

static void
on_end(struct conn *c)
{
	struct pair *p = c->owner;

	p->ends++;
	if (!p->stays)
		conn_finish(c);
}

static void
on_drained(struct conn *c)
{
	((struct pair *)c->owner)->drains++;
}

static void
on_closed(struct conn *c, const char *reason)
{
	struct pair *p = c->owner;

	p->closes++;
	p->conn = NULL;
	str_copy(p->reason, sizeof(p->reason), str_from(reason));
}

static const struct conn_handler handler = {
	.bytes = on_bytes, .end_of_input = on_end, .drained = on_drained, .closed = on_closed
};

static void
tcp_pair(int fds[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[1], (struct sockaddr *)&a, len), 0);
	fds[0] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fds[0] >= 0);
	close(listener);
}

static void
unix_pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

static void (*const families[])(int fds[2]) = { unix_pair, tcp_pair };

static void
open_pair(struct pair *p, size_t family)
{
	int fds[2];

	families[family](fds);
	p->other = fds[1];
	p->got.max = 64 << 20;
	p->conn = conn_open(pool, fds[0], &handler, p, &err);
	assert_non_null(p->conn);
}

static void
close_pair(struct pair *p)
{
	if (p->conn != NULL)
		conn_kill(p->conn, "the test is over");
	if (p->other != -1)
		close(p->other);
	buf_free(&p->got);
}

static void
hang_up(struct pair *p)
{
	close(p->other);
	p->other = -1;
}

/* Ends without a goodbye: a reset, with TCP. */
static void
reset(struct pair *p)
{
	struct linger now = { .l_onoff = 1 };

	assert_int_equal(setsockopt(p->other, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	hang_up(p);
}

static void
say(const struct pair *p, const char *text)
{
	assert_int_equal(send(p->other, text, strlen(text), 0), strlen(text));
}

static void
turn(int64_t most)
{
	expect_int(err.text, loop_turn(loop, most, &err), 0);
}

/* Turns until *what is `enough`; fails after a while in which that does not happen. */
static void
turns_until(const unsigned *what, unsigned enough)
{
	int64_t late = clock_monotonic() + LONG;

	while (*what < enough) {
		assert_true(clock_monotonic() < late);
		turn(100);
	}
}

static void
quiet(void)
{
	for (int i = 0; i < 5; i++)
		turn(i == 0 ? 20 : 0);
}

static int
setup(void **state)
{
	static const struct conns_limits limits = { .input = 60000, .a_turn = 16384 };

	(void)state;
	loop = loop_new(&err);
	pool = loop ? conns_new(loop, &limits, &err) : NULL;
	return pool == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	conns_free(pool);
	loop_free(loop);
	chunk_pool_free();
	return 0;
}

/* ---- edges ----------------------------------------------------------------------------------- */

static void
test_text_and_end_together(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(families); f++) {
		struct pair p = { 0 };
		open_pair(&p, f);
		say(&p, "text");
		hang_up(&p);
		turns_until(&p.closes, 1);
		expect_text("text", buf_str(&p.got), "text");
		assert_int_equal(p.ends, 1);
		assert_string_equal(p.reason, "finished");
		close_pair(&p);
	}
}

static void
test_text_then_end(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(families); f++) {
		struct pair p = { 0 };
		open_pair(&p, f);
		say(&p, "text");
		quiet();
		expect_text("text", buf_str(&p.got), "text");
		assert_int_equal(p.ends, 0);
		say(&p, " more");
		quiet();
		expect_text("text", buf_str(&p.got), "text more");
		shutdown(p.other, SHUT_WR);
		turns_until(&p.ends, 1);
		close_pair(&p);
	}
}

static void
test_reset(void **state)
{
	(void)state;
	for (int paused = 0; paused < 2; paused++) {
		struct pair p = { .pauses = paused };
		open_pair(&p, 1);
		say(&p, "text");
		quiet();
		reset(&p);
		quiet();
		if (paused) {
			assert_int_equal(p.closes, 0);
			conn_resume(p.conn);
		}
		turns_until(&p.closes, 1);
		assert_string_equal(p.reason, strerror(ECONNRESET));
		expect_text("text", buf_str(&p.got), "text");
		close_pair(&p);
	}
}

/* Everything comes while it is paused: text, more than fits, the end. */
static void
test_all_while_paused(void **state)
{
	static char text[100000];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t f = 0; f < COUNT(families); f++) {
		struct pair p = { .pauses = true };
		size_t sent = 0;
		ssize_t n;
		open_pair(&p, f);
		say(&p, "first");
		quiet();
		while (sent < sizeof(text) &&
		       (n = send(p.other, text, sizeof(text) - sent, MSG_DONTWAIT)) > 0)
			sent += (size_t)n;
		hang_up(&p);
		quiet();
		assert_int_equal(p.got.len + p.ends, 0);
		conn_resume(p.conn);
		turns_until(&p.closes, 1);
		assert_int_equal(p.got.len, 5 + sent);
		assert_int_equal(p.ends, 1);
		close_pair(&p);
	}
}

/* ---- full buffers ---------------------------------------------------------------------------- */

static size_t
drink(struct pair *p, struct buf *into, size_t most)
{
	char bytes[65536];
	ssize_t n = recv(
	    p->other, bytes, most < sizeof(bytes) ? most : sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		assert_true(buf_add(into, bytes, (size_t)n));
	return n > 0 ? (size_t)n : 0;
}

/* A reader that takes sips: each short write is followed up. */
static void
test_slow_reader(void **state)
{
	enum { SIZE = 6 << 20 };
	char *text = malloc(SIZE);

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)(i * 7 + i / 251);
	for (size_t f = 0; f < COUNT(families); f++) {
		struct pair p = { 0 };
		struct buf drunk = BUF_INIT(SIZE);
		int64_t late = clock_monotonic() + 3 * LONG;
		open_pair(&p, f);
		assert_true(conn_write(p.conn, (struct str){ text, SIZE }));
		conn_want_drained(p.conn);
		quiet();
		assert_int_equal(p.drains, 0);
		size_t untaken = conn_untaken(p.conn);
		for (unsigned i = 0; i < 150 && conn_untaken(p.conn) == untaken; i++)
			drink(&p, &drunk, 1000);
		assert_true(conn_untaken(p.conn) < untaken);
		for (unsigned i = 0; drunk.len < SIZE; i++) {
			assert_true(clock_monotonic() < late);
			if (drink(&p, &drunk, 1 + i * 997 % 65536) == 0)
				turn(100); /* an edge that is lost is waited for in vain */
			else
				turn(0);
		}
		expect_str("all", buf_str(&drunk), (struct str){ text, SIZE });
		turn(0);
		assert_int_equal(p.drains, 1);
		assert_int_equal(conn_queued(p.conn), 0);
		buf_free(&drunk);
		close_pair(&p);
	}
	free(text);
}

/* A goodbye is read by the other side to its end, whatever it has sent meanwhile that nobody reads:
 * the kernel does not throw it away for that. */
static void
test_goodbye_arrives(void **state)
{
	static char junk[50000];

	(void)state;
	for (size_t f = 0; f < COUNT(families); f++) {
		struct pair p = { 0 };
		struct buf drunk = BUF_INIT(1 << 20);
		char byte;
		open_pair(&p, f);
		quiet();
		assert_true(send(p.other, junk, sizeof(junk), MSG_DONTWAIT) > 0);
		assert_true(conn_write(p.conn, STR("goodbye")));
		conn_finish(p.conn);
		quiet();
		(void)!send(p.other, junk, sizeof(junk), MSG_DONTWAIT | MSG_NOSIGNAL);
		quiet();
		assert_int_equal(p.closes, 0);
		while (drink(&p, &drunk, 100) > 0)
			continue;
		expect_text("goodbye", buf_str(&drunk), "goodbye");
		assert_int_equal(recv(p.other, &byte, 1, MSG_DONTWAIT), 0); /* in order, no reset */
		hang_up(&p);
		turns_until(&p.closes, 1);
		assert_string_equal(p.reason, "finished");
		buf_free(&drunk);
		close_pair(&p);
	}
}

static void
test_writing_to_the_gone(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(families); f++) {
		struct pair p = { .stays = true };
		static char text[8 << 20];
		open_pair(&p, f);
		assert_true(conn_write(p.conn, (struct str){ text, sizeof(text) }));
		quiet();
		reset(&p);
		turns_until(&p.closes, 1);
		close_pair(&p);
	}
}

/* ---- idling ---------------------------------------------------------------------------------- */

static unsigned turns;

static bool
count_turn(struct turn_hook *h)
{
	(void)h;
	turns++;
	return false;
}

static void
stop(struct timer *t)
{
	(void)t;
	loop_stop(loop);
}

static char lots[8 << 20];

static void
is_quiet(struct pair *p)
{
	(void)p;
}

static void
has_paused(struct pair *p)
{
	p->pauses = true;
	say(p, "text");
	quiet();
	say(p, "more");
}

static void
has_resumed(struct pair *p)
{
	conn_pause(p->conn);
	quiet();
	conn_resume(p->conn);
}

static void
has_paused_and_ended(struct pair *p)
{
	has_paused(p);
	hang_up(p);
}

static void
has_paused_and_broken(struct pair *p)
{
	has_paused(p);
	reset(p);
}

static void
half_closed(struct pair *p)
{
	p->stays = true;
	shutdown(p->other, SHUT_WR);
}

static void
closed_both_ways(struct pair *p)
{
	half_closed(p);
	quiet();
	conn_shut(p->conn);
	quiet();
	hang_up(p);
}

static void
is_stuck(struct pair *p)
{
	assert_true(conn_write(p->conn, (struct str){ lots, sizeof(lots) }));
}

static void
half_closed_and_stuck(struct pair *p)
{
	half_closed(p);
	is_stuck(p);
}

static void
is_finishing(struct pair *p)
{
	is_stuck(p);
	say(p, "text");
	conn_finish(p->conn);
	say(p, "more");
	shutdown(p->other, SHUT_WR);
}

static void
is_shut(struct pair *p)
{
	conn_shut(p->conn);
}

static void
lingers(struct pair *p)
{
	conn_finish(p->conn);
	quiet();
	say(p, "text");
}

static void
waits_for_a_ticket(struct pair *p)
{
	struct chunk *c = chunk_new();

	conns_set_durable(pool, 0);
	memcpy(c->bytes, "text", 4);
	c->used = 4;
	conn_push(p->conn, c, 0, 4, 1);
	chunk_unref(c);
}

/* A connection in this state, with something that the kernel might tell again and again. */
static const struct idle {
	const char *what;
	void (*make)(struct pair *p);
} idles[] = {
	{ "quiet", is_quiet },
	{ "resumed, with none", has_resumed },
	{ "paused, with input", has_paused },
	{ "paused, with input and its end", has_paused_and_ended },
	{ "paused, with input and a reset", has_paused_and_broken },
	{ "half-closed by the other side", half_closed },
	{ "shut by us", is_shut },
	{ "closed both ways, not yet by the owner", closed_both_ways },
	{ "the other side does not read", is_stuck },
	{ "it ended and does not read", half_closed_and_stuck },
	{ "finishing, it does not read", is_finishing },
	{ "lingering", lingers },
	{ "waits for a ticket", waits_for_a_ticket },
};

static void
test_idle_is_idle(void **state)
{
	struct turn_hook hook = { .run = count_turn };

	(void)state;
	loop_hook(loop, &hook);
	for (size_t i = 0; i < COUNT(idles) * COUNT(families); i++) {
		const struct idle *idle = &idles[i / COUNT(families)];
		struct pair p = { 0 };
		struct timer end = { .fire = stop };
		open_pair(&p, i % COUNT(families));
		idle->make(&p);
		quiet();
		turns = 0;
		loop_timer_set(loop, &end, clock_monotonic() + 40);
		assert_int_equal(loop_run(loop, &err), 0);
		if (turns > 3) /* one that spins makes thousands */
			fail_msg("%s: %u turns", idle->what, turns);
		expect_int(idle->what, p.closes, 0);
		conns_set_durable(pool, UINT64_MAX);
		close_pair(&p);
		quiet();
		assert_int_equal(conns_count(pool), 0);
	}
	loop_unhook(loop, &hook);
}

/* What an idle connection takes, beside the kernel's. */
static void
test_idle_is_small(void **state)
{
	struct pair p = { 0 };

	(void)state;
	open_pair(&p, 0);
	say(&p, "text");
	assert_true(conn_write(p.conn, STR("text")));
	quiet();
	assert_null(p.conn->rest);
	assert_ptr_equal(p.conn->out.ranges, p.conn->out.few);
	assert_true(sizeof(struct conn) <= 256);
	close_pair(&p);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_text_and_end_together),
		CASE(test_text_then_end),
		CASE(test_reset),
		CASE(test_all_while_paused),
		CASE(test_slow_reader),
		CASE(test_goodbye_arrives),
		CASE(test_writing_to_the_gone),
		CASE(test_idle_is_idle),
		CASE(test_idle_is_small),
	};
#undef CASE

	printf("waiting with %s\n", waiter_name);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
