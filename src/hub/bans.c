/* Who is banned or may not speak: masks of nick!user@host, and extended ones, "a:ada". */
#include <string.h>

#include "irc/names.h"
#include "state.h"

/* The texts of a user that ordinary masks are matched with, made when first needed. */
struct looks {
	const struct user *user;
	char room[3][IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];
	struct str shown, truth, cloak;
};

static bool
matches_account(const struct user *u, struct str mask)
{
	return u->account != NULL && mask_match(mask, str_from(u->account));
}

/* A secret channel tells nobody who is in it, by no ban either. */
static bool
matches_channel(const struct user *u, struct str mask)
{
	for (uint32_t i = 0; i < u->membership_count; i++) {
		const struct channel *c = u->memberships[i]->channel;
		if (!channel_is(c, CHANNEL_SECRET) && mask_match(mask, str_from(c->name)))
			return true;
	}
	return false;
}

static bool
matches_real(const struct user *u, struct str mask)
{
	return mask_match(mask, str_from(u->real));
}

const struct extban extbans[] = {
	{ 'a', EXTBAN_ACCOUNT, "logged in to an account that matches", matches_account },
	{ 'c', EXTBAN_MOVES, "in a channel that matches, and is not secret", matches_channel },
	{ 'm', EXTBAN_MUTE, "what follows is a mask or another of these: may join, but not speak",
	    NULL },
	{ 'r', EXTBAN_PLAIN, "real name that matches, with ? for spaces", matches_real },
	{ 0, EXTBAN_PLAIN, NULL, NULL },
};

/* The row of a mask "letter:rest"; NULL: it is an ordinary one. */
static const struct extban *
extban_of(struct str mask)
{
	if (mask.len < 3 || mask.p[1] != ':')
		return NULL;
	for (const struct extban *e = extbans; e->letter != 0; e++)
		if (mask.p[0] == e->letter)
			return e;
	return NULL;
}

/* An IPv6 address may begin as an extended mask does: "a:b::c". */
static bool
is_address(struct str mask)
{
	static const struct str allowed = { "0123456789abcdefABCDEF:.*?/", 27 };
	struct str rest = str_from_byte(mask, 2);

	for (size_t i = 0; i < mask.len; i++)
		if (str_find(allowed, mask.p[i]) == allowed.len)
			return false;
	return str_find(rest, ':') < rest.len;
}

bool
ban_complete(struct str mask, enum list_kind kind, char *out, size_t size)
{
	const struct extban *e = extban_of(mask);
	struct str rest = str_from_byte(mask, 2);

	if (e == NULL || is_address(mask) || size < 3)
		return mask_complete(mask, out, size);
	memcpy(out, mask.p, 2);
	if (e->use != EXTBAN_MUTE) { /* it must be such that it could be a mask */
		if (!mask_complete(rest, out + 2, size - 2))
			return false;
		str_copy(out + 2, size - 2, rest);
		return true;
	}
	if (kind == LIST_INVITE || (extban_of(rest) == e))
		return false;
	return ban_complete(rest, kind, out + 2, size - 2);
}

static bool
looks_match(struct looks *l, struct str mask)
{
	if (l->shown.len == 0) {
		l->shown = user_mask(l->user, l->room[0], sizeof(l->room[0]));
		if (l->user->disguised) {
			l->truth = user_true_mask(l->user, l->room[1], sizeof(l->room[1]));
			l->cloak = user_cloak_mask(l->user, l->room[2], sizeof(l->room[2]));
		}
	}
	return mask_match(mask, l->shown) || (l->truth.len > 0 && mask_match(mask, l->truth)) ||
	       (l->cloak.len > 0 && mask_match(mask, l->cloak));
}

static bool
entry_matches(struct str mask, struct looks *l, enum ban_use use)
{
	const struct extban *e = extban_of(mask);

	if (e != NULL && e->use == EXTBAN_MUTE) {
		if (use != BAN_SPEAK)
			return false;
		mask = str_from_byte(mask, 2);
		e = extban_of(mask);
	}
	return e == NULL ? looks_match(l, mask) : e->matches(l->user, str_from_byte(mask, 2));
}

bool
channel_list_matches(
    const struct channel *c, enum list_kind kind, const struct user *u, enum ban_use use)
{
	const struct list *list = &c->lists[kind];
	struct looks l;

	if (list->count == 0)
		return false;
	l.user = u;
	l.shown = l.truth = l.cloak = (struct str){ 0 };
	for (uint32_t i = 0; i < list->count; i++)
		if (entry_matches(str_from(list->entries[i].mask), &l, use))
			return true;
	return false;
}

bool
channel_bans(const struct channel *c, const struct user *u, enum ban_use use)
{
	return channel_list_matches(c, LIST_BAN, u, use) &&
	       !channel_list_matches(c, LIST_EXCEPT, u, use);
}

static bool
any_moves(const struct list *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct str mask = str_from(l->entries[i].mask);
		const struct extban *e = extban_of(mask);
		if (e != NULL && e->use == EXTBAN_MUTE)
			e = extban_of(str_from_byte(mask, 2));
		if (e != NULL && e->use == EXTBAN_MOVES)
			return true;
	}
	return false;
}

void
channel_bans_changed(struct channel *c)
{
	c->ban_generation++;
	c->bans_move = any_moves(&c->lists[LIST_BAN]) || any_moves(&c->lists[LIST_EXCEPT]);
}

/* Looked up once for each member and generation of the lists, not for each message. */
bool
member_banned(struct membership *m)
{
	const struct channel *c = m->channel;

	if (m->ban_generation != c->ban_generation || c->bans_move) {
		m->banned = channel_bans(c, m->user, BAN_SPEAK);
		m->ban_generation = c->ban_generation;
	}
	return m->banned;
}

bool
member_silenced(struct membership *m)
{
	const struct channel *c = m->channel;

	if (m->flags != 0)
		return false;
	return channel_is(c, CHANNEL_MODERATED) ||
	       (channel_is(c, CHANNEL_ACCOUNTS_SPEAK) && m->user->account == NULL) ||
	       member_banned(m);
}
