/* One connection: its life, reading and sending; its queue is in conn_queue.c. Whose turn it is
 * decides conns.c. */
#include "net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "conns.h"

enum { PARTS_A_SEND = 16, LINGER_MS = 1000 };

/* Input that the owner has not used up: kept only while there is some. */
struct conn_rest {
	size_t len, cap;
	char bytes[];
};

/* ---- life ------------------------------------------------------------------------------------ */

static struct conn *
of_source(const struct source *s)
{
	return (struct conn *)((const char *)s - offsetof(struct conn, source));
}

static void
on_ready(struct source *s, unsigned events)
{
	struct conn *c = of_source(s);

	if (events & LOOP_HANGUP)
		c->hangup = true;
	if (events & LOOP_READ) {
		c->readable = true;
		conns_want(c, CONN_READS);
	}
	if (events & LOOP_WRITE) {
		c->writable = true;
		if (c->out.count > 0)
			conns_want(c, CONN_WRITES);
	}
}

/* Whether it reads in this state of affairs: to understand, or to drop what comes. */
static bool
reads(const struct conn *c)
{
	return (c->state == CONN_OPEN && !c->paused) || c->state == CONN_LINGERING;
}

static unsigned
on_interest(const struct source *s)
{
	const struct conn *c = of_source(s);
	unsigned interest = 0;

	if (!c->readable && !c->ended && reads(c))
		interest |= LOOP_READ;
	if (!c->writable && c->out.count > 0)
		interest |= LOOP_WRITE;
	return interest;
}

static const struct source_kind conn_source = { on_ready, on_interest };

struct conn *
conn_open_over(struct conns *p, int fd, const struct transport *transport,
    const struct conn_handler *handler, void *owner, struct err *e)
{
	struct conn *c = calloc(1, sizeof(*c) + transport->state);

	if (c == NULL || !conns_add(p, c)) {
		err_errno(e, "opening a connection");
		goto fail;
	}
	c->source = (struct source){ .fd = fd, .kind = &conn_source };
	c->pool = p;
	c->transport = transport;
	c->handler = handler;
	c->owner = owner;
	c->writable = true;
	outq_init(&c->out);
	if (loop_add(p->loop, &c->source, LOOP_EDGE, e) == 0)
		return c;
	conns_remove(c);
fail:
	free(c);
	close(fd);
	return NULL;
}

struct conn *
conn_open(struct conns *p, int fd, const struct conn_handler *handler, void *owner, struct err *e)
{
	return conn_open_over(p, fd, &transport_plain, handler, owner, e);
}

void *
transport_state(struct conn *c)
{
	return c + 1;
}

void
conn_kill(struct conn *c, const char *reason)
{
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_DEAD;
	loop_remove(c->pool->loop, &c->source);
	outq_free(&c->out);
	conns_want(c, CONN_DIES);
	c->handler->closed(c, reason);
}

void
conn_free(struct conn *c)
{
	if (c->transport->end != NULL)
		c->transport->end(c);
	close(c->source.fd);
	free(c->rest);
	free(c);
}

void
conn_pause(struct conn *c)
{
	if (c->state == CONN_OPEN)
		c->paused = true;
}

void
conn_resume(struct conn *c)
{
	if (!c->paused)
		return;
	c->paused = false;
	c->fresh = true;
	conns_want(c, CONN_READS);
}

void
conn_shut(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return;
	c->shut_wanted = true;
	conns_want(c, CONN_WRITES);
}

void
conn_finish(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return;
	c->state = CONN_FINISHING;
	c->paused = c->fresh = false;
	outq_close_places(&c->out); /* nobody will fill them */
	/* Not freed: what is left over may be the very line that made the owner finish. */
	if (c->rest != NULL)
		c->rest->len = 0;
	conns_stir(c);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct str
conn_unused(const struct conn *c)
{
	return (struct str){ c->rest ? c->rest->bytes : "", c->rest ? c->rest->len : 0 };
}

bool
conn_is_deserted(const struct conn *c)
{
	char next;
	ssize_t n;

	if (conn_unused(c).len > 0)
		return false;
	do
		n = recv(c->source.fd, &next, 1, MSG_PEEK | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n == 0 || (n == -1 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void
conn_forget_unused(struct conn *c)
{
	free(c->rest);
	c->rest = NULL;
	c->fresh = false;
}

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
	if (r == NULL || r->cap < left.len || r->cap > 4 * left.len + 128) {
		size_t cap = left.len + left.len / 2 + 16;
		r = realloc(r, sizeof(*r) + cap);
		if (r == NULL)
			return false;
		r->cap = cap;
		c->rest = r;
	}
	memcpy(r->bytes, left.p, left.len);
	r->len = left.len;
	return true;
}

/* Offers the first `len` bytes of the pool's scratch to the owner and keeps what it leaves. */
static void
offer(struct conn *c, size_t len)
{
	struct conns *p = c->pool;
	struct str in = { p->in, len };
	size_t used;

	c->fresh = false;
	used = c->handler->bytes(c, in);
	if (c->state != CONN_OPEN)
		return;
	in = str_from_byte(in, used);
	if (!c->paused && !c->fresh && in.len > p->limits.input)
		conn_kill(c, "the line is too long");
	else if (!keep_rest(c, in))
		conn_kill(c, "out of memory");
}

static void
input_ended(struct conn *c)
{
	c->readable = false;
	c->ended = true;
	if (c->state == CONN_LINGERING)
		conn_kill(c, "finished");
	else if (c->handler->end_of_input != NULL)
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

static void
read_once(struct conn *c)
{
	struct conns *p = c->pool;
	size_t rest = take_rest(c);
	ssize_t n = c->transport->read(c, p->in + rest, p->limits.a_turn);

	if (n == 0) {
		input_ended(c);
		return;
	}
	if (n == -1 && errno == EINTR) /* there may be more, and now */
		return;
	if (n == -1) {
		c->readable = false;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			conn_kill(c, strerror(errno));
		return;
	}
	c->bytes_read += (uint64_t)n;
	p->read += (uint64_t)n;
	/* After a hang-up no edge would tell of the end that is behind these bytes. */
	if ((size_t)n < p->limits.a_turn && c->transport->short_read_is_all && !c->hangup)
		c->readable = false;
	if (c->state == CONN_OPEN)
		offer(c, rest + (size_t)n);
}

void
conn_serve_read(struct conn *c)
{
	if (!reads(c))
		return;
	if (c->fresh && c->rest != NULL)
		offer(c, take_rest(c));
	else if (c->readable && !c->ended)
		read_once(c);
	if (c->rest == NULL)
		c->fresh = false;
	if (reads(c) && (c->fresh || (c->readable && !c->ended)))
		conns_want(c, CONN_READS);
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
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			conn_kill(c, strerror(errno));
		return false;
	}
	c->bytes_written += (uint64_t)n;
	p->sends++;
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

	if (c->ended || c->transport->shut(c) == -1) {
		conn_kill(c, "finished");
		return;
	}
	c->state = CONN_LINGERING;
	c->linger_until = clock_monotonic() + LINGER_MS;
	conns_want(c, CONN_LINGERS);
	if (p->linger.slot == 0)
		loop_timer_set(p->loop, &p->linger, c->linger_until);
	conns_want(c, CONN_READS);
}

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

/* The kernel would take more. */
static void
must_wait(struct conn *c)
{
	uint32_t place = outq_place_due(&c->out);

	if (place != 0 && c->handler->place_reached != NULL)
		c->handler->place_reached(c, place);
	if (c->state != CONN_DEAD)
		conns_wait_for_ticket(c);
}

/* The kernel takes no more now: what waits may be neither long nor costly. */
static void
stuck(struct conn *c)
{
	size_t most = c->pool->limits.sendq;

	if (most > 0 && c->out.bytes > most &&
	    (c->handler->overfull == NULL || !c->handler->overfull(c)))
		conn_kill(c, "send queue exceeded");
	else if (!outq_compact(&c->out, c->pool->durable))
		conn_kill(c, "out of memory");
}

void
conn_serve_write(struct conn *c)
{
	if (c->state != CONN_OPEN && c->state != CONN_FINISHING)
		return;
	if (c->broken) {
		conn_kill(c, "out of memory");
		return;
	}
	while (c->writable && outq_due(&c->out, c->pool->durable))
		if (!write_once(c))
			break;
	if (c->state == CONN_DEAD)
		return;
	if (c->out.count == 0) {
		c->hurried = false;
		all_sent(c);
	} else if (c->writable)
		must_wait(c);
	else
		stuck(c);
}
