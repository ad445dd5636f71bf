/*
 * The store in a file. The loop's thread gathers a batch and hands it over; the writer's thread
 * makes it durable, and does small chores while none waits; the reader's thread answers questions.
 *
 *     loop:    gathering --hand--> flying            held: what waits for the disk to come back
 *     writer:                      flying --> file   broken: closed, opened again every so often
 *     reader:  asked --> questions --> answers       a search goes by `to_index` first
 */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include <pthread.h>

#include "batch.h"
#include "impl.h"
#include "reader.h"
#include "writer.h"

enum { ASKED_MOST = 4096, ANSWERS_AT_ONCE = 16 };

struct asked {
	struct store_asked base;
	struct question question;
	struct answer answer;
	uint64_t ticket; /* is settled before it is looked up */
	struct asked *next;
};

struct asked_queue {
	struct asked *first, **end;
};

enum flight { FLIGHT_NONE, FLIGHT_HANDED, FLIGHT_DONE, FLIGHT_FAILED };

struct durable {
	struct store store;
	char *path;
	int lock_fd; /* the file itself: holds the lock that keeps other sockchats out */

	/* the loop's */
	struct batch gathering, held;
	uint64_t ticket;  /* of what gathers */
	uint64_t settled; /* the highest settled one */
	uint64_t last;    /* the greatest number appended */
	bool any;         /* something has that ticket */
	bool broken;      /* and will fail */
	bool down;
	char why[512]; /* broken or down */
	size_t lost;   /* rows that found no room in `held` */
	size_t asked_count;
	struct asked_queue waiting; /* for their ticket */

	pthread_mutex_t lock; /* of all down to `reading` */
	pthread_cond_t work, asked, landed;
	enum flight flight;
	struct batch flying; /* the writer's while HANDED, else the loop's */
	uint64_t flying_ticket;
	char trouble[512]; /* why the writer closed the file; empty: it did not, or it was told */
	bool ready;        /* it is open again */
	bool hurry;        /* it is to try now */
	unsigned attempts; /* to open it again */
	struct asked_queue to_index, questions, answers;
	struct store_retention retention;
	int64_t log_pages; /* as many in the log: then it is brought home */
	bool retention_changed;
	bool chores; /* there may be some */
	bool woken, stop;
	int wake[2]; /* a pipe to the loop */

	/* the writer's */
	struct writer writer;
	bool writer_broken, unindexed;
	int64_t stepped, retry_at, delay; /* monotonic ms */
	pthread_t writer_thread;

	pthread_mutex_t reading; /* of the reader: held for each question, and while the file is
	                          * opened again */
	struct reader reader;
	pthread_t reader_thread;
};

/* NULL: a sentence in *e. */
struct store *durable_open(
    const struct store_config *c, void (*progress)(const char *sentence), struct err *e);

void queue_init(struct asked_queue *q);
void queue_put(struct asked_queue *q, struct asked *a);
struct asked *queue_get(struct asked_queue *q); /* NULL: empty */

extern const struct store_way durable_way;
void durable_close(struct store *s);
void durable_asked_free(struct asked *a);
enum flight durable_flight(struct durable *d);

void durable_wake(struct durable *d); /* under lock: the loop has something to deliver */
void *durable_write(void *arg);       /* the threads */
void *durable_read(void *arg);

#endif
