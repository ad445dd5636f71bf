/* Listening sockets that accept, and run out of descriptors. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "listening.h"

struct door {
	struct listeners *ls;
	struct loop *loop;
	int fds[64];
	int count;
	char last[ADDR_TEXT];
	bool close_then; /* close the listeners when somebody comes */
};

static int
option(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static void
on_accept(void *arg, int fd, const struct addr *peer, const struct listener *by)
{
	struct door *d = arg;

	assert_ptr_equal(by, listeners_at(d->ls, 0));
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	if (!addr_is_unix(peer)) {
		expect_int("nodelay", option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
		expect_int("keepalive", option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	}
	d->fds[d->count++] = fd;
	addr_text(peer, d->last);
	if (d->close_then)
		listeners_close(d->ls);
}

static struct str
on_full(void *arg, const struct listener *by)
{
	(void)by;
	(void)arg;
	return STR("full, come back later\r\n");
}

static void
door_open(struct door *d, struct listeners *ls)
{
	static const struct listen_handler handler = { on_accept, on_full };
	struct err e;

	*d = (struct door){ .ls = ls };
	assert_non_null(ls);
	d->loop = loop_new(&e);
	assert_non_null(d->loop);
	assert_int_equal(listeners_start(ls, d->loop, &handler, d, &e), 0);
}

static void
door_close(struct door *d)
{
	for (int i = 0; i < d->count; i++)
		close(d->fds[i]);
	listeners_free(d->ls);
	loop_free(d->loop);
}

static void
turn(struct door *d, int64_t most)
{
	struct err e;

	assert_int_equal(loop_turn(d->loop, most, &e), 0);
}

static void
test_accepts(void **state)
{
	struct door d;
	struct err e;
	struct addr a;
	int fds[20];

	(void)state;
	door_open(&d, open_bind("127.0.0.1:0", &e));
	a = address(d.ls, 0);
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_to(&a);
		assert_true(fds[i] != -1);
	}
	turn(&d, 1000);
	expect_int("all in one turn", d.count, COUNT(fds));
	assert_true(str_starts(str_from(d.last), STR("127.0.0.1:")));
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	door_close(&d);
}

static void
test_closing_while_accepting(void **state)
{
	struct door d;
	struct err e;
	struct addr a;
	int one, other;

	(void)state;
	door_open(&d, open_path(in_folder("s"), &e));
	d.close_then = true;
	a = address(d.ls, 0);
	one = connect_to(&a);
	other = connect_to(&a);
	assert_true(one != -1 && other != -1);
	turn(&d, 1000);
	turn(&d, 0);
	expect_int("no more", d.count, 1);
	expect_text("peer", str_from(d.last), "unix");
	close(one);
	close(other);
	door_close(&d);
}

/* As few descriptors as are open, and `more`. */
static struct rlimit
descriptors_left(int more)
{
	struct rlimit before, now;
	int next = dup(0);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = (rlim_t)(next + more);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before;
}

static void
expect_turned_away(int fd)
{
	char line[64];
	ssize_t n = recv(fd, line, sizeof(line), 0);

	assert_true(n > 0);
	expect_str("told", (struct str){ line, (size_t)n }, STR("full, come back later\r\n"));
	assert_true(recv(fd, line, sizeof(line), 0) <= 0);
}

static void
test_out_of_descriptors(void **state)
{
	struct door d;
	struct err e;
	struct addr a;
	struct rlimit before;
	int fds[4], late, turns = 0;

	(void)state;
	door_open(&d, open_bind("127.0.0.1:0", &e));
	a = address(d.ls, 0);
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = connect_to(&a);
	late = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(send(fds[3], "NICK x\r\n", 8, 0), 8);
	before = descriptors_left(2);
	turn(&d, 1000);
	expect_int("accepted", d.count, 2);
	expect_turned_away(fds[2]);
	expect_turned_away(fds[3]);
	assert_true(listeners_paused(d.ls));

	/* Somebody waits, and the loop does not spin: it sleeps until the pause is over. */
	assert_int_equal(connect(late, (struct sockaddr *)&a.sa, a.len), 0);
	while (listeners_paused(d.ls) && turns < 1000) {
		turn(&d, -1);
		turns++;
	}
	assert_true(turns < 5);

	/* A descriptor is free again: the one who waited is served, and nobody else was
	 * disturbed. */
	close(d.fds[--d.count]);
	listeners_resume(d.ls);
	turn(&d, 1000);
	expect_int("accepted", d.count, 2);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	close(late);
	door_close(&d);
}

/* A pause ends early when a descriptor is freed. */
static void
test_resumes_when_told(void **state)
{
	struct door d;
	struct err e;
	struct addr a;
	struct rlimit before;
	int one, other, late;

	(void)state;
	door_open(&d, open_path(in_folder("s"), &e));
	a = address(d.ls, 0);
	one = connect_to(&a);
	other = connect_to(&a);
	late = socket(AF_UNIX, SOCK_STREAM, 0);
	before = descriptors_left(1);
	turn(&d, 1000);
	assert_true(listeners_paused(d.ls));
	expect_int("accepted", d.count, 1);
	expect_turned_away(other);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	listeners_resume(d.ls);
	assert_false(listeners_paused(d.ls));
	assert_int_equal(connect(late, (struct sockaddr *)&a.sa, a.len), 0);
	turn(&d, 0);
	expect_int("accepted", d.count, 2);
	close(one);
	close(other);
	close(late);
	door_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_accepts),
		IN_FOLDER(test_closing_while_accepting),
		IN_FOLDER(test_out_of_descriptors),
		IN_FOLDER(test_resumes_when_told),
	};

	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
