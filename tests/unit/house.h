/* A whole server without a process, and people on socket pairs, turn by turn. */
#ifndef TESTS_UNIT_HOUSE_H
#define TESTS_UNIT_HOUSE_H

#include "expect.h"
#include "serve/session.h"

enum { ANN, BOB, EVE, PEOPLE_MOST };

struct house {
	struct server sv;
	struct cli cli;
	int fds[PEOPLE_MOST];
	bool came[PEOPLE_MOST];
	char heard[65536];
};

void house_open(struct house *h); /* nobody is in it; the store is in memory */
/* Somebody comes in over what looks like TCP, and says these lines. */
void house_enter(struct house *h, int who, const char *lines);
void house_turns(struct house *h); /* as many as anything takes that waits for nothing */
void house_say(struct house *h, int who, const char *lines);
/* What they were told since the last time; lent until the next call. */
const char *house_hear(struct house *h, int who);
/* Reads, and whether their connection has ended. */
bool house_gone(struct house *h, int who);
void house_leave(struct house *h); /* all hang up, and nobody hears of it yet */
void house_shut(struct house *h);  /* the server's end */
/* Both, with a look at what is left of them. */
void house_close(struct house *h);

#endif
