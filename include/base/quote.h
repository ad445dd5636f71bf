/* Text in quotes: of JSON, and of the log. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include "base/buf.h"

/* Appends a string of JSON with its quotes; bytes that are not UTF-8 become U+FFFD, and what a
 * terminal would take for more than text is escaped. */
void quote_json(struct buf *b, struct str s);

#endif
