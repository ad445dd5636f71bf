/*
 * How the values in effect come about: layer over layer, each value knowing where it is from. For
 * cli only.
 */
#ifndef CLI_EFFECTIVE_H
#define CLI_EFFECTIVE_H

#include "cli/options.h"

enum layer { LAYER_DEFAULT, LAYER_FILE, LAYER_ENVIRONMENT, LAYER_FLAG }; /* a later one wins */

struct origin {
	enum layer layer;
	unsigned line; /* of the file */
};

/*
 * Sets one value, or adds to a list that the same layer began. A lower layer than the value's is
 * checked and then ignored. -1 with what is wrong and what is allowed in *e; the value is then
 * unchanged.
 */
int settings_put(struct settings *s, const struct setting_row *r, struct origin from,
    struct str text, struct err *e);

struct origin setting_origin(const struct settings *s, enum setting id);

/* Which file was read; "" none. Copied; false when memory is short. */
bool settings_set_file(struct settings *s, const char *file);
const char *settings_file(const struct settings *s);

#endif
