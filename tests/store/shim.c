/* Between SQLite and the disk. */
#include "shim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

struct shim_file {
	sqlite3_file base; /* first: SQLite knows this alone */
	enum shim_file_id id;
	sqlite3_file *real; /* behind this in memory */
};

static sqlite3_vfs *under; /* the one of the system */
static sqlite3_vfs shim;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static unsigned long counted, fail_at, fail_count;
static bool full, recording, lying[SHIM_FILES];
static unsigned fail_every, syncs;
static enum shim_kind first_failed;
static struct shim_op *ops;
static size_t op_count, op_cap;

/* Whether this operation fails. */
static bool
count_one(enum shim_kind kind)
{
	bool fails;

	pthread_mutex_lock(&lock);
	counted++;
	fails = fail_at > 0 && counted >= fail_at && counted - fail_at < fail_count;
	if (fails && counted == fail_at)
		first_failed = kind;
	if (kind == SHIM_SYNC && fail_every > 0 && ++syncs % fail_every < 2)
		fails = true;
	pthread_mutex_unlock(&lock);
	return fails;
}

static void
record(enum shim_kind kind, enum shim_file_id file, int64_t offset, const void *bytes, size_t len)
{
	struct shim_op *op;

	pthread_mutex_lock(&lock);
	if (recording && op_count == op_cap) {
		op_cap = op_cap ? op_cap * 2 : 1024;
		ops = realloc(ops, op_cap * sizeof(*ops));
		if (ops == NULL)
			abort();
	}
	if (recording) {
		op = &ops[op_count++];
		*op = (struct shim_op){ kind, file, offset, len, NULL };
		if (len > 0 && (op->bytes = malloc(len)) == NULL)
			abort();
		if (len > 0)
			memcpy(op->bytes, bytes, len);
	}
	pthread_mutex_unlock(&lock);
}

static struct shim_file *
shim_of(sqlite3_file *f)
{
	return (struct shim_file *)f;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int
on_close(sqlite3_file *f)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods ? s->real->pMethods->xClose(s->real) : SQLITE_OK;
}

static int
on_read(sqlite3_file *f, void *to, int len, sqlite3_int64 at)
{
	struct shim_file *s = shim_of(f);

	return count_one(SHIM_READ) ? SQLITE_IOERR_READ
				    : s->real->pMethods->xRead(s->real, to, len, at);
}

static int
on_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at)
{
	struct shim_file *s = shim_of(f);
	int code;

	if (count_one(SHIM_WRITE))
		return full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	code = s->real->pMethods->xWrite(s->real, from, len, at);
	if (code == SQLITE_OK)
		record(SHIM_WRITE, s->id, at, from, (size_t)len);
	return code;
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct shim_file *s = shim_of(f);
	int code;

	if (count_one(SHIM_TRUNCATE))
		return SQLITE_IOERR_TRUNCATE;
	code = s->real->pMethods->xTruncate(s->real, size);
	if (code == SQLITE_OK)
		record(SHIM_TRUNCATE, s->id, size, NULL, 0);
	return code;
}

/* The real disk is never asked to sync: what is durable is what was written down as synced. */
static int
on_sync(sqlite3_file *f, int flags)
{
	struct shim_file *s = shim_of(f);
	bool lies;

	(void)flags;
	if (count_one(SHIM_SYNC)) {
		record(SHIM_FAILED_SYNC, s->id, 0, NULL, 0);
		return SQLITE_IOERR_FSYNC;
	}
	pthread_mutex_lock(&lock);
	lies = lying[s->id];
	pthread_mutex_unlock(&lock);
	if (!lies)
		record(SHIM_SYNC, s->id, 0, NULL, 0);
	return SQLITE_OK;
}

static int
on_size(sqlite3_file *f, sqlite3_int64 *size)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xFileSize(s->real, size);
}

static int
on_lock(sqlite3_file *f, int level)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xLock(s->real, level);
}

static int
on_unlock(sqlite3_file *f, int level)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xUnlock(s->real, level);
}

static int
on_reserved(sqlite3_file *f, int *out)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xCheckReservedLock(s->real, out);
}

static int
on_control(sqlite3_file *f, int what, void *arg)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xFileControl(s->real, what, arg);
}

static int
on_sector(sqlite3_file *f)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xSectorSize(s->real);
}

/* A power cut may tear a page: nothing is promised. */
static int
on_character(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int
on_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xShmMap(s->real, page, size, extend, out);
}

static int
on_map_lock(sqlite3_file *f, int offset, int n, int flags)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xShmLock(s->real, offset, n, flags);
}

static void
on_barrier(sqlite3_file *f)
{
	struct shim_file *s = shim_of(f);

	s->real->pMethods->xShmBarrier(s->real);
}

static int
on_unmap(sqlite3_file *f, int remove)
{
	struct shim_file *s = shim_of(f);

	return s->real->pMethods->xShmUnmap(s->real, remove);
}

static const sqlite3_io_methods methods = { 2, on_close, on_read, on_write, on_truncate, on_sync,
	on_size, on_lock, on_unlock, on_reserved, on_control, on_sector, on_character, on_map,
	on_map_lock, on_barrier, on_unmap, NULL, NULL };

/* ---- the system ------------------------------------------------------------------------------ */

static enum shim_file_id
id_of(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (len > 4 && strcmp(name + len - 4, "-wal") == 0)
		return SHIM_LOG;
	if (len > 8 && strcmp(name + len - 8, "-journal") == 0)
		return SHIM_JOURNAL;
	return SHIM_DB;
}

static int
on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct shim_file *s = shim_of(f);
	int code;

	(void)vfs;
	s->base.pMethods = NULL;
	s->id = id_of(name);
	s->real = (sqlite3_file *)(s + 1);
	if (count_one(SHIM_OPEN))
		return SQLITE_CANTOPEN;
	code = under->xOpen(under, name, s->real, flags, out);
	if (code == SQLITE_OK)
		record(SHIM_OPEN, s->id, 0, NULL, 0);
	if (s->real->pMethods != NULL)
		s->base.pMethods = &methods;
	return code;
}

static int
on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	int code;

	(void)vfs;
	if (count_one(SHIM_DELETE))
		return SQLITE_IOERR_DELETE;
	code = under->xDelete(under, name, sync_folder);
	if (code == SQLITE_OK)
		record(SHIM_DELETE, id_of(name), sync_folder, NULL, 0);
	return code;
}

void
shim_use(bool on)
{
	if (under == NULL) {
		sqlite3_initialize();
		under = sqlite3_vfs_find(NULL);
		shim = *under;
		shim.zName = "shim";
		shim.szOsFile = (int)sizeof(struct shim_file) + under->szOsFile;
		shim.xOpen = on_open;
		shim.xDelete = on_delete;
		sqlite3_vfs_register(&shim, 0);
	}
	sqlite3_vfs_register(on ? &shim : under, 1);
}

void
shim_reset(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < op_count; i++)
		free(ops[i].bytes);
	free(ops);
	ops = NULL;
	op_count = op_cap = 0;
	counted = fail_at = fail_count = 0;
	fail_every = syncs = 0;
	full = recording = false;
	memset(lying, 0, sizeof(lying));
	pthread_mutex_unlock(&lock);
}

void
shim_fail(unsigned long at, unsigned long count, bool is_full)
{
	pthread_mutex_lock(&lock);
	counted = 0;
	fail_at = at;
	fail_count = count;
	full = is_full;
	pthread_mutex_unlock(&lock);
}

unsigned long
shim_count(void)
{
	unsigned long n;

	pthread_mutex_lock(&lock);
	n = counted;
	pthread_mutex_unlock(&lock);
	return n;
}

enum shim_kind
shim_failed(void)
{
	return first_failed;
}

void
shim_record(bool on)
{
	pthread_mutex_lock(&lock);
	recording = on;
	pthread_mutex_unlock(&lock);
}

void
shim_mark(uint64_t value)
{
	record(SHIM_MARK, SHIM_DB, (int64_t)value, NULL, 0);
}

void
shim_fail_syncs(unsigned every)
{
	pthread_mutex_lock(&lock);
	fail_every = every;
	pthread_mutex_unlock(&lock);
}

void
shim_lie(enum shim_file_id file, bool on)
{
	pthread_mutex_lock(&lock);
	lying[file] = on;
	pthread_mutex_unlock(&lock);
}

const struct shim_op *
shim_log(size_t *count)
{
	*count = op_count;
	return ops;
}
