/* Text made fit to be sent: valid, and in pieces that no server has to cut. Pure. */
#ifndef CONNECT_SPLIT_H
#define CONNECT_SPLIT_H

#include "base/buf.h"

/*
 * How many bytes of text the first piece of at most `room` bytes has: all of it when it fits; else
 * up to behind the last blank in the second half of the room, else up to a boundary between
 * grapheme clusters, else between characters. At least one character, so a room of 4 and more is
 * always kept to. The pieces put together are the text.
 */
size_t split_first(struct str text, size_t room);

/*
 * Appends the text as it may stand in a line: what is not UTF-8 becomes U+FFFD, one for each byte;
 * NUL is dropped; a CR or LF inside becomes a space. Returns how many bytes were not UTF-8.
 */
size_t split_clean(struct buf *out, struct str text);

#endif
