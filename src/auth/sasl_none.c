/* Built without GNU SASL: no exchange can be started, and no password kept. */
#include "auth/sasl.h"

const char sasl_library[] = "";

static int
missing(struct err *e)
{
	return err_set(e, "this sockchat was built without GNU SASL, so there are no passwords of "
			  "accounts; build it with libgsasl-dev installed");
}

struct sasl *
sasl_client_new(enum sasl_mechanism m, struct str name, struct str password, struct err *e)
{
	(void)m;
	(void)name;
	(void)password;
	missing(e);
	return NULL;
}

struct sasl *
sasl_server_new(enum sasl_mechanism m, sasl_keys_of *keys, void *arg, struct err *e)
{
	(void)m;
	(void)keys;
	(void)arg;
	missing(e);
	return NULL;
}

enum sasl_result
sasl_step(struct sasl *x, struct str in, struct buf *out, struct err *e)
{
	(void)x;
	(void)in;
	(void)out;
	missing(e);
	return SASL_FAILED;
}

struct str
sasl_user(const struct sasl *x)
{
	(void)x;
	return (struct str){ 0 };
}

struct str
sasl_authorization(const struct sasl *x)
{
	(void)x;
	return (struct str){ 0 };
}

struct str
sasl_password(const struct sasl *x)
{
	(void)x;
	return (struct str){ 0 };
}

void
sasl_free(struct sasl *x)
{
	(void)x;
}

int
sasl_keys_make(struct str password, struct sasl_keys *keys, struct err *e)
{
	(void)password;
	(void)keys;
	return missing(e);
}
