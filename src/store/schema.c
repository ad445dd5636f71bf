/* The file's format: recognised, made, migrated. */
#include "schema.h"

#include <stdio.h>

/* "sock" in the header of the file. */
#define APPLICATION_ID "1936679787"

/*
 * From format n to n + 1, in order; never changed once released.
 *
 * A row's number is its key, and a target's id stands for its name, so the one index that finds
 * the rows of a target has two small numbers an entry, and a msgid needs none. Texts that are
 * empty are NULL. words has no copy of the texts: what is deleted from it is told again.
 */
static const char *const migrations[] = {
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"INSERT INTO meta VALUES ('batches', 0), ('indexed', 0);"
	"CREATE TABLE targets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE conversations (identity TEXT NOT NULL, target INTEGER NOT NULL,"
	" PRIMARY KEY (identity, target)) WITHOUT ROWID;"
	"CREATE TABLE rows (number INTEGER PRIMARY KEY, target INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, status INTEGER, shown TEXT, source TEXT, account TEXT,"
	" object TEXT, text TEXT, tags TEXT, identity TEXT, client_id TEXT);"
	"CREATE INDEX rows_of_target ON rows (target);"
	"CREATE INDEX rows_with_id ON rows (number) WHERE client_id IS NOT NULL;"
	"CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE VIRTUAL TABLE words USING fts5 (text, place, content='', columnsize=0,"
	" tokenize='unicode61 remove_diacritics 2');"
	"PRAGMA application_id=" APPLICATION_ID,
};

enum { FORMAT = sizeof(migrations) / sizeof(migrations[0]) };

static const char *const synchronous[] = {
	[STORE_FULL] = "PRAGMA synchronous=FULL",
	[STORE_NORMAL] = "PRAGMA synchronous=NORMAL",
	[STORE_NONE] = "PRAGMA synchronous=OFF",
};

/* What it is: *format is 0 for an empty file. */
static int
recognise(struct db *db, const char *path, int64_t *format, struct err *e)
{
	int64_t application, tables, ours;

	if (db_ask(db, "PRAGMA application_id", &application, e) == -1 ||
	    db_ask(db, "SELECT count(*) FROM sqlite_schema", &tables, e) == -1 ||
	    db_ask(db, "SELECT " APPLICATION_ID, &ours, e) == -1 ||
	    db_ask(db, "PRAGMA user_version", format, e) == -1)
		return -1;
	if (application == 0 && tables == 0) {
		*format = 0;
		return 0;
	}
	if (application != ours)
		return err_set(e,
		    "%s: a database of another program, not a store of sockchat; name another file",
		    path);
	if (*format > FORMAT)
		return err_set(e,
		    "%s: its format (%lld) is of a newer sockchat, and this one knows up to %d; "
		    "run the newer one",
		    path, (long long)*format, FORMAT);
	return 0;
}

static int
migrate(struct db *db, int64_t from, struct err *e)
{
	char number[48];

	if (from == FORMAT)
		return 0;
	/* Until it has a log it has a journal, and one that a power cut brings back would undo all
	 * that came after: EXTRA makes sure that it is gone. */
	if (db_exec(db, "PRAGMA synchronous=EXTRA", e) == -1 ||
	    (from == 0 && db_exec(db, "PRAGMA auto_vacuum=INCREMENTAL", e) == -1))
		return -1;
	if (db_exec(db, "PRAGMA journal_mode=WAL; BEGIN IMMEDIATE", e) == -1)
		return -1;
	for (int64_t i = from; i < FORMAT; i++)
		if (db_exec(db, migrations[i], e) == -1)
			return -1;
	snprintf(number, sizeof(number), "PRAGMA user_version=%d", FORMAT);
	return db_exec(db, number, e) == -1 ? -1 : db_exec(db, "COMMIT", e);
}

struct db *
schema_open(const char *path, enum store_durability durability, struct err *e)
{
	struct db *db = db_open(path, true, e);
	int64_t format;

	if (db == NULL)
		return NULL;
	if (recognise(db, path, &format, e) == 0 && db_exec(db, synchronous[durability], e) == 0 &&
	    migrate(db, format, e) == 0 &&
	    db_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
		"PRAGMA journal_size_limit=67108864",
		e) == 0)
		return db;
	db_close(db);
	return NULL;
}

struct db *
schema_open_to_read(const char *path, struct err *e)
{
	struct db *db = db_open(path, true, e);
	int64_t format;

	if (db == NULL)
		return NULL;
	if (recognise(db, path, &format, e) == 0 &&
	    db_exec(db, "PRAGMA query_only=1; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY",
		e) == 0) {
		if (format == FORMAT)
			return db;
		err_set(
		    e, "%s: not a store of this sockchat's format; serve from it once first", path);
	}
	db_close(db);
	return NULL;
}
