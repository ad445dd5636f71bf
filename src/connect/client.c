/* The session's connection: made, kept alive, made again. */
#include "connect/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/table.h"
#include "connect/backoff.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/frame.h"

enum {
	LINE_MOST = IRC_TAGS_MOST +
		    8192, /* bytes of a line from the server; a longer one is dropped */
	A_TURN = 64 * 1024,
};

enum state {
	STATE_IDLE,
	STATE_DIALING,
	STATE_UP,
	STATE_WAITING, /* for the moment of the next attempt */
	STATE_LEAVING, /* QUIT was said */
	STATE_OVER,
};

struct client {
	struct loop *loop;
	struct session *session;
	const struct client_handler *handler;
	void *owner;
	struct target target;
	char *source, *interface; /* owned */
	int64_t timeout;
	bool reconnect;
	unsigned attempts;
	enum state state;
	bool by_host; /* the target's path did not answer: its host is tried */
	bool paused;
	bool orderly; /* the server ended the connection, nothing was cut off */
	bool pinged;
	int64_t heard; /* when the server was heard last */
	struct backoff backoff;
	struct dial *dial;
	struct conns *conns;
	struct conn *conn;
	struct frame frame;
	struct timer retry; /* session_deadline */
	struct timer timer; /* greeting, keep-alive, next attempt, goodbye: by the state */
	char where[ADDR_TEXT + TARGET_HOST_MOST];
	char why[SESSION_WHY_MOST + ADDR_TEXT + TARGET_HOST_MOST + 128];
};

static void dial(struct client *c);
static void flush(void *arg);

/* ---- the end of a connection ----------------------------------------------------------------- */

static void
over(struct client *c, enum exit_code code, const char *why)
{
	c->state = STATE_OVER;
	loop_timer_cancel(c->loop, &c->timer);
	loop_timer_cancel(c->loop, &c->retry);
	c->handler->over(c->owner, code, why);
}

static void
try_later(struct client *c, const char *why)
{
	uint32_t chance = 0;
	int64_t delay;

	if (c->attempts > 0 && c->backoff.attempts >= c->attempts) {
		snprintf(c->why, sizeof(c->why), "%s; given up after %u attempts to connect again",
		    why, c->attempts);
		over(c, EXIT_NETWORK, c->why);
		return;
	}
	if (!random_bytes(&chance, sizeof(chance)))
		chance = (uint32_t)clock_wall();
	delay = backoff_next(&c->backoff, chance);
	c->state = STATE_WAITING;
	loop_timer_set(c->loop, &c->timer, clock_monotonic() + delay);
	c->handler->lost(c->owner, why, delay);
}

/* No connection, or not any more. */
static void
lost(struct client *c, const char *why, enum exit_code code)
{
	if (c->session->was_ready && c->reconnect)
		try_later(c, why);
	else
		over(c, code, why);
}

/* Whether the server said no, rather than being out of reach. */
static void
closed_by_server(struct client *c, enum session_stage stage, const char *reason)
{
	const struct session *s = c->session;
	bool refused = stage == SESSION_REFUSED && !(s->nick_busy && s->was_ready);

	if (stage == SESSION_REFUSED)
		snprintf(c->why, sizeof(c->why), "%s", s->why);
	else if (s->why[0] != '\0')
		snprintf(c->why, sizeof(c->why), "%s: the server ended the connection: %s",
		    c->where, s->why);
	else
		snprintf(c->why, sizeof(c->why), "%s: %s", c->where,
		    c->orderly ? "the server ended the connection" : reason);
	if (refused)
		over(c, EXIT_REFUSED, c->why);
	else
		lost(c, c->why,
		    s->why[0] != '\0' && stage != SESSION_READY ? EXIT_REFUSED : EXIT_NETWORK);
}

static void
on_closed(struct conn *conn, const char *reason)
{
	struct client *c = conn->owner;
	enum session_stage stage = c->session->stage;

	c->conn = NULL;
	if (c->state == STATE_OVER)
		return; /* client_free */
	loop_timer_cancel(c->loop, &c->timer);
	session_closed(c->session, c->orderly);
	if (c->state == STATE_LEAVING)
		over(c, EXIT_DONE, "");
	else if (c->state == STATE_UP)
		closed_by_server(c, stage, reason);
}

/* ---- a connection ---------------------------------------------------------------------------- */

static void
set_alarm(struct client *c, int64_t after)
{
	loop_timer_set(c->loop, &c->timer, clock_monotonic() + after);
}

/* It does not want us, or we not it: what is still to be said goes out before the end. */
static void
say_goodbye(struct client *c)
{
	session_quit(c->session, STR("Refused"));
	flush(c);
	set_alarm(c, CLIENT_GOODBYE);
	if (c->conn != NULL)
		conn_finish(c->conn);
}

/* Lines change the stage. */
static void
look_at_stage(struct client *c, enum session_stage before)
{
	if (c->session->stage == SESSION_REFUSED) {
		say_goodbye(c);
		return;
	}
	if (c->session->stage != SESSION_READY || before == SESSION_READY)
		return;
	c->backoff = (struct backoff){ 0 };
	if (c->state == STATE_UP)
		set_alarm(c, CLIENT_IDLE);
	c->handler->ready(c->owner);
}

static bool
is_refused(const struct client *c)
{
	return c->session->stage == SESSION_REFUSED;
}

static size_t
on_bytes(struct conn *conn, struct str in)
{
	struct client *c = conn->owner;
	struct str left = in, line;
	enum frame_result result = FRAME_LINE;

	c->heard = clock_monotonic();
	c->pinged = false;
	while (c->conn != NULL && !c->paused && !is_refused(c) && result != FRAME_MORE) {
		enum session_stage before = c->session->stage;
		result = frame_next(&c->frame, &left, LINE_MOST, &line);
		if (result != FRAME_LINE)
			continue;
		session_line(c->session, line);
		if (c->conn != NULL)
			look_at_stage(c, before);
	}
	return in.len - left.len;
}

static void
on_end_of_input(struct conn *conn)
{
	struct client *c = conn->owner;

	c->orderly = true;
	conn_kill(conn, "the server ended the connection");
}

static const struct conn_handler conn_handler = {
	.bytes = on_bytes,
	.end_of_input = on_end_of_input,
	.closed = on_closed,
};

/* What was said in this turn goes out. */
static void
flush(void *arg)
{
	struct client *c = arg;
	struct session *s = c->session;

	if (c->conn == NULL)
		return;
	if (s->out.truncated) {
		conn_kill(c->conn, "too much to say at one time");
		return;
	}
	if (s->out.len > 0 && conn_write(c->conn, buf_str(&s->out)))
		buf_clear(&s->out);
	if (session_deadline(s) >= 0)
		loop_timer_set(c->loop, &c->retry, session_deadline(s));
	else
		loop_timer_cancel(c->loop, &c->retry);
}

static void
on_dialed(void *arg, int fd, enum dial_result result, const struct addr *peer, const char *why)
{
	struct client *c = arg;
	struct err e;

	c->dial = NULL;
	if (result != DIAL_CONNECTED) {
		if (c->target.path[0] != '\0' && c->target.host[0] != '\0' && !c->by_host) {
			c->by_host = true;
			dial(c);
			return;
		}
		snprintf(c->why, sizeof(c->why), "%s", why);
		lost(c, c->why, EXIT_NETWORK);
		return;
	}
	addr_text(peer, c->where);
	c->orderly = c->pinged = false;
	c->frame = (struct frame){ 0 };
	c->conn = conn_open(c->conns, fd, &conn_handler, c, &e);
	if (c->conn == NULL) {
		snprintf(c->why, sizeof(c->why), "%s", e.text);
		over(c, EXIT_INTERNAL, c->why);
		return;
	}
	c->state = STATE_UP;
	c->heard = clock_monotonic();
	if (c->paused)
		conn_pause(c->conn);
	session_open(c->session);
	set_alarm(c, c->timeout);
}

static const struct dial_handler dial_handler = { on_dialed };

static void
dial(struct client *c)
{
	bool by_path = c->target.path[0] != '\0' && !c->by_host;
	struct dial_target t = {
		.host = str_from(by_path ? "" : c->target.host),
		.port = c->target.port,
		.path = str_from(by_path ? c->target.path : ""),
		.source = str_from(by_path ? "" : c->source),
		.interface = str_from(by_path ? "" : c->interface),
		.timeout = c->timeout,
	};
	struct err e;

	c->state = STATE_DIALING;
	if (by_path)
		snprintf(c->where, sizeof(c->where), "%s", c->target.path);
	else
		snprintf(c->where, sizeof(c->where),
		    strchr(c->target.host, ':') ? "[%s]:%u" : "%s:%u", c->target.host,
		    c->target.port);
	c->dial = dial_start(c->loop, &t, &dial_handler, c, &e);
	if (c->dial != NULL)
		return;
	snprintf(c->why, sizeof(c->why), "%s", e.text);
	lost(c, c->why, EXIT_NETWORK);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void
keep_alive(struct client *c)
{
	int64_t now = clock_monotonic();

	if (c->paused) { /* we do not listen */
		c->heard = now;
		set_alarm(c, CLIENT_IDLE);
		return;
	}
	if (c->session->stage != SESSION_READY) {
		conn_kill(c->conn, "timed out: no greeting of an IRC server came");
		return;
	}
	if (now - c->heard < CLIENT_IDLE) {
		set_alarm(c, CLIENT_IDLE - (now - c->heard));
	} else if (!c->pinged) {
		c->pinged = true;
		session_ping(c->session);
		set_alarm(c, CLIENT_PATIENCE);
	} else {
		conn_kill(c->conn, "timed out: the server does not answer");
	}
}

static void
on_timer(struct timer *t)
{
	struct client *c = (struct client *)((char *)t - offsetof(struct client, timer));

	if (c->state == STATE_WAITING) {
		c->by_host = false;
		dial(c);
	} else if (c->conn != NULL && c->state == STATE_UP) {
		keep_alive(c);
	} else if (c->conn != NULL) {
		conn_kill(c->conn, "left");
	}
}

static void
on_retry(struct timer *t)
{
	struct client *c = (struct client *)((char *)t - offsetof(struct client, retry));

	session_retry(c->session);
}

/* ---- what the owner asks for ----------------------------------------------------------------- */

struct client *
client_new(struct loop *l, const struct client_config *config, struct session *session,
    const struct client_handler *handler, void *owner, struct err *e)
{
	const struct conns_limits limits = { .input = 2 * LINE_MOST, .sendq = 0, .a_turn = A_TURN };
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_errno(e, "starting the client");
		return NULL;
	}
	c->loop = l;
	c->session = session;
	c->handler = handler;
	c->owner = owner;
	c->target = config->target;
	c->timeout = config->timeout;
	c->reconnect = config->reconnect;
	c->attempts = config->attempts;
	c->timer.fire = on_timer;
	c->retry.fire = on_retry;
	c->source = str_dup(config->source);
	c->interface = str_dup(config->interface);
	c->conns = conns_new(l, &limits, e);
	if (c->source != NULL && c->interface != NULL && c->conns != NULL) {
		conns_before_send(c->conns, flush, c);
		return c;
	}
	if (c->conns != NULL)
		err_set(e, "starting the client: out of memory");
	client_free(c);
	return NULL;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	c->state = STATE_OVER;
	if (c->dial != NULL)
		dial_cancel(c->dial);
	loop_timer_cancel(c->loop, &c->timer);
	loop_timer_cancel(c->loop, &c->retry);
	if (c->conns != NULL)
		conns_free(c->conns);
	free(c->source);
	free(c->interface);
	free(c);
}

void
client_start(struct client *c)
{
	dial(c);
}

void
client_pause(struct client *c, bool pause)
{
	if (c->paused == pause)
		return;
	c->paused = pause;
	if (c->conn != NULL && pause)
		conn_pause(c->conn);
	else if (c->conn != NULL)
		conn_resume(c->conn);
}

void
client_leave(struct client *c, struct str reason)
{
	if (c->state == STATE_OVER || c->state == STATE_LEAVING)
		return;
	if (c->dial != NULL) {
		dial_cancel(c->dial);
		c->dial = NULL;
	}
	c->state = STATE_LEAVING;
	if (c->conn == NULL || c->session->stage < SESSION_JOINING) {
		if (c->conn != NULL)
			conn_kill(c->conn, "left");
		else
			over(c, EXIT_DONE, "");
		return;
	}
	session_quit(c->session, reason);
	client_pause(c, false);
	set_alarm(c, CLIENT_GOODBYE);
}

const char *
client_where(const struct client *c)
{
	return c->where;
}
