/*
 * A password that a command gives, against a configured crypt(3) hash: verified by the helper
 * thread, while the session's next command waits.
 */
#ifndef SERVE_VERIFY_H
#define SERVE_VERIFY_H

#include "auth/crypt.h"
#include "serve/session.h"

/* First in what the command needs for it. */
struct verifying {
	struct waiting waiting;
	struct crypt_check *check;
};

/*
 * w: from malloc, zeroed; taken, also when NULL or on failure. verified() is told the session, and
 * takes w back by session_answer(). False: busy, or short of memory.
 */
bool session_verify(struct session *s, struct verifying *w, struct str password, struct str hash,
    void (*verified)(void *session, bool match));

#endif
