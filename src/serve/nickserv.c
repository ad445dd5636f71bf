/* NickServ: accounts for clients that know no SASL and no REGISTER. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/hashing.h"
#include "serve/login.h"
#include "serve/origin.h"
#include "serve/presence.h"
#include "serve/reply.h"
#include "serve/services.h"

#define say(s, ...) service_say(s, &nickserv, __VA_ARGS__)

static const char no_memory[] = "The server is short of memory; try again";

/* ---- passwords ------------------------------------------------------------------------------- */

/* One more attempt, unless there were too many. */
static void
verify(struct session *s, struct str name, struct str password, password_then *then)
{
	int64_t wait = login_attempt(s, name);
	struct sasl_keys like;

	if (wait > 0) {
		say(s, "Too many attempts; try again in %lld seconds", (long long)wait);
		return;
	}
	login_keys(s->server, name, &like);
	if (!session_hash(s, name, password, &like, HASH_TO_CHANGE, then)) {
		login_right(s, name);
		say(s, "%s", no_memory);
	}
	explicit_bzero(&like, sizeof(like));
}

/* Logs in when the password was right; says why not. */
static bool
log_in(struct session *s, struct str name, const struct sasl_keys *made)
{
	struct account *a = login_verified(s->server, name, made);

	if (a == NULL) {
		log_info("login-failed", LOG_STR("nick", session_nick(s)),
		    LOG_TEXT("host", session_host(s)), LOG_TEXT("reason", "NickServ"));
		say(s, "Wrong account or password");
		return false;
	}
	login_right(s, name);
	if (!session_login(s, a)) {
		say(s, "The server is short of memory");
		return false;
	}
	say(s, "You are logged in as %s", a->name);
	return true;
}

static void
identified(struct session *s, struct str name, const struct sasl_keys *made, const char *why)
{
	(void)why;
	log_in(s, name, made);
}

static void
do_identify(struct service_call *c)
{
	if (c->count > 1)
		verify(c->session, c->words[0], c->words[1], identified);
	else
		verify(c->session, user_nick(c->session->user), c->words[0], identified);
}

static void
do_logout(struct service_call *c)
{
	session_logout(c->session);
	say(c->session, "You are logged out");
}

/* ---- making and changing --------------------------------------------------------------------- */

static void
made(struct session *s, struct str name, const struct sasl_keys *keys, const char *why)
{
	struct account_refusal no;
	struct account *a;
	bool own = name_eq(name, user_nick(s->user));
	char *email;

	if (keys == NULL) {
		say(s, "%s", why);
		return;
	}
	if (!account_name_allowed(s->server, name, &no)) {
		say(s, "%s", no.text);
		return;
	}
	email = session_take_email(s);
	a = account_make(s->server, name, keys, str_from(email));
	free(email);
	if (a == NULL) {
		say(s, "The server is short of memory");
		return;
	}
	say(s, "The account %s is made", a->name);
	if (own && session_account(s) == NULL)
		session_login(s, a);
}

static void
make(struct session *s, struct str name, struct str password, struct str email)
{
	struct account_refusal no;
	struct sasl_keys like;

	if (!account_name_allowed(s->server, name, &no) ||
	    !account_password_allowed(s->server, password, &no) ||
	    !account_registration_allowed(s, &no))
		say(s, "%s", no.text);
	else if (!login_new_salt(s->server, &like) || !session_note_email(s, email) ||
		 !session_hash(s, name, password, &like, HASH_TO_CHANGE, made))
		say(s, "%s", no_memory);
}

static void
do_register(struct service_call *c)
{
	struct session *s = c->session;

	struct str email = c->count > 1 ? c->words[1] : STR("");
	struct account_refusal no;

	if (session_account(s) != NULL)
		say(s, "You are logged in as %s already", session_account(s));
	else if (!account_email_allowed(s->server, email, &no))
		say(s, "%s: REGISTER <password> <mail address>", no.text);
	else
		make(s, user_nick(s->user), c->words[0], email);
}

static void
do_add(struct service_call *c)
{
	make(c->session, c->words[0], c->words[1], STR(""));
}

static void
set_keys(struct server *sv, struct account *a, const struct sasl_keys *keys, struct str by)
{
	account_set_keys(a, keys);
	account_keep(sv, a);
	log_info("password-changed", LOG_TEXT("account", a->name), LOG_STR("by", by));
}

static void
changed(struct session *s, struct str name, const struct sasl_keys *keys, const char *why)
{
	struct account *a = server_account(s->server, name);

	if (keys == NULL || a == NULL) {
		say(s, "%s", keys == NULL ? why : "That account is gone");
		return;
	}
	set_keys(s->server, a, keys, session_nick(s));
	say(s, "The password of %s is changed", a->name);
}

/* Who asked for it has lost the connection, and may try the new one next. */
static void
changed_alone(struct server *sv, struct str name, const struct sasl_keys *keys)
{
	struct account *a = server_account(sv, name);

	if (a != NULL)
		set_keys(sv, a, keys, STR("*"));
}

static void
change(struct session *s, struct str name, struct str password)
{
	struct account_refusal no;
	struct sasl_keys like;

	if (server_account(s->server, name) == NULL)
		say(s, "There is no account %s", reply_cut(name, 64));
	else if (s->server->store_down)
		say(s, "The server can't keep anything at the moment; try again later");
	else if (!account_password_allowed(s->server, password, &no))
		say(s, "%s", no.text);
	else if (!login_new_salt(s->server, &like) ||
		 !session_hash(s, name, password, &like, HASH_TO_CHANGE, changed))
		say(s, "%s", no_memory);
	else
		session_hash_alone(s, changed_alone);
}

/* ---- settings of an account ------------------------------------------------------------------ */

/* "yes", "on", "true"; "no", "off", "false". UNSAID: neither. */
static enum account_wish
read_wish(struct str word)
{
	static const char *const yes[] = { "yes", "on", "true" }, *const no[] = { "no", "off",
		"false" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (str_eq_nocase(word, str_from(yes[i])))
			return ACCOUNT_YES;
		if (str_eq_nocase(word, str_from(no[i])))
			return ACCOUNT_NO;
	}
	return ACCOUNT_UNSAID;
}

static void
set_password(struct session *s, struct account *a, struct str password)
{
	change(s, str_from(a->name), password);
}

static void
set_always_on(struct session *s, struct account *a, struct str word)
{
	bool yes = read_wish(word) == ACCOUNT_YES;

	if (read_wish(word) == ACCOUNT_UNSAID) {
		say(s, "Usage: SET ALWAYS-ON yes|no");
		return;
	}
	a->always_on = read_wish(word);
	account_keep(s->server, a);
	presence_changed(s->server, s->user);
	if (yes && !presence_is_kept(s->server, s->user))
		say(s, "It is noted, but this server keeps nobody who is not connected");
	else if (yes)
		say(s, "You stay in your channels while you are not connected");
	else
		say(s, "You leave when your last connection ends");
}

static void
set_multiclient(struct session *s, struct account *a, struct str word)
{
	if (read_wish(word) == ACCOUNT_UNSAID) {
		say(s, "Usage: SET MULTICLIENT yes|no");
		return;
	}
	a->multiclient = read_wish(word);
	account_keep(s->server, a);
	if (a->multiclient == ACCOUNT_YES)
		say(s, "Whoever logs in to your account is you, with the nick that you have");
	else
		say(s, "While you are connected, who else logs in to your account is another user");
}

static void
set_email(struct session *s, struct account *a, struct str email)
{
	struct account_refusal no;

	if (!email_is_required(s->server)) {
		say(s, "This server keeps no mail addresses");
		return;
	}
	if (!account_email_allowed(s->server, email, &no)) {
		say(s, "%s", no.text);
		return;
	}
	if (!account_set_email(a, email)) {
		say(s, "%s", no_memory);
		return;
	}
	account_keep(s->server, a);
	say(s, "Your mail address is %s", a->email);
}

static const struct account_setting {
	const char *name;
	void (*set)(struct session *s, struct account *a, struct str word);
} account_settings[] = {
	{ "ALWAYS-ON", set_always_on },
	{ "EMAIL", set_email },
	{ "MULTICLIENT", set_multiclient },
	{ "PASSWORD", set_password },
};

static void
do_set(struct service_call *c)
{
	struct session *s = c->session;
	struct account *a = server_account(s->server, str_from(session_account(s)));

	if (s->server->store_down) {
		say(s, "The server can't keep anything at the moment; try again later");
		return;
	}
	for (size_t i = 0; i < sizeof(account_settings) / sizeof(account_settings[0]); i++)
		if (a != NULL && str_eq_nocase(c->words[0], str_from(account_settings[i].name))) {
			account_settings[i].set(s, a, c->words[1]);
			return;
		}
	say(s, "Usage: SET PASSWORD|EMAIL|ALWAYS-ON|MULTICLIENT <new value>");
}

/* ---- other people's accounts ----------------------------------------------------------------- */

static void
do_reset(struct service_call *c)
{
	change(c->session, c->words[0], c->words[1]);
}

static void
drop(struct session *s, struct str name)
{
	struct account *a = server_account(s->server, name);

	if (a == NULL) {
		say(s, "There is no account %s", reply_cut(name, 64));
	} else if (s->server->store_down) {
		say(s, "The server can't keep anything at the moment; try again later");
	} else {
		say(s, "The account %s is removed", a->name);
		account_drop(s->server, a);
	}
}

/* By its name, so that nobody does it by mistake. */
static void
do_drop(struct service_call *c)
{
	if (session_owns(c->session, c->words[0]))
		drop(c->session, c->words[0]);
	else
		say(c->session, "To remove your account for good: DROP %s",
		    session_account(c->session));
}

static void
do_remove(struct service_call *c)
{
	drop(c->session, c->words[0]);
}

/* ---- nicks ----------------------------------------------------------------------------------- */

/* Ends whoever holds the nick of one's own account. */
static void
ghost(struct session *s, struct str nick)
{
	struct user *u = hub_user(s->server->hub, nick);
	char why[100];
	int n = snprintf(why, sizeof(why), "%s has taken the nick back", s->user->nick);
	struct event ev = {
		.kind = EVENT_KILL, .object = nick, .text = { why, (size_t)n }, .forced = true
	};

	if (u == NULL || u == s->user)
		return;
	log_info("ghost", LOG_STR("nick", nick), LOG_TEXT("by", s->user->nick));
	server_event(s->server, NULL, &ev);
}

static void
do_ghosting(struct session *s, struct str nick)
{
	struct user *u = hub_user(s->server->hub, nick);

	if (u == NULL || u == s->user) {
		say(s, "Nobody else has the nick %s", reply_cut(nick, 64));
		return;
	}
	ghost(s, nick);
	say(s, "The nick %s is free", reply_cut(nick, 64));
}

static void
do_recovering(struct session *s, struct str nick)
{
	struct event ev = { .kind = EVENT_NICK, .actor = s->user, .target = nick };

	ghost(s, nick);
	if (server_event(s->server, s, &ev) <= VERDICT_NOTHING)
		say(s, "You are %s", s->user->nick);
}

static void
ghost_verified(struct session *s, struct str name, const struct sasl_keys *keys, const char *why)
{
	(void)why;
	if (log_in(s, name, keys))
		do_ghosting(s, name);
}

static void
recover_verified(struct session *s, struct str name, const struct sasl_keys *keys, const char *why)
{
	(void)why;
	if (log_in(s, name, keys))
		do_recovering(s, name);
}

static void
for_own_nick(struct service_call *c, void (*act)(struct session *s, struct str nick),
    password_then *verified)
{
	struct session *s = c->session;

	if (session_owns(s, c->words[0]))
		act(s, c->words[0]);
	else if (c->count > 1)
		verify(s, c->words[0], c->words[1], verified);
	else
		say(s, "You are not logged in to the account %s: give its password, too",
		    reply_cut(c->words[0], 64));
}

static void
do_ghost(struct service_call *c)
{
	for_own_nick(c, do_ghosting, ghost_verified);
}

static void
do_recover(struct service_call *c)
{
	for_own_nick(c, do_recovering, recover_verified);
}

/* ---- questions ------------------------------------------------------------------------------- */

static void
do_info(struct service_call *c)
{
	struct session *s = c->session;
	struct str name = c->count > 0 ? c->words[0] : str_from(session_account(s));
	const struct account *a = server_account(s->server, name.len ? name : user_nick(s->user));
	struct table_walk w = hub_users(s->server->hub);
	char time[CLOCK_ISO_SIZE];
	const struct user *u;

	if (a == NULL) {
		say(s, "There is no account %s",
		    reply_cut(name.len ? name : user_nick(s->user), 64));
		return;
	}
	clock_iso(a->created, time);
	say(s, "%s was made at %s%s", a->name, time,
	    a->has_password ? "" : "; it has no password: its owner is a user of this machine");
	if (!session_owns(s, str_from(a->name)) && !user_is(s->user, USER_OPERATOR))
		return;
	if (a->email != NULL)
		say(s, "Its mail address is %s", a->email);
	while (hub_users_of(s->server->hub, str_from(a->name)) > 0 &&
	       (u = hub_next_of(&w, str_from(a->name))) != NULL)
		say(s, "%s is logged in: %s@%s", u->nick, u->name, u->host);
}

static const struct service_command commands[] = {
	{ "ADD", SERVICE_OPERATOR, 2, "<account> <password>", "makes an account for somebody",
	    do_add },
	{ "DROP", SERVICE_LOGGED_IN, 1, "<account>", "removes your account for good", do_drop },
	{ "GHOST", SERVICE_ANYONE, 1, "<nick> [<password>]",
	    "ends the connection that has the nick of your account", do_ghost },
	{ "IDENTIFY", SERVICE_ANYONE, 1, "[<account>] <password>", "logs in", do_identify },
	{ "INFO", SERVICE_ANYONE, 0, "[<account>]", "tells about an account", do_info },
	{ "LOGOUT", SERVICE_LOGGED_IN, 0, "", "logs out", do_logout },
	{ "RECOVER", SERVICE_ANYONE, 1, "<nick> [<password>]", "as GHOST, and gives you the nick",
	    do_recover },
	{ "REGISTER", SERVICE_ANYONE, 1, "<password> [<mail address>]",
	    "makes an account of your nick", do_register },
	{ "REMOVE", SERVICE_OPERATOR, 1, "<account>", "removes somebody's account for good",
	    do_remove },
	{ "RESET", SERVICE_OPERATOR, 2, "<account> <password>",
	    "gives somebody's account another password", do_reset },
	{ "SAREGISTER", SERVICE_OPERATOR, 2, "<account> <password>", "the same as ADD", do_add },
	{ "SET", SERVICE_LOGGED_IN, 2,
	    "PASSWORD <password> | EMAIL <mail address> | ALWAYS-ON yes|no | MULTICLIENT yes|no",
	    "changes your password or mail address; says whether you stay while you are not "
	    "connected, and whether your connections are one user",
	    do_set },
	{ NULL, SERVICE_ANYONE, 0, NULL, NULL, NULL },
};

const struct service nickserv = { "NickServ",
	"NickServ keeps accounts: names with a password. /msg NickServ <command>:", commands };
