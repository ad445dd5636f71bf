/* Accepting, and not being able to. */
#include "net/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/listen.h"

enum { DRAIN_MOST = 16 /* reads of what a newcomer has sent already */ };

/* What accept4 can fail with that concerns nobody but the newcomer; see accept(2), "Error
 * handling". */
static const int passing_errors[] = { EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT,
	EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH };

static bool
is_passing(int code)
{
	for (size_t i = 0; i < sizeof(passing_errors) / sizeof(passing_errors[0]); i++)
		if (passing_errors[i] == code)
			return true;
	return false;
}

static bool
is_out_of_descriptors(int code)
{
	return code == EMFILE || code == ENFILE;
}

static void
reserve_open(struct accepting *p)
{
	if (p->reserve == -1)
		p->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
reserve_close(struct accepting *p)
{
	if (p->reserve != -1)
		close(p->reserve);
	p->reserve = -1;
}

/* What it sent is read first: closing over unread bytes would reset the connection. */
void
accept_turn_away(int fd, struct str lines)
{
	char drain[1024];

	if (lines.len > 0)
		(void)send(fd, lines.p, lines.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < DRAIN_MOST && recv(fd, drain, sizeof(drain), MSG_DONTWAIT) > 0; i++)
		;
	close(fd);
}

enum turned { TURNED_AWAY, TURNED_NOBODY, TURNED_CANNOT };

static enum turned
turn_one_away(struct accepting *p, struct acceptor *a)
{
	int fd, code;

	reserve_close(p);
	fd = accept4(a->source.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	code = errno;
	if (fd != -1)
		accept_turn_away(fd, p->full ? p->full(a) : STR(""));
	reserve_open(p);
	if (fd != -1)
		return TURNED_AWAY;
	return code == EAGAIN ? TURNED_NOBODY : TURNED_CANNOT;
}

/* How many were told; *waiting when there may be more. */
static unsigned
turn_away(struct accepting *p, bool *waiting)
{
	enum turned result;
	unsigned told = 0;

	for (struct acceptor *a = p->first; a != NULL; a = a->next) {
		result = TURNED_AWAY;
		for (int i = 0; i < LISTEN_TELL_A_TURN && result == TURNED_AWAY; i++) {
			result = turn_one_away(p, a);
			told += result == TURNED_AWAY;
		}
		*waiting = *waiting || result != TURNED_NOBODY;
	}
	return told;
}

static void
pause_all(struct accepting *p)
{
	for (struct acceptor *a = p->first; a != NULL; a = a->next)
		loop_change(p->loop, &a->source, 0);
	loop_timer_set(p->loop, &p->again, clock_monotonic() + LISTEN_PAUSE);
	p->paused = true;
}

void
accepting_hold(struct accepting *p)
{
	if (p->loop == NULL)
		return;
	pause_all(p);
	loop_timer_cancel(p->loop, &p->again);
}

static void
cannot_accept(struct accepting *p, int code)
{
	bool descriptors = is_out_of_descriptors(code), waiting = !descriptors;
	unsigned told = descriptors ? turn_away(p, &waiting) : 0;

	/* accept4 says so before it looks for newcomers: with the last descriptor just taken,
	 * say. */
	if (told == 0 && !waiting)
		return;
	if (!p->said)
		log_warning("accept-paused", LOG_TEXT("reason", strerror(code)),
		    LOG_INT("turned-away", told));
	p->said = true;
	pause_all(p);
}

/* False when there is nobody else, or accepting stopped. */
static bool
take_one(struct acceptor *a)
{
	struct accepting *p = a->of;
	struct addr peer = { .len = sizeof(peer.sa) };
	int fd = accept4(
	    a->source.fd, (struct sockaddr *)&peer.sa, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1) {
		if (errno == EAGAIN)
			return false;
		if (is_passing(errno))
			return true;
		cannot_accept(p, errno);
		return false;
	}
	if (peer.len > sizeof(peer.sa))
		peer.len = sizeof(peer.sa);
	addr_unmap(&peer);
	p->said = false;
	p->accepted(a, fd, &peer);
	return p->loop != NULL && !p->paused;
}

static void
ready(struct source *s, unsigned events)
{
	struct acceptor *a = (struct acceptor *)s;

	(void)events;
	if (a->of->paused)
		return;
	for (int i = 0; i < LISTEN_A_TURN && take_one(a); i++)
		;
}

static const struct source_kind acceptor_source = { .ready = ready };

static void
pause_over(struct timer *t)
{
	accepting_resume((struct accepting *)((char *)t - offsetof(struct accepting, again)));
}

int
accepting_begin(struct accepting *p, struct loop *l, struct err *e)
{
	p->again.fire = pause_over;
	p->reserve = -1;
	reserve_open(p);
	if (p->reserve == -1)
		return err_errno(e, "opening /dev/null, a descriptor held in reserve");
	p->loop = l;
	return 0;
}

int
accepting_add(struct accepting *p, struct acceptor *a, struct err *e)
{
	a->of = p;
	a->source.kind = &acceptor_source;
	if (loop_add(p->loop, &a->source, LOOP_READ, e) == -1)
		return -1;
	a->next = p->first;
	p->first = a;
	return 0;
}

void
accepting_resume(struct accepting *p)
{
	if (!p->paused)
		return;
	p->paused = false;
	reserve_open(p);
	loop_timer_cancel(p->loop, &p->again);
	for (struct acceptor *a = p->first; a != NULL; a = a->next)
		loop_change(p->loop, &a->source, LOOP_READ);
}

void
accepting_end(struct accepting *p)
{
	if (p->loop == NULL)
		return;
	for (struct acceptor *a = p->first; a != NULL; a = a->next)
		loop_remove(p->loop, &a->source);
	loop_timer_cancel(p->loop, &p->again);
	reserve_close(p);
	p->first = NULL;
	p->loop = NULL;
	p->paused = false;
}
