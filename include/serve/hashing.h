/*
 * Passwords of sessions, hashed by the helper thread. Each session has one under way at most, for
 * its next command waits: so the queue is no longer than there are connections, and everybody has
 * their turn, in the order in which they came.
 */
#ifndef SERVE_HASHING_H
#define SERVE_HASHING_H

#include "auth/sasl.h"
#include "serve/session.h"

enum hash_use {
	HASH_TO_LOG_IN, /* of no use to who is gone: then it is not hashed */
	HASH_TO_CHANGE, /* an account is made or changed: to be done in any case */
};

/*
 * With the salt and iterations of `like`. `then` is told the keys, or NULL and why. False: short of
 * memory.
 */
typedef void password_then(
    struct session *s, struct str name, const struct sasl_keys *made, const char *why);
bool session_hash(struct session *s, struct str name, struct str password,
    const struct sasl_keys *like, enum hash_use use, password_then *then);

/* Something came from the helper thread, which has time for the next ones. */
void hashing_go_on(struct server *sv);

#endif
