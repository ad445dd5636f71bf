/* Lines out of bytes, without looking at any byte twice. No I/O, no allocation. */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdint.h>

#include "base/str.h"

struct frame {
	uint32_t scanned; /* bytes of the input known to hold no newline */
	bool overlong; /* the line that is coming passed the limit: it is dropped up to its end */
};

enum frame_result {
	FRAME_MORE,     /* no whole line yet: come again with more bytes */
	FRAME_LINE,     /* *line, without its LF or CRLF */
	FRAME_OVERLONG, /* a line passed the limit: said once, as it does; its rest is dropped */
};

/* Takes one line off the front of *in. `limit`: the longest line in bytes, its end not counted. */
enum frame_result frame_next(struct frame *f, struct str *in, size_t limit, struct str *line);

#endif
