/* Events as rows of the store: what is kept of each, and under which name it is found. */
#ifndef SERVE_KEEP_H
#define SERVE_KEEP_H

#include "serve/session.h"

enum { IDENTITY_ROOM = IRC_NAME_ROOM * 4 + 1 }; /* bytes */

/*
 * Whose private conversations these are: the account's, folded; without one "!" and the number of
 * the event that brought the user, so that who takes the same nick later finds nothing.
 */
struct str identity_of(const struct user *u, char out[IDENTITY_ROOM]);
/* The store's target of what two users say to each other; the same for both of them. */
struct str conversation_of(const struct user *a, const struct user *b, char out[STORE_TARGET_MOST]);
/* ... of two identities. */
struct str conversation_between(struct str a, struct str b, char out[STORE_TARGET_MOST]);

/* The other one of the two identities that such a target is made of. */
struct str conversation_other(struct str target, struct str own);

/* The event took effect and was not announced yet: its rows go to the store, and from here on lines
 * wait for their ticket. True: it has rows. */
bool keep_event(struct server *sv, const struct event *ev);

#endif
