/* CHATHISTORY: what was said in a channel, or between two people. */
#include <stdio.h>
#include <string.h>

#include "history.h"
#include "irc/names.h"
#include "serve/commands.h"
#include "serve/guard.h"
#include "serve/keep.h"
#include "serve/playback.h"
#include "serve/question.h"
#include "serve/reply.h"

enum { CONVERSATIONS_MOST = 1000 }; /* looked through for somebody who is not here */

/* What a question for rows remembers. */
struct history {
	struct question question;
	struct history_request request;
	struct playback lines;
	bool searching; /* for the conversation, by the nick of the other side */
	bool second;    /* of AROUND: the rows from the middle on */
	char subcommand[16];
	char key[STORE_TARGET_MOST]; /* the store's target */
	size_t key_length;
	uint64_t guard;                   /* only rows behind it */
	char name[IRC_NAME_ROOM * 4 + 1]; /* as it was asked for: so does the batch name it */
};

/* Words of the command in a refusal; what could not stand there is left out. */
static void
fail(struct session *s, const char *code, const char *subcommand, struct str word, const char *text)
{
	char context[256];
	struct str safe = str_first(word, str_find(word, ' '));

	safe = safe.len > 0 && safe.p[0] != ':' ? safe : (struct str){ 0 };
	snprintf(context, sizeof(context), "%s%s%s", subcommand, safe.len ? " " : "",
	    reply_cut(safe, 100));
	reply_fail(s, "CHATHISTORY", code, context, text);
}

void
history_failed(struct session *s, const char *subcommand, struct str target, const char *why)
{
	char text[200];

	snprintf(text, sizeof(text), "Messages could not be retrieved: %s", why);
	fail(s, "MESSAGE_ERROR", subcommand, target, text);
}

static void
no_target(struct session *s, const char *subcommand, struct str target)
{
	fail(s, "INVALID_TARGET", subcommand, target,
	    "Messages could not be retrieved: you are not in that channel, or never spoke with "
	    "that person");
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void
ask_rows(struct history *h)
{
	const struct history_request *r = &h->request;
	struct store_query query = { .what = STORE_ROWS,
		.target = { h->key, h->key_length },
		.after = r->after,
		.before = r->before,
		.kinds = playback_kinds(h->question.session),
		.limit = r->limit,
		.newest = r->newest };

	if (r->what == HISTORY_AROUND && !h->second) {
		query.before = r->middle;
		query.limit = r->limit / 2;
		query.newest = true;
		h->second = query.limit == 0;
	}
	if (r->what == HISTORY_AROUND && h->second) {
		query.after = r->middle - (r->middle > 0);
		query.before = UINT64_MAX;
		query.limit = r->limit - r->limit / 2;
		query.newest = false;
	}
	if (query.after < h->guard)
		query.after = h->guard;
	question_ask(&h->question, &query);
}

static void
send_rows(struct history *h)
{
	char type[sizeof(h->name) + 16];
	int n = snprintf(type, sizeof(type), "chathistory %s", h->name);

	playback_send(&h->lines, (struct str){ type, (size_t)n }, h->request.newest);
}

/* Whether the conversation is with somebody of that name: an account, or how they were called when
 * the last message was written. */
static bool
is_with(const struct user *u, const struct record *r, struct str name)
{
	struct str nick = irc_source_nick(r->source), own = user_nick(u);
	char room[IDENTITY_ROOM];

	if (name_eq(conversation_other(r->target, identity_of(u, room)), name))
		return true;
	if (!name_eq(r->shown, name) && !name_eq(nick, name))
		return false;
	return !name_eq(name, own) || name_eq(r->shown, nick);
}

/* Somebody who is not here any more. */
static void
take_conversation(struct history *h, const struct record *r)
{
	if (is_with(h->question.session->user, r, h->request.target))
		h->key_length = str_copy(h->key, sizeof(h->key), r->target);
}

static void
on_rows(struct question *q, const struct record *rows, size_t count, const char *why)
{
	struct history *h = (struct history *)q;
	bool searching = h->searching;

	if (why != NULL) {
		history_failed(q->session, h->subcommand, str_from(h->name), why);
		return;
	}
	h->searching = false;
	for (size_t i = count; searching && h->key_length == 0 && i > 0; i--)
		take_conversation(h, &rows[i - 1]);
	if (searching && h->key_length == 0) {
		no_target(q->session, h->subcommand, str_from(h->name));
		return;
	}
	for (size_t i = 0; !searching && i < count; i++)
		playback_add(&h->lines, &rows[i]);
	if (searching) {
		ask_rows(h);
	} else if (h->request.what == HISTORY_AROUND && !h->second) {
		h->second = true;
		ask_rows(h);
	} else {
		send_rows(h);
	}
}

static void
history_free(struct question *q)
{
	playback_end(&((struct history *)q)->lines);
}

static const struct question_kind rows_kind = { sizeof(struct history), true, on_rows,
	history_free };

/* ---- the target ------------------------------------------------------------------------------ */

/* The store's target for what was written; false: only the store can tell. */
static bool
find_key(struct history *h)
{
	struct session *s = h->question.session;
	const struct channel *c = hub_channel(s->server->hub, h->request.target);
	const struct user *u = hub_user(s->server->hub, h->request.target);
	char room[STORE_TARGET_MOST];
	struct str key;

	str_copy(h->name, sizeof(h->name), h->request.target);
	if (c != NULL) {
		key = str_from(c->folded);
		h->guard = guard_after(s->server, c);
	} else if (u != NULL) {
		key = conversation_of(s->user, u, room);
		h->guard = guard_own(s->server, s->user);
	} else {
		return false;
	}
	memcpy(h->key, key.p, key.len);
	h->key_length = key.len;
	return true;
}

static bool
may_read(const struct session *s, struct str target)
{
	const struct channel *c;

	if (!channel_looks(target))
		return nick_valid(target, IRC_NAME_ROOM);
	c = hub_channel(s->server->hub, target);
	return c != NULL && user_membership(s->user, c) != NULL;
}

static void
ask_conversations(struct history *h)
{
	const struct session *s = h->question.session;
	char room[IDENTITY_ROOM];
	struct store_query query = { .what = STORE_TARGETS,
		.target = identity_of(s->user, room),
		.after = guard_own(s->server, s->user),
		.before = UINT64_MAX,
		.kinds = PLAYBACK_MESSAGES,
		.limit = CONVERSATIONS_MOST,
		.newest = true };

	h->guard = query.after;
	h->searching = true;
	question_ask(&h->question, &query);
}

static void
history_rows(struct session *s, const char *subcommand, const struct history_request *r)
{
	struct history *h;

	if (!may_read(s, r->target)) {
		no_target(s, subcommand, r->target);
		return;
	}
	h = (struct history *)question_new(s, &rows_kind);
	if (h == NULL) {
		history_failed(s, subcommand, r->target, "the server is short of memory");
		return;
	}
	h->request = *r;
	str_copy(h->subcommand, sizeof(h->subcommand), str_from(subcommand));
	playback_begin(&h->lines, s);
	if (find_key(h)) {
		ask_rows(h);
	} else {
		h->request.target = str_from(h->name); /* the line is gone when the answer comes */
		ask_conversations(h);
	}
}

void
cmd_chathistory(struct session *s, const struct irc_message *m)
{
	unsigned most = (unsigned)s->server->limits.history;
	struct history_request request;
	struct str wrong, word = irc_param(m, 0);
	const char *subcommand = "*";
	enum history_fault fault;

	if ((s->caps & CAP_BIT(CAP_CHATHISTORY)) == 0) {
		reply_numeric(s, ERR_UNKNOWNCOMMAND, "CHATHISTORY");
		return;
	}
	word = str_first(word, str_find(word, ' '));
	if (word.len > 0 && word.p[0] != ':')
		subcommand = reply_cut(word, 15);
	fault = history_parse(m, most, &request, &wrong);
	if (fault != HISTORY_FINE)
		fail(s, "INVALID_PARAMS", subcommand, wrong, history_fault_text(fault));
	else if (request.what == HISTORY_TARGETS)
		history_targets(s, &request);
	else
		history_rows(s, subcommand, &request);
}
