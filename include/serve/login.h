/*
 * Accounts on a running server: kept in the store, proven by passwords or by the kernel, shown to
 * others by the hub.
 */
#ifndef SERVE_LOGIN_H
#define SERVE_LOGIN_H

#include "auth/account.h"
#include "serve/session.h"

/* ---- the accounts ------------------------------------------------------------------------------
 */
/* Reads them from the store. logins_close: safe at any stage. */
int logins_open(struct server *sv, struct err *e);
void logins_close(struct server *sv);
struct account *server_account(const struct server *sv, struct str name); /* NULL: none */
/* A new one with this password and mail address (empty: none), kept and told to the log; NULL: no
 * memory. */
struct account *account_make(
    struct server *sv, struct str name, const struct sasl_keys *keys, struct str email);
/* It was made or changed: to be kept. From here on lines wait for the ticket. */
void account_keep(struct server *sv, const struct account *a);
/* It is no more: whoever was logged in as it is logged out. */
void account_drop(struct server *sv, struct account *a);

enum email_policy { EMAIL_NO, EMAIL_REQUIRED };
enum account_makers { REGISTRATION_OPEN, REGISTRATION_OPERATOR, REGISTRATION_CLOSED };

/* Why an account can't be made, or have this password. */
struct account_refusal {
	const char *code; /* of draft/account-registration: "BAD_ACCOUNT_NAME" … */
	char text[200];   /* a sentence */
};
/* True: it could be made (the name is valid and free). */
bool account_name_allowed(const struct server *sv, struct str name, struct account_refusal *why);
bool account_password_allowed(
    const struct server *sv, struct str password, struct account_refusal *why);
/* Empty or "*": none is given. Where none is asked for, any will do. */
bool account_email_allowed(const struct server *sv, struct str email, struct account_refusal *why);
bool email_is_required(const struct server *sv);
/* Whether this session may make accounts of its own; counts one for its address. */
bool account_registration_allowed(struct session *s, struct account_refusal *why);

/* The mail address of an account that is being made waits while the password is hashed; nothing
 * waits where none is kept. False: no memory. */
bool session_note_email(struct session *s, struct str email);
char *session_take_email(struct session *s); /* the caller frees it; NULL: none */

/* ---- sessions ----------------------------------------------------------------------------------
 */
const char *session_account(const struct session *s); /* NULL: not logged in */
bool session_owns(const struct session *s, struct str account);
/* Logs in and says so (900); others are told by the hub. False: no memory, or the account is
 * banned, and the session has ended. */
bool session_login(struct session *s, const struct account *a);
void session_logout(struct session *s); /* 901 */
/* Into the account of the local user that the kernel says it is, which is made when there is none
 * and `make` says so. False: *why has a sentence. */
bool session_login_unix(struct session *s, bool make, const char **why);
/* What is to happen before its user is made: who the kernel knows is logged in. */
void session_login_by_socket(struct session *s);

/* The nick belongs to an account that this session is not logged in to, or to a service. */
bool nick_is_reserved(const struct session *s, struct str nick);
void reply_reserved(struct session *s, struct str nick); /* 433, and what to do */

/* ---- passwords ---------------------------------------------------------------------------------
 */
/* One more attempt at an account's password: 0, or in how many seconds one may be made. Wrong until
 * login_right says otherwise. */
int64_t login_attempt(struct session *s, struct str name);
void login_right(struct session *s, struct str name);

/* To be verified: what of the account is compared with. Also for names that are none. */
void login_keys(const struct server *sv, struct str name, struct sasl_keys *out);
/* The account whose password it was; NULL: it was not. */
struct account *login_verified(
    const struct server *sv, struct str name, const struct sasl_keys *made);
/* For a new password. False: no random bytes. */
bool login_new_salt(const struct server *sv, struct sasl_keys *out);

#endif
