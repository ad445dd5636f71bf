/* What must be true of the hub between two events. Whatever is not ends the program: a bug is
 * found where it is made. Not in a build for use, where invariants_none.c stands in its place. */
#include <assert.h>

#include "irc/names.h"
#include "state.h"

enum { SMALL = 64 }; /* users and channels; a larger hub is looked through more rarely */

static bool
known_channel(const struct hub *h, const struct channel *c)
{
	return table_get(h->channels, str_from(c->folded)) == c;
}

static bool
known_user(const struct hub *h, const struct user *u)
{
	return table_get(h->users, user_folded(u)) == u;
}

/* Both lists hold it, at the places that it knows, and hold no other one of the two. */
static void
check_membership(const struct hub *h, struct membership *m)
{
	const struct user *u = m->user;
	const struct channel *c = m->channel;

	assert(known_user(h, u) && known_channel(h, c));
	assert(m->user_slot < u->membership_count && u->memberships[m->user_slot] == m);
	assert(m->channel_slot < c->member_count && c->members[m->channel_slot] == m);
	assert(user_membership(u, c) == m);
	assert(m->flags >> (MEMBER_OPERATOR + 1) == 0);
	assert(m->ban_generation <= c->ban_generation);
}

static void
check_invitations(const struct user *u)
{
	const struct invitation *all = user_extra(u)->invitations;

	for (int i = 1; all != NULL && i < USER_INVITATIONS; i++) {
		assert(all[i].channel_name == NULL || all[i - 1].channel_name != NULL);
		for (int k = 0; all[i].channel_name != NULL && k < i; k++)
			assert(all[i].channel_id != all[k].channel_id);
	}
}

static void
check_account(const struct hub *h, const struct user *u)
{
	const struct user *holder = hub_user_of(h, str_from(u->account));

	if (u->account == NULL)
		return;
	assert(holder != NULL && known_user(h, holder) && holder->account != NULL);
	assert(name_eq(str_from(holder->account), str_from(u->account)));
}

static void
check_user(const struct hub *h, const struct user *u)
{
	assert(known_user(h, u) && !u->leaving);
	assert(user_nick(u).len == str_from(u->nick).len);
	assert(name_eq(user_nick(u), user_folded(u)));
	assert(u->away == NULL || u->away[0] != '\0');
	assert(user_is(u, USER_OPERATOR) == (u->operator_name != NULL));
	for (uint32_t i = 0; i < u->membership_count; i++)
		check_membership(h, u->memberships[i]);
	check_invitations(u);
	check_account(h, u);
}

static void
check_list(const struct list *l)
{
	assert(l->count <= l->cap);
	for (uint32_t i = 0; i < l->count; i++)
		assert(list_find(l, str_from(l->entries[i].mask)) == &l->entries[i]);
}

static void
check_channel(const struct hub *h, const struct channel *c)
{
	assert(known_channel(h, c));
	assert(name_eq(str_from(c->name), str_from(c->folded)));
	assert(c->member_count > 0 || c->founder != NULL);
	assert(!channel_is(c, CHANNEL_KEY) || (c->key != NULL && c->key[0] != '\0'));
	assert(!channel_is(c, CHANNEL_LIMIT) || c->limit > 0);
	assert(c->topic == NULL || (c->topic_by != NULL && c->topic[0] != '\0'));
	for (uint32_t i = 0; i < c->member_count; i++) {
		assert(c->members[i]->channel == c);
		check_membership(h, c->members[i]);
	}
	for (int k = 0; k < LIST_COUNT; k++)
		check_list(&c->lists[k]);
	check_list(&channel_extra(c)->operators);
}

static void
check_counts(const struct hub *h)
{
	size_t with[USER_FLAG_COUNT] = { 0 };
	struct table_walk w = table_walk(h->users);
	const struct user *u;

	while ((u = table_next(&w)) != NULL)
		for (int f = 0; f < USER_FLAG_COUNT; f++)
			with[f] += user_is(u, (enum user_flag)f);
	for (int f = 0; f < USER_FLAG_COUNT; f++)
		assert(with[f] == h->with[f]);
	assert(h->users_most >= table_count(h->users));
	assert(table_count(h->holders) <= table_count(h->users));
}

void
hub_check(const struct hub *h)
{
	static size_t events;
	size_t size = table_count(h->users) + table_count(h->channels);
	struct table_walk w = table_walk(h->users);
	const struct user *u;
	const struct channel *c;

	if (size > SMALL && ++events % (size / SMALL * 16) != 0)
		return;
	while ((u = table_next(&w)) != NULL)
		check_user(h, u);
	w = table_walk(h->channels);
	while ((c = table_next(&w)) != NULL)
		check_channel(h, c);
	check_counts(h);
}
