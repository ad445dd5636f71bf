/* The configuration file: INI, read by inih line by line, each line looked at first. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/effective.h"
#include "cli/problems.h"

enum {
	CONFIG_LINE_MOST = 198,         /* bytes of a line: what inih takes whole */
	CONFIG_FILE_MOST = 1024 * 1024, /* bytes of a file */
};

/* Applies the text of a file (any bytes) to s; what is wrong with it goes to problems as
 * "NAME:LINE: [section] key: what is wrong; what is allowed". */
void config_parse(struct settings *s, const char *name, struct str text, struct problems *wrong);

enum config_load {
	CONFIG_LOADED,
	CONFIG_MISSING, /* no such file: no problem added, it need not be one */
	CONFIG_DENIED,  /* no permission: likewise */
	CONFIG_WRONG,   /* unreadable; said in problems */
};
/*
 * Reads the file whole and parses it. `again`: for a reload, only an ordinary file is read
 * (nothing blocks).
 */
enum config_load config_load(
    struct settings *s, const char *path, bool again, struct problems *wrong);

#endif
