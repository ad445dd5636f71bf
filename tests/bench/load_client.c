/* The clients' connections: connecting, reading, writing, and a turn of the loop. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum {
	EVENTS_MOST = 1024,
	ADDRESSES_MOST = 200, /* source addresses tried, from 127.0.0.1 on */
	/* The kernel keeps so much for one who stalls: else it takes all that is said for minutes,
	 * and the server never learns of it. */
	STALLED_BYTES = 64 * 1024,
};

static const int64_t SECOND = 1000000000, STEP = 20000000; /* ns */

int64_t
load_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

bool
load_late(const struct load *l)
{
	return load_now() > l->deadline;
}

/* ---- one client ------------------------------------------------------------------------------ */

void
client_gone(struct load *l, struct client *c, const char *why)
{
	if (c->state == CLIENT_GONE)
		return;
	if (l->gone++ < NOTES_MOST)
		fprintf(stderr, "load: client %u ended: %s\n", c->number, why);
	if (c->state == CLIENT_READY)
		l->ready--;
	c->state = CLIENT_GONE;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	buf_free(&c->partial);
	buf_free(&c->out);
}

void
client_ready(struct load *l, struct client *c)
{
	c->state = CLIENT_READY;
	l->ready++;
	if (l->options.mode == MODE_CONNECT)
		histogram_add(&l->latency, (uint64_t)(load_now() - c->began));
}

static void
watch(struct load *l, struct client *c, int operation, bool writable)
{
	struct epoll_event event = { .data.u32 = c->number };

	if (!c->stalled)
		event.events |= EPOLLIN;
	if (writable)
		event.events |= EPOLLOUT;
	c->waits_writable = writable;
	if (epoll_ctl(l->epoll, operation, c->fd, &event) == -1)
		client_gone(l, c, strerror(errno));
}

void
client_stall(struct load *l, struct client *c, bool stalled)
{
	int few = STALLED_BYTES;

	if (c->state == CLIENT_GONE || c->stalled == stalled)
		return;
	if (stalled && setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few)) == -1) {
		client_gone(l, c, strerror(errno));
		return;
	}
	c->stalled = stalled;
	watch(l, c, EPOLL_CTL_MOD, c->waits_writable);
}

void
client_flush(struct load *l, struct client *c)
{
	ssize_t n;
	bool left;

	if (c->state == CLIENT_GONE || c->out.len == 0)
		return;
	n = send(c->fd, c->out.data + c->out_from, c->out.len - c->out_from, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		client_gone(l, c, strerror(errno));
		return;
	}
	if (n > 0)
		c->out_from += (size_t)n;
	left = c->out_from < c->out.len;
	if (!left) {
		buf_clear(&c->out);
		c->out_from = 0;
	}
	if (left != c->waits_writable)
		watch(l, c, EPOLL_CTL_MOD, left);
}

void
client_printf(struct load *l, struct client *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || !buf_add(&c->out, text, (size_t)n))
		client_gone(l, c, "its out-buffer is full");
	else if (!c->waits_writable)
		client_flush(l, c);
}

void
client_speak(struct load *l, struct client *c, int64_t time)
{
	const size_t bytes = (size_t)l->options.bytes,
		     ends = l->options.dialect == DIALECT_RAW ? 1 : 2;
	const size_t len = c->address_len;
	char *at = buf_room(&c->out, len + bytes + ends);

	if (at == NULL) {
		client_gone(l, c, "its out-buffer is full");
		return;
	}
	memcpy(at, c->address, len);
	text_write(at + len, bytes, (struct text){ c->number, c->next++, (uint64_t)time });
	memcpy(at + len + bytes, ends == 1 ? "\n" : "\r\n", ends);
	c->out.len += len + bytes + ends;
	l->tally.sent++;
}

void
client_due(struct load *l, struct client *c)
{
	if (c->due)
		return;
	c->due = true;
	l->due[l->due_count++] = c->number;
}

/* ---- connecting ------------------------------------------------------------------------------ */

static int
connect_unix(const struct load *l, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	str_copy(address.sun_path, sizeof(address.sun_path), str_from(l->options.unix_path));
	return connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* From 127.0.0.1, or, when that one has no ports left, the addresses after it. */
static int
connect_tcp(const struct load *l, const struct client *c, int fd)
{
	const uint32_t source = c->number / (uint32_t)l->options.per_address + l->address;
	const struct linger reset = { 1, 0 }; /* leaves no TIME_WAIT to the next run */
	const int on = 1;
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == -1)
		return -1;
	if (source > 0) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
		if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == -1 ||
		    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
			return -1;
	}
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)l->options.port);
	return connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* False when the client is to be tried again later. */
static bool
begin(struct load *l, struct client *c)
{
	bool local = l->options.port == 0;
	int result;

	c->fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	c->began = load_now();
	if (c->fd == -1) {
		client_gone(l, c, strerror(errno));
		return true;
	}
	result = local ? connect_unix(l, c->fd) : connect_tcp(l, c, c->fd);
	if (result == -1 && errno != EINPROGRESS) {
		bool again = local ? errno == EAGAIN
				   : errno == EADDRNOTAVAIL && l->address++ < ADDRESSES_MOST;
		if (!again) {
			client_gone(l, c, strerror(errno));
			return true;
		}
		close(c->fd);
		c->fd = -1;
		return false;
	}
	c->state = CLIENT_CONNECTING;
	watch(l, c, EPOLL_CTL_ADD, true);
	return true;
}

static void
connected(struct load *l, struct client *c)
{
	int failure = 0;
	socklen_t size = sizeof(failure);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &size) == -1)
		failure = errno;
	if (failure != 0) {
		client_gone(l, c, strerror(failure));
		return;
	}
	c->state = CLIENT_REGISTERING;
	watch(l, c, EPOLL_CTL_MOD, false);
	line_hello(l, c);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Hands on the whole lines and returns how many bytes they took. */
static size_t
take_lines(struct load *l, struct client *c, const char *bytes, size_t len, int64_t now)
{
	const char *p = bytes, *end = bytes + len, *newline;

	while (c->state != CLIENT_GONE && (newline = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		size_t size = (size_t)(newline - p);
		if (size > 0 && newline[-1] == '\r')
			size--;
		line_in(l, c, (struct str){ p, size }, now);
		p = newline + 1;
	}
	return (size_t)(p - bytes);
}

static void
read_client(struct load *l, struct client *c)
{
	size_t len = c->partial.len, taken;
	ssize_t n;

	if (len > 0)
		memcpy(l->input, c->partial.data, len);
	n = recv(c->fd, l->input + len, INPUT_SIZE, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_gone(l, c, n == 0 ? "closed by the server" : strerror(errno));
		return;
	}
	l->bytes_in += (uint64_t)n;
	len += (size_t)n;
	taken = take_lines(l, c, l->input, len, load_now());
	if (c->state == CLIENT_GONE)
		return;
	buf_clear(&c->partial);
	if (!buf_add(&c->partial, l->input + taken, len - taken))
		client_gone(l, c, "the server's line has no end");
}

/* ---- a turn ---------------------------------------------------------------------------------- */

static void
fill_windows(struct load *l)
{
	for (size_t i = 0; i < l->due_count; i++) {
		struct client *c = &l->clients[l->due[i]];
		int64_t now = load_now();
		c->due = false;
		if (!l->sending || c->state != CLIENT_READY)
			continue;
		for (; c->unanswered < (uint32_t)l->options.window; c->unanswered++)
			client_speak(l, c, now);
		if (!c->waits_writable)
			client_flush(l, c);
	}
	l->due_count = 0;
}

static void
on_event(struct load *l, struct client *c, uint32_t events)
{
	if (c->state == CLIENT_GONE)
		return;
	if (c->state == CLIENT_CONNECTING) {
		connected(l, c);
		return;
	}
	if (c->stalled && (events & (EPOLLHUP | EPOLLERR))) {
		client_gone(l, c, "ended by the server while it did not read");
		return;
	}
	if (events & EPOLLOUT)
		client_flush(l, c);
	if (c->state != CLIENT_GONE && !c->stalled && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_client(l, c);
}

void
load_step(struct load *l, int64_t wait_ns)
{
	static struct epoll_event events[EVENTS_MOST];
	struct timespec wait = { wait_ns / SECOND, wait_ns % SECOND };
	int n = epoll_pwait2(l->epoll, events, EVENTS_MOST, &wait, NULL);

	for (int i = 0; i < n; i++)
		on_event(l, &l->clients[events[i].data.u32], events[i].events);
	fill_windows(l);
}

static void
begin_more(struct load *l)
{
	size_t members = (size_t)l->options.members, most = (size_t)l->options.in_flight;

	while (l->started < members && l->started < l->ready + l->gone + most) {
		if (!begin(l, &l->clients[l->started]))
			return;
		l->started++;
	}
}

/* Raw servers do not answer: all are in when all have heard what the last one said. */
static void
await_greeting(struct load *l)
{
	line_greet(l);
	while (l->greeted < line_greeted_wanted(l) && !load_late(l))
		load_step(l, STEP);
}

bool
load_open(struct load *l)
{
	const size_t members = (size_t)l->options.members;
	int64_t progress = load_now();
	size_t settled = 0;

	while (l->ready + l->gone < members) {
		begin_more(l);
		load_step(l, STEP);
		if (l->ready + l->gone != settled) {
			settled = l->ready + l->gone;
			progress = load_now();
		}
		if (load_late(l) || load_now() - progress > 60 * SECOND)
			return false;
	}
	if (l->options.dialect == DIALECT_RAW && l->options.mode != MODE_CONNECT && l->gone == 0)
		await_greeting(l);
	return l->gone == 0 && !load_late(l);
}

void
load_settle(struct load *l)
{
	int64_t quiet = load_now();
	uint64_t bytes = l->bytes_in;

	while (load_now() - quiet < 300 * (SECOND / 1000) && !load_late(l)) {
		load_step(l, STEP);
		if (l->bytes_in != bytes)
			quiet = load_now();
		bytes = l->bytes_in;
	}
}

/* ---- all of them ----------------------------------------------------------------------------- */

bool
load_start(struct load *l, struct err *e)
{
	const size_t members = (size_t)l->options.members, senders = line_senders(l);

	l->prefix_len = strlen(l->options.prefix);
	l->deadline = load_now() + (int64_t)(l->options.timeout * (double)SECOND);
	l->clients = calloc(members, sizeof(*l->clients));
	l->due = calloc(members, sizeof(*l->due));
	l->input = malloc(INPUT_SIZE + PARTIAL_MOST);
	l->tracks = calloc(members * senders + 1, sizeof(*l->tracks));
	l->heard = calloc(senders * HEARD_SLOTS + 1, sizeof(*l->heard));
	if (!l->clients || !l->due || !l->input || !l->tracks || !l->heard) {
		err_errno(e, "memory for %zu clients", members);
		return false;
	}
	for (size_t i = 0; i < members; i++) {
		l->clients[i] = (struct client){
			.fd = -1,
			.number = (uint32_t)i,
			.partial = BUF_INIT(PARTIAL_MOST),
			.out = BUF_INIT(OUT_MOST),
		};
		line_address(l, &l->clients[i]);
	}
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll == -1)
		err_errno(e, "epoll_create1");
	return l->epoll != -1;
}

void
load_end(struct load *l)
{
	for (size_t i = 0; l->clients != NULL && i < (size_t)l->options.members; i++) {
		buf_free(&l->clients[i].partial);
		buf_free(&l->clients[i].out);
	}
	free(l->clients);
	free(l->due);
	free(l->input);
	free(l->tracks);
	free(l->heard);
}
