/* SQL by SQLite, and its error codes as sentences. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/store.h"

const char store_library[] = "sqlite";

enum {
	BUSY_MS = 2000,      /* another program writes: as long is waited */
	WATCH_STEPS = 20000, /* of SQLite's machine, between two calls of fn() */
	LOG_PIECE = 64 << 10,
	BACKUP_PAGES = 256, /* a step */
	LONG_PATH = 4096,
};

struct statement {
	sqlite3_stmt *stmt;
	struct db *db;
	struct statement *next;
	bool short_memory; /* for a parameter */
};

struct db {
	sqlite3 *handle;
	char *path;
	struct statement *statements;
	int64_t log_pages;
	void (*watch)(void *arg);
	void *watch_arg;
};

/* ---- what went wrong ------------------------------------------------------------------------- */

static const struct {
	int code; /* extended ones first: the first that fits is taken */
	const char *text;
	bool with_errno;
} causes[] = {
	{ SQLITE_READONLY_DBMOVED, "the file was moved or deleted", false },
	{ SQLITE_IOERR_FSYNC, "the disk did not confirm that it has what was written", true },
	{ SQLITE_IOERR_DIR_FSYNC, "the disk did not confirm that it has what was written", true },
	{ SQLITE_IOERR_NOMEM, "the server's memory is short", false },
	{ SQLITE_IOERR_READ, "the disk reports an error on reading", true },
	{ SQLITE_IOERR_SHORT_READ, "the file is shorter than it should be", false },
	{ SQLITE_IOERR_WRITE, "the disk reports an error on writing", true },
	{ SQLITE_FULL, "no space is left on the disk; free some", false },
	{ SQLITE_READONLY, "the file cannot be written: it, its folder or the disk is read-only",
	    false },
	{ SQLITE_PERM, "access is not allowed", true },
	{ SQLITE_CANTOPEN, "the file cannot be opened", true },
	{ SQLITE_BUSY, "another program has it locked", false },
	{ SQLITE_LOCKED, "another program has it locked", false },
	{ SQLITE_NOTADB, "the file is not a database", false },
	{ SQLITE_CORRUPT, "the file is damaged; stop the server and put a backup in its place",
	    false },
	{ SQLITE_NOMEM, "the server's memory is short", false },
	{ SQLITE_IOERR, "the disk reports an error", true },
};

static const char *
reason(const struct db *db)
{
	return db->handle ? sqlite3_errmsg(db->handle) : "";
}

static int
say(const struct db *db, int code, struct err *e)
{
	int number = db->handle ? sqlite3_system_errno(db->handle) : errno;

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (code != causes[i].code && (code & 0xff) != causes[i].code)
			continue;
		if (!causes[i].with_errno || number == 0)
			return err_set(e, "%s: %s", db->path, causes[i].text);
		return err_set(e, "%s: %s (%s)", db->path, causes[i].text, strerror(number));
	}
	return err_set(e, "%s: %s (SQLite code %d)", db->path, reason(db), code);
}

static int
failure(const struct db *db, struct err *e)
{
	return say(db, sqlite3_extended_errcode(db->handle), e);
}

/* ---- databases ------------------------------------------------------------------------------- */

static int
on_commit(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct db *db = arg;

	(void)handle;
	(void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

void
db_close(struct db *db)
{
	struct statement *st, *next;

	if (db == NULL)
		return;
	for (st = db->statements; st != NULL; st = next) {
		next = st->next;
		sqlite3_finalize(st->stmt);
		free(st);
	}
	sqlite3_close(db->handle);
	free(db->path);
	free(db);
}

struct db *
db_open(const char *path, bool write, struct err *e)
{
	int flags = (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
	struct db *db = calloc(1, sizeof(*db));
	int code;

	if (db == NULL || (db->path = str_dup(str_from(path))) == NULL) {
		free(db);
		err_errno(e, "%s: opening", path);
		return NULL;
	}
	code = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (code != SQLITE_OK) {
		say(db, db->handle ? sqlite3_extended_errcode(db->handle) : code, e);
		db_close(db);
		return NULL;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_wal_hook(db->handle, on_commit, db); /* in place of automatic checkpoints */
	return db;
}

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failure(db, e);
}

int
db_ask(struct db *db, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else if (code == SQLITE_DONE)
		err_set(e, "%s: no answer to: %s", db->path, sql);
	else
		failure(db, e);
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW ? 0 : -1;
}

/* ---- statements ------------------------------------------------------------------------------ */

struct statement *
db_prepare(struct db *db, const char *sql, struct err *e)
{
	struct statement *st = calloc(1, sizeof(*st));

	if (st == NULL) {
		err_errno(e, "%s: preparing a statement", db->path);
		return NULL;
	}
	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->stmt, NULL) !=
	    SQLITE_OK) {
		failure(db, e);
		free(st);
		return NULL;
	}
	st->db = db;
	st->next = db->statements;
	db->statements = st;
	return st;
}

void
db_free(struct statement *st)
{
	struct statement **at = &st->db->statements;

	while (*at != st)
		at = &(*at)->next;
	*at = st->next;
	sqlite3_finalize(st->stmt);
	free(st);
}

void
db_bind(struct statement *st, int place, int64_t number)
{
	if (sqlite3_bind_int64(st->stmt, place, number) != SQLITE_OK)
		st->short_memory = true;
}

void
db_bind_text(struct statement *st, int place, struct str text)
{
	int code;

	if (text.len == 0)
		code = sqlite3_bind_null(st->stmt, place);
	else
		code = sqlite3_bind_text64(
		    st->stmt, place, text.p, text.len, SQLITE_STATIC, SQLITE_UTF8);
	if (code != SQLITE_OK)
		st->short_memory = true;
}

void
db_reset(struct statement *st)
{
	sqlite3_reset(st->stmt);
	st->short_memory = false;
}

int
db_step(struct statement *st, struct err *e)
{
	int code = st->short_memory ? SQLITE_NOMEM : sqlite3_step(st->stmt);

	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE) {
		db_reset(st);
		return 0;
	}
	if (st->short_memory)
		say(st->db, code, e);
	else
		failure(st->db, e);
	db_reset(st);
	return -1;
}

int
db_run(struct statement *st, struct err *e)
{
	int got;

	do
		got = db_step(st, e);
	while (got > 0);
	return got;
}

int64_t
db_column(struct statement *st, int column)
{
	return sqlite3_column_int64(st->stmt, column);
}

struct str
db_column_text(struct statement *st, int column)
{
	const char *p = (const char *)sqlite3_column_text(st->stmt, column);
	int len = sqlite3_column_bytes(st->stmt, column);

	return p ? (struct str){ p, (size_t)len } : STR("");
}

int64_t
db_changes(const struct db *db)
{
	return sqlite3_changes64(db->handle);
}

/* ---- the file and its log -------------------------------------------------------------------- */

bool
db_moved(struct db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		   SQLITE_OK &&
	       moved != 0;
}

int64_t
db_log_pages(const struct db *db)
{
	return db->log_pages;
}

int
db_checkpoint(struct db *db, struct err *e)
{
	int pages = 0, home = 0;
	int code = sqlite3_wal_checkpoint_v2(
	    db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &home);

	if (code == SQLITE_OK)
		db->log_pages = pages - home;
	return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY ? 0 : failure(db, e);
}

/* Each piece as it was read. Returns a code of SQLite. */
static int
rewrite(sqlite3_file *file, char *piece)
{
	sqlite3_int64 size, at;
	int code = file->pMethods->xFileSize(file, &size);

	for (at = 0; code == SQLITE_OK && at < size; at += LOG_PIECE) {
		int len = size - at < LOG_PIECE ? (int)(size - at) : LOG_PIECE;
		code = file->pMethods->xRead(file, piece, len, at);
		if (code == SQLITE_OK)
			code = file->pMethods->xWrite(file, piece, len, at);
	}
	return code == SQLITE_OK && size > 0 ? file->pMethods->xSync(file, SQLITE_SYNC_FULL) : code;
}

/* By SQLite's own way to files, which asks for a name with parameters behind it. */
int
db_rewrite_log(const char *path, struct err *e)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	char *log = sqlite3_mprintf("%s-wal", path), *piece = malloc(LOG_PIECE);
	const char *name = log ? sqlite3_create_filename(path, "", log, 0, NULL) : NULL;
	sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
	struct db named = { .path = log };
	int code = SQLITE_NOMEM, there = 0;

	if (log != NULL && piece != NULL && name != NULL && file != NULL)
		code = vfs->xAccess(vfs, log, SQLITE_ACCESS_EXISTS, &there);
	if (code == SQLITE_OK && there) {
		code = vfs->xOpen(vfs, sqlite3_filename_wal(name), file,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, NULL);
		if (code == SQLITE_OK)
			code = rewrite(file, piece);
		if (file->pMethods != NULL)
			file->pMethods->xClose(file);
	}
	if (code != SQLITE_OK)
		say(&named, code, e);
	sqlite3_free_filename((char *)name);
	sqlite3_free(log);
	free(piece);
	free(file);
	return code == SQLITE_OK ? 0 : -1;
}

static int
on_steps(void *arg)
{
	struct db *db = arg;

	db->watch(db->watch_arg);
	return 0;
}

void
db_while_long(struct db *db, void (*fn)(void *arg), void *arg)
{
	db->watch = fn;
	db->watch_arg = arg;
	sqlite3_progress_handler(db->handle, WATCH_STEPS, fn ? on_steps : NULL, db);
}

/* ---- a copy ---------------------------------------------------------------------------------- */

static int
copy_all(sqlite3_backup *copy, void (*tell)(void *arg, int64_t done, int64_t pages), void *arg)
{
	int code;

	do {
		code = sqlite3_backup_step(copy, BACKUP_PAGES);
		if (tell != NULL && (code == SQLITE_OK || code == SQLITE_DONE))
			tell(arg, sqlite3_backup_pagecount(copy) - sqlite3_backup_remaining(copy),
			    sqlite3_backup_pagecount(copy));
	} while (code == SQLITE_OK);
	return code;
}

/* From `db` into the open file `handle`. Returns a code of SQLite. */
static int
copy_into(
    struct db *db, sqlite3 *handle, void (*tell)(void *arg, int64_t done, int64_t pages), void *arg)
{
	sqlite3_backup *copy = sqlite3_backup_init(handle, "main", db->handle, "main");
	int code;

	if (copy == NULL)
		return sqlite3_extended_errcode(handle);
	code = copy_all(copy, tell, arg);
	sqlite3_backup_finish(copy);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int
db_backup(struct db *db, const char *to, void (*tell)(void *arg, int64_t done, int64_t pages),
    void *arg, struct err *e)
{
	struct db copy = { .path = (char *)to };
	int code, fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1 && errno == EEXIST)
		return err_set(
		    e, "%s is there already: remove it, or give the copy another name", to);
	if (fd == -1)
		return err_errno(e, "%s: making the copy", to);
	close(fd);
	code = sqlite3_open_v2(to, &copy.handle, SQLITE_OPEN_READWRITE, NULL);
	if (code == SQLITE_OK) /* one moment: what is written from here on is not in the copy */
		code = sqlite3_exec(
		    db->handle, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = copy_into(db, copy.handle, tell, arg);
	sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(copy.handle);
	copy.handle = NULL;
	errno = 0;
	if (code == SQLITE_OK)
		return 0;
	say(&copy, code, e);
	unlink(to);
	return -1;
}
