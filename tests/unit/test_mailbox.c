/*
 * The helper thread: jobs there, results back. Tests wait on the mailbox's descriptor, never on
 * time. The source is included to see the moment at which it begins to end.
 */
#include <poll.h>
#include <sched.h>

#include "expect.h"

#include "../../src/base/mailbox.c"

/* A door that a job waits at until the test opens it. */
struct door {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool reached, open;
};

struct task {
	struct job job; /* first: the job is the task */
	struct door *door;
	pthread_t worker;
	bool worked, done, cancelled;
	int *sequence, place; /* place: the value of *sequence when done */
};

static void
work(struct job *j)
{
	struct task *t = (struct task *)j;

	t->worker = pthread_self();
	t->worked = true;
	if (t->door == NULL)
		return;
	pthread_mutex_lock(&t->door->lock);
	t->door->reached = true;
	pthread_cond_broadcast(&t->door->moved);
	while (!t->door->open)
		pthread_cond_wait(&t->door->moved, &t->door->lock);
	pthread_mutex_unlock(&t->door->lock);
}

static void
done(struct job *j)
{
	struct task *t = (struct task *)j;

	t->done = true;
	t->cancelled = j->cancelled;
	if (t->sequence != NULL)
		t->place = (*t->sequence)++;
}

static void
make_task(struct task *t, struct door *door, int *sequence)
{
	*t = (struct task){
		.job = { .work = work, .done = done }, .door = door, .sequence = sequence
	};
}

static void
await_reached(struct door *d)
{
	pthread_mutex_lock(&d->lock);
	while (!d->reached)
		pthread_cond_wait(&d->moved, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static void
open_door(struct door *d)
{
	pthread_mutex_lock(&d->lock);
	d->open = true;
	pthread_cond_broadcast(&d->moved);
	pthread_mutex_unlock(&d->lock);
}

static bool
readable(const struct mailbox *m, int timeout)
{
	struct pollfd p = { .fd = mailbox_fd(m), .events = POLLIN };

	return poll(&p, 1, timeout) == 1;
}

static void
deliver_until(struct mailbox *m, const bool *flag)
{
	while (!*flag) {
		assert_true(readable(m, 30000));
		mailbox_deliver(m);
	}
}

static struct mailbox *
make_mailbox(void)
{
	struct err e = { "" };
	struct mailbox *m = mailbox_new(&e);

	if (m == NULL)
		fail_msg("%s", e.text);
	return m;
}

static void
work_elsewhere(void **state)
{
	struct mailbox *m = make_mailbox();
	struct task t;

	(void)state;
	make_task(&t, NULL, NULL);
	assert_false(readable(m, 0));
	mailbox_deliver(m); /* nothing there: no wait */
	assert_true(mailbox_post(m, &t.job));
	deliver_until(m, &t.done);
	assert_true(t.worked);
	assert_false(t.cancelled);
	assert_false(pthread_equal(t.worker, pthread_self()));
	assert_false(readable(m, 0));
	mailbox_free(m);
}

static void
keep_the_order(void **state)
{
	struct mailbox *m = make_mailbox();
	struct task tasks[MAILBOX_LIMIT];
	int sequence = 0;

	(void)state;
	for (int i = 0; i < MAILBOX_LIMIT; i++) {
		make_task(&tasks[i], NULL, &sequence);
		assert_true(mailbox_post(m, &tasks[i].job));
	}
	deliver_until(m, &tasks[MAILBOX_LIMIT - 1].done);
	for (int i = 0; i < MAILBOX_LIMIT; i++)
		assert_int_equal(tasks[i].place, i);
	mailbox_free(m);
}

/* Many rounds, so that results come while others are delivered. */
static void
lose_nothing(void **state)
{
	struct mailbox *m = make_mailbox();
	struct task tasks[8];
	int sequence = 0;

	(void)state;
	for (int round = 0; round < 500; round++) {
		for (size_t i = 0; i < COUNT(tasks); i++) {
			make_task(&tasks[i], NULL, &sequence);
			assert_true(mailbox_post(m, &tasks[i].job));
		}
		deliver_until(m, &tasks[COUNT(tasks) - 1].done);
		assert_int_equal(sequence, (round + 1) * (int)COUNT(tasks));
	}
	mailbox_free(m);
}

static void
hold_the_limit(void **state)
{
	struct door door = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false };
	struct mailbox *m = make_mailbox();
	struct task tasks[MAILBOX_LIMIT + 1];
	int sequence = 0;

	(void)state;
	for (int i = 0; i <= MAILBOX_LIMIT; i++)
		make_task(&tasks[i], i == 0 ? &door : NULL, &sequence);
	for (int i = 0; i < MAILBOX_LIMIT; i++)
		assert_true(mailbox_post(m, &tasks[i].job));
	assert_false(mailbox_post(m, &tasks[MAILBOX_LIMIT].job));
	open_door(&door);
	deliver_until(m, &tasks[MAILBOX_LIMIT - 1].done);
	assert_int_equal(sequence, MAILBOX_LIMIT);
	assert_false(tasks[MAILBOX_LIMIT].worked);
	assert_true(mailbox_post(m, &tasks[MAILBOX_LIMIT].job)); /* there is room again */
	deliver_until(m, &tasks[MAILBOX_LIMIT].done);
	mailbox_free(m);
}

struct ending {
	struct mailbox *mailbox;
	struct door *door;
};

static void *
open_at_the_end(void *arg)
{
	struct ending *e = arg;
	bool stop = false;

	while (!stop) {
		sched_yield();
		pthread_mutex_lock(&e->mailbox->lock);
		stop = e->mailbox->stop;
		pthread_mutex_unlock(&e->mailbox->lock);
	}
	open_door(e->door);
	return NULL;
}

/* Ending waits for the job in work and starts no other; every job hears of its end once. */
static void
end_with_jobs(void **state)
{
	struct door door = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false };
	struct mailbox *m = make_mailbox();
	struct ending ending = { m, &door };
	struct task tasks[5];
	pthread_t opener;
	int sequence = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		make_task(&tasks[i], i == 1 ? &door : NULL, &sequence);
		assert_true(mailbox_post(m, &tasks[i].job));
	}
	await_reached(&door); /* the first is finished, and not delivered; the second is in work */
	assert_int_equal(pthread_create(&opener, NULL, open_at_the_end, &ending), 0);
	mailbox_free(m);
	assert_int_equal(pthread_join(opener, NULL), 0);
	assert_int_equal(sequence, 5);
	for (int i = 0; i < 5; i++) {
		assert_true(tasks[i].done);
		assert_int_equal(tasks[i].worked, i < 2);
		assert_int_equal(tasks[i].cancelled, i >= 2);
	}
	mailbox_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_elsewhere),
		cmocka_unit_test(keep_the_order),
		cmocka_unit_test(lose_nothing),
		cmocka_unit_test(hold_the_limit),
		cmocka_unit_test(end_with_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
