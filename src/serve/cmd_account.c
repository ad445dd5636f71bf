/* Logging in and making accounts: AUTHENTICATE, REGISTER, VERIFY. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "irc/names.h"
#include "serve/authenticate.h"
#include "serve/commands.h"
#include "serve/hashing.h"
#include "serve/login.h"
#include "serve/origin.h"
#include "serve/reply.h"

/* An exchange under way. */
struct authentication {
	struct sasl *exchange;
	enum sasl_mechanism mechanism;
	struct buf message; /* the client's parts so far */
	bool counted;       /* as an attempt at its account's password */
};

/* ---- AUTHENTICATE ---------------------------------------------------------------------------- */

void
authentication_end(struct session *s)
{
	struct authentication *a = session_extra(s)->authentication;

	if (a == NULL)
		return;
	s->extra->authentication = NULL;
	sasl_free(a->exchange);
	if (a->message.data != NULL)
		explicit_bzero(a->message.data, a->message.cap);
	buf_free(&a->message);
	free(a);
}

void
authentication_abort(struct session *s)
{
	if (session_extra(s)->authentication == NULL)
		return;
	authentication_end(s);
	reply_numeric(s, ERR_SASLABORTED);
}

static bool
is_offered(const struct session *s, enum sasl_mechanism m)
{
	if (sasl_library[0] == '\0' || m == SASL_MECHANISM_COUNT)
		return false;
	return m != SASL_EXTERNAL || session_extra(s)->unix_name != NULL;
}

struct str
authentication_mechanisms(const struct session *s, char *out, size_t size)
{
	size_t used = 0;

	for (enum sasl_mechanism m = 0; m < SASL_MECHANISM_COUNT; m++) {
		if (!is_offered(s, m))
			continue;
		if (used > 0 && used + 1 < size)
			out[used++] = ',';
		used += str_copy(out + used, size - used, str_from(sasl_name(m)));
	}
	return (struct str){ out, used };
}

static void
fail(struct session *s, const char *why)
{
	authentication_end(s);
	if (s->closing) /* the account is banned: that was said */
		return;
	log_info("login-failed", LOG_STR("nick", session_nick(s)),
	    LOG_TEXT("host", session_host(s)), LOG_TEXT("reason", why));
	reply_numeric(s, ERR_SASLFAIL, why);
}

static void
keys_for(void *arg, struct str name, struct sasl_keys *out)
{
	login_keys(arg, name, out);
}

static void
begin(struct session *s, struct str name)
{
	char list[64];
	enum sasl_mechanism m = sasl_find(name);
	struct authentication *a;
	struct err e = { "" };

	if (!is_offered(s, m)) {
		authentication_mechanisms(s, list, sizeof(list));
		reply_numeric(s, RPL_SASLMECHS, list);
		fail(s, "there is no such mechanism here");
		return;
	}
	a = session_extra_make(s) ? calloc(1, sizeof(*a)) : NULL;
	if (a != NULL)
		a->exchange = sasl_server_new(m, keys_for, s->server, &e);
	if (a == NULL || a->exchange == NULL) {
		free(a);
		fail(s, e.text[0] ? e.text : "the server is short of memory");
		return;
	}
	a->mechanism = m;
	a->message = (struct buf)BUF_INIT(SASL_MESSAGE_MOST);
	s->extra->authentication = a;
	reply_line(s, "AUTHENTICATE +");
}

static void
logged_in(struct session *s, const struct account *a)
{
	if (session_login(s, a))
		reply_numeric(s, RPL_SASLSUCCESS);
	else
		fail(s, "the server is short of memory");
	authentication_end(s);
}

/* Nobody acts for somebody else. */
static bool
is_own(struct str authorization, struct str name)
{
	return authorization.len == 0 || name_eq(authorization, name);
}

static const char wrong[] = "wrong account or password";

static void
proven(struct session *s)
{
	struct authentication *now = session_extra(s)->authentication;
	struct str name = sasl_user(now->exchange);
	struct account *a = server_account(s->server, name);

	if (a == NULL || !a->has_password || !is_own(sasl_authorization(now->exchange), name)) {
		fail(s, wrong);
		return;
	}
	login_right(s, name);
	logged_in(s, a);
}

static void
vouched_for(struct session *s)
{
	struct server *sv = s->server;
	bool make = setting_on(sv->cli->settings, ACCOUNTS_UNIX_LOGIN) ||
		    setting_number(sv->cli->settings, ACCOUNTS_REGISTRATION) == REGISTRATION_OPEN;
	const char *why;

	if (session_extra(s)->unix_name != NULL &&
	    !is_own(sasl_authorization(session_extra(s)->authentication->exchange),
		str_from(session_extra(s)->unix_name)))
		fail(s, "the account is not that of your name on this machine");
	else if (!session_login_unix(s, make, &why))
		fail(s, why);
	else {
		reply_numeric(s, RPL_SASLSUCCESS);
		authentication_end(s);
	}
}

static void
password_verified(struct session *s, struct str name, const struct sasl_keys *made, const char *why)
{
	struct account *a = login_verified(s->server, name, made);

	(void)why;
	if (a == NULL) {
		fail(s, wrong);
		return;
	}
	login_right(s, name);
	logged_in(s, a);
}

static void
claimed(struct session *s)
{
	struct sasl *x = session_extra(s)->authentication->exchange;
	struct str name = sasl_user(x);
	struct sasl_keys like;

	if (!is_own(sasl_authorization(x), name)) {
		fail(s, wrong);
		return;
	}
	login_keys(s->server, name, &like);
	if (session_hash(s, name, sasl_password(x), &like, HASH_TO_LOG_IN, password_verified))
		authentication_end(s);
	else
		fail(s, "the server is short of memory");
	explicit_bzero(&like, sizeof(like));
}

static void
send_message(struct session *s, struct str message)
{
	struct str part;
	bool more = true;

	while (more) {
		more = sasl_part_cut(&message, &part);
		reply_line(s, "AUTHENTICATE " STR_FMT, STR_ARG(part));
	}
}

/* Who it is about is known: it counts as an attempt. False: there were too many. */
static bool
count_attempt(struct session *s)
{
	struct authentication *a = session_extra(s)->authentication;
	struct str name = sasl_user(a->exchange);
	char text[100];
	int64_t wait;

	if (a->counted || name.len == 0)
		return true;
	a->counted = true;
	wait = login_attempt(s, name);
	if (wait == 0)
		return true;
	snprintf(
	    text, sizeof(text), "too many attempts; try again in %lld seconds", (long long)wait);
	fail(s, text);
	return false;
}

static void
step(struct session *s)
{
	struct authentication *a = session_extra(s)->authentication;
	struct buf answer = BUF_INIT(SASL_MESSAGE_MOST);
	struct err e = { "" };
	enum sasl_result r = sasl_step(a->exchange, buf_str(&a->message), &answer, &e);

	if (a->message.data != NULL)
		explicit_bzero(a->message.data, a->message.len);
	buf_clear(&a->message);
	if (r == SASL_FAILED)
		fail(s, e.text);
	else if (!count_attempt(s))
		;
	else if (r == SASL_MORE)
		send_message(s, buf_str(&answer));
	else if (r == SASL_PASSWORD)
		claimed(s);
	else if (a->mechanism == SASL_EXTERNAL)
		vouched_for(s);
	else
		proven(s);
	buf_free(&answer);
}

/* 905 is for a line of more than 400 bytes (IRCv3 sasl); too many of them are a failure. */
static void
too_long(struct session *s, struct str part)
{
	if (part.len <= SASL_PART) {
		fail(s, "the message is too long");
		return;
	}
	authentication_end(s);
	reply_numeric(s, ERR_SASLTOOLONG);
}

static void
go_on(struct session *s, struct str part)
{
	switch (sasl_part_add(&s->extra->authentication->message, part)) {
	case SASL_PART_MORE:
		break;
	case SASL_PART_TOO_LONG:
		too_long(s, part);
		break;
	case SASL_PART_WHOLE:
		step(s);
	}
}

void
cmd_authenticate(struct session *s, const struct irc_message *m)
{
	struct str word = m->params[0];

	if (str_eq(word, STR("*")) && session_extra(s)->authentication == NULL)
		reply_numeric(s, ERR_SASLABORTED);
	else if (str_eq(word, STR("*")))
		authentication_abort(s);
	else if (session_extra(s)->authentication == NULL)
		begin(s, word);
	else
		go_on(s, word);
}

/* ---- REGISTER -------------------------------------------------------------------------------- */

static void
refuse(struct session *s, const char *code, struct str name, const char *text)
{
	/* A standard reply even to those who did not ask for them: the command is made of them. */
	reply_line(s, "FAIL REGISTER %s %s :%s", code,
	    name.len > 0 && str_find(name, ' ') == name.len && name.p[0] != ':'
		? reply_cut(name, 64)
		: "*",
	    text);
}

static void
make_account(struct session *s, struct str name, const struct sasl_keys *made, const char *why)
{
	struct account_refusal no;
	struct account *a = NULL;
	char *email;

	if (made == NULL) {
		refuse(s, "UNACCEPTABLE_PASSWORD", name, why);
		return;
	}
	/* Somebody else may have been faster. */
	if (!account_name_allowed(s->server, name, &no)) {
		refuse(s, no.code, name, no.text);
		return;
	}
	email = session_take_email(s);
	a = account_make(s->server, name, made, str_from(email));
	free(email);
	if (a == NULL) {
		refuse(s, "TEMPORARILY_UNAVAILABLE", name, "The server is short of memory");
		return;
	}
	reply_line(s, "REGISTER SUCCESS %s :The account is made, and you are logged in", a->name);
	session_login(s, a);
}

/* Whether this is the time for it; says why not. */
static bool
may_register(struct session *s, struct str name)
{
	bool early = setting_on(s->server->cli->settings, ACCOUNTS_BEFORE_CONNECT);

	if (s->user == NULL && (!early || !s->reg->password_given))
		refuse(s, "COMPLETE_CONNECTION_REQUIRED", name,
		    early ? "The server's password comes first: PASS"
			  : "Accounts are made here when you are connected: after CAP END");
	else if (session_account(s) != NULL)
		refuse(s, "ALREADY_AUTHENTICATED", name, "You are logged in to an account already");
	else if (s->user == NULL && s->reg->nick == NULL && s->reg->nick_taken)
		refuse(s, "ACCOUNT_EXISTS", STR("*"),
		    "The nick that you asked for is somebody's: take another one first");
	else if (s->user == NULL && s->reg->nick == NULL)
		refuse(s, "NEED_NICK", STR("*"), "Say who you are first: NICK");
	else if (!str_eq(name, STR("*")) && !name_eq(name, session_nick(s)))
		refuse(s, "ACCOUNT_NAME_MUST_BE_NICK", name,
		    "An account's name is your nick: take that one first");
	else
		return true;
	return false;
}

void
cmd_register(struct session *s, const struct irc_message *m)
{
	struct str name = m->params[0], email = m->params[1], password = m->params[2];
	struct account_refusal no;
	const struct user *holder;
	struct sasl_keys like;

	if (!may_register(s, name))
		return;
	name = session_nick(s);
	holder = hub_user(s->server->hub, name);
	if (holder != NULL && holder != s->user)
		refuse(s, "ACCOUNT_EXISTS", name, "Somebody has that nick at the moment");
	else if (!account_name_allowed(s->server, name, &no) ||
		 !account_password_allowed(s->server, password, &no) ||
		 !account_email_allowed(s->server, email, &no) ||
		 !account_registration_allowed(s, &no))
		refuse(s, no.code, name, no.text);
	else if (!login_new_salt(s->server, &like) || !session_note_email(s, email) ||
		 !session_hash(s, name, password, &like, HASH_TO_CHANGE, make_account))
		refuse(
		    s, "TEMPORARILY_UNAVAILABLE", name, "The server is short of memory; try again");
}

void
cmd_verify(struct session *s, const struct irc_message *m)
{
	const char *name = reply_cut(m->params[0], 64);

	if (session_account(s) != NULL)
		reply_line(s,
		    "FAIL VERIFY ALREADY_AUTHENTICATED %s :You are logged in to an account already",
		    name);
	else
		reply_line(s,
		    "FAIL VERIFY INVALID_CODE %s :Accounts need no verification here: REGISTER is "
		    "all",
		    name);
}
