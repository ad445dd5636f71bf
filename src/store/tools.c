/* Looking at a store's file from outside. */
#include "store/tools.h"

#include <sys/stat.h>

#include "reader.h"
#include "schema.h"

static const struct {
	const char *sql;
	size_t offset; /* of an int64_t in struct store_counts */
} counted[] = {
	{ "SELECT count(*) FROM rows", offsetof(struct store_counts, rows) },
	{ "SELECT count(*) FROM rows WHERE kind IN (9, 10, 11)",
	    offsetof(struct store_counts, messages) },
	{ "SELECT count(*) FROM targets", offsetof(struct store_counts, targets) },
	{ "SELECT count(*) FROM state", offsetof(struct store_counts, state) },
	{ "SELECT count(*) FROM state WHERE key >= 'ban/' AND key < 'ban0'",
	    offsetof(struct store_counts, bans) },
	{ "SELECT coalesce(min(number), 0) FROM rows", offsetof(struct store_counts, first) },
	{ "SELECT coalesce(max(number), 0) FROM rows", offsetof(struct store_counts, last) },
	{ "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
	    offsetof(struct store_counts, bytes) },
};

/* What SQLite cannot know. */
static const struct {
	const char *sql, *sentence;
} rules[] = {
	{ "SELECT count(*) FROM rows WHERE target NOT IN (SELECT id FROM targets)",
	    "rows that belong to no channel or conversation" },
	{ "SELECT count(*) FROM conversations WHERE target NOT IN (SELECT id FROM targets)",
	    "conversations without a name" },
};

_Static_assert(EVENT_MESSAGE == 9 && EVENT_NOTICE == 10 && EVENT_TAGMSG == 11,
    "the numbers of kinds are kept in files");

/* The texts that a check's statement says, but "ok". */
static int
run_check(struct db *db, const char *sql, void (*problem)(void *arg, const char *sentence),
    void *arg, bool *damaged, struct err *e)
{
	struct statement *st = db_prepare(db, sql, e);
	int got;

	if (st == NULL)
		return -1;
	while ((got = db_step(st, e)) == 1) {
		char text[512];
		if (str_eq(db_column_text(st, 0), STR("ok")))
			continue;
		str_copy(text, sizeof(text), db_column_text(st, 0));
		problem(arg, text);
		*damaged = true;
	}
	return got;
}

static int
count_all(struct db *db, struct store_counts *counts, struct err *e)
{
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		int64_t *out = (int64_t *)(void *)((char *)counts + counted[i].offset);
		if (db_ask(db, counted[i].sql, out, e) == -1)
			return -1;
	}
	return 0;
}

static int
check_rules(struct db *db, void (*problem)(void *arg, const char *sentence), void *arg,
    bool *damaged, struct err *e)
{
	struct err sentence;
	int64_t count;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (db_ask(db, rules[i].sql, &count, e) == -1)
			return -1;
		if (count == 0)
			continue;
		err_set(&sentence, "%lld %s", (long long)count, rules[i].sentence);
		problem(arg, sentence.text);
		*damaged = true;
	}
	return 0;
}

/* The file is a store, and there. */
static struct db *
open_store(const char *path, struct err *e)
{
	struct stat st;

	if (store_library[0] != '\0' && stat(path, &st) == -1) {
		err_errno(e, "%s: opening the store", path);
		return NULL;
	}
	return schema_open_to_read(path, e);
}

int
store_check(const char *path, struct store_counts *counts,
    void (*problem)(void *arg, const char *sentence), void *arg, bool *damaged, struct err *e)
{
	struct db *db = open_store(path, e);
	int got = -1;

	*damaged = false;
	*counts = (struct store_counts){ 0 };
	if (db == NULL)
		return -1;
	if (db_exec(db, "BEGIN", e) == 0 &&
	    run_check(db, "PRAGMA integrity_check", problem, arg, damaged, e) == 0 &&
	    check_rules(db, problem, arg, damaged, e) == 0)
		got = count_all(db, counts, e);
	db_close(db);
	return got;
}

int
store_backup(const char *path, const char *to, void (*tell)(void *arg, int64_t done, int64_t pages),
    void *arg, struct err *e)
{
	struct db *db = open_store(path, e);
	int got;

	if (db == NULL)
		return -1;
	got = db_backup(db, to, tell, arg, e);
	db_close(db);
	return got;
}

static int
find_target(struct db *db, struct str target, int64_t *id, struct err *e)
{
	struct statement *st = db_prepare(db, "SELECT id FROM targets WHERE name = ?1", e);
	int got;

	if (st == NULL)
		return -1;
	db_bind_text(st, 1, target);
	got = db_step(st, e);
	if (got == 1)
		*id = db_column(st, 0);
	return got == 0 ? err_set(e, STR_FMT ": nothing is kept of it", STR_ARG(target)) : got;
}

#define ROWS "SELECT " READER_COLUMNS ", (SELECT name FROM targets WHERE id = target) FROM rows "

int
store_export(const char *path, struct str target, uint64_t after,
    bool (*fn)(void *arg, const struct record *r), void *arg, struct err *e)
{
	struct db *db = open_store(path, e);
	struct statement *st = NULL;
	struct record r;
	int64_t id = 0;
	int got = -1;

	if (db == NULL)
		return -1;
	if (target.len == 0)
		st = db_prepare(db, ROWS "WHERE number > ?1 ORDER BY number", e);
	else if (find_target(db, target, &id, e) == 1)
		st = db_prepare(db, ROWS "WHERE number > ?1 AND target = ?2 ORDER BY number", e);
	if (st != NULL) {
		db_bind(st, 1, (int64_t)after);
		if (target.len > 0)
			db_bind(st, 2, id);
		while ((got = db_step(st, e)) == 1) {
			reader_record(st, &r);
			r.target = db_column_text(st, 11);
			if (!fn(arg, &r))
				break;
		}
	}
	db_close(db);
	return got == -1 ? -1 : 0;
}

int
store_export_state(const char *path, struct str prefix,
    bool (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e)
{
	struct db *db = open_store(path, e);
	struct statement *st = NULL;
	int got = -1;

	if (db != NULL)
		st = db_prepare(db,
		    "SELECT key, value FROM state WHERE substr(key, 1, length(?1)) = ?1 ORDER BY "
		    "key",
		    e);
	if (st != NULL) {
		db_bind_text(st, 1, prefix);
		while ((got = db_step(st, e)) == 1)
			if (!fn(arg, db_column_text(st, 0), db_column_text(st, 1)))
				break;
	}
	db_close(db);
	return got == -1 ? -1 : 0;
}
