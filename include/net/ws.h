/*
 * The WebSocket transport: to whoever reads it, each message that comes is a line; what is written
 * must be frames already (wsframe.h), for those are shared. Pings are answered here. The request
 * that opens it comes and goes as it is (handshake.h), until ws_begin().
 *
 * ws_wslay.c, or ws_none.c where wslay is not built in.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include "base/buf.h"
#include "net/conn.h"
#include "net/wsframe.h"

extern const char ws_library[]; /* "wslay", or "" */

int ws_usable(struct err *e); /* 0; -1 with a sentence where it is not built in */

enum {
	/* Bytes of one message, all its fragments together, above which the connection ends with
	 * 1009. A line that is too long but shorter is for whoever takes lines to complain of. */
	WS_MESSAGE_MOST = 64 * 1024,
	/* Bytes queued above which pings are not answered: only the last would have to be. */
	WS_PONGS_QUEUED = 64 * 1024,
	WS_READ = 16 * 1024, /* bytes read at once */
};

struct ws_reader;

/* What a connection over this transport has besides the connection itself. */
struct ws {
	struct ws_reader *reader; /* owned; NULL between two messages, as mostly */
	bool framed;              /* frames from now on */
	bool over;                /* a Close was sent, or its time has come: nothing follows it */
};

extern const struct transport transport_ws;

/* The request has been answered. */
void ws_begin(struct conn *c);
/* Queues the Close frame, unless one is; whoever uses this calls conn_finish next. */
void ws_close(struct conn *c, enum ws_code code, struct str reason);

/*
 * Takes frames apart: the messages' lines go to `out`, which has room for a byte more than there is
 * in `in`; what is to be answered goes to `replies`. All of `in` is used. False: the connection
 * ends, with the Close that is in `replies`.
 */
bool ws_decode(struct ws *w, struct str in, char *out, size_t *len, struct buf *replies);
void ws_free(struct ws *w); /* what it holds */
void ws_pool_free(void);    /* at the end of the program */

#endif
