/* Sessions: what comes in, how fast it is taken, and everything that is due with time. */
#include "session_input.h"

#include <stdio.h>

#include "base/clock.h"
#include "serve/behind.h"
#include "serve/reply.h"
#include "serve/web.h"

enum {
	GREETING_MS = 500,      /* silence after which a newcomer is told what to do */
	SILENCE_MS = 200,       /* silence that ends a line without a newline (plain dialect) */
	OWN_QUEUE = 256 * 1024, /* a session whose answers pile up higher is not read further */
};

void
session_hold(struct session *s)
{
	conn_pause(s->conn);
}

static bool
must_wait(const struct session *s)
{
	return behind_away(s) || s->waiting != NULL || s->questions != NULL || s->throttled ||
	       s->overfull;
}

void
session_release(struct session *s)
{
	if (!must_wait(s) && !s->closing)
		conn_resume(s->conn);
}

/* Tokens come with time up to the burst; a line costs one. False: none is left, the input waits. */
static bool
take_token(struct session *s)
{
	const struct serve_limits *limits = &s->server->limits;
	int64_t now = s->input_at, tokens;

	if (limits->input_rate == 0)
		return true;
	tokens = s->tokens + (now - s->tokens_at) * limits->input_rate;
	if (tokens > limits->input_burst * SESSION_TOKENS_A_LINE)
		tokens = limits->input_burst * SESSION_TOKENS_A_LINE;
	s->tokens_at = now;
	s->tokens = (int32_t)tokens;
	if (tokens < SESSION_TOKENS_A_LINE) {
		s->throttled = true;
		return false;
	}
	s->tokens -= SESSION_TOKENS_A_LINE;
	return true;
}

static void
too_long(struct session *s)
{
	if (s->dialect == DIALECT_IRC)
		reply_numeric(s, ERR_INPUTTOOLONG);
	else if (s->dialect == DIALECT_PLAIN)
		reply_notice(
		    s, "! that line is longer than %d bytes; it was not sent", IRC_INPUT_MOST);
	else
		session_end(s, STR("The first line is too long for a name"));
}

/* May the next line be taken? When not, why is remembered, and the input waits. */
static bool
may_go_on(struct session *s)
{
	if (s->closing || s->conn->state != CONN_OPEN)
		return false;
	if (conn_queued(s->conn) > OWN_QUEUE) {
		s->overfull = true;
		conn_want_drained(s->conn);
	}
	if (must_wait(s) || !take_token(s)) {
		session_hold(s);
		session_schedule(s);
		return false;
	}
	return true;
}

/* The timer rings then at the latest. */
static void
wake_at(struct session *s, int64_t due)
{
	if (s->timer.slot == 0 || due < s->timer.due)
		loop_timer_set(s->server->loop, &s->timer, due);
}

size_t
session_bytes(struct conn *c, struct str in)
{
	struct session *s = c->owner;
	size_t given = in.len;
	struct str line;

	s->input_at = clock_monotonic();
	if (s->dialect == DIALECT_HTTP)
		return web_bytes(s, in);
	if (s->ping_sent) { /* the timer is set for the end of its time, not for the next PING */
		s->ping_sent = false;
		wake_at(s, s->input_at + s->server->limits.ping_interval);
	}
	for (;;) {
		enum frame_result r;
		struct str before = in;
		struct frame frame = s->frame;
		r = frame_next(&s->frame, &in, IRC_INPUT_MOST, &line);
		if (r == FRAME_MORE)
			break;
		if (!may_go_on(s)) {
			in = before; /* it is taken again when the session goes on */
			s->frame = frame;
			break;
		}
		if (r == FRAME_LINE || !s->frame.overlong)
			s->newline_seen = true;
		if (r == FRAME_OVERLONG)
			too_long(s);
		else
			dialect_line(s, line);
		if (s->closing)
			return given;
	}
	/* What is left over is not yet the connection's to ask for, as silence_matters() would. */
	if ((in.len > 0 || s->frame.overlong) && s->dialect != DIALECT_IRC && !s->newline_seen)
		wake_at(s, s->input_at + SILENCE_MS);
	return given - in.len;
}

void
session_end_of_input(struct conn *c)
{
	struct session *s = c->owner;
	struct str rest = conn_unused(c);

	if (s->dialect == DIALECT_HTTP) {
		web_goodbye(s, STR("The request ended before it was whole"));
		session_end(s, STR("Connection closed"));
		return;
	}
	/* a part of a message is none */
	if (rest.len > 0 && s->dialect != DIALECT_IRC && s->form->wrap == 0)
		dialect_silence(s, rest);
	session_end(s, STR("Connection closed"));
}

void
session_drained(struct conn *c)
{
	struct session *s = c->owner;

	s->overfull = false;
	behind_drained(s);
	session_release(s);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Bytes without a newline wait to be taken for a line, or were too many for one. */
static bool
silence_matters(const struct session *s)
{
	struct str rest = conn_unused(s->conn);

	if (s->dialect == DIALECT_IRC || s->newline_seen || s->conn->paused)
		return false;
	if (rest.len == 0)
		return s->frame.overlong;
	return s->dialect == DIALECT_PLAIN || !dialect_may_be_irc(rest);
}

/* When a throttled session has a token again. */
static int64_t
refill_due(const struct session *s)
{
	int64_t rate = s->server->limits.input_rate;

	return rate == 0 ? 0 : s->tokens_at + (SESSION_TOKENS_A_LINE - s->tokens + rate - 1) / rate;
}

/* When the next thing is due. */
static int64_t
next_due(const struct session *s)
{
	const struct serve_limits *limits = &s->server->limits;
	int64_t due = INT64_MAX, at;

#define EARLIEST(when) (at = (when), due = at < due ? at : due)
	if (s->reg != NULL && s->waiting == NULL)
		EARLIEST(s->reg->opened_at + limits->registration_timeout);
	if (s->reg == NULL && s->ping_sent)
		EARLIEST(s->input_at + limits->ping_interval + limits->ping_timeout);
	else if (s->reg == NULL && s->dialect == DIALECT_IRC)
		EARLIEST(s->input_at + limits->ping_interval);
	if (s->reg != NULL && s->reg->nick == NULL && !s->greeted && !s->reg->awaits_proxy &&
	    s->dialect == DIALECT_UNDECIDED)
		EARLIEST(s->reg->opened_at + GREETING_MS);
	if (silence_matters(s))
		EARLIEST(s->input_at + SILENCE_MS);
	if (s->throttled)
		EARLIEST(refill_due(s));
	EARLIEST(behind_due(s));
#undef EARLIEST
	return due;
}

void
session_schedule(struct session *s)
{
	int64_t due;

	if (s->closing)
		return;
	due = next_due(s);
	if (due != INT64_MAX)
		wake_at(s, due);
}

static void
greet(struct session *s)
{
	s->greeted = true;
	reply_line(s,
	    "NOTICE * :Welcome to %s. This is a chat: type a name and press Enter, or connect with "
	    "an IRC client.",
	    s->server->name);
}

static void
check_silence(struct session *s, int64_t now)
{
	struct str rest = conn_unused(s->conn);

	if (!silence_matters(s) || now < s->input_at + SILENCE_MS)
		return;
	if ((rest.len == 0 || dialect_silence(s, rest)) && !s->closing) {
		conn_forget_unused(s->conn);
		s->frame = (struct frame){ 0 };
	}
}

static void
check_idle(struct session *s, int64_t now)
{
	const struct serve_limits *limits = &s->server->limits;
	int64_t idle = now - s->input_at;
	char reason[64];
	int n;

	if (s->dialect != DIALECT_IRC || idle < limits->ping_interval)
		return;
	if (s->waiting != NULL || behind_took(s)) { /* what it says itself waits for us */
		s->input_at = now;
		s->ping_sent = false;
		return;
	}
	if (!s->ping_sent) {
		struct reply r;
		s->ping_sent = true;
		/* However late this is (a reload, a halt), the time to answer begins now. */
		s->input_at = now - limits->ping_interval;
		reply_begin(&r, s);
		r.line.at = r.body;
		LINE_LIT(&r.line, "PING :");
		line_str(&r.line, s->server->names.server);
		reply_end(&r);
	} else if (idle >= limits->ping_interval + limits->ping_timeout) {
		n = snprintf(
		    reason, sizeof(reason), "Ping timeout: %lld seconds", (long long)idle / 1000);
		s->lost = true;
		session_end(s, (struct str){ reason, (size_t)n });
	}
}

void
session_timer(struct timer *t)
{
	struct session *s = (struct session *)((char *)t - offsetof(struct session, timer));
	int64_t now = clock_monotonic();

	if (s->closing) {
		conn_kill(s->conn, "the goodbye could not be sent in time");
		return;
	}
	if (s->throttled && now >= refill_due(s)) {
		s->throttled = false;
		session_release(s);
	}
	/* who waits for us is not late */
	if (s->reg != NULL && s->waiting == NULL &&
	    now >= s->reg->opened_at + s->server->limits.registration_timeout) {
		if (s->dialect == DIALECT_HTTP)
			web_refuse(s, HTTP_TIMEOUT, "The request did not come in time.");
		else
			session_end(s, STR("Registration timed out"));
		return;
	}
	if (s->reg != NULL && s->dialect == DIALECT_UNDECIDED && !s->greeted &&
	    !s->reg->awaits_proxy && now >= s->reg->opened_at + GREETING_MS &&
	    conn_unused(s->conn).len == 0)
		greet(s);
	s->greeted = s->greeted || s->reg == NULL ||
		     (!s->reg->awaits_proxy && now >= s->reg->opened_at + GREETING_MS);
	check_silence(s, now);
	if (!s->closing && s->user != NULL)
		check_idle(s, now);
	if (!s->closing)
		behind_retry(s, now);
	session_schedule(s);
}
