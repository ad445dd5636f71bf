/* Who may not come to the server at all. */
#include "hub/server_ban.h"

#include <stdio.h>
#include <stdlib.h>

#include "irc/names.h"
#include "state.h"

#define ACCOUNT "account:"

enum { MASK_ROOM = IRC_NAME_ROOM * 4 + sizeof(ACCOUNT) };

static enum server_ban_kind
kind_of(struct str mask)
{
	if (str_starts(mask, STR(ACCOUNT)))
		return SERVER_BAN_ACCOUNT;
	return str_find(mask, '!') < mask.len ? SERVER_BAN_MASK : SERVER_BAN_ADDRESS;
}

static struct server_ban *
find(const struct hub *h, struct str mask)
{
	char folded[MASK_ROOM];

	if (mask.len > sizeof(folded))
		return NULL;
	return table_get(h->bans, name_fold(mask, folded));
}

const struct server_ban *
hub_ban(const struct hub *h, struct str mask)
{
	return find(h, mask);
}

size_t
hub_ban_count(const struct hub *h)
{
	return table_count(h->bans);
}

struct table_walk
hub_bans(const struct hub *h)
{
	return table_walk(h->bans);
}

bool
server_ban_expired(const struct server_ban *b, int64_t now)
{
	return b->until != 0 && b->until <= now;
}

const struct server_ban *
hub_ban_of_account(const struct hub *h, struct str account, int64_t now)
{
	char text[MASK_ROOM];
	size_t n = str_copy(text, sizeof(text), STR(ACCOUNT));
	const struct server_ban *b;

	n += str_copy(text + n, sizeof(text) - n, account);
	b = find(h, (struct str){ text, n });
	return b != NULL && !server_ban_expired(b, now) ? b : NULL;
}

static bool
matches_any(const struct server_ban *b, const struct str *masks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (masks[i].len > 0 && mask_match(str_from(b->mask), masks[i]))
			return true;
	return false;
}

const struct server_ban *
hub_ban_of_masks(const struct hub *h, const struct str *masks, size_t count, int64_t now)
{
	struct table_walk w = table_walk(h->bans);
	const struct server_ban *b;

	while ((b = table_next(&w)) != NULL)
		if (b->kind == SERVER_BAN_MASK && !server_ban_expired(b, now) &&
		    matches_any(b, masks, count))
			return b;
	return NULL;
}

struct server_ban *
ban_of_nick(const struct hub *h, const struct user *u, struct str nick, int64_t now)
{
	enum { HOSTS = 3, ROOM = IRC_NAME_ROOM + IRC_USER_MOST + IRC_HOST_MOST + 8 };
	const char *const names[HOSTS] = { u->name, user_true_name(u), user_true_name(u) };
	const char *const hosts[HOSTS] = { u->host, user_true_host(u), user_cloak(u) };
	char room[HOSTS][ROOM];
	struct str masks[HOSTS];

	if (hub_ban_count(h) == 0)
		return NULL;
	for (int i = 0; i < HOSTS; i++) {
		int n = snprintf(
		    room[i], ROOM, STR_FMT "!%s@%s", STR_ARG(nick), names[i], hosts[i]);
		masks[i] = (struct str){ room[i], hosts[i][0] && n < ROOM ? (size_t)n : 0 };
	}
	return (struct server_ban *)hub_ban_of_masks(h, masks, HOSTS, now);
}

void
server_ban_free(struct server_ban *b)
{
	free(b->mask);
	free(b->by);
	free(b);
}

static struct server_ban *
add(struct hub *h, struct str mask)
{
	struct server_ban *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->mask = malloc(2 * mask.len + 2)) == NULL) {
		free(b);
		return NULL;
	}
	b->kind = kind_of(mask);
	b->folded = b->mask + str_copy(b->mask, mask.len + 1, mask) + 1;
	name_fold(mask, b->folded);
	b->folded[mask.len] = '\0';
	if (table_put(h->bans, str_from(b->folded), b))
		return b;
	server_ban_free(b);
	return NULL;
}

enum verdict
apply_ban(struct hub *h, struct event *ev)
{
	struct server_ban *b = find(h, ev->target);
	char *texts;

	if (ev->actor != NULL && !user_is(ev->actor, USER_OPERATOR))
		return VERDICT_NOT_PERMITTED;
	if (b == NULL && hub_ban_count(h) >= SERVER_BANS_MOST)
		return VERDICT_LIST_FULL;
	if (ev->target.len == 0 || ev->target.len > MASK_ROOM)
		return VERDICT_BAD_MODE_PARAM;
	texts = malloc(ev->object.len + ev->text.len + 2);
	if (texts == NULL || (b == NULL && (b = add(h, ev->target)) == NULL)) {
		free(texts);
		return VERDICT_NO_MEMORY;
	}
	free(b->by);
	b->by = texts;
	b->reason = texts + str_copy(texts, ev->object.len + 1, ev->object) + 1;
	str_copy(b->reason, ev->text.len + 1, ev->text);
	b->since = ev->since ? ev->since : ev->time;
	b->until = ev->until;
	ev->ban = b;
	return VERDICT_OK;
}

enum verdict
apply_unban(struct hub *h, struct event *ev)
{
	struct server_ban *b = find(h, ev->target);

	if (ev->actor != NULL && !user_is(ev->actor, USER_OPERATOR))
		return VERDICT_NOT_PERMITTED;
	if (b == NULL)
		return VERDICT_NOTHING;
	ev->ban = table_take(h->bans, str_from(b->folded));
	return VERDICT_OK;
}
