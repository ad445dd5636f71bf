/*
 * What was sent under an id of the client's own (capability sockchat/id), so that sending it again
 * does no harm: the last SENT_A_SENDER messages of the past day of each sender are remembered.
 */
#ifndef SERVE_SENT_H
#define SERVE_SENT_H

#include "serve/session.h"

enum {
	SENT_A_SENDER = 1000,
	SENT_MOST = 1000000, /* of all senders */
	SENT_ID_LEAST = 22,  /* characters of an id: 128 random bits in base64 */
	SENT_ID_MOST = 64,
	SENDER_ROOM = IRC_NAME_ROOM * 4 + 2,
};
#define SENT_AGE ((int64_t)24 * 60 * 60 * 1000) /* ms */

struct sent;

struct sent *sent_new(void); /* NULL: no memory */
void sent_free(struct sent *all);
/* Those of the past day that the store has. -1: it could not be read. */
int sent_load(struct sent *all, struct store *store, struct err *e);

/* Who it is that ids belong to: the account, else "!" and the nick, folded. */
struct str sender_identity(const struct user *u, char out[SENDER_ROOM]);
/* Letters, digits, - and _; long enough not to be met by chance. */
bool sent_id_valid(struct str id);

/* The message was applied. Without memory it is not remembered. */
void sent_remember(struct server *sv, const struct event *ev);
/* The number of the message that this user sent under this id to this target (as it was written);
 * 0: none. */
uint64_t sent_before(
    const struct sent *all, const struct user *u, struct str id, struct str target, int64_t now);
/* The message was not kept: it may be sent again. */
void sent_forget(struct sent *all, uint64_t number);

#endif
