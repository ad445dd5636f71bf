/* Channels as events change them: join, part, kick, topic, invite. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "irc/names.h"
#include "state.h"

enum verdict
find_channel(struct hub *h, struct event *ev)
{
	ev->channel = hub_channel(h, ev->target);
	if (ev->channel == NULL)
		return VERDICT_NO_SUCH_CHANNEL;
	ev->membership = ev->actor ? user_membership(ev->actor, ev->channel) : NULL;
	return VERDICT_OK;
}

enum verdict
outsider(const struct channel *c, enum verdict why)
{
	return channel_is(c, CHANNEL_SECRET) ? VERDICT_NO_SUCH_CHANNEL : why;
}

/* The actor is in the channel (or the event is forced). */
static enum verdict
need_member(struct hub *h, struct event *ev)
{
	enum verdict v = find_channel(h, ev);

	if (v != VERDICT_OK)
		return v;
	if (ev->membership != NULL || ev->forced)
		return VERDICT_OK;
	return outsider(ev->channel, VERDICT_NOT_ON_CHANNEL);
}

static enum verdict
need_operator(struct event *ev)
{
	if (ev->forced || member_is(ev->membership, MEMBER_OPERATOR))
		return VERDICT_OK;
	return VERDICT_NOT_CHANNEL_OPERATOR;
}

/* Whether the rules of an existing channel let the actor in. An operator's invitation opens every
 * door but a ban; nobody locks those out whose account makes them operators. */
static enum verdict
may_join(const struct channel *c, struct user *u, struct str key)
{
	bool invited = invitation_take(u, c, false);

	if (channel_trusts(c, u))
		return VERDICT_OK;
	if (channel_bans(c, u, BAN_JOIN))
		return VERDICT_BANNED;
	if (invited)
		return VERDICT_OK;
	if (channel_is(c, CHANNEL_ACCOUNTS_ONLY) && u->account == NULL)
		return VERDICT_NEEDS_ACCOUNT;
	if (channel_is(c, CHANNEL_INVITE_ONLY) &&
	    !channel_list_matches(c, LIST_INVITE, u, BAN_JOIN))
		return VERDICT_INVITE_ONLY;
	if (channel_is(c, CHANNEL_KEY) && !str_eq(key, str_from(c->key)))
		return VERDICT_BAD_KEY;
	if (channel_is(c, CHANNEL_LIMIT) && c->member_count >= c->limit)
		return VERDICT_FULL;
	return VERDICT_OK;
}

/* Where those go whom it refuses: by modes f, a few steps at most. NULL: nowhere. */
static struct channel *
forwarded(struct hub *h, struct channel *c, struct user *u)
{
	enum { STEPS_MOST = 4 };

	for (int i = 0; i < STEPS_MOST && channel_is(c, CHANNEL_FORWARD); i++) {
		c = hub_channel(h, str_from(c->forward));
		if (c == NULL || user_membership(u, c) != NULL)
			return NULL;
		if (may_join(c, u, (struct str){ 0 }) == VERDICT_OK)
			return c;
	}
	return NULL;
}

static enum verdict
come_in(struct hub *h, struct event *ev)
{
	enum verdict v = ev->forced ? VERDICT_OK : may_join(ev->channel, ev->actor, ev->text);
	struct channel *to = v == VERDICT_OK ? NULL : forwarded(h, ev->channel, ev->actor);

	if (to == NULL)
		return v;
	ev->asked = ev->channel;
	ev->channel = to;
	return VERDICT_OK;
}

static enum verdict
create_channel(struct hub *h, struct event *ev)
{
	struct channel *c;

	if (!channel_valid(ev->target, h->rules.channel_length))
		return VERDICT_BAD_CHANNEL_NAME;
	c = channel_new(ev->target);
	if (c == NULL)
		return VERDICT_NO_MEMORY;
	c->id = ev->number;
	c->created = ev->time;
	if (!table_put(h->channels, str_from(c->folded), c)) {
		channel_free(c);
		return VERDICT_NO_MEMORY;
	}
	ev->channel = c;
	ev->created = true;
	return VERDICT_OK;
}

enum verdict
apply_join(struct hub *h, struct event *ev)
{
	struct user *u = ev->actor;
	enum verdict v;

	ev->channel = hub_channel(h, ev->target);
	if (ev->channel != NULL && user_membership(u, ev->channel) != NULL)
		return VERDICT_NOTHING;
	if (u->membership_count >= h->rules.channels)
		return VERDICT_TOO_MANY_CHANNELS;
	if (ev->channel == NULL)
		v = create_channel(h, ev);
	else
		v = come_in(h, ev);
	if (v != VERDICT_OK)
		return v;
	ev->membership = membership_new(u, ev->channel);
	if (ev->membership == NULL) {
		if (ev->created) {
			table_take(h->channels, str_from(ev->channel->folded));
			channel_free(ev->channel);
		}
		return VERDICT_NO_MEMORY;
	}
	if (ev->created)
		ev->membership->flags = 1u << MEMBER_OPERATOR;
	invitation_take(u, ev->channel, true);
	return VERDICT_OK;
}

enum verdict
apply_part(struct hub *h, struct event *ev)
{
	enum verdict v = find_channel(h, ev);

	ev->text = str_first(ev->text, utf8_prefix(ev->text, h->rules.kick_length));
	if (v == VERDICT_OK && ev->membership == NULL)
		v = outsider(ev->channel, VERDICT_NOT_ON_CHANNEL);
	if (v == VERDICT_OK && member_silenced(ev->membership)) /* no last word either */
		ev->text = (struct str){ 0 };
	return v;
}

enum verdict
apply_kick(struct hub *h, struct event *ev)
{
	enum verdict v = need_member(h, ev);

	if (v == VERDICT_OK)
		v = need_operator(ev);
	if (v != VERDICT_OK)
		return v;
	ev->user = hub_user(h, ev->object);
	if (ev->user == NULL)
		return VERDICT_NO_SUCH_NICK;
	ev->membership = user_membership(ev->user, ev->channel);
	if (ev->membership == NULL)
		return VERDICT_TARGET_NOT_ON_CHANNEL;
	ev->text = str_first(ev->text, utf8_prefix(ev->text, h->rules.kick_length));
	return VERDICT_OK;
}

enum verdict
apply_topic(struct hub *h, struct event *ev)
{
	char text[IRC_NAME_ROOM + IRC_USER_MOST + IRC_HOST_MOST + 8];
	enum verdict v = need_member(h, ev);
	struct channel *c = ev->channel;

	if (v == VERDICT_OK && channel_is(c, CHANNEL_TOPIC_LOCK))
		v = need_operator(ev);
	if (v == VERDICT_OK && !ev->forced && member_silenced(ev->membership))
		v = VERDICT_CANNOT_SEND;
	if (v != VERDICT_OK)
		return v;
	ev->text = str_first(ev->text, utf8_prefix(ev->text, h->rules.topic_length));
	if (!text_replace(&c->topic, ev->text) ||
	    !text_replace(
		&c->topic_by, ev->actor ? user_mask(ev->actor, text, sizeof(text)) : STR("server")))
		return VERDICT_NO_MEMORY;
	c->topic_time = ev->time;
	return VERDICT_OK;
}

/* Whoever is in may tell others of it, as long as it is not invite-only; but only what an operator
 * says opens a door. */
enum verdict
apply_invite(struct hub *h, struct event *ev)
{
	const struct membership *there;
	enum verdict v;

	ev->user = hub_user(h, ev->object);
	if (ev->user == NULL)
		return VERDICT_NO_SUCH_NICK;
	v = need_member(h, ev);
	if (v == VERDICT_OK && channel_is(ev->channel, CHANNEL_INVITE_ONLY))
		v = need_operator(ev);
	if (v != VERDICT_OK)
		return v;
	there = user_membership(ev->user, ev->channel);
	if (there != NULL && (ev->actor == NULL || member_shown(there, ev->actor)))
		return VERDICT_TARGET_ON_CHANNEL;
	if (need_operator(ev) != VERDICT_OK)
		return VERDICT_OK;
	return invitation_add(ev->user, ev->channel) ? VERDICT_OK : VERDICT_NO_MEMORY;
}

static enum verdict
knock(struct hub *h, struct channel *c, struct user *u, int64_t now)
{
	int64_t since = now - h->rules.knock_interval;
	struct user_extra *x;

	if (h->rules.knock_interval == 0)
		return VERDICT_OK;
	if (channel_extra(c)->knocked > since || user_extra(u)->knocked > since)
		return VERDICT_TOO_SOON;
	if ((x = user_extra_make(u)) == NULL || channel_extra_make(c) == NULL)
		return VERDICT_NO_MEMORY;
	c->extra->knocked = x->knocked = now;
	return VERDICT_OK;
}

/* Whoever could come by invitation may ask for one; who may not speak there, may not so either. */
enum verdict
apply_knock(struct hub *h, struct event *ev)
{
	enum verdict v = find_channel(h, ev);
	struct user *u = ev->actor;

	if (v != VERDICT_OK)
		return v;
	if (ev->membership != NULL)
		return VERDICT_ON_CHANNEL;
	if (channel_bans(ev->channel, u, BAN_JOIN) || channel_bans(ev->channel, u, BAN_SPEAK))
		return VERDICT_CANNOT_SEND;
	if (may_join(ev->channel, u, (struct str){ 0 }) == VERDICT_OK)
		return VERDICT_OPEN;
	if (channel_is(ev->channel, CHANNEL_NO_KNOCK))
		return VERDICT_NO_KNOCK;
	ev->text = str_first(ev->text, utf8_prefix(ev->text, h->rules.kick_length));
	return knock(h, ev->channel, u, ev->time);
}
