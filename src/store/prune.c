/* What is kept no longer, in small steps: too old, too many of one target, too much in all. */
#include "base/clock.h"
#include "writer.h"

enum { PRUNE_STEP = 200 /* rows or pages */ };

void
writer_prune_all(struct writer *w)
{
	w->swept = 0;
	w->dirty = true;
}

/* A target without rows is no conversation any more. */
static int
drop_if_unused(struct writer *w, int64_t target, struct err *e)
{
	struct statement *st = w->st[WRITER_TARGET_USED];
	struct str sides[2];
	int got;

	db_bind(st, 1, target);
	got = db_step(st, e);
	if (got != 0) {
		db_reset(st);
		return got == -1 ? -1 : 0;
	}
	st = w->st[WRITER_DROP_TARGET];
	db_bind(st, 1, target);
	got = db_step(st, e);
	if (got <= 0)
		return got;
	writer_forget_target(w, db_column_text(st, 0));
	sides[1] = db_column_text(st, 0);
	sides[0] = str_cut(&sides[1], ',');
	for (int i = 0; i < 2 && got != -1; i++) {
		db_bind_text(w->st[WRITER_DROP_CONVERSATIONS], 1, sides[i]);
		db_bind(w->st[WRITER_DROP_CONVERSATIONS], 2, target);
		got = db_run(w->st[WRITER_DROP_CONVERSATIONS], e);
	}
	if (got == -1)
		db_reset(st);
	return got == -1 ? -1 : db_run(st, e);
}

/* Deletes the rows that the statement lists, in a transaction. Returns how many; -1. */
static int
delete_listed(struct writer *w, struct statement *list, struct err *e)
{
	uint64_t numbers[PRUNE_STEP];
	int64_t targets[PRUNE_STEP];
	int count = 0, got;

	while ((got = db_step(list, e)) == 1)
		numbers[count++] = (uint64_t)db_column(list, 0);
	if (got == -1 || count == 0)
		return got;
	if (writer_begin(w, e) == -1)
		return -1;
	for (int i = 0; i < count; i++)
		if (writer_delete_row(w, numbers[i], &targets[i], e) == -1)
			return -1;
	for (int i = 0; i < count; i++)
		if ((i == 0 || targets[i] != targets[i - 1]) &&
		    drop_if_unused(w, targets[i], e) == -1)
			return -1;
	return writer_commit(w, e) == -1 ? -1 : count;
}

static int
delete_oldest(struct writer *w, int64_t before, struct err *e)
{
	struct statement *list = w->st[WRITER_OLDEST];

	db_bind(list, 1, before);
	db_bind(list, 2, PRUNE_STEP);
	return delete_listed(w, list, e);
}

static int
prune_age(struct writer *w, const struct store_retention *r, struct err *e)
{
	int64_t oldest = clock_wall() - r->age;

	if (r->age <= 0 || oldest <= 0)
		return 0;
	return delete_oldest(w, oldest << EVENT_COUNT_BITS, e);
}

/* Of one target, those beyond the latest `rows`. */
static int
prune_target(struct writer *w, int64_t target, uint64_t rows, struct err *e)
{
	struct statement *st = w->st[WRITER_SPARE], *list = w->st[WRITER_SURPLUS];
	int got;

	db_bind(st, 1, target);
	db_bind(st, 2, (int64_t)rows);
	got = db_step(st, e);
	if (got <= 0)
		return got;
	db_bind(list, 1, target);
	db_bind(list, 2, db_column(st, 0));
	db_bind(list, 3, PRUNE_STEP);
	db_reset(st);
	return delete_listed(w, list, e);
}

/* After the start and after a change every target is looked at once. */
static int
next_unswept(struct writer *w, int64_t *target, struct err *e)
{
	struct statement *st = w->st[WRITER_NEXT_TARGET];
	int got;

	if (w->swept == -1)
		return 0;
	db_bind(st, 1, w->swept);
	got = db_step(st, e);
	if (got == 1) {
		*target = db_column(st, 0);
		db_reset(st);
	} else if (got == 0) {
		w->swept = -1;
	}
	return got;
}

static int
prune_rows(struct writer *w, const struct store_retention *r, struct err *e)
{
	int64_t target, swept = w->swept;
	struct known *due;
	int got, count;

	if (r->rows == 0)
		return 0;
	due = writer_next_due(w, &target, r->rows);
	if (due != NULL) { /* it keeps rows, so it is not forgotten */
		count = prune_target(w, target, r->rows, e);
		if (count == PRUNE_STEP)
			writer_due_again(w, due);
		return count == -1 ? -1 : 1;
	}
	got = next_unswept(w, &target, e);
	if (got <= 0)
		return got;
	count = prune_target(w, target, r->rows, e);
	if (count == -1)
		return -1;
	w->swept = count == PRUNE_STEP ? swept : target;
	return 1;
}

/* The file is cut only when it is over the bound: free pages are used again. */
static int
prune_bytes(struct writer *w, const struct store_retention *r, struct err *e)
{
	int64_t pages, unused, size;

	if (r->bytes == 0)
		return 0;
	if (db_ask(w->db, "PRAGMA page_count", &pages, e) == -1 ||
	    db_ask(w->db, "PRAGMA freelist_count", &unused, e) == -1 ||
	    db_ask(w->db, "PRAGMA page_size", &size, e) == -1)
		return -1;
	if ((uint64_t)((pages - unused) * size) > r->bytes)
		return delete_oldest(w, INT64_MAX, e);
	if ((uint64_t)(pages * size) > r->bytes && unused > 0)
		return db_exec(w->db, "PRAGMA incremental_vacuum(200)", e) == -1 ? -1 : 1;
	return 0;
}

int
writer_prune(struct writer *w, const struct store_retention *r, struct err *e)
{
	static int (*const steps[])(struct writer * w, const struct store_retention *r,
	    struct err *e) = { prune_age, prune_rows, prune_bytes };
	int got = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && got == 0; i++)
		got = steps[i](w, r, e);
	if (got == 0)
		w->dirty = false;
	return got > 0 ? 1 : got;
}
