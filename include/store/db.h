/*
 * SQL in one file: the only door to SQLite. Written twice: db_sqlite.c, and db_none.c for a build
 * without it, where db_open fails. A database and all that is prepared on it are for one thread at
 * a time. Sentences in struct err name the file and say what its trouble means.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"
#include "base/str.h"

struct db;
struct statement;

/* A file that is there; `write`: also changes it. NULL on failure. */
struct db *db_open(const char *path, bool write, struct err *e);
void db_close(struct db *db); /* and frees its statements; NULL is allowed */
/* Statements without parameters or rows, one after the other. */
int db_exec(struct db *db, const char *sql, struct err *e);
/* The number that a statement says in its first row; -1 when it fails or has none. */
int db_ask(struct db *db, const char *sql, int64_t *out, struct err *e);

/* Lives as long as the database, if it is not freed before. NULL on failure. */
struct statement *db_prepare(struct db *db, const char *sql, struct err *e);
void db_free(struct statement *st);
/* Parameters count from 1. The text is lent until db_step says done or db_reset; empty: NULL. */
void db_bind(struct statement *st, int place, int64_t number);
void db_bind_text(struct statement *st, int place, struct str text);
/* 1: a row; 0: done, and reset; -1: failed, and reset. */
int db_step(struct statement *st, struct err *e);
int db_run(struct statement *st, struct err *e); /* steps until done */
void db_reset(struct statement *st);
/* Columns count from 0. The text is lent until the next step; NULL: empty. */
int64_t db_column(struct statement *st, int column);
struct str db_column_text(struct statement *st, int column);
int64_t db_changes(const struct db *db); /* rows that the last statement changed */

/* The file was deleted, or another is in its place. */
bool db_moved(struct db *db);
/* Pages in the write-ahead log after the last commit. */
int64_t db_log_pages(const struct db *db);
/* Brings what is in the log home into the file, as far as readers let it. */
int db_checkpoint(struct db *db, struct err *e);
/*
 * Writes what is in the log once more, and syncs it. After an fsync failed the system may hold
 * bytes for written that never reached the disk; to write them again is the only way to know.
 * Without an open database. No log: nothing to do.
 */
int db_rewrite_log(const char *path, struct err *e);

/* fn() is called every so often while a statement takes long. */
void db_while_long(struct db *db, void (*fn)(void *arg), void *arg);

/* Copies the whole of `db`, as it is at one moment, into a new file; tell() (or NULL) hears how far
 * it is. The copy is synced. -1: and no file is left. */
int db_backup(struct db *db, const char *to, void (*tell)(void *arg, int64_t done, int64_t pages),
    void *arg, struct err *e);

#endif
