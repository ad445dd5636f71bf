/* Waiting with epoll(7). */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/loop.h"

const char waiter_name[] = "epoll";

enum { EVENTS_A_TURN = 1024 };
#define REGISTERED 0xfffffffu /* slot of a source that is with epoll: the greatest there is */

/*
 * Sources that epoll cannot wait for (regular files) are always ready: kept in a list; for them
 * slot is their place + 1. A source removed while events are being told is blanked in `events`.
 */
struct waiter {
	int fd;
	int next, count; /* events of this turn not yet told: [next, count) */
	struct source **always;
	size_t always_count, always_cap;
	struct epoll_event events[EVENTS_A_TURN];
};

struct waiter *
waiter_new(struct err *e)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->fd = epoll_create1(EPOLL_CLOEXEC);
	if (w == NULL || w->fd == -1) {
		err_errno(e, "starting the event loop");
		free(w);
		return NULL;
	}
	return w;
}

void
waiter_free(struct waiter *w)
{
	close(w->fd);
	free(w->always);
	free(w);
}

static struct epoll_event
registration(struct source *s)
{
	struct epoll_event ev = { .data.ptr = s };

	/* Asked for nothing, epoll still tells of a hang-up: once, not again and again. */
	if (s->watched == 0)
		ev.events = EPOLLET;
	if (s->watched & LOOP_EDGE)
		ev.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	if (s->watched & LOOP_READ)
		ev.events |= EPOLLIN;
	if (s->watched & LOOP_WRITE)
		ev.events |= EPOLLOUT;
	return ev;
}

static int
always_add(struct waiter *w, struct source *s, struct err *e)
{
	if (w->always_count == w->always_cap) {
		size_t cap = w->always_cap ? w->always_cap * 2 : 4;
		struct source **grown = realloc(w->always, cap * sizeof(struct source *));
		if (grown == NULL)
			return err_errno(e, "watching a file");
		w->always = grown;
		w->always_cap = cap;
	}
	w->always[w->always_count++] = s;
	s->slot = (uint32_t)w->always_count & REGISTERED;
	return 0;
}

int
waiter_add(struct waiter *w, struct source *s, struct err *e)
{
	struct epoll_event ev = registration(s);

	s->slot = REGISTERED;
	if (epoll_ctl(w->fd, EPOLL_CTL_ADD, s->fd, &ev) == 0)
		return 0;
	s->slot = 0;
	if (errno == EPERM)
		return always_add(w, s, e);
	return err_errno(e, "watching descriptor %d", s->fd);
}

void
waiter_change(struct waiter *w, struct source *s)
{
	struct epoll_event ev = registration(s);

	if (s->slot == REGISTERED)
		epoll_ctl(w->fd, EPOLL_CTL_MOD, s->fd, &ev); /* cannot fail: it was added before */
}

void
waiter_remove(struct waiter *w, struct source *s)
{
	if (s->slot != REGISTERED) {
		struct source *last = w->always[--w->always_count];
		w->always[s->slot - 1] = last;
		last->slot = s->slot;
		s->slot = 0;
		return;
	}
	epoll_ctl(w->fd, EPOLL_CTL_DEL, s->fd, NULL);
	s->slot = 0;
	for (int i = w->next; i < w->count; i++)
		if (w->events[i].data.ptr == s)
			w->events[i].data.ptr = NULL;
}

static unsigned
told(uint32_t events)
{
	unsigned out = 0;

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		out |= LOOP_READ;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		out |= LOOP_WRITE;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		out |= LOOP_HANGUP;
	return out;
}

static bool
some_always_ready(const struct waiter *w)
{
	for (size_t i = 0; i < w->always_count; i++)
		if (w->always[i]->watched & (LOOP_READ | LOOP_WRITE))
			return true;
	return false;
}

/* Backwards: a source removed on the way is replaced by one that has been told already. */
static void
tell_always(struct waiter *w)
{
	for (size_t i = w->always_count; i > 0; i--) {
		if (i <= w->always_count)
			source_tell(w->always[i - 1], LOOP_READ | LOOP_WRITE);
	}
}

int
waiter_wait(struct waiter *w, int64_t most, int64_t *woken, struct err *e)
{
	int patience = most < 0 ? -1 : most > INT_MAX ? INT_MAX : (int)most;

	if (some_always_ready(w))
		patience = 0;
	w->count = epoll_wait(w->fd, w->events, EVENTS_A_TURN, patience);
	*woken = clock_micros();
	if (w->count == -1) {
		w->count = 0;
		return errno == EINTR ? 0 : err_errno(e, "waiting for events");
	}
	for (w->next = 0; w->next < w->count;) {
		struct epoll_event ev = w->events[w->next++];
		struct source *s = ev.data.ptr;
		if (s != NULL)
			source_tell(s, told(ev.events));
	}
	w->count = w->next = 0;
	tell_always(w);
	return 0;
}
