/* Where settings come from: the command line, the environment, a file. For cli only. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "cli/command.h"
#include "cli/problems.h"

/* A flag as given. */
struct given {
	const struct setting_row *row;
	struct str text; /* into argv, or "yes" or "no" */
};

enum { SOURCE_FLAGS_MOST = 1000 }; /* on one command line */

struct cli_source {
	const struct command *command;
	const char *config;        /* --config FILE, or NULL */
	const char *user_config;   /* else this one; NULL when there is no home */
	const char *system_config; /* else this one */
	bool check, print, help;   /* --check-config, --print-config, --help */
	struct given *flags;       /* owned, in the order given */
	size_t count;
	char *user_path; /* owned: what user_config points to */
};

/* Finds the user's file by XDG_CONFIG_HOME and HOME. False when memory is short. */
bool source_init(struct cli_source *src, const struct command *command);
void source_free(struct cli_source *src);

/*
 * Reads the flags of argv (argv[0] is the command); returns the index of the first word, argv
 * being put in order as getopt does. What is wrong goes to problems, one sentence without
 * "sockchat COMMAND: ".
 */
int source_flags(
    struct cli_source *src, const struct program *p, int argc, char **argv, struct problems *wrong);

/*
 * Default, file, environment, flags, in this order. NULL when memory is short. What is wrong with
 * the flags goes to usage, what with the rest to wrong; then the settings returned are good for
 * nothing but freeing. `again`: a reload.
 */
struct settings *source_apply(
    const struct cli_source *src, bool again, struct problems *usage, struct problems *wrong);

#endif
