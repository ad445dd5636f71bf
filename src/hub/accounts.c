/* Who is logged in to which account: a table by account, of those who are. */
#include <stdlib.h>

#include "irc/names.h"
#include "state.h"

struct holder {
	struct user *user; /* one of those who are logged in to it */
	size_t count;      /* how many they are: mostly one */
	char folded[];     /* the key */
};

static struct holder *
find(const struct hub *h, struct str account)
{
	char folded[IRC_NAME_ROOM * 4];

	if (account.len == 0 || account.len > sizeof(folded))
		return NULL;
	return table_get(h->holders, name_fold(account, folded));
}

struct user *
hub_user_of(const struct hub *h, struct str account)
{
	const struct holder *o = find(h, account);

	return o ? o->user : NULL;
}

size_t
hub_users_of(const struct hub *h, struct str account)
{
	const struct holder *o = find(h, account);

	return o ? o->count : 0;
}

/* One more of them. False: no memory. */
static bool
hold(struct hub *h, struct user *u, struct str account)
{
	struct holder *o = find(h, account);

	if (o != NULL) {
		o->count++;
		return true;
	}
	o = calloc(1, sizeof(*o) + account.len + 1);
	if (o == NULL)
		return false;
	o->user = u;
	o->count = 1;
	name_fold(account, o->folded);
	if (table_put(h->holders, str_from(o->folded), o))
		return true;
	free(o);
	return false;
}

struct user *
hub_next_of(struct table_walk *w, struct str account)
{
	struct user *u;

	while ((u = table_next(w)) != NULL)
		if (u->account != NULL && name_eq(str_from(u->account), account))
			break;
	return u;
}

/* Another user of the account. Several are rare: one logged in when it was a user already. */
static struct user *
other_of(const struct hub *h, const struct user *u)
{
	struct table_walk w = hub_users(h);
	struct user *other = hub_next_of(&w, str_from(u->account));

	return other == u ? hub_next_of(&w, str_from(u->account)) : other;
}

void
account_let_go(struct hub *h, const struct user *u)
{
	struct holder *o = find(h, str_from(u->account));

	if (o == NULL)
		return;
	if (--o->count == 0) {
		table_take(h->holders, str_from(o->folded));
		free(o);
	} else if (o->user == u) {
		o->user = other_of(h, u);
	}
}

enum verdict
apply_account(struct hub *h, struct event *ev)
{
	struct user *u = ev->actor;
	struct str old = str_from(u->account);
	bool other = !name_eq(old, ev->text);
	char *copy = NULL, *was = u->account;

	if (str_eq(old, ev->text))
		return VERDICT_NOTHING;
	if (ev->text.len > 0 &&
	    ((copy = str_dup(ev->text)) == NULL || (other && !hold(h, u, ev->text)))) {
		free(copy);
		return VERDICT_NO_MEMORY;
	}
	if (other) /* not only written otherwise */
		account_let_go(h, u);
	u->account = copy;
	forget_bans(u);
	if (other)
		metadata_login(h, ev, old);
	free(was);
	return VERDICT_OK;
}
