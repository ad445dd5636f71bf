/* The event loop: turns, timers, hooks. The waiting itself is in loop_epoll.c or loop_poll.c. */
#include "net/loop.h"

#include <stdlib.h>

#include "base/clock.h"

/*
 * Timers are a binary heap of pointers, the earliest first; each timer knows its place in it
 * (slot = index + 1), so that moving and cancelling need no search.
 */
struct loop {
	struct waiter *waiter;
	struct timer **heap;
	size_t timers, timers_cap;
	int64_t firing; /* while timers fire: the moment up to which; else INT64_MIN */
	struct turn_hook *hooks;
	struct histogram turns;
	bool stopped;
	bool busy; /* a hook said that there is more to do at once */
};

struct loop *
loop_new(struct err *e)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_errno(e, "starting the event loop");
		return NULL;
	}
	l->firing = INT64_MIN;
	l->waiter = waiter_new(e);
	if (l->waiter == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	waiter_free(l->waiter);
	free(l->heap);
	free(l);
}

int
loop_add(struct loop *l, struct source *s, unsigned interest, struct err *e)
{
	s->watched = interest & LOOP_ALL;
	return waiter_add(l->waiter, s, e);
}

void
loop_change(struct loop *l, struct source *s, unsigned interest)
{
	if (s->watched == interest)
		return;
	s->watched = interest & LOOP_ALL;
	waiter_change(l->waiter, s);
}

void
loop_remove(struct loop *l, struct source *s)
{
	if (s->slot != 0)
		waiter_remove(l->waiter, s);
}

void
source_tell(struct source *s, unsigned events)
{
	/* The kernel tells of a hang-up whatever was asked and a paused reader would read. */
	if (!(s->watched & LOOP_EDGE))
		events &= s->watched | LOOP_HANGUP;
	if (events & (LOOP_READ | LOOP_WRITE))
		s->kind->ready(s, events);
}

void
loop_hook(struct loop *l, struct turn_hook *h)
{
	struct turn_hook **at = &l->hooks;

	while (*at != NULL)
		at = &(*at)->next;
	h->next = NULL;
	*at = h;
}

void
loop_unhook(struct loop *l, struct turn_hook *h)
{
	struct turn_hook **at = &l->hooks;

	while (*at != NULL && *at != h)
		at = &(*at)->next;
	if (*at != NULL)
		*at = h->next;
}

void
loop_again(struct loop *l)
{
	l->busy = true;
}

static void
place(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->slot = i + 1;
}

static void
sift_up(struct loop *l, size_t i, struct timer *t)
{
	while (i > 0 && l->heap[(i - 1) / 2]->due > t->due) {
		place(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(l, i, t);
}

static void
sift_down(struct loop *l, size_t i, struct timer *t)
{
	size_t child;

	while ((child = 2 * i + 1) < l->timers) {
		if (child + 1 < l->timers && l->heap[child + 1]->due < l->heap[child]->due)
			child++;
		if (l->heap[child]->due >= t->due)
			break;
		place(l, i, l->heap[child]);
		i = child;
	}
	place(l, i, t);
}

static bool
make_room(struct loop *l)
{
	size_t cap = l->timers_cap ? l->timers_cap * 2 : 64;
	struct timer **grown;

	if (l->timers < l->timers_cap)
		return true;
	grown = realloc(l->heap, cap * sizeof(struct timer *));
	if (grown == NULL)
		return false;
	l->heap = grown;
	l->timers_cap = cap;
	return true;
}

void
loop_timer_set(struct loop *l, struct timer *t, int64_t due)
{
	bool later;
	size_t i;

	/* One that sets itself to a past moment must not keep the turn from ending. */
	if (due <= l->firing)
		due = l->firing + 1;
	later = due > t->due;
	if (t->slot == 0) {
		t->due = due;
		if (make_room(l)) /* without memory the timer is lost: nothing better is possible */
			sift_up(l, l->timers++, t);
		return;
	}
	i = t->slot - 1;
	t->due = due;
	if (later)
		sift_down(l, i, t);
	else
		sift_up(l, i, t);
}

void
loop_timer_cancel(struct loop *l, struct timer *t)
{
	struct timer *last;
	size_t i = t->slot;

	if (i == 0)
		return;
	t->slot = 0;
	last = l->heap[--l->timers];
	if (last == t)
		return;
	i--;
	if (i > 0 && l->heap[(i - 1) / 2]->due > last->due)
		sift_up(l, i, last);
	else
		sift_down(l, i, last);
}

static void
fire_timers(struct loop *l)
{
	int64_t now = clock_monotonic();

	l->firing = now;
	while (l->timers > 0 && l->heap[0]->due <= now) {
		struct timer *t = l->heap[0];
		loop_timer_cancel(l, t);
		t->fire(t);
	}
	l->firing = INT64_MIN;
}

/* How long to wait: not at all when busy, till the first timer, at most `most`. */
static int64_t
patience(const struct loop *l, int64_t most)
{
	int64_t left;

	if (l->busy)
		return 0;
	if (l->timers == 0)
		return most;
	left = l->heap[0]->due - clock_monotonic();
	if (left < 0)
		left = 0;
	return most >= 0 && most < left ? most : left;
}

int
loop_turn(struct loop *l, int64_t most, struct err *e)
{
	int64_t woken;

	if (waiter_wait(l->waiter, patience(l, most), &woken, e) == -1)
		return -1;
	fire_timers(l);
	l->busy = false;
	for (struct turn_hook *h = l->hooks; h != NULL; h = h->next)
		if (h->run(h))
			l->busy = true;
	histogram_add(&l->turns, (uint64_t)(clock_micros() - woken));
	return 0;
}

int
loop_run(struct loop *l, struct err *e)
{
	l->stopped = false;
	while (!l->stopped)
		if (loop_turn(l, -1, e) == -1)
			return -1;
	return 0;
}

const struct histogram *
loop_turns(const struct loop *l)
{
	return &l->turns;
}

void
loop_stop(struct loop *l)
{
	l->stopped = true;
}
