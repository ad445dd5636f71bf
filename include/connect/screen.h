/* `sockchat connect` at a terminal. */
#ifndef CONNECT_SCREEN_H
#define CONNECT_SCREEN_H

#include "connect/plan.h"

/* Runs until the person leaves; returns the exit code. The terminal is as it was before. */
enum exit_code screen_run(struct loop *l, const struct plan *plan);

#endif
