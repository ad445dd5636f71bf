/*
 * History for those who do not ask for it: at a join, plain clients and IRC clients without
 * draft/chathistory are shown the last messages of the channel; those with an account, what was
 * said since this device of it left (seen.h), and when they come, what was said to them in private.
 */
#ifndef SERVE_REPLAY_H
#define SERVE_REPLAY_H

#include "serve/session.h"

/* The user joined; its devices have been told so, and who is there. */
void replay_joined(const struct user *u, const struct channel *c);
/* One more device of a user who is in the channel has been told so. */
void replay_entered(struct session *s, const struct channel *c);
/* This device has come: it is shown what was said in private while it was not here. */
void replay_private(struct session *s);
/* The user was in the channel, or somebody was there to see it, up to the event of this number. */
void replay_left(struct server *sv, const struct user *u, const struct channel *c, uint64_t number);
/* ... of all of its channels, and what was said in private. */
void replay_left_all(struct server *sv, const struct user *u, uint64_t number);
/* One more device of a user has come, and was told nothing yet: those that hear nothing any more,
 * though nobody has noticed, have left. */
void replay_device_came(const struct session *s);
/* ... this device, while others of its user stay. */
void replay_device_left(struct session *s, uint64_t number);

#endif
