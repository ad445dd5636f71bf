/* Checking a password on a helper thread; the copies are wiped. */
#include <stdlib.h>
#include <string.h>

#include "auth/crypt.h"

/* The thread sees password, hash and match; the rest is the loop's. */
struct crypt_check {
	struct job job; /* first: work and done find the check by it */
	void (*done)(void *arg, bool match);
	void *arg;
	bool match;
	size_t password_len, hash_len;
	char text[]; /* the password, then the hash */
};

static void
work(struct job *j)
{
	struct crypt_check *k = (struct crypt_check *)j;

	k->match = crypt_matches((struct str){ k->text, k->password_len },
	    (struct str){ k->text + k->password_len, k->hash_len });
	explicit_bzero(k->text, k->password_len);
}

static void
done(struct job *j)
{
	struct crypt_check *k = (struct crypt_check *)j;

	explicit_bzero(k->text, k->password_len);
	if (k->done != NULL)
		k->done(k->arg, k->match && !j->cancelled);
	free(k);
}

struct crypt_check *
crypt_check_start(struct mailbox *m, struct str password, struct str hash,
    void (*tell)(void *arg, bool match), void *arg)
{
	struct crypt_check *k;

	k = calloc(1, sizeof(*k) + password.len + hash.len);
	if (k == NULL)
		return NULL;
	k->job = (struct job){ .work = work, .done = done };
	k->done = tell;
	k->arg = arg;
	k->password_len = password.len;
	k->hash_len = hash.len;
	if (password.len > 0)
		memcpy(k->text, password.p, password.len);
	if (hash.len > 0)
		memcpy(k->text + password.len, hash.p, hash.len);
	if (mailbox_post(m, &k->job))
		return k;
	explicit_bzero(k->text, k->password_len);
	free(k);
	return NULL;
}

void
crypt_check_forget(struct crypt_check *k)
{
	k->done = NULL;
}
