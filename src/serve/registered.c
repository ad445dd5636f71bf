/* Registered channels: into the store and back, and operators by account. */
#include "serve/registered.h"

#include <stdio.h>

#include "base/log.h"
#include "irc/names.h"
#include "serve/announce.h"

enum { CHANNEL_TEXT_MOST = 16 * 1024 * 1024, KEY_ROOM = IRC_CHANNEL_ROOM + 16 };

#define CHANNEL_PREFIX "channel/"

static void
load_one(void *arg, struct str key, struct str value)
{
	struct server *sv = arg;
	struct err e;

	if (hub_read_channel(sv->hub, value, &e) == -1)
		log_error("channel-lost", LOG_STR("key", key), LOG_TEXT("reason", e.text));
}

int
registered_open(struct server *sv, struct err *e)
{
	return store_state_each(sv->store, STR(CHANNEL_PREFIX), load_one, sv, e);
}

void
registered_keep(struct server *sv, const struct channel *c)
{
	struct buf text = BUF_INIT(CHANNEL_TEXT_MOST);
	char key[KEY_ROOM];
	int n = snprintf(key, sizeof(key), CHANNEL_PREFIX "%s", c->folded);

	if (c->founder != NULL)
		channel_write(c, &text);
	if (text.truncated)
		log_error("channel-not-kept", LOG_TEXT("channel", c->name),
		    LOG_TEXT("reason", "its lists are too long, or memory is short"));
	else
		sv->ticket = store_put(sv->store, (struct str){ key, (size_t)n }, buf_str(&text));
	buf_free(&text);
}

/* Whether a MODE changed what is kept: not only who is operator or has voice just now. */
static bool
changes_lasting(const struct event *ev)
{
	for (unsigned i = 0; i < ev->change_count; i++) {
		const struct channel_mode *m = channel_mode_find(ev->changes[i].letter);
		if (ev->changes[i].verdict == VERDICT_OK && m != NULL && m->kind != MODE_PREFIX)
			return true;
	}
	return false;
}

static void
make_operator(struct server *sv, struct channel *c, struct user *u)
{
	struct mode_change change = { .add = true, .letter = 'o', .param = user_nick(u) };
	struct event ev = { .kind = EVENT_MODE,
		.target = str_from(c->name),
		.forced = true,
		.changes = &change,
		.change_count = 1 };

	server_event(sv, NULL, &ev);
}

void
registered_note(struct server *sv, const struct event *ev)
{
	struct channel *c = ev->channel;

	if (ev->kind == EVENT_OWNER)
		registered_keep(sv, c);
	if (c == NULL || c->founder == NULL)
		return;
	if (ev->kind == EVENT_JOIN && channel_trusts(c, ev->actor))
		make_operator(sv, c, ev->actor);
	else if (ev->kind == EVENT_TOPIC || ev->kind == EVENT_ACCESS ||
		 (ev->kind == EVENT_MODE && changes_lasting(ev)))
		registered_keep(sv, c);
}

void
registered_renamed(struct server *sv, const struct channel *c, struct str old)
{
	struct table_walk w = hub_channels(sv->hub);
	const struct channel *other;
	char key[KEY_ROOM];
	int n = snprintf(key, sizeof(key), CHANNEL_PREFIX STR_FMT, STR_ARG(old));

	if (c->founder != NULL && !str_eq(old, str_from(c->folded)))
		sv->ticket = store_put(
		    sv->store, (struct str){ key, (size_t)n }, (struct str){ 0 });
	if (c->founder != NULL)
		registered_keep(sv, c);
	while ((other = table_next(&w)) != NULL) /* their forwards followed it */
		if (other->founder != NULL && channel_is(other, CHANNEL_FORWARD) &&
		    str_eq(str_from(other->forward), str_from(c->name)))
			registered_keep(sv, other);
}

void
registered_greet(struct server *sv, struct user *u)
{
	for (uint32_t i = 0; i < u->membership_count; i++)
		if (channel_trusts(u->memberships[i]->channel, u))
			make_operator(sv, u->memberships[i]->channel, u);
}

static bool
is_founder(const struct channel *c, struct str account)
{
	return c->founder != NULL && name_eq(str_from(c->founder), account);
}

void
registered_forget(struct server *sv, struct str account)
{
	struct table_walk w = hub_channels(sv->hub);
	struct channel *c;

	/* an empty channel that is nobody's goes at once: the walk allows that */
	while ((c = table_next(&w)) != NULL) {
		struct event ev = { .kind = EVENT_OWNER,
			.target = str_from(c->name),
			.object = account,
			.forced = true };
		if (!is_founder(c, account))
			ev.kind = EVENT_ACCESS;
		if (c->founder != NULL)
			server_event(sv, NULL, &ev);
	}
}

size_t
registered_count(const struct server *sv, struct str founder)
{
	struct table_walk w = hub_channels(sv->hub);
	const struct channel *c;
	size_t count = 0;

	while ((c = table_next(&w)) != NULL)
		count += is_founder(c, founder);
	return count;
}
