/* CHATHISTORY TARGETS: where something was said, and when last. The channels are asked for one
 * after the other, then the conversations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "history.h"
#include "irc/names.h"
#include "serve/guard.h"
#include "serve/keep.h"
#include "serve/playback.h"
#include "serve/question.h"
#include "serve/reply.h"

enum { NAME_ROOM = IRC_NAME_ROOM * 4 + 1 };

struct found {
	uint64_t number; /* of the latest message */
	char name[NAME_ROOM];
};

struct targets_question {
	struct question question;
	struct history_request request;
	struct buf channels; /* folded names that are yet to be asked for, with NULs behind them */
	bool conversations;  /* they were asked for */
	bool asking;         /* one after the other, as long as answers come at once */
	struct buf found;    /* struct found */
};

static void
add_found(struct targets_question *t, uint64_t number, struct str name)
{
	const struct history_request *r = &t->request;
	struct found f = { .number = number };

	if (number <= r->after || number >= r->before)
		return;
	str_copy(f.name, sizeof(f.name), name);
	buf_add(&t->found, &f, sizeof(f));
}

/* ---- whom a conversation is with ------------------------------------------------------------- */

static bool
is_identity(const struct user *u, struct str identity)
{
	char room[IDENTITY_ROOM];

	return u != NULL && str_eq(identity_of(u, room), identity);
}

/* By the name under which one could be written to now; who is gone, by the name of that time. */
static struct str
name_of(const struct session *s, const struct record *r, struct str own, struct str other)
{
	struct hub *h = s->server->hub;
	struct str nick = irc_source_nick(r->source);
	const struct user *at_hand[] = { hub_user(h, nick), hub_user(h, r->shown),
		hub_user(h, other) };
	struct table_walk w = hub_users(h);
	const struct user *u;
	char account[NAME_ROOM];

	for (size_t i = 0; i < sizeof(at_hand) / sizeof(at_hand[0]); i++)
		if (is_identity(at_hand[i], other))
			return user_nick(at_hand[i]);
	while ((u = table_next(&w)) != NULL)
		if (is_identity(u, other))
			return user_nick(u);
	if (!str_starts(other, STR("!")))
		return other;
	/* Neither is told by name in the row; what was said without an account was said by one
	 * who has none. */
	if (!str_starts(own, STR("!")))
		return r->account.len > 0 &&
			       str_eq(name_fold(str_first(r->account, NAME_ROOM), account), own)
			   ? r->shown
			   : nick;
	return name_eq(nick, user_nick(s->user)) ? r->shown : nick;
}

static void
add_conversation(struct targets_question *t, const struct record *r)
{
	const struct session *s = t->question.session;
	char room[IDENTITY_ROOM];
	struct str own = identity_of(s->user, room);

	add_found(t, r->number, name_of(s, r, own, conversation_other(r->target, own)));
}

/* ---- the answer ------------------------------------------------------------------------------ */

static int
by_number(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void
add_line(struct playback *lines, const struct found *f)
{
	char text[NAME_ROOM + 64], iso[CLOCK_ISO_SIZE];
	int n;

	clock_iso(event_time(f->number), iso);
	n = snprintf(text, sizeof(text), "CHATHISTORY TARGETS %s %s", f->name, iso);
	playback_add_line(lines, (struct str){ text, (size_t)n });
}

static void
send_found(struct targets_question *t)
{
	struct found *all = (struct found *)(void *)t->found.data;
	size_t count = t->found.len / sizeof(*all), from = 0, to = count;
	struct playback lines;

	if (count > 1)
		qsort(all, count, sizeof(*all), by_number);
	if (count > t->request.limit && t->request.newest)
		from = count - t->request.limit;
	else if (count > t->request.limit)
		to = t->request.limit;
	playback_begin(&lines, t->question.session);
	for (size_t i = from; i < to; i++)
		add_line(&lines, &all[i]);
	playback_send(&lines, STR("draft/chathistory-targets"), t->request.newest);
	playback_end(&lines);
}

/* ---- the questions --------------------------------------------------------------------------- */

/* The first of them, unless they have been removed from it meanwhile. */
static void
ask_channel(struct targets_question *t)
{
	const struct session *s = t->question.session;
	const struct channel *c = hub_channel(s->server->hub, str_from(t->channels.data));
	struct store_query query = { .what = STORE_ROWS,
		.target = str_from(t->channels.data),
		.before = UINT64_MAX,
		.kinds = PLAYBACK_MESSAGES,
		.limit = 1,
		.newest = true };

	if (c == NULL || user_membership(s->user, c) == NULL) {
		buf_drop(&t->channels, strlen(t->channels.data) + 1);
		return;
	}
	query.after = guard_after(s->server, c);
	question_ask(&t->question, &query);
}

static void
ask_conversations(struct targets_question *t)
{
	t->conversations = true;
	question_ask_conversations(&t->question);
}

static void
ask_on(struct targets_question *t)
{
	question_hold(&t->question);
	t->asking = true;
	while (t->question.open == 0 && !t->conversations) {
		if (t->channels.len > 0)
			ask_channel(t);
		else
			ask_conversations(t);
	}
	t->asking = false;
	question_let_go(&t->question);
}

static void
take_rows(struct targets_question *t, const struct record *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (t->conversations)
			add_conversation(t, &rows[i]);
		else
			add_found(t, rows[i].number,
			    name_eq(rows[i].shown, rows[i].target) ? rows[i].shown
								   : rows[i].target);
	}
	if (t->conversations)
		send_found(t);
	else
		buf_drop(&t->channels, strlen(t->channels.data) + 1);
}

static void
on_target(struct question *q, const struct record *rows, size_t count, const char *why)
{
	struct targets_question *t = (struct targets_question *)q;

	if (why != NULL) {
		t->conversations = true; /* nothing more is asked */
		history_failed(q->session, "TARGETS", (struct str){ 0 }, why);
		return;
	}
	take_rows(t, rows, count);
	if (!t->asking)
		ask_on(t);
}

static void
targets_free(struct question *q)
{
	struct targets_question *t = (struct targets_question *)q;

	buf_free(&t->channels);
	buf_free(&t->found);
}

static const struct question_kind targets_kind = { sizeof(struct targets_question), true, on_target,
	targets_free };

void
history_targets(struct session *s, const struct history_request *r)
{
	enum { NAMES_MOST = 10000 * (IRC_CHANNEL_ROOM + 1), FOUND_MOST = 16 * 1024 * 1024 };
	struct targets_question *t = (struct targets_question *)question_new(s, &targets_kind);

	if (t == NULL) {
		history_failed(s, "TARGETS", (struct str){ 0 }, "the server is short of memory");
		return;
	}
	t->request = *r;
	t->channels = (struct buf)BUF_INIT(NAMES_MOST);
	t->found = (struct buf)BUF_INIT(FOUND_MOST);
	for (uint32_t i = 0; i < s->user->membership_count; i++) {
		const char *name = s->user->memberships[i]->channel->folded;
		buf_add(&t->channels, name, strlen(name) + 1);
	}
	ask_on(t);
}
