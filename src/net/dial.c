/*
 * Dialing: look up, then try the addresses, 250 ms apart, until one answers.
 *
 *     dial_start -> [lookup] -> attempts, staggered -> done()
 */
#include "net/dial.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/lookup.h"
#include "net/tcp.h"

enum { WHAT_MOST = 300 /* "HOST port N" */ };

struct attempt {
	struct source source; /* first: ready() finds the attempt by it; fd -1: not under way */
	struct dial *dial;
	struct addr to;
};

struct dial {
	struct loop *loop;
	struct dial_handler handler;
	void *arg;
	char what[WHAT_MOST]; /* for messages */
	struct addr_list to;
	struct addr_list from;     /* where it must come from; empty: anywhere */
	char device[IF_NAMESIZE];  /* what it must leave by; "": any */
	struct addr_list fallback; /* the device's addresses, when the kernel refuses the device */
	struct attempt attempts[DIAL_MOST];
	size_t begun, under_way;
	struct timer next, deadline;
	int64_t timeout;
	enum dial_result result; /* of the attempt that came furthest, and its errno */
	int code;
	struct lookup *lookup; /* while it runs */
};

/* errno of an attempt, what it amounts to, and what to tell; the last row stands for the rest. */
static const struct outcome {
	int code;
	enum dial_result result;
	const char *advice;
} outcomes[] = {
	{ EACCES, DIAL_FAILED, "permission denied" },
	{ EADDRNOTAVAIL, DIAL_UNREACHABLE, "there is no way there from the source address" },
	{ EAFNOSUPPORT, DIAL_UNREACHABLE, "this machine has no such network protocol" },
	{ ECONNREFUSED, DIAL_REFUSED, "connection refused; is a server running there?" },
	{ EHOSTDOWN, DIAL_UNREACHABLE, "the host is down" },
	{ EHOSTUNREACH, DIAL_UNREACHABLE, "the host cannot be reached from here" },
	{ ENETDOWN, DIAL_UNREACHABLE, "the network is down" },
	{ ENETUNREACH, DIAL_UNREACHABLE, "the network cannot be reached from here" },
	{ ENOENT, DIAL_REFUSED, "there is no such socket; is a server running there?" },
	{ EPERM, DIAL_FAILED, "not permitted; a firewall here forbids it" },
	{ EPROTOTYPE, DIAL_FAILED, "this is a socket of another kind, not a chat server's" },
	{ ETIMEDOUT, DIAL_TIMED_OUT,
	    "no answer; is the address right, and does a firewall drop it?" },
	{ 0, DIAL_FAILED, NULL },
};

static const struct outcome *
outcome_of(int code)
{
	const struct outcome *o = outcomes;

	while (o->code != 0 && o->code != code)
		o++;
	return o;
}

/* Which of several failures is told: the one that came furthest. */
static int
weight(enum dial_result result)
{
	static const int weights[] = { [DIAL_CONNECTED] = 0,
		[DIAL_UNRESOLVED] = 1,
		[DIAL_UNREACHABLE] = 2,
		[DIAL_TIMED_OUT] = 3,
		[DIAL_FAILED] = 4,
		[DIAL_REFUSED] = 5 };

	return weights[result];
}

static void
attempt_close(struct attempt *at)
{
	if (at->source.fd == -1)
		return;
	loop_remove(at->dial->loop, &at->source);
	close(at->source.fd);
	at->source.fd = -1;
	at->dial->under_way--;
}

static void
dial_end(struct dial *d)
{
	for (size_t i = 0; i < d->begun; i++)
		attempt_close(&d->attempts[i]);
	loop_timer_cancel(d->loop, &d->next);
	loop_timer_cancel(d->loop, &d->deadline);
	if (d->lookup != NULL)
		lookup_cancel(d->lookup);
	addr_list_free(&d->to);
	addr_list_free(&d->from);
	addr_list_free(&d->fallback);
	free(d);
}

static void
finish(struct dial *d, int fd, enum dial_result result, const struct addr *peer, const char *why)
{
	struct dial_handler handler = d->handler;
	struct addr nowhere = { .len = 0 }, there = peer ? *peer : nowhere;
	void *arg = d->arg;

	dial_end(d);
	handler.done(arg, fd, result, &there, why);
}

static void
finish_failed(struct dial *d)
{
	const struct outcome *o = outcome_of(d->code);
	struct err e;

	err_set(&e, "%s: %s", d->what, o->advice ? o->advice : strerror(d->code));
	finish(d, -1, d->result, NULL, e.text);
}

static void
note_failure(struct dial *d, int code)
{
	enum dial_result result = outcome_of(code)->result;

	if (weight(result) <= weight(d->result))
		return;
	d->result = result;
	d->code = code;
}

/* With nothing else listening, the kernel may pick our own port and connect the socket to itself.
 * */
static bool
is_self(int fd)
{
	struct addr here = { .len = sizeof(here.sa) }, there = here;

	return getsockname(fd, (struct sockaddr *)&here.sa, &here.len) == 0 &&
	       getpeername(fd, (struct sockaddr *)&there.sa, &there.len) == 0 &&
	       !addr_is_unix(&here) && addr_equal(&here, &there);
}

static void
attempt_won(struct attempt *at)
{
	struct dial *d = at->dial;
	struct addr peer = at->to;
	int fd = at->source.fd;

	loop_remove(d->loop, &at->source);
	at->source.fd = -1;
	d->under_way--;
	finish(d, fd, DIAL_CONNECTED, &peer, "");
}

static void go_on(struct dial *d);

static void
attempt_ready(struct source *s, unsigned events)
{
	struct attempt *at = (struct attempt *)s;
	struct dial *d = at->dial;
	int code = 0;
	socklen_t len = sizeof(code);

	(void)events;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &code, &len) == -1)
		code = errno;
	if (code == 0 && is_self(s->fd))
		code = ECONNREFUSED;
	if (code == 0) {
		attempt_won(at);
		return;
	}
	attempt_close(at);
	note_failure(d, code);
	go_on(d);
}

static const struct source_kind attempt_source = { .ready = attempt_ready };

static bool
is_link_local(const struct addr *a)
{
	return a->sa.ss_family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr);
}

/* Binds to the first address of the list from which `to` can be reached. */
static int
bind_to_one(int fd, const struct addr_list *list, const struct addr *to)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct addr *a = &list->at[i];
		if (a->sa.ss_family == to->sa.ss_family && is_link_local(a) == is_link_local(to))
			return bind(fd, (const struct sockaddr *)&a->sa, a->len);
	}
	errno = EAFNOSUPPORT;
	return -1;
}

/* Binding to a device needs a privilege on older kernels; without it, its addresses have to do. */
static int
leave_by(const struct dial *d, int fd, const struct addr *to)
{
	int device = -1;

	if (addr_is_unix(to))
		return 0;
	if (tcp_nodelay(fd) == -1)
		return -1;
	if (d->device[0] != '\0')
		device = setsockopt(
		    fd, SOL_SOCKET, SO_BINDTODEVICE, d->device, (socklen_t)strlen(d->device));
	if (d->from.count > 0)
		return bind_to_one(fd, &d->from, to);
	if (d->device[0] != '\0' && device == -1)
		return bind_to_one(fd, &d->fallback, to);
	return 0;
}

/* True when it is under way or has won (then the dial is gone); false and errno. */
static bool
attempt_begin(struct attempt *at, struct err *e)
{
	struct dial *d = at->dial;
	int fd = socket(at->to.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), saved;

	if (fd == -1)
		return false;
	at->source = (struct source){ .fd = fd, .kind = &attempt_source };
	if (leave_by(d, fd, &at->to) == -1)
		goto fail;
	if (connect(fd, (const struct sockaddr *)&at->to.sa, at->to.len) == -1 &&
	    errno != EINPROGRESS && errno != EINTR)
		goto fail;
	if (loop_add(d->loop, &at->source, LOOP_WRITE, e) == 0) {
		d->under_way++;
		return true;
	}
	errno = ENOMEM;
fail:
	saved = errno;
	close(fd);
	at->source.fd = -1;
	errno = saved;
	return false;
}

/* A Unix socket says EAGAIN when its backlog is full: the same attempt again, a little later. */
static bool
is_full(const struct attempt *at, int code)
{
	return code == EAGAIN && addr_is_unix(&at->to);
}

/* Begins the next attempt, and sees to the one after it. With none left and none under way it is
 * over. */
static void
go_on(struct dial *d)
{
	struct attempt *at;
	struct err e;

	while (d->begun < d->to.count && d->begun < DIAL_MOST) {
		at = &d->attempts[d->begun++];
		*at = (struct attempt){ .source.fd = -1, .dial = d, .to = d->to.at[d->begun - 1] };
		if (attempt_begin(at, &e)) {
			loop_timer_set(d->loop, &d->next, clock_monotonic() + DIAL_STAGGER);
			return;
		}
		if (is_full(at, errno)) {
			d->begun--;
			loop_timer_set(d->loop, &d->next, clock_monotonic() + DIAL_UNIX_RETRY);
			return;
		}
		note_failure(d, errno);
	}
	if (d->under_way == 0)
		finish_failed(d);
}

static void
next_due(struct timer *t)
{
	go_on((struct dial *)((char *)t - offsetof(struct dial, next)));
}

static void
deadline_due(struct timer *t)
{
	struct dial *d = (struct dial *)((char *)t - offsetof(struct dial, deadline));
	struct err e;

	err_set(&e, "%s: %s within %.1f seconds; %s", d->what,
	    d->to.count == 0 ? "the name server gave no answer" : "no answer",
	    (double)d->timeout / 1000,
	    d->to.count == 0 ? "try a numeric address"
			     : "is the address right, and does a firewall drop it?");
	finish(d, -1, DIAL_TIMED_OUT, NULL, e.text);
}

static void
looked_up(void *arg, struct addr_list *found, const char *why)
{
	struct dial *d = arg;

	d->lookup = NULL;
	if (why != NULL) {
		finish(d, -1, DIAL_UNRESOLVED, NULL, why);
		return;
	}
	d->to = *found;
	*found = (struct addr_list){ NULL, 0 };
	addr_list_interleave(&d->to);
	go_on(d);
}

static int
source_check(const struct addr *a, struct err *e)
{
	char host[ADDR_TEXT];
	int fd, result;

	addr_host(a, host);
	fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_errno(e, "source address %s", host);
	result = bind(fd, (const struct sockaddr *)&a->sa, a->len);
	if (result == -1 && errno == EADDRNOTAVAIL)
		err_set(e,
		    "source address %s: not an address of this machine; `ip address` "
		    "shows those that are",
		    host);
	else if (result == -1)
		err_errno(e, "source address %s", host);
	close(fd);
	return result;
}

static int
source_set(struct dial *d, struct str source, struct err *e)
{
	struct addr one;

	if (source.len == 0)
		return 0;
	if (addr_numeric(source, 0, &one))
		return source_check(&one, e) == -1 ? -1 : addr_list_one(&d->from, &one, e);
	if (addr_is_interface(source))
		return addr_of_interface(source, 0, &d->from, e);
	return err_set(e,
	    "source address \"" STR_FMT "\": neither a numeric address nor an "
	    "interface of this machine",
	    STR_ARG(str_first(source, 80)));
}

/* A label ("wlan0:1") is no device: its address is what can be used. */
static int
interface_set(struct dial *d, struct str name, struct err *e)
{
	struct err no_address;

	if (name.len == 0)
		return 0;
	if (addr_of_interface(name, 0, &d->fallback, &no_address) == -1 && !addr_is_interface(name))
		return err_set(e, "%s", no_address.text);
	if (str_find(name, ':') == name.len) {
		str_copy(d->device, sizeof(d->device), name);
	} else if (d->from.count == 0) {
		d->from = d->fallback;
		d->fallback = (struct addr_list){ NULL, 0 };
	}
	return 0;
}

static int
target_set(struct dial *d, const struct dial_target *t, struct err *e)
{
	struct addr one;

	if (t->path.len > 0) {
		snprintf(d->what, sizeof(d->what), STR_FMT, STR_ARG(t->path));
		return addr_unix(t->path, &one, e) == -1 ? -1 : addr_list_one(&d->to, &one, e);
	}
	snprintf(d->what, sizeof(d->what), STR_FMT " port %u", STR_ARG(t->host), (unsigned)t->port);
	if (t->port == 0)
		return err_set(e, "%s: the port must be a number from 1 to 65535", d->what);
	if (source_set(d, t->source, e) == -1 || interface_set(d, t->interface, e) == -1)
		return -1;
	if (addr_numeric(t->host, t->port, &one))
		return addr_list_one(&d->to, &one, e);
	d->lookup = lookup_start(
	    d->loop, t->host, t->port, &(struct lookup_handler){ looked_up }, d, e);
	return d->lookup != NULL ? 0 : -1;
}

struct dial *
dial_start(struct loop *l, const struct dial_target *t, const struct dial_handler *handler,
    void *arg, struct err *e)
{
	struct dial *d = calloc(1, sizeof(*d));
	int64_t now = clock_monotonic();

	if (d == NULL) {
		err_errno(e, "dialing");
		return NULL;
	}
	d->loop = l;
	d->handler = *handler;
	d->arg = arg;
	d->next.fire = next_due;
	d->deadline.fire = deadline_due;
	d->timeout = t->timeout > 0 ? t->timeout : DIAL_TIMEOUT;
	if (target_set(d, t, e) == -1) {
		dial_end(d);
		return NULL;
	}
	loop_timer_set(l, &d->deadline, now + d->timeout);
	if (d->lookup == NULL)
		loop_timer_set(l, &d->next, now);
	return d;
}

void
dial_cancel(struct dial *d)
{
	dial_end(d);
}
