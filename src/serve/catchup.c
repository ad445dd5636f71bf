/* Readers that have fallen behind: gaps are filled from the store, a page at a time. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/table.h"
#include "behind.h"
#include "serve/playback.h"

/*
 * NICK and QUIT have a row in each channel of whoever did it. Those that are read of one event come
 * one right after the other, whatever other channels it has rows in; and between two such events of
 * the same source there is always another row of it, a JOIN or NICK. Whether it was told already.
 */
static bool
told_before(struct behind *b, const struct record *r)
{
	uint64_t source = table_hash(r->source);
	bool same = (r->kind == EVENT_NICK || r->kind == EVENT_QUIT) && r->kind == b->row_kind &&
		    source == b->row_source;

	b->row_kind = r->kind;
	b->row_source = source;
	b->row_told = same && b->row_told;
	return b->row_told;
}

/* The row's line, when it missed that. False: no memory. */
static bool
tell(struct session *s, const struct record *r, struct buf *lines)
{
	struct behind *b = session_extra(s)->behind;
	bool told = told_before(b, r);

	if (!behind_taken(b, r->number) && !behind_watched(b, r->target, r->number))
		return true;
	b->owed -= r->kind == EVENT_MESSAGE || r->kind == EVENT_NOTICE;
	if (told)
		return true;
	b->row_told = true;
	b->shown++;
	return playback_live(s, r, lines);
}

/* As many rows as fill a page: more would be read for nothing. */
static void
reckon_rows(struct behind *b, size_t used, size_t count)
{
	if (used < count)
		b->rows = (unsigned)used + 1;
	else if (b->page < BEHIND_PAGE / 2)
		b->rows = b->rows * 2 < BEHIND_ROWS ? b->rows * 2 : BEHIND_ROWS;
}

static void
on_answer(void *arg, const struct record *rows, size_t count, const char *why)
{
	struct session *s = arg;
	struct behind *b = session_extra(s)->behind;
	struct gap *g = &b->gaps[b->gap_first];
	struct buf lines = BUF_INIT(BEHIND_PAGE + CHUNK_MOST);
	size_t i;

	b->asked = NULL;
	b->asking = false;
	if (why != NULL) {
		b->retry_at = clock_monotonic() + BEHIND_RETRY;
		session_schedule(s);
		return;
	}
	for (i = 0; i < count && lines.len < BEHIND_PAGE; i++)
		if (!tell(s, &rows[i], &lines)) {
			conn_break(s->conn);
			break;
		}
	b->page = lines.len;
	conn_fill(s->conn, g->place, buf_str(&lines));
	buf_free(&lines);
	if (i > 0)
		g->after = rows[i - 1].number;
	if (i == count && count < b->rows)
		g->after = b->asked_upto;
	reckon_rows(b, i, count);
	if (g->after >= g->upto)
		behind_gap_filled(s);
}

/* Targets that have rows for the gap, each once; returns how many. */
static size_t
targets_of(const struct behind *b, const struct gap *g, struct str *out)
{
	size_t count = 0, k;

	for (size_t i = 0; i < b->watch_count; i++) {
		if (b->watches[i].upto <= g->after)
			continue;
		for (k = 0; k < count && !str_eq(out[k], b->watches[i].folded); k++)
			;
		if (k == count)
			out[count++] = b->watches[i].folded;
	}
	return count;
}

static void
ask(struct session *s)
{
	struct behind *b = session_extra(s)->behind;
	const struct gap *g = &b->gaps[b->gap_first];
	struct str *targets = malloc((b->watch_count + 1) * sizeof(*targets));
	struct store_query q = { .what = STORE_ROWS,
		.after = g->after,
		.before = g->upto + 1,
		.kinds = UINT64_MAX,
		.limit = b->rows,
		.targets = targets };
	struct store_asked *asked;

	if (targets == NULL) {
		conn_break(s->conn);
		return;
	}
	q.target_count = targets_of(b, g, targets);
	b->asked_upto = g->upto;
	b->asking = true;
	b->pages++;
	b->retry_at = 0;
	if (q.target_count == 0) {
		on_answer(s, NULL, 0, NULL);
	} else {
		asked = store_ask(s->server->store, &q, on_answer, s);
		if (asked != NULL) /* else it was answered, and all may be over */
			b->asked = asked;
	}
	free(targets);
}

void
behind_reached(struct conn *c, uint32_t place)
{
	struct session *s = c->owner;
	struct behind *b = session_extra(s)->behind;

	if (b == NULL || b->gap_count == 0 || b->gaps[b->gap_first].place != place)
		return;
	b->page = 0;
	if (!b->asking && b->retry_at == 0)
		ask(s);
}

int64_t
behind_due(const struct session *s)
{
	return session_extra(s)->behind && session_extra(s)->behind->retry_at > 0
		   ? session_extra(s)->behind->retry_at
		   : INT64_MAX;
}

void
behind_retry(struct session *s, int64_t now)
{
	if (now >= behind_due(s))
		ask(s);
}
