/* The subcommand `sockchat serve`. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "cli/settings.h"

int serve_main(struct cli *cli); /* returns enum exit_code */

#endif
