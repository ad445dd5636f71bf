/*
 * A VFS of SQLite between the store and the disk: it fails what it is told to, and writes down
 * what was written and synced, so that what a power cut leaves can be made of it (power.h).
 */
#ifndef TESTS_STORE_SHIM_H
#define TESTS_STORE_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shim_kind {
	SHIM_OPEN,
	SHIM_READ,
	SHIM_WRITE,
	SHIM_TRUNCATE,
	SHIM_SYNC,
	SHIM_DELETE,
	SHIM_MARK, /* by shim_mark(); offset: the value */
	SHIM_FAILED_SYNC,
};

/* Which file: they are told apart by how their names end. */
enum shim_file_id { SHIM_DB, SHIM_LOG, SHIM_JOURNAL, SHIM_FILES };

struct shim_op {
	enum shim_kind kind;
	enum shim_file_id file;
	int64_t offset; /* WRITE; TRUNCATE: the size */
	size_t len;
	char *bytes; /* WRITE: owned by the shim */
};

/* The default VFS from now on, or not any more. */
void shim_use(bool on);
/* Forgets what was counted, written down and planned. */
void shim_reset(void);

/* Opens, reads, writes, truncations, syncs and deletions are counted from 1. `count` of them fail
 * from the `at`th on, writes as on a full disk when `full`; at 0: none. */
void shim_fail(unsigned long at, unsigned long count, bool full);
unsigned long shim_count(void);
enum shim_kind shim_failed(void); /* the first one */

void shim_record(bool on);
void shim_mark(uint64_t value);
/* Of so many syncs two in a row fail; 0: none. */
void shim_fail_syncs(unsigned every);
/* A sync of that file does nothing and says that it did. */
void shim_lie(enum shim_file_id file, bool on);
const struct shim_op *shim_log(size_t *count);

#endif
