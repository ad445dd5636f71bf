/*
 * SASL, both sides: the mechanisms PLAIN (RFC 4616), SCRAM-SHA-256 (RFC 7677) and EXTERNAL (RFC
 * 4422), as steps that do no I/O; and the keys that are kept in place of a password. Written twice:
 * sasl_gsasl.c (GNU SASL) and sasl_none.c (built without it: nothing can be started). All on one
 * thread, but for sasl_keys_make.
 */
#ifndef AUTH_SASL_H
#define AUTH_SASL_H

#include "base/buf.h"
#include "base/err.h"

extern const char sasl_library[]; /* "gsasl" or "" */

enum sasl_mechanism { SASL_PLAIN, SASL_SCRAM_SHA_256, SASL_EXTERNAL, SASL_MECHANISM_COUNT };

enum {
	SASL_PASSWORD_MOST = 1024, /* bytes; a longer one never matches */
	SASL_MESSAGE_MOST = 4096,  /* bytes of one message in base64: the longest PLAIN, and room */
	SASL_PART = 400,           /* bytes of it in one AUTHENTICATE line (IRCv3 sasl) */
	SASL_SALT = 16,
	SASL_KEY = 32,
	SASL_ITERATIONS_LEAST = 4096,    /* RFC 7677 */
	SASL_ITERATIONS_MOST = 10000000, /* a client does not work longer for a server's whim */
};

const char *sasl_name(enum sasl_mechanism m);   /* as in the protocol; "" for COUNT */
enum sasl_mechanism sasl_find(struct str name); /* any case; COUNT: no such mechanism */

/* ---- the exchange ------------------------------------------------------------------------------
 */
enum sasl_result {
	SASL_MORE,     /* what is in out goes to the other side, which answers */
	SASL_DONE,     /* client: what is in out (may be empty) is the last to be sent.
			* server: sasl_user() is who it is, by the mechanism's proof */
	SASL_PASSWORD, /* server, PLAIN: sasl_user() claims it by sasl_password(): check that */
	SASL_FAILED,   /* it is over; *e has a sentence for a person */
};

struct sasl;

/*
 * The client's side. The texts are copied, and wiped at the end. EXTERNAL needs neither (name:
 * empty, or the account that is wanted). NULL with a sentence when it cannot be started: no such
 * library in this build, short of memory, a name or password that is empty, too long or has a NUL.
 *
 * One exchange over IRC: `AUTHENTICATE <sasl_name>`, then for each whole message from the server
 * ("+" is the empty one) one step, whose output goes back in parts (below). SCRAM also proves that
 * the server knows the password: believe 903 only after SASL_DONE.
 */
struct sasl *sasl_client_new(
    enum sasl_mechanism m, struct str name, struct str password, struct err *e);
/* The best of a server's list ("PLAIN,SCRAM-SHA-256,EXTERNAL"; empty, from a server that gives
 * none: any) for what the client has: SCRAM before PLAIN with a password; EXTERNAL, and only that,
 * without one. `only`: that one or none; COUNT: any will do. COUNT: none of them. */
enum sasl_mechanism sasl_choose(struct str offered, bool password, enum sasl_mechanism only);

/* What is kept in place of a password: with these nobody can log in, but whoever knows the password
 * can be told. */
struct sasl_keys {
	uint32_t iterations;
	uint8_t salt[SASL_SALT];
	uint8_t stored[SASL_KEY], server[SASL_KEY];
};

/* The server's side. `keys` (SCRAM) tells the keys of an account, as the client wrote its name;
 * for a name that is none it makes some up that nobody has, the same each time. */
typedef void sasl_keys_of(void *arg, struct str name, struct sasl_keys *out);
struct sasl *sasl_server_new(enum sasl_mechanism m, sasl_keys_of *keys, void *arg, struct err *e);

/*
 * One message of the other side in base64 ("" is the empty one; at most SASL_MESSAGE_MOST), and the
 * answer, appended to out in base64. The work of a step is small, but for the client's second one
 * of SCRAM: that is as long as the iterations take.
 */
enum sasl_result sasl_step(struct sasl *x, struct str in, struct buf *out, struct err *e);
/* Server, after DONE or PASSWORD: views that live as long as x. The authorization identity (empty:
 * none was given) is for the caller to compare: nobody here may act for another. EXTERNAL has no
 * user: whoever it is, the socket says. */
struct str sasl_user(const struct sasl *x);
struct str sasl_authorization(const struct sasl *x);
struct str sasl_password(const struct sasl *x);
void sasl_free(struct sasl *x); /* wipes what is secret; NULL is allowed */

/* ---- keys --------------------------------------------------------------------------------------
 */
/*
 * The keys of a password, with the salt and iterations that *keys has. Blocks as long as that
 * takes (a tenth of a second or so): for a helper thread. -1: it has characters that no password
 * may have (SASLprep, RFC 4013), is empty or too long.
 */
int sasl_keys_make(struct str password, struct sasl_keys *keys, struct err *e);
/* Of the same password; the time does not tell where they differ. */
bool sasl_keys_same(const struct sasl_keys *a, const struct sasl_keys *b);

/* ---- a message in lines of IRC -----------------------------------------------------------------
 */
/*
 * The parts of a message to be sent, each for one line `AUTHENTICATE <part>`:
 *     struct str rest = message, part;
 *     bool more = true;
 *     while (more) { more = sasl_part_cut(&rest, &part); ... }
 * The last is shorter than SASL_PART, or "+" when nothing is left for it.
 */
bool sasl_part_cut(struct str *rest, struct str *part);

enum sasl_gathered { SASL_PART_MORE, SASL_PART_WHOLE, SASL_PART_TOO_LONG };
/* Appends a part that came to *message. WHOLE: take the message, then buf_clear it. TOO_LONG: over
 * SASL_PART or, in all, message->max. */
enum sasl_gathered sasl_part_add(struct buf *message, struct str part);

#endif
