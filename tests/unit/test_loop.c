/* The event loop, with whichever way of waiting is built in. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

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

/* ---- sources --------------------------------------------------------------------------------- */

/* One end of a socket pair or a pipe, watched; the test has the other. */
struct watched {
	struct source source;
	int other;
	unsigned told;   /* calls of ready */
	unsigned events; /* all that was told */
	void (*then)(struct watched *w);
	struct watched *victim;
};

static void
on_ready(struct source *s, unsigned events)
{
	struct watched *w = (struct watched *)((char *)s - offsetof(struct watched, source));

	w->told++;
	w->events |= events;
	if (w->then != NULL)
		w->then(w);
}

static const struct source_kind plain_kind = { .ready = on_ready };

static struct watched *
watch(unsigned interest)
{
	struct watched *w = calloc(1, sizeof(*w));
	int fds[2];

	assert_non_null(w);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	w->source = (struct source){ .fd = fds[0], .kind = &plain_kind };
	w->other = fds[1];
	assert_int_equal(loop_add(loop, &w->source, interest, &err), 0);
	return w;
}

static void
unwatch(struct watched *w)
{
	loop_remove(loop, &w->source);
	close(w->source.fd);
	if (w->other != -1)
		close(w->other);
	memset(w, 0xee, sizeof(*w));
	free(w);
}

static void
poke(struct watched *w)
{
	assert_int_equal(write(w->other, "x", 1), 1);
}

static void
hang_up(struct watched *w)
{
	close(w->other);
	w->other = -1;
}

static void
test_level_is_told_while_it_lasts(void **state)
{
	struct watched *w = watch(LOOP_READ);

	(void)state;
	turn(0);
	assert_int_equal(w->told, 0);
	poke(w);
	turn(LONG);
	turn(LONG);
	assert_int_equal(w->told, 2);
	assert_int_equal(w->events, LOOP_READ);
	assert_int_equal(read(w->source.fd, &(char){ 0 }, 1), 1);
	turn(0);
	assert_int_equal(w->told, 2);
	unwatch(w);
}

static void
test_interest_changes(void **state)
{
	struct watched *w = watch(0);

	(void)state;
	poke(w);
	turn(0);
	assert_int_equal(w->told, 0);
	loop_change(loop, &w->source, LOOP_WRITE);
	turn(LONG);
	assert_int_equal(w->events, LOOP_WRITE);
	loop_change(loop, &w->source, LOOP_READ | LOOP_WRITE);
	turn(LONG);
	assert_int_equal(w->events, LOOP_READ | LOOP_WRITE);
	loop_change(loop, &w->source, 0);
	turn(0);
	assert_int_equal(w->told, 2);
	loop_change(loop, &w->source, LOOP_READ);
	turn(LONG);
	assert_int_equal(w->told, 3);
	unwatch(w);
}

/* A hang-up comes with what was asked for, and not at all to those who ask for nothing. */
static void
test_hangup_is_told_as_asked(void **state)
{
	static const unsigned asked[] = { LOOP_READ, LOOP_WRITE, LOOP_READ | LOOP_WRITE };

	(void)state;
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct watched *w = watch(asked[i]);
		hang_up(w);
		turn(LONG);
		assert_int_equal(w->told, 1);
		assert_int_equal(w->events, asked[i] | LOOP_HANGUP);
		unwatch(w);
	}
}

/* ---- idling: a turn ends for a reason -------------------------------------------------------- */

struct counter {
	struct turn_hook hook;
	unsigned turns;
	unsigned again; /* turns that it asks for */
};

static bool
on_turn(struct turn_hook *h)
{
	struct counter *c = (struct counter *)h;

	c->turns++;
	if (c->again == 0)
		return false;
	c->again--;
	return true;
}

static void
stop(struct timer *t)
{
	(void)t;
	loop_stop(loop);
}

/* Runs the loop for 60 ms and says how many turns that took: one for the timer that ends it, and
 * what is ready. */
static unsigned
turns_in_a_while(void)
{
	struct counter c = { .hook = { .run = on_turn } };
	struct timer end = { .fire = stop };

	loop_hook(loop, &c.hook);
	loop_timer_set(loop, &end, clock_monotonic() + 60);
	assert_int_equal(loop_run(loop, &err), 0);
	loop_unhook(loop, &c.hook);
	return c.turns;
}

enum { IDLE = 4 }; /* turns; a loop that spins makes tens of thousands */

static void
test_idle_loop_sleeps(void **state)
{
	struct watched *quiet = watch(LOOP_READ);
	struct watched *nothing = watch(0);
	struct watched *ended = watch(0);

	(void)state;
	poke(nothing);
	poke(ended);
	hang_up(ended);
	assert_in_range(turns_in_a_while(), 1, IDLE);
	loop_change(loop, &quiet->source, 0);
	hang_up(quiet);
	hang_up(nothing);
	assert_in_range(turns_in_a_while(), 1, IDLE);
	assert_int_equal(quiet->told + nothing->told + ended->told, 0);
	loop_change(loop, &ended->source, LOOP_READ);
	turn(LONG);
	assert_int_equal(ended->told, 1);
	unwatch(quiet);
	unwatch(nothing);
	unwatch(ended);
}

static unsigned
asks_for_nothing(const struct source *s)
{
	(void)s;
	return 0;
}

static unsigned
asks_until_told(const struct source *s)
{
	const struct watched *w = (const struct watched *)((const char *)s -
							   offsetof(struct watched, source));

	return w->events & LOOP_READ ? 0 : LOOP_READ;
}

static const struct source_kind until_told = { on_ready, asks_until_told };
static const struct source_kind for_nothing = { on_ready, asks_for_nothing };

/* Edges: told once, however long nobody reads; and of a hang-up too. */
static void
test_edge_is_told_once(void **state)
{
	struct watched *w = watch(0);

	(void)state;
	loop_remove(loop, &w->source);
	w->source.kind = &until_told;
	assert_int_equal(loop_add(loop, &w->source, LOOP_EDGE, &err), 0);
	turn(0); /* writable */
	w->told = w->events = 0;
	poke(w);
	assert_in_range(turns_in_a_while(), 1, IDLE);
	assert_int_equal(w->told, 1);
	assert_true(w->events & LOOP_READ);
	hang_up(w);
	assert_in_range(turns_in_a_while(), 1, IDLE);
	w->source.kind = &for_nothing;
	assert_in_range(turns_in_a_while(), 1, IDLE);
	unwatch(w);
}

static void
test_always_ready(void **state)
{
	struct watched w = { .source = { .fd = open("/dev/null", O_RDWR), .kind = &plain_kind } };
	FILE *file = tmpfile();
	struct watched f = { .source = { .fd = fileno(file), .kind = &plain_kind } };

	(void)state;
	assert_int_equal(loop_add(loop, &w.source, LOOP_READ, &err), 0);
	assert_int_equal(loop_add(loop, &f.source, LOOP_READ | LOOP_WRITE, &err), 0);
	turn(LONG);
	turn(LONG);
	assert_int_equal(w.told, 2);
	assert_int_equal(w.events, LOOP_READ);
	assert_int_equal(f.told, 2);
	loop_change(loop, &w.source, 0);
	loop_remove(loop, &f.source);
	assert_in_range(turns_in_a_while(), 1, IDLE);
	assert_int_equal(w.told, 2);
	assert_int_equal(f.told, 2);
	loop_change(loop, &w.source, LOOP_WRITE);
	turn(LONG);
	assert_int_equal(w.told, 3);
	loop_remove(loop, &w.source);
	close(w.source.fd);
	fclose(file);
}

static void
test_refuses_a_bad_descriptor_or_tells_it(void **state)
{
	struct watched w = { .source = { .fd = 9999, .kind = &plain_kind } };

	(void)state;
	if (loop_add(loop, &w.source, LOOP_READ, &err) == 0) {
		turn(LONG); /* poll does not look at it before */
		assert_int_equal(w.told, 1);
	} else {
		assert_non_null(strstr(err.text, "9999"));
	}
	loop_remove(loop, &w.source);
	loop_remove(loop, &w.source); /* no harm */
	memset(&w, 0, sizeof(w));
	loop_remove(loop, &w.source);
	assert_in_range(turns_in_a_while(), 1, IDLE);
}

/* ---- removing inside ready() ----------------------------------------------------------------- */

enum { CROWD = 5 };
static struct watched *crowd[CROWD];
static unsigned crowd_told;

static void
remove_one(size_t i)
{
	if (crowd[i] != NULL)
		unwatch(crowd[i]);
	crowd[i] = NULL;
}

static size_t
place_of(const struct watched *w)
{
	size_t i = 0;

	while (crowd[i] != w)
		i++;
	return i;
}

static void
remove_itself(struct watched *w)
{
	crowd_told++;
	remove_one(place_of(w));
}

static void
remove_the_others(struct watched *w)
{
	crowd_told++;
	for (size_t i = 0; i < CROWD; i++)
		if (crowd[i] != w)
			remove_one(i);
}

/* Memory and descriptor are at once another's, who is not ready. */
static void
replace_the_others(struct watched *w)
{
	crowd_told++;
	for (size_t i = 0; i < CROWD; i++)
		if (crowd[i] != w) {
			remove_one(i);
			crowd[i] = watch(LOOP_READ);
			crowd[i]->then = w->then;
		}
}

static void
remove_next(struct watched *w)
{
	crowd_told++;
	remove_one((place_of(w) + 1) % CROWD);
}

/* All are ready at once; then a second turn tells who was left out or added wrongly. */
static const struct removal {
	void (*then)(struct watched *w);
	unsigned least, most; /* told in the first turn */
	unsigned left;
} removals[] = {
	{ remove_itself, CROWD, CROWD, 0 },
	{ remove_the_others, 1, 1, 1 },
	{ replace_the_others, 1, 1, CROWD },
	{ remove_next, 1, CROWD, 1 },
};

static void
test_removing_inside_ready(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(removals); i++) {
		size_t left = 0;
		crowd_told = 0;
		for (size_t j = 0; j < CROWD; j++) {
			crowd[j] = watch(LOOP_READ);
			crowd[j]->then = removals[i].then;
			poke(crowd[j]);
		}
		turn(LONG);
		assert_in_range(crowd_told, removals[i].least, removals[i].most);
		turn(0);
		for (size_t j = 0; j < CROWD; j++)
			left += crowd[j] != NULL;
		assert_in_range(left, removals[i].left, CROWD);
		for (size_t j = 0; j < CROWD; j++)
			remove_one(j);
		assert_in_range(turns_in_a_while(), 1, IDLE);
	}
}

/* The same for files, which are told from a list of their own. */
static void
test_removing_files_inside_ready(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(removals); i++) {
		crowd_told = 0;
		for (size_t j = 0; j < CROWD; j++) {
			struct watched *w = crowd[j] = calloc(1, sizeof(*w));
			w->source = (struct source){ .fd = open("/dev/null", O_RDONLY),
				.kind = &plain_kind };
			w->other = -1;
			w->then = removals[i].then;
			assert_int_equal(loop_add(loop, &w->source, LOOP_READ, &err), 0);
		}
		turn(LONG);
		assert_in_range(crowd_told, removals[i].least, CROWD);
		for (size_t j = 0; j < CROWD; j++)
			remove_one(j);
	}
}

/* ---- turns ----------------------------------------------------------------------------------- */

static bool
asks_again(struct turn_hook *h)
{
	struct counter *c = (struct counter *)h;

	if (c->turns++ == 0)
		loop_again(loop);
	return false;
}

static void
test_hooks_keep_the_loop_awake(void **state)
{
	struct counter returns = { .hook = { .run = on_turn }, .again = 3 };
	struct counter calls = { .hook = { .run = asks_again } };

	(void)state;
	loop_hook(loop, &returns.hook);
	for (int i = 0; i < 4; i++)
		turn(i == 0 ? 0 : LONG); /* would hang */
	assert_int_equal(returns.turns, 4);
	loop_hook(loop, &calls.hook);
	turn(0);
	turn(LONG);
	assert_int_equal(calls.turns, 2);
	loop_unhook(loop, &returns.hook);
	loop_unhook(loop, &returns.hook);
	loop_unhook(loop, &calls.hook);
	turn(0);
	assert_int_equal(returns.turns + calls.turns, 6 + 2);
}

/* Asked for before the hooks run, another turn is not needed: they are about to run. */
static void
again_and_remove(struct watched *w)
{
	loop_again(loop);
	unwatch(w);
}

static void
test_again_before_the_hooks_is_nothing(void **state)
{
	struct watched *w = watch(LOOP_READ);

	(void)state;
	w->then = again_and_remove;
	poke(w);
	assert_in_range(turns_in_a_while(), 2, 2);
}

static void
on_signal(int number)
{
	(void)number;
}

/* A signal ends the wait and is no failure. */
static void
test_interrupted(void **state)
{
	struct sigaction act = { .sa_handler = on_signal }, old;
	struct itimerval soon = { .it_value.tv_usec = 20000 };

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	turn(LONG);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_level_is_told_while_it_lasts),
		CASE(test_interest_changes),
		CASE(test_hangup_is_told_as_asked),
		CASE(test_idle_loop_sleeps),
		CASE(test_edge_is_told_once),
		CASE(test_always_ready),
		CASE(test_refuses_a_bad_descriptor_or_tells_it),
		CASE(test_removing_inside_ready),
		CASE(test_removing_files_inside_ready),
		CASE(test_hooks_keep_the_loop_awake),
		CASE(test_again_before_the_hooks_is_nothing),
		CASE(test_interrupted),
	};
#undef CASE

	printf("waiting with %s\n", waiter_name);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
