/*
 * Messages out of what an unknown program sends: lines ended by LF or CRLF; or, from one that
 * knows no newlines, whatever comes before a silence, its fixed-size buffers padded with NULs. The
 * first newline decides: from then on only newlines end a message, and NULs are dropped. Pure: no
 * I/O, no clock.
 */
#ifndef PEER_LINES_H
#define PEER_LINES_H

#include "base/buf.h"

enum {
	LINES_MOST = 64 * 1024, /* bytes of one message; a longer one comes in several */
	LINES_SILENCE = 200, /* ms without a byte that end a message, while no newline was seen */
};

struct lines {
	struct buf text; /* of the message that is coming */
	bool newlines;   /* one was seen */
	bool given;      /* text was handed out: a new message begins */
};

void lines_init(struct lines *l);
void lines_free(struct lines *l); /* usable again, as after lines_init */

/*
 * Takes bytes off the front of *in. True: *line is a message without its end (it may be empty),
 * lent until the next call. False: *in is used up.
 */
bool lines_next(struct lines *l, struct str *in, struct str *line);
/* A silence of LINES_SILENCE from now on would end a message. */
bool lines_waiting(const struct lines *l);
/* What has come is a message: after that silence, or at the end of input. False: nothing has. */
bool lines_end(struct lines *l, struct str *line);

#endif
