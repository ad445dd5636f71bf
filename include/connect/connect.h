/* The subcommand `sockchat connect`. */
#ifndef CONNECT_CONNECT_H
#define CONNECT_CONNECT_H

#include "cli/settings.h"

int connect_main(struct cli *cli); /* returns enum exit_code */

#endif
