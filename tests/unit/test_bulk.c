/*
 * Who is answered is sent to at once; who only overhears waits a moment when sending to all takes
 * long. The clock is fake: it goes on by a millisecond with every 50th write.
 */
#include "expect.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/conn.h"

enum { MANY = 300, FEW = 100, WRITES_A_MS = 50 };

static int64_t now;
static unsigned writes;

struct member {
	struct conn *conn;
	int far;
	unsigned sent;
};

static struct loop *loop;
static struct conns *pool;
static struct member members[MANY];
static unsigned count;

static void
set_clock(int64_t ms)
{
	now = ms;
	clock_fake(now, now);
}

static ssize_t
counted_write(struct conn *c, const struct iovec *parts, int n)
{
	struct member *m = c->owner;
	size_t len = 0;

	m->sent++;
	if (++writes % WRITES_A_MS == 0)
		set_clock(now + 1);
	for (int i = 0; i < n; i++)
		len += parts[i].iov_len;
	return (ssize_t)len;
}

static size_t
no_bytes(struct conn *c, struct str in)
{
	(void)c;
	return in.len;
}

static void
on_closed(struct conn *c, const char *reason)
{
	(void)reason;
	close(((struct member *)c->owner)->far);
}

static void
start(unsigned people)
{
	static const struct conn_handler handler = { .bytes = no_bytes, .closed = on_closed };
	static struct transport counted;
	struct conns_limits limits = { .input = 1000, .a_turn = 1000 };
	struct err e;
	int pair[2];

	set_clock(1000);
	writes = 0;
	count = people;
	counted = transport_plain;
	counted.write = counted_write;
	loop = loop_new(&e);
	pool = conns_new(loop, &limits, &e);
	assert_non_null(pool);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
		members[i] = (struct member){ .far = pair[0] };
		members[i].conn = conn_open(pool, pair[1], &handler, &members[i], &e);
		assert_non_null(members[i].conn);
		members[i].conn->transport = &counted;
	}
}

static void
end(void)
{
	conns_free(pool);
	loop_free(loop);
	chunk_pool_free();
	clock_fake(-1, -1);
}

static void
turn(void)
{
	struct err e;

	assert_int_equal(loop_turn(loop, 0, &e), 0);
}

static void
tell_all(size_t bytes)
{
	static char text[8192];

	for (unsigned i = 0; i < count; i++)
		assert_true(conn_write(members[i].conn, (struct str){ text, bytes }));
}

static unsigned
sent_in_all(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += members[i].sent;
	return sum;
}

static void
test_overheard_waits(void **state)
{
	int64_t after;

	(void)state;
	start(MANY);
	tell_all(40);
	turn();
	assert_int_equal(sent_in_all(), MANY);
	after = now;
	assert_int_equal(after, 1000 + MANY / WRITES_A_MS);
	tell_all(40);
	conn_hurry(members[7].conn);
	turn();
	assert_int_equal(members[7].sent, 2);
	assert_int_equal(sent_in_all(), MANY + 1);
	tell_all(40); /* joins what waits: one send for both */
	turn();
	assert_int_equal(sent_in_all(), MANY + 1);
	set_clock(after + MANY / WRITES_A_MS);
	turn();
	assert_int_equal(members[7].sent, 3);
	assert_int_equal(members[8].sent, 2);
	assert_int_equal(sent_in_all(), 2 * MANY + 1);
	end();
}

/* The loop wakes by itself when the wait is over. */
static void
test_wait_ends(void **state)
{
	struct timespec before, after;
	struct err e;

	(void)state;
	start(MANY);
	tell_all(40);
	turn();
	tell_all(40);
	turn();
	assert_int_equal(sent_in_all(), MANY);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	assert_int_equal(loop_turn(loop, -1, &e), 0); /* sleeps until then, and does not spin */
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_true((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >
		    (MANY / WRITES_A_MS - 1) * 1000000);
	clock_fake(-1, -1); /* real time is later than the fake: the timer is due */
	assert_int_equal(loop_turn(loop, 5000, &e), 0);
	assert_int_equal(sent_in_all(), 2 * MANY);
	end();
}

static void
test_large_or_few_do_not_wait(void **state)
{
	(void)state;
	start(MANY);
	tell_all(8000);
	turn();
	tell_all(8000);
	turn();
	assert_int_equal(sent_in_all(), 2 * MANY);
	end();
	start(FEW);
	writes = 0;
	tell_all(40);
	turn();
	tell_all(40);
	turn();
	assert_int_equal(sent_in_all(), 2 * FEW);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overheard_waits),
		cmocka_unit_test(test_wait_ends),
		cmocka_unit_test(test_large_or_few_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
