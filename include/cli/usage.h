/* What the program says about itself, made from the tables. Each appends to a buffer. */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include "cli/effective.h"

void usage_short(const struct program *p, struct buf *out);   /* `sockchat` alone */
void usage_program(const struct program *p, struct buf *out); /* sockchat --help */
void usage_command(const struct command *c, struct buf *out); /* sockchat COMMAND --help */
void usage_version(const struct program *p, struct buf *out);

/* The settings as reference: conf/sockchat.ini, and part of the mdoc of sockchat.ini(5). */
struct reference {
	const char *name; /* sockchat help settings NAME */
	void (*write)(struct buf *out);
};
extern const struct reference references[]; /* sorted by name, ended by a NULL name */

/* --print-config: valid INI, each value with where it is from in a comment above it. */
void usage_print_config(const struct settings *s, enum command_bit command, struct buf *out);

#endif
