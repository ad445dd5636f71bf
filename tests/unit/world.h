/*
 * Hubs for tests, and what happens in them as scripts: events divided by ';', "nick VERB words".
 * Each is applied, announced to nobody, and settled.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "expect.h"
#include "hub/hub.h"

enum { WORLD_CHANGES = 8 };

struct world {
	struct hub *hub;
	struct event last;
	struct mode_change changes[WORLD_CHANGES];
};

/* With a, b and c, and clocks that stand still. */
void world_open(struct world *w);
void world_close(struct world *w);
/* One event; of a script the last one's verdict. */
enum verdict world_apply(struct world *w, struct str line);
enum verdict world_play(struct world *w, const char *script);

#endif
