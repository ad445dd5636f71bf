/* METADATA: texts by key of users and channels (IRCv3 draft/metadata-3). */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "irc/names.h"
#include "serve/commands.h"
#include "serve/metadata.h"
#include "serve/playback.h"

enum { MINUTE = 60 * 1000 };

/* ---- refusals -------------------------------------------------------------------------------- */

static void
refuse(struct session *s, struct str target, struct str key, enum verdict v)
{
	struct event ev = { .kind = EVENT_METADATA, .target = target, .object = key };

	metadata_refused(s, &ev, v);
}

static bool
key_good(struct session *s, struct str key)
{
	if (metadata_key_valid(key))
		return true;
	refuse(s, (struct str){ 0 }, key, VERDICT_INVALID_KEY);
	return false;
}

/* False: too many changes this minute. */
static bool
may_change(struct session *s, struct str target, struct str key)
{
	size_t most = s->server->limits.metadata_changes;
	struct hearing *h = metadata_hearing(s);
	int64_t now = clock_monotonic();
	char context[200];

	if (h == NULL || most == 0)
		return h != NULL;
	if (h->changes == 0 || now - h->minute >= MINUTE) {
		h->minute = now;
		h->changes = 0;
	}
	if (h->changes++ < most)
		return true;
	h->changes--;
	snprintf(context, sizeof(context), "%s %s %lld", reply_cut(target, IRC_NAME_ROOM),
	    reply_cut(key, IRC_METADATA_KEY_MOST),
	    (long long)(h->minute + MINUTE - now + 999) / 1000);
	reply_fail(s, "METADATA", "RATE_LIMITED", context,
	    "Too many changes of metadata in a minute; try again later");
	return false;
}

/* ---- whose ----------------------------------------------------------------------------------- */

/* What the command is about. Before registration that is what the session itself will have. */
struct subject {
	const struct user *user;
	const struct channel *channel;
	const struct metadata *metadata;
	const char *name;
	bool visible;
};

static bool
early_subject(struct session *s, struct str target, struct subject *out)
{
	const struct hearing *h = metadata_hearing(s);

	*out = (struct subject){ .name = "*", .visible = true };
	if (h == NULL || !str_eq(target, STR("*")))
		return false;
	out->metadata = &h->early;
	return true;
}

static bool
find_subject(struct session *s, struct str target, struct subject *out)
{
	const struct hub *h = s->server->hub;

	*out = (struct subject){ .user = s->user };
	if (channel_looks(target)) {
		out->user = NULL;
		out->channel = hub_channel(h, target);
		if (out->channel == NULL)
			return false;
		out->metadata = &channel_extra(out->channel)->metadata;
		out->name = out->channel->name;
		out->visible = metadata_may_see_channel(s, out->channel);
		return out->visible || channel_visible(out->channel, s->user);
	}
	if (!str_eq(target, STR("*")))
		out->user = hub_user(h, target);
	if (out->user == NULL)
		return false;
	out->metadata = hub_metadata(h, out->user);
	out->name = out->user->nick;
	out->visible = metadata_may_see(s, out->user);
	return true;
}

/* False: there is none, or it is not to be seen; that was said. */
static bool
look_at(struct session *s, struct str target, struct subject *out)
{
	if (s->user != NULL ? !find_subject(s, target, out) : !early_subject(s, target, out)) {
		refuse(s, target, (struct str){ 0 }, VERDICT_NO_SUCH_NICK);
		return false;
	}
	if (!out->visible) {
		char context[IRC_NAME_ROOM + 4];
		snprintf(context, sizeof(context), "%s *", out->name);
		reply_fail(s, "METADATA", "KEY_NO_PERMISSION", context,
		    out->channel ? "Only those in the channel may see it"
				 : "Only those who share a channel may see it");
	}
	return out->visible;
}

/* ---- GET and LIST ---------------------------------------------------------------------------- */

/* The keys of a command, behind its subcommand; what would be a 16th parameter and more is all in
 * the last one. */
struct key_walk {
	const struct irc_message *message;
	unsigned next;
	struct str rest;
};

static bool
key_next(struct key_walk *w, struct str *key)
{
	if (w->rest.len == 0 && w->next < w->message->count)
		w->rest = w->message->params[w->next++];
	else if (w->rest.len == 0)
		return false;
	*key = w->next == IRC_PARAMS_MOST ? str_word(&w->rest) : w->rest;
	if (w->next < IRC_PARAMS_MOST)
		w->rest = (struct str){ 0 };
	return true;
}

static void
add_numeric(struct playback *lines, enum numeric number, const struct subject *of, const char *key,
    const char *value)
{
	char text[IRC_LINE_MOST];
	int n = snprintf(text, sizeof(text), "%d " STR_FMT " %s %s %s%s", number,
	    STR_ARG(session_nick(lines->session)), of->name, key, value ? "* :" : ":",
	    value ? value : "Key is not set");

	playback_add_line(lines, (struct str){ text, (size_t)n });
}

static void
finish(struct playback *lines, const struct subject *of)
{
	char type[IRC_NAME_ROOM + 16];
	int n = snprintf(type, sizeof(type), "metadata %s", of->name);

	playback_send(lines, (struct str){ type, (size_t)n }, false);
	playback_end(lines);
}

static void
add_answer(struct playback *lines, const struct subject *of, struct str key)
{
	char text[IRC_LINE_MOST];
	const char *value;
	int n;

	if (metadata_key_valid(key)) {
		value = metadata_get(of->metadata, key);
		add_numeric(
		    lines, value ? RPL_KEYVALUE : RPL_KEYNOTSET, of, reply_text(key), value);
		return;
	}
	key = str_first(key, str_find(key, ' '));
	n = snprintf(text, sizeof(text), "FAIL METADATA INVALID_KEY %s :That is no key",
	    key.len > 0 && key.p[0] != ':' ? reply_cut(key, 64) : "*");
	playback_add_line(lines, (struct str){ text, (size_t)n });
}

static void
get(struct session *s, const struct irc_message *m)
{
	struct key_walk w = { .message = m, .next = 2 };
	struct playback lines;
	struct subject of;
	struct str key;

	if (!look_at(s, m->params[0], &of))
		return;
	playback_begin(&lines, s);
	while (key_next(&w, &key))
		add_answer(&lines, &of, key);
	finish(&lines, &of);
}

static void
add_all(
    struct playback *lines, enum numeric number, const struct subject *of, const struct metadata *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		add_numeric(lines, number, of, m->entries[i].key,
		    number == RPL_KEYVALUE ? m->entries[i].value : NULL);
}

static void
list(struct session *s, const struct irc_message *m)
{
	struct playback lines;
	struct subject of;

	if (!look_at(s, m->params[0], &of))
		return;
	playback_begin(&lines, s);
	add_all(&lines, RPL_KEYVALUE, &of, of.metadata);
	finish(&lines, &of);
}

/* ---- SET and CLEAR --------------------------------------------------------------------------- */

static void
reply_value(struct session *s, const char *name, struct str key, struct str value)
{
	if (value.p != NULL)
		reply_numeric(s, RPL_KEYVALUE, name, reply_text(key), reply_text(value));
	else
		reply_numeric(s, RPL_KEYNOTSET, name, reply_text(key));
}

/* Before registration. */
static void
set_early(struct session *s, struct str target, struct str key, struct str value)
{
	const struct hub_rules *r = hub_rules(s->server->hub);
	struct hearing *h = metadata_hearing(s);
	struct event ev = { .kind = EVENT_METADATA, .object = key, .text = value };
	enum verdict v = VERDICT_OK;

	if (h == NULL)
		v = VERDICT_NO_MEMORY;
	else if (!str_eq(target, STR("*")))
		v = VERDICT_NO_SUCH_NICK;
	else if (value.len > r->metadata_value)
		v = VERDICT_TOO_LONG;
	else if (value.p && h->early.count >= r->metadata_keys && !metadata_get(&h->early, key))
		v = VERDICT_LIST_FULL;
	else if (!metadata_set(&h->early, key, value))
		v = VERDICT_NO_MEMORY;
	ev.target = target;
	if (v == VERDICT_OK)
		reply_value(s, "*", key, value);
	else
		metadata_refused(s, &ev, v);
}

static const char *
name_of(const struct event *ev)
{
	return ev->channel ? ev->channel->name : ev->user->nick;
}

/* "*" is oneself. */
static struct event
change(const struct session *s, struct str target, struct str key, struct str value)
{
	return (struct event){ .kind = EVENT_METADATA,
		.actor = s->user,
		.target = str_eq(target, STR("*")) ? user_nick(s->user) : target,
		.object = key,
		.text = value };
}

static void
set(struct session *s, const struct irc_message *m)
{
	struct str target = m->params[0], key = m->params[2];
	struct str value = m->count > 3 ? m->params[3] : (struct str){ 0 };
	struct event ev;
	enum verdict v;

	if (!key_good(s, key) || !may_change(s, target, key))
		return;
	if (s->user == NULL) {
		set_early(s, target, key, value);
		return;
	}
	ev = change(s, target, key, value);
	v = server_event(s->server, s, &ev);
	if (v == VERDICT_OK || v == VERDICT_NOTHING)
		reply_value(s, name_of(&ev), key, value);
}

static void
clear_early(struct session *s, struct str target)
{
	struct playback lines;
	struct subject of;

	if (!look_at(s, target, &of))
		return;
	playback_begin(&lines, s);
	add_all(&lines, RPL_KEYNOTSET, &of, of.metadata);
	metadata_clear(&metadata_hearing(s)->early);
	finish(&lines, &of);
}

static void
clear(struct session *s, const struct irc_message *m)
{
	struct subject of = { 0 };
	struct playback lines;
	struct event ev;
	enum verdict v;

	if (!may_change(s, m->params[0], STR("*")))
		return;
	if (s->user == NULL) {
		clear_early(s, m->params[0]);
		return;
	}
	ev = change(s, m->params[0], STR("*"), (struct str){ 0 });
	v = server_event(s->server, s, &ev);
	if (v != VERDICT_OK && v != VERDICT_NOTHING)
		return;
	of.name = name_of(&ev);
	playback_begin(&lines, s);
	if (v == VERDICT_OK)
		add_all(&lines, RPL_KEYNOTSET, &of, ev.metadata_before);
	finish(&lines, &of);
}

/* ---- SUB, UNSUB, SUBS ------------------------------------------------------------------------ */

/* Where the key is among the subscriptions, or would be. */
static unsigned
place_of(const struct metadata_keys *keys, struct str key)
{
	unsigned i = 0;

	while (i < keys->count && str_compare(str_from(keys->at[i]), key) < 0)
		i++;
	return i;
}

/* The subscription; NULL: no memory. */
static const char *
key_add(struct session *s, struct metadata_keys *keys, struct str key)
{
	unsigned i = place_of(keys, key);
	const char **grown = realloc(keys->at, (keys->count + 1) * sizeof(*grown));
	char *copy = str_dup(key);

	if (grown != NULL)
		keys->at = grown;
	if (grown == NULL || copy == NULL) {
		free(copy);
		return NULL;
	}
	memmove(grown + i + 1, grown + i, (keys->count - i) * sizeof(*grown));
	grown[i] = copy;
	if (keys->count++ == 0)
		s->server->subscribers++;
	return copy;
}

static void
key_remove(struct session *s, struct metadata_keys *keys, struct str key)
{
	unsigned i = place_of(keys, key);

	free((char *)keys->at[i]);
	keys->count--;
	memmove(keys->at + i, keys->at + i + 1, (keys->count - i) * sizeof(*keys->at));
	if (keys->count == 0)
		s->server->subscribers--;
}

/* Subscriptions are one's own. */
static bool
own_target(struct session *s, struct str target)
{
	if (str_eq(target, STR("*")) || (s->user != NULL && name_eq(target, user_nick(s->user))))
		return true;
	refuse(s, target, (struct str){ 0 }, VERDICT_NO_SUCH_NICK);
	return false;
}

static void
too_many(struct session *s, struct str key)
{
	char context[IRC_METADATA_KEY_MOST + 32];

	snprintf(
	    context, sizeof(context), "%s %zu", reply_text(key), s->server->limits.metadata_subs);
	reply_fail(s, "METADATA", "LIMIT_REACHED", context,
	    "You hear of as many keys as you may; those from this one on were left out");
}

static void
sub(struct session *s, const struct irc_message *m)
{
	enum { NEW_MOST = 256 }; /* more fit into no line */
	struct key_walk w = { .message = m, .next = 2 };
	struct hearing *h = metadata_hearing(s);
	const char *added[NEW_MOST];
	struct metadata_keys fresh = { added, 0 };
	struct reply_words words;
	struct str key;

	reply_words_begin(
	    &words, s, "%d " STR_FMT " ", RPL_METADATASUBOK, STR_ARG(session_nick(s)));
	while (h != NULL && key_next(&w, &key)) {
		if (!key_good(s, key))
			continue;
		if (!metadata_subscribes(s, key)) {
			if (h->keys.count >= s->server->limits.metadata_subs ||
			    fresh.count == NEW_MOST) {
				too_many(s, key);
				break;
			}
			added[fresh.count] = key_add(s, &h->keys, key);
			if (added[fresh.count] == NULL)
				break;
			fresh.count++;
		}
		reply_word(&words, key);
	}
	reply_words_end(&words);
	metadata_subscribed(s, &fresh);
}

static void
unsub(struct session *s, const struct irc_message *m)
{
	struct key_walk w = { .message = m, .next = 2 };
	struct hearing *h = metadata_hearing(s);
	struct reply_words words;
	struct str key;

	reply_words_begin(
	    &words, s, "%d " STR_FMT " ", RPL_METADATAUNSUBOK, STR_ARG(session_nick(s)));
	while (h != NULL && key_next(&w, &key)) {
		if (!key_good(s, key))
			continue;
		if (metadata_subscribes(s, key))
			key_remove(s, &h->keys, key);
		reply_word(&words, key);
	}
	reply_words_end(&words);
}

static void
subs(struct session *s, const struct irc_message *m)
{
	enum { LINE = 400 };
	const struct hearing *h = session_extra(s)->hearing;
	struct buf text = BUF_INIT(IRC_LINE_MOST);
	struct playback lines;

	(void)m;
	playback_begin(&lines, s);
	for (unsigned i = 0; h != NULL && i < h->keys.count; i++) {
		if (text.len == 0)
			buf_printf(
			    &text, "%d " STR_FMT, RPL_METADATASUBS, STR_ARG(session_nick(s)));
		buf_printf(&text, " %s", h->keys.at[i]);
		if (text.len > LINE - IRC_METADATA_KEY_MOST || i + 1 == h->keys.count) {
			playback_add_line(&lines, buf_str(&text));
			buf_clear(&text);
		}
	}
	playback_send(&lines, STR("metadata-subs"), false);
	playback_end(&lines);
	buf_free(&text);
}

/* ---- SYNC ------------------------------------------------------------------------------------ */

static void
synchronise(struct session *s, const struct irc_message *m)
{
	struct subject of;

	if (s->user == NULL) {
		reply_numeric(s, ERR_NOTREGISTERED);
		return;
	}
	if (!look_at(s, m->params[0], &of))
		return;
	if (of.channel != NULL)
		metadata_sync_channel(s, of.channel);
	else
		metadata_sync(s, of.user);
}

/* ---- the command ----------------------------------------------------------------------------- */

static const struct subcommand {
	struct str name;
	unsigned least; /* parameters of METADATA */
	bool own;       /* the target is oneself */
	void (*run)(struct session *s, const struct irc_message *m);
} subcommands[] = {
	{ { "CLEAR", 5 }, 2, false, clear },
	{ { "GET", 3 }, 3, false, get },
	{ { "LIST", 4 }, 2, false, list },
	{ { "SET", 3 }, 3, false, set },
	{ { "SUB", 3 }, 3, true, sub },
	{ { "SUBS", 4 }, 2, true, subs },
	{ { "SYNC", 4 }, 2, false, synchronise },
	{ { "UNSUB", 5 }, 3, true, unsub },
};

static const struct subcommand *
find_subcommand(struct str name)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (str_eq_nocase(name, subcommands[i].name))
			return &subcommands[i];
	return NULL;
}

void
cmd_metadata(struct session *s, const struct irc_message *m)
{
	const struct subcommand *c = find_subcommand(m->params[1]);
	struct str word = str_first(m->params[1], str_find(m->params[1], ' '));

	if ((s->caps & CAP_BIT(CAP_METADATA)) == 0) {
		if (s->user != NULL)
			reply_numeric(s, ERR_UNKNOWNCOMMAND, "METADATA");
		else
			reply_numeric(s, ERR_NOTREGISTERED);
	} else if (c == NULL) {
		reply_fail(s, "METADATA", "INVALID_PARAMS",
		    word.len > 0 && word.p[0] != ':' ? reply_cut(word, 32) : "*",
		    "Write GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS or SYNC");
	} else if (m->count < c->least) {
		reply_numeric(s, ERR_NEEDMOREPARAMS, "METADATA");
	} else if (!c->own || own_target(s, m->params[0])) {
		c->run(s, m);
	}
}
