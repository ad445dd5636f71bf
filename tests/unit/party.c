/* Connections whose other side is written by the test. */
#include "party.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64 * 1024 * 1024 };

const struct pace paces[PACES] = {
	{ 0, 0 },
	{ 1, 0 },
	{ 1, 2 },
	{ 1, 3 },
	{ 3, 2 },
	{ 7, 5 },
	{ 0, 2 },
	{ 4096, 2 },
};

/* ---- the other side -------------------------------------------------------------------------- */

static bool
refuses(struct party *p)
{
	p->calls++;
	return p->every > 0 && p->calls % p->every == 0;
}

static ssize_t
fail_with(int error)
{
	errno = error;
	return -1;
}

static ssize_t
scripted_read(struct conn *c, void *data, size_t len)
{
	struct party *p = c->owner;

	p->reads++;
	if (refuses(p)) {
		p->read_owed = true;
		return fail_with(EAGAIN);
	}
	if (p->sent.len == 0 && p->read_error != 0)
		return fail_with(p->read_error);
	if (p->sent.len == 0 && p->fin)
		return 0;
	if (p->sent.len == 0)
		return fail_with(EAGAIN);
	if (p->read_most > 0 && len > p->read_most)
		len = p->read_most;
	if (len > p->sent.len)
		len = p->sent.len;
	memcpy(data, p->sent.data, len);
	buf_drop(&p->sent, len);
	return (ssize_t)len;
}

static size_t
accepts(const struct party *p, size_t len)
{
	if (p->write_most > 0 && len > p->write_most)
		len = p->write_most;
	return p->full && len > p->room ? p->room : len;
}

static ssize_t
scripted_write(struct conn *c, const struct iovec *parts, int count)
{
	struct party *p = c->owner;
	size_t want = 0, most, len = 0;

	p->writes++;
	for (int i = 0; i < count; i++)
		want += parts[i].iov_len;
	if (p->write_error != 0)
		return fail_with(p->write_error);
	most = refuses(p) ? 0 : accepts(p, want);
	p->write_owed = most < want;
	if (most == 0)
		return fail_with(EAGAIN);
	for (int i = 0; i < count && len < most; i++) {
		size_t n = parts[i].iov_len < most - len ? parts[i].iov_len : most - len;
		if (!buf_add(&p->taken, parts[i].iov_base, n))
			return fail_with(ENOMEM);
		len += n;
	}
	if (p->full)
		p->room -= len;
	return (ssize_t)len;
}

static int
scripted_shut(struct conn *c)
{
	((struct party *)c->owner)->shuts++;
	return 0;
}

static const struct transport transport_scripted = {
	.read = scripted_read,
	.write = scripted_write,
	.shut = scripted_shut,
	.short_read_is_all = false, /* one byte read does not mean that it was the last */
	.name = "scripted",
};

void
party_send(struct party *p, const char *text)
{
	if (!buf_add(&p->sent, text, strlen(text)))
		abort();
	if (p->conn != NULL)
		p->conn->source.kind->ready(&p->conn->source, LOOP_READ);
}

void
party_end(struct party *p, int error)
{
	p->fin = error == 0;
	p->read_error = error;
	if (p->conn != NULL)
		p->conn->source.kind->ready(&p->conn->source, LOOP_READ | LOOP_HANGUP);
}

void
party_take(struct party *p, size_t bytes)
{
	p->room += bytes;
	if (p->conn != NULL && p->write_owed)
		p->conn->source.kind->ready(&p->conn->source, LOOP_WRITE);
}

/* ---- the owner ------------------------------------------------------------------------------- */

size_t
party_lines(struct party *p, struct str in)
{
	struct str line, left = in;

	while (frame_next(&p->frame, &left, CONNS_INPUT_MOST, &line) == FRAME_LINE)
		if (!buf_add_str(&p->got, line) || !buf_add_char(&p->got, '\n'))
			abort();
	return in.len - left.len;
}

size_t
party_one_line(struct party *p, struct str in)
{
	size_t used = str_find(in, '\n') + 1;

	if (used > in.len)
		return 0;
	if (!buf_add_str(&p->got, str_first(in, used)))
		abort();
	conn_pause(p->conn);
	return used;
}

static size_t
on_bytes(struct conn *c, struct str in)
{
	struct party *p = c->owner;

	p->offers++;
	if (p->bytes != NULL)
		return p->bytes(p, in);
	if (!buf_add_str(&p->got, in))
		abort();
	return in.len;
}

static void
on_end(struct conn *c)
{
	struct party *p = c->owner;

	p->ends++;
	if (p->ended != NULL)
		p->ended(p);
	else
		conn_finish(c);
}

static void
on_drained(struct conn *c)
{
	struct party *p = c->owner;

	p->drains++;
	if (p->drained != NULL)
		p->drained(p);
}

static bool
on_overfull(struct conn *c)
{
	struct party *p = c->owner;

	return p->overfull != NULL && p->overfull(p);
}

static void
on_reached(struct conn *c, uint32_t place)
{
	struct party *p = c->owner;

	if (p->reached != NULL)
		p->reached(p, place);
}

static void
on_closed(struct conn *c, const char *reason)
{
	struct party *p = c->owner;

	p->closes++;
	str_copy(p->reason, sizeof(p->reason), str_from(reason));
	if (p->closed != NULL)
		p->closed(p);
	p->conn = NULL;
	c->owner = NULL; /* whoever calls again crashes */
}

static const struct conn_handler handler = {
	.bytes = on_bytes,
	.end_of_input = on_end,
	.drained = on_drained,
	.overfull = on_overfull,
	.place_reached = on_reached,
	.closed = on_closed,
};

/* ---- the scene ------------------------------------------------------------------------------- */

void
scene_start(struct scene *s, const struct conns_limits *limits)
{
	static const struct conns_limits wide = { CONNS_INPUT_MOST, 0, 4096 };

	*s = (struct scene){ 0 };
	s->loop = loop_new(&s->err);
	s->pool = s->loop ? conns_new(s->loop, limits ? limits : &wide, &s->err) : NULL;
	if (s->pool == NULL)
		abort();
}

/* Neither end can be written to, and there is nothing to read in ours. */
static void
stuff(int fd)
{
	static const char junk[4096];

	while (send(fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
		continue;
	while (send(fd, junk, 1, MSG_DONTWAIT) > 0)
		continue;
}

void
scene_enter(struct scene *s, struct party *p)
{
	int fds[2];

	if (s->count == SCENE_MOST ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == -1)
		abort();
	stuff(fds[0]);
	p->scene = s;
	p->other = fds[1];
	p->sent.max = p->taken.max = p->got.max = MOST;
	p->conn = conn_open(s->pool, fds[0], &handler, p, &s->err);
	if (p->conn == NULL)
		abort();
	p->conn->transport = &transport_scripted;
	s->parties[s->count++] = p;
}

void
scene_end(struct scene *s)
{
	conns_free(s->pool);
	scene_turn(s); /* the loop goes on without it */
	loop_free(s->loop);
	for (size_t i = 0; i < s->count; i++) {
		struct party *p = s->parties[i];
		close(p->other);
		buf_free(&p->sent);
		buf_free(&p->taken);
		buf_free(&p->got);
	}
	chunk_pool_free();
}

void
scene_turn(struct scene *s)
{
	if (loop_turn(s->loop, 0, &s->err) == -1)
		abort();
}

/* The edges of those that were refused by the script and not by the state of things. */
static void
tell_edges(struct scene *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct party *p = s->parties[i];
		if (p->conn != NULL && p->read_owed) {
			p->read_owed = false;
			p->conn->source.kind->ready(&p->conn->source, LOOP_READ);
		}
		if (p->conn != NULL && p->write_owed && (!p->full || p->room > 0)) {
			p->write_owed = false;
			p->conn->source.kind->ready(&p->conn->source, LOOP_WRITE);
		}
	}
}

static unsigned
movements(const struct scene *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct party *p = s->parties[i];
		n += p->calls + p->offers + p->ends + p->drains + p->closes;
	}
	return n;
}

bool
scene_settle(struct scene *s)
{
	for (int turns = 0, quiet = 0; turns < 1000000; turns++) {
		unsigned before = movements(s);
		tell_edges(s);
		scene_turn(s);
		quiet = movements(s) == before ? quiet + 1 : 0;
		if (quiet == 3)
			return true;
	}
	return false;
}
