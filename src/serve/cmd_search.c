/* SEARCH: messages by what is said in them (IRCv3 draft/search), in channels that one is in and in
 * one's own conversations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "irc/names.h"
#include "serve/chathistory.h"
#include "serve/commands.h"
#include "serve/guard.h"
#include "serve/keep.h"
#include "serve/playback.h"
#include "serve/question.h"
#include "serve/reply.h"

enum { TEXT_MOST = 512 };

/* What is searched for. */
struct wanted {
	struct buf text, sender, in; /* unescaped; `in`: a channel or nick */
	uint64_t after, before;
	unsigned limit;
};

struct search {
	struct question question;
	struct wanted wanted;
	struct playback lines;
	struct buf targets; /* names of the store's targets, with NULs behind them */
	size_t target_count;
	bool gathering; /* the conversations are being looked up */
};

static void
fail(struct session *s, const char *code, struct str word, const char *text)
{
	struct str safe = str_first(word, str_find(word, ' '));

	if (safe.len > 0 && safe.p[0] == ':')
		safe.len = 0;
	reply_fail(s, "SEARCH", code, reply_cut(safe, 100), text);
}

/* ---- the words ------------------------------------------------------------------------------- */

static bool
take_text(struct wanted *w, struct str value)
{
	return irc_tag_unescape(&w->text, value) && w->text.len <= TEXT_MOST;
}

static bool
take_from(struct wanted *w, struct str value)
{
	return irc_tag_unescape(&w->sender, value) &&
	       (nick_valid(buf_str(&w->sender), IRC_NAME_ROOM) ||
		   relayed_valid(buf_str(&w->sender), IRC_NAME_ROOM));
}

static bool
take_in(struct wanted *w, struct str value)
{
	if (!irc_tag_unescape(&w->in, value))
		return false;
	return channel_valid(buf_str(&w->in), IRC_CHANNEL_ROOM) ||
	       nick_valid(buf_str(&w->in), IRC_NAME_ROOM);
}

/* Messages of that very moment count, here as below. */
static bool
take_after(struct wanted *w, struct str value)
{
	uint64_t number;
	int64_t wall;

	if (!clock_parse(value, &wall))
		return false;
	number = history_number_at(wall);
	w->after = number > 0 ? number - 1 : 0;
	return true;
}

static bool
take_before(struct wanted *w, struct str value)
{
	int64_t wall;

	if (!clock_parse(value, &wall))
		return false;
	w->before = history_number_at(wall + 1);
	return true;
}

static bool
take_limit(struct wanted *w, struct str value)
{
	int64_t number;

	if (!str_to_int64(value, &number) || number < 1)
		return false;
	if (number < w->limit)
		w->limit = (unsigned)number;
	return true;
}

static const struct attribute {
	struct str name;
	bool (*take)(struct wanted *w, struct str value);
} attributes[] = {
	{ { "after", 5 }, take_after },
	{ { "before", 6 }, take_before },
	{ { "from", 4 }, take_from },
	{ { "in", 2 }, take_in },
	{ { "limit", 5 }, take_limit },
	{ { "text", 4 }, take_text },
};

static bool
take(struct wanted *w, struct str key, struct str value)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (str_eq(key, attributes[i].name))
			return attributes[i].take(w, value);
	return false;
}

static bool
parse(struct session *s, struct str words, struct wanted *w)
{
	struct str key, value;

	while (irc_tag_next(&words, &key, &value))
		if (!take(w, key, value)) {
			fail(s, "INVALID_PARAMS", key,
			    "Invalid parameters; they are text, in, from, after, before and limit, "
			    "as key=value with ; between");
			return false;
		}
	if (w->text.len > 0 || w->sender.len > 0 || w->in.len > 0)
		return true;
	fail(s, "INVALID_PARAMS", (struct str){ 0 }, "Say what to search for: text, in or from");
	return false;
}

/* ---- where one may search -------------------------------------------------------------------- */

static void
add_target(struct search *q, struct str target)
{
	if (buf_add_str(&q->targets, target) && buf_add_char(&q->targets, '\0'))
		q->target_count++;
}

/* `in` is a channel of theirs, or somebody who is here; false: it is something else. */
static bool
add_named(struct search *q)
{
	struct session *s = q->question.session;
	struct str in = buf_str(&q->wanted.in);
	const struct channel *c = hub_channel(s->server->hub, in);
	const struct user *u = hub_user(s->server->hub, in);
	char room[STORE_TARGET_MOST];

	if (c != NULL && user_membership(s->user, c) != NULL)
		add_target(q, str_from(c->folded));
	else if (u != NULL)
		add_target(q, conversation_of(s->user, u, room));
	return q->target_count > 0;
}

static void
add_conversation(struct search *q, const struct record *r)
{
	const struct user *u = q->question.session->user;
	struct str in = buf_str(&q->wanted.in);
	char room[IDENTITY_ROOM];

	if (in.len == 0 || name_eq(in, r->shown) || name_eq(in, irc_source_nick(r->source)) ||
	    name_eq(in, conversation_other(r->target, identity_of(u, room))))
		add_target(q, r->target);
}

/* ---- questions ------------------------------------------------------------------------------- */

static void
gather_conversations(struct search *q)
{
	q->gathering = true;
	question_ask_conversations(&q->question);
}

static void
ask_messages(struct search *q)
{
	const struct wanted *w = &q->wanted;
	struct str *targets = calloc(q->target_count + 1, sizeof(*targets));
	const char *at = q->targets.data;
	struct store_query query = { .what = STORE_SEARCH,
		.targets = targets,
		.target_count = q->target_count,
		.text = buf_str(&w->text),
		.sender = buf_str(&w->sender),
		.after = w->after,
		.before = w->before,
		.kinds = PLAYBACK_MESSAGES,
		.limit = w->limit,
		.newest = w->after == 0 };

	q->gathering = false;
	if (targets == NULL) {
		fail(q->question.session, "INTERNAL_ERROR", (struct str){ 0 },
		    "The search could not be run: the server is short of memory");
		return;
	}
	for (size_t i = 0; i < q->target_count; i++) {
		targets[i] = str_from(at);
		at += targets[i].len + 1;
	}
	question_ask(&q->question, &query);
	free(targets);
}

/* Rows of a channel that was another one then, or that they were removed from meanwhile. */
static bool
may_show(const struct session *s, const struct record *r)
{
	const struct channel *c;

	if (!channel_looks(r->target))
		return r->number > guard_own(s->server, s->user); /* a conversation of theirs */
	c = hub_channel(s->server->hub, r->target);
	return c != NULL && user_membership(s->user, c) != NULL &&
	       r->number > guard_after(s->server, c);
}

static void
on_search(struct question *question, const struct record *rows, size_t count, const char *why)
{
	struct search *q = (struct search *)question;
	bool gathering = q->gathering;
	char text[200];

	if (why != NULL) {
		snprintf(text, sizeof(text), "The search could not be run: %s", why);
		fail(question->session, "INTERNAL_ERROR", (struct str){ 0 }, text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (gathering)
			add_conversation(q, &rows[i]);
		else if (may_show(question->session, &rows[i]))
			playback_add(&q->lines, &rows[i]);
	}
	if (gathering && q->target_count > 0)
		ask_messages(q);
	else
		playback_send(&q->lines, STR("draft/search"), q->wanted.after == 0);
}

static void
search_free(struct question *question)
{
	struct search *q = (struct search *)question;

	playback_end(&q->lines);
	buf_free(&q->targets);
	buf_free(&q->wanted.text);
	buf_free(&q->wanted.sender);
	buf_free(&q->wanted.in);
}

static const struct question_kind search_kind = { sizeof(struct search), true, on_search,
	search_free };

static void
start(struct session *s, struct wanted *w /* taken */)
{
	enum { TARGETS_MOST = 16 * 1024 * 1024 };
	struct search *q = (struct search *)question_new(s, &search_kind);

	if (q == NULL) {
		conn_break(s->conn);
		buf_free(&w->text);
		buf_free(&w->sender);
		buf_free(&w->in);
		return;
	}
	q->wanted = *w;
	q->targets = (struct buf)BUF_INIT(TARGETS_MOST);
	playback_begin(&q->lines, s);
	question_hold(&q->question);
	for (uint32_t i = 0; w->in.len == 0 && i < s->user->membership_count; i++)
		add_target(q, str_from(s->user->memberships[i]->channel->folded));
	if (w->in.len > 0 && add_named(q))
		ask_messages(q);
	else
		gather_conversations(q);
	question_let_go(&q->question);
}

void
cmd_search(struct session *s, const struct irc_message *m)
{
	struct wanted w = { .text = BUF_INIT(TEXT_MOST),
		.sender = BUF_INIT(TEXT_MOST),
		.in = BUF_INIT(TEXT_MOST),
		.before = UINT64_MAX,
		.limit = (unsigned)s->server->limits.history };

	if ((s->caps & CAP_BIT(CAP_SEARCH)) == 0) {
		reply_numeric(s, ERR_UNKNOWNCOMMAND, "SEARCH");
	} else if (parse(s, irc_param(m, 0), &w)) {
		start(s, &w);
		return;
	}
	buf_free(&w.text);
	buf_free(&w.sender);
	buf_free(&w.in);
}
