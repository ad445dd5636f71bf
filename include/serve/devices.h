/*
 * Several connections of one account are one user: they share nick, channels and modes, and each is
 * told everything. One that leaves is no QUIT while others stay.
 */
#ifndef SERVE_DEVICES_H
#define SERVE_DEVICES_H

#include "serve/session.h"

/* The user that this session, which is about to register, is another device of; NULL: it will be a
 * user of its own. */
struct user *device_user(const struct session *s);
/* The nick is somebody else's; not so while the session may yet log in and be the same user. */
bool nick_is_anothers(const struct session *s, struct str nick);
/* Behind the welcome: what its user was in before that, the first `channels` of its memberships. */
void device_enter(struct session *s, uint32_t channels);

#endif
