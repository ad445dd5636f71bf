/* Waiting with poll(2): where epoll is not, and in the minimal build. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/loop.h"

const char waiter_name[] = "poll";

/* A dense array of sources and the pollfd of each beside it; a source's slot is its place + 1. */
struct waiter {
	struct source **sources;
	struct pollfd *fds;
	size_t count, cap;
};

struct waiter *
waiter_new(struct err *e)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		err_errno(e, "starting the event loop");
	return w;
}

void
waiter_free(struct waiter *w)
{
	free(w->sources);
	free(w->fds);
	free(w);
}

static bool
grow(struct waiter *w)
{
	size_t cap = w->cap ? w->cap * 2 : 64;
	struct source **sources = realloc(w->sources, cap * sizeof(struct source *));
	struct pollfd *fds;

	if (sources == NULL)
		return false;
	w->sources = sources;
	fds = realloc(w->fds, cap * sizeof(*fds));
	if (fds == NULL)
		return false;
	w->fds = fds;
	w->cap = cap;
	return true;
}

int
waiter_add(struct waiter *w, struct source *s, struct err *e)
{
	if (w->count == w->cap && !grow(w))
		return err_errno(e, "watching descriptor %d", s->fd);
	w->sources[w->count] = s;
	w->fds[w->count] = (struct pollfd){ .fd = s->fd };
	s->slot = (uint32_t)++w->count & UINT32_C(0xfffffff);
	return 0;
}

void
waiter_change(struct waiter *w, struct source *s)
{
	(void)w; /* what to wait for is asked anew each time */
	(void)s;
}

void
waiter_remove(struct waiter *w, struct source *s)
{
	size_t i = s->slot - 1, last = --w->count;

	w->sources[i] = w->sources[last];
	w->fds[i] = w->fds[last];
	w->sources[i]->slot = (uint32_t)(i + 1) & UINT32_C(0xfffffff);
	s->slot = 0;
}

static short
wanted(const struct source *s)
{
	unsigned interest = s->watched & LOOP_EDGE ? s->kind->interest(s) : s->watched;
	short events = 0;

	if (interest & LOOP_READ)
		events |= POLLIN;
	if (interest & LOOP_WRITE)
		events |= POLLOUT;
	return events;
}

static unsigned
told(short events)
{
	unsigned out = 0;

	if (events & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
		out |= LOOP_READ;
	if (events & (POLLOUT | POLLHUP | POLLERR | POLLNVAL))
		out |= LOOP_WRITE;
	if (events & (POLLHUP | POLLERR | POLLNVAL))
		out |= LOOP_HANGUP;
	return out;
}

int
waiter_wait(struct waiter *w, int64_t most, int64_t *woken, struct err *e)
{
	int patience = most < 0 ? -1 : most > INT_MAX ? INT_MAX : (int)most, told_of;

	for (size_t i = 0; i < w->count; i++) {
		/* Asked for nothing, poll would still tell of a hang-up, again and again. */
		w->fds[i].events = wanted(w->sources[i]);
		w->fds[i].fd = w->fds[i].events ? w->sources[i]->fd : -1;
		w->fds[i].revents = 0;
	}
	told_of = poll(w->fds, w->count, patience);
	*woken = clock_micros();
	if (told_of == -1)
		return errno == EINTR ? 0 : err_errno(e, "waiting for events");
	/* Backwards: a source removed on the way is replaced by one that has been told already. */
	for (size_t i = w->count; i > 0; i--) {
		short events;
		if (i > w->count)
			continue;
		events = w->fds[i - 1].revents;
		w->fds[i - 1].revents = 0;
		if (events != 0)
			source_tell(w->sources[i - 1], told(events));
	}
	return 0;
}
