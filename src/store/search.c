/*
 * Searching a file. Its index knows the words, the sender and the target of each row, and finds the
 * rows that have all that is asked for in the order of their numbers, a few at a time. Each target
 * costs it as much as some dozens of rows: where there are many, the rows with the words are looked
 * at first whatever their target, until as much was spent; then the index is asked for the targets.
 */
#include "search.h"

#include <stdlib.h>

#include "words.h"
#include "writer.h"

enum {
	TARGETS_FEW = 4,    /* so many cost nothing worth mentioning */
	ROWS_A_TARGET = 40, /* looked at in the time that one target takes: 0.2 ms, 5 us a row */
	MATCH_MOST = 64 << 10,
};

struct search {
	struct reader *reader;
	const struct question *question;
	struct answer *answer;
	int64_t *targets; /* those that are there, sorted */
	size_t target_count;
	uint64_t after, before; /* where rows are to be looked for yet; both exclusive */
	unsigned left;          /* rows that are wanted yet */
};

/* ---- what is asked of the index -------------------------------------------------------------- */

/* {text}:"word" {text}:"word" {place}:"n616461": no sign of the query language is in a word. */
static void
match_words(const struct search *s, struct buf *match)
{
	struct str text = s->question->query.text, word;
	char sender[PLACE_ROOM];

	while ((word = words_next(&text)).len > 0)
		buf_printf(match, "{text}:\"" STR_FMT "\" ", STR_ARG(word));
	if (s->question->query.sender.len > 0)
		buf_printf(match, "{place}:\"" STR_FMT "\" ",
		    STR_ARG(writer_sender(s->question->query.sender, sender)));
}

/* ... AND {place}:("t1" OR "t2") */
static void
match_targets(const struct search *s, struct buf *match)
{
	buf_printf(match, "%s{place}:(", match->len > 0 ? "AND " : "");
	for (size_t i = 0; i < s->target_count; i++)
		buf_printf(match, "%s\"t%lld\"", i > 0 ? " OR " : "", (long long)s->targets[i]);
	buf_printf(match, ")");
}

/* ---- targets --------------------------------------------------------------------------------- */

static int
compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int
find_targets(struct search *s, struct err *e)
{
	const struct store_query *q = &s->question->query;
	int got;

	s->targets = calloc(q->target_count + 1, sizeof(*s->targets));
	if (s->targets == NULL)
		return err_set(e, "the server's memory is short");
	for (size_t i = 0; i < q->target_count; i++) {
		got = reader_target(s->reader, q->targets[i], &s->targets[s->target_count], e);
		if (got == -1)
			return -1;
		s->target_count += (size_t)got;
	}
	qsort(s->targets, s->target_count, sizeof(*s->targets), compare_ids);
	return 0;
}

/* 1: the row is of one of them. */
static int
is_in_targets(struct search *s, int64_t number, struct err *e)
{
	struct statement *st = s->reader->st[READER_TARGET_OF];
	int64_t id;
	int got;

	db_bind(st, 1, number);
	got = db_step(st, e);
	id = got == 1 ? db_column(st, 0) : 0;
	db_reset(st);
	if (got != 1)
		return got;
	return bsearch(&id, s->targets, s->target_count, sizeof(id), compare_ids) != NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The row of a number, when it is of the kinds asked for. */
static int
take_row(struct search *s, int64_t number, struct err *e)
{
	struct statement *st = s->reader->st[READER_ROW];
	int got;

	db_bind(st, 1, number);
	got = db_step(st, e);
	if (got == 1 && reader_wants(s->reader, &s->question->query, st)) {
		got = reader_add(s->answer, st, db_column_text(st, READER_NAME), e);
		s->left--;
	}
	db_reset(st);
	return got == -1 ? -1 : 0;
}

/* One that has what the index was asked for; from here on only what lies beyond it is. */
static int
look_at(struct search *s, int64_t number, bool any_target, struct err *e)
{
	int got = any_target ? is_in_targets(s, number, e) : 1;

	if (s->question->query.newest)
		s->before = (uint64_t)number;
	else
		s->after = (uint64_t)number;
	return got == 1 ? take_row(s, number, e) : got;
}

/* Looks at `most` rows at most. 1: there may be more; 0: it has all that is wanted. */
static int
look_through(struct search *s, struct str match, bool any_target, size_t most, struct err *e)
{
	struct statement *st =
	    s->reader->st[s->question->query.newest ? READER_WORDS_BACKWARD : READER_WORDS_FORWARD];
	int got = 1;

	db_bind_text(st, 1, match);
	db_bind(st, 2, reader_bound(s->after));
	db_bind(st, 3, reader_bound(s->before));
	for (size_t i = 0; i < most && s->left > 0 && (got = db_step(st, e)) == 1; i++)
		if (look_at(s, db_column(st, 0), any_target, e) == -1) {
			got = -1;
			break;
		}
	db_reset(st);
	return s->left == 0 && got == 1 ? 0 : got;
}

static int
look(struct search *s, struct buf *match, struct err *e)
{
	int got = 1;

	match_words(s, match);
	if (match->len > 0 && s->target_count > TARGETS_FEW)
		got = look_through(s, buf_str(match), true, s->target_count * ROWS_A_TARGET, e);
	if (got != 1)
		return got;
	match_targets(s, match);
	if (match->truncated)
		return err_set(e, "the search is too long");
	return look_through(s, buf_str(match), false, SIZE_MAX, e);
}

int
search_answer(struct reader *r, const struct question *q, struct answer *a, struct err *e)
{
	struct search s = { .reader = r,
		.question = q,
		.answer = a,
		.after = q->query.after,
		.before = reader_end(q),
		.left = q->query.limit };
	struct buf match = BUF_INIT(MATCH_MOST);
	int got = find_targets(&s, e);

	if (got == 0 && s.target_count > 0)
		got = look(&s, &match, e);
	free(s.targets);
	buf_free(&match);
	return got;
}
