/* The last messages of a channel, at a join. */
#include "serve/replay.h"

#include "serve/announce.h"
#include "serve/behind.h"
#include "serve/guard.h"
#include "serve/notes.h"
#include "serve/playback.h"
#include "serve/question.h"

/* What a note says while its account is in the channel; else it is a number. */
#define INSIDE "+"

static void
on_replay(struct question *q, const struct record *rows, size_t count, const char *why)
{
	if (why ==
	    NULL) /* otherwise the channel has no history for the moment: nothing was asked */
		playback_retell(q->session, rows, count);
}

static const struct question_kind replay_kind = { sizeof(struct question), false, on_replay, NULL };

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
	struct store_query query = { .what = STORE_ROWS,
		.target = str_from(c->folded),
		.after = missed && seen > guard ? seen : guard,
		.before = UINT64_MAX,
		.kinds = PLAYBACK_MESSAGES,
		.limit = (unsigned)(missed ? limits->replay_missed : limits->replay),
		.newest = true };
	struct question *q;

	if ((s->caps & CAP_BIT(CAP_CHATHISTORY)) != 0 || query.limit == 0)
		return;
	q = question_new(s, &replay_kind);
	if (q == NULL)
		conn_break(s->conn);
	else
		question_ask(q, &query);
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
