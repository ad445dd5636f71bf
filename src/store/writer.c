/* Transactions of a store. */
#include "writer.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "row.h"
#include "schema.h"

enum { KNOWN_MOST = 100 * 1000 /* then all are forgotten, and asked for again */ };

struct known {
	struct known *next_due;
	int64_t id;
	uint64_t fresh; /* rows that came since its number was last looked at */
	bool is_due;
	size_t len;
	char name[];
};

static const char *const sql[WRITER_STATEMENTS] = {
	[WRITER_BEGIN] = "BEGIN IMMEDIATE",
	[WRITER_COMMIT] = "COMMIT",
	[WRITER_COUNT] = "UPDATE meta SET value = ?1 WHERE name = 'batches'",
	[WRITER_ROW] = "INSERT OR IGNORE INTO rows VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
	[WRITER_PUT] = "INSERT OR REPLACE INTO state VALUES (?1, ?2)",
	[WRITER_FORGET] = "DELETE FROM state WHERE key = ?1",
	[WRITER_FIND_TARGET] = "SELECT id FROM targets WHERE name = coalesce(?1, '')",
	[WRITER_ADD_TARGET] = "INSERT INTO targets (name) VALUES (coalesce(?1, '')) RETURNING id",
	[WRITER_ADD_CONVERSATION] =
	    "INSERT OR IGNORE INTO conversations VALUES (coalesce(?1, ''), ?2)",
	[WRITER_FIND_ROW] = "SELECT target, kind, source, text FROM rows WHERE number = ?1",
	[WRITER_ERASE] = "DELETE FROM rows WHERE number = ?1",
	[WRITER_INDEX] = "INSERT INTO words (rowid, text, place) VALUES (?1, ?2, ?3)",
	[WRITER_UNINDEX] =
	    "INSERT INTO words (words, rowid, text, place) VALUES ('delete', ?1, ?2, ?3)",
	[WRITER_UNINDEXED] = "SELECT number, target, kind, source, text FROM rows"
			     " WHERE number > ?1 ORDER BY number LIMIT ?2",
	[WRITER_SET_INDEXED] = "UPDATE meta SET value = ?1 WHERE name = 'indexed'",
	[WRITER_OLDEST] = "SELECT number FROM rows WHERE number < ?1 ORDER BY number LIMIT ?2",
	[WRITER_SPARE] = "SELECT number FROM rows WHERE target = ?1"
			 " ORDER BY number DESC LIMIT 1 OFFSET ?2",
	[WRITER_SURPLUS] = "SELECT number FROM rows WHERE target = ?1 AND number <= ?2"
			   " ORDER BY number LIMIT ?3",
	[WRITER_NEXT_TARGET] = "SELECT id FROM targets WHERE id > ?1 ORDER BY id LIMIT 1",
	[WRITER_TARGET_USED] = "SELECT 1 FROM rows WHERE target = ?1 LIMIT 1",
	[WRITER_DROP_CONVERSATIONS] =
	    "DELETE FROM conversations WHERE target = ?2 AND identity = coalesce(?1, '')",
	[WRITER_DROP_TARGET] = "DELETE FROM targets WHERE id = ?1 RETURNING name",
	[WRITER_RENAMED] = "SELECT value FROM meta WHERE name = 'renamed'",
	[WRITER_SET_RENAMED] = "INSERT OR REPLACE INTO meta VALUES ('renamed', ?1)",
	/* no channel has a space in its name */
	[WRITER_SET_ASIDE] = "UPDATE targets SET name = name || ' ' || id WHERE name = ?1",
	[WRITER_RENAME] = "UPDATE targets SET name = ?2 WHERE name = ?1",
};

/* ---- targets --------------------------------------------------------------------------------- */

static void
forget_targets(struct writer *w)
{
	struct table_walk walk;
	struct known *k;

	w->due = NULL;
	w->swept = 0; /* those that were due are found by looking at all */
	if (w->known == NULL)
		return;
	walk = table_walk(w->known);
	while ((k = table_next(&walk)) != NULL)
		free(k);
	table_free(w->known);
	w->known = NULL;
}

/* A conversation is found by either side. */
static int
add_conversation(struct writer *w, struct str name, int64_t id, struct err *e)
{
	struct str sides[2] = { { NULL, 0 }, name };

	sides[0] = str_cut(&sides[1], ',');
	if (sides[0].len == name.len)
		return 0;
	for (int i = 0; i < 2; i++) {
		db_bind_text(w->st[WRITER_ADD_CONVERSATION], 1, sides[i]);
		db_bind(w->st[WRITER_ADD_CONVERSATION], 2, id);
		if (db_run(w->st[WRITER_ADD_CONVERSATION], e) == -1)
			return -1;
	}
	return 0;
}

/* 1: found or made; -1. */
static int
ask_target(struct writer *w, struct str name, int64_t *id, struct err *e)
{
	struct statement *st = w->st[WRITER_FIND_TARGET];
	int got;

	db_bind_text(st, 1, name);
	got = db_step(st, e);
	if (got == 0) {
		st = w->st[WRITER_ADD_TARGET];
		db_bind_text(st, 1, name);
		got = db_step(st, e);
		if (got == 1) {
			*id = db_column(st, 0);
			return db_run(st, e) == -1 ? -1 : add_conversation(w, name, *id, e);
		}
	}
	if (got != 1)
		return -1;
	*id = db_column(st, 0);
	db_reset(st);
	return 0;
}

static struct known *
know(struct writer *w, struct str name, int64_t id)
{
	struct known *k;

	if (w->known != NULL && table_count(w->known) >= KNOWN_MOST)
		forget_targets(w);
	if (w->known == NULL && (w->known = table_new()) == NULL)
		return NULL;
	k = calloc(1, sizeof(*k) + name.len + 1);
	if (k == NULL)
		return NULL;
	k->id = id;
	k->len = name.len;
	str_copy(k->name, name.len + 1, name);
	if (table_put(w->known, (struct str){ k->name, k->len }, k))
		return k;
	free(k);
	return NULL;
}

static int
target_id(struct writer *w, struct str name, int64_t *id, struct err *e)
{
	struct known *k = w->known ? table_get(w->known, name) : NULL;

	if (k == NULL) {
		if (ask_target(w, name, id, e) == -1)
			return -1;
		k = know(w, name, *id);
		if (k == NULL)
			return err_set(e, "%s: the server's memory is short", w->path);
	}
	*id = k->id;
	k->fresh++;
	if (!k->is_due) {
		k->is_due = true;
		k->next_due = w->due;
		w->due = k;
	}
	return 0;
}

/* One whose rows may be more than `rows`, with its id; it is not due any more. NULL: none. */
struct known *
writer_next_due(struct writer *w, int64_t *id, uint64_t rows)
{
	struct known **at = &w->due, *k;

	while ((k = *at) != NULL && k->fresh <= rows / 16)
		at = &k->next_due;
	if (k == NULL)
		return NULL;
	*at = k->next_due;
	k->is_due = false;
	k->fresh = 0;
	*id = k->id;
	return k;
}

void
writer_due_again(struct writer *w, struct known *k)
{
	k->fresh = UINT64_MAX / 2;
	k->is_due = true;
	k->next_due = w->due;
	w->due = k;
}

/* Its id is nobody's now. */
void
writer_forget_target(struct writer *w, struct str name)
{
	struct known *k = w->known ? table_take(w->known, name) : NULL;
	struct known **at = &w->due;

	if (k == NULL)
		return;
	while (*at != NULL && *at != k)
		at = &(*at)->next_due;
	if (*at == k)
		*at = k->next_due;
	free(k);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int
stat_log(const struct writer *w, struct stat *out)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s-wal", w->path);

	if (len < 0 || (size_t)len >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return stat(path, out);
}

static int
file_moved(const struct writer *w, struct err *e)
{
	struct stat file;

	if (stat(w->path, &file) == 0 && same_file(&file, &w->file))
		return 0;
	return err_set(e,
	    "%s: the file was moved, deleted or replaced while in use; put it back, or restart "
	    "the server",
	    w->path);
}

/* What is written to a file without a name is lost when it is closed. */
static int
still_there(const struct writer *w, struct err *e)
{
	struct stat log;

	if (file_moved(w, e) == -1)
		return -1;
	if (stat_log(w, &log) == -1 || !same_file(&log, &w->log))
		return err_set(
		    e, "%s-wal: the file was moved, deleted or replaced while in use", w->path);
	return 0;
}

int
writer_begin(struct writer *w, struct err *e)
{
	return still_there(w, e) == -1 ? -1 : db_run(w->st[WRITER_BEGIN], e);
}

int
writer_commit(struct writer *w, struct err *e)
{
	db_bind(w->st[WRITER_COUNT], 1, (int64_t)w->batches + 1);
	if (db_run(w->st[WRITER_COUNT], e) == -1 || db_run(w->st[WRITER_COMMIT], e) == -1 ||
	    still_there(w, e) == -1)
		return -1;
	w->batches++;
	return 0;
}

static int
write_row(struct writer *w, const struct record *r, struct err *e)
{
	struct statement *st = w->st[WRITER_ROW];
	const struct str *texts[] = { &r->shown, &r->source, &r->account, &r->object, &r->text,
		&r->tags, &r->identity, &r->client_id };
	int64_t target;

	if (target_id(w, r->target, &target, e) == -1)
		return -1;
	db_bind(st, 1, (int64_t)r->number);
	db_bind(st, 2, target);
	db_bind(st, 3, r->kind);
	if (r->status != 0)
		db_bind(st, 4, r->status);
	else
		db_bind_text(st, 4, STR(""));
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		db_bind_text(st, 5 + i, *texts[i]);
	if (db_run(st, e) == -1)
		return -1;
	if (db_changes(w->db) == 0) /* one that was held, and was there after all */
		log_debug("store-row-there", LOG_INT("number", r->number));
	return 0;
}

static int
write_state(struct writer *w, struct str key, struct str value, struct err *e)
{
	struct statement *st = w->st[value.len > 0 ? WRITER_PUT : WRITER_FORGET];

	db_bind_text(st, 1, key);
	if (value.len > 0)
		db_bind_text(st, 2, value);
	return db_run(st, e);
}

int
writer_delete_row(struct writer *w, uint64_t number, int64_t *target, struct err *e)
{
	struct statement *row = w->st[WRITER_FIND_ROW], *words = w->st[WRITER_UNINDEX];
	char place[PLACE_ROOM];
	int got;

	*target = 0;
	db_bind(row, 1, (int64_t)number);
	got = db_step(row, e);
	if (got <= 0)
		return got;
	*target = db_column(row, 0);
	if (number <= w->indexed && writer_indexes(db_column(row, 1))) {
		db_bind(words, 1, (int64_t)number);
		db_bind_text(words, 2, db_column_text(row, 3));
		db_bind_text(words, 3, writer_place(*target, db_column_text(row, 2), place));
		got = db_run(words, e);
	}
	db_reset(row);
	if (got == -1)
		return -1;
	db_bind(w->st[WRITER_ERASE], 1, (int64_t)number);
	return db_run(w->st[WRITER_ERASE], e);
}

/* The number of the last rename that was done; 0: none was. */
static int
last_rename(struct writer *w, uint64_t *number, struct err *e)
{
	struct statement *st = w->st[WRITER_RENAMED];
	int got = db_step(st, e);

	*number = 0;
	if (got == 1) {
		*number = (uint64_t)db_column(st, 0);
		db_reset(st);
	}
	return got == -1 ? -1 : 0;
}

static int
write_rename(struct writer *w, const struct item *item, struct err *e)
{
	uint64_t last;

	if (last_rename(w, &last, e) == -1)
		return -1;
	if (item->number <= last)
		return 0;
	db_bind_text(w->st[WRITER_SET_ASIDE], 1, item->value);
	db_bind_text(w->st[WRITER_RENAME], 1, item->key);
	db_bind_text(w->st[WRITER_RENAME], 2, item->value);
	db_bind(w->st[WRITER_SET_RENAMED], 1, (int64_t)item->number);
	writer_forget_target(w, item->key);
	writer_forget_target(w, item->value);
	w->swept = 0; /* whether they have too many rows is looked at again */
	if (db_run(w->st[WRITER_SET_ASIDE], e) == -1 || db_run(w->st[WRITER_RENAME], e) == -1)
		return -1;
	return db_run(w->st[WRITER_SET_RENAMED], e);
}

static int
write_item(struct writer *w, const struct item *item, struct err *e)
{
	int64_t target;

	switch (item->kind) {
	case ITEM_ROW:
		return write_row(w, &item->record, e);
	case ITEM_PUT:
		return write_state(w, item->key, item->value, e);
	case ITEM_ERASE:
		return writer_delete_row(w, item->number, &target, e);
	case ITEM_RENAME:
		return write_rename(w, item, e);
	}
	return 0;
}

int
writer_write(struct writer *w, const struct batch *b, struct err *e)
{
	struct item item;

	if (writer_begin(w, e) == -1)
		return -1;
	for (size_t at = 0; batch_next(b, &at, &item);)
		if (write_item(w, &item, e) == -1)
			return -1;
	w->dirty = true;
	return writer_commit(w, e);
}

int
writer_withdraw(struct writer *w, const uint64_t *numbers, size_t count, struct err *e)
{
	int64_t target;

	if (writer_begin(w, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (writer_delete_row(w, numbers[i], &target, e) == -1)
			return -1;
	return writer_commit(w, e);
}

/* ---- open and close -------------------------------------------------------------------------- */

static int
prepare_all(struct writer *w, struct err *e)
{
	for (int i = 0; i < WRITER_STATEMENTS; i++)
		if ((w->st[i] = db_prepare(w->db, sql[i], e)) == NULL)
			return -1;
	return 0;
}

/* What was confirmed once must be there. */
static int
look(struct writer *w, struct err *e)
{
	int64_t batches, indexed;

	if (db_ask(w->db, "SELECT value FROM meta WHERE name = 'batches'", &batches, e) == -1 ||
	    db_ask(w->db, "SELECT value FROM meta WHERE name = 'indexed'", &indexed, e) == -1)
		return -1;
	if ((uint64_t)batches < w->batches)
		return err_set(e,
		    "%s: the disk has lost what it had confirmed; restart the server to go on with "
		    "what is left",
		    w->path);
	w->batches = (uint64_t)batches;
	w->indexed = (uint64_t)indexed;
	return 0;
}

int
writer_open(struct writer *w, struct err *e)
{
	struct stat file;

	if (w->file.st_ino != 0 && file_moved(w, e) == -1)
		return -1;
	if (stat(w->path, &file) == -1)
		return err_errno(e, "%s: opening", w->path);
	w->file = file;
	if (db_rewrite_log(w->path, e) == -1 ||
	    (w->db = schema_open(w->path, w->durability, e)) == NULL)
		return -1;
	if (prepare_all(w, e) == 0 && look(w, e) == 0) {
		if (stat_log(w, &w->log) == 0)
			return 0;
		err_errno(e, "%s-wal: opening", w->path);
	}
	writer_close(w);
	return -1;
}

void
writer_close(struct writer *w)
{
	db_close(w->db);
	w->db = NULL;
	forget_targets(w);
}
