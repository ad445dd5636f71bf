/* The subcommand `sockchat peer`. */
#ifndef PEER_PEER_H
#define PEER_PEER_H

#include "cli/settings.h"

int peer_main(struct cli *cli); /* returns enum exit_code */

#endif
