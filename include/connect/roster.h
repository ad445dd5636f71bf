/* The channels we are in, or mean to be in, and who else is there. */
#ifndef CONNECT_ROSTER_H
#define CONNECT_ROSTER_H

#include "base/buf.h"
#include "base/table.h"
#include "irc/limits.h"

enum {
	ROSTER_MOST = 256,           /* channels */
	ROSTER_NAME_MOST = 200,      /* bytes of a name (RFC 2812, 1.3) */
	ROSTER_PEOPLE_MOST = 100000, /* known in one channel; more are not completed or listed */
};

struct member {
	uint64_t spoke;  /* the later, the larger; 0: not yet */
	struct str name; /* as it is written */
	struct str key;  /* folded */
	char bytes[];
};

struct room {
	char name[ROSTER_NAME_MOST + 1];
	char key[IRC_KEY_MOST + 1]; /* to join again with; "" none */
	bool joined;
	bool asked; /* its names were asked for, or come with joining: to be shown when they end */
	struct table *people;
};

struct roster {
	struct room *rooms[ROSTER_MOST];
	size_t count;
	uint64_t clock; /* for member.spoke */
};

void roster_free(struct roster *r);
struct room *roster_find(const struct roster *r, struct str name); /* NULL when there is none */
/* Finds or makes it; the key is replaced when one is given. NULL: too many, too long, no memory. */
struct room *roster_add(struct roster *r, struct str name, struct str key);
void roster_remove(struct roster *r, struct room *room);
void roster_offline(struct roster *r); /* the channels stay meant; nobody is known to be there */

void room_enter(struct room *room, struct str nick); /* again is fine */
bool room_leave(struct room *room, struct str nick); /* false: was not there */
void room_rename(struct room *room, struct str from, struct str to);
void room_clear(struct room *room);
size_t room_count(const struct room *room);
void roster_spoke(struct roster *r, struct str room, struct str nick);

/* Appends the names starting with `start` (any case), who spoke last first, each with `tail` and
 * '\n'; at most `most`. */
void room_complete(
    const struct room *room, struct str start, struct str tail, size_t most, struct buf *out);

#endif
