/* The store in a file: the threads of the writer and the reader. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "durable.h"
#include "row.h"

enum {
	STEP_EVERY = 50,       /* ms: chores, while batches come without a pause */
	STEP_FOR_SEARCH = 10,  /* ms: the same, when a search waits for them */
	RETRY_FIRST = 100,     /* ms */
	RETRY_MOST = 5000,     /* ms */
	AGE_EVERY = 60 * 1000, /* ms */
};

void
durable_wake(struct durable *d)
{
	ssize_t n;

	if (d->woken)
		return;
	d->woken = true;
	do
		n = write(d->wake[1], "", 1);
	while (n == -1 && errno == EINTR);
}

/* Waits for work, but not beyond that time; -1: for ever. Under lock. */
static void
wait_until(struct durable *d, int64_t when)
{
	struct timespec t = { .tv_sec = when / 1000, .tv_nsec = when % 1000 * 1000000 };

	if (when == -1)
		pthread_cond_wait(&d->work, &d->lock);
	else
		pthread_cond_timedwait(&d->work, &d->lock, &t);
}

/* ---- trouble --------------------------------------------------------------------------------- */

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The messages of a batch that failed on its way: nobody knows whether they are in the file, and
 * they are not to be. */
static int
doubt(struct reader *r, const struct batch *b, struct err *e)
{
	uint64_t *grown = realloc(r->doubts, (r->doubt_count + b->rows + 1) * sizeof(uint64_t));
	struct item item;

	if (grown == NULL)
		return err_set(e, "%s: the server's memory is short", r->path);
	r->doubts = grown;
	for (size_t at = 0; batch_next(b, &at, &item);)
		if (item.kind == ITEM_ROW && row_is_message(item.record.kind))
			r->doubts[r->doubt_count++] = item.record.number;
	qsort(r->doubts, r->doubt_count, sizeof(uint64_t), compare_numbers);
	return 0;
}

/* Under lock. */
static void
say_trouble(struct durable *d, const char *why)
{
	struct asked *a;

	str_copy(d->trouble, sizeof(d->trouble), str_from(why));
	if (d->flight == FLIGHT_HANDED)
		d->flight = FLIGHT_FAILED;
	while ((a = queue_get(&d->to_index)) != NULL) {
		str_copy(a->answer.why, sizeof(a->answer.why), str_from(why));
		queue_put(&d->answers, a);
	}
	pthread_cond_signal(&d->landed);
	durable_wake(d);
}

static void
go_broken(struct durable *d, const char *why)
{
	d->writer_broken = true;
	d->retry_at = clock_monotonic() + d->delay;
	d->delay = d->delay == 0 ? RETRY_FIRST : d->delay * 2;
	if (d->delay > RETRY_MOST)
		d->delay = RETRY_MOST;
	d->ready = false;
	say_trouble(d, why);
}

/*
 * Everything is closed and opened again; what is in the log is written once more; the file must
 * have all that it had confirmed, and rows that were withdrawn are deleted, which shows that it
 * can be written. Nobody reads meanwhile.
 */
static int
reopen(struct durable *d, struct err *e)
{
	int got;

	pthread_mutex_lock(&d->reading);
	reader_close(&d->reader);
	writer_close(&d->writer);
	got = writer_open(&d->writer, e);
	if (got == 0)
		got = writer_withdraw(&d->writer, d->reader.doubts, d->reader.doubt_count, e);
	if (got == 0)
		d->reader.doubt_count = 0;
	pthread_mutex_unlock(&d->reading);
	return got;
}

/* Under lock, which is let go of meanwhile. */
static void
try_again(struct durable *d)
{
	struct err e = { "" };
	int got;

	if (!d->hurry && clock_monotonic() < d->retry_at) {
		wait_until(d, d->retry_at);
		return;
	}
	d->hurry = false;
	pthread_mutex_unlock(&d->lock);
	got = reopen(d, &e);
	pthread_mutex_lock(&d->lock);
	d->attempts++;
	if (got == -1) {
		go_broken(d, e.text);
		return;
	}
	d->writer_broken = false;
	d->ready = true;
	d->unindexed = d->chores = true;
	pthread_cond_signal(&d->landed);
	durable_wake(d);
}

/* ---- batches --------------------------------------------------------------------------------- */

static void
fly(struct durable *d)
{
	struct err e = { "" }, ignored;
	int got;

	pthread_mutex_unlock(&d->lock);
	got = writer_write(&d->writer, &d->flying, &e);
	if (got == -1) {
		pthread_mutex_lock(&d->reading);
		if (doubt(&d->reader, &d->flying, &ignored) == -1)
			reader_close(&d->reader);
		pthread_mutex_unlock(&d->reading);
	}
	pthread_mutex_lock(&d->lock);
	if (got == -1) {
		go_broken(d, e.text);
		return;
	}
	d->delay = 0;
	d->flight = FLIGHT_DONE;
	d->unindexed = d->chores = true;
	pthread_cond_signal(&d->landed);
	durable_wake(d);
}

/* ---- chores ---------------------------------------------------------------------------------- */

/* Searches whose rows are all in the index go on to the reader. Under lock. */
static void
pass_searches(struct durable *d)
{
	struct asked *a;

	while ((a = d->to_index.first) != NULL &&
	       (!d->unindexed || a->question.last <= d->writer.indexed)) {
		queue_put(&d->questions, queue_get(&d->to_index));
		pthread_cond_signal(&d->asked);
	}
}

static int
step(struct durable *d, int64_t log_pages, const struct store_retention *retention, struct err *e)
{
	int got;

	if (db_log_pages(d->writer.db) > log_pages)
		return db_checkpoint(d->writer.db, e) == -1 ? -1 : 1;
	if (d->unindexed) {
		got = writer_index(&d->writer, e);
		if (got == 0)
			d->unindexed = false;
		return got == -1 ? -1 : 1;
	}
	return d->writer.dirty ? writer_prune(&d->writer, retention, e) : 0;
}

/* One small piece of what can wait. Under lock, let go of meanwhile. */
static void
do_chore(struct durable *d)
{
	struct store_retention retention = d->retention;
	int64_t log_pages = d->log_pages;
	struct err e = { "" };
	int got;

	if (d->retention_changed)
		writer_prune_all(&d->writer);
	d->retention_changed = d->chores = false;
	pthread_mutex_unlock(&d->lock);
	got = step(d, log_pages, &retention, &e);
	pthread_mutex_lock(&d->lock);
	d->stepped = clock_monotonic();
	if (got == -1) {
		go_broken(d, e.text);
		return;
	}
	d->chores = d->chores || got > 0;
	pass_searches(d);
}

static bool
chore_is_due(const struct durable *d)
{
	int64_t since = clock_monotonic() - d->stepped;

	return since >= (d->to_index.first != NULL ? STEP_FOR_SEARCH : STEP_EVERY);
}

/* Rows grow old without anything happening. Under lock. */
static void
wait_for_work(struct durable *d)
{
	int64_t until = clock_monotonic() + AGE_EVERY;

	wait_until(d, d->retention.age > 0 ? until : -1);
	if (d->retention.age > 0 && clock_monotonic() >= until)
		d->chores = d->writer.dirty = true;
}

void *
durable_write(void *arg)
{
	struct durable *d = arg;

	pthread_mutex_lock(&d->lock);
	while (!d->stop) {
		if (d->writer_broken)
			try_again(d);
		else if (d->flight == FLIGHT_HANDED && !(d->chores && chore_is_due(d)))
			fly(d);
		else if (d->chores)
			do_chore(d);
		else
			wait_for_work(d);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

void *
durable_read(void *arg)
{
	struct durable *d = arg;
	struct asked *a;

	pthread_mutex_lock(&d->lock);
	while (!d->stop) {
		a = queue_get(&d->questions);
		if (a == NULL) {
			pthread_cond_wait(&d->asked, &d->lock);
			continue;
		}
		pthread_mutex_unlock(&d->lock);
		pthread_mutex_lock(&d->reading);
		reader_answer(&d->reader, &a->question, &a->answer);
		pthread_mutex_unlock(&d->reading);
		pthread_mutex_lock(&d->lock);
		queue_put(&d->answers, a);
		durable_wake(d);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}
