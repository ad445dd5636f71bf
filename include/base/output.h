/* Lines on standard output and error from a program that must not wait for whoever reads them. */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include "base/str.h"

enum { OUTPUT_MOST = 4096 /* PIPE_BUF: a pipe that takes anything takes as much at once */ };

/*
 * Writes up to OUTPUT_MOST bytes, the rest is left out. False when nobody takes them now (a pager
 * that was left standing, a terminal stopped by Ctrl-S): nothing was written. A reader that is gone
 * for good is no failure: there is nobody to miss anything.
 */
bool output_try(int fd, struct str text);

#endif
