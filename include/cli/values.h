/* The kinds of values: from text, back to text, and what is allowed, in words. No I/O. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "cli/options.h"

/*
 * One value (of a list: one item). 0 and *number (the place of an enumeration's name; 0 for
 * texts), or -1 and "'x' is wrong so; this is allowed" in *e. The built-in default of
 * what is no list is always right.
 */
int value_parse(const struct setting_row *r, struct str text, int64_t *number, struct err *e);

/* "a whole number from 1 to 65535": what the row allows, for messages and for the manual. */
void value_allowed(const struct setting_row *r, struct buf *out);

/* As one would write it, shortest: 64K, 30s, yes, 0600. */
void value_number_show(const struct setting_row *r, int64_t number, struct buf *out);

/* Appends text for a message: safe to show, cut at 60 bytes with "..." behind. */
void value_quote(struct str text, struct buf *out);

#endif
