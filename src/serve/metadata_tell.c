/* Metadata as it is, told to one session: at its beginning, when it comes to see somebody, when it
 * subscribes, and when it asks. */
#include <stdio.h>

#include "serve/behind.h"
#include "serve/metadata.h"
#include "serve/monitor.h"
#include "serve/playback.h"

static bool
hears(const struct session *s)
{
	const struct hearing *h = session_extra(s)->hearing;

	return h != NULL && h->keys.count > 0 && (s->caps & CAP_BIT(CAP_METADATA)) != 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void
add_line(struct playback *lines, const char *name, const char *key, const char *value)
{
	char text[IRC_LINE_MOST];
	int n = snprintf(text, sizeof(text), "%d %s %s %s * :%s", RPL_KEYVALUE,
	    lines->session->user->nick, name, key, value);

	playback_add_line(lines, (struct str){ text, (size_t)n });
}

static void
add_keys(struct playback *lines, const struct metadata_keys *keys, const char *name,
    const struct metadata *m)
{
	for (unsigned i = 0; m->count > 0 && i < keys->count; i++) {
		const char *value = metadata_get(m, str_from(keys->at[i]));
		if (value != NULL)
			add_line(lines, name, keys->at[i], value);
	}
}

/* No more is told at once. */
static bool
is_full(const struct playback *lines)
{
	return lines->starts.len / sizeof(size_t) >= METADATA_PAGE ||
	       lines->lines.len > lines->session->server->limits.send_queue / 4;
}

static void
finish(struct playback *lines, const char *name, bool even_none)
{
	char type[IRC_NAME_ROOM + 16];
	int n = snprintf(type, sizeof(type), "metadata %s", name);

	if (lines->lines.len > 0 || even_none)
		playback_send(lines, (struct str){ type, (size_t)n }, false);
	playback_end(lines);
}

static void
tell_user(struct session *s, const struct metadata_keys *keys, const struct user *u, bool even_none)
{
	struct playback lines;

	playback_begin(&lines, s);
	add_keys(&lines, keys, u->nick, hub_metadata(s->server->hub, u));
	finish(&lines, u->nick, even_none);
}

static void
later(struct session *s, const char *name)
{
	reply_numeric(s, RPL_METADATASYNCLATER, name, (long long)METADATA_SYNC_LATER);
}

/* ---- people ---------------------------------------------------------------------------------- */

void
metadata_tell(struct session *s, const struct user *u)
{
	if (!hears(s))
		return;
	if (behind_away(s))
		session_extra(s)->hearing->missed = true;
	else
		tell_user(s, &session_extra(s)->hearing->keys, u, false);
}

void
metadata_sync(struct session *s, const struct user *u)
{
	static const struct metadata_keys none;

	tell_user(s, hears(s) ? &session_extra(s)->hearing->keys : &none, u, true);
}

void
metadata_whois(struct session *s, const struct user *u)
{
	const struct metadata *m = hub_metadata(s->server->hub, u);

	if ((s->caps & CAP_BIT(CAP_METADATA)) == 0 || !metadata_may_see(s, u))
		return;
	for (uint32_t i = 0; i < m->count; i++)
		reply_numeric(
		    s, RPL_WHOISKEYVALUE, u->nick, m->entries[i].key, m->entries[i].value);
}

/* ---- channels -------------------------------------------------------------------------------- */

/* A part of it: the channel's own comes first, then the members from the last one on. Who leaves
 * meanwhile has another one in its place, which may be told twice; nobody is left out. */
static void
tell_channel(struct session *s, const struct channel *c, bool even_none)
{
	struct hearing *h = session_extra(s)->hearing;
	uint32_t left = h->channel == c->id ? h->place : UINT32_MAX;
	struct playback lines;

	playback_begin(&lines, s);
	if (left == UINT32_MAX)
		add_keys(&lines, &h->keys, c->name, &channel_extra(c)->metadata);
	if (left > c->member_count)
		left = c->member_count;
	for (; left > 0 && !is_full(&lines); left--) {
		const struct user *u = c->members[left - 1]->user;
		if (u != s->user && member_shown(c->members[left - 1], s->user))
			add_keys(&lines, &h->keys, u->nick, hub_metadata(s->server->hub, u));
	}
	h->channel = left > 0 ? c->id : 0;
	h->place = left;
	finish(&lines, c->name, even_none);
	if (left > 0)
		later(s, c->name);
}

void
metadata_joined(struct session *s, const struct channel *c)
{
	if (!hears(s))
		return;
	session_extra(s)->hearing->channel = 0;
	tell_channel(s, c, false);
}

void
metadata_sync_channel(struct session *s, const struct channel *c)
{
	struct playback lines;

	if (hears(s)) {
		tell_channel(s, c, true);
		return;
	}
	playback_begin(&lines, s);
	finish(&lines, c->name, true);
}

/* ---- after a subscription -------------------------------------------------------------------- */

/* The first channel in which u is shown to the other is this one: each is told once. */
static bool
first_shared(const struct user *own, const struct user *u, const struct channel *c)
{
	for (uint32_t i = 0; i < own->membership_count; i++) {
		const struct membership *m = user_membership(u, own->memberships[i]->channel);
		if (m != NULL && member_shown(m, own))
			return m->channel == c;
	}
	return false;
}

/* False: there is more than is told at once. */
static bool
tell_new_keys(
    struct session *s, const struct metadata_keys *keys, const struct channel *c, size_t *told)
{
	struct playback lines;
	uint32_t i = 0;

	playback_begin(&lines, s);
	add_keys(&lines, keys, c->name, &channel_extra(c)->metadata);
	for (; i < c->member_count && !is_full(&lines); i++) {
		const struct user *u = c->members[i]->user;
		const struct metadata *m = hub_metadata(s->server->hub, u);
		if (m->count > 0 && u != s->user && first_shared(s->user, u, c))
			add_keys(&lines, keys, u->nick, m);
	}
	*told += lines.starts.len / sizeof(size_t);
	finish(&lines, c->name, false);
	return i == c->member_count;
}

void
metadata_subscribed(struct session *s, const struct metadata_keys *keys)
{
	const struct user *u;
	size_t told = 0;

	if (s->user == NULL || keys->count == 0)
		return;
	tell_user(s, keys, s->user, false);
	session_extra(s)->hearing->channel = 0;
	for (uint32_t i = 0; i < s->user->membership_count; i++) {
		const struct channel *c = s->user->memberships[i]->channel;
		if (told >= METADATA_PAGE || !tell_new_keys(s, keys, c, &told))
			later(s, c->name);
	}
	for (const struct monitor *m = NULL; (u = monitor_next_seen(s, &m)) != NULL;)
		if (u != s->user && !user_shares_channel(s->user, u))
			tell_user(s, keys, u, false);
}

void
metadata_caught_up(struct session *s)
{
	struct hearing *h = session_extra(s)->hearing;
	const struct user *u;

	if (h == NULL || !h->missed)
		return;
	h->missed = false;
	h->channel = 0;
	for (uint32_t i = 0; i < s->user->membership_count; i++)
		later(s, s->user->memberships[i]->channel->name);
	for (const struct monitor *m = NULL; (u = monitor_next_seen(s, &m)) != NULL;)
		later(s, u->nick);
}

/* ---- its own --------------------------------------------------------------------------------- */

void
metadata_entered(struct session *s)
{
	struct hearing *h = session_extra(s)->hearing;

	for (uint32_t i = 0; h != NULL && i < h->early.count; i++) {
		struct event ev = { .kind = EVENT_METADATA,
			.actor = s->user,
			.object = str_from(h->early.entries[i].key),
			.text = str_from(h->early.entries[i].value) };
		server_event(s->server, s, &ev);
	}
	if (h != NULL)
		metadata_clear(&h->early);
}

void
metadata_welcome(struct session *s)
{
	const struct metadata *m = hub_metadata(s->server->hub, s->user);
	struct playback lines;

	if ((s->caps & CAP_BIT(CAP_METADATA)) == 0)
		return;
	playback_begin(&lines, s);
	for (uint32_t i = 0; i < m->count; i++)
		add_line(&lines, s->user->nick, m->entries[i].key, m->entries[i].value);
	finish(&lines, s->user->nick, true);
}
