/* Passwords that are hashed one after the other. The queue is here and not with the helper thread,
 * so that the time of nobody is spent on who has gone away meanwhile. */
#include "serve/hashing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "auth/password.h"

enum {
	STARTED_MOST = 2, /* one in work, and one behind it lest the helper wait for the loop */
	GONE_MOST = 64,   /* ended in one turn */
};

struct hashing {
	struct server *server;
	struct session *session; /* NULL: it is gone */
	struct password_hash *hash;
	struct hashing *next, **at; /* in the queue; at NULL: it was started */
	password_then *then;
	password_alone *alone; /* NULL: it is of no use without the session */
	enum hash_use use;
	size_t name_length;
	char name[];
};

/* What the session holds of it. */
struct hash_wait {
	struct waiting waiting;
	struct hashing *hashing;
};

/* ---- the queue ------------------------------------------------------------------------------- */

static void
enqueue(struct server *sv, struct hashing *h)
{
	if (sv->logins.hashing.end == NULL)
		sv->logins.hashing.end = &sv->logins.hashing.first;
	h->at = sv->logins.hashing.end;
	*h->at = h;
	sv->logins.hashing.end = &h->next;
}

static void
dequeue(struct hashing *h)
{
	assert(h->at != NULL);
	*h->at = h->next;
	if (h->next != NULL)
		h->next->at = h->at;
	else
		h->server->logins.hashing.end = h->at;
	h->at = NULL;
	h->next = NULL;
}

static void
drop(struct hashing *h)
{
	dequeue(h);
	password_hash_free(h->hash);
	free(h);
}

static void
forget(struct waiting *w)
{
	struct hashing *h = ((struct hash_wait *)w)->hashing;

	h->session = NULL;
	if (h->at == NULL)
		return; /* hashed() comes */
	if (h->alone != NULL && h->server->logins.hashing.alone < HASHING_ALONE_MOST)
		h->server->logins.hashing.alone++;
	else
		drop(h);
}

/* ---- their turn ------------------------------------------------------------------------------ */

static void
hashed(void *arg, const struct sasl_keys *made, const char *why)
{
	struct hashing *h = arg;
	struct session *s = h->session;
	struct waiting *w;

	h->server->logins.hashing.started--;
	if (s != NULL) {
		w = session_answer(s);
		h->then(s, (struct str){ h->name, h->name_length }, made, why);
		session_answered(s, w);
		if (!s->closing && s->reg != NULL)
			session_try_register(s);
	} else if (h->alone != NULL && made != NULL) {
		h->alone(h->server, (struct str){ h->name, h->name_length }, made);
	}
	free(h);
}

/* The first of the queue. False: the mailbox is full; once more when something comes out of it. */
static bool
start(struct hashing *h)
{
	if (!password_hash_start(h->hash, h->server->mailbox))
		return false;
	dequeue(h);
	h->server->logins.hashing.started++;
	if (h->session == NULL)
		h->server->logins.hashing.alone--;
	return true;
}

void
hashing_go_on(struct server *sv)
{
	struct hashing *h;
	unsigned gone = 0;

	while (
	    (h = sv->logins.hashing.first) != NULL && sv->logins.hashing.started < STARTED_MOST) {
		if (h->use == HASH_TO_LOG_IN && gone < GONE_MOST &&
		    conn_is_deserted(h->session->conn)) {
			gone++;
			session_end(h->session, STR("Connection closed"));
		} else if (!start(h)) {
			break;
		}
	}
}

bool
session_hash(struct session *s, struct str name, struct str password, const struct sasl_keys *like,
    enum hash_use use, password_then *then)
{
	struct hash_wait *w = calloc(1, sizeof(*w));
	struct hashing *h = calloc(1, sizeof(*h) + name.len);

	if (w == NULL || h == NULL ||
	    (h->hash = password_hash_new(password, like, hashed, h)) == NULL) {
		free(w);
		free(h);
		return false;
	}
	h->server = s->server;
	h->session = s;
	h->use = use;
	h->then = then;
	h->name_length = name.len;
	if (name.len > 0)
		memcpy(h->name, name.p, name.len);
	w->waiting.forget = forget;
	w->hashing = h;
	session_wait(s, &w->waiting);
	enqueue(s->server, h);
	if (s->server->logins.hashing.first == h &&
	    s->server->logins.hashing.started < STARTED_MOST)
		start(h);
	return true;
}

void
session_hash_alone(struct session *s, password_alone *alone)
{
	((struct hash_wait *)s->waiting)->hashing->alone = alone;
}

void
hashing_close(struct server *sv)
{
	struct hashing *next;

	for (struct hashing *h = sv->logins.hashing.first; h != NULL; h = next) {
		next = h->next;
		drop(h);
	}
}
