/* The subcommands: rows that main.c holds, and what walks them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/settings.h"

/* Which command a setting belongs to; bits, since some belong to two. */
enum command_bit { FOR_SERVE = 1, FOR_CONNECT = 2, FOR_PEER = 4 };

struct command {
	const char *name;
	enum command_bit bit;
	int most_words;      /* words that are no options: at most so many */
	const char *summary; /* one line, a sentence without its full stop */
	const char
	    *synopsis;     /* what follows "sockchat NAME "; several forms, a newline between two */
	const char *about; /* a paragraph for --help */
	const char *examples;        /* whole lines, "  sockchat …" each */
	int (*run)(struct cli *cli); /* returns enum exit_code */
};

struct program {
	const char *version;
	const char *const *features; /* built in, ended by NULL; an empty one is not there */
	const struct command *commands;
	size_t count;
};

/*
 * Finds the command, its settings and words, and runs it; or answers help, --version,
 * --check-config, what is misspelt. Returns the program's exit code.
 */
int cli_main(const struct program *p, int argc, char **argv);

const struct command *command_find(
    const struct program *p, struct str name); /* NULL when there is none */

#endif
