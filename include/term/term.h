/*
 * The terminal that standard input and output are: its mode, size, bytes in and out. It is restored
 * on every way out: term_close, exit(), fatal signals. Descriptors: the terminal is opened anew so
 * that O_NONBLOCK is ours alone (0, 1 and 2 share one open file with the shell and others); where
 * that is not allowed, reads and writes ask poll() first and go in small pieces.
 */
#ifndef TERM_TERM_H
#define TERM_TERM_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum term_kind {
	TERM_NONE,  /* standard input or output is no terminal, or they are two: be a filter */
	TERM_LINES, /* TERM is dumb or unset: the terminal's own line editing, plain lines out */
	TERM_FULL,
};

/* Bytes not yet taken by the terminal at which the network should wait. */
enum { TERM_OUTPUT_HIGH = 256 * 1024 };

enum term_kind term_kind(void);
bool term_colour(void); /* a terminal that is not dumb, and NO_COLOR is unset or empty */

struct term;

/* One at a time. Raw mode and bracketed paste when TERM_FULL; TERM_NONE is an error. */
struct term *term_open(struct err *e);
/* Writes what is left for at most a second, restores; NULL is allowed */
void term_close(struct term *t);

/* To be watched: for reading, and for writing while term_pending */
int term_fd(const struct term *t);
/* Bytes read; 0: the terminal is gone (or Ctrl-D in TERM_LINES); -1: nothing to read now. */
ssize_t term_read(struct term *t, char *out, size_t size);
struct buf *term_out(struct term *t); /* append here, then term_flush */
void term_flush(struct term *t);      /* writes what the terminal takes now */
size_t term_pending(const struct term *t);

/* Asks the kernel; 80 x 24 when it does not know. */
void term_size(const struct term *t, unsigned *columns, unsigned *rows);
/* Raw again, after SIGCONT or when another program changed the mode. */
void term_resume(struct term *t);
/* Restores, stops the whole job as Ctrl-Z does, and comes back raw when it continues. */
void term_suspend(struct term *t);

#endif
