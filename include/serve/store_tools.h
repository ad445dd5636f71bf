/* `sockchat serve --check-store`, --backup and --export: a look at the store's file. */
#ifndef SERVE_STORE_TOOLS_H
#define SERVE_STORE_TOOLS_H

#include "cli/settings.h"

/* Does what the options ask for and returns an exit code; -1: they ask for nothing of the kind. */
int store_tools(struct cli *cli);

#endif
