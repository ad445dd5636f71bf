/* MODE: each change of a list is checked and made for itself, in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irc/names.h"
#include "state.h"

struct list_entry *
list_find(const struct list *l, struct str mask)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (name_eq(str_from(l->entries[i].mask), mask))
			return &l->entries[i];
	return NULL;
}

bool
list_add(struct list *l, struct str mask, struct str by, int64_t time)
{
	struct list_entry *at;

	if (l->count == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : 4;
		at = realloc(l->entries, cap * sizeof(*at));
		if (at == NULL)
			return false;
		l->entries = at;
		l->cap = cap;
	}
	at = &l->entries[l->count];
	at->mask = malloc(mask.len + by.len + 2);
	if (at->mask == NULL)
		return false;
	at->by = at->mask + str_copy(at->mask, mask.len + 1, mask) + 1;
	str_copy(at->by, by.len + 1, by);
	at->time = time;
	l->count++;
	return true;
}

void
list_remove(struct list *l, struct list_entry *at)
{
	free(at->mask);
	l->count--;
	memmove(at, at + 1, (size_t)(&l->entries[l->count] - at) * sizeof(*at));
}

static enum verdict
change_list(struct hub *h, struct event *ev, struct mode_change *m, enum list_kind kind)
{
	struct list *l = &ev->channel->lists[kind];
	char by[IRC_NAME_ROOM + IRC_USER_MOST + IRC_HOST_MOST + 8];
	struct list_entry *old;

	if (!ban_complete(m->param, kind, m->mask, sizeof(m->mask)))
		return VERDICT_BAD_MODE_PARAM;
	m->param = str_from(m->mask);
	old = list_find(l, m->param);
	if (m->add == (old != NULL))
		return VERDICT_NOTHING;
	if (m->add && l->count >= h->rules.list_modes)
		return VERDICT_LIST_FULL;
	if (!m->add)
		list_remove(l, old);
	else if (!list_add(l, m->param,
		     ev->actor ? user_mask(ev->actor, by, sizeof(by)) : STR("server"), ev->time))
		return VERDICT_NO_MEMORY;
	if (kind != LIST_INVITE)
		channel_bans_changed(ev->channel);
	return VERDICT_OK;
}

static enum verdict
change_member(struct hub *h, struct event *ev, struct mode_change *m, unsigned flag)
{
	struct membership *target;

	m->member = hub_user(h, m->param);
	if (m->member == NULL)
		return VERDICT_NO_SUCH_NICK;
	target = user_membership(m->member, ev->channel);
	if (target == NULL)
		return VERDICT_TARGET_NOT_ON_CHANNEL;
	m->param = user_nick(m->member);
	if (member_is(target, (enum member_flag)flag) == m->add)
		return VERDICT_NOTHING;
	target->flags = (uint8_t)(target->flags ^ 1u << flag);
	return VERDICT_OK;
}

static bool
key_valid(struct str key)
{
	if (key.len == 0 || key.len > IRC_KEY_MOST || key.p[0] == ':')
		return false;
	for (size_t i = 0; i < key.len; i++)
		if ((unsigned char)key.p[i] <= ' ' || key.p[i] == ',' || key.p[i] == 0x7f)
			return false;
	return true;
}

static void
set_flag(struct channel *c, unsigned flag, bool on)
{
	c->modes = on ? c->modes | 1u << flag : c->modes & ~(1u << flag);
}

static enum verdict
change_key(struct channel *c, struct mode_change *m)
{
	if (!m->add) {
		if (!channel_is(c, CHANNEL_KEY))
			return VERDICT_NOTHING;
		m->param = STR("*");
		set_flag(c, CHANNEL_KEY, false);
		return VERDICT_OK;
	}
	if (!key_valid(m->param))
		return VERDICT_INVALID_KEY;
	if (channel_is(c, CHANNEL_KEY) && str_eq(m->param, str_from(c->key)))
		return VERDICT_NOTHING;
	if (!text_replace(&c->key, m->param))
		return VERDICT_NO_MEMORY;
	set_flag(c, CHANNEL_KEY, true);
	return VERDICT_OK;
}

static enum verdict
change_limit(struct channel *c, struct mode_change *m)
{
	int64_t limit;

	if (!m->add) {
		m->param = (struct str){ 0 };
		if (!channel_is(c, CHANNEL_LIMIT))
			return VERDICT_NOTHING;
	} else {
		if (!str_to_int64(m->param, &limit) || limit < 1 || limit > 1000000000)
			return VERDICT_BAD_MODE_PARAM;
		if (channel_is(c, CHANNEL_LIMIT) && c->limit == (uint32_t)limit)
			return VERDICT_NOTHING;
		c->limit = (uint32_t)limit;
		m->param.len = (size_t)snprintf(m->mask, sizeof(m->mask), "%u", c->limit);
		m->param.p = m->mask; /* without the zeros that may have stood before it */
	}
	set_flag(c, CHANNEL_LIMIT, m->add);
	return VERDICT_OK;
}

/* Only to where one has a say as well: nobody's channel is filled by others. */
static enum verdict
change_forward(struct hub *h, struct event *ev, struct mode_change *m)
{
	struct channel *c = ev->channel, *to = m->add ? hub_channel(h, m->param) : NULL;
	const struct membership *own = to && ev->actor ? user_membership(ev->actor, to) : NULL;

	if (!m->add) {
		m->param = (struct str){ 0 };
		if (!channel_is(c, CHANNEL_FORWARD))
			return VERDICT_NOTHING;
	} else {
		if (to == NULL || to == c || (ev->actor && !channel_visible(to, ev->actor)))
			return VERDICT_BAD_MODE_PARAM;
		if (!ev->forced && (own == NULL || !member_is(own, MEMBER_OPERATOR)))
			return VERDICT_NOT_CHANNEL_OPERATOR;
		m->param = str_from(to->name);
		if (channel_is(c, CHANNEL_FORWARD) && str_eq(m->param, str_from(c->forward)))
			return VERDICT_NOTHING;
	}
	if (!text_replace(&c->forward, m->param))
		return VERDICT_NO_MEMORY;
	set_flag(c, CHANNEL_FORWARD, m->add);
	return VERDICT_OK;
}

static enum verdict
change_channel(struct hub *h, struct event *ev, struct mode_change *m)
{
	const struct channel_mode *mode = channel_mode_find(m->letter);
	bool needs = mode != NULL &&
		     (mode->kind == MODE_LIST || mode->kind == MODE_PREFIX ||
			 ((mode->kind == MODE_VALUE || mode->kind == MODE_SETTING) && m->add));

	if (mode == NULL)
		return VERDICT_UNKNOWN_MODE;
	if (needs && m->param.len == 0)
		return VERDICT_NEEDS_PARAM;
	switch (mode->kind) {
	case MODE_LIST:
		return change_list(h, ev, m, (enum list_kind)mode->which);
	case MODE_PREFIX:
		return change_member(h, ev, m, mode->which);
	case MODE_VALUE:
		return change_key(ev->channel, m);
	case MODE_SETTING:
		return mode->which == CHANNEL_LIMIT ? change_limit(ev->channel, m)
						    : change_forward(h, ev, m);
	case MODE_FLAG:
		break;
	}
	m->param = (struct str){ 0 };
	if (channel_is(ev->channel, (enum channel_flag)mode->which) == m->add)
		return VERDICT_NOTHING;
	set_flag(ev->channel, mode->which, m->add);
	return VERDICT_OK;
}

static enum verdict
change_user(struct hub *h, struct event *ev, struct mode_change *m)
{
	const struct user_mode *mode = user_mode_find(m->letter);

	m->param = (struct str){ 0 };
	if (mode == NULL)
		return VERDICT_UNKNOWN_MODE;
	if ((m->add && !mode->settable) || user_is(ev->user, mode->flag) == m->add)
		return VERDICT_NOTHING;
	user_set_flag(h, ev->user, mode->flag, m->add);
	if (mode->flag == USER_OPERATOR)
		text_replace(&ev->user->operator_name, (struct str){ 0 });
	return VERDICT_OK;
}

static enum verdict
find_target(struct hub *h, struct event *ev)
{
	enum verdict v;

	if (!channel_looks(ev->target)) {
		ev->user = hub_user(h, ev->target);
		if (ev->user == NULL)
			return VERDICT_NO_SUCH_NICK;
		return ev->user == ev->actor || ev->forced ? VERDICT_OK : VERDICT_OTHER_USER;
	}
	v = find_channel(h, ev);
	if (v != VERDICT_OK || ev->forced)
		return v;
	if (ev->membership == NULL)
		return outsider(ev->channel, VERDICT_NOT_ON_CHANNEL);
	return member_is(ev->membership, MEMBER_OPERATOR) ? VERDICT_OK
							  : VERDICT_NOT_CHANNEL_OPERATOR;
}

/* OK when anything was tried: each change has its own verdict. */
enum verdict
apply_mode(struct hub *h, struct event *ev)
{
	enum verdict v = find_target(h, ev);

	for (unsigned i = 0; v == VERDICT_OK && i < ev->change_count; i++) {
		struct mode_change *m = &ev->changes[i];
		m->verdict = ev->channel ? change_channel(h, ev, m) : change_user(h, ev, m);
	}
	return v;
}
