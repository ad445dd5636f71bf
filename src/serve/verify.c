/* Passwords of commands against crypt(3) hashes. */
#include "serve/verify.h"

#include <stdlib.h>

static void
forget(struct waiting *w)
{
	crypt_check_forget(((struct verifying *)w)->check);
}

bool
session_verify(struct session *s, struct verifying *w, struct str password, struct str hash,
    void (*verified)(void *session, bool match))
{
	if (w == NULL)
		return false;
	w->check = crypt_check_start(s->server->mailbox, password, hash, verified, s);
	if (w->check == NULL) {
		free(w);
		return false;
	}
	w->waiting.forget = forget;
	session_wait(s, &w->waiting);
	return true;
}
