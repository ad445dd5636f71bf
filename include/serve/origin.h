/*
 * Where a session comes from: the address that it is shown, logged, counted and banned by. It is
 * the socket's, or what a trusted proxy (PROXY protocol) or gateway (WEBIRC) says of it.
 */
#ifndef SERVE_ORIGIN_H
#define SERVE_ORIGIN_H

#include "net/subnet.h"
#include "serve/session.h"

/* One item of [serve] webirc. */
struct gateway {
	char *name, *hash; /* owned; crypt(3) */
	struct subnet from;
	bool anywhere;       /* from is not asked for */
	uint64_t right_once; /* hash of a password that was right; 0: none yet */
};

/* -1 with a sentence. What out was is not freed; empty with every -1. */
int origins_read(const struct settings *st, struct origins *out, struct err *e);
void origins_free(struct origins *all); /* empty afterwards */

/* A header of the PROXY protocol is expected of connections from there. */
bool origin_is_proxy(const struct server *sv, const struct addr *peer);
/* The first gateway of that name from where the session is, else the first from there; NULL. */
struct gateway *origin_gateway(const struct session *s, struct str name);

/* By the socket; the user name too, on a Unix socket. False: no memory. */
bool origin_identify(struct session *s, int fd, const struct addr *peer);
/* By the word of a proxy or gateway, in place of that. It is counted at its new address when
 * origin_count() is called again. */
void origin_change(struct session *s, const struct addr *from);
/* One more client of its address; false when there are enough. Without memory nobody is counted.
 * Twice is once. */
bool origin_count(struct session *s);
void origin_uncount(struct session *s);

/* Its address; false: it is on a Unix socket. */
bool session_address(const struct session *s, struct addr *out);
/* The same as IRC shows it, "localhost" on a Unix socket; lent until the next call. Never shown to
 * others: see cloak.h. */
const char *session_host(const struct session *s);
/* An address as IRC shows it: no colon first. Cut at IRC_HOST_MOST. */
void origin_host(const struct addr *a, char out[IRC_HOST_MOST + 1]);

#endif
