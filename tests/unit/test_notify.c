/* What the service manager hears. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/notify.h"

#define MANAGER "@sockchat-unit-test-notify"

struct manager {
	int fd;
	struct loop *loop;
	struct notify notify;
};

static int
setup(void **state)
{
	static struct manager m;
	struct addr a;
	struct err e;

	m = (struct manager){ .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0) };
	if (addr_unix(STR(MANAGER), &a, &e) == -1 ||
	    bind(m.fd, (struct sockaddr *)&a.sa, a.len) == -1)
		return -1;
	m.loop = loop_new(&e);
	*state = &m;
	setenv("NOTIFY_SOCKET", MANAGER, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return m.loop != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct manager *m = *state;

	clock_fake(-1, -1);
	notify_close(&m->notify);
	close(m->fd);
	loop_free(m->loop);
	return 0;
}

static void
begin(struct manager *m)
{
	struct err e;

	assert_int_equal(notify_open(&m->notify, m->loop, &e), 0);
}

/* The next datagram; "" when there is none. */
static const char *
heard(struct manager *m)
{
	static char text[1024];
	ssize_t n = recv(m->fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
test_states(void **state)
{
	struct manager *m = *state;

	begin(m);
	expect_text("nothing by itself", str_from(heard(m)), "");
	notify_ready(&m->notify);
	expect_text("ready", str_from(heard(m)), "READY=1");
	notify_stopping(&m->notify);
	expect_text("stopping", str_from(heard(m)), "STOPPING=1");
	notify_status(&m->notify, "%d clients\nREADY=1", 3);
	expect_text("status is one line", str_from(heard(m)), "STATUS=3 clients READY=1");
	notify_status(&m->notify, "%2000s", "x");
	assert_true(strlen(heard(m)) > 400);
}

/* The time is the manager's clock in microseconds, neither before nor after the call. */
static void
test_reloading(void **state)
{
	struct manager *m = *state;
	struct timespec before, after;
	int64_t usec = 0;

	begin(m);
	clock_fake(1, 1);
	clock_gettime(CLOCK_MONOTONIC, &before);
	notify_reloading(&m->notify);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(sscanf(heard(m), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64, &usec), 1);
	assert_true(usec >= (int64_t)before.tv_sec * 1000000 + before.tv_nsec / 1000);
	assert_true(usec <= (int64_t)after.tv_sec * 1000000 + after.tv_nsec / 1000);
}

static void
turn_at(struct manager *m, int64_t now)
{
	struct err e;

	clock_fake(now, 0);
	assert_int_equal(loop_turn(m->loop, 0, &e), 0);
}

static void
test_watchdog_at_half_its_time(void **state)
{
	struct manager *m = *state;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_USEC", "3000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	clock_fake(10000, 0);
	begin(m);
	expect_text("at once", str_from(heard(m)), "WATCHDOG=1");
	turn_at(m, 11499);
	expect_text("not yet", str_from(heard(m)), "");
	turn_at(m, 11500);
	expect_text("half", str_from(heard(m)), "WATCHDOG=1");
	turn_at(m, 13000);
	expect_text("again", str_from(heard(m)), "WATCHDOG=1");
	notify_close(&m->notify);
	turn_at(m, 20000);
	expect_text("closed", str_from(heard(m)), "");
}

static void
test_no_watchdog(void **state)
{
	static const struct {
		const char *usec, *pid;
	} cases[] = {
		{ "3000000", "1" }, /* another process's */
		{ "", "" },
		{ "0", "" },
		{ "-5", "" },
		{ "soon", "" },
	};
	struct manager *m = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		setenv("WATCHDOG_USEC", cases[i].usec, 1);
		setenv("WATCHDOG_PID", cases[i].pid, 1);
		clock_fake(10000, 0);
		begin(m);
		turn_at(m, 1000000);
		expect_text(cases[i].usec, str_from(heard(m)), "");
		notify_close(&m->notify);
	}
}

static void
test_nobody_wants_to_know(void **state)
{
	struct manager *m = *state;
	struct err e;

	unsetenv("NOTIFY_SOCKET");
	begin(m);
	notify_ready(&m->notify);
	notify_reloading(&m->notify);
	notify_status(&m->notify, "fine");
	notify_stopping(&m->notify);
	expect_text("silent", str_from(heard(m)), "");
	notify_close(&m->notify);
	setenv("NOTIFY_SOCKET", "relative/path", 1);
	assert_int_equal(notify_open(&m->notify, m->loop, &e), -1);
	assert_non_null(strstr(e.text, "NOTIFY_SOCKET=relative/path"));
	notify_ready(&m->notify);
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	assert_int_equal(notify_open(&m->notify, m->loop, &e), 0);
	notify_ready(&m->notify);
}

#define WITH_MANAGER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MANAGER(test_states),
		WITH_MANAGER(test_reloading),
		WITH_MANAGER(test_watchdog_at_half_its_time),
		WITH_MANAGER(test_no_watchdog),
		WITH_MANAGER(test_nobody_wants_to_know),
	};

	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
