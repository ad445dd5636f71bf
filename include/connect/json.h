/* News as NDJSON: from jansson (json_jansson.c) or not built in (json_none.c). */
#ifndef CONNECT_JSON_H
#define CONNECT_JSON_H

#include "base/buf.h"
#include "connect/news.h"

extern const char json_library[]; /* "jansson" or "": not built in */

/*
 * Appends one object and a newline: time (RFC 3339, UTC), kind, from, to, text, id, always all of
 * them, null where there is nothing; for a kick `who`, for an invitation `channel`; `missed` is
 * true for what was fetched later. What is not
 * UTF-8 comes out as U+FFFD. False when it does not fit or memory is short (nothing is appended),
 * or not built in.
 */
bool json_news(struct buf *out, const struct news *n);

#endif
