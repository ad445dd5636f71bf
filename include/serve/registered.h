/* Registered channels on a running server: kept in the store, given back to their operators. */
#ifndef SERVE_REGISTERED_H
#define SERVE_REGISTERED_H

#include "serve/session.h"

/* Makes the channels that the store has. */
int registered_open(struct server *sv, struct err *e);
/* After each event that took effect: what it changed of a registered channel is kept, and who is
 * its operator by account becomes one. */
void registered_note(struct server *sv, const struct event *ev);
/* Somebody who is in channels has logged in. */
/* A channel got another name; `old`: folded. */
void registered_renamed(struct server *sv, const struct channel *c, struct str old);
void registered_greet(struct server *sv, struct user *u);
/* The account is going to be removed: its channels are nobody's, and it is nobody's operator. */
void registered_forget(struct server *sv, struct str account);
/* What it is now goes to the store; if nobody owns it, that it is not there. */
void registered_keep(struct server *sv, const struct channel *c);
size_t registered_count(const struct server *sv, struct str founder);

#endif
