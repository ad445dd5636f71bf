/*
 * How much of a channel, and of what was said to it in private, each device of an account was
 * shown: "seen/ACCOUNT,CHANNEL" and "seen/ACCOUNT,*" have a word for each, "NUMBER@FROM", the last
 * event that it saw, or "+@FROM" while it is there. A device is known by the address that it comes
 * from (addr_key); of several from one address, the one that left last is the first to be back.
 * Those that ask for history by themselves are not in it.
 */
#ifndef SERVE_SEEN_H
#define SERVE_SEEN_H

#include "serve/session.h"

/* `where` is a channel's folded name, or this: all that was said in private. */
#define SEEN_PRIVATE STR("*")

enum { SEEN_DEVICES = 8 }; /* of one account that are remembered; the longest away is forgotten */

struct seen_place {
	uint64_t number; /* the last event that it was shown; 0: it is not known */
	bool own;        /* by itself, or by another device while none was there */
};

/* The device of an account comes to where it is, and from now on is shown all. */
struct seen_place seen_enter(struct session *s, struct str where);
/* It was shown all up to the event of this number. */
void seen_leave(struct session *s, struct str where, uint64_t number);
/* ... and so was every device of the account that is still said to be inside. */
void seen_end(struct server *sv, struct str account, struct str where, uint64_t number);
/* At start: who was in a channel when the last run ended was shown all of it. */
void seen_after_restart(struct server *sv, uint64_t last_number);

#endif
