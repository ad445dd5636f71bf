/* Where the store's file is. */
#ifndef SERVE_STATE_PLACE_H
#define SERVE_STATE_PLACE_H

#include "base/err.h"
#include "cli/settings.h"

/*
 * The path of the setting [serve] store; "" when that is "memory". When it is not given: in
 * $STATE_DIRECTORY, $XDG_STATE_HOME/sockchat or ~/.local/state/sockchat, folders that are made
 * (0700). Owned by the caller; NULL: *e.
 */
char *state_place(const struct settings *st, struct err *e);

#endif
