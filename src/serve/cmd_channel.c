/* Commands of channels: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/commands.h"
#include "serve/reply.h"

static void
leave_all(struct session *s)
{
	while (s->user->membership_count > 0) {
		struct channel *c = s->user->memberships[s->user->membership_count - 1]->channel;
		struct event ev = {
			.kind = EVENT_PART, .actor = s->user, .target = str_from(c->name)
		};
		if (server_event(s->server, s, &ev) != VERDICT_OK)
			return;
	}
}

void
cmd_join(struct session *s, const struct irc_message *m)
{
	struct targets channels = { m->params[0], 0 };
	struct str keys = irc_param(m, 1), name;

	if (str_eq(m->params[0], STR("0"))) {
		leave_all(s);
		return;
	}
	while (target_next(s, &channels, &name)) {
		struct event ev = { .kind = EVENT_JOIN,
			.actor = s->user,
			.target = name,
			.text = str_cut(&keys, ',') };
		server_event(s->server, s, &ev);
	}
}

void
cmd_part(struct session *s, const struct irc_message *m)
{
	struct targets channels = { m->params[0], 0 };
	struct str name;

	while (target_next(s, &channels, &name)) {
		struct event ev = { .kind = EVENT_PART,
			.actor = s->user,
			.target = name,
			.text = irc_param(m, 1) };
		server_event(s->server, s, &ev);
	}
}

void
cmd_kick(struct session *s, const struct irc_message *m)
{
	struct targets nicks = { m->params[1], 0 };
	struct str channels = m->params[0], channel = { 0 }, reason = irc_param(m, 2), nick;

	if (reason.len == 0)
		reason = user_nick(s->user);
	while (target_next(s, &nicks, &nick)) {
		/* One channel for all nicks, or one for each. */
		list_next(&channels, &channel);
		struct event ev = { .kind = EVENT_KICK,
			.actor = s->user,
			.target = channel,
			.object = nick,
			.text = reason };
		server_event(s->server, s, &ev);
	}
}

static void
list_invitations(struct session *s)
{
	const struct invitation *all = user_extra(s->user)->invitations;

	for (int i = 0; all != NULL && i < USER_INVITATIONS && all[i].channel_name != NULL; i++) {
		const struct channel *c = hub_channel(
		    s->server->hub, str_from(all[i].channel_name));
		/* it ends with the channel, even if there is one of that name again */
		if (c != NULL && c->id == all[i].channel_id)
			reply_numeric(s, RPL_INVITELIST, c->name);
	}
	reply_numeric(s, RPL_ENDOFINVITELIST);
}

void
cmd_invite(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_INVITE,
		.actor = s->user,
		.target = irc_param(m, 1),
		.object = irc_param(m, 0) };

	if (m->count == 0)
		list_invitations(s);
	else if (m->count == 1)
		reply_numeric(s, ERR_NEEDMOREPARAMS, "INVITE");
	else
		server_event(s->server, s, &ev);
}

void
cmd_rename(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_RENAME,
		.actor = s->user,
		.target = m->params[0],
		.object = m->params[1],
		.text = irc_param(m, 2) };

	server_event(s->server, s, &ev);
}

void
cmd_knock(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_KNOCK,
		.actor = s->user,
		.target = m->params[0],
		.text = irc_param(m, 1) };

	server_event(s->server, s, &ev);
}

/* ---- questions ------------------------------------------------------------------------------- */

void
reply_topic(struct session *s, const struct channel *c, bool even_none)
{
	if (c->topic == NULL) {
		if (even_none)
			reply_numeric(s, RPL_NOTOPIC, c->name);
		return;
	}
	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* topic of %s: %s", c->name, c->topic);
	reply_numeric(s, RPL_TOPIC, c->name, c->topic);
	reply_numeric(s, RPL_TOPICWHOTIME, c->name, c->topic_by, (long long)c->topic_time / 1000);
}

/* The channel of that name as far as this user may know of it; else a numeric, and NULL. */
static struct channel *
visible_channel(struct session *s, struct str name)
{
	struct channel *c = hub_channel(s->server->hub, name);

	if (c != NULL && channel_visible(c, s->user))
		return c;
	reply_numeric(s, ERR_NOSUCHCHANNEL, reply_cut(name, IRC_CHANNEL_ROOM));
	return NULL;
}

void
cmd_topic(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_TOPIC,
		.actor = s->user,
		.target = m->params[0],
		.text = irc_param(m, 1) };
	struct channel *c;

	if (m->count > 1)
		server_event(s->server, s, &ev);
	else if ((c = visible_channel(s, m->params[0])) != NULL)
		reply_topic(s, c, true);
}

struct str
member_prefixes(const struct membership *m, bool all, char out[3])
{
	size_t n = 0;

	/* Most members have none. */
	for (const struct channel_mode *row = channel_modes; m->flags && row->letter; row++)
		if (row->kind == MODE_PREFIX && member_is(m, (enum member_flag)row->which) &&
		    (all || n == 0))
			out[n++] = row->prefix;
	out[n] = '\0';
	return (struct str){ out, n };
}

static void
add_name(struct reply_words *words, const struct session *s, const struct membership *m)
{
	char text[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8], prefixes[3];
	struct line l = { text, text, text + sizeof(text), false };

	line_str(&l, member_prefixes(m, (s->caps & CAP_BIT(CAP_MULTI_PREFIX)) != 0, prefixes));
	line_str(&l, user_nick(m->user));
	if ((s->caps & CAP_BIT(CAP_USERHOST_IN_NAMES)) != 0) {
		line_char(&l, '!');
		line_text(&l, m->user->name);
		line_char(&l, '@');
		line_text(&l, m->user->host);
	}
	reply_word(words, (struct str){ text, (size_t)(l.at - text) });
}

static void
plain_names(struct session *s, const struct channel *c, bool inside)
{
	struct buf names = BUF_INIT(3000);
	uint32_t count = 0;
	char prefixes[3];

	for (uint32_t i = 0; i < c->member_count; i++) {
		const struct membership *m = c->members[i];
		if ((!inside && user_is(m->user, USER_INVISIBLE)) || !member_shown(m, s->user))
			continue;
		if (!names.truncated)
			buf_printf(&names, "%s%s%s", count ? ", " : "",
			    member_prefixes(m, false, prefixes).p, m->user->nick);
		count++;
	}
	reply_notice(s, "* in %s (%u): %s%s", c->name, count, buf_cstr(&names),
	    names.truncated ? ", ..." : "");
	buf_free(&names);
}

static void
names_of(struct session *s, const struct channel *c)
{
	struct reply_words words;
	bool inside = user_membership(s->user, c) != NULL;

	if (s->dialect == DIALECT_PLAIN) {
		plain_names(s, c, inside);
		return;
	}
	reply_words_begin(&words, s, "353 %s %c %s :", s->user->nick,
	    channel_is(c, CHANNEL_SECRET) ? '@' : '=', c->name);
	for (uint32_t i = 0; i < c->member_count; i++)
		if ((inside || !user_is(c->members[i]->user, USER_INVISIBLE)) &&
		    member_shown(c->members[i], s->user))
			add_name(&words, s, c->members[i]);
	reply_words_end(&words);
}

void
reply_names(struct session *s, const struct channel *c)
{
	names_of(s, c);
	reply_numeric(s, RPL_ENDOFNAMES, c->name);
}

void
reply_entered(struct session *s, const struct channel *c)
{
	const cap_set without = CAP_BIT(CAP_NO_IMPLICIT_NAMES) |
				CAP_BIT(CAP_NO_IMPLICIT_NAMES_DRAFT);

	reply_topic(s, c, false);
	reply_marker(s, str_from(c->name));
	if ((s->caps & without) == 0)
		reply_names(s, c);
}

void
cmd_names(struct session *s, const struct irc_message *m)
{
	struct targets channels = { irc_param(m, 0), 0 };
	struct str name;

	while (target_next(s, &channels, &name)) {
		const struct channel *c = hub_channel(s->server->hub, name);
		if (c != NULL && channel_visible(c, s->user))
			names_of(s, c);
	}
	reply_numeric(s, RPL_ENDOFNAMES,
	    irc_param(m, 0).len ? reply_cut(m->params[0], IRC_TEXT_MOST / 2) : "*");
}

/* ---- LIST ------------------------------------------------------------------------------------ */

/* ELIST=CMNTU: created, mask, not mask, topic, users. */
struct list_conditions {
	int64_t users_over, users_under;
	int64_t created_over, created_under, topic_over, topic_under; /* minutes ago; -1: any */
	struct str mask, not_mask;
};

enum { MINUTE = 60000 };

/* "N" behind a sign: the limit, or false. No more than what counts as minutes, too. */
static bool
condition_number(struct str item, size_t skip, int64_t *out)
{
	if (!str_to_int64(str_from_byte(item, skip), out) || *out < 0)
		return false;
	if (*out > INT64_MAX / MINUTE)
		*out = INT64_MAX / MINUTE;
	return true;
}

/* True when the item is a condition (and was taken), false when it is a channel's name. */
static bool
take_condition(struct list_conditions *c, struct str item)
{
	int64_t *over = NULL, *under = NULL;
	size_t skip = 1;
	char kind = ascii_lower(item.p[0]);

	if (kind == 'c') {
		over = &c->created_over;
		under = &c->created_under;
	} else if (kind == 't') {
		over = &c->topic_over;
		under = &c->topic_under;
	} else {
		over = &c->users_over;
		under = &c->users_under;
		skip = 0;
	}
	if (item.len > skip + 1 && item.p[skip] == '>')
		return condition_number(item, skip + 1, over);
	if (item.len > skip + 1 && item.p[skip] == '<')
		return condition_number(item, skip + 1, under);
	if (item.p[0] == '!') {
		c->not_mask = str_from_byte(item, 1);
		return true;
	}
	if (str_find(item, '*') < item.len || str_find(item, '?') < item.len) {
		c->mask = item;
		return true;
	}
	return false;
}

/* Whether a moment is more than `over` and less than `under` minutes ago (as each is given). */
static bool
age_fits(int64_t then, int64_t over, int64_t under)
{
	int64_t age = clock_wall() - then;

	if (over < 0 && under < 0)
		return true;
	return then > 0 && (over < 0 || age > over * MINUTE) && (under < 0 || age < under * MINUTE);
}

static bool
is_listed(const struct list_conditions *want, const struct channel *c, const struct user *u)
{
	struct str name = str_from(c->name);

	if (!channel_visible(c, u))
		return false;
	if ((want->users_over >= 0 && c->member_count <= want->users_over) ||
	    (want->users_under >= 0 && c->member_count >= want->users_under))
		return false;
	if ((want->mask.len > 0 && !mask_match(want->mask, name)) ||
	    (want->not_mask.len > 0 && mask_match(want->not_mask, name)))
		return false;
	return age_fits(c->created, want->created_over, want->created_under) &&
	       age_fits(c->topic_time, want->topic_over, want->topic_under);
}

static void
list_one(struct session *s, const struct channel *c)
{
	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* %s (%u)%s%s", c->name, c->member_count, c->topic ? ": " : "",
		    c->topic ? c->topic : "");
	reply_numeric(s, RPL_LIST, c->name, (long long)c->member_count, c->topic ? c->topic : "");
}

void
cmd_list(struct session *s, const struct irc_message *m)
{
	struct list_conditions want = { -1, -1, -1, -1, -1, -1, { 0 }, { 0 } };
	struct table_walk w;
	struct channel *c;
	struct str item;
	bool named = false;

	reply_numeric(s, RPL_LISTSTART);
	for (unsigned i = 0; i < m->count; i++) {
		struct str items = m->params[i];
		while (list_next(&items, &item)) {
			if (take_condition(&want, item))
				continue;
			named = true;
			c = hub_channel(s->server->hub, item);
			if (c != NULL && is_listed(&want, c, s->user))
				list_one(s, c);
		}
	}
	w = hub_channels(s->server->hub);
	while (!named && (c = table_next(&w)) != NULL)
		if (is_listed(&want, c, s->user))
			list_one(s, c);
	reply_numeric(s, RPL_LISTEND);
}
