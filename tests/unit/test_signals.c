/* Signals as events of the loop. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

#include "net/signals.h"

enum { NUMBERS = 65 };

struct seen {
	struct loop *loop;
	int count[NUMBERS];
	int raise_next; /* raised from within the first call */
};

static void
caught(int number, void *arg)
{
	struct seen *s = arg;
	int next = s->raise_next;

	s->raise_next = 0;
	s->count[number]++;
	if (next != 0)
		raise(next);
}

static void
turn(struct seen *s)
{
	struct err e;

	assert_int_equal(loop_turn(s->loop, 0, &e), 0);
}

static int
setup(void **state)
{
	static const int numbers[] = { SIGTERM, SIGHUP, SIGUSR1, 0 };
	static struct seen s;
	struct err e;

	s = (struct seen){ .loop = loop_new(&e) };
	if (s.loop == NULL || signals_watch(s.loop, numbers, caught, &s, &e) == -1)
		return -1;
	*state = &s;
	return 0;
}

static int
teardown(void **state)
{
	struct seen *s = *state;

	signals_end(s->loop);
	loop_free(s->loop);
	return 0;
}

static void
test_comes_between_turns(void **state)
{
	struct seen *s = *state;

	turn(s);
	raise(SIGTERM);
	expect_int("not inside the handler", s->count[SIGTERM], 0);
	turn(s);
	expect_int("TERM", s->count[SIGTERM], 1);
	turn(s);
	expect_int("once", s->count[SIGTERM], 1);
}

static void
test_many_of_a_kind_are_one(void **state)
{
	struct seen *s = *state;

	for (int i = 0; i < 100000; i++) /* more than the pipe holds */
		raise(SIGHUP);
	raise(SIGUSR1);
	turn(s);
	expect_int("HUP", s->count[SIGHUP], 1);
	expect_int("USR1", s->count[SIGUSR1], 1);
	expect_int("TERM", s->count[SIGTERM], 0);
}

/* HUP is handled after USR1 was looked at, or before: either way none is lost. */
static void
test_none_is_lost_while_handling(void **state)
{
	struct seen *s = *state;

	s->raise_next = SIGHUP;
	raise(SIGUSR1);
	turn(s);
	turn(s);
	expect_int("HUP", s->count[SIGHUP], 1);
	s->raise_next = SIGUSR1;
	raise(SIGUSR1);
	turn(s);
	turn(s);
	expect_int("USR1", s->count[SIGUSR1], 3);
}

static void *
raise_term(void *arg)
{
	(void)arg;
	raise(SIGTERM);
	return NULL;
}

static void
test_on_another_thread(void **state)
{
	struct seen *s = *state;
	pthread_t thread;
	struct err e;

	assert_int_equal(pthread_create(&thread, NULL, raise_term, NULL), 0);
	while (s->count[SIGTERM] == 0)
		assert_int_equal(loop_turn(s->loop, 5000, &e), 0);
	pthread_join(thread, NULL);
	expect_int("TERM", s->count[SIGTERM], 1);
}

static void
test_a_broken_pipe_is_no_end(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

static void
test_one_watch_only(void **state)
{
	static const int numbers[] = { SIGTERM, 0 };
	struct seen *s = *state;
	struct err e;

	assert_int_equal(signals_watch(s->loop, numbers, caught, s, &e), -1);
}

static void
test_the_end_restores_the_default(void **state)
{
	struct seen *s = *state;
	struct sigaction now;

	signals_end(s->loop);
	assert_int_equal(sigaction(SIGTERM, NULL, &now), 0);
	assert_true(now.sa_handler == SIG_DFL);
	signals_end(s->loop);
}

static void
test_refuses_what_cannot_be_watched(void **state)
{
	static const int kill_number[] = { SIGTERM, SIGKILL, 0 }, bad[] = { 1000, 0 };
	struct seen *s = *state;
	struct sigaction now;
	struct err e;

	signals_end(s->loop);
	assert_int_equal(signals_watch(s->loop, kill_number, caught, s, &e), -1);
	assert_non_null(strstr(e.text, "signal 9"));
	assert_int_equal(sigaction(SIGTERM, NULL, &now), 0);
	assert_true(now.sa_handler == SIG_DFL);
	assert_int_equal(signals_watch(s->loop, bad, caught, s, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_comes_between_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_of_a_kind_are_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none_is_lost_while_handling, setup, teardown),
		cmocka_unit_test_setup_teardown(test_on_another_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_broken_pipe_is_no_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_watch_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_end_restores_the_default, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_refuses_what_cannot_be_watched, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
