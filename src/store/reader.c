/* Questions to the file of a store. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "row.h"
#include "schema.h"
#include "search.h"

enum { ANSWER_BYTES = 64 << 20 };

/* The range of numbers is a part of the index, whose entries end with them. */
#define ROWS                                                            \
	"SELECT " READER_COLUMNS " FROM rows INDEXED BY rows_of_target" \
	" WHERE target = ?1 AND number > ?2 AND number < ?3 ORDER BY number "
#define WORDS                                                                        \
	"SELECT rowid FROM words WHERE words MATCH ?1 AND rowid > ?2 AND rowid < ?3" \
	" ORDER BY rowid "

static const char *const sql[READER_STATEMENTS] = {
	[READER_TARGET] = "SELECT id FROM targets WHERE name = coalesce(?1, '')",
	[READER_FORWARD] = ROWS "ASC",
	[READER_BACKWARD] = ROWS "DESC",
	[READER_CONVERSATIONS] = "SELECT id, name FROM conversations JOIN targets ON id = target"
				 " WHERE identity = coalesce(?1, '')",
	[READER_WORDS_FORWARD] = WORDS "ASC",
	[READER_WORDS_BACKWARD] = WORDS "DESC",
	[READER_TARGET_OF] = "SELECT target FROM rows WHERE number = ?1",
	[READER_ROW] = "SELECT " READER_COLUMNS ", (SELECT name FROM targets WHERE id = target)"
		       " FROM rows WHERE number = ?1",
};

/* ---- questions and answers ------------------------------------------------------------------- */

static struct str
put_text(char **at, struct str s)
{
	struct str copy = { *at, s.len };

	if (s.len > 0)
		memcpy(*at, s.p, s.len);
	*at += s.len;
	return copy;
}

/* One allocation: the array of targets first, then the texts. */
bool
question_copy(struct question *to, const struct store_query *q)
{
	size_t size = q->target_count * sizeof(struct str) + q->target.len + q->text.len +
		      q->sender.len + 1;
	struct str *targets;
	char *at;

	for (size_t i = 0; i < q->target_count; i++)
		size += q->targets[i].len;
	to->texts = malloc(size);
	if (to->texts == NULL)
		return false;
	targets = (struct str *)(void *)to->texts;
	at = to->texts + q->target_count * sizeof(struct str);
	to->query = *q;
	to->query.targets = targets;
	to->query.target = put_text(&at, q->target);
	to->query.text = put_text(&at, q->text);
	to->query.sender = put_text(&at, q->sender);
	for (size_t i = 0; i < q->target_count; i++)
		targets[i] = put_text(&at, q->targets[i]);
	return true;
}

void
question_free(struct question *q)
{
	free(q->texts);
	q->texts = NULL;
}

void
answer_free(struct answer *a)
{
	free(a->rows);
	buf_free(&a->packed);
	*a = (struct answer){ .rows = NULL };
}

/* ---- the connection -------------------------------------------------------------------------- */

void
reader_close(struct reader *r)
{
	db_close(r->db);
	r->db = NULL;
}

static int
ensure_open(struct reader *r, struct err *e)
{
	if (r->db != NULL)
		return 0;
	r->db = schema_open_to_read(r->path, e);
	if (r->db == NULL)
		return -1;
	for (int i = 0; i < READER_STATEMENTS; i++) {
		r->st[i] = db_prepare(r->db, sql[i], e);
		if (r->st[i] == NULL) {
			reader_close(r);
			return -1;
		}
	}
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

void
reader_record(struct statement *st, struct record *r)
{
	struct str *texts[] = { &r->shown, &r->source, &r->account, &r->object, &r->text, &r->tags,
		&r->identity, &r->client_id };

	r->number = (uint64_t)db_column(st, 0);
	r->kind = (enum event_kind)db_column(st, 1);
	r->status = (char)db_column(st, 2);
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		*texts[i] = db_column_text(st, 3 + i);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool
doubted(const struct reader *r, uint64_t number)
{
	return r->doubt_count > 0 &&
	       bsearch(&number, r->doubts, r->doubt_count, sizeof(number), compare_numbers) != NULL;
}

bool
reader_wants(const struct reader *r, const struct store_query *q, struct statement *st)
{
	return row_kind_in((enum event_kind)db_column(st, 1), q->kinds) &&
	       !doubted(r, (uint64_t)db_column(st, 0));
}

int
reader_add(struct answer *a, struct statement *st, struct str target, struct err *e)
{
	struct record r;
	size_t size;
	char *at;

	reader_record(st, &r);
	r.target = target;
	size = row_size(&r);
	at = buf_room(&a->packed, size);
	if (at == NULL)
		return err_set(e, "the answer is too long; ask for less at once");
	row_pack((struct row *)(void *)at, size, &r);
	a->packed.len += size;
	a->count++;
	return 0;
}

int64_t
reader_bound(uint64_t number)
{
	return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

uint64_t
reader_end(const struct question *q)
{
	return q->query.before <= q->last ? q->query.before : q->last + 1;
}

/* Takes up to `limit` rows of one target. */
static int
take_rows(struct reader *r, const struct question *q, int64_t id, struct str name, struct answer *a,
    struct err *e)
{
	const struct store_query *query = &q->query;
	struct statement *st = r->st[query->newest ? READER_BACKWARD : READER_FORWARD];
	unsigned left = query->limit;
	int got = 0;

	db_bind(st, 1, id);
	db_bind(st, 2, reader_bound(query->after));
	db_bind(st, 3, reader_bound(reader_end(q)));
	while (left > 0 && (got = db_step(st, e)) == 1) {
		if (!reader_wants(r, query, st))
			continue;
		left--;
		if (reader_add(a, st, name, e) == -1) {
			got = -1;
			break;
		}
	}
	db_reset(st);
	return got == -1 ? -1 : 0;
}

int
reader_target(struct reader *r, struct str name, int64_t *id, struct err *e)
{
	struct statement *st = r->st[READER_TARGET];
	int got;

	db_bind_text(st, 1, name);
	got = db_step(st, e);
	if (got == 1)
		*id = db_column(st, 0);
	db_reset(st);
	return got;
}

static int
answer_rows_of(
    struct reader *r, const struct question *q, struct str name, struct answer *a, struct err *e)
{
	int64_t id = 0;
	int got = reader_target(r, name, &id, e);

	return got <= 0 ? got : take_rows(r, q, id, name, a, e);
}

/* Of each target up to `limit`: what is too much is left out when all are arranged. */
static int
answer_rows(struct reader *r, const struct question *q, struct answer *a, struct err *e)
{
	const struct store_query *query = &q->query;
	int got = 0;

	if (query->target_count == 0)
		return answer_rows_of(r, q, query->target, a, e);
	for (size_t i = 0; i < query->target_count && got != -1; i++)
		got = answer_rows_of(r, q, query->targets[i], a, e);
	return got;
}

/* The last row of a conversation, when it lies between the bounds. */
static int
take_last(struct reader *r, const struct question *q, int64_t id, struct str name, struct answer *a,
    struct err *e)
{
	struct statement *st = r->st[READER_BACKWARD];
	int got;

	db_bind(st, 1, id);
	db_bind(st, 2, 0);
	db_bind(st, 3, reader_bound(q->last + 1));
	do
		got = db_step(st, e);
	while (got == 1 && !reader_wants(r, &q->query, st));
	if (got == 1 && (uint64_t)db_column(st, 0) > q->query.after &&
	    (uint64_t)db_column(st, 0) < q->query.before)
		got = reader_add(a, st, name, e);
	db_reset(st);
	return got == -1 ? -1 : 0;
}

static int
answer_targets(struct reader *r, const struct question *q, struct answer *a, struct err *e)
{
	struct statement *st = r->st[READER_CONVERSATIONS];
	int got;

	db_bind_text(st, 1, q->query.target);
	while ((got = db_step(st, e)) == 1)
		if (take_last(r, q, db_column(st, 0), db_column_text(st, 1), a, e) == -1) {
			db_reset(st);
			return -1;
		}
	return got;
}

/* ---- answers --------------------------------------------------------------------------------- */

static int (*const answers[])(
    struct reader *r, const struct question *q, struct answer *a, struct err *e) = {
	[STORE_ROWS] = answer_rows,
	[STORE_TARGETS] = answer_targets,
	[STORE_SEARCH] = search_answer,
};

static int
by_number(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* The rows in their order, and no more of them than asked for. */
static int
arrange(struct answer *a, const struct store_query *q, struct err *e)
{
	const char *at = a->packed.data;
	size_t over;

	if (a->count == 0)
		return 0;
	a->rows = malloc(a->count * sizeof(struct record));
	if (a->rows == NULL)
		return err_set(e, "the server's memory is short");
	for (size_t i = 0; i < a->count; i++) {
		const struct row *row = (const struct row *)(const void *)at;
		row_view(row, &a->rows[i]);
		at += row->size;
	}
	qsort(a->rows, a->count, sizeof(struct record), by_number);
	over = a->count > q->limit ? a->count - q->limit : 0;
	a->count -= over;
	if (q->newest && over > 0)
		memmove(a->rows, a->rows + over, a->count * sizeof(struct record));
	return 0;
}

/* In a transaction: all that it reads is of one moment. */
void
reader_answer(struct reader *r, const struct question *q, struct answer *a)
{
	struct err e = { "" };
	int got = -1;

	*a = (struct answer){ .packed = BUF_INIT(ANSWER_BYTES) };
	if (ensure_open(r, &e) == 0 && db_exec(r->db, "BEGIN", &e) == 0) {
		got = answers[q->query.what](r, q, a, &e);
		if (got != -1)
			got = arrange(a, &q->query, &e);
		db_exec(r->db, "ROLLBACK", &(struct err){ "" });
	}
	if (got != -1)
		return;
	answer_free(a);
	str_copy(a->why, sizeof(a->why), str_from(e.text));
	reader_close(r); /* and a fresh look the next time */
}

/* ---- at start -------------------------------------------------------------------------------- */

int
reader_last_number(struct reader *r, uint64_t *out, struct err *e)
{
	int64_t number;

	if (ensure_open(r, e) == -1 ||
	    db_ask(r->db, "SELECT coalesce(max(number), 0) FROM rows", &number, e) == -1)
		return -1;
	*out = (uint64_t)number;
	return 0;
}

int
reader_state_each(struct reader *r, struct str prefix,
    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e)
{
	struct statement *st;
	int got;

	if (ensure_open(r, e) == -1)
		return -1;
	st = db_prepare(
	    r->db, "SELECT key, value FROM state WHERE key >= coalesce(?1, '') ORDER BY key", e);
	if (st == NULL)
		return -1;
	db_bind_text(st, 1, prefix);
	while ((got = db_step(st, e)) == 1 && str_starts(db_column_text(st, 0), prefix))
		fn(arg, db_column_text(st, 0), db_column_text(st, 1));
	db_free(st);
	return got == -1 ? -1 : 0;
}

int
reader_ids_each(struct reader *r, uint64_t after, size_t most,
    void (*fn)(void *arg, const struct record *row), void *arg, struct err *e)
{
	struct statement *st;
	struct record row;
	int got;

	if (ensure_open(r, e) == -1)
		return -1;
	/* The first of the latest `most`, then all from there on. */
	st = db_prepare(r->db,
	    "SELECT " READER_COLUMNS ", (SELECT name FROM targets WHERE id = target) FROM rows"
	    " INDEXED BY rows_with_id WHERE client_id IS NOT NULL AND number >= ("
	    "SELECT coalesce(min(number), 0) FROM (SELECT number FROM rows INDEXED BY rows_with_id"
	    " WHERE client_id IS NOT NULL AND number > ?1 ORDER BY number DESC LIMIT ?2))"
	    " AND number > ?1 ORDER BY number LIMIT ?2",
	    e);
	if (st == NULL)
		return -1;
	db_bind(st, 1, reader_bound(after));
	db_bind(st, 2, most > INT64_MAX ? INT64_MAX : (int64_t)most);
	while ((got = db_step(st, e)) == 1) {
		reader_record(st, &row);
		row.target = db_column_text(st, 11);
		fn(arg, &row);
	}
	db_free(st);
	return got;
}
