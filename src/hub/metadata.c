/* Metadata: the texts themselves, and what changes them. */
#include "hub/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "irc/limits.h"
#include "irc/names.h"
#include "state.h"

/* ---- texts by key ---------------------------------------------------------------------------- */

/* Where the key is, or would be. */
static uint32_t
place_of(const struct metadata *m, struct str key, bool *found)
{
	uint32_t from = 0, to = m->count;

	*found = false;
	while (from < to && !*found) {
		uint32_t middle = (from + to) / 2;
		int order = str_compare(key, str_from(m->entries[middle].key));
		if (order > 0) {
			from = middle + 1;
		} else {
			to = middle;
			*found = order == 0;
		}
	}
	return *found ? to : from;
}

const char *
metadata_get(const struct metadata *m, struct str key)
{
	bool found;
	uint32_t i = place_of(m, key, &found);

	return found ? m->entries[i].value : NULL;
}

static void
unset(struct metadata *m, uint32_t i)
{
	free(m->entries[i].key);
	m->count--;
	memmove(m->entries + i, m->entries + i + 1, (m->count - i) * sizeof(*m->entries));
	if (m->count == 0)
		metadata_clear(m);
}

/* Room for one more at place i. */
static bool
make_room(struct metadata *m, uint32_t i)
{
	struct metadata_entry *grown = realloc(m->entries, (m->count + 1) * sizeof(*grown));

	if (grown == NULL)
		return false;
	m->entries = grown;
	memmove(grown + i + 1, grown + i, (m->count - i) * sizeof(*grown));
	m->count++;
	return true;
}

bool
metadata_set(struct metadata *m, struct str key, struct str value)
{
	struct metadata_entry e;
	bool found;
	uint32_t i = place_of(m, key, &found);

	if (value.p == NULL) {
		if (found)
			unset(m, i);
		return true;
	}
	e.key = malloc(key.len + value.len + 2);
	if (e.key == NULL)
		return false;
	e.value = e.key + str_copy(e.key, key.len + 1, key) + 1;
	str_copy(e.value, value.len + 1, value);
	if (found) {
		free(m->entries[i].key);
	} else if (!make_room(m, i)) {
		free(e.key);
		return false;
	}
	m->entries[i] = e;
	return true;
}

void
metadata_clear(struct metadata *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		free(m->entries[i].key);
	free(m->entries);
	*m = (struct metadata){ 0 };
}

void
metadata_write(const struct metadata *m, const char *before, struct buf *out)
{
	for (uint32_t i = 0; i < m->count; i++)
		buf_printf(out, "%s%s %s\n", before, m->entries[i].key, m->entries[i].value);
}

bool
metadata_read(struct metadata *m, struct str line)
{
	size_t space = str_find(line, ' ');
	struct str key = str_first(line, space);

	return space < line.len && metadata_key_valid(key) &&
	       line.len - space - 1 <= IRC_METADATA_VALUE_MOST &&
	       metadata_set(m, key, str_from_byte(line, space + 1));
}

/* ---- whose they are -------------------------------------------------------------------------- */

struct of_account {
	struct metadata metadata;
	char folded[]; /* the key in the hub's table */
};

static struct of_account *
find_account(const struct hub *h, struct str account)
{
	char folded[IRC_NAME_ROOM * 4];

	if (account.len == 0 || account.len > sizeof(folded))
		return NULL;
	return table_get(h->metadata, name_fold(account, folded));
}

static struct of_account *
make_account(struct hub *h, struct str account)
{
	struct of_account *a = find_account(h, account);

	if (a != NULL)
		return a;
	a = calloc(1, sizeof(*a) + account.len + 1);
	if (a == NULL)
		return NULL;
	name_fold(account, a->folded);
	if (table_put(h->metadata, str_from(a->folded), a))
		return a;
	free(a);
	return NULL;
}

/* It is gone when there is nothing in it. */
static void
tidy_account(struct hub *h, struct str account)
{
	struct of_account *a = find_account(h, account);

	if (a == NULL || a->metadata.count > 0)
		return;
	table_take(h->metadata, str_from(a->folded));
	free(a);
}

static const struct metadata none;

const struct metadata *
hub_metadata_of(const struct hub *h, struct str account)
{
	const struct of_account *a = find_account(h, account);

	return a ? &a->metadata : &none;
}

const struct metadata *
hub_metadata(const struct hub *h, const struct user *u)
{
	return u->account ? hub_metadata_of(h, str_from(u->account)) : &user_extra(u)->metadata;
}

/* To change it; tidy_account() is due. NULL: no memory. */
static struct metadata *
metadata_of(struct hub *h, struct user *u)
{
	struct of_account *a = u->account ? make_account(h, str_from(u->account)) : NULL;
	struct user_extra *x = u->account ? NULL : user_extra_make(u);

	if (u->account != NULL)
		return a ? &a->metadata : NULL;
	return x ? &x->metadata : NULL;
}

void
hub_forget_metadata(struct hub *h, struct str account)
{
	struct of_account *a = find_account(h, account);

	if (a == NULL)
		return;
	metadata_clear(&a->metadata);
	tidy_account(h, account);
}

int
hub_read_metadata(struct hub *h, struct str account, struct str text, struct err *e)
{
	struct of_account *a = make_account(h, account);
	bool good = a != NULL;

	while (good && text.len > 0)
		good = metadata_read(&a->metadata, str_cut(&text, '\n'));
	if (good)
		return 0;
	hub_forget_metadata(h, account);
	return err_set(e, "not the metadata of an account, or memory is short");
}

void
metadata_free_all(struct hub *h)
{
	struct table_walk w;
	struct of_account *a;

	if (h->metadata == NULL)
		return;
	w = table_walk(h->metadata);
	while ((a = table_next(&w)) != NULL) {
		metadata_clear(&a->metadata);
		free(a);
	}
	table_free(h->metadata);
	metadata_clear(&h->metadata_before);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* Whose it is to be, and whether the actor may change it. */
static enum verdict
find_subject(struct hub *h, struct event *ev)
{
	bool may = ev->forced || ev->actor == NULL || user_is(ev->actor, USER_OPERATOR);
	enum verdict v;

	if (!channel_looks(ev->target)) {
		ev->user = ev->target.len > 0 ? hub_user(h, ev->target) : ev->actor;
		if (ev->user == NULL)
			return VERDICT_NO_SUCH_NICK;
		return may || ev->user == ev->actor ? VERDICT_OK : VERDICT_NOT_PERMITTED;
	}
	v = find_channel(h, ev);
	if (v != VERDICT_OK || may)
		return v;
	if (ev->membership == NULL)
		return outsider(ev->channel, VERDICT_NOT_ON_CHANNEL);
	return member_is(ev->membership, MEMBER_OPERATOR) ? VERDICT_OK
							  : VERDICT_NOT_CHANNEL_OPERATOR;
}

static enum verdict
unset_all(struct hub *h, struct event *ev, struct metadata *m)
{
	if (m->count == 0)
		return VERDICT_NOTHING;
	metadata_clear(&h->metadata_before);
	h->metadata_before = *m;
	*m = (struct metadata){ 0 };
	ev->metadata_before = &h->metadata_before;
	return VERDICT_OK;
}

static enum verdict
set_one(struct hub *h, struct event *ev, struct metadata *m)
{
	const char *old = metadata_get(m, ev->object);

	if (!metadata_key_valid(ev->object))
		return VERDICT_INVALID_KEY;
	if (old == NULL ? ev->text.p == NULL : ev->text.p && str_eq(ev->text, str_from(old)))
		return VERDICT_NOTHING;
	if (ev->text.len > h->rules.metadata_value)
		return VERDICT_TOO_LONG;
	if (old == NULL && m->count >= h->rules.metadata_keys)
		return VERDICT_LIST_FULL;
	return metadata_set(m, ev->object, ev->text) ? VERDICT_OK : VERDICT_NO_MEMORY;
}

/* NULL: no memory. */
static struct metadata *
of_channel(struct channel *c)
{
	struct channel_extra *x = channel_extra_make(c);

	return x ? &x->metadata : NULL;
}

enum verdict
apply_metadata(struct hub *h, struct event *ev)
{
	enum verdict v = find_subject(h, ev);
	struct metadata *m;

	if (v != VERDICT_OK)
		return v;
	m = ev->channel ? of_channel(ev->channel) : metadata_of(h, ev->user);
	if (m == NULL)
		return VERDICT_NO_MEMORY;
	if (str_eq(ev->object, STR("*")) && ev->text.p == NULL)
		v = unset_all(h, ev, m);
	else
		v = set_one(h, ev, m);
	if (ev->user != NULL)
		tidy_account(h, str_from(ev->user->account));
	return v;
}

/* What a user without an account was given goes to the account that it logs in to, over what that
 * has, as far as there is room. */
void
metadata_login(struct hub *h, struct event *ev, struct str old)
{
	struct user *u = ev->actor;
	struct metadata *to = NULL, *before = &h->metadata_before;

	metadata_clear(before);
	ev->metadata_before = old.len > 0 ? hub_metadata_of(h, old) : before;
	if (old.len > 0 || user_extra(u)->metadata.count == 0)
		return;
	*before = u->extra->metadata;
	u->extra->metadata = (struct metadata){ 0 };
	to = metadata_of(h, u);
	for (uint32_t i = 0; to != NULL && i < before->count; i++) {
		struct str key = str_from(before->entries[i].key);
		if (to->count < h->rules.metadata_keys || metadata_get(to, key) != NULL)
			metadata_set(to, key, str_from(before->entries[i].value));
	}
	tidy_account(h, str_from(u->account));
}
