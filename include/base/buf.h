/* A growing run of bytes with a ceiling that is given at birth. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/compat.h"
#include "base/str.h"

struct buf {
	char *data;     /* owned; NULL while nothing was ever put in */
	size_t len;     /* bytes in use */
	size_t cap;     /* bytes allocated */
	size_t max;     /* never grows past this many bytes */
	bool truncated; /* something did not fit, or memory was short; sticky until buf_clear */
};

/* The initialiser of an empty buffer. */
/* clang-format off */
#define BUF_INIT(max_bytes) { NULL, 0, 0, (max_bytes), false }
/* clang-format on */

void buf_free(struct buf *b);  /* frees the memory; the buffer is empty and usable again */
void buf_clear(struct buf *b); /* length 0; keeps the memory */

/* Each puts all or nothing; false, and truncated set, when it would pass max or memory is short. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_add_str(struct buf *b, struct str s);
bool buf_add_char(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Makes room for `len` more bytes and returns where they go (then set b->len); NULL as above. */
char *buf_room(struct buf *b, size_t len);

void buf_drop(struct buf *b, size_t len); /* takes `len` bytes off the front (memmove) */
struct str buf_str(const struct buf *b);
/* The contents with a NUL behind them (not counted in len); "" when memory is short. */
const char *buf_cstr(struct buf *b);

#endif
