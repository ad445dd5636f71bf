/*
 * Finding the other side: waiting for it, going to it, or at a Unix socket whichever is possible:
 * the first to come waits, the second joins.
 */
#ifndef PEER_MEET_H
#define PEER_MEET_H

#include "net/addr.h"
#include "net/loop.h"

/*
 * What was asked for; texts are lent for the life of the meet. One of listen, path and host is
 * given.
 */
struct meet_config {
	struct str listen; /* [ADDRESS:]PORT to wait at */
	struct str bind;   /* with listen: the address or interface */
	struct str path;   /* Unix socket */
	struct str host;   /* to go to, with port */
	uint16_t port;
	struct str source, interface; /* when going */
	int backlog;
	bool keep;       /* goes on listening while somebody is there: meet_again */
	int64_t timeout; /* ms, for going */
};

struct meet_handler {
	/* fd: connected, non-blocking, close-on-exec; taken. waited: it came to us. */
	void (*met)(void *arg, int fd, const struct addr *other, bool waited);
	void (*waiting)(void *arg, const char *where); /* "127.0.0.1:5000, [::1]:5000" */
	void (*failed)(void *arg, const char *why);    /* for good; a network error */
};

struct meet;

/* NULL when memory is short. */
struct meet *meet_new(
    struct loop *l, const struct meet_config *c, const struct meet_handler *h, void *arg);
void meet_free(struct meet *m); /* NULL is allowed */
/* -1: not possible at all (a port in use, no such address). Else one of the handlers is called, not
 * before the loop runs but for waiting(). */
int meet_begin(struct meet *m, struct err *e);
/* The other side left: waits for the next one. False: it does not (no keep, or we went to it). */
bool meet_again(struct meet *m);

#endif
