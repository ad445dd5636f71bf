/*
 * Cloaks: the host that others see in place of an address. Each is made of keyed hashes of the
 * address and of the two networks around it, so that it stays the same as long as the key does,
 * tells nobody the address, and lets a mask stand for a network: "*.k3v9q2xa.p5c4m7de.ip".
 */
#ifndef SERVE_CLOAK_H
#define SERVE_CLOAK_H

#include "serve/session.h"

enum cloak_policy { CLOAK_NONE, CLOAK_ADDRESS, CLOAK_ACCOUNT };

/* The hosts of somebody beside the true one; each may be empty: there is none. */
struct cloak {
	char address[IRC_HOST_MOST + 1]; /* in place of the address */
	char shown[IRC_HOST_MOST + 1];   /* in place of both: that of the account */
};

/* The key: from its file, else from the store; made where there is none. -1 with a sentence. */
int cloaks_open(struct server *sv, struct err *e);

/* Who comes from this address (NULL: a Unix socket) and has this account (NULL: none). The machine
 * itself is shown as it is. */
void cloak_of(
    const struct server *sv, const struct addr *from, const char *account, struct cloak *out);
/* The host that is shown is the true one or a cloak: nobody chose it. */
bool cloak_is_shown(const struct server *sv, const struct user *u);
/* The host of the account, which is shown when no other is chosen; "": there is none. */
const char *cloak_of_account(const struct server *sv, const struct user *u, struct cloak *room);
/* The event took effect: who has logged in or out may be shown differently now. */
void cloak_note(struct server *sv, const struct event *ev);

#endif
