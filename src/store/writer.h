/*
 * Writing to the file of a store: one transaction after the other, by one thread. Each that
 * succeeds is as safe as the durability says. After one that failed the writer is closed; nothing
 * is believed of the file until writer_open has looked.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <sys/stat.h>

#include "batch.h"
#include "store/db.h"
#include "store/store.h"

enum writer_statement {
	WRITER_BEGIN,
	WRITER_COMMIT,
	WRITER_COUNT,
	WRITER_ROW,
	WRITER_PUT,
	WRITER_FORGET,
	WRITER_FIND_TARGET,
	WRITER_ADD_TARGET,
	WRITER_ADD_CONVERSATION,
	WRITER_FIND_ROW,
	WRITER_ERASE,
	WRITER_INDEX,
	WRITER_UNINDEX,
	WRITER_UNINDEXED,
	WRITER_SET_INDEXED,
	WRITER_OLDEST,
	WRITER_SPARE,
	WRITER_SURPLUS,
	WRITER_NEXT_TARGET,
	WRITER_TARGET_USED,
	WRITER_DROP_CONVERSATIONS,
	WRITER_DROP_TARGET,
	WRITER_RENAMED,
	WRITER_SET_RENAMED,
	WRITER_SET_ASIDE,
	WRITER_RENAME,
	WRITER_STATEMENTS
};

struct known; /* a target whose id is known */

struct writer {
	const char *path; /* lent */
	enum store_durability durability;
	struct db *db; /* NULL: closed */
	struct statement *st[WRITER_STATEMENTS];
	struct table *known;   /* struct known by name */
	struct known *due;     /* whose rows may be too many */
	uint64_t batches;      /* transactions that were confirmed, over the file's life */
	uint64_t indexed;      /* rows up to this number are in the index of words */
	struct stat file, log; /* those that were opened */
	int64_t swept;         /* pruning: targets up to this id were looked at; -1: all */
	bool dirty;            /* pruning: something was written since it last looked */
};

/* path and durability are set, the rest is 0; or it was closed. A file that has less than was
 * confirmed before, or is another one, is refused. */
int writer_open(struct writer *w, struct err *e);
void writer_close(struct writer *w);

/* All of the batch, and it is safe; or -1, and whether any of it is there cannot be known. */
int writer_write(struct writer *w, const struct batch *b, struct err *e);
/* Deletes rows that were not to be kept. The same promise; with count 0 that it can be written. */
int writer_withdraw(struct writer *w, const uint64_t *numbers, size_t count, struct err *e);

/* In small steps, while no batch waits: 1 when there may be more, 0 when all is done, -1. */
int writer_index(struct writer *w, struct err *e); /* of words */
int writer_prune(struct writer *w, const struct store_retention *r, struct err *e);
void writer_prune_all(struct writer *w); /* the bounds have changed */

/* For the files of the writer alone. */
int writer_begin(struct writer *w, struct err *e);
int writer_commit(struct writer *w, struct err *e); /* counts it; looks that the file is there */
int writer_delete_row(struct writer *w, uint64_t number, int64_t *target, struct err *e);
struct known *writer_next_due(struct writer *w, int64_t *id, uint64_t rows);
void writer_due_again(struct writer *w, struct known *k);
void writer_forget_target(struct writer *w, struct str name);

/* What the index knows of a row besides its text: "t17 n616461", the target's id and the nick. */
enum { PLACE_ROOM = 160 };
struct str writer_place(int64_t target, struct str source, char out[PLACE_ROOM]);
struct str writer_sender(struct str nick, char out[PLACE_ROOM]); /* "n616461" */
bool writer_indexes(int64_t kind);                               /* rows of that kind */

#endif
