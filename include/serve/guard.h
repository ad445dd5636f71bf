/*
 * A channel that was closed to some (invite-only, with a key or bans, secret) and has ceased to
 * exist may be made again by anybody. What was said in it before is not for them: it may be read
 * only from where the channel of this name began. A registered channel does not cease to exist.
 */
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H

#include "serve/server.h"

/* Its modes or bans may have changed; or it was just made, by the event of this number. */
void guard_changed(struct server *sv, const struct channel *c);
void guard_created(struct server *sv, const struct channel *c, uint64_t number);
/* Only rows behind this number may be read. */
uint64_t guard_after(const struct server *sv, const struct channel *c);
/* ... of the user's own conversations: an account that had its name before was somebody else's. */
uint64_t guard_own(const struct server *sv, const struct user *u);

#endif
