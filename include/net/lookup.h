/* Host names to addresses on a helper thread, so that the loop never waits for a name server. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "net/addr.h"
#include "net/loop.h"

struct lookup;

struct lookup_handler {
	/* The last call, once. On success `found` has addresses, which may be taken (then empty
	 * it), and why is NULL; else found is empty and `why` is one sentence. */
	void (*done)(void *arg, struct addr_list *found, const char *why);
};

/* done() is never called from in here. */
struct lookup *lookup_start(struct loop *l, struct str host, uint16_t port,
    const struct lookup_handler *handler, void *arg, struct err *e);
/* done() will not be called. getaddrinfo cannot be interrupted: what belongs to the look-up stays
 * with the loop until the thread comes back, and is freed then. */
void lookup_cancel(struct lookup *k);

#endif
