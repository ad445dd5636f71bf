/* Timers, in order and at their time, against a model. */
#include <stdlib.h>

#include "expect.h"

#include "base/clock.h"
#include "net/loop.h"

enum { LONG = 10000 }; /* ms that no test waits */

static struct loop *loop;
static struct err err;

static int
setup(void **state)
{
	(void)state;
	loop = loop_new(&err);
	return loop == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(loop);
	clock_fake(-1, -1);
	return 0;
}

static void
turn(int64_t most)
{
	expect_int(err.text, loop_turn(loop, most, &err), 0);
}

struct alarm {
	struct timer timer;
	int64_t due; /* the model: -1 when it is not set */
	unsigned fired;
	struct alarm *victim;
	int64_t again; /* sets itself to this; 0: not */
};

static int64_t last_due;

static void
on_alarm(struct timer *t)
{
	struct alarm *a = (struct alarm *)t;

	a->fired++;
	assert_true(a->due == -1 || a->due == t->due);
	assert_true(t->due >= last_due);
	assert_true(t->due <= clock_monotonic());
	last_due = t->due;
	a->due = -1;
	if (a->victim != NULL) {
		loop_timer_cancel(loop, &a->victim->timer);
		a->victim->due = -1;
	}
	if (a->again > 0)
		loop_timer_set(loop, t, a->again);
}

enum { ALARMS = 200, STEPS = 20000 };
static struct alarm alarms[ALARMS];

/* All that are due have fired, in order, and nobody else. */
static void
expect_fired(int64_t now)
{
	for (size_t i = 0; i < ALARMS; i++) {
		assert_true(alarms[i].due == -1 || alarms[i].due > now);
		assert_int_equal(alarms[i].timer.slot != 0, alarms[i].due != -1);
	}
}

static void
test_timers_against_a_model(void **state)
{
	int64_t now = 1000;

	(void)state;
	srand(1);
	for (size_t i = 0; i < ALARMS; i++)
		alarms[i] = (struct alarm){ .timer.fire = on_alarm, .due = -1 };
	for (int step = 0; step < STEPS; step++) {
		struct alarm *a = &alarms[rand() % ALARMS];
		clock_fake(now, 0);
		if (rand() % 4 == 0) {
			loop_timer_cancel(loop, &a->timer);
			a->due = -1;
		} else {
			a->due = now - 5 + rand() % 500;
			loop_timer_set(loop, &a->timer, a->due);
		}
		if (rand() % 10 == 0) {
			last_due = 0;
			now += rand() % 20;
			clock_fake(now, 0);
			turn(0);
			expect_fired(now);
		}
	}
}

/* One that sets itself to a moment that has come does not keep the turn from ending. */
static void
test_a_timer_fires_once_a_turn(void **state)
{
	struct alarm a = { .timer.fire = on_alarm, .due = -1, .again = 1 };
	struct alarm b = { .timer.fire = on_alarm, .due = -1 };

	(void)state;
	clock_fake(100, 0);
	last_due = 0;
	loop_timer_set(loop, &a.timer, 1);
	loop_timer_set(loop, &b.timer, 100);
	turn(LONG);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 1);
	clock_fake(101, 0);
	turn(LONG);
	assert_int_equal(a.fired, 2);
	loop_timer_cancel(loop, &a.timer);
}

static void
test_a_timer_cancels_another(void **state)
{
	struct alarm a = { .timer.fire = on_alarm, .due = -1 };
	struct alarm b = { .timer.fire = on_alarm, .due = -1, .victim = &a };

	(void)state;
	clock_fake(100, 0);
	last_due = 0;
	loop_timer_set(loop, &a.timer, 60);
	loop_timer_set(loop, &b.timer, 50);
	turn(LONG);
	assert_int_equal(b.fired, 1);
	assert_int_equal(a.fired, 0);
	loop_timer_cancel(loop, &a.timer); /* allowed when it is not set */
}

static void
test_a_timer_ends_the_wait(void **state)
{
	struct alarm a = { .timer.fire = on_alarm, .due = -1 };
	int64_t before = clock_monotonic();

	(void)state;
	last_due = 0;
	loop_timer_set(loop, &a.timer, before + 30);
	turn(LONG);
	assert_int_equal(
	    a.fired, 1); /* not a moment too early, which would be a turn for nothing */
	assert_true(clock_monotonic() >= before + 30);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_timers_against_a_model),
		CASE(test_a_timer_fires_once_a_turn),
		CASE(test_a_timer_cancels_another),
		CASE(test_a_timer_ends_the_wait),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
