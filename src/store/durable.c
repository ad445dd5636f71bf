/* The store in a file: the side of the loop. Tickets, what is held, questions. */
#include "durable.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "row.h"

static struct durable *
durable_of(struct store *s)
{
	return (struct durable *)s;
}

void
queue_init(struct asked_queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

void
queue_put(struct asked_queue *q, struct asked *a)
{
	a->next = NULL;
	*q->end = a;
	q->end = &a->next;
}

struct asked *
queue_get(struct asked_queue *q)
{
	struct asked *a = q->first;

	if (a == NULL)
		return NULL;
	q->first = a->next;
	if (q->first == NULL)
		q->end = &q->first;
	return a;
}

/* ---- batches that fail ----------------------------------------------------------------------- */

/* The batch that gathers will fail: its messages go, the rest is held. */
static void
break_gathering(struct durable *d, const char *why)
{
	d->lost += batch_hold(&d->held, &d->gathering);
	batch_clear(&d->gathering);
	d->broken = true;
	if (why != d->why)
		str_copy(d->why, sizeof(d->why), str_from(why));
}

static void
hold(struct durable *d, const struct item *item)
{
	d->lost += batch_hold_item(&d->held, item);
}

static void
settle_broken(struct durable *d)
{
	uint64_t ticket = d->ticket;

	d->broken = d->any = false;
	d->ticket++;
	d->store.handler.failed(d->store.handler_arg, ticket, d->why);
	d->settled = ticket;
}

static void
go_down(struct durable *d, const char *why)
{
	str_copy(d->why, sizeof(d->why), str_from(why));
	if (d->any && !d->broken)
		break_gathering(d, d->why);
	if (d->down)
		return;
	d->down = true;
	d->store.handler.down(d->store.handler_arg, d->why);
}

static void
come_back(struct durable *d)
{
	if (d->lost > 0)
		log_warning("store-rows-lost", LOG_INT("count", d->lost));
	d->lost = 0;
	d->down = false;
	d->store.handler.back(d->store.handler_arg);
}

/* ---- the flight ------------------------------------------------------------------------------ */

static void
hand_over(struct durable *d, struct batch *b, uint64_t ticket)
{
	struct batch empty = d->flying;

	d->flying = *b;
	*b = empty;
	pthread_mutex_lock(&d->lock);
	d->flying_ticket = ticket;
	d->flight = FLIGHT_HANDED;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

enum flight
durable_flight(struct durable *d)
{
	enum flight flight;

	pthread_mutex_lock(&d->lock);
	flight = d->flight;
	pthread_mutex_unlock(&d->lock);
	return flight;
}

/* What is held goes first: it is older. */
static void
hand_next(struct durable *d)
{
	if (durable_flight(d) != FLIGHT_NONE)
		return;
	if (d->broken)
		settle_broken(d);
	if (d->down)
		return;
	if (!batch_empty(&d->held)) {
		hand_over(d, &d->held, 0);
	} else if (d->any) {
		d->any = false;
		hand_over(d, &d->gathering, d->ticket++);
	}
}

/* The batch that flew is on no disk. What of it must not be lost is older than what is held. */
static void
flight_failed(struct durable *d, const char *why)
{
	struct batch newer = d->held;

	batch_init(&d->held);
	d->lost += batch_hold(&d->held, &d->flying);
	d->lost += batch_hold(&d->held, &newer);
	batch_free(&newer);
	if (d->flying_ticket > 0) {
		d->store.handler.failed(d->store.handler_arg, d->flying_ticket, why);
		d->settled = d->flying_ticket;
	}
	go_down(d, why);
}

static void
flight_done(struct durable *d)
{
	if (d->flying_ticket > 0)
		d->settled = d->flying_ticket;
	else if (d->down)
		come_back(d);
}

/* The file is open again: what is held is written before anything else, and then it is back. */
static void
replay(struct durable *d)
{
	if (!d->down)
		return;
	if (batch_empty(&d->held))
		come_back(d);
	else
		hand_over(d, &d->held, 0);
}

static void
post(struct durable *d, struct asked *a)
{
	bool search = a->question.query.what == STORE_SEARCH;

	pthread_mutex_lock(&d->lock);
	queue_put(search ? &d->to_index : &d->questions, a);
	d->chores = d->chores || search;
	pthread_cond_signal(search ? &d->work : &d->asked);
	pthread_mutex_unlock(&d->lock);
}

/* What the writer has to tell. */
static void
collect(struct durable *d)
{
	char trouble[sizeof(d->trouble)];
	enum flight flight;
	bool ready;

	pthread_mutex_lock(&d->lock);
	flight = d->flight;
	if (flight != FLIGHT_HANDED)
		d->flight = FLIGHT_NONE;
	ready = d->ready && flight != FLIGHT_HANDED;
	if (ready)
		d->ready = false;
	memcpy(trouble, d->trouble, sizeof(trouble));
	d->trouble[0] = '\0';
	pthread_mutex_unlock(&d->lock);
	if (flight == FLIGHT_DONE)
		flight_done(d);
	else if (flight == FLIGHT_FAILED)
		flight_failed(d, trouble);
	if (trouble[0] != '\0')
		go_down(d, trouble);
	if (flight == FLIGHT_DONE || flight == FLIGHT_FAILED)
		batch_clear(&d->flying);
	if (ready)
		replay(d);
	while (d->waiting.first != NULL && d->waiting.first->ticket <= d->settled)
		post(d, queue_get(&d->waiting));
}

/* ---- writing --------------------------------------------------------------------------------- */

static const char no_room[] = "more is to be stored than the disk takes at this speed, or the "
			      "server's memory is short";

/* Whether the batch takes more. One that began while the store is down fails even when it comes
 * back before the batch is handed over: what it had until then was not gathered. */
static bool
gathers(struct durable *d)
{
	d->any = true;
	if (d->down)
		d->broken = true;
	return !d->broken;
}

static uint64_t
append(struct store *s, const struct record *r)
{
	struct durable *d = durable_of(s);

	if (r->number > d->last)
		d->last = r->number;
	if (gathers(d)) {
		if (batch_row(&d->gathering, r))
			return d->ticket;
		break_gathering(d, no_room);
	}
	hold(d, &(struct item){ .kind = ITEM_ROW, .record = *r });
	return d->ticket;
}

static uint64_t
put(struct store *s, struct str key, struct str value)
{
	struct durable *d = durable_of(s);

	if (gathers(d)) {
		if (batch_put(&d->gathering, key, value))
			return d->ticket;
		break_gathering(d, no_room);
	}
	hold(d, &(struct item){ .kind = ITEM_PUT, .key = key, .value = value });
	return d->ticket;
}

static uint64_t
erase(struct store *s, uint64_t number)
{
	struct durable *d = durable_of(s);

	if (gathers(d)) {
		if (batch_erase(&d->gathering, number))
			return d->ticket;
		break_gathering(d, no_room);
	}
	hold(d, &(struct item){ .kind = ITEM_ERASE, .number = number });
	return d->ticket;
}

static uint64_t
rename_target(struct store *s, struct str from, struct str to, uint64_t number)
{
	struct durable *d = durable_of(s);

	if (gathers(d)) {
		if (batch_rename(&d->gathering, from, to, number))
			return d->ticket;
		break_gathering(d, no_room);
	}
	hold(d, &(struct item){ .kind = ITEM_RENAME, .key = from, .value = to, .number = number });
	return d->ticket;
}

static uint64_t
commit(struct store *s)
{
	struct durable *d = durable_of(s);

	collect(d);
	hand_next(d);
	return d->settled;
}

static void
set_retention(struct store *s, const struct store_retention *r)
{
	struct durable *d = durable_of(s);

	pthread_mutex_lock(&d->lock);
	d->retention = *r;
	d->retention_changed = d->chores = true;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

/* ---- questions ------------------------------------------------------------------------------- */

void
durable_asked_free(struct asked *a)
{
	question_free(&a->question);
	answer_free(&a->answer);
	free(a);
}

static struct store_asked *
ask(struct store *s, const struct store_query *q, store_answer *done, void *arg)
{
	struct durable *d = durable_of(s);
	struct asked *a;

	if (d->asked_count >= ASKED_MOST) {
		done(arg, NULL, 0, "too many questions at once; ask again later");
		return NULL;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL || !question_copy(&a->question, q)) {
		free(a);
		done(arg, NULL, 0, "the server's memory is short");
		return NULL;
	}
	d->asked_count++;
	a->base = (struct store_asked){ done, arg };
	a->question.last = d->last;
	a->ticket = d->any ? d->ticket : d->ticket - 1;
	if (a->ticket <= d->settled)
		post(d, a);
	else
		queue_put(&d->waiting, a);
	return &a->base;
}

static void
tell(struct durable *d, struct asked *a)
{
	const struct answer *answer = &a->answer;

	d->asked_count--;
	if (a->base.done != NULL && answer->why[0] != '\0')
		a->base.done(a->base.arg, NULL, 0, answer->why);
	else if (a->base.done != NULL)
		a->base.done(a->base.arg, answer->rows, answer->count, NULL);
	durable_asked_free(a);
}

/* A few answers at a time: the loop has others to serve. */
static void
deliver(struct store *s)
{
	struct durable *d = durable_of(s);
	struct asked *a = NULL;
	char drain[8];

	pthread_mutex_lock(&d->lock);
	while (read(d->wake[0], drain, sizeof(drain)) > 0)
		;
	d->woken = false;
	pthread_mutex_unlock(&d->lock);
	collect(d);
	for (int i = 0; i < ANSWERS_AT_ONCE; i++) {
		pthread_mutex_lock(&d->lock);
		a = queue_get(&d->answers);
		pthread_mutex_unlock(&d->lock);
		if (a == NULL)
			return;
		tell(d, a);
	}
	pthread_mutex_lock(&d->lock);
	if (d->answers.first != NULL)
		durable_wake(d);
	pthread_mutex_unlock(&d->lock);
}

static int
wake_fd(const struct store *s)
{
	return ((const struct durable *)s)->wake[0];
}

/* ---- at start -------------------------------------------------------------------------------- */

static uint64_t
last_number(struct store *s)
{
	return durable_of(s)->last;
}

static int
state_each(struct store *s, struct str prefix,
    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e)
{
	struct durable *d = durable_of(s);
	int got;

	pthread_mutex_lock(&d->reading);
	got = reader_state_each(&d->reader, prefix, fn, arg, e);
	pthread_mutex_unlock(&d->reading);
	return got;
}

static int
ids_each(struct store *s, uint64_t after, size_t most,
    void (*fn)(void *arg, const struct record *r), void *arg, struct err *e)
{
	struct durable *d = durable_of(s);
	int got;

	pthread_mutex_lock(&d->reading);
	got = reader_ids_each(&d->reader, after, most, fn, arg, e);
	pthread_mutex_unlock(&d->reading);
	return got;
}

const struct store_way durable_way = {
	.close = durable_close,
	.set_retention = set_retention,
	.last_number = last_number,
	.state_each = state_each,
	.ids_each = ids_each,
	.append = append,
	.put = put,
	.erase = erase,
	.rename = rename_target,
	.commit = commit,
	.fd = wake_fd,
	.deliver = deliver,
	.ask = ask,
};
