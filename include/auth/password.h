/* The keys of a password, made on a helper thread: hashing is slow by design. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include "auth/sasl.h"
#include "base/mailbox.h"

/* A password that is to be hashed. */
struct password_hash;

/*
 * With the salt and iterations of `like`. Copies both, and wipes the copies in the end. NULL:
 * memory is short.
 *
 * tell() comes from mailbox_deliver, once, when it was started: with the keys, or NULL and a
 * sentence for a person.
 */
typedef void password_hashed(void *arg, const struct sasl_keys *made, const char *why);
struct password_hash *password_hash_new(
    struct str password, const struct sasl_keys *like, password_hashed *tell, void *arg);
/* It is taken; false when the mailbox is full (MAILBOX_LIMIT): it is still the caller's. */
bool password_hash_start(struct password_hash *h, struct mailbox *m);
void password_hash_free(struct password_hash *h); /* of one that was not started */

#endif
