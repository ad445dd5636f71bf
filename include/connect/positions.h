/*
 * How far each conversation was seen: its last message, by identifier and time. And which messages
 * were seen of late, so that none is told twice. Pure.
 */
#ifndef CONNECT_POSITIONS_H
#define CONNECT_POSITIONS_H

#include "base/table.h"
#include "connect/roster.h"

enum {
	POSITIONS_MOST =
	    1024, /* conversations; beyond them, people's are forgotten, oldest first */
	POSITION_ID_MOST = 128,
	POSITIONS_RECENT = 4096, /* messages that are known to have been seen */
};

struct position {
	struct str target;             /* as it was written */
	struct str key;                /* folded */
	char id[POSITION_ID_MOST + 1]; /* msgid; "": only the time is known */
	int64_t time;                  /* wall ms, by the server's clock */
	bool channel;                  /* not a person */
	char bytes[];
};

struct positions {
	struct table *table; /* NULL while there is none */
	int64_t since;       /* private messages up to then were seen, wall ms; 0: not known */
	bool changed;        /* for who keeps them */
	uint64_t recent[POSITIONS_RECENT];
	size_t next;
};

void positions_free(struct positions *p);
const struct position *positions_find(const struct positions *p, struct str target);
/* Seen up to that message, or up to that time (id empty, or too long); what is older than the
 * position does not move it. Nothing happens when memory is short: what is not known to be seen is
 * told again. */
void positions_move(
    struct positions *p, struct str target, bool channel, struct str id, int64_t time);
void positions_forget(struct positions *p, struct str target);

/* Remembers the message; true: it was seen before. One without an identifier never was. */
bool positions_seen(struct positions *p, struct str target, struct str id);

#endif
