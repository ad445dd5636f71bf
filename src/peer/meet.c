/* Finding the other side. */
#include "peer/meet.h"

#include <stdlib.h>

#include "base/buf.h"
#include "net/dial.h"
#include "net/listen.h"

enum {
	MEET_TRIES = 3,   /* at a Unix socket that others come to and leave at the same moment */
	MEET_WHERE = 512, /* bytes of where it waits, as text */
	MEET_UNIX_MODE = 0600,
};

struct meet {
	struct loop *loop;
	struct meet_config config;
	const struct meet_handler *handler;
	void *arg;
	struct listeners *listeners; /* waiting, or keeping others waiting */
	struct dial *dial;           /* going */
	int tries;                   /* left, at a Unix socket */
	struct err why;              /* why waiting there failed */
};

struct meet *
meet_new(struct loop *l, const struct meet_config *c, const struct meet_handler *h, void *arg)
{
	struct meet *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->loop = l;
	m->config = *c;
	m->handler = h;
	m->arg = arg;
	m->tries = MEET_TRIES;
	return m;
}

void
meet_free(struct meet *m)
{
	if (m == NULL)
		return;
	if (m->dial != NULL)
		dial_cancel(m->dial);
	listeners_free(m->listeners);
	free(m);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void
accepted(void *arg, int fd, const struct addr *other, const struct listener *by)
{
	struct meet *m = arg;

	(void)by;
	if (m->config.keep)
		listeners_hold(m->listeners);
	else
		listeners_close(m->listeners);
	m->handler->met(m->arg, fd, other, true);
}

static void
say_where(struct meet *m)
{
	struct buf where = BUF_INIT(MEET_WHERE);
	char text[ADDR_TEXT];

	for (size_t i = 0; i < listeners_count(m->listeners); i++) {
		addr_text(listener_addr(listeners_at(m->listeners, i)), text);
		buf_printf(&where, "%s%s", i > 0 ? ", " : "", text);
	}
	m->handler->waiting(m->arg, buf_cstr(&where));
	buf_free(&where);
}

static bool
is_number(struct str s)
{
	int64_t ignored;

	return str_to_int64(s, &ignored) && s.p[0] != '-';
}

/* "5000" is a port; "127.0.0.1:5000" and "lo:5000" are what --bind takes. */
static struct listen_config
listen_config(const struct meet_config *c, uint16_t *port)
{
	struct listen_config l = {
		.unix_mode = MEET_UNIX_MODE, .backlog = c->backlog, .port_option = "--listen"
	};
	int64_t number = 0;

	if (c->path.len > 0) {
		l.paths = &c->path;
		l.path_count = 1;
	} else if (is_number(c->listen) && str_to_int64(c->listen, &number)) {
		*port = (uint16_t)number;
		l.ports = port;
		l.port_count = 1;
		l.binds = &c->bind;
		l.bind_count = c->bind.len > 0;
	} else {
		l.binds = &c->listen;
		l.bind_count = 1;
	}
	return l;
}

static int
wait_there(struct meet *m, struct err *e)
{
	static const struct listen_handler handler = { .accepted = accepted };
	uint16_t port;
	struct listen_config c = listen_config(&m->config, &port);

	m->listeners = listeners_open(&c, e);
	if (m->listeners == NULL)
		return -1;
	if (listeners_start(m->listeners, m->loop, &handler, m, e) == -1) {
		listeners_free(m->listeners);
		m->listeners = NULL;
		return -1;
	}
	say_where(m);
	return 0;
}

bool
meet_again(struct meet *m)
{
	if (!m->config.keep || m->listeners == NULL)
		return false;
	say_where(m);
	listeners_resume(m->listeners);
	return true;
}

/* ---- going ----------------------------------------------------------------------------------- */

static int go_there(struct meet *m, struct err *e);

/*
 * Nobody is at the Unix socket. Somebody may be there by the time that we begin to wait: then to
 * it.
 */
static void
nobody_there(struct meet *m)
{
	struct err why;

	if (m->tries-- > 0) {
		if (wait_there(m, &m->why) == 0 || go_there(m, &why) == 0)
			return;
	}
	m->handler->failed(m->arg, m->why.text);
}

static void
dialed(void *arg, int fd, enum dial_result result, const struct addr *other, const char *why)
{
	struct meet *m = arg;

	m->dial = NULL;
	if (fd != -1)
		m->handler->met(m->arg, fd, other, false);
	else if (result == DIAL_REFUSED && m->config.path.len > 0)
		nobody_there(m);
	else
		m->handler->failed(m->arg, why);
}

static int
go_there(struct meet *m, struct err *e)
{
	static const struct dial_handler handler = { .done = dialed };
	const struct meet_config *c = &m->config;
	struct dial_target target = { .host = c->host,
		.port = c->port,
		.path = c->path,
		.source = c->source,
		.interface = c->interface,
		.timeout = c->timeout };

	m->dial = dial_start(m->loop, &target, &handler, m, e);
	return m->dial != NULL ? 0 : -1;
}

int
meet_begin(struct meet *m, struct err *e)
{
	return m->config.listen.len > 0 ? wait_there(m, e) : go_there(m, e);
}
