/* SASL by GNU SASL. */
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/sasl.h"

const char sasl_library[] = "gsasl";

struct sasl {
	Gsasl_session *session;
	enum sasl_mechanism mechanism;
	bool client;
	bool proven;           /* server, SCRAM: the client still has to say that it heard so */
	bool claimed;          /* server, PLAIN: a name and a password came */
	bool toilsome;         /* client, SCRAM: the server wants too many iterations */
	char *name, *password; /* client; owned */
	sasl_keys_of *keys;
	void *arg;
};

/* ---- what the library asks ---------------------------------------------------------------------
 */
/* Made when it is first needed, and kept. */
static Gsasl *the_library(void);

static void
set_base64(Gsasl_session *session, Gsasl_property property, const uint8_t *bytes, size_t len)
{
	char *text = NULL;

	if (gsasl_base64_to((const char *)bytes, len, &text, NULL) == GSASL_OK)
		gsasl_property_set(session, property, text);
	gsasl_free(text);
}

/* All that the exchange is going to ask for: the user is known by now. */
static int
give_keys(struct sasl *x)
{
	struct sasl_keys keys = { 0 };
	char iterations[16];

	if (x->keys == NULL)
		return GSASL_NO_CALLBACK;
	x->keys(x->arg, sasl_user(x), &keys);
	snprintf(iterations, sizeof(iterations), "%u", (unsigned)keys.iterations);
	gsasl_property_set(x->session, GSASL_SCRAM_ITER, iterations);
	set_base64(x->session, GSASL_SCRAM_SALT, keys.salt, sizeof(keys.salt));
	set_base64(x->session, GSASL_SCRAM_STOREDKEY, keys.stored, sizeof(keys.stored));
	set_base64(x->session, GSASL_SCRAM_SERVERKEY, keys.server, sizeof(keys.server));
	explicit_bzero(&keys, sizeof(keys));
	return GSASL_OK;
}

/* Asked for when the server has said how many iterations it wants. */
static int
give_password(struct sasl *x)
{
	const char *text = gsasl_property_fast(x->session, GSASL_SCRAM_ITER);
	int64_t iterations = 0;

	if (text != NULL &&
	    (!str_to_int64(str_from(text), &iterations) || iterations > SASL_ITERATIONS_MOST)) {
		x->toilsome = true;
		return GSASL_AUTHENTICATION_ERROR;
	}
	if (x->password == NULL)
		return GSASL_NO_CALLBACK;
	return gsasl_property_set(x->session, GSASL_PASSWORD, x->password);
}

static int
on_question(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	struct sasl *x = session ? gsasl_session_hook_get(session) : NULL;

	(void)library;
	if (x == NULL)
		return GSASL_NO_CALLBACK;
	if (x->client && property == GSASL_PASSWORD)
		return give_password(x);
	if (!x->client && property == GSASL_SCRAM_ITER)
		return give_keys(x);
	if (!x->client && property == GSASL_VALIDATE_SIMPLE) {
		x->claimed = true;
		return GSASL_OK;
	}
	if (!x->client && property == GSASL_VALIDATE_EXTERNAL)
		return GSASL_OK;
	return GSASL_NO_CALLBACK;
}

static Gsasl *
the_library(void)
{
	static Gsasl *library;

	if (library == NULL && gsasl_init(&library) != GSASL_OK)
		library = NULL;
	if (library != NULL)
		gsasl_callback_set(library, on_question);
	return library;
}

/* ---- the exchange ------------------------------------------------------------------------------
 */
static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

static struct sasl *
failed(struct sasl *x, struct err *e, const char *why)
{
	err_set(e, "%s", why);
	sasl_free(x);
	return NULL;
}

static struct sasl *
start(enum sasl_mechanism m, bool client, struct err *e)
{
	struct sasl *x = calloc(1, sizeof(*x));
	Gsasl *library = the_library();
	int r;

	if (x == NULL || library == NULL)
		return failed(x, e, "out of memory");
	x->mechanism = m;
	x->client = client;
	r = client ? gsasl_client_start(library, sasl_name(m), &x->session)
		   : gsasl_server_start(library, sasl_name(m), &x->session);
	if (r != GSASL_OK) {
		x->session = NULL;
		return failed(x, e, gsasl_strerror(r));
	}
	gsasl_session_hook_set(x->session, x);
	return x;
}

static bool
is_text(struct str s, size_t most)
{
	return s.len > 0 && s.len <= most && str_find(s, '\0') == s.len;
}

static bool
set_name(struct sasl *x, Gsasl_property as)
{
	return x->name == NULL || gsasl_property_set(x->session, as, x->name) == GSASL_OK;
}

/* PLAIN tells whose password it is and who is meant: there are servers that want to be told. */
struct sasl *
sasl_client_new(enum sasl_mechanism m, struct str name, struct str password, struct err *e)
{
	bool external = m == SASL_EXTERNAL, authorizes = m != SASL_SCRAM_SHA_256;
	struct sasl *x;

	if ((!external || name.len > 0) && !is_text(name, SASL_PASSWORD_MOST)) {
		err_set(e, "the account's name is empty or too long");
		return NULL;
	}
	if (!external && !is_text(password, SASL_PASSWORD_MOST)) {
		err_set(e, "the password is empty, longer than %d bytes, or has a NUL",
		    SASL_PASSWORD_MOST);
		return NULL;
	}
	x = start(m, true, e);
	if (x == NULL)
		return NULL;
	x->name = name.len > 0 ? str_dup(name) : NULL;
	x->password = external ? NULL : str_dup(password);
	if ((name.len > 0 && x->name == NULL) || (!external && x->password == NULL) ||
	    (!external && !set_name(x, GSASL_AUTHID)) ||
	    (authorizes && !set_name(x, GSASL_AUTHZID)))
		return failed(x, e, "out of memory");
	return x;
}

struct sasl *
sasl_server_new(enum sasl_mechanism m, sasl_keys_of *keys, void *arg, struct err *e)
{
	struct sasl *x = start(m, false, e);

	if (x != NULL) {
		x->keys = keys;
		x->arg = arg;
	}
	return x;
}

static enum sasl_result
refused(const struct sasl *x, int r, struct err *e)
{
	if (x->toilsome)
		err_set(e, "the server asks for more than %d iterations of the password's hash",
		    SASL_ITERATIONS_MOST);
	else if (r == GSASL_AUTHENTICATION_ERROR && x->client)
		err_set(e, "the server does not know the password itself: it may be another one");
	else if (r == GSASL_AUTHENTICATION_ERROR)
		err_set(e, "wrong account or password");
	else
		err_set(e, "%s", gsasl_strerror(r));
	return SASL_FAILED;
}

/* The library is done; whether the other side knows it, too. */
static enum sasl_result
finished(struct sasl *x, bool answered)
{
	if (x->client)
		return SASL_DONE;
	if (answered) {
		x->proven = true;
		return SASL_MORE;
	}
	return x->claimed ? SASL_PASSWORD : SASL_DONE;
}

enum sasl_result
sasl_step(struct sasl *x, struct str in, struct buf *out, struct err *e)
{
	char text[SASL_MESSAGE_MOST + 1], *answer = NULL;
	bool answered, kept = true;
	int r;

	if (in.len > SASL_MESSAGE_MOST || str_find(in, '\0') < in.len) {
		err_set(e, "the message is too long");
		return SASL_FAILED;
	}
	if (x->proven) {
		err_set(e, "more came than the mechanism asks for");
		return in.len == 0 ? SASL_DONE : SASL_FAILED;
	}
	str_copy(text, sizeof(text), in);
	r = gsasl_step64(x->session, text, &answer);
	explicit_bzero(text, sizeof(text));
	if (r != GSASL_OK && r != GSASL_NEEDS_MORE) {
		gsasl_free(answer);
		return refused(x, r, e);
	}
	answered = answer != NULL && answer[0] != '\0';
	if (answered) {
		kept = buf_add_str(out, str_from(answer));
		explicit_bzero(answer, strlen(answer));
	}
	gsasl_free(answer);
	if (!kept) {
		err_set(e, "out of memory");
		return SASL_FAILED;
	}
	if (x->claimed && (sasl_user(x).len == 0 || sasl_password(x).len == 0)) {
		err_set(e, "an account and its password are needed");
		return SASL_FAILED;
	}
	return r == GSASL_NEEDS_MORE ? SASL_MORE : finished(x, answered);
}

struct str
sasl_user(const struct sasl *x)
{
	return str_from(gsasl_property_fast(x->session, GSASL_AUTHID));
}

struct str
sasl_authorization(const struct sasl *x)
{
	return str_from(gsasl_property_fast(x->session, GSASL_AUTHZID));
}

struct str
sasl_password(const struct sasl *x)
{
	return str_from(gsasl_property_fast(x->session, GSASL_PASSWORD));
}

void
sasl_free(struct sasl *x)
{
	if (x == NULL)
		return;
	if (x->session != NULL)
		gsasl_finish(x->session);
	wipe(x->name);
	wipe(x->password);
	free(x);
}

/* ---- keys --------------------------------------------------------------------------------------
 */
int
sasl_keys_make(struct str password, struct sasl_keys *keys, struct err *e)
{
	char text[SASL_PASSWORD_MOST + 1], salted[SASL_KEY], client[SASL_KEY];
	int r;

	if (!is_text(password, SASL_PASSWORD_MOST))
		return err_set(e, "a password has 1 to %d bytes and no NUL", SASL_PASSWORD_MOST);
	str_copy(text, sizeof(text), password);
	r = gsasl_scram_secrets_from_password(GSASL_HASH_SHA256, text, keys->iterations,
	    (const char *)keys->salt, sizeof(keys->salt), salted, client, (char *)keys->server,
	    (char *)keys->stored);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	if (r == GSASL_SASLPREP_ERROR)
		return err_set(e, "a password can't have control characters, emoji, or what is no "
				  "valid text (SASLprep)");
	return r == GSASL_OK ? 0 : err_set(e, "hashing the password: %s", gsasl_strerror(r));
}
