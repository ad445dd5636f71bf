/* All connections of a loop: who has what to do in a turn, and who is to be freed after it. */
#include "conns.h"

#include <stdlib.h>

#include "base/clock.h"

/* ---- lists ----------------------------------------------------------------------------------- */

static void
list_add(struct conn_list *l, struct conn *c, enum conn_work w)
{
	c->listed |= (uint8_t)(1u << w);
	c->next[w] = NULL;
	if (l->first == NULL)
		l->first = c;
	else
		l->last->next[w] = c;
	l->last = c;
}

static struct conn *
list_take(struct conn_list *l, enum conn_work w)
{
	struct conn *c = l->first;

	if (c != NULL) {
		l->first = c->next[w];
		c->listed &= (uint8_t) ~(1u << w);
	}
	return c;
}

static void
list_forget_dead(struct conn_list *l, enum conn_work w)
{
	struct conn_list all = *l;
	struct conn *c;

	*l = (struct conn_list){ 0 };
	while ((c = list_take(&all, w)) != NULL)
		if (c->state != CONN_DEAD)
			list_add(l, c, w);
}

void
conns_want(struct conn *c, enum conn_work w)
{
	struct conns *p = c->pool;

	if (c->listed & (1u << w) || (c->state == CONN_DEAD && w != CONN_DIES))
		return;
	list_add(&p->work[w], c, w);
	/* Perhaps asked for by another's hook, when this turn's work is over. */
	if (!p->in_turn)
		loop_again(p->loop);
}

void
conns_wait_for_ticket(struct conn *c)
{
	if (!(c->listed & (1u << CONN_WRITES)))
		list_add(&c->pool->waiting, c, CONN_WRITES);
}

/* Those who asked go ahead of those who only overhear, as they did before they had to wait. */
static void
wake_waiting(struct conns *p)
{
	struct conn *c;

	while ((c = list_take(&p->waiting, CONN_WRITES)) != NULL) {
		enum conn_work w = c->hurried ? CONN_HURRIES : CONN_WRITES;
		if (!(c->listed & (1u << w)))
			list_add(&p->work[w], c, w);
	}
	if (!p->in_turn)
		loop_again(p->loop);
}

void
conns_set_durable(struct conns *p, uint64_t ticket)
{
	if (ticket == p->durable && !p->stirred)
		return;
	p->durable = ticket;
	p->stirred = false;
	if (p->waiting.first != NULL)
		wake_waiting(p);
}

void
conns_stir(struct conn *c)
{
	if (c->out.count == 0 && !c->want_drained && c->state != CONN_FINISHING && !c->broken)
		return;
	c->pool->stirred = true;
	conns_want(c, CONN_WRITES);
	if (!c->pool->in_turn)
		loop_again(c->pool->loop);
}

void
conns_withdraw(struct conns *p, const struct chunk_void *voids, size_t count)
{
	for (size_t i = 0; i < p->count; i++) {
		struct conn *c = p->all[i];
		if (c->out.count == 0)
			continue;
		if (!outq_withdraw(&c->out, voids, count))
			conn_break(c);
		conns_stir(c);
	}
}

/* ---- a turn ---------------------------------------------------------------------------------- */

/* Serves those that are listed now, each once: a turn ends, whatever its callbacks ask for. */
static void
serve(struct conns *p, enum conn_work w, void (*one)(struct conn *c))
{
	struct conn_list now = p->work[w];
	struct conn *c;

	p->work[w] = (struct conn_list){ 0 };
	while ((c = list_take(&now, w)) != NULL)
		one(c);
}

static void
reap(struct conns *p)
{
	struct conn *c;

	if (p->work[CONN_DIES].first == NULL)
		return;
	for (enum conn_work w = 0; w < CONN_DIES; w++)
		list_forget_dead(&p->work[w], w);
	list_forget_dead(&p->waiting, CONN_WRITES);
	while ((c = list_take(&p->work[CONN_DIES], CONN_DIES)) != NULL) {
		conns_remove(c);
		conn_free(c);
	}
}

enum {
	BULK_MANY = 256,      /* sends: fewer are not worth a thought */
	BULK_COSTLY = 2,      /* ms: sending to everyone in less is not worth a thought */
	BULK_WAIT_MOST = 100, /* ms that a line may wait for others to join it */
	/* bytes a send below which the price of sending is the send, not the bytes */
	BULK_SMALL = 4096,
};

/*
 * Sends to all who have something, but for a while not to those who only overhear: when it took
 * long and each got little (thousands hear each join of a storm), the next round waits as long as
 * this one took, at most BULK_WAIT_MOST, so that more goes with each send. Who is answered is sent
 * to at once.
 */
static void
serve_bulk(struct conns *p)
{
	int64_t began = clock_monotonic(), cost;
	uint64_t written = p->written, sends = p->sends;

	if (began < p->bulk_until)
		return;
	serve(p, CONN_WRITES, conn_serve_write);
	cost = clock_monotonic() - began;
	sends = p->sends - sends;
	if (sends < BULK_MANY || cost < BULK_COSTLY || p->written - written > sends * BULK_SMALL)
		return;
	p->bulk_until = began + cost + (cost < BULK_WAIT_MOST ? cost : BULK_WAIT_MOST);
	loop_timer_set(p->loop, &p->bulk, p->bulk_until);
}

/* The hook of the same turn, or of the next, does what is to be done. */
static void
on_bulk(struct timer *t)
{
	(void)t;
}

static bool
on_turn(struct turn_hook *h)
{
	struct conns *p = (struct conns *)((char *)h - offsetof(struct conns, hook));

	p->in_turn = true;
	serve(p, CONN_READS, conn_serve_read);
	if (p->before_send != NULL)
		p->before_send(p->arg);
	serve(p, CONN_HURRIES, conn_serve_write);
	serve_bulk(p);
	reap(p);
	p->in_turn = false;
	return p->work[CONN_READS].first != NULL || p->work[CONN_HURRIES].first != NULL ||
	       (p->work[CONN_WRITES].first != NULL && p->bulk.slot == 0);
}

static void
on_linger(struct timer *t)
{
	struct conns *p = (struct conns *)((char *)t - offsetof(struct conns, linger));
	struct conn_list *l = &p->work[CONN_LINGERS];
	int64_t now = clock_monotonic();

	/* They are in order: each lingers for the same time. */
	while (l->first != NULL && l->first->linger_until <= now)
		conn_kill(list_take(l, CONN_LINGERS), "finished");
	if (l->first != NULL)
		loop_timer_set(p->loop, t, l->first->linger_until);
}

/* ---- the pool -------------------------------------------------------------------------------- */

struct conns *
conns_new(struct loop *l, const struct conns_limits *limits, struct err *e)
{
	struct conns *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		err_errno(e, "preparing connections");
		return NULL;
	}
	p->loop = l;
	p->durable = OUTQ_ALL_DURABLE;
	p->hook.run = on_turn;
	p->linger.fire = on_linger;
	p->bulk.fire = on_bulk;
	conns_set_limits(p, limits);
	loop_hook(l, &p->hook);
	return p;
}

void
conns_free(struct conns *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		conn_kill(p->all[i], "the program ends");
	for (size_t i = 0; i < p->count; i++)
		conn_free(p->all[i]);
	loop_timer_cancel(p->loop, &p->linger);
	loop_timer_cancel(p->loop, &p->bulk);
	loop_unhook(p->loop, &p->hook);
	free(p->all);
	free(p);
}

bool
conns_add(struct conns *p, struct conn *c)
{
	if (p->count == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct conn **grown = realloc(p->all, cap * sizeof(struct conn *));
		if (grown == NULL)
			return false;
		p->all = grown;
		p->cap = cap;
	}
	c->place = (uint32_t)p->count;
	p->all[p->count++] = c;
	return true;
}

void
conns_remove(struct conn *c)
{
	struct conns *p = c->pool;
	struct conn *last = p->all[--p->count];

	p->all[c->place] = last;
	last->place = c->place;
}

static size_t
clamp(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

void
conns_set_limits(struct conns *p, const struct conns_limits *limits)
{
	p->limits = *limits;
	p->limits.input = clamp(limits->input, 1, CONNS_INPUT_MOST);
	p->limits.a_turn = clamp(limits->a_turn, 1, CONNS_INPUT_MOST);
}

size_t
conns_count(const struct conns *p)
{
	return p->count;
}

uint64_t
conns_bytes_read(const struct conns *p)
{
	return p->read;
}

uint64_t
conns_bytes_written(const struct conns *p)
{
	return p->written;
}

void
conns_before_send(struct conns *p, void (*fn)(void *arg), void *arg)
{
	p->before_send = fn;
	p->arg = arg;
}
