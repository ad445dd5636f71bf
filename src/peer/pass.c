/* A filter: standard input to the other side, what comes from there to standard output. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "state.h"

enum {
	PASS_READ = 64 * 1024, /* bytes of standard input a turn */
	/*
	 * Bytes written to a pipe or terminal at once: what poll() promises room for is one
	 * PIPE_BUF, so that a write does not block though the descriptor, which others share, may.
	 */
	PASS_WRITE = 4096,
	PASS_SHOWN = 4096, /* bytes made safe for a terminal at a time: up to eight times as many */
};

static struct peer *
owner_of(struct conn *c)
{
	return c->owner;
}

/* ---- standard input -------------------------------------------------------------------------- */

static void
watch_in(struct peer *p, bool on)
{
	struct err e;

	loop_remove(p->loop, &p->pass.in); /* a hang-up would be told of again and again */
	if (on && loop_add(p->loop, &p->pass.in, LOOP_READ, &e) == -1)
		peer_fail(p, EXIT_INTERNAL, "standard input: %s", e.text);
}

static void
give(struct peer *p, struct str bytes)
{
	p->pass.given += bytes.len;
	conn_write(p->conn, bytes);
	if (conn_queued(p->conn) < PEER_QUEUE_MOST)
		return;
	watch_in(p, false);
	conn_want_drained(p->conn);
}

static void
finish(struct peer *p)
{
	p->pass.finished = true;
	conn_finish(p->conn);
}

/* All of it was read: the other side is told, and may still answer. */
static void
in_ended(struct peer *p)
{
	p->pass.in_ended = true;
	watch_in(p, false);
	if (p->conn->ended)
		finish(p);
	else
		conn_shut(p->conn);
}

static void
in_ready(struct source *s, unsigned events)
{
	struct peer *p = (struct peer *)((char *)s - offsetof(struct peer, pass.in));
	char bytes[PASS_READ];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	(void)events;
	if (n > 0)
		give(p, (struct str){ bytes, (size_t)n });
	else if (n == 0)
		in_ended(p);
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		peer_fail(p, EXIT_INTERNAL, "standard input: %s", strerror(errno));
}

static const struct source_kind in_kind = { .ready = in_ready };

static void
on_drained(struct conn *c)
{
	struct peer *p = owner_of(c);

	if (!p->pass.in_ended)
		watch_in(p, true);
}

/* ---- standard output ------------------------------------------------------------------------- */

static bool
is_ready(int fd)
{
	struct pollfd f = { .fd = fd, .events = POLLOUT };

	return poll(&f, 1, 0) > 0;
}

/* As write(), but never waits: -1 with EAGAIN. */
static ssize_t
write_some(int fd, struct str bytes)
{
	struct stat st;
	ssize_t n = send(fd, bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n != -1 || errno != ENOTSOCK)
		return n;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		bytes = str_first(bytes, PASS_WRITE);
		if (!is_ready(fd)) {
			errno = EAGAIN;
			return -1;
		}
	}
	return write(fd, bytes.p, bytes.len);
}

static void
out_full(struct peer *p)
{
	struct err e;

	conn_pause(p->conn);
	loop_remove(p->loop, &p->pass.out);
	if (loop_add(p->loop, &p->pass.out, LOOP_WRITE, &e) == -1)
		peer_fail(p, EXIT_INTERNAL, "standard output: %s", e.text);
}

/* Writes what it can off the front of *bytes; false when standard output takes no more now. */
static bool
put(struct peer *p, struct str *bytes)
{
	while (bytes->len > 0) {
		ssize_t n = write_some(STDOUT_FILENO, *bytes);
		if (n >= 0) {
			*bytes = str_from_byte(*bytes, (size_t)n);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			out_full(p);
			return false;
		} else if (errno != EINTR) {
			peer_fail(p, EXIT_INTERNAL, "standard output: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

/* ---- standard output that is a terminal ------------------------------------------------------ */

/* Bytes at the end of s that make sense only with what follows: a CR, the start of a character. */
static size_t
unfinished(struct str s)
{
	size_t n = 1;

	if (s.len == 0 || str_ends(s, STR("\r")))
		return s.len > 0;
	while (n < 4 && n < s.len && ((unsigned char)s.p[s.len - n] & 0xc0) == 0x80)
		n++;
	if ((unsigned char)s.p[s.len - n] < 0xc0 || n == 4)
		return 0;
	return utf8_valid(str_from_byte(s, s.len - n)) ? 0 : n;
}

/* Escape sequences and the like become visible; lines and tabs stay, CRLF becomes LF. */
static void
make_safe(struct buf *out, struct str in)
{
	while (in.len > 0) {
		struct str line = str_first(in, str_find(in, '\n'));
		struct str part = str_first(line, str_find(line, '\t'));
		bool ends = part.len < in.len && in.p[part.len] == '\n';
		utf8_show(out, str_first(part, part.len - (ends && str_ends(part, STR("\r")))));
		in = str_from_byte(in, part.len);
		buf_add_str(out, str_first(in, 1));
		in = str_from_byte(in, 1);
	}
}

static bool
put_safe(struct peer *p)
{
	struct str left = buf_str(&p->pass.safe);
	bool all = put(p, &left);

	buf_drop(&p->pass.safe, p->pass.safe.len - left.len);
	return all;
}

/* Returns how many bytes it used: the unfinished end waits for its rest. */
static size_t
show(struct peer *p, struct str in)
{
	struct str rest = in;

	while (put_safe(p)) {
		struct str part = str_first(rest, PASS_SHOWN);
		part.len -= unfinished(part);
		if (part.len == 0)
			break;
		make_safe(&p->pass.safe, part);
		rest = str_from_byte(rest, part.len);
	}
	return in.len - rest.len;
}

static void
out_ready(struct source *s, unsigned events)
{
	struct peer *p = (struct peer *)((char *)s - offsetof(struct peer, pass.out));

	(void)events;
	loop_remove(p->loop, s);
	if (p->conn != NULL && put_safe(p))
		conn_resume(p->conn);
}

static const struct source_kind out_kind = { .ready = out_ready };

static size_t
on_bytes(struct conn *c, struct str in)
{
	struct peer *p = owner_of(c);
	struct str rest = in;

	if (isatty(STDOUT_FILENO))
		return show(p, in);
	put(p, &rest);
	return in.len - rest.len;
}

/* ---- the conversation ------------------------------------------------------------------------ */

/* What is left to send is sent first; but nobody waits for a person to end standard input. */
static void
on_end_of_input(struct conn *c)
{
	struct peer *p = owner_of(c);

	make_safe(&p->pass.safe, conn_unused(c));
	put_safe(p);
	if (p->pass.in_ended || isatty(STDIN_FILENO))
		finish(p);
}

/* It broke off. What the kernel had taken may not have arrived either. With --keep it is only
 * said. */
static void
broken(struct peer *p, bool owed, const char *reason)
{
	if (p->waited && setting_on(p->settings, PEER_KEEP)) {
		fprintf(stderr, "sockchat peer: the connection broke: %s\n", reason);
		return;
	}
	p->status = owed ? EXIT_REFUSED : EXIT_NETWORK;
	err_set(&p->why, "the connection broke%s: %s", owed ? " before everything had arrived" : "",
	    reason);
}

static void
on_closed(struct conn *c, const char *reason)
{
	struct peer *p = owner_of(c);
	bool all_sent = p->pass.in_ended && p->pass.given == c->bytes_written;

	loop_remove(p->loop, &p->pass.in);
	loop_remove(p->loop, &p->pass.out);
	if (p->leaving && p->why.text[0] == '\0')
		p->status = p->pass.finished || all_sent ? EXIT_DONE : EXIT_REFUSED;
	else if (!p->leaving && !p->pass.finished)
		broken(p, !p->pass.in_ended || p->pass.given > 0, reason);
	peer_conversation_over(p);
}

const struct conn_handler pass_conn_handler = { .bytes = on_bytes,
	.end_of_input = on_end_of_input,
	.drained = on_drained,
	.closed = on_closed };

void
pass_begin(struct peer *p)
{
	struct str name = setting_text(p->settings, PEER_NAME);

	p->pass.in = (struct source){ .fd = STDIN_FILENO, .kind = &in_kind };
	p->pass.out = (struct source){ .fd = STDOUT_FILENO, .kind = &out_kind };
	buf_free(&p->pass.safe);
	p->pass.safe = (struct buf)BUF_INIT(8 * PASS_SHOWN + 1);
	p->pass.given = 0;
	p->pass.finished = false;
	if (name.len > 0) {
		give(p, name);
		give(p, STR("\n"));
	}
	if (p->pass.in_ended)
		conn_shut(p->conn);
	else
		watch_in(p, true);
}

void
pass_end(struct peer *p)
{
	if (p->loop == NULL)
		return;
	loop_remove(p->loop, &p->pass.in);
	loop_remove(p->loop, &p->pass.out);
	buf_free(&p->pass.safe);
}
