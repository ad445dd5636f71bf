/* `sockchat connect` as a filter: lines in, lines out. */
#ifndef CONNECT_PIPE_H
#define CONNECT_PIPE_H

#include "connect/plan.h"

/*
 * Runs until all is done; returns the exit code. Each line of standard input is said where the
 * session talks; what others say comes out on standard output, what goes wrong is said on standard
 * error.
 */
enum exit_code pipe_run(struct loop *l, const struct plan *plan);

#endif
