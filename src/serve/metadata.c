/* Changes of metadata: who is told, and what is kept. */
#include "serve/metadata.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/behind.h"
#include "serve/monitor.h"
#include "serve/registered.h"
#include "serve/reply.h"

#define PREFIX "metadata/"

enum { KEY_ROOM = 300, TEXT_MOST = 1024 * 1024, HEARERS_MOST = 64 * 1024 * 1024 };

struct hearing *
metadata_hearing(struct session *s)
{
	struct session_extra *x = session_extra_make(s);

	if (x != NULL && x->hearing == NULL)
		x->hearing = calloc(1, sizeof(*x->hearing));
	return x ? x->hearing : NULL;
}

bool
metadata_subscribes(const struct session *s, struct str key)
{
	const struct hearing *h = session_extra(s)->hearing;
	unsigned from = 0, to = h ? h->keys.count : 0;

	while (from < to) {
		unsigned middle = (from + to) / 2;
		int order = str_compare(key, str_from(h->keys.at[middle]));
		if (order == 0)
			return true;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return false;
}

void
metadata_free(struct session *s)
{
	struct hearing *h = session_extra(s)->hearing;

	if (h == NULL)
		return;
	s->server->subscribers -= h->keys.count > 0;
	for (unsigned i = 0; i < h->keys.count; i++)
		free((char *)h->keys.at[i]);
	free(h->keys.at);
	metadata_clear(&h->early);
	free(h);
	s->extra->hearing = NULL;
}

bool
metadata_may_see(const struct session *s, const struct user *u)
{
	return u == s->user || user_is(s->user, USER_OPERATOR) || user_shares_channel(s->user, u) ||
	       monitor_watches(s, u);
}

bool
metadata_may_see_channel(const struct session *s, const struct channel *c)
{
	return user_is(s->user, USER_OPERATOR) || user_membership(s->user, c) != NULL;
}

/* ---- who hears ------------------------------------------------------------------------------- */

/* Sessions with subscriptions that see somebody, or are in a channel; each once. */
struct hearers {
	struct server *sv;
	const struct session *except;
	struct buf sessions; /* struct session * */
};

static void
hearers_begin(struct hearers *h, struct server *sv, const struct session *except)
{
	*h = (struct hearers){ sv, except, BUF_INIT(HEARERS_MOST) };
	sv->marks++;
}

static void
add_session(struct hearers *h, struct session *s)
{
	const struct hearing *x = session_extra(s)->hearing;

	if (x == NULL || x->keys.count == 0 || s == h->except || s->heard == h->sv->marks ||
	    s->closing || (s->caps & CAP_BIT(CAP_METADATA)) == 0)
		return;
	s->heard = h->sv->marks;
	buf_add(&h->sessions, &s, sizeof(struct session *));
}

static void
add_devices(struct hearers *h, const struct user *u)
{
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		add_session(h, s);
}

/* Those of the channel whom the member is shown to; NULL: all. */
static void
add_members(struct hearers *h, const struct channel *c, const struct membership *about)
{
	for (uint32_t i = 0; i < c->member_count; i++)
		if (about == NULL || member_shown(about, c->members[i]->user))
			add_devices(h, c->members[i]->user);
}

static void
add_who_sees(struct hearers *h, const struct user *u)
{
	struct session *s;

	for (struct monitor_walk w = monitor_walk(h->sv, u); (s = monitor_next_any(&w)) != NULL;)
		add_session(h, s);
	add_devices(h, u);
	for (uint32_t i = 0; i < u->membership_count; i++)
		add_members(h, u->memberships[i]->channel, u->memberships[i]);
}

/* Who reads too slowly is told at the end that there is something to ask for. */
static void
hear(struct session *s, const struct event *ev)
{
	if (!metadata_subscribes(s, ev->object))
		return;
	if (behind_away(s))
		session_extra(s)->hearing->missed = true;
	else
		deliver(s, ev, LINE_EVENT);
}

/* One key of the user, or else of the channel; value.p NULL: it is not set any more. */
static void
tell(struct hearers *h, struct user *u, struct channel *c, struct str key, struct str value)
{
	struct event ev = {
		.kind = EVENT_METADATA, .user = u, .channel = c, .object = key, .text = value
	};
	struct session *s;

	ev.number = hub_next_number(h->sv->hub, 0);
	ev.time = event_time(ev.number);
	for (size_t at = 0; at < h->sessions.len; at += sizeof(s)) {
		memcpy(&s, h->sessions.data + at, sizeof(s));
		hear(s, &ev);
	}
}

static void
hearers_end(struct hearers *h)
{
	buf_free(&h->sessions);
}

/* What differs from before, of the user or channel. */
static void
tell_difference(struct hearers *h, struct user *u, struct channel *c, const struct metadata *before,
    const struct metadata *now)
{
	for (uint32_t i = 0; i < before->count; i++)
		if (metadata_get(now, str_from(before->entries[i].key)) == NULL)
			tell(h, u, c, str_from(before->entries[i].key), (struct str){ 0 });
	for (uint32_t i = 0; i < now->count; i++) {
		struct str key = str_from(now->entries[i].key);
		struct str value = str_from(now->entries[i].value);
		const char *old = metadata_get(before, key);
		if (old == NULL || !str_eq(value, str_from(old)))
			tell(h, u, c, key, value);
	}
}

static void
tell_change(struct server *sv, const struct session *except, const struct event *ev, struct user *u)
{
	const struct metadata *now = u ? hub_metadata(sv->hub, u)
				       : &channel_extra(ev->channel)->metadata;
	struct hearers h;

	hearers_begin(&h, sv, except);
	if (u != NULL)
		add_who_sees(&h, u);
	else
		add_members(&h, ev->channel, NULL);
	if (ev->metadata_before != NULL)
		tell_difference(&h, u, ev->channel, ev->metadata_before, now);
	else
		tell(&h, u, ev->channel, ev->object, ev->text);
	hearers_end(&h);
}

/* Several users of one account have the same: rare, for most are devices of one. */
static void
tell_others_of_account(struct server *sv, const struct session *except, const struct event *ev)
{
	struct table_walk w = hub_users(sv->hub);
	struct user *u;

	while ((u = hub_next_of(&w, str_from(ev->user->account))) != NULL)
		if (u != ev->user)
			tell_change(sv, except, ev, u);
}

void
metadata_changed(struct server *sv, struct session *except, struct event *ev)
{
	if (sv->subscribers == 0)
		return;
	if (ev->kind == EVENT_ACCOUNT) {
		if (ev->metadata_before != NULL)
			tell_change(sv, except, ev, ev->actor);
		return;
	}
	tell_change(sv, except, ev, ev->user);
	if (ev->user != NULL && hub_users_of(sv->hub, str_from(ev->user->account)) > 1)
		tell_others_of_account(sv, except, ev);
}

/* The newcomer is shown to them in this channel and no other. */
static bool
is_new_to(const struct user *u, const struct membership *newcomer)
{
	const struct user *other = newcomer->user;

	for (uint32_t i = 0; i < other->membership_count; i++) {
		const struct membership *m = other->memberships[i];
		if (m != newcomer && user_membership(u, m->channel) != NULL && member_shown(m, u))
			return false;
	}
	return u != other && member_shown(newcomer, u);
}

void
metadata_came(struct server *sv, const struct user *u, const struct channel *c)
{
	static const struct metadata nothing;
	const struct metadata *now = hub_metadata(sv->hub, u);
	const struct membership *m = user_membership(u, c);
	struct hearers h;

	if (sv->subscribers == 0 || now->count == 0 || m == NULL)
		return;
	hearers_begin(&h, sv, NULL);
	for (uint32_t i = 0; i < c->member_count; i++)
		if (is_new_to(c->members[i]->user, m))
			add_devices(&h, c->members[i]->user);
	tell_difference(&h, (struct user *)u, NULL, &nothing, now);
	hearers_end(&h);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void
fail(struct session *by, const char *code, const char *context, const char *text)
{
	reply_fail(by, "METADATA", code, context, text);
}

/* As it was asked for, but one word that is safe to repeat. */
static const char *
word(struct str s)
{
	s = str_first(s, str_find(s, ' '));
	return s.len > 0 && s.p[0] != ':' ? reply_cut(s, 64) : "*";
}

void
metadata_refused(struct session *by, const struct event *ev, enum verdict v)
{
	const struct hub_rules *r = hub_rules(by->server->hub);
	const char *target = ev->target.len > 0 ? word(ev->target) : "*";
	char context[200], text[100];

	snprintf(context, sizeof(context), "%s %s", target, word(ev->object));
	switch (v) {
	case VERDICT_NO_SUCH_NICK:
	case VERDICT_NO_SUCH_CHANNEL:
		fail(by, "INVALID_TARGET", target, "There is no such nick or channel");
		break;
	case VERDICT_INVALID_KEY:
		snprintf(text, sizeof(text), "A key is up to %d of a-z 0-9 _ . / -",
		    IRC_METADATA_KEY_MOST);
		fail(by, "INVALID_KEY", word(ev->object), text);
		break;
	case VERDICT_TOO_LONG:
		snprintf(text, sizeof(text), "The value has %zu bytes; the most is %zu",
		    ev->text.len, r->metadata_value);
		fail(by, "INVALID_VALUE", word(ev->object), text);
		break;
	case VERDICT_LIST_FULL:
		snprintf(context, sizeof(context), "%s %zu", target, r->metadata_keys);
		fail(by, "LIMIT_REACHED", context, "There are as many keys as there may be");
		break;
	case VERDICT_NO_MEMORY:
		fail(by, "INTERNAL_ERROR", context, "The server is short of memory");
		break;
	default:
		fail(by, "KEY_NO_PERMISSION", context,
		    ev->channel ? "Only operators of the channel may change it"
				: "You may change your own only");
	}
}

/* ---- the store ------------------------------------------------------------------------------- */

static void
put(struct server *sv, struct str account)
{
	struct buf text = BUF_INIT(TEXT_MOST);
	char key[KEY_ROOM], folded[IRC_NAME_ROOM * 4];
	struct str name = name_fold(str_first(account, sizeof(folded)), folded);
	int n = snprintf(key, sizeof(key), PREFIX STR_FMT, STR_ARG(name));

	metadata_write(hub_metadata_of(sv->hub, account), "", &text);
	if (text.truncated)
		log_error("metadata-not-kept", LOG_STR("account", account));
	else
		sv->ticket = store_put(sv->store, (struct str){ key, (size_t)n }, buf_str(&text));
	buf_free(&text);
}

void
metadata_keep(struct server *sv, const struct event *ev)
{
	const struct user *u = ev->kind == EVENT_ACCOUNT ? ev->actor : ev->user;

	if (ev->kind == EVENT_ACCOUNT &&
	    (ev->metadata_before == NULL || ev->metadata_before->count == 0))
		return;
	if (ev->channel != NULL && ev->channel->founder != NULL)
		registered_keep(sv, ev->channel);
	else if (u != NULL && u->account != NULL)
		put(sv, str_from(u->account));
}

static void
load_one(void *arg, struct str key, struct str value)
{
	struct server *sv = arg;
	struct err e;

	if (hub_read_metadata(sv->hub, str_from_byte(key, sizeof(PREFIX) - 1), value, &e) == -1)
		log_error("metadata-lost", LOG_STR("key", key), LOG_TEXT("reason", e.text));
}

int
metadata_open(struct server *sv, struct err *e)
{
	return store_state_each(sv->store, STR(PREFIX), load_one, sv, e);
}

void
metadata_forget(struct server *sv, struct str account)
{
	if (hub_metadata_of(sv->hub, account)->count == 0)
		return;
	hub_forget_metadata(sv->hub, account);
	put(sv, account);
}
