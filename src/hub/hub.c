/* The hub: users, and the way of every event into it. */
#include "hub/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "state.h"

struct hub *
hub_new(const struct hub_rules *rules, struct err *e)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h != NULL) {
		h->users = table_new();
		h->channels = table_new();
		h->holders = table_new();
		h->bans = table_new();
		h->metadata = table_new();
		h->rules = *rules;
	}
	if (h == NULL || h->users == NULL || h->channels == NULL || h->holders == NULL ||
	    h->bans == NULL || h->metadata == NULL) {
		err_errno(e, "preparing the hub");
		hub_free(h);
		return NULL;
	}
	return h;
}

void
hub_free(struct hub *h)
{
	struct table_walk w;
	struct user *u;
	struct channel *c;
	struct server_ban *b;

	if (h == NULL)
		return;
	w = table_walk(h->users);
	while ((u = table_next(&w)) != NULL) {
		struct event quit = { .kind = EVENT_QUIT, .actor = u };
		hub_apply(h, &quit);
		hub_settle(h, &quit);
	}
	w = table_walk(h->channels);
	while ((c = table_next(&w)) != NULL)
		channel_free(c);
	w = table_walk(h->bans);
	while ((b = table_next(&w)) != NULL)
		server_ban_free(b);
	table_free(h->bans);
	table_free(h->users);
	table_free(h->channels);
	table_free(h->holders);
	metadata_free_all(h);
	for (size_t i = 0; i < WHOWAS_MOST; i++)
		free(h->whowas[i].nick);
	free(h);
}

void
hub_set_rules(struct hub *h, const struct hub_rules *rules)
{
	h->rules = *rules;
}

const struct hub_rules *
hub_rules(const struct hub *h)
{
	return &h->rules;
}

/* ---- looking --------------------------------------------------------------------------------- */

static void *
find(const struct table *t, struct str name)
{
	char folded[256];

	if (name.len > sizeof(folded))
		return NULL;
	return table_get(t, name_fold(name, folded));
}

struct user *
hub_user(const struct hub *h, struct str nick)
{
	return find(h->users, nick);
}

struct channel *
hub_channel(const struct hub *h, struct str name)
{
	return find(h->channels, name);
}

size_t
hub_user_count(const struct hub *h)
{
	return table_count(h->users);
}

size_t
hub_channel_count(const struct hub *h)
{
	return table_count(h->channels);
}

size_t
hub_users_most(const struct hub *h)
{
	return h->users_most;
}

size_t
hub_users_with(const struct hub *h, enum user_flag f)
{
	return h->with[f];
}

uint64_t
hub_last_number(const struct hub *h)
{
	return h->number;
}

void
hub_continue_after(struct hub *h, uint64_t number)
{
	if (h->number < number)
		h->number = number;
}

struct table_walk
hub_users(const struct hub *h)
{
	return table_walk(h->users);
}

struct table_walk
hub_channels(const struct hub *h)
{
	return table_walk(h->channels);
}

const struct whowas *
hub_whowas(const struct hub *h, size_t i)
{
	if (i >= h->whowas_count)
		return NULL;
	return &h->whowas[(h->whowas_next + WHOWAS_MOST - 1 - i) % WHOWAS_MOST];
}

/* ---- users ----------------------------------------------------------------------------------- */

void
user_set_flag(struct hub *h, struct user *u, enum user_flag f, bool on)
{
	if (user_is(u, f) == on)
		return;
	u->modes = (uint8_t)(u->modes ^ 1u << f);
	h->with[f] += on ? 1 : (size_t)-1;
}

/* Keeps what WHOWAS tells; without memory it is not told. */
static void
remember(struct hub *h, const struct user *u, int64_t time)
{
	struct whowas *w = &h->whowas[h->whowas_next];
	size_t nick = strlen(u->nick) + 1, name = strlen(u->name) + 1, host = strlen(u->host) + 1;
	size_t real = strlen(u->real) + 1, from = strlen(user_true_host(u)) + 1;
	char *text = malloc(nick + name + host + real + from);

	if (text == NULL)
		return;
	free(w->nick);
	*w = (struct whowas){ text, text + nick, text + nick + name, text + nick + name + host,
		text + nick + name + host + real, time };
	str_copy(w->nick, nick, str_from(u->nick));
	str_copy(w->name, name, str_from(u->name));
	str_copy(w->host, host, str_from(u->host));
	str_copy(w->real, real, str_from(u->real));
	str_copy(w->from, from, str_from(user_true_host(u)));
	h->whowas_next = (h->whowas_next + 1) % WHOWAS_MOST;
	if (h->whowas_count < WHOWAS_MOST)
		h->whowas_count++;
}

static enum verdict
apply_connect(struct hub *h, struct event *ev)
{
	struct str shown = ev->shown.len > 0 ? ev->shown : ev->cloak.len > 0 ? ev->cloak : ev->host;
	struct description d = { ev->object, shown, ev->text, ev->object, ev->host, ev->cloak };
	struct user *u;

	if (!nick_valid(ev->target, h->rules.name_length))
		return VERDICT_BAD_NICK;
	if (hub_user(h, ev->target) != NULL)
		return VERDICT_NICK_IN_USE;
	u = user_new(ev->target, &d);
	if (u == NULL)
		return VERDICT_NO_MEMORY;
	u->id = u->nick_number = ev->number;
	u->since = u->active = ev->time;
	if (!table_put(h->users, user_folded(u), u)) {
		user_free(u);
		return VERDICT_NO_MEMORY;
	}
	for (int f = 0; !ev->forced && f < USER_FLAG_COUNT; f++)
		if (h->rules.user_modes >> f & 1)
			user_set_flag(h, u, (enum user_flag)f, true);
	if (hub_user_count(h) > h->users_most)
		h->users_most = hub_user_count(h);
	ev->actor = ev->user = u;
	return VERDICT_OK;
}

/* Nobody gets around a ban or a mute by another nick. */
static bool
held_by_ban(struct event *ev)
{
	const struct user *u = ev->actor;

	for (uint32_t i = 0; !ev->forced && i < u->membership_count; i++)
		if (u->memberships[i]->flags == 0 && member_banned(u->memberships[i])) {
			ev->channel = u->memberships[i]->channel;
			return true;
		}
	return false;
}

static enum verdict
apply_nick(struct hub *h, struct event *ev)
{
	struct user *u = ev->actor, *holder = hub_user(h, ev->target);
	char old[IRC_NAME_ROOM * 4 + 1];
	bool put;

	if (!nick_valid(ev->target, h->rules.name_length))
		return VERDICT_BAD_NICK;
	if (holder != NULL && holder != u)
		return VERDICT_NICK_IN_USE;
	if (str_eq(user_nick(u), ev->target))
		return VERDICT_NOTHING;
	if (held_by_ban(ev))
		return VERDICT_NICK_HELD;
	if (!ev->forced && (ev->ban = ban_of_nick(h, u, ev->target, ev->time)) != NULL)
		return VERDICT_NICK_BANNED;
	remember(h, u, ev->time);
	str_copy(old, sizeof(old), user_nick(u));
	str_copy(h->old_nick, sizeof(h->old_nick), user_nick(u));
	table_take(h->users, user_folded(u));
	put = user_rename(u, ev->target) && table_put(h->users, user_folded(u), u);
	if (!put) { /* the old entry's memory was freed just now: it goes back in */
		user_rename(u, str_from(old));
		table_put(h->users, user_folded(u), u);
		return VERDICT_NO_MEMORY;
	}
	u->nick_number = ev->number;
	ev->old_nick = str_from(h->old_nick);
	return VERDICT_OK;
}

/* The name is free for others at once; the memberships last until hub_settle, to tell those
 * concerned. */
static enum verdict
leave(struct hub *h, struct user *u, int64_t time)
{
	if (u->leaving)
		return VERDICT_NOTHING;
	remember(h, u, time);
	u->leaving = true;
	table_take(h->users, user_folded(u));
	account_let_go(h, u);
	for (int f = 0; f < USER_FLAG_COUNT; f++)
		if (user_is(u, (enum user_flag)f))
			h->with[f]--;
	return VERDICT_OK;
}

static enum verdict
apply_quit(struct hub *h, struct event *ev)
{
	ev->user = ev->actor;
	return leave(h, ev->actor, ev->time);
}

static enum verdict
apply_kill(struct hub *h, struct event *ev)
{
	if (ev->actor != NULL && !user_is(ev->actor, USER_OPERATOR))
		return VERDICT_NOT_PERMITTED;
	ev->user = hub_user(h, ev->object);
	if (ev->user == NULL)
		return VERDICT_NO_SUCH_NICK;
	return leave(h, ev->user, ev->time);
}

static enum verdict
apply_away(struct hub *h, struct event *ev)
{
	struct user *u = ev->actor;
	struct str text = str_first(ev->text, utf8_prefix(ev->text, h->rules.away_length));

	if (!text_replace(&u->away, text))
		return VERDICT_NO_MEMORY;
	ev->text = text;
	return VERDICT_OK;
}

static enum verdict
apply_setname(struct hub *h, struct event *ev)
{
	struct description d = user_description(ev->actor);

	(void)h;
	ev->text = d.real = str_first(ev->text, utf8_prefix(ev->text, IRC_REAL_MOST));
	return user_describe(ev->actor, &d) ? VERDICT_OK : VERDICT_NO_MEMORY;
}

static enum verdict
apply_host(struct hub *h, struct event *ev)
{
	struct user *u = ev->user = hub_user(h, ev->object);
	struct description d;

	if (ev->actor != NULL && !user_is(ev->actor, USER_OPERATOR))
		return VERDICT_NOT_PERMITTED;
	if (u == NULL)
		return VERDICT_NO_SUCH_NICK;
	d = user_description(u);
	snprintf(h->old_place, sizeof(h->old_place), "%s@%s", u->name, u->host);
	d.name = ev->host.len == 0 ? d.true_name : ev->text.len > 0 ? ev->text : d.name;
	d.host = ev->host.len > 0 ? ev->host : d.cloak.len > 0 ? d.cloak : d.true_host;
	if (ev->host.len > 0 && (!user_name_valid(d.name) || !host_valid(d.host)))
		return VERDICT_BAD_HOST;
	if (str_eq(d.name, str_from(u->name)) && str_eq(d.host, str_from(u->host)))
		return VERDICT_NOTHING;
	if (!user_describe(u, &d))
		return VERDICT_NO_MEMORY;
	/* They may have been views of what the user was. */
	ev->text = ev->text.len > 0 ? str_from(u->name) : ev->text;
	ev->host = ev->host.len > 0 ? str_from(u->host) : ev->host;
	ev->old_place = str_from(h->old_place);
	return VERDICT_OK;
}

static enum verdict
apply_oper(struct hub *h, struct event *ev)
{
	if (!text_replace(&ev->actor->operator_name, ev->text))
		return VERDICT_NO_MEMORY;
	user_set_flag(h, ev->actor, USER_OPERATOR, true);
	return VERDICT_OK;
}

static enum verdict
apply_wallops(struct hub *h, struct event *ev)
{
	(void)h;
	if (ev->actor != NULL && !user_is(ev->actor, USER_OPERATOR))
		return VERDICT_NOT_PERMITTED;
	return VERDICT_OK;
}

/* ---- events ---------------------------------------------------------------------------------- */

static apply_fn *const appliers[EVENT_KIND_COUNT] = {
	[EVENT_CONNECT] = apply_connect,
	[EVENT_NICK] = apply_nick,
	[EVENT_QUIT] = apply_quit,
	[EVENT_JOIN] = apply_join,
	[EVENT_PART] = apply_part,
	[EVENT_KICK] = apply_kick,
	[EVENT_MODE] = apply_mode,
	[EVENT_TOPIC] = apply_topic,
	[EVENT_INVITE] = apply_invite,
	[EVENT_MESSAGE] = apply_message,
	[EVENT_NOTICE] = apply_message,
	[EVENT_TAGMSG] = apply_message,
	[EVENT_AWAY] = apply_away,
	[EVENT_SETNAME] = apply_setname,
	[EVENT_OPER] = apply_oper,
	[EVENT_KILL] = apply_kill,
	[EVENT_WALLOPS] = apply_wallops,
	[EVENT_ACCOUNT] = apply_account,
	[EVENT_OWNER] = apply_owner,
	[EVENT_ACCESS] = apply_access,
	[EVENT_REDACT] = apply_redact,
	[EVENT_HOST] = apply_host,
	[EVENT_KNOCK] = apply_knock,
	[EVENT_ACCEPT] = apply_accept,
	[EVENT_BAN] = apply_ban,
	[EVENT_UNBAN] = apply_unban,
	[EVENT_RENAME] = apply_rename,
	[EVENT_METADATA] = apply_metadata,
};

/* The time may be one that is past, or the clock may have been set back: numbers only grow. */
uint64_t
hub_next_number(struct hub *h, int64_t time)
{
	uint64_t least = (uint64_t)(time ? time : clock_wall()) << EVENT_COUNT_BITS;

	h->number = h->number < least ? least : h->number + 1;
	return h->number;
}

enum verdict
hub_apply(struct hub *h, struct event *ev)
{
	ev->number = hub_next_number(h, ev->time);
	ev->time = event_time(ev->number);
	return appliers[ev->kind](h, ev);
}

static void
end_empty(struct hub *h, struct channel *c)
{
	if (c->member_count > 0 || c->founder != NULL)
		return;
	table_take(h->channels, str_from(c->folded));
	channel_free(c);
}

static void
end_membership(struct hub *h, struct membership *m)
{
	struct channel *c = m->channel;

	membership_free(m);
	end_empty(h, c);
}

void
hub_settle(struct hub *h, struct event *ev)
{
	if (ev->kind == EVENT_PART || ev->kind == EVENT_KICK) {
		end_membership(h, ev->membership);
	} else if (ev->kind == EVENT_UNBAN) {
		server_ban_free(ev->ban);
		ev->ban = NULL;
	} else if (ev->kind == EVENT_OWNER) {
		end_empty(h, ev->channel);
	} else if (ev->kind == EVENT_QUIT || ev->kind == EVENT_KILL) {
		while (ev->user->membership_count > 0)
			end_membership(h, ev->user->memberships[ev->user->membership_count - 1]);
		user_free(ev->user);
		ev->user = NULL;
	}
	hub_check(h);
}
