/* News as lines of text for other programs. */
#ifndef CONNECT_PRINT_H
#define CONNECT_PRINT_H

#include "connect/session.h"

/*
 * Appends a line for what somebody said, and nothing for other news:
 *     alice: text              in the current conversation
 *     * alice text             likewise, /me
 *     -alice- text             likewise, a notice
 *     [alice -> #other] text   said elsewhere; what was said to us in private is "-> you"
 * Control characters and what is not UTF-8 come out escaped. False when nothing was to be printed.
 */
bool print_news(struct buf *out, const struct session *s, const struct news *n);

#endif
