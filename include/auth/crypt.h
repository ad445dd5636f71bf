/*
 * Passwords against crypt(3) hashes. Hashing is slow by design, so it happens on a helper thread.
 * Written twice: crypt_libcrypt.c and crypt_none.c (built without crypt(3): nothing matches).
 */
#ifndef AUTH_CRYPT_H
#define AUTH_CRYPT_H

#include "base/err.h"
#include "base/mailbox.h"
#include "base/str.h"

extern const char crypt_library[]; /* "libcrypt" or "" */

enum { CRYPT_PASSWORD_MOST = 512 }; /* bytes; a longer one never matches */

/* Whether a configured hash can be used: whole, of a known method, and not one of the broken
 * ones. */
int crypt_acceptable(struct str hash, struct err *e);

/* Blocks for up to a second or so. The compare takes the same time wherever the difference is. */
bool crypt_matches(struct str password, struct str hash);

/* A check under way on the mailbox's thread. */
struct crypt_check;
/*
 * Copies both texts, and wipes the copies when done; tell() comes from mailbox_deliver, once.
 * NULL, and no call, when the mailbox is full (MAILBOX_LIMIT) or memory is short: "busy, try
 * again".
 */
struct crypt_check *crypt_check_start(struct mailbox *m, struct str password, struct str hash,
    void (*tell)(void *arg, bool match), void *arg);
void crypt_check_forget(struct crypt_check *k); /* the asker is gone: tell() will not be called */

#endif
