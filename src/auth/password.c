/* Hashing a password on a helper thread; the copies are wiped. */
#include "auth/password.h"

#include <stdlib.h>
#include <string.h>

/* The thread sees password, keys, why and failed; the rest is the loop's. */
struct password_hash {
	struct job job; /* first: work and done find the hash by it */
	password_hashed *tell;
	void *arg;
	struct sasl_keys keys;
	struct err why;
	bool failed;
	size_t len;
	char password[];
};

static void
work(struct job *j)
{
	struct password_hash *h = (struct password_hash *)j;
	struct str password = { h->password, h->len };

	h->failed = sasl_keys_make(password, &h->keys, &h->why) == -1;
	explicit_bzero(h->password, h->len);
}

void
password_hash_free(struct password_hash *h)
{
	explicit_bzero(h->password, h->len);
	explicit_bzero(&h->keys, sizeof(h->keys));
	free(h);
}

static void
done(struct job *j)
{
	struct password_hash *h = (struct password_hash *)j;

	if (j->cancelled)
		h->failed = err_set(&h->why, "the server is stopping") == -1;
	h->tell(h->arg, h->failed ? NULL : &h->keys, h->why.text);
	password_hash_free(h);
}

struct password_hash *
password_hash_new(
    struct str password, const struct sasl_keys *like, password_hashed *tell, void *arg)
{
	struct password_hash *h = calloc(1, sizeof(*h) + password.len);

	if (h == NULL)
		return NULL;
	h->job = (struct job){ .work = work, .done = done };
	h->tell = tell;
	h->arg = arg;
	h->keys = *like;
	h->len = password.len;
	if (password.len > 0)
		memcpy(h->password, password.p, password.len);
	return h;
}

bool
password_hash_start(struct password_hash *h, struct mailbox *m)
{
	return mailbox_post(m, &h->job);
}
