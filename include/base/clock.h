/* Time in milliseconds. Tests may put a fake clock in its place. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

int64_t clock_monotonic(void); /* never goes back; for timeouts */
int64_t clock_micros(void);    /* the same in microseconds, for measuring */
int64_t clock_wall(void);      /* since 1970-01-01 UTC; for people and server-time */

/* For tests: fixes both clocks at these values until the next call; (-1, -1): real time again. */
void clock_fake(int64_t monotonic, int64_t wall);

enum { CLOCK_ISO_SIZE = 25 };
/* "2026-11-21T03:04:05.678Z" (IRCv3 server-time) and a NUL, 25 bytes; returns 24. */
size_t clock_iso(int64_t wall, char out[CLOCK_ISO_SIZE]);
/* The moment that such a text tells (years 1970 to 9999); the fraction may have any number of
 * digits up to nine, or be left out. False: it is none. */
bool clock_parse(struct str text, int64_t *wall);

#endif
