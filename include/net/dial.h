/*
 * Connecting outward, on the loop, without ever blocking it: names are looked up on a helper
 * thread, all addresses of a name are tried, families taking turns, 250 ms apart (RFC 8305); the
 * first that answers wins.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/addr.h"
#include "net/loop.h"

enum {
	DIAL_STAGGER = 250,   /* ms until the next address is tried as well; RFC 8305 section 5 */
	DIAL_MOST = 16,       /* addresses tried */
	DIAL_UNIX_RETRY = 50, /* ms; a Unix socket whose backlog is full */
	DIAL_TIMEOUT = 10000, /* ms, when the target says 0 */
};

enum dial_result {
	DIAL_CONNECTED,
	DIAL_UNRESOLVED,  /* no such host, or the name server did not answer */
	DIAL_REFUSED,     /* nobody listens there; a Unix path that does not exist, too */
	DIAL_UNREACHABLE, /* no way there */
	DIAL_TIMED_OUT,
	DIAL_FAILED, /* permission, source address not here, anything else */
};

/* The texts need to live only during dial_start. Empty: not given. */
struct dial_target {
	struct str host; /* name or numeric address, without brackets */
	uint16_t port;
	struct str path;      /* a Unix path instead; "@name" is abstract */
	struct str source;    /* the local address to come from (or a name of it) */
	struct str interface; /* the interface, or a label of one, to go out by */
	int64_t timeout;      /* ms for everything, the look-up included; 0: DIAL_TIMEOUT */
};

struct dial;
struct dial_handler {
	/* The last call, once. fd: connected, non-blocking, close-on-exec, TCP_NODELAY; the
	 * owner's from now on. Otherwise -1, *peer is empty, and `why` is one sentence. The dial
	 * is gone afterwards. */
	void (*done)(
	    void *arg, int fd, enum dial_result result, const struct addr *peer, const char *why);
};

/* NULL when memory is short or the source is wrong. done() is never called from in here. */
struct dial *dial_start(struct loop *l, const struct dial_target *t,
    const struct dial_handler *handler, void *arg, struct err *e);
void dial_cancel(struct dial *d); /* done() will not be called; not for use inside done() */

#endif
