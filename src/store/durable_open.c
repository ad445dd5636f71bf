/* The store in a file: its beginning and its end. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/table.h"
#include "durable.h"

enum { OPENING_IS_LONG = 1000 /* ms */, LOG_PAGES = 4000 /* of 4 KiB */ };

/* ---- close ----------------------------------------------------------------------------------- */

static void
await_landing(struct durable *d)
{
	pthread_mutex_lock(&d->lock);
	while (d->flight == FLIGHT_HANDED)
		pthread_cond_wait(&d->landed, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

/* A last attempt, for what is held. */
static void
await_attempt(struct durable *d)
{
	unsigned before;

	pthread_mutex_lock(&d->lock);
	before = d->attempts;
	d->hurry = true;
	pthread_cond_signal(&d->work);
	while (!d->ready && d->attempts == before)
		pthread_cond_wait(&d->landed, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static void
flush(struct durable *d)
{
	/* what flies, what is held, what gathered, and once more what it left */
	for (int i = 0; i < 4; i++) {
		if (d->down && !batch_empty(&d->held) && durable_flight(d) == FLIGHT_NONE)
			await_attempt(d);
		await_landing(d);
		store_commit(&d->store);
	}
	await_landing(d);
	store_commit(&d->store);
	if (!batch_empty(&d->held))
		log_error("store-closed-unwritten", LOG_TEXT("reason", d->why),
		    LOG_INT("bytes", d->held.items.len));
}

static void
free_queue(struct asked_queue *q)
{
	struct asked *a;

	while ((a = queue_get(q)) != NULL)
		durable_asked_free(a);
}

/* Without its threads. */
static void
durable_free(struct durable *d)
{
	pthread_mutex_destroy(&d->lock);
	pthread_mutex_destroy(&d->reading);
	pthread_cond_destroy(&d->work);
	pthread_cond_destroy(&d->asked);
	pthread_cond_destroy(&d->landed);
	reader_close(&d->reader);
	free(d->reader.doubts);
	writer_close(&d->writer);
	batch_free(&d->gathering);
	batch_free(&d->held);
	batch_free(&d->flying);
	free_queue(&d->waiting);
	free_queue(&d->to_index);
	free_queue(&d->questions);
	free_queue(&d->answers);
	for (int i = 0; i < 2; i++)
		if (d->wake[i] != -1)
			close(d->wake[i]);
	if (d->lock_fd != -1) /* last: SQLite's own locks on the file would go with it */
		close(d->lock_fd);
	free(d->path);
	free(d);
}

static void
stop_threads(struct durable *d)
{
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->work);
	pthread_cond_signal(&d->asked);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->writer_thread, NULL);
	pthread_join(d->reader_thread, NULL);
}

static void
failed_at_close(void *arg, uint64_t ticket, const char *why)
{
	(void)arg;
	log_error("store-batch-lost", LOG_INT("ticket", ticket), LOG_TEXT("reason", why));
}

static void
down_at_close(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static void
back_at_close(void *arg)
{
	(void)arg;
}

void
durable_close(struct store *s)
{
	struct durable *d = (struct durable *)s;

	s->handler = (struct store_handler){ failed_at_close, down_at_close, back_at_close };
	flush(d);
	stop_threads(d);
	durable_free(d);
}

/* ---- open ------------------------------------------------------------------------------------ */

/* A name is on the disk when its folder is. */
static int
sync_folder(const char *path, struct err *e)
{
	char *copy = str_dup(str_from(path));
	int fd, code;

	if (copy == NULL)
		return err_errno(e, "%s: opening", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd == -1)
		return err_errno(e, "%s: opening its folder", path);
	code = fsync(fd);
	close(fd);
	return code == -1 ? err_errno(e, "%s: making it safe in its folder", path) : 0;
}

/* The file is there, and no other sockchat's. */
static int
take_file(struct durable *d, struct err *e)
{
	d->lock_fd = open(d->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d->lock_fd == -1 && errno == ENOENT)
		return err_set(e, "%s: its folder is not there; make it first", d->path);
	if (d->lock_fd == -1)
		return err_errno(e, "%s: opening the store", d->path);
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			return err_set(e,
			    "%s: another sockchat uses this store; stop that one, or give this one "
			    "a --store of its own",
			    d->path);
		return err_errno(e, "%s: locking the store", d->path);
	}
	return sync_folder(d->path, e);
}

/* Waits are by the clock that does not jump. */
static int
init_locks(struct durable *d)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&d->lock, NULL);
	pthread_mutex_init(&d->reading, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->work, &attr);
	pthread_cond_init(&d->asked, &attr);
	pthread_cond_init(&d->landed, &attr);
	return pthread_condattr_destroy(&attr);
}

static struct durable *
durable_new(const struct store_config *c)
{
	struct durable *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->store = (struct store){ .way = &durable_way, .level = c->durability, .on_disk = true };
	d->lock_fd = d->wake[0] = d->wake[1] = -1;
	d->ticket = 1;
	d->log_pages = LOG_PAGES;
	d->retention = c->retention;
	d->retention_changed = d->chores = true;
	d->unindexed = true;
	batch_init(&d->gathering);
	batch_init(&d->held);
	batch_init(&d->flying);
	queue_init(&d->waiting);
	queue_init(&d->to_index);
	queue_init(&d->questions);
	queue_init(&d->answers);
	init_locks(d);
	d->path = str_dup(c->path);
	d->writer.path = d->reader.path = d->path;
	d->writer.durability = c->durability;
	table_hash(STR("")); /* its key is made before other threads ask for it */
	return d;
}

static int
make_pipe(struct durable *d, struct err *e)
{
	if (pipe(d->wake) == -1)
		return err_errno(e, "%s: opening the store", d->path);
	for (int i = 0; i < 2; i++)
		if (fcntl(d->wake[i], F_SETFD, FD_CLOEXEC) == -1 ||
		    fcntl(d->wake[i], F_SETFL, O_NONBLOCK) == -1)
			return err_errno(e, "%s: opening the store", d->path);
	return 0;
}

/* Signals are the loop's: the threads inherit a mask that lets none in. */
static int
start_threads(struct durable *d, struct err *e)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&d->writer_thread, NULL, durable_write, d);
	if (code == 0) {
		code = pthread_create(&d->reader_thread, NULL, durable_read, d);
		if (code != 0) {
			d->stop = true;
			pthread_join(d->writer_thread, NULL);
		}
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return code == 0 ? 0 : err_errno(e, "%s: starting the store's threads", d->path);
}

struct store *
durable_open(const struct store_config *c, void (*progress)(const char *sentence), struct err *e)
{
	int64_t started = clock_monotonic();
	struct durable *d = durable_new(c);

	if (d == NULL || d->path == NULL) {
		err_errno(e, "opening the store");
		if (d != NULL)
			durable_free(d);
		return NULL;
	}
	if (store_library[0] == '\0') { /* it says so, and no file is made */
		db_close(db_open(d->path, true, e));
		goto fail;
	}
	if (take_file(d, e) == -1 || make_pipe(d, e) == -1 || writer_open(&d->writer, e) == -1)
		goto fail;
	if (progress != NULL && clock_monotonic() - started > OPENING_IS_LONG)
		progress("the store is open; what it holds is being read");
	if (reader_last_number(&d->reader, &d->last, e) == -1 || start_threads(d, e) == -1)
		goto fail;
	return &d->store;
fail:
	durable_free(d);
	return NULL;
}
