/*
 * The event loop: one thread waits for descriptors and times and calls those concerned.
 * A turn: wait -> what is ready -> timers that are due -> turn hooks (conns: read, send, reap).
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"

enum {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
	/* Readiness is told once, when it begins: the source remembers it until EAGAIN. Never
	 * changed later. */
	LOOP_EDGE = 4,
	/* Only told, never asked for: the other side ended or the connection broke; reading to the
	 * end shows which. */
	LOOP_HANGUP = 8,
	LOOP_ALL = 15,
};

struct source;
struct source_kind {
	/* What it can do now, of what it asked for; LOOP_HANGUP comes with one of these. */
	void (*ready)(struct source *s, unsigned events);
	/* Edge sources only: what it would wait for now. Asked by loop_poll, which has no edges. */
	unsigned (*interest)(const struct source *s);
};

/* A watched descriptor; embedded by its owner, who closes the descriptor itself. Small, for there
 * is one in each connection. */
struct source {
	int fd;
	uint32_t slot : 28;   /* the loop's; 0: not watched */
	uint32_t watched : 4; /* the loop's: what it is registered for */
	const struct source_kind *kind;
};

/* A moment; embedded by its owner. Zeroed memory is a timer that is not set. */
struct timer {
	int64_t due; /* clock_monotonic() milliseconds */
	void (*fire)(struct timer *t);
	size_t slot; /* the loop's: place in the heap + 1; 0: not set */
};

/* Runs at the end of each turn; true: there is more to do at once, do not sleep. */
struct turn_hook {
	bool (*run)(struct turn_hook *h);
	struct turn_hook *next; /* the loop's */
};

struct loop;

struct loop *loop_new(struct err *e);
void loop_free(struct loop *l); /* sources and timers are forgotten, not closed */

/* Level-triggered unless LOOP_EDGE. A descriptor that cannot be waited for (a regular file) counts
 * as always ready. -1 with a sentence when the kernel refuses. */
int loop_add(struct loop *l, struct source *s, unsigned interest, struct err *e);
void loop_change(struct loop *l, struct source *s, unsigned interest); /* not for LOOP_EDGE */
/* Safe inside ready(): no later call comes. Call it before closing the descriptor. Allowed when it
 * is not watched, on zeroed memory too. */
void loop_remove(struct loop *l, struct source *s);

/* Moves it when it is set. Set from inside fire(), it is due 1 ms from now at the earliest: in a
 * later turn. */
void loop_timer_set(struct loop *l, struct timer *t, int64_t due);
void loop_timer_cancel(struct loop *l, struct timer *t); /* allowed when not set */

void loop_hook(struct loop *l, struct turn_hook *h);   /* hooks run in the order they came */
void loop_unhook(struct loop *l, struct turn_hook *h); /* not from inside a hook */
/* From inside a hook: there is more to do at once, the next wait is no sleep. Elsewhere in a turn
 * it has no effect, for the hooks are still to run. */
void loop_again(struct loop *l);

/* Runs turns until loop_stop. -1 when waiting itself fails. */
int loop_run(struct loop *l, struct err *e);
void loop_stop(struct loop *l);
/* How long turns took, the wait not counted, in microseconds. */
const struct histogram *loop_turns(const struct loop *l);

/* One turn, waiting at most `most` milliseconds (-1: as long as it takes). For tests. */
int loop_turn(struct loop *l, int64_t most, struct err *e);

/*
 * The waiting itself, written twice: loop_epoll.c and loop_poll.c. Used by loop.c alone.
 */
struct waiter;
struct waiter *waiter_new(struct err *e);
void waiter_free(struct waiter *w);
int waiter_add(struct waiter *w, struct source *s, struct err *e); /* by s->watched */
void waiter_change(struct waiter *w, struct source *s);
void waiter_remove(struct waiter *w, struct source *s);
/* Waits at most `most` ms (-1: for ever) and tells what is ready; *woken: when (clock_micros). -1
 * only on a broken waiter. */
int waiter_wait(struct waiter *w, int64_t most, int64_t *woken, struct err *e);
/* In loop.c: calls ready() unless the source did not ask for any of it. */
void source_tell(struct source *s, unsigned events);
extern const char waiter_name[]; /* "epoll" or "poll" */

#endif
