/*
 * floor: the least that a line relay can do, as the measure of the others. No chat, no protocol:
 * every line that any connection sends goes to every connection, its sender included. A turn reads
 * all that is ready into one shared log, then gives each member what is new to it in one write.
 * With --pair a line goes to the neighbour instead: the first with the second, and so on.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
	LOG_SIZE = 64 << 20,
	READ_SIZE = 64 << 10,    /* bytes asked for in one read */
	PARTIAL_MOST = 4096,     /* an unfinished line that is longer is dropped */
	PENDING_MOST = 64 << 20, /* --pair: what the kernel has not taken; more is dropped */
	EVENTS_MOST = 1024,      /* taken from the kernel in one turn */
	BACKLOG = 4096,
};

static const uint32_t LISTENER = UINT32_MAX; /* in place of a member's number */

struct member {
	int fd;             /* -1: gone; the place is not used again */
	bool blocked;       /* the kernel's buffer is full: nothing is sent before EPOLLOUT */
	bool held;          /* input waits in the kernel because the log is full */
	uint64_t sent;      /* how far into the log this one is */
	struct buf partial; /* a line without its end */
	struct buf pending; /* --pair only */
};

struct floor {
	int epoll, listener;
	bool pair;
	struct member *members; /* in the order of arrival */
	uint32_t count, room;
	uint32_t held; /* members whose input is held */
	char *log;     /* LOG_SIZE bytes: what was said from log_start on */
	uint64_t log_start;
	size_t log_used;
};

static uint64_t
log_end(const struct floor *f)
{
	return f->log_start + f->log_used;
}

static void
member_close(struct member *m)
{
	close(m->fd);
	m->fd = -1;
	buf_free(&m->partial);
	buf_free(&m->pending);
}

static struct member *
member_add(struct floor *f, int fd)
{
	struct member *grown;

	if (f->count == f->room) {
		uint32_t room = f->room ? f->room * 2 : 256;
		grown = realloc(f->members, room * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		f->members = grown;
		f->room = room;
	}
	f->members[f->count] = (struct member){
		.fd = fd,
		.sent = log_end(f),
		.partial = BUF_INIT(PARTIAL_MOST),
		.pending = BUF_INIT(PENDING_MOST),
	};
	return &f->members[f->count++];
}

static void
accept_all(struct floor *f)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
	int fd;

	while ((fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		event.data.u32 = f->count;
		if (member_add(f, fd) == NULL)
			close(fd);
		else if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
			member_close(&f->members[f->count - 1]);
	}
}

/* ---- the log --------------------------------------------------------------------------------- */

/* Forgets what every member has got already. */
static void
log_compact(struct floor *f)
{
	uint64_t least = log_end(f);
	size_t got;

	for (uint32_t i = 0; i < f->count; i++) {
		if (f->members[i].fd != -1 && f->members[i].sent < least)
			least = f->members[i].sent;
	}
	got = (size_t)(least - f->log_start);
	memmove(f->log, f->log + got, f->log_used - got);
	f->log_start = least;
	f->log_used -= got;
}

static bool
log_has_room(struct floor *f)
{
	const size_t wanted = READ_SIZE + PARTIAL_MOST;

	if (LOG_SIZE - f->log_used < wanted)
		log_compact(f);
	return LOG_SIZE - f->log_used >= wanted;
}

static void
flush_member(struct floor *f, struct member *m)
{
	size_t from = (size_t)(m->sent - f->log_start), len = f->log_used - from;
	ssize_t n;

	if (len == 0)
		return;
	n = send(m->fd, f->log + from, len, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		member_close(m);
		return;
	}
	if (n > 0)
		m->sent += (uint64_t)n;
	m->blocked = n < (ssize_t)len;
}

/* One write for each member. A log that all have got starts afresh, in memory that is warm. */
static void
flush_all(struct floor *f)
{
	uint64_t end = log_end(f);
	bool even = true;

	if (f->log_used == 0)
		return;
	for (uint32_t i = 0; i < f->count; i++) {
		struct member *m = &f->members[i];
		if (m->fd != -1 && !m->blocked)
			flush_member(f, m);
		if (m->fd != -1 && m->sent != end)
			even = false;
	}
	if (even) {
		f->log_start = end;
		f->log_used = 0;
	}
}

/* ---- --pair ---------------------------------------------------------------------------------- */

static void
flush_pending(struct member *m)
{
	ssize_t n;

	if (m->pending.len == 0)
		return;
	n = send(m->fd, m->pending.data, m->pending.len, MSG_NOSIGNAL);
	if (n > 0)
		buf_drop(&m->pending, (size_t)n);
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		member_close(m);
}

static void
give_neighbour(struct floor *f, uint32_t number, struct str lines)
{
	struct member *m;
	ssize_t n = 0;

	if ((number ^ 1) >= f->count)
		return;
	m = &f->members[number ^ 1];
	if (m->fd == -1 || lines.len == 0)
		return;
	if (m->pending.len == 0)
		n = send(m->fd, lines.p, lines.len, MSG_NOSIGNAL);
	buf_add_str(&m->pending, str_from_byte(lines, n > 0 ? (size_t)n : 0));
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Whole lines at the log's end are said; the rest of the bytes wait for the end of their line. */
static void
take_lines(struct floor *f, uint32_t number, size_t len)
{
	struct member *m = &f->members[number];
	char *bytes = f->log + f->log_used;
	const char *end = memrchr(bytes, '\n', len);
	size_t whole = end ? (size_t)(end - bytes) + 1 : 0;

	buf_clear(&m->partial);
	buf_add(&m->partial, bytes + whole, len - whole);
	if (f->pair)
		give_neighbour(f, number, (struct str){ bytes, whole });
	else
		f->log_used += whole;
}

static void
read_member(struct floor *f, uint32_t number)
{
	struct member *m = &f->members[number];
	ssize_t n = READ_SIZE;

	while (n == READ_SIZE) {
		if (!log_has_room(f)) {
			f->held += !m->held;
			m->held = true;
			return;
		}
		if (m->partial.len > 0)
			memcpy(f->log + f->log_used, m->partial.data, m->partial.len);
		n = recv(m->fd, f->log + f->log_used + m->partial.len, READ_SIZE, 0);
		if (n > 0)
			take_lines(f, number, m->partial.len + (size_t)n);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			member_close(m);
	}
}

static void
read_held(struct floor *f)
{
	f->held = 0;
	for (uint32_t i = 0; i < f->count; i++) {
		if (!f->members[i].held)
			continue;
		f->members[i].held = false;
		if (f->members[i].fd != -1)
			read_member(f, i);
	}
}

static void
on_event(struct floor *f, const struct epoll_event *event)
{
	struct member *m;

	if (event->data.u32 == LISTENER) {
		accept_all(f);
		return;
	}
	assert(event->data.u32 < f->count);
	m = &f->members[event->data.u32];
	if (m->fd != -1 && (event->events & EPOLLOUT)) {
		m->blocked = false;
		flush_pending(m);
	}
	if (m->fd != -1 && (event->events & ~(uint32_t)EPOLLOUT))
		read_member(f, event->data.u32);
}

static int
run(struct floor *f, struct err *e)
{
	static struct epoll_event events[EVENTS_MOST];

	for (;;) {
		int n = epoll_wait(f->epoll, events, EVENTS_MOST, f->held ? 1 : -1);
		if (n == -1 && errno != EINTR)
			return err_errno(e, "waiting for events");
		for (int i = 0; i < n; i++)
			on_event(f, &events[i]);
		if (f->held)
			read_held(f);
		flush_all(f);
	}
}

/* ---- start ----------------------------------------------------------------------------------- */

static int
listen_tcp(int64_t port, struct err *e)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int on = 1; /* accepted sockets inherit TCP_NODELAY */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		return err_errno(e, "port %d of 127.0.0.1", (int)port);
	return fd;
}

static int
listen_unix(const char *path, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	str_copy(address.sun_path, sizeof(address.sun_path), str_from(path));
	if (fd == -1 || bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		return err_errno(e, "%s", path);
	return fd;
}

static int
start(struct floor *f, struct err *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = LISTENER };

	f->log = malloc(LOG_SIZE);
	if (f->log == NULL)
		return err_errno(e, "%d bytes of memory", LOG_SIZE);
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (f->epoll == -1 || listen(f->listener, BACKLOG) == -1 ||
	    epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->listener, &event) == -1)
		return err_errno(e, "listening");
	return run(f, e);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pair", no_argument, NULL, 'P' },
		{ "port", required_argument, NULL, 'p' },
		{ "unix", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	struct floor f = { .listener = -1 };
	const char *path = NULL;
	int64_t port = -1;
	struct err e;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'P')
			f.pair = true;
		else if (option == 'u')
			path = optarg;
		else if (option != 'p' || !str_to_int64(str_from(optarg), &port))
			port = -1;
	}
	if (optind < argc || (path == NULL && (port < 1 || port > 65535))) {
		fputs("usage: floor [--pair] --port PORT | --unix PATH\n", stderr);
		return EXIT_USAGE;
	}
	f.listener = path ? listen_unix(path, &e) : listen_tcp(port, &e);
	if (f.listener == -1 || start(&f, &e) == -1)
		fprintf(stderr, "floor: %s\n", e.text);
	free(f.log);
	free(f.members);
	return EXIT_NETWORK;
}
