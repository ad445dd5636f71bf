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
	HASH_TO_CHANGE, /* an account is made or changed: who says no more waits for that */
};

/*
 * With the salt and iterations of `like`. `then` is told the keys, or NULL and why. False: short of
 * memory.
 */
typedef void password_then(
    struct session *s, struct str name, const struct sasl_keys *made, const char *why);
bool session_hash(struct session *s, struct str name, struct str password,
    const struct sasl_keys *like, enum hash_use use, password_then *then);

/* Of what this session has just given to be hashed: when it is gone by then, this is told of the
 * keys in place of `then`. As many as HASHING_ALONE_MOST wait for their turn so. */
typedef void password_alone(struct server *sv, struct str name, const struct sasl_keys *made);
void session_hash_alone(struct session *s, password_alone *alone);
enum { HASHING_ALONE_MOST = 64 };

/* Something came from the helper thread, which has time for the next ones. */
void hashing_go_on(struct server *sv);
void hashing_close(struct server *sv); /* when nobody is connected, and no helper thread is left */

#endif
