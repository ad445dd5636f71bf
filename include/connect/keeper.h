/*
 * Keeps the positions while the program runs (--resume): at most once a second, by a helper thread,
 * and only when everything up to them was written out.
 */
#ifndef CONNECT_KEEPER_H
#define CONNECT_KEEPER_H

#include "connect/positions.h"
#include "connect/resume.h"
#include "net/loop.h"

enum { KEEPER_PAUSE = 1000 }; /* ms */

struct keeper;

/*
 * Takes the positions out of the file, which no other process has until keeper_close. `written`:
 * what was told so far has left the program. The positions are lent. NULL with a sentence
 * (EXIT_STORE).
 */
struct keeper *keeper_open(struct loop *l, const char *path, struct positions *positions,
    bool (*written)(void *owner), void *owner, struct err *e);
/* The loop has ended. -1: what was written out last could not be kept. NULL is allowed. */
int keeper_close(struct keeper *k, struct err *e);

#endif
