/*
 * A connection is bytes: a descriptor, a transport, what could not yet be sent or understood. It
 * knows no protocol. All connections of a loop belong to one `struct conns`, which at the end of
 * each turn reads what is readable (a bounded amount each), sends once for each that has something
 * due, and frees what died.
 *
 * A connection's life: conn_open -> bytes()... -> closed(), after which it is freed at the end of
 * the turn; the owner must forget it in closed().
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/loop.h"
#include "net/outq.h"

struct conn;
struct conns;

/* What an owner hears. Any but bytes and closed may be NULL. */
struct conn_handler {
	/* All input not yet used: a byte more than last time at least, or the same again after a
	 * pause. Returns how many bytes it used up; the rest comes again with more behind it. Stops
	 * early when it pauses the connection. */
	size_t (*bytes)(struct conn *c, struct str in);
	/* The other side will send no more (what is left over was offered last; see conn_unused).
	 * NULL: conn_finish. */
	void (*end_of_input)(struct conn *c);
	/* Everything queued has been handed to the kernel; told once for each conn_want_drained,
	 * unless the connection is finished or ends before. */
	void (*drained)(struct conn *c);
	/* More is queued than the limit, and the kernel takes nothing. True: the owner has done
	 * something about it (conn_shed), or lets it be; else, and where this is NULL, the
	 * connection ends with "send queue exceeded". */
	bool (*overfull)(struct conn *c);
	/* A proxy has said from where the connection is, before any bytes() (net/proxy.h); NULL: it
	 * is the proxy's own. */
	void (*came_from)(struct conn *c, const struct addr *from);
	/* All before this place has been handed to the kernel, which takes more. */
	void (*place_reached)(struct conn *c, uint32_t place);
	/* It is over; `reason` is for people and lives during the call. The last call. */
	void (*closed)(struct conn *c, const char *reason);
};

/* Moves bytes; on -1 errno tells: EAGAIN is no failure, anything else ends the connection. */
struct transport {
	/* 0: end of input. EINTR: nothing for the owner yet, but more may be there at once. */
	ssize_t (*read)(struct conn *c, void *data, size_t len);
	ssize_t (*write)(struct conn *c, const struct iovec *parts, int count);
	int (*shut)(struct conn *c); /* no more will be written */
	void (*end)(struct conn *c); /* frees what its state holds; may be NULL */
	size_t state;                /* bytes that it has beside each connection: transport_state */
	bool short_read_is_all;      /* a read of less than was asked for: nothing more is there */
	const char *name;            /* "plain" */
};
extern const struct transport transport_plain;
void *transport_state(struct conn *c); /* zeroed at first */

enum conn_state {
	CONN_OPEN,
	CONN_FINISHING, /* reads nothing more; sends what is queued, then says that it ends */
	/* Has said so; drops input until the other side ends too, a second at most, lest the kernel
	 * throw away what is on its way to it. */
	CONN_LINGERING,
	CONN_DEAD, /* waits for the end of the turn */
};

/* What a turn has to do for a connection; each is a list in the pool. */
enum conn_work { CONN_READS, CONN_HURRIES, CONN_WRITES, CONN_LINGERS, CONN_DIES, CONN_WORKS };

struct conn {
	struct outq out; /* whoever announces may outq_extend it while the connection is open */
	/* What a fan-out looks at stands beside the queue. */
	uint8_t listed;                  /* bit n: in list n */
	uint8_t state;                   /* enum conn_state */
	bool readable : 1, writable : 1; /* remembered until EAGAIN */
	bool paused : 1;                 /* by the owner: reads nothing, offers nothing */
	bool ended : 1;                  /* end of input was seen */
	bool shut_wanted : 1, shut_done : 1;
	bool hangup : 1;       /* the other side has ended or broken off: read until that shows */
	bool want_drained : 1; /* drained() is owed */
	bool broken : 1;       /* memory ran out while queueing: ends when its turn to send comes */
	bool fresh : 1;        /* what is left over is to be offered again */
	bool hurried : 1;      /* what waits for its ticket answers its own question */
	uint32_t place;        /* in the pool */
	struct source source;
	struct conns *pool;
	const struct transport *transport;
	const struct conn_handler *handler;
	void *owner;            /* the owner's */
	struct conn_rest *rest; /* input not used up; NULL mostly: an idle one holds no buffer */
	uint64_t bytes_read, bytes_written;
	int64_t linger_until;
	struct conn *next[CONN_WORKS]; /* in the pool's lists */
};

enum { CONNS_INPUT_MOST = 64 * 1024 }; /* for input and a_turn; 1 is the least */

struct conns_limits {
	/* Bytes left unused above which a connection ends with "the line is too long". */
	size_t input;
	/* Bytes queued above which one that takes no more at the moment is overfull (see
	 * conn_handler); 0: no limit. What waits for its ticket is not held against it. */
	size_t sendq;
	size_t a_turn; /* bytes read from one connection a turn */
};

struct conns *conns_new(struct loop *l, const struct conns_limits *limits, struct err *e);
/* Ends every connection without a word; closed() is called and must open none. Before loop_free. */
void conns_free(struct conns *p);
/* Also for those that are open. Out of range: the nearest that is not. */
void conns_set_limits(struct conns *p, const struct conns_limits *limits);
size_t conns_count(const struct conns *p);
/* Ranges are sent when their ticket is at most this one; OUTQ_ALL_DURABLE at first. */
void conns_set_durable(struct conns *p, uint64_t ticket);
/* Takes bytes out of every queue (outq.h, outq_withdraw): none of them was sent, for their ticket
 * is not durable. A queue that memory is too short for breaks its connection. */
void conns_withdraw(struct conns *p, const struct chunk_void *voids, size_t count);
uint64_t conns_bytes_read(const struct conns *p); /* over all connections, the ended ones too */
uint64_t conns_bytes_written(const struct conns *p);
/* Before the sends of each turn; to close the turn's books (store, audiences). */
void conns_before_send(struct conns *p, void (*fn)(void *arg), void *arg);

/* fd: a connected, non-blocking, close-on-exec stream socket; taken, also on failure (NULL). */
struct conn *conn_open(
    struct conns *p, int fd, const struct conn_handler *handler, void *owner, struct err *e);
/* The same over another transport than the plain one. */
struct conn *conn_open_over(struct conns *p, int fd, const struct transport *transport,
    const struct conn_handler *handler, void *owner, struct err *e);

/*
 * Both queue nothing once the connection finishes, is shut or has ended. Neither calls anybody
 * back, for the caller may be walking what closed() would change: when memory is short the
 * connection ends with this turn's sends.
 */
/* Queues a copy of the bytes, any length. False when they were not all queued. */
bool conn_write(struct conn *c, struct str bytes);
/* Queues a shared range (outq.h); the chunk is referenced, not copied. */
void conn_push(struct conn *c, struct chunk *chunk, uint32_t from, uint32_t to, uint64_t ticket);
/* What is queued answers this connection's own question: it is sent this turn, before what others
 * only overhear, which may wait a moment for more when sending to all takes long (conns.c,
 * serve_bulk). */
void conn_hurry(struct conn *c);
/* See outq_shed; its places are numbered by conn_place_number. */
bool conn_shed(struct conn *c, const struct outq_shedding *to);
uint32_t conn_place_number(struct conn *c);
size_t conn_queued(const struct conn *c); /* bytes not yet taken by the kernel */
/*
 * What the kernel has taken and the other side has not, in units of the kernel's (on a Unix socket
 * what its buffers weigh, which goes by some 36 KiB at a time): good for telling that it has become
 * less, long before the kernel takes more. A system call; 0 where the kernel does not tell.
 */
size_t conn_untaken(const struct conn *c);

/* A copy of the bytes, sent before everything that waits for the ticket `before` or a later one. */
void conn_write_before(struct conn *c, uint64_t before, struct str bytes);
/* A place in the queue for what is known later: lines queued behind it wait until it is closed.
 * Returns its number; 0 when the connection takes no output or memory is short. */
uint32_t conn_place(struct conn *c);
void conn_fill(struct conn *c, uint32_t place, struct str bytes); /* a copy goes before the place */
void conn_close_place(struct conn *c, uint32_t place);            /* 0 is allowed */

/* The input that was offered and not used up; lent until it is forgotten or the turn ends, not for
 * use inside bytes(). And: it counts as used now. */
struct str conn_unused(const struct conn *c);
void conn_forget_unused(struct conn *c);
/* The other side has said all that it will, and all of it was used: of who is paused, so that
 * end_of_input() did not come. */
bool conn_is_deserted(const struct conn *c);

/* drained() will be called, with this turn's sends at the earliest; from inside it, the next's. */
void conn_want_drained(struct conn *c);

void conn_pause(struct conn *c);  /* stops reading and offering input */
void conn_resume(struct conn *c); /* what is left over is offered again this turn or the next */
/* Sends what is queued, then closes. The owner bounds the time (conn_kill). */
void conn_finish(struct conn *c);
/* Sends what is queued, then says that no more will come; reading goes on. */
void conn_shut(struct conn *c);
/* For whoever may not be called back now, with memory too short to tell the other side what it is
 * owed: nothing more is queued, and it ends with this turn's sends. */
void conn_break(struct conn *c);
/* Ends it in this turn, what is queued is dropped. closed(reason) is called at once. */
void conn_kill(struct conn *c, const char *reason);

#endif
