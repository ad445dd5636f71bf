/* The last messages of a channel, at a join. */
#include "serve/replay.h"

#include "serve/announce.h"
#include "serve/audience.h"
#include "serve/behind.h"
#include "serve/guard.h"
#include "serve/notes.h"
#include "serve/playback.h"
#include "serve/question.h"

/* What a note says while its account is in the channel; else it is a number. */
#define INSIDE "+"

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

/* The number of the last event that this account has seen of the channel; 0: it is not known.
 * From now on it is inside. */
static uint64_t
seen_before(struct server *sv, const struct user *u, const struct channel *c)
{
	char room[NOTE_KEY_ROOM];
	struct str key;
	uint64_t number;

	if (u->account == NULL)
		return 0;
	key = note_key(room, "seen", str_from(u->account), str_from(c->folded));
	number = note_number(notes_get(sv->notes, key));
	notes_put(sv, key, STR(INSIDE));
	return number;
}

/* What came behind the event `seen`; 0: the last messages. */
static void
replay(struct session *s, const struct channel *c, uint64_t seen)
{
	const struct serve_limits *limits = &s->server->limits;
	bool missed = seen > 0 && limits->replay_missed > 0;
	uint64_t guard = guard_after(s->server, c);
	const struct audience *a = c->front;
	struct store_query query = { .what = STORE_ROWS,
		.target = str_from(c->folded),
		.after = missed && seen > guard ? seen : guard,
		.before = a != NULL && a->spoken > 0 ? a->spoken + 1 : UINT64_MAX,
		.kinds = PLAYBACK_MESSAGES,
		.limit = (unsigned)(missed ? limits->replay_missed : limits->replay),
		.newest = true };
	struct replay *r;

	if ((s->caps & CAP_BIT(CAP_CHATHISTORY)) != 0 || query.limit == 0 ||
	    query.after + 1 >= query.before || query.before == NOTHING + 1)
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
replay_joined(struct server *sv, const struct user *u, const struct channel *c)
{
	uint64_t seen = seen_before(sv, u, c);

	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		replay(s, c, seen);
}

void
replay_entered(struct session *s, const struct channel *c)
{
	replay(s, c, seen_before(s->server, s->user, c));
}

void
replay_left(struct server *sv, const struct user *u, const struct channel *c, uint64_t number)
{
	char room[NOTE_KEY_ROOM];

	if (u->account == NULL)
		return;
	notes_put_number(
	    sv, note_key(room, "seen", str_from(u->account), str_from(c->folded)), number, "");
}

void
replay_left_all(struct server *sv, const struct user *u, uint64_t number)
{
	number = behind_told(u, number);
	for (uint32_t i = 0; i < u->membership_count; i++)
		replay_left(sv, u, u->memberships[i]->channel, number);
}

void
replay_after_restart(struct server *sv, uint64_t last_number)
{
	struct table_walk w = notes_walk(sv->notes);
	struct str key, value;

	while (notes_next(&w, &key, &value))
		if (str_starts(key, STR("seen/")) && str_eq(value, STR(INSIDE)))
			notes_put_number(sv, key, last_number, "");
}
