/* `sockchat serve --add-account NAME` and its like: changes in the store while no server runs. */
#ifndef SERVE_ACCOUNT_TOOLS_H
#define SERVE_ACCOUNT_TOOLS_H

#include "cli/settings.h"

/* Does what the options ask for and returns an exit code; -1: they ask for nothing of the kind. */
int account_tools(struct cli *cli);

#endif
