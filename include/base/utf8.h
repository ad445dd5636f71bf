/* UTF-8: decoding, validity, display width, grapheme clusters, and showing foreign text safely. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

/*
 * Decodes one code point from the front of s: its length in bytes 1..4 and *cp; 0 when the bytes
 * there are not valid UTF-8 (overlong forms, surrogates and values over U+10FFFF are not) or s is
 * empty.
 */
size_t utf8_decode(struct str s, uint32_t *cp);
size_t utf8_encode(uint32_t cp, char out[4]); /* bytes written; 0 for what cannot be encoded */
bool utf8_valid(struct str s);
/* How many bytes from the start are printable ASCII (0x20 to 0x7e): most lines are that and nothing
 * else, and it is found out eight bytes at a time. At most 7 less than there are when something
 * else follows. */
size_t utf8_printable(struct str s);
/* Length of the longest prefix of at most `max` bytes that ends on a character boundary. */
size_t utf8_prefix(struct str s, size_t max);
/* Number of code points; a byte that is not UTF-8 counts as one. */
size_t utf8_count(struct str s);

/*
 * The bytes of the first grapheme cluster of s (Unicode TR29 with utf8proc; without it a character
 * and the zero-width ones behind it); a byte that is not UTF-8 is one of its own. 0 when s is
 * empty.
 */
size_t utf8_grapheme(struct str s);
/* Columns on a terminal, 0..2 a cluster; control characters and bad bytes count 1. */
unsigned utf8_width(struct str s);

/*
 * Appends s to out, safe to show on a terminal: control characters (C0, DEL, C1), bidi overrides
 * and bytes that are not UTF-8 come out as \xNN or \u{NNNN}; everything else is unchanged.
 */
void utf8_show(struct buf *out, struct str s);

#endif
