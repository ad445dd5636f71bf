/* `sockchat connect` as a filter. */
#include "connect/pipe.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "connect/inflow.h"
#include "connect/json.h"
#include "connect/keeper.h"
#include "connect/outflow.h"
#include "connect/print.h"
#include "connect/split.h"
#include "net/signals.h"

enum { SHOWN_MOST = 400 }; /* bytes of a line quoted on standard error */

struct pipe {
	struct loop *loop;
	const struct plan *plan;
	struct session session;
	struct client *client;
	struct inflow in;
	struct outflow out;
	size_t channels;    /* to be in */
	bool talks;         /* there is somebody to say lines to */
	bool said, replied; /* --once */
	struct timer reply; /* likewise: how long it may take */
	struct timer store; /* how long the server may be unable to store */
	bool stalled;       /* it is */
	struct keeper *keeper;
	bool leaving;
	bool over;           /* the connection is, for good; what waits in `out` may still go */
	enum exit_code code; /* the worst so far */
};

static void tell(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void
tell(const char *fmt, ...)
{
	struct buf safe = BUF_INIT(16 * 1024);
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	utf8_show(&safe, str_from(text));
	fprintf(stderr, "sockchat connect: %s\n", buf_cstr(&safe));
	buf_free(&safe);
}

static void
leave(struct pipe *p, enum exit_code code)
{
	if (p->code == EXIT_DONE)
		p->code = code;
	if (p->leaving)
		return;
	p->leaving = true;
	inflow_want(&p->in, false);
	client_leave(p->client, STR(""));
}

/* ---- lines in -------------------------------------------------------------------------------- */

static bool
is_blank(struct str text)
{
	return str_trim(text).len == 0;
}

/* True: it was taken, or there is nothing in it to say. */
static bool
say(struct pipe *p, struct str line)
{
	struct session *s = &p->session;
	struct buf clean = BUF_INIT(4 * INFLOW_LINE_MOST);
	size_t bad = split_clean(&clean, line);
	bool taken = is_blank(buf_str(&clean)) ||
		     session_say(
			 s, OUTGOING_MESSAGE, str_from(s->current), buf_str(&clean), p->in.number);

	if (bad > 0 && taken)
		tell("line %llu is not UTF-8: %zu bytes of it are sent as U+FFFD",
		    (unsigned long long)p->in.number, bad);
	p->said = p->said || (taken && !is_blank(buf_str(&clean)));
	buf_free(&clean);
	return taken;
}

static void
take_lines(struct pipe *p)
{
	struct str line;
	size_t used;

	while (!p->leaving && !(p->plan->once && p->said) && !outbox_full(&p->session.outbox) &&
	       inflow_line(&p->in, &line, &used)) {
		if (!p->talks && !is_blank(line)) {
			tell("line %llu: nobody to say it to: give --channel or --to",
			    (unsigned long long)p->in.number);
			leave(p, EXIT_USAGE);
			return;
		}
		if (!say(p, line)) {
			tell("line %llu: out of memory", (unsigned long long)p->in.number);
			leave(p, EXIT_INTERNAL);
			return;
		}
		inflow_drop(&p->in, used);
	}
}

/* Something was said that is not here yet. */
static bool
is_behind(const struct pipe *p)
{
	return p->plan->resume &&
	       (p->session.stage != SESSION_READY || catchup_behind(&p->session));
}

/* Whether all that was to be done is done. */
static void
look_for_end(struct pipe *p)
{
	bool once = p->plan->once;

	if (p->leaving || p->session.outbox.count > 0 || is_behind(p))
		return;
	if (p->in.error != 0) {
		tell("standard input: %s", strerror(p->in.error));
		leave(p, EXIT_INTERNAL);
	} else if (once && p->said) {
		if (p->replied || p->code != EXIT_DONE)
			leave(p, EXIT_DONE);
	} else if (inflow_done(&p->in)) {
		if (once)
			tell("--once: standard input has no message");
		leave(p, once ? EXIT_USAGE : EXIT_DONE);
	}
}

/* Something came in, or there is room again. */
static void
go_on(struct pipe *p)
{
	if (!p->session.was_ready || p->leaving)
		return;
	take_lines(p);
	inflow_want(
	    &p->in, !p->leaving && !(p->plan->once && p->said) && !outbox_full(&p->session.outbox));
	look_for_end(p);
}

static void
on_input(struct inflow *i)
{
	go_on((struct pipe *)((char *)i - offsetof(struct pipe, in)));
}

/* ---- lines out ------------------------------------------------------------------------------- */

static void
on_output(struct outflow *o)
{
	struct pipe *p = (struct pipe *)((char *)o - offsetof(struct pipe, out));

	if (p->over && (o->closed || o->buf.len == 0)) {
		loop_stop(p->loop);
		return;
	}
	if (o->closed && !p->leaving) {
		if (o->error != 0)
			tell("standard output: %s", strerror(o->error));
		else if (inflow_left(&p->in))
			tell("standard output was closed: input that was not sent is left");
		leave(p, o->error != 0       ? EXIT_INTERNAL
			 : p->in.buf.len > 0 ? EXIT_REFUSED
					     : EXIT_DONE);
	} else if (o->buf.len <= OUTFLOW_LOW) {
		client_pause(p->client, false);
	}
}

/* A reply to the one message: said where it was said, or to us alone; not before it was said. */
static bool
is_reply(const struct pipe *p, const struct news *n)
{
	const struct session *s = &p->session;
	bool labelled = session_has(s, CAP_LABELED_RESPONSE);

	if (!p->said || n->own || n->server || n->missed || n->kind > NEWS_NOTICE)
		return false;
	if (labelled && s->outbox.count > 0)
		return false; /* the server has not got to ours yet */
	return session_is_current(s, n) ||
	       (session_is_channel(s, str_from(s->current)) && session_is_self(s, n->to));
}

static void
print(struct pipe *p, const struct news *n)
{
	bool reply = p->plan->once && is_reply(p, n);

	if (p->plan->once && (!reply || p->replied))
		return;
	if (p->plan->json && !(n->server && n->kind == NEWS_NOTICE))
		json_news(&p->out.buf, n);
	else if (!p->plan->json)
		print_news(&p->out.buf, &p->session, n);
	if (p->out.buf.truncated) {
		tell("standard output: too much waits to be read");
		leave(p, EXIT_INTERNAL);
	}
	if (reply)
		p->replied = true;
	outflow_flush(&p->out);
	if (p->out.buf.len > OUTFLOW_HIGH)
		client_pause(p->client, true);
}

static bool
want_channels(struct pipe *p)
{
	bool all = p->session.roster.count >= p->channels &&
		   (!p->talks || p->session.current[0] != '\0');

	if (!all)
		leave(p, EXIT_REFUSED);
	return all;
}

static void
on_news(void *owner, const struct news *n)
{
	struct pipe *p = owner;

	if (p->leaving)
		return;
	if (n->kind == NEWS_ERROR)
		tell(STR_FMT "%s" STR_FMT, STR_ARG(n->to), n->to.len ? ": " : "", STR_ARG(n->text));
	if (n->kind <= NEWS_INVITE)
		print(p, n);
	if (n->kind == NEWS_KICK && n->own) {
		tell("kicked from " STR_FMT " by " STR_FMT ": " STR_FMT, STR_ARG(n->to),
		    STR_ARG(n->from), STR_ARG(n->text));
		want_channels(p);
	}
	if (p->out.closed)
		on_output(&p->out);
	else if (p->replied)
		look_for_end(p);
}

/* ---- what becomes of our lines --------------------------------------------------------------- */

static struct str
shown(const struct outgoing *line)
{
	struct str text = { line->text, line->len };

	return str_first(text, utf8_prefix(text, SHOWN_MOST));
}

static void
set_timer(struct pipe *p, struct timer *t, enum setting setting)
{
	int64_t after = setting_number(p->plan->settings, setting);

	if (after > 0)
		loop_timer_set(p->loop, t, clock_monotonic() + after);
}

static void
on_reply_late(struct timer *t)
{
	struct pipe *p = (struct pipe *)((char *)t - offsetof(struct pipe, reply));

	if (p->replied || p->leaving)
		return;
	tell("--once: no reply came in %.1f s",
	    (double)setting_number(p->plan->settings, CONNECT_REPLY_TIMEOUT) / 1000);
	leave(p, EXIT_NETWORK);
}

static void
on_store_late(struct timer *t)
{
	struct pipe *p = (struct pipe *)((char *)t - offsetof(struct pipe, store));

	if (p->leaving)
		return;
	tell("the server could not store for %.1f s: given up",
	    (double)setting_number(p->plan->settings, CONNECT_STORE_TIMEOUT) / 1000);
	leave(p, EXIT_STORE);
}

static void
on_put_off(void *owner, const struct outgoing *line, const char *why, int64_t delay)
{
	struct pipe *p = owner;

	(void)delay;
	if (p->stalled)
		return;
	p->stalled = true;
	tell(
	    "line %llu is not stored yet: %s; trying again", (unsigned long long)line->number, why);
	set_timer(p, &p->store, CONNECT_STORE_TIMEOUT);
}

/* The server takes lines, or says for good that it does not. */
static void
answered(struct pipe *p)
{
	p->stalled = false;
	loop_timer_cancel(p->loop, &p->store);
	if (p->plan->once && p->session.outbox.count == 0 && p->reply.slot == 0)
		set_timer(p, &p->reply, CONNECT_REPLY_TIMEOUT);
}

static void
on_acked(void *owner, const struct outgoing *line)
{
	answered(owner);
	if (line->uncertain)
		tell("line %llu was sent again after the connection was lost: others may see it "
		     "twice",
		    (unsigned long long)line->number);
	go_on(owner);
}

static void
on_failed(void *owner, const struct outgoing *line)
{
	struct pipe *p = owner;

	tell("line %llu was refused: %s: \"" STR_FMT "\"", (unsigned long long)line->number,
	    line->why, STR_ARG(shown(line)));
	p->code = EXIT_REFUSED;
	answered(p);
	go_on(p);
}

static void
on_caught_up(void *owner)
{
	go_on(owner);
}

static const struct session_handler session_handler = {
	.news = on_news,
	.acked = on_acked,
	.failed = on_failed,
	.put_off = on_put_off,
	.caught_up = on_caught_up,
};

/* ---- the connection -------------------------------------------------------------------------- */

static void
on_ready(void *owner)
{
	struct pipe *p = owner;

	if (!p->leaving && want_channels(p))
		go_on(p);
}

static void
on_lost(void *owner, const char *why, int64_t delay)
{
	struct pipe *p = owner;

	tell("%s; connecting again in %.1f s", why, (double)delay / 1000);
	if (p->plan->once && p->said && p->session.outbox.count == 0) {
		tell("--once: the connection was lost before a reply came");
		leave(p, EXIT_NETWORK);
	}
}

static void
on_over(void *owner, enum exit_code code, const char *why)
{
	struct pipe *p = owner;

	if (why[0] != '\0')
		tell("%s", why);
	for (const struct outgoing *line = p->session.outbox.first; line != NULL; line = line->next)
		tell("line %llu was not acknowledged: \"" STR_FMT "\"",
		    (unsigned long long)line->number, STR_ARG(shown(line)));
	if (p->session.outbox.count > 0 && p->code != EXIT_STORE)
		p->code = EXIT_REFUSED;
	else if (p->code == EXIT_DONE)
		p->code = code;
	p->over = p->leaving = true;
	if (p->out.closed || p->out.buf.len == 0)
		loop_stop(p->loop);
}

static const struct client_handler client_handler = { on_ready, on_lost, on_over };

static void
on_signal(int number, void *arg)
{
	struct pipe *p = arg;

	(void)number;
	if (p->leaving)
		loop_stop(p->loop);
	else
		leave(p, EXIT_DONE);
}

/* Standard output has all that was told: it need not be told again. */
static bool
on_written(void *owner)
{
	const struct pipe *p = owner;

	return !p->out.closed && p->out.buf.len == 0;
}

/* ---- all together ---------------------------------------------------------------------------- */

static enum exit_code
begin(struct pipe *p, struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, 0 };
	enum exit_code code = plan_session(p->plan, &p->session, &session_handler, p, e);

	if (code != EXIT_DONE)
		return code;
	p->channels = p->session.roster.count;
	p->talks = p->session.current[0] != '\0';
	p->reply.fire = on_reply_late;
	p->store.fire = on_store_late;
	if (p->plan->resume) {
		p->keeper = keeper_open(
		    p->loop, p->plan->position, &p->session.catchup.positions, on_written, p, e);
		if (p->keeper == NULL)
			return EXIT_STORE;
	}
	p->client = client_new(p->loop, &p->plan->client, &p->session, &client_handler, p, e);
	if (p->client == NULL || signals_watch(p->loop, signals, on_signal, p, e) == -1 ||
	    inflow_open(&p->in, p->loop, STDIN_FILENO, on_input, e) == -1 ||
	    outflow_open(&p->out, p->loop, STDOUT_FILENO, on_output, e) == -1)
		return EXIT_INTERNAL;
	client_start(p->client);
	if (!p->over && loop_run(p->loop, e) == -1)
		return EXIT_INTERNAL;
	return p->code;
}

enum exit_code
pipe_run(struct loop *l, const struct plan *plan)
{
	struct pipe p = { .loop = l, .plan = plan };
	struct err e = { .text = "" };
	enum exit_code code = begin(&p, &e);

	if (e.text[0] != '\0')
		tell("%s", e.text);
	if (keeper_close(p.keeper, &e) == -1) {
		tell("%s", e.text);
		code = code == EXIT_DONE ? EXIT_STORE : code;
	}
	loop_timer_cancel(l, &p.reply);
	loop_timer_cancel(l, &p.store);
	client_free(p.client);
	inflow_close(&p.in);
	outflow_close(&p.out);
	session_free(&p.session);
	signals_end(l);
	return code;
}
