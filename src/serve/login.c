/* Accounts on a running server. */
#include "serve/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/attempts.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/bans.h"
#include "serve/metadata.h"
#include "serve/notes.h"
#include "serve/origin.h"
#include "serve/presence.h"
#include "serve/registered.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/services.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, KEY_ROOM = 300 };

#define ACCOUNT_PREFIX "account/"
#define SECRET_KEY "accounts-secret"

/* ---- the accounts ---------------------------------------------------------------------------- */

struct account *
server_account(const struct server *sv, struct str name)
{
	return account_find(sv->logins.accounts, name);
}

static void
load_one(void *arg, struct str key, struct str value)
{
	struct server *sv = arg;
	struct err e;

	if (account_read(sv->logins.accounts, value, &e) == -1)
		log_error("account-lost", LOG_STR("key", key), LOG_TEXT("reason", e.text));
}

static void
load_secret(void *arg, struct str key, struct str value)
{
	bool *found = arg;
	struct server *sv = (struct server *)((char *)found -
					      offsetof(struct server, logins.known));

	(void)key;
	*found = accounts_read_secret(sv->logins.accounts, value);
}

/* Made when the first server begins with this store. */
static void
keep_secret(struct server *sv)
{
	struct buf text = BUF_INIT(64);

	accounts_write_secret(sv->logins.accounts, &text);
	sv->ticket = store_put(sv->store, STR(SECRET_KEY), buf_str(&text));
	buf_free(&text);
}

int
logins_open(struct server *sv, struct err *e)
{
	struct logins *l = &sv->logins;

	if ((l->accounts = accounts_new(e)) == NULL)
		return -1;
	l->addresses = attempts_new();
	l->names = attempts_new();
	l->registrations = attempts_new();
	if (l->addresses == NULL || l->names == NULL || l->registrations == NULL)
		return err_errno(e, "preparing the accounts");
	if (store_state_each(sv->store, STR(SECRET_KEY), load_secret, &l->known, e) == -1 ||
	    store_state_each(sv->store, STR(ACCOUNT_PREFIX), load_one, sv, e) == -1)
		return -1;
	if (!l->known)
		keep_secret(sv);
	return 0;
}

void
logins_close(struct server *sv)
{
	accounts_free(sv->logins.accounts);
	attempts_free(sv->logins.addresses);
	attempts_free(sv->logins.names);
	attempts_free(sv->logins.registrations);
}

static void
put(struct server *sv, const struct account *a, struct str text)
{
	char key[KEY_ROOM];
	int n = snprintf(key, sizeof(key), ACCOUNT_PREFIX "%s", a->folded);

	sv->ticket = store_put(sv->store, (struct str){ key, (size_t)n }, text);
}

void
account_keep(struct server *sv, const struct account *a)
{
	struct buf text = BUF_INIT(ACCOUNT_TEXT_MOST);

	account_write(a, &text);
	put(sv, a, buf_str(&text));
	if (text.data != NULL)
		explicit_bzero(text.data, text.cap);
	buf_free(&text);
}

struct account *
account_make(struct server *sv, struct str name, const struct sasl_keys *keys, struct str email)
{
	struct account *a = account_add(sv->logins.accounts, name, clock_wall());

	if (a == NULL)
		return NULL;
	if (!account_set_email(a, email)) {
		account_remove(sv->logins.accounts, a);
		return NULL;
	}
	notes_forget_account(sv, str_from(a->name));
	metadata_forget(sv, str_from(a->name));
	account_set_keys(a, keys);
	account_keep(sv, a);
	log_info("account-made", LOG_TEXT("account", a->name));
	return a;
}

void
account_drop(struct server *sv, struct account *a)
{
	for (struct session *s = sv->sessions; s != NULL; s = s->next)
		if (session_owns(s, str_from(a->name)))
			session_logout(s);
	registered_forget(sv, str_from(a->name));
	presence_end(sv, str_from(a->name));
	notes_forget_account(sv, str_from(a->name));
	metadata_forget(sv, str_from(a->name));
	log_info("account-removed", LOG_TEXT("account", a->name));
	put(sv, a, (struct str){ 0 });
	account_remove(sv->logins.accounts, a);
}

static bool
refuse(struct account_refusal *why, const char *code, const char *text)
{
	why->code = code;
	str_copy(why->text, sizeof(why->text), str_from(text));
	return false;
}

bool
account_name_allowed(const struct server *sv, struct str name, struct account_refusal *why)
{
	if (!nick_valid(name, hub_rules(sv->hub)->name_length))
		return refuse(why, "BAD_ACCOUNT_NAME",
		    "An account's name is one that a person here may have");
	if (service_find(name) != NULL)
		return refuse(why, "BAD_ACCOUNT_NAME", "That name belongs to a service");
	if (server_account(sv, name) != NULL)
		return refuse(why, "ACCOUNT_EXISTS", "There is an account of that name already");
	return true;
}

bool
account_password_allowed(const struct server *sv, struct str password, struct account_refusal *why)
{
	size_t least = (size_t)setting_number(sv->cli->settings, ACCOUNTS_PASSWORD_LENGTH);

	if (sasl_library[0] == '\0')
		return refuse(why, "TEMPORARILY_UNAVAILABLE",
		    "This server was built without GNU SASL: accounts have no passwords here");
	if (password.len > SASL_PASSWORD_MOST || !utf8_valid(password) ||
	    str_find(password, '\0') < password.len)
		return refuse(
		    why, "UNACCEPTABLE_PASSWORD", "A password is text of 1024 bytes at most");
	if (utf8_count(password) >= least)
		return true;
	why->code = "WEAK_PASSWORD";
	snprintf(
	    why->text, sizeof(why->text), "A password has at least %zu characters here", least);
	return false;
}

bool
email_is_required(const struct server *sv)
{
	return setting_number(sv->cli->settings, ACCOUNTS_EMAIL) == EMAIL_REQUIRED;
}

static bool
is_given(struct str email)
{
	return email.len > 0 && !str_eq(email, STR("*"));
}

bool
account_email_allowed(const struct server *sv, struct str email, struct account_refusal *why)
{
	if (!email_is_required(sv))
		return true;
	if (!is_given(email))
		return refuse(
		    why, "INVALID_EMAIL", "Who makes an account here gives a mail address, too");
	if (!account_email_valid(email))
		return refuse(why, "INVALID_EMAIL",
		    "That is no mail address: one looks like ada@example.org");
	return true;
}

char *
session_take_email(struct session *s)
{
	char *email = session_extra(s)->email;

	if (email != NULL)
		s->extra->email = NULL;
	return email;
}

bool
session_note_email(struct session *s, struct str email)
{
	struct session_extra *x;

	free(session_take_email(s)); /* of one that was not made in the end */
	if (!email_is_required(s->server) || !is_given(email))
		return true;
	x = session_extra_make(s);
	if (x == NULL)
		return false;
	x->email = str_dup(email);
	return x->email != NULL;
}

bool
account_registration_allowed(struct session *s, struct account_refusal *why)
{
	const struct settings *st = s->server->cli->settings;
	size_t most = (size_t)setting_number(st, ACCOUNTS_REGISTRATIONS);
	bool by_operator = s->user != NULL && user_is(s->user, USER_OPERATOR);

	if (s->server->store_down)
		return refuse(why, "TEMPORARILY_UNAVAILABLE",
		    "The server can't keep anything at the moment; try again later");
	if (setting_number(st, ACCOUNTS_REGISTRATION) != REGISTRATION_OPEN && !by_operator)
		return refuse(why, "TEMPORARILY_UNAVAILABLE",
		    "Accounts are made by the operators of this server: ask one of them");
	if (!by_operator && attempts_take(s->server->logins.registrations, addr_key_str(&s->key),
				most, HOUR, clock_monotonic()) > 0)
		return refuse(why, "TEMPORARILY_UNAVAILABLE",
		    "Too many accounts were made from your address; try again in an hour");
	return true;
}

/* ---- sessions -------------------------------------------------------------------------------- */

const char *
session_account(const struct session *s)
{
	if (s->user != NULL)
		return s->user->account;
	return s->reg != NULL ? s->reg->account : NULL;
}

bool
session_owns(const struct session *s, struct str account)
{
	const char *own = session_account(s);

	return own != NULL && name_eq(str_from(own), account);
}

/* nick!user@host as far as they are known. */
static const char *
mask_of(const struct session *s)
{
	static char text[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];

	if (s->user != NULL)
		user_mask(s->user, text, sizeof(text));
	else
		snprintf(
		    text, sizeof(text), STR_FMT "!*@%s", STR_ARG(session_nick(s)), session_host(s));
	return text;
}

/* The user, with all its devices, is to have another account, or none. */
static void
leave_account(struct server *sv, const struct user *u)
{
	presence_forget(sv, str_from(u->account));
	replay_left_all(sv, u, hub_last_number(sv->hub));
}

static bool
set_account(struct session *s, struct str name)
{
	struct event ev = { .kind = EVENT_ACCOUNT, .actor = s->user, .text = name };
	char *copy;

	if (s->user != NULL) {
		if (s->user->account != NULL && !session_owns(s, name))
			leave_account(s->server, s->user);
		return server_event(s->server, s, &ev) != VERDICT_NO_MEMORY;
	}
	copy = name.len > 0 ? str_dup(name) : NULL;
	if (s->reg == NULL || (name.len > 0 && copy == NULL)) {
		free(copy);
		return false;
	}
	free(s->reg->account);
	s->reg->account = copy;
	return true;
}

bool
session_login(struct session *s, const struct account *a)
{
	if (ban_at_login(s, str_from(a->folded)) || !set_account(s, str_from(a->name)))
		return false;
	log_info("login", LOG_STR("nick", session_nick(s)), LOG_TEXT("account", a->name),
	    LOG_TEXT("host", session_host(s)));
	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* you are logged in as %s", a->name);
	else
		reply_numeric(s, RPL_LOGGEDIN, mask_of(s), a->name, a->name);
	if (s->user != NULL)
		registered_greet(s->server, s->user);
	return true;
}

void
session_logout(struct session *s)
{
	if (s->closing || session_account(s) == NULL || !set_account(s, (struct str){ 0 }))
		return;
	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* you are logged out");
	else
		reply_numeric(s, RPL_LOGGEDOUT, mask_of(s));
}

/* A local user's own, made on the way. NULL: the name can't be an account's. */
static struct account *
make_for_unix(struct session *s)
{
	struct server *sv = s->server;
	struct str name = str_from(session_extra(s)->unix_name);
	struct account_refusal why;
	struct account *a;

	if (sv->store_down || !account_name_allowed(sv, name, &why))
		return NULL;
	a = account_add(sv->logins.accounts, name, clock_wall());
	if (a == NULL)
		return NULL;
	a->owner = session_extra(s)->unix_user;
	account_keep(sv, a);
	log_info("account-made", LOG_TEXT("account", a->name), LOG_INT("uid", a->owner));
	return a;
}

bool
session_login_unix(struct session *s, bool make, const char **why)
{
	struct account *a;

	*why = "This is no Unix socket, so nobody vouches for you";
	if (session_extra(s)->unix_name == NULL)
		return false;
	a = server_account(s->server, str_from(session_extra(s)->unix_name));
	*why = "There is no account of your name on this machine";
	if (a == NULL && make)
		a = make_for_unix(s);
	if (a == NULL)
		return false;
	*why = "The account of your name on this machine is somebody else's: it has a password";
	if (a->owner != session_extra(s)->unix_user)
		return false;
	*why = "The server is short of memory";
	return session_login(s, a);
}

void
session_login_by_socket(struct session *s)
{
	const char *why;

	if (session_extra(s)->unix_name == NULL || session_account(s) != NULL ||
	    !setting_on(s->server->cli->settings, ACCOUNTS_UNIX_LOGIN))
		return;
	if (!session_login_unix(s, true, &why))
		log_info("not-logged-in", LOG_TEXT("user", session_extra(s)->unix_name),
		    LOG_TEXT("reason", why));
}

bool
nick_is_reserved(const struct session *s, struct str nick)
{
	if (service_find(nick) != NULL)
		return true;
	return setting_on(s->server->cli->settings, ACCOUNTS_RESERVE_NICKS) &&
	       server_account(s->server, nick) != NULL && !session_owns(s, nick);
}

void
reply_reserved(struct session *s, struct str nick)
{
	const char *text = reply_cut(nick, IRC_NAME_ROOM * 4);

	if (s->dialect == DIALECT_PLAIN) {
		reply_notice(s, "! the name %s belongs to somebody", text);
		return;
	}
	reply_numeric(s, ERR_NICKNAMEINUSE, text);
	if (service_find(nick) == NULL)
		reply_notice(s,
		    "The nick %s belongs to an account: log in by SASL, or take another nick and "
		    "then /msg NickServ RECOVER %s <password>",
		    text, text);
}

/* ---- passwords ------------------------------------------------------------------------------- */

int64_t
login_attempt(struct session *s, struct str name)
{
	const struct settings *st = s->server->cli->settings;
	struct logins *l = &s->server->logins;
	size_t most = (size_t)setting_number(st, ACCOUNTS_ATTEMPTS);
	size_t most_account = (size_t)setting_number(st, ACCOUNTS_ACCOUNT_ATTEMPTS);
	int64_t now = clock_monotonic(), wait;
	char folded[IRC_NAME_ROOM * 4];

	name = name_fold(str_first(name, sizeof(folded)), folded);
	wait = attempts_take(l->addresses, addr_key_str(&s->key), most, MINUTE, now);
	if (wait == 0) {
		wait = attempts_take(l->names, name, most_account, MINUTE, now);
		if (wait > 0)
			attempts_give_back(l->addresses, addr_key_str(&s->key));
	}
	return (wait + 999) / 1000;
}

void
login_right(struct session *s, struct str name)
{
	char folded[IRC_NAME_ROOM * 4];

	attempts_give_back(s->server->logins.addresses, addr_key_str(&s->key));
	attempts_give_back(
	    s->server->logins.names, name_fold(str_first(name, sizeof(folded)), folded));
}

static uint32_t
iterations(const struct server *sv)
{
	return (uint32_t)setting_number(sv->cli->settings, ACCOUNTS_ITERATIONS);
}

void
login_keys(const struct server *sv, struct str name, struct sasl_keys *out)
{
	account_keys(sv->logins.accounts, name, iterations(sv), out);
}

bool
login_new_salt(const struct server *sv, struct sasl_keys *out)
{
	return account_salt(out, iterations(sv));
}

/* The account may have got another password meanwhile. */
struct account *
login_verified(const struct server *sv, struct str name, const struct sasl_keys *made)
{
	struct account *a = server_account(sv, name);
	struct sasl_keys keys;
	bool same;

	login_keys(sv, name, &keys);
	same = made != NULL && made->iterations == keys.iterations &&
	       memcmp(made->salt, keys.salt, sizeof(keys.salt)) == 0 && sasl_keys_same(made, &keys);
	explicit_bzero(&keys, sizeof(keys));
	return same && a != NULL && a->has_password ? a : NULL;
}
