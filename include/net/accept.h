/*
 * Taking newcomers from listening sockets. When descriptors run out, those who come are told so in
 * one line, by means of a descriptor held in reserve, and accepting pauses instead of spinning.
 * Used by listen.c; limits are in listen.h.
 */
#ifndef NET_ACCEPT_H
#define NET_ACCEPT_H

#include "net/addr.h"
#include "net/loop.h"

/* One listening socket; embedded by its owner, who sets source.fd and closes it. */
struct acceptor {
	struct source source; /* first: it is found by it */
	struct accepting *of;
	struct acceptor *next;
};

/* All listening sockets of a loop. */
struct accepting {
	struct loop *loop; /* NULL: not begun, or ended */
	struct acceptor *first;
	struct timer again; /* set while paused */
	int reserve;        /* -1: could not be opened again yet */
	bool paused;
	bool said; /* logged, until somebody is accepted again */
	/* fd is non-blocking and close-on-exec, and is taken. */
	void (*accepted)(struct acceptor *a, int fd, const struct addr *peer);
	struct str (*full)(const struct acceptor *a); /* what those are told who cannot be served */
};

int accepting_begin(struct accepting *p, struct loop *l, struct err *e);
int accepting_add(struct accepting *p, struct acceptor *a, struct err *e);
void accepting_hold(struct accepting *p);   /* pauses until accepting_resume */
void accepting_resume(struct accepting *p); /* nothing when it has not paused */
/* Tells a newcomer the line or lines, and closes; the descriptor is taken. Never blocks. */
void accept_turn_away(int fd, struct str lines);
void accepting_end(struct accepting *p); /* allowed inside accepted(), and when not begun */

#endif
