/* Connections: reading, sending and reaping, for all of a loop at the end of each turn. */
#include "net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	PARTS_A_SEND = 16,
	LINGER_MS = 1000,
	SCRATCH = 128 * 1024, /* unused input and one turn's read of one connection */
};

/* Input that the owner has not used up: kept only while there is some. */
struct conn_rest {
	size_t len, cap;
	char bytes[];
};

/* A list of connections for this turn's work; each has a flag that says it is in. */
struct worklist {
	struct conn **at;
	size_t count, cap;
};

struct conns {
	struct loop *loop;
	struct turn_hook hook;
	struct timer linger; /* the first of `lingering` that is due */
	struct conns_limits limits;
	struct worklist all, readers, writers, dead, lingering; /* lingering: in order of time */
	uint64_t durable, read, written;
	void (*before_send)(void *arg);
	void *arg;
	char in[SCRATCH];      /* what is read, unused input before it */
	char gather[16384]; /* many short ranges, copied together */
};

static bool
list_add(struct worklist *l, struct conn *c)
{
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct conn **grown = realloc(l->at, cap * sizeof(struct conn *));
		if (grown == NULL)
			return false;
		l->at = grown;
		l->cap = cap;
	}
	l->at[l->count++] = c;
	return true;
}

static void
want_read(struct conn *c)
{
	if (!c->in_readers)
		c->in_readers = list_add(&c->pool->readers, c);
}

static void
want_write(struct conn *c)
{
	if (!c->in_writers)
		c->in_writers = list_add(&c->pool->writers, c);
}

static void
on_ready(struct source *s, unsigned events)
{
	struct conn *c = (struct conn *)((char *)s - offsetof(struct conn, source));

	if (events & LOOP_HANGUP)
		c->hangup = true;
	if (events & LOOP_READ) {
		c->readable = true;
		want_read(c);
	}
	if (events & LOOP_WRITE) {
		c->writable = true;
		if (c->out.count > 0 || c->shut_wanted || c->state == CONN_FINISHING)
			want_write(c);
	}
}

static unsigned
on_interest(const struct source *s)
{
	const struct conn *c = (const struct conn *)((const char *)s - offsetof(struct conn, source));
	unsigned interest = 0;

	if (!c->readable && !c->ended && (c->state == CONN_OPEN || c->state == CONN_LINGERING))
		interest |= LOOP_READ;
	if (!c->writable && c->out.count > 0)
		interest |= LOOP_WRITE;
	return interest;
}

struct conn *
conn_open(struct conns *p, int fd, const struct conn_handler *handler, void *owner, struct err *e)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL || !list_add(&p->all, c)) {
		err_errno(e, "opening a connection");
		goto fail;
	}
	c->source = (struct source){ .fd = fd, .ready = on_ready, .interest = on_interest };
	c->pool = p;
	c->transport = &transport_plain;
	c->handler = handler;
	c->owner = owner;
	c->place = p->all.count - 1;
	c->writable = true;
	outq_init(&c->out);
	if (loop_add(p->loop, &c->source, LOOP_EDGE, e) == 0)
		return c;
	p->all.count--;
fail:
	free(c);
	close(fd);
	return NULL;
}

void
conn_kill(struct conn *c, const char *reason)
{
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_DEAD;
	loop_remove(c->pool->loop, &c->source);
	outq_free(&c->out);
	if (!list_add(&c->pool->dead, c)) {
		/* Not listed: it stays in `all`, unheard, and is freed with the pool. */
		close(c->source.fd);
		c->source.fd = -1;
	}
	c->handler->closed(c, reason);
}

static void
conn_free(struct conn *c)
{
	if (c->source.fd != -1)
		close(c->source.fd);
	free(c->rest);
	free(c);
}

void
conn_push(struct conn *c, struct chunk *chunk, uint32_t from, uint32_t to, uint64_t ticket)
{
	if (outq_extend(&c->out, chunk, from, to, ticket))
		return;
	if (c->state != CONN_OPEN)
		return;
	/* Whoever fans out walks arrays of connections: nothing may end in the middle of that. */
	c->broken = c->broken || !outq_push(&c->out, chunk, from, to, ticket);
	want_write(c);
}

bool
conn_write(struct conn *c, struct str bytes)
{
	while (bytes.len > 0 && c->state == CONN_OPEN) {
		size_t n = bytes.len < CHUNK_MOST ? bytes.len : CHUNK_MOST;
		struct chunk *chunk = NULL;
		char *room = NULL;

		/* The last chunk is continued when nobody else has a range in it. */
		if (c->out.count > 0)
			chunk = c->out.ranges[c->out.head + c->out.count - 1].chunk;
		if (chunk != NULL && chunk->refs == 1)
			room = chunk_room(chunk, n);
		if (room != NULL) {
			chunk_ref(chunk);
		} else {
			chunk = chunk_new();
			room = chunk ? chunk_room(chunk, n) : NULL;
		}
		if (room == NULL) {
			chunk_unref(chunk);
			conn_kill(c, "out of memory");
			return false;
		}
		memcpy(room, bytes.p, n);
		chunk->used += (uint32_t)n;
		conn_push(c, chunk, chunk->used - (uint32_t)n, chunk->used, 0);
		chunk_unref(chunk);
		bytes = str_from_byte(bytes, n);
	}
	return c->state == CONN_OPEN;
}

size_t
conn_queued(const struct conn *c)
{
	return c->out.bytes;
}

void
conn_pause(struct conn *c)
{
	c->paused = true;
}

void
conn_resume(struct conn *c)
{
	if (!c->paused)
		return;
	c->paused = false;
	c->fresh = c->rest != NULL;
	want_read(c);
}

struct str
conn_unused(const struct conn *c)
{
	return (struct str){ c->rest ? c->rest->bytes : "", c->rest ? c->rest->len : 0 };
}

void
conn_forget_unused(struct conn *c)
{
	free(c->rest);
	c->rest = NULL;
	c->fresh = false;
}

void
conn_want_drained(struct conn *c)
{
	c->want_drained = true;
	want_write(c);
}

void
conn_shut(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return;
	c->shut_wanted = true;
	want_write(c);
}

void
conn_finish(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return;
	c->state = CONN_FINISHING;
	c->paused = false;
	free(c->rest);
	c->rest = NULL;
	want_write(c);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Keeps `left` for the next offer; false: no memory. */
static bool
keep_rest(struct conn *c, struct str left)
{
	struct conn_rest *r = c->rest;

	if (left.len == 0) {
		free(r);
		c->rest = NULL;
		return true;
	}
	if (r == NULL || r->cap < left.len) {
		r = realloc(r, sizeof(*r) + left.len * 2);
		if (r == NULL)
			return false;
		r->cap = left.len * 2;
		c->rest = r;
	}
	memmove(r->bytes, left.p, left.len);
	r->len = left.len;
	return true;
}

/* Offers the first `len` bytes of the pool's scratch to the owner and keeps what it leaves. */
static void
offer(struct conn *c, size_t len)
{
	struct conns *p = c->pool;
	struct str in = { p->in, len };
	size_t used = c->handler->bytes(c, in);

	c->fresh = false;
	if (c->state != CONN_OPEN)
		return;
	in = str_from_byte(in, used);
	if (!c->paused && in.len > p->limits.input)
		conn_kill(c, "the line is too long");
	else if (!keep_rest(c, in))
		conn_kill(c, "out of memory");
}

static void
input_ended(struct conn *c)
{
	c->readable = false;
	c->ended = true;
	if (c->state == CONN_LINGERING) {
		conn_kill(c, "finished");
		return;
	}
	c->end_told = true;
	if (c->handler->end_of_input != NULL)
		c->handler->end_of_input(c);
	else
		conn_finish(c);
}

static size_t
take_rest(struct conn *c)
{
	size_t len = c->rest ? c->rest->len : 0;

	if (len > 0)
		memcpy(c->pool->in, c->rest->bytes, len);
	return len;
}

/* One bounded read and offer. */
static void
read_once(struct conn *c)
{
	struct conns *p = c->pool;
	size_t rest = take_rest(c);
	size_t want = p->limits.a_turn;
	ssize_t n;

	if (want > SCRATCH - rest)
		want = SCRATCH - rest;
	n = c->transport->read(c, p->in + rest, want);
	if (n == 0) {
		input_ended(c);
		return;
	}
	if (n == -1) {
		c->readable = false;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			conn_kill(c, strerror(errno));
		return;
	}
	c->bytes_read += (uint64_t)n;
	p->read += (uint64_t)n;
	if ((size_t)n < want && c->transport->short_read_is_all && !c->hangup)
		c->readable = false;
	if (c->state == CONN_OPEN)
		offer(c, rest + (size_t)n);
}

/* True: it has more to read, next turn. */
static bool
serve_reader(struct conn *c)
{
	bool may = c->state == CONN_OPEN || c->state == CONN_LINGERING;

	if (!may || c->paused)
		return false;
	if (c->fresh)
		offer(c, take_rest(c));
	else if (c->readable && !c->ended)
		read_once(c);
	return c->state != CONN_DEAD && !c->paused && (c->fresh || c->readable) && !c->ended;
}

static void
serve_readers(struct conns *p)
{
	size_t count = p->readers.count, kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct conn *c = p->readers.at[i];
		if (serve_reader(c))
			p->readers.at[kept++] = c;
		else
			c->in_readers = false;
	}
	/* Those that joined the list while it was walked. */
	for (size_t i = count; i < p->readers.count; i++)
		p->readers.at[kept++] = p->readers.at[i];
	p->readers.count = kept;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* One write of what is due; false when the kernel takes no more now or the connection died. */
static bool
write_once(struct conn *c)
{
	struct conns *p = c->pool;
	struct iovec parts[PARTS_A_SEND];
	size_t want = outq_gather(&c->out, p->durable, p->gather, sizeof(p->gather));
	int count = 1;
	ssize_t n;

	if (want > 0) {
		parts[0] = (struct iovec){ p->gather, want };
	} else {
		count = outq_parts(&c->out, p->durable, parts, PARTS_A_SEND);
		for (int i = 0; i < count; i++)
			want += parts[i].iov_len;
	}
	n = c->transport->write(c, parts, count);
	if (n == -1) {
		c->writable = false;
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
			conn_kill(c, strerror(errno));
		return false;
	}
	c->bytes_written += (uint64_t)n;
	p->written += (uint64_t)n;
	outq_sent(&c->out, (size_t)n);
	if ((size_t)n < want)
		c->writable = false;
	return c->writable;
}

static void
start_linger(struct conn *c)
{
	struct conns *p = c->pool;

	if (c->ended || c->transport->shut(c) == -1 || !list_add(&p->lingering, c)) {
		conn_kill(c, "finished");
		return;
	}
	c->state = CONN_LINGERING;
	c->linger_until = clock_monotonic() + LINGER_MS;
	if (p->linger.slot == 0)
		loop_timer_set(p->loop, &p->linger, c->linger_until);
	want_read(c);
}

/* Nothing is left to send. */
static void
all_sent(struct conn *c)
{
	if (c->state == CONN_FINISHING) {
		start_linger(c);
		return;
	}
	if (c->shut_wanted && !c->shut_done) {
		c->shut_done = true;
		if (c->transport->shut(c) == -1 && errno != ENOTCONN) {
			conn_kill(c, strerror(errno));
			return;
		}
	}
	if (c->want_drained) {
		c->want_drained = false;
		if (c->handler->drained != NULL)
			c->handler->drained(c);
	}
}

/* True: it stays listed, for something waits for its ticket. */
static bool
serve_writer(struct conn *c)
{
	const struct conns_limits *limits = &c->pool->limits;

	if (c->state != CONN_OPEN && c->state != CONN_FINISHING)
		return false;
	while (!c->broken && c->writable && outq_due(&c->out, c->pool->durable))
		if (!write_once(c))
			break;
	if (c->broken)
		conn_kill(c, "out of memory");
	if (c->state == CONN_DEAD)
		return false;
	if (c->out.count == 0) {
		all_sent(c);
		return false;
	}
	if (limits->sendq > 0 && c->out.bytes > limits->sendq) {
		conn_kill(c, "send queue exceeded");
		return false;
	}
	if (!c->writable && !outq_compact(&c->out, c->pool->durable)) {
		conn_kill(c, "out of memory");
		return false;
	}
	return c->writable;
}

static void
serve_writers(struct conns *p)
{
	size_t kept = 0;

	/* The list may grow while it is walked: a goodbye, a drained owner that writes again. */
	for (size_t i = 0; i < p->writers.count; i++) {
		struct conn *c = p->writers.at[i];
		c->in_writers = false;
		if (serve_writer(c) && !c->in_writers) {
			c->in_writers = true;
			p->writers.at[kept++] = c;
		}
	}
	p->writers.count = kept;
}

/* ---- reaping --------------------------------------------------------------------------------- */

static void
on_linger(struct timer *t)
{
	struct conns *p = (struct conns *)((char *)t - offsetof(struct conns, linger));
	int64_t now = clock_monotonic();
	size_t due = 0, kept = 0;

	while (due < p->lingering.count && p->lingering.at[due]->linger_until <= now)
		conn_kill(p->lingering.at[due++], "finished");
	while (due < p->lingering.count)
		p->lingering.at[kept++] = p->lingering.at[due++];
	p->lingering.count = kept;
	if (kept > 0)
		loop_timer_set(p->loop, t, p->lingering.at[0]->linger_until);
}

static void
list_remove_dead(struct worklist *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->at[i]->state != CONN_DEAD)
			l->at[kept++] = l->at[i];
	l->count = kept;
}

static void
reap(struct conns *p)
{
	if (p->dead.count == 0)
		return;
	list_remove_dead(&p->readers);
	list_remove_dead(&p->writers);
	list_remove_dead(&p->lingering);
	for (size_t i = 0; i < p->dead.count; i++) {
		struct conn *c = p->dead.at[i], *last = p->all.at[--p->all.count];
		p->all.at[c->place] = last;
		last->place = c->place;
		conn_free(c);
	}
	p->dead.count = 0;
}

static bool
on_turn(struct turn_hook *h)
{
	struct conns *p = (struct conns *)((char *)h - offsetof(struct conns, hook));

	serve_readers(p);
	if (p->before_send != NULL)
		p->before_send(p->arg);
	serve_writers(p);
	reap(p);
	return p->readers.count > 0;
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
	p->limits = *limits;
	p->durable = UINT64_MAX;
	p->hook.run = on_turn;
	p->linger.fire = on_linger;
	loop_hook(l, &p->hook);
	return p;
}

void
conns_free(struct conns *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->all.count; i++)
		conn_kill(p->all.at[i], "the program ends");
	for (size_t i = 0; i < p->all.count; i++)
		conn_free(p->all.at[i]);
	loop_timer_cancel(p->loop, &p->linger);
	free(p->all.at);
	free(p->readers.at);
	free(p->writers.at);
	free(p->dead.at);
	free(p->lingering.at);
	free(p);
}

void
conns_set_limits(struct conns *p, const struct conns_limits *limits)
{
	p->limits = *limits;
}

size_t
conns_count(const struct conns *p)
{
	return p->all.count;
}

void
conns_set_durable(struct conns *p, uint64_t ticket)
{
	p->durable = ticket;
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
