/*
 * Standard input as lines, read no further ahead than asked for. Nothing here blocks once the loop
 * says that there is something to read, and the descriptor is not changed.
 */
#ifndef CONNECT_INFLOW_H
#define CONNECT_INFLOW_H

#include "base/buf.h"
#include "net/loop.h"

enum { INFLOW_LINE_MOST = 64 * 1024 }; /* bytes; a longer line is taken in parts, between words */

struct inflow {
	struct loop *loop;
	struct source source;
	struct buf buf;
	size_t scanned;                 /* bytes of it known to hold no newline */
	bool ended;                     /* end of input, or a failure */
	int error;                      /* errno of the failure; 0 none */
	bool inside;                    /* the next part belongs to the line before it */
	uint64_t number;                /* of the line returned last, from 1 */
	void (*more)(struct inflow *i); /* something came, or it ended */
};

/* Reads nothing until inflow_want. */
int inflow_open(
    struct inflow *i, struct loop *l, int fd, void (*more)(struct inflow *i), struct err *e);
void inflow_close(struct inflow *i);
void inflow_want(struct inflow *i, bool want);
/* The next line, without its LF or CRLF, lent until the next call for which inflow_drop(i, used) is
 * due; the last one needs no newline. False: none is here yet, or none is left. */
bool inflow_line(struct inflow *i, struct str *line, size_t *used);
void inflow_drop(struct inflow *i, size_t used);
/* Nothing is left of it, and nothing will come. */
bool inflow_done(const struct inflow *i);
/* Whether something is there that was not taken: looks, reading a byte if need be. */
bool inflow_left(struct inflow *i);

#endif
