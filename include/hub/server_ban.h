/*
 * Bans from the whole server: state of the hub, changed by EVENT_BAN and EVENT_UNBAN alone. What is
 * banned is told by its text:
 *
 *     10.0.0.0/8       an address or a network of them, as subnet_text() writes it
 *     *!*@host.name    a mask for nick!user@host
 *     account:ada      an account, folded
 */
#ifndef HUB_SERVER_BAN_H
#define HUB_SERVER_BAN_H

#include "base/table.h"

struct hub;

enum server_ban_kind { SERVER_BAN_ADDRESS, SERVER_BAN_MASK, SERVER_BAN_ACCOUNT };

enum { SERVER_BANS_MOST = 10000 }; /* one more is refused: VERDICT_LIST_FULL */

/* Lives until it is lifted, where it is. */
struct server_ban {
	enum server_ban_kind kind;
	char *mask, *folded;  /* one allocation */
	char *by, *reason;    /* one allocation */
	int64_t since, until; /* wall ms; until 0: for good */
};

const struct server_ban *hub_ban(const struct hub *h, struct str mask); /* NULL: none */
size_t hub_ban_count(const struct hub *h);
/* for (struct table_walk w = hub_bans(h); (b = table_next(&w));): the oldest first */
struct table_walk hub_bans(const struct hub *h);
bool server_ban_expired(const struct server_ban *b, int64_t now);

/* The ban of an account, and the first one by mask that any of the texts nick!user@host matches.
 * Those that have expired do not count. NULL: none. */
const struct server_ban *hub_ban_of_account(const struct hub *h, struct str account, int64_t now);
const struct server_ban *hub_ban_of_masks(
    const struct hub *h, const struct str *masks, size_t count, int64_t now);

#endif
