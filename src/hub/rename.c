/* RENAME: a channel gets another name, and stays what it is. */
#include <stdlib.h>

#include "base/utf8.h"
#include "irc/names.h"
#include "state.h"

static enum verdict
may_rename(const struct hub *h, const struct event *ev)
{
	const struct channel *c = ev->channel, *there = hub_channel(h, ev->object);

	if (!ev->forced) {
		if (ev->membership == NULL)
			return outsider(c, VERDICT_NOT_ON_CHANNEL);
		if (!member_is(ev->membership, MEMBER_OPERATOR))
			return VERDICT_NOT_CHANNEL_OPERATOR;
		if (c->founder != NULL && !is_founder(c, ev->actor))
			return VERDICT_NOT_FOUNDER;
	}
	if (!channel_valid(ev->object, h->rules.channel_length))
		return VERDICT_BAD_NEW_NAME;
	if (str_eq(ev->object, str_from(c->name)))
		return VERDICT_NOTHING;
	if (there != NULL && there != c)
		return VERDICT_NAME_IN_USE;
	if (there == NULL && channel_extra(c)->renamed + IRC_RENAME_INTERVAL > ev->time)
		return VERDICT_RENAMED_JUST_NOW;
	return VERDICT_OK;
}

/* Invitations and forwards name it; where memory is short, they go on doing so by the old name. */
static void
rename_mentions(struct hub *h, const struct channel *c)
{
	struct table_walk w = hub_users(h);
	struct str old = str_from(h->old_channel), name = str_from(c->name);
	struct channel *other;
	struct user *u;

	while ((u = table_next(&w)) != NULL) {
		struct invitation *all = user_extra(u)->invitations;
		for (int i = 0; all != NULL && i < USER_INVITATIONS; i++)
			if (all[i].channel_name != NULL && all[i].channel_id == c->id)
				text_replace(&all[i].channel_name, name);
	}
	w = hub_channels(h);
	while ((other = table_next(&w)) != NULL)
		if (channel_is(other, CHANNEL_FORWARD) && name_eq(str_from(other->forward), old))
			text_replace(&other->forward, name);
}

enum verdict
apply_rename(struct hub *h, struct event *ev)
{
	enum verdict v = find_channel(h, ev);
	struct channel *c = ev->channel;
	bool put;

	if (v == VERDICT_OK)
		v = may_rename(h, ev);
	if (v != VERDICT_OK)
		return v;
	if (channel_extra_make(c) == NULL)
		return VERDICT_NO_MEMORY;
	str_copy(h->old_channel, sizeof(h->old_channel), str_from(c->name));
	table_take(h->channels, str_from(c->folded));
	put = channel_rename(c, ev->object) && table_put(h->channels, str_from(c->folded), c);
	if (!put) { /* the old entry's memory was freed just now: it goes back in */
		channel_rename(c, str_from(h->old_channel));
		table_put(h->channels, str_from(c->folded), c);
		return VERDICT_NO_MEMORY;
	}
	if (!name_eq(ev->object, str_from(h->old_channel)))
		c->extra->renamed = ev->time;
	rename_mentions(h, c);
	ev->old_nick = str_from(h->old_channel);
	ev->text = str_first(ev->text, utf8_prefix(ev->text, h->rules.kick_length));
	return VERDICT_OK;
}
