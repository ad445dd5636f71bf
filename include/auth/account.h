/*
 * Accounts: names that belong to somebody, and the keys by which they show it. The table lives in
 * memory; what is to outlast the process is told as a text for each account, and read back from it.
 */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include "auth/sasl.h"
#include "base/table.h"

enum { ACCOUNT_TEXT_MOST = 1536, ACCOUNT_NOBODY = -1, ACCOUNT_EMAIL_MOST = 254 /* RFC 5321 */ };

/* Whether it wants to stay while nobody is connected for it. */
enum account_wish { ACCOUNT_UNSAID, ACCOUNT_YES, ACCOUNT_NO };

struct account {
	char *name, *folded; /* one allocation: as it was registered, and the key */
	int64_t created;     /* wall ms */
	int64_t owner;       /* user id on this machine that it belongs to; ACCOUNT_NOBODY: none */
	bool has_password;
	enum account_wish always_on;
	enum account_wish multiclient; /* that its connections are one user, at one time */
	char *email;                   /* as it was given; owned; NULL: none */
	struct sasl_keys keys;         /* with a password */
};

struct accounts;

struct accounts *accounts_new(struct err *e); /* NULL: no memory, no random bytes */
void accounts_free(struct accounts *all);     /* wipes the keys; NULL is allowed */

/* By name, in any case (names of accounts fold as nicks do); NULL: there is none. */
struct account *account_find(const struct accounts *all, struct str name);
/* A new one, without a password. NULL: no memory, or the name is taken. */
struct account *account_add(struct accounts *all, struct str name, int64_t created);
void account_set_keys(struct account *a, const struct sasl_keys *keys); /* NULL: no password */
/* Whether it has the form of an address, name@domain; that it is anybody's is another matter. */
bool account_email_valid(struct str email);
bool account_set_email(struct account *a, struct str email);  /* empty: none. False: no memory */
void account_remove(struct accounts *all, struct account *a); /* frees it */
bool account_has_password(const struct account *a);           /* NULL is allowed: false */
size_t accounts_count(const struct accounts *all);

/* A salt that no other has, and so many iterations: for sasl_keys_make. False: no random bytes. */
bool account_salt(struct sasl_keys *out, uint32_t iterations);
/*
 * What the exchange is given for a name: an account's keys; for a name that is none, or has no
 * password, keys that nobody has, with a salt that is the same each time (also after a restart) and
 * `iterations`: who asks can't tell which it is.
 */
void account_keys(
    const struct accounts *all, struct str name, uint32_t iterations, struct sasl_keys *out);

/* ---- as texts ----------------------------------------------------------------------------------
 */
/* "name=ada created=1700000000000 iterations=… salt=… stored=… server=…" */
void account_write(const struct account *a, struct buf *out);
/* The account that a text tells of joins the table. -1: it is none, or memory is short. */
int account_read(struct accounts *all, struct str text, struct err *e);
/* What the salts of names that are no accounts come from: to be kept, and given back, like the
 * accounts. */
void accounts_write_secret(const struct accounts *all, struct buf *out);
bool accounts_read_secret(struct accounts *all, struct str text);

#endif
