/* What those are shown who do not ask for history: of a channel at a join, in private at their
 * coming. */
#include "serve/replay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "irc/names.h"
#include "net/tcp.h"
#include "serve/announce.h"
#include "serve/audience.h"
#include "serve/behind.h"
#include "serve/chathistory.h"
#include "serve/guard.h"
#include "serve/playback.h"
#include "serve/question.h"
#include "serve/reply.h"
#include "serve/seen.h"

/* As the number of the last message: there is none. */
enum { NOTHING = 1 };

struct replay {
	struct question question;
	uint64_t after; /* was asked for */
	char channel[STORE_TARGET_MOST];
};

/* The audience remembers where the last message is, unless it has heard a later one. */
static void
note_spoken(const struct replay *r, const struct record *rows, size_t count)
{
	struct hub *h = r->question.session->server->hub;
	const struct channel *c = hub_channel(h, str_from(r->channel));
	struct audience *a = c ? c->front : NULL;

	if (a != NULL && a->spoken == 0)
		a->spoken = count > 0 ? rows[count - 1].number : r->after > 0 ? r->after : NOTHING;
}

/* Without an answer the channel has no history for the moment: nobody asked for it. */
static void
on_replay(struct question *q, const struct record *rows, size_t count, const char *why)
{
	if (why != NULL)
		return;
	note_spoken((struct replay *)q, rows, count);
	playback_retell(q->session, rows, count);
}

static const struct question_kind replay_kind = { sizeof(struct replay), false, on_replay, NULL };

static bool
asks_itself(const struct session *s)
{
	return (s->caps & CAP_BIT(CAP_CHATHISTORY)) != 0;
}

static struct store_query
query_for(const struct session *s, const struct channel *c, struct seen_place seen)
{
	const struct serve_limits *limits = &s->server->limits;
	bool missed = seen.number > 0 && limits->replay_missed > 0;
	uint64_t guard = guard_after(s->server, c);
	const struct audience *a = c->front;

	return (struct store_query){ .what = STORE_ROWS,
		.target = str_from(c->folded),
		.after = missed && seen.number > guard ? seen.number : guard,
		.before = a != NULL && a->spoken > 0 ? a->spoken + 1 : UINT64_MAX,
		.kinds = PLAYBACK_MESSAGES,
		.limit = (unsigned)(missed && seen.own ? limits->replay_missed : limits->replay),
		.newest = true };
}

void
replay_entered(struct session *s, const struct channel *c)
{
	struct seen_place seen = { 0, false };
	struct store_query query;
	struct replay *r;

	if (asks_itself(s))
		return;
	if (s->user->account != NULL)
		seen = seen_enter(s, str_from(c->folded));
	query = query_for(s, c, seen);
	if (query.limit == 0 || query.after + 1 >= query.before || query.before == NOTHING + 1)
		return;
	r = (struct replay *)question_new(s, &replay_kind);
	if (r == NULL) {
		conn_break(s->conn);
		return;
	}
	r->after = query.after;
	str_copy(r->channel, sizeof(r->channel), query.target);
	question_ask(&r->question, &query);
}

void
replay_joined(const struct user *u, const struct channel *c)
{
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		replay_entered(s, c);
}

/* ---- in private ------------------------------------------------------------------------------ */

enum { PRIVATE_MORE = 1000 }; /* so many beyond those that are shown are counted */

/* The conversations are asked for first, then what was said in them. */
struct missed {
	struct question question;
	uint64_t after, before;
	bool known; /* which conversations */
};

static void
ask_messages(struct missed *m, const struct record *last, size_t count)
{
	struct str *targets = malloc((count + 1) * sizeof(*targets));
	struct store_query query = { .what = STORE_ROWS,
		.targets = targets,
		.after = m->after,
		.before = m->before,
		.kinds = PLAYBACK_MESSAGES,
		.limit = (unsigned)m->question.session->server->limits.replay_missed + PRIVATE_MORE,
		.newest = true };

	m->known = true;
	if (targets == NULL) {
		conn_break(m->question.session->conn);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (last[i].number > m->after)
			targets[query.target_count++] = last[i].target;
	if (query.target_count > 0)
		question_ask(&m->question, &query);
	free(targets);
}

/* What another device said is shown to those who show what they did not say. */
static bool
is_for(const struct session *s, const struct record *r)
{
	return (s->caps & CAP_BIT(CAP_ECHO_MESSAGE)) != 0 ||
	       !name_eq(r->account, str_from(s->user->account));
}

static void
tell_messages(struct session *s, const struct record *rows, size_t count)
{
	size_t most = s->server->limits.replay_missed, there = 0, skip;

	for (size_t i = 0; i < count; i++)
		there += is_for(s, &rows[i]);
	skip = there > most ? there - most : 0;
	if (skip > 0)
		reply_notice(s, "%zu%s private messages that came before these are not shown", skip,
		    count >= most + PRIVATE_MORE ? " or more" : "");
	for (size_t i = 0; i < count; i++) {
		if (!is_for(s, &rows[i]))
			continue;
		if (skip > 0)
			skip--;
		else
			playback_retell(s, &rows[i], 1);
	}
}

static void
on_missed(struct question *q, const struct record *rows, size_t count, const char *why)
{
	struct missed *m = (struct missed *)q;

	if (why != NULL)
		return;
	if (m->known)
		tell_messages(q->session, rows, count);
	else
		ask_messages(m, rows, count);
}

static const struct question_kind missed_kind = { sizeof(struct missed), false, on_missed, NULL };

void
replay_private(struct session *s)
{
	struct seen_place seen;
	struct missed *m;

	if (s->closing || s->user->account == NULL || asks_itself(s))
		return;
	seen = seen_enter(s, SEEN_PRIVATE);
	if (seen.number == 0 || !seen.own || s->server->limits.replay_missed == 0)
		return;
	m = (struct missed *)question_new(s, &missed_kind);
	if (m == NULL) {
		conn_break(s->conn);
		return;
	}
	m->after = guard_own(s->server, s->user);
	m->after = m->after > seen.number ? m->after : seen.number;
	m->before = hub_last_number(s->server->hub) + 1; /* what comes between the two is live */
	question_ask_conversations(&m->question);
}

/* ---- leaving --------------------------------------------------------------------------------- */

static void
leave(struct session *s, struct str where, uint64_t number)
{
	if (s->user->account != NULL && !asks_itself(s))
		seen_leave(s, where, number);
}

void
replay_left(struct server *sv, const struct user *u, const struct channel *c, uint64_t number)
{
	if (u->account == NULL)
		return;
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		leave(s, str_from(c->folded), number);
	seen_end(sv, str_from(u->account), str_from(c->folded), number);
}

/* What was sent since the other side acknowledged anything has not arrived. */
static uint64_t
arrived(const struct session *s, uint64_t number)
{
	enum { TICK = 10 }; /* ms; the kernel's clock is that coarse */
	int64_t unheard = tcp_unheard(s->conn->source.fd);
	uint64_t before;

	if (unheard <= TICK)
		return number;
	before = history_number_at(clock_wall() - unheard + TICK);
	return before < number ? before : number;
}

static void
leave_all(struct session *s, uint64_t number)
{
	const struct user *u = s->user;

	for (uint32_t i = 0; i < u->membership_count; i++)
		leave(s, str_from(u->memberships[i]->channel->folded), number);
	leave(s, SEEN_PRIVATE, number);
}

void
replay_device_came(const struct session *s)
{
	uint64_t number = hub_last_number(s->server->hub);

	for (struct session *d = session_of(s->user); d != NULL; d = d->next_device) {
		if (d == s || d->given_up || !tcp_is_deaf(d->conn->source.fd))
			continue;
		d->given_up = true;
		leave_all(d, arrived(d, behind_told(d, number)));
	}
}

void
replay_device_left(struct session *s, uint64_t number)
{
	number = behind_told(s, number);
	if (!s->lost)
		leave_all(s, number);
	else if (!s->given_up)
		leave_all(s, arrived(s, number));
}

void
replay_left_all(struct server *sv, const struct user *u, uint64_t number)
{
	if (u->account == NULL)
		return;
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		replay_device_left(s, number);
	for (uint32_t i = 0; i < u->membership_count; i++)
		seen_end(
		    sv, str_from(u->account), str_from(u->memberships[i]->channel->folded), number);
	seen_end(sv, str_from(u->account), SEEN_PRIVATE, number);
}
