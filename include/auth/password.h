/* The keys of a password, made on a helper thread: hashing is slow by design. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include "auth/sasl.h"
#include "base/mailbox.h"

/* A password is being hashed. */
struct password_hash;

/*
 * Hashes with the salt and iterations of `like`. Copies both, and wipes the copies when done.
 * tell() comes from mailbox_deliver, once: with the keys, or NULL and a sentence for a person.
 * NULL, and no call, when the mailbox is full (MAILBOX_LIMIT) or memory is short: "busy, try
 * again".
 */
typedef void password_hashed(void *arg, const struct sasl_keys *made, const char *why);
struct password_hash *password_hash_start(struct mailbox *m, struct str password,
    const struct sasl_keys *like, password_hashed *tell, void *arg);
void password_hash_forget(struct password_hash *h); /* the asker is gone: no tell() */

#endif
