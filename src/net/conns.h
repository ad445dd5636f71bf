/* Between conn.c (one connection) and conns.c (all of them) alone. */
#ifndef SRC_NET_CONNS_H
#define SRC_NET_CONNS_H

#include "net/conn.h"

enum {
	/* What one connection has left over and one read behind it. */
	CONNS_SCRATCH = 2 * CONNS_INPUT_MOST,
	CONNS_GATHER = 16 * 1024,
};

struct conn_list {
	struct conn *first, *last;
};

struct conns {
	struct loop *loop;
	struct turn_hook hook;
	struct timer linger; /* when the first of those that linger has done so long enough */
	struct conns_limits limits;
	struct conn **all;
	size_t count, cap;
	/* The links are in the connections, so that listing cannot fail: with edges, what is
	 * forgotten once is never told again. */
	struct conn_list work[CONN_WORKS];
	struct conn_list waiting; /* for their ticket to be durable; linked by next[CONN_WRITES] */
	bool in_turn;
	bool stirred;       /* a queue of those that wait has changed: they are looked at again */
	uint32_t places;    /* numbers given to places */
	struct timer bulk;  /* wakes the loop when bulk has waited long enough */
	int64_t bulk_until; /* monotonic ms before which only those in a hurry are sent to */
	uint64_t durable, read, written, sends;
	void (*before_send)(void *arg);
	void *arg;
	char in[CONNS_SCRATCH];
	char gather[CONNS_GATHER]; /* many short ranges, copied together */
};

/* Lists it, unless it is listed. What joins a list while that is served waits for the next turn. */
void conns_want(struct conn *c, enum conn_work w);
void conns_wait_for_ticket(struct conn *c);      /* instead of being listed in CONN_WRITES */
void conns_stir(struct conn *c);                 /* its queue changed in the middle */
bool conns_add(struct conns *p, struct conn *c); /* false: no memory */
void conns_remove(struct conn *c);

void conn_serve_read(struct conn *c);  /* one bounded read, and the offer of it */
void conn_serve_write(struct conn *c); /* sends what is due */
void conn_free(struct conn *c);

#endif
