/* What a word being typed may become. */
#ifndef CONNECT_COMPLETE_H
#define CONNECT_COMPLETE_H

#include "connect/session.h"

enum { COMPLETE_MOST = 100 }; /* candidates */

/* Appends candidates for the word [word, cursor) of the line, each with '\n' behind it: commands at
 * the start behind a slash, channels, and people: those of the current channel, who spoke last
 * first. */
void complete_word(
    const struct session *s, struct str line, size_t word, size_t cursor, struct buf *out);

#endif
