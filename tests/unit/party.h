/*
 * Connections whose other side is written by the test: a transport that moves as little as it is
 * told to, refuses, fails and ends when it should, and tells of readiness as edges do. The socket
 * beneath never becomes ready by itself.
 */
#ifndef TESTS_UNIT_PARTY_H
#define TESTS_UNIT_PARTY_H

#include "base/buf.h"
#include "net/conn.h"
#include "net/frame.h"

enum { SCENE_MOST = 16 };

/* A connection, its owner and its other side. Zeroed: moves everything, owns nothing, says
 * nothing. */
struct party {
	struct scene *scene;
	struct conn *conn; /* NULL once closed() was called */

	/* the other side */
	struct buf sent;              /* by it, and not read yet */
	struct buf taken;             /* what it was sent */
	bool fin;                     /* behind `sent` is the end of input */
	int read_error, write_error;  /* errno behind `sent`; of the next write */
	size_t read_most, write_most; /* bytes a call; 0: no limit */
	size_t room;                  /* bytes it takes until told more */
	bool full;                    /* room counts; else there is always room */
	unsigned every;               /* each n-th call fails with EAGAIN; 0: none */
	unsigned calls, reads, writes, shuts;
	bool read_owed, write_owed; /* EAGAIN was said: an edge is to follow */
	int other;

	/* the owner */
	struct buf got; /* what it used up; in lines: without CR */
	struct frame frame;
	unsigned offers, ends, drains, closes;
	char reason[64];
	size_t (*bytes)(struct party *p, struct str in); /* NULL: uses up everything */
	void (*ended)(struct party *p);                  /* NULL: finishes */
	void (*drained)(struct party *p);
	bool (*overfull)(struct party *p); /* NULL: nothing is done about it */
	void (*reached)(struct party *p, uint32_t place);
	void (*closed)(struct party *p);
	struct party *victim; /* for the hooks of a test */
	const char *say;
};

/* How little comes and goes at a time: bytes a call, and each n-th call is refused. */
struct pace {
	size_t most;
	unsigned every;
};
enum { PACES = 8 };
extern const struct pace paces[PACES];

struct scene {
	struct loop *loop;
	struct conns *pool;
	struct party *parties[SCENE_MOST];
	size_t count;
	struct err err;
};

void scene_start(struct scene *s, const struct conns_limits *limits); /* NULL: wide ones */
void scene_enter(struct scene *s, struct party *p);                   /* opens its connection */
void scene_end(struct scene *s);
void scene_turn(struct scene *s); /* one, without sleeping */
/* Turns, and the edges that are owed, until nothing moves any more; false: it does so for ever. */
bool scene_settle(struct scene *s);

/* For `bytes`: takes whole lines only; takes one line, then pauses. */
size_t party_lines(struct party *p, struct str in);
size_t party_one_line(struct party *p, struct str in);
void party_send(struct party *p, const char *text); /* the other side sends, and the kernel tells */
void party_end(struct party *p, int error);         /* it ends: 0: in order, else with errno */
void party_take(struct party *p, size_t bytes);     /* it makes room */

#endif
