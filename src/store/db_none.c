/* Built without SQLite: there is no file to keep anything in. */
#include "store/db.h"
#include "store/store.h"

const char store_library[] = "";

struct db *
db_open(const char *path, bool write, struct err *e)
{
	(void)write;
	err_set(e,
	    "%s: this sockchat was built without SQLite, so it cannot keep anything on disk; build "
	    "it with libsqlite3-dev installed, or use --store memory",
	    path);
	return NULL;
}

/* The rest is never reached: there is no struct db. */

void
db_close(struct db *db)
{
	(void)db;
}

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	(void)db;
	(void)sql;
	(void)e;
	return -1;
}

int
db_ask(struct db *db, const char *sql, int64_t *out, struct err *e)
{
	(void)out;
	return db_exec(db, sql, e);
}

struct statement *
db_prepare(struct db *db, const char *sql, struct err *e)
{
	db_exec(db, sql, e);
	return NULL;
}

void
db_free(struct statement *st)
{
	(void)st;
}

void
db_bind(struct statement *st, int place, int64_t number)
{
	(void)st;
	(void)place;
	(void)number;
}

void
db_bind_text(struct statement *st, int place, struct str text)
{
	(void)st;
	(void)place;
	(void)text;
}

int
db_step(struct statement *st, struct err *e)
{
	(void)st;
	(void)e;
	return -1;
}

int
db_run(struct statement *st, struct err *e)
{
	return db_step(st, e);
}

void
db_reset(struct statement *st)
{
	(void)st;
}

int64_t
db_column(struct statement *st, int column)
{
	(void)st;
	(void)column;
	return 0;
}

struct str
db_column_text(struct statement *st, int column)
{
	(void)st;
	(void)column;
	return STR("");
}

int64_t
db_changes(const struct db *db)
{
	(void)db;
	return 0;
}

bool
db_moved(struct db *db)
{
	(void)db;
	return false;
}

int64_t
db_log_pages(const struct db *db)
{
	(void)db;
	return 0;
}

int
db_checkpoint(struct db *db, struct err *e)
{
	return db_exec(db, "", e);
}

int
db_rewrite_log(const char *path, struct err *e)
{
	(void)path;
	(void)e;
	return 0;
}

void
db_while_long(struct db *db, void (*fn)(void *arg), void *arg)
{
	(void)db;
	(void)fn;
	(void)arg;
}

int
db_backup(struct db *db, const char *to, void (*tell)(void *arg, int64_t done, int64_t pages),
    void *arg, struct err *e)
{
	(void)to;
	(void)tell;
	(void)arg;
	return db_exec(db, "", e);
}
