/* Dialing: connections on the loop, and why there are none. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"

#include "base/clock.h"
#include "net/dial.h"

struct call {
	struct loop *loop;
	int count, fd;
	enum dial_result result;
	struct addr peer;
	char why[512];
};

static void
done(void *arg, int fd, enum dial_result result, const struct addr *peer, const char *why)
{
	struct call *c = arg;

	c->count++;
	c->fd = fd;
	c->result = result;
	c->peer = *peer;
	str_copy(c->why, sizeof(c->why), str_from(why));
}

static const struct dial_handler handler = { done };

static int
setup(void **state)
{
	static struct call c;
	struct err e;

	c = (struct call){ .loop = loop_new(&e), .fd = -1 };
	*state = &c;
	return c.loop != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct call *c = *state;

	if (c->fd != -1)
		close(c->fd);
	loop_free(c->loop);
	return 0;
}

/* Until it is over, or ten seconds. */
static void
dial(struct call *c, const struct dial_target *t)
{
	int64_t until = clock_monotonic() + 10000;
	struct dial *d;
	struct err e;

	d = dial_start(c->loop, t, &handler, c, &e);
	if (d == NULL)
		fail_msg("%s", e.text);
	expect_int("not from within", c->count, 0);
	while (c->count == 0 && clock_monotonic() < until)
		assert_int_equal(loop_turn(c->loop, 1000, &e), 0);
	expect_int("calls", c->count, 1);
	assert_int_equal(loop_turn(c->loop, 0, &e), 0);
	expect_int("calls", c->count, 1);
}

static void
refuse(struct call *c, const struct dial_target *t, const char *sentence)
{
	struct err e;

	assert_null(dial_start(c->loop, t, &handler, c, &e));
	if (strstr(e.text, sentence) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.text, sentence);
}

static void
expect_failed(const struct call *c, enum dial_result result, const char *sentence)
{
	expect_int(c->why, c->result, result);
	expect_int(c->why, c->fd, -1);
	expect_int(c->why, c->peer.len, 0);
	if (strstr(c->why, sentence) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", c->why, sentence);
}

static int
listener(const char *host, int backlog, struct addr *a)
{
	int fd;

	assert_true(addr_numeric(str_from(host), 0, a));
	fd = socket(a->sa.ss_family, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&a->sa, a->len) == -1)
		skip(); /* no IPv6 here */
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a->sa, &a->len), 0);
	return fd;
}

static void
connects(struct call *c, const char *host)
{
	struct addr a;
	int fd = listener(host, 5, &a), flag = 0;
	socklen_t len = sizeof(flag);

	dial(c, &(struct dial_target){ .host = str_from(host), .port = addr_port(&a) });
	expect_int(c->why, c->result, DIAL_CONNECTED);
	assert_true(addr_equal(&a, &c->peer));
	assert_true(fcntl(c->fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(c->fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &flag, &len), 0);
	assert_int_equal(flag, 1);
	close(fd);
}

static void
test_connects(void **state)
{
	connects(*state, "127.0.0.1");
}

static void
test_connects_over_ipv6(void **state)
{
	connects(*state, "::1");
}

static void
test_refused(void **state)
{
	struct call *c = *state;
	char sentence[100];
	struct addr a;

	close(listener("127.0.0.1", 5, &a));
	dial(c, &(struct dial_target){ .host = STR("127.0.0.1"), .port = addr_port(&a) });
	snprintf(sentence, sizeof(sentence),
	    "127.0.0.1 port %u: connection refused; is a server running there?",
	    (unsigned)addr_port(&a));
	expect_failed(c, DIAL_REFUSED, sentence);
	expect_text("whole", str_from(c->why), sentence);
}

/* What fills the backlog, so that the next one hears nothing. */
static int
fill(const struct addr *a)
{
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	connect(fd, (const struct sockaddr *)&a->sa, a->len);
	return fd;
}

static void
test_times_out(void **state)
{
	struct call *c = *state;
	struct addr a;
	int fd = listener("127.0.0.1", 0, &a), fds[3];
	int64_t start;

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = fill(&a);
	start = clock_monotonic();
	dial(c, &(struct dial_target){
		    .host = STR("127.0.0.1"), .port = addr_port(&a), .timeout = 300 });
	expect_failed(c, DIAL_TIMED_OUT, "no answer within 0.3 seconds");
	assert_true(clock_monotonic() - start >= 300);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	close(fd);
}

static int
unix_listener(const char *name, int backlog, struct addr *a)
{
	struct err e;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(addr_unix(str_from(name), a, &e), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a->sa, a->len), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void
test_unix(void **state)
{
	struct call *c = *state;
	struct addr a;
	int fd = unix_listener("@sockchat-unit-test-dial", 5, &a);

	dial(c, &(struct dial_target){ .path = STR("@sockchat-unit-test-dial") });
	expect_int(c->why, c->result, DIAL_CONNECTED);
	assert_true(addr_equal(&a, &c->peer));
	close(fd);
}

static void
test_unix_without_a_server(void **state)
{
	struct call *c = *state;

	dial(c, &(struct dial_target){ .path = STR("/nowhere/chat.sock") });
	expect_failed(c, DIAL_REFUSED, "/nowhere/chat.sock: there is no such socket");
	c->count = 0;
	dial(c, &(struct dial_target){ .path = STR("@sockchat-nobody-listens-here") });
	expect_failed(c, DIAL_REFUSED, "@sockchat-nobody-listens-here: connection refused");
}

/* A Unix socket with a full backlog says EAGAIN: it is tried again until there is room. */
struct later {
	struct timer timer;
	int fd;
};

static void
take_all(struct timer *t)
{
	struct later *l = (struct later *)t;
	int fd;

	while ((fd = accept(l->fd, NULL, NULL)) != -1)
		close(fd);
}

static void
test_unix_with_a_full_backlog(void **state)
{
	struct call *c = *state;
	struct later later = { .timer.fire = take_all };
	struct addr a;
	int fds[2];

	later.fd = unix_listener("@sockchat-unit-test-full", 0, &a);
	fds[0] = fill(&a);
	fds[1] = fill(&a);
	assert_int_equal(errno, EAGAIN);
	loop_timer_set(c->loop, &later.timer, clock_monotonic() + 120);
	dial(c, &(struct dial_target){ .path = STR("@sockchat-unit-test-full") });
	expect_int(c->why, c->result, DIAL_CONNECTED);
	close(fds[0]);
	close(fds[1]);
	close(later.fd);
}

static void
test_from_a_source(void **state)
{
	struct call *c = *state;
	struct addr a, me = { .len = sizeof(me.sa) };
	int fd = listener("127.0.0.1", 5, &a);
	char host[ADDR_TEXT];

	dial(c, &(struct dial_target){
		    .host = STR("127.0.0.1"), .port = addr_port(&a), .source = STR("127.0.0.77") });
	expect_int(c->why, c->result, DIAL_CONNECTED);
	assert_int_equal(getsockname(c->fd, (struct sockaddr *)&me.sa, &me.len), 0);
	addr_host(&me, host);
	expect_text("source", str_from(host), "127.0.0.77");
	close(fd);
}

static void
test_by_an_interface(void **state)
{
	struct call *c = *state;
	struct addr a;
	int fd = listener("127.0.0.1", 5, &a);

	dial(c, &(struct dial_target){
		    .host = STR("127.0.0.1"), .port = addr_port(&a), .interface = STR("lo") });
	expect_int(c->why, c->result, DIAL_CONNECTED);
	close(fd);
}

static void
test_wrong_targets(void **state)
{
	struct call *c = *state;
	const struct str host = STR("127.0.0.1");

	refuse(c, &(struct dial_target){ .host = host }, "the port must be a number from 1");
	refuse(c, &(struct dial_target){ .host = host, .port = 1, .source = STR("203.0.113.77") },
	    "source address 203.0.113.77: not an address of this machine");
	refuse(c, &(struct dial_target){ .host = host, .port = 1, .source = STR("some.name") },
	    "neither a numeric address nor an interface");
	refuse(c, &(struct dial_target){ .host = host, .port = 1, .interface = STR("nosuch0") },
	    "\"nosuch0\"");
	refuse(c, &(struct dial_target){ .path = STR("@") }, "empty");
}

static void
test_source_of_the_other_family(void **state)
{
	struct call *c = *state;

	dial(c, &(struct dial_target){
		    .host = STR("::1"), .port = 9, .source = STR("127.0.0.1"), .timeout = 2000 });
	expect_failed(c, DIAL_UNREACHABLE, "::1 port 9: ");
}

static void
test_a_name(void **state)
{
	struct call *c = *state;
	struct addr_list list;
	struct addr a;
	struct err e;
	int fd;

	if (addr_resolve(STR("localhost"), 1, &list, &e) == -1)
		skip(); /* a machine without /etc/hosts */
	addr_list_free(&list);
	fd = listener("127.0.0.1", 5, &a);
	dial(c, &(struct dial_target){ .host = STR("localhost"), .port = addr_port(&a) });
	expect_int(c->why, c->result, DIAL_CONNECTED);
	assert_true(addr_equal(&a, &c->peer));
	close(fd);
}

/* Longer than DNS allows: no server is asked. */
#define NO_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_an_unknown_name(void **state)
{
	struct call *c = *state;

	dial(c, &(struct dial_target){ .host = STR(NO_NAME), .port = 5000 });
	expect_failed(c, DIAL_UNRESOLVED, "\"" NO_NAME "\": ");
}

static void
test_cancelled(void **state)
{
	const struct str hosts[] = { STR("127.0.0.1"), STR(NO_NAME) };
	struct call *c = *state;
	struct dial *d;
	struct err e;

	for (size_t i = 0; i < COUNT(hosts); i++) {
		d = dial_start(
		    c->loop, &(struct dial_target){ .host = hosts[i], .port = 9 }, &handler, c, &e);
		assert_non_null(d);
		dial_cancel(d);
		for (int j = 0; j < 10; j++) /* the look-up comes back, to nobody */
			assert_int_equal(loop_turn(c->loop, 20, &e), 0);
		expect_int("calls", c->count, 0);
	}
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(test_connects),
		ON_LOOP(test_connects_over_ipv6),
		ON_LOOP(test_refused),
		ON_LOOP(test_times_out),
		ON_LOOP(test_unix),
		ON_LOOP(test_unix_without_a_server),
		ON_LOOP(test_unix_with_a_full_backlog),
		ON_LOOP(test_from_a_source),
		ON_LOOP(test_by_an_interface),
		ON_LOOP(test_wrong_targets),
		ON_LOOP(test_source_of_the_other_family),
		ON_LOOP(test_a_name),
		ON_LOOP(test_an_unknown_name),
		ON_LOOP(test_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
