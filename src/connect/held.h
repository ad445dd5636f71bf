/* News that wait until what was said before them is here. For catchup.c. */
#ifndef CONNECT_HELD_H
#define CONNECT_HELD_H

#include "connect/session.h"

struct held {
	struct held *next;
	struct str target; /* the conversation */
	struct news news;
	char bytes[];
};

/* A copy. When there are too many, all are dropped: the gaps are to be asked for once more. */
void held_add(struct session *s, struct str target, const struct news *n);
void held_take(struct catchup *h, struct held **at); /* out of the list; to be freed */
void held_drop(struct catchup *h);                   /* all of them */

#endif
