/*
 * How often something was tried lately, by key (an address, an account): so that passwords can't be
 * guessed by trying.
 */
#ifndef AUTH_ATTEMPTS_H
#define AUTH_ATTEMPTS_H

#include <stdint.h>

#include "base/str.h"

enum { ATTEMPTS_KEYS = 16384 }; /* remembered at most; then the oldest are forgotten */

struct attempts;

struct attempts *attempts_new(void);      /* NULL: no memory */
void attempts_free(struct attempts *all); /* NULL is allowed */

/*
 * One more attempt for this key, at `now` (monotonic ms), when there were fewer than `most` (0: any
 * number) within `period` ms: 0, and it is counted. Else nothing is, and the result is in how many
 * ms one is allowed again.
 */
int64_t attempts_take(
    struct attempts *all, struct str key, size_t most, int64_t period, int64_t now);
/* The last one was none, after all: it succeeded. */
void attempts_give_back(struct attempts *all, struct str key);

#endif
