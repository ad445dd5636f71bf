/*
 * Standard output as other programs have it: it may be slow, or gone. Nothing here blocks, and the
 * descriptor, which others may share, is not changed.
 */
#ifndef CONNECT_OUTFLOW_H
#define CONNECT_OUTFLOW_H

#include "base/buf.h"
#include "net/loop.h"

enum {
	OUTFLOW_HIGH = 64 * 1024, /* bytes waiting: let the network wait */
	OUTFLOW_LOW = 16 * 1024,  /* and go on */
	OUTFLOW_MOST = 1024 * 1024,
};

struct outflow {
	struct loop *loop;
	struct source source;
	struct buf buf; /* append here, then outflow_flush */
	bool is_pipe;   /* for writing only */
	bool closed;    /* nobody reads any more: what is appended is dropped */
	int error;      /* errno of a write that failed for another reason; 0 none */
	void (*changed)(struct outflow *o); /* some was written later, or it closed */
};

int outflow_open(
    struct outflow *o, struct loop *l, int fd, void (*changed)(struct outflow *o), struct err *e);
void outflow_close(struct outflow *o); /* forgets what waits; the descriptor stays open */
void outflow_flush(struct outflow *o); /* writes what can be taken now */

#endif
