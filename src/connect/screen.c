/* `sockchat connect` at a terminal. */
#include "connect/screen.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "complete.h"
#include "connect/keeper.h"
#include "connect/show.h"
#include "connect/slash.h"
#include "connect/split.h"
#include "net/signals.h"
#include "term/console.h"

enum {
	PENDING_SHOWN =
	    200, /* ms after which a line that is not acknowledged is shown to be on its way */
	PENDING_COLUMNS = 24,   /* of its text */
	INTERRUPT_AGAIN = 3000, /* ms within which a second Ctrl-C leaves */
};

struct screen {
	struct loop *loop;
	const struct plan *plan;
	struct session session;
	struct client *client;
	struct console *console;
	struct view *view;
	struct source keys;
	struct turn_hook hook;
	struct timer escape;  /* console_deadline */
	struct timer pending; /* PENDING_SHOWN after a line was entered */
	bool pending_shown;
	bool stalled; /* the server cannot store lines now, and the person knows */
	struct keeper *keeper;
	struct fetched fetched;
	int64_t interrupted; /* when Ctrl-C was pressed last */
	bool leaving, over;
	enum exit_code code;
	char why[1024]; /* said when the terminal is restored */
};

static void
leave(struct screen *c)
{
	if (c->leaving)
		return;
	c->leaving = true;
	client_leave(c->client, STR(""));
}

/* ---- the prompt ------------------------------------------------------------------------------ */

/* The line that waits longest, shortened. */
static void
add_pending(struct buf *out, const struct outgoing *line, bool not_stored)
{
	struct str text = { line->text, line->len };
	size_t n = 0;

	while (n < text.len && utf8_width(str_first(text, n)) < PENDING_COLUMNS)
		n += utf8_grapheme(str_from_byte(text, n));
	buf_add_str(out, not_stored ? STR("not stored yet: ") : STR("sending: "));
	buf_add_str(out, str_first(text, n));
	if (n < text.len)
		buf_add_str(out, STR("..."));
}

static void
add_status(struct buf *out, const struct screen *c)
{
	const struct session *s = &c->session;
	size_t count = s->outbox.count;

	if (c->leaving)
		return;
	if (s->stage != SESSION_READY)
		buf_add_str(out, s->was_ready ? STR("(offline") : STR("(connecting"));
	if (s->stage != SESSION_READY && count > 0)
		buf_printf(out, ", %zu to send", count);
	else if (count > 1 && c->pending_shown)
		buf_printf(out, "(%s %zu lines", c->stalled ? "not stored yet:" : "sending", count);
	else if (count == 1 && c->pending_shown) {
		buf_add_char(out, '(');
		add_pending(out, s->outbox.first, c->stalled);
	}
	if (out->len > 0)
		buf_add_str(out, STR(") "));
}

static void
set_prompt(struct screen *c)
{
	struct buf status = BUF_INIT(1024), prompt = BUF_INIT(1024);

	add_status(&status, c);
	buf_printf(&prompt, "%s> ", c->session.current);
	view_prompt(c->view, buf_str(&status), buf_str(&prompt));
	buf_free(&status);
	buf_free(&prompt);
}

static void
on_pending(struct timer *t)
{
	struct screen *c = (struct screen *)((char *)t - offsetof(struct screen, pending));

	c->pending_shown = c->session.outbox.count > 0;
}

/* ---- what is typed --------------------------------------------------------------------------- */

static bool
on_line(void *owner, struct str typed)
{
	struct screen *c = owner;
	struct buf clean = BUF_INIT(256 * 1024);
	struct err e = { .text = "" };
	bool leaving = false;
	int result;

	split_clean(&clean, typed);
	result = slash_enter(&c->session, buf_str(&clean), 0, &leaving, &e);
	if (result == -1)
		show_note(c->view, VIEW_ERROR, "%s", e.text);
	else
		console_remember(c->console, typed);
	if (c->session.outbox.count > 0 && c->pending.slot == 0)
		loop_timer_set(c->loop, &c->pending, clock_monotonic() + PENDING_SHOWN);
	buf_free(&clean);
	if (leaving)
		leave(c);
	return result == 0;
}

static void
on_end(void *owner)
{
	leave(owner);
}

static void
on_interrupt(void *owner)
{
	struct screen *c = owner;
	int64_t now = clock_monotonic();

	if (c->interrupted > 0 && now - c->interrupted < INTERRUPT_AGAIN) {
		leave(c);
		return;
	}
	c->interrupted = now;
	show_note(c->view, VIEW_DIM, "Ctrl-C again, or /quit, leaves");
}

static void
on_complete(void *owner, struct str line, size_t word, size_t cursor, struct buf *out)
{
	struct screen *c = owner;

	complete_word(&c->session, line, word, cursor, out);
}

static const struct console_handler console_handler = {
	.line = on_line,
	.end = on_end,
	.interrupt = on_interrupt,
	.complete = on_complete,
};

/* ---- what the server tells ------------------------------------------------------------------- */

static void
on_news(void *owner, const struct news *n)
{
	struct screen *c = owner;

	if (c->leaving)
		return;
	show_fetched(c->view, &c->session, n, &c->fetched);
	if (show_news(c->view, &c->session, n))
		view_bell(c->view);
}

static void
on_put_off(void *owner, const struct outgoing *line, const char *why, int64_t delay)
{
	struct screen *c = owner;

	(void)line;
	(void)delay;
	if (!c->stalled)
		show_note(c->view, VIEW_ERROR, "not stored yet: %s; trying again", why);
	c->stalled = c->pending_shown = true;
}

static void
settled(struct screen *c)
{
	c->stalled = false;
	if (c->session.outbox.count == 0) {
		c->pending_shown = false;
		loop_timer_cancel(c->loop, &c->pending);
	}
}

static void
on_acked(void *owner, const struct outgoing *line)
{
	struct screen *c = owner;

	show_own(c->view, &c->session, line);
	if (line->uncertain)
		show_note(c->view, VIEW_DIM,
		    "it was sent again after the connection was lost: others may see it "
		    "twice");
	settled(c);
}

static void
on_failed(void *owner, const struct outgoing *line)
{
	struct screen *c = owner;
	struct str text = { line->text, line->len };

	view_begin(c->view, clock_wall());
	view_printf(c->view, VIEW_ERROR, "not sent to %s: %s: ", line->target, line->why);
	view_add(c->view, VIEW_PLAIN, text);
	view_end(c->view);
	if (console_text(c->console).len == 0)
		console_set(c->console, text);
	settled(c);
}

static const struct session_handler session_handler = {
	.news = on_news,
	.acked = on_acked,
	.failed = on_failed,
	.put_off = on_put_off,
};

/* ---- the connection -------------------------------------------------------------------------- */

static void
on_ready(void *owner)
{
	struct screen *c = owner;

	show_note(c->view, VIEW_DIM, "connected to %s as %s; /help lists the commands",
	    client_where(c->client), c->session.nick);
}

static void
on_lost(void *owner, const char *why, int64_t delay)
{
	struct screen *c = owner;

	show_note(c->view, VIEW_ERROR, "%s; connecting again in %.1f s", why, (double)delay / 1000);
}

static void
on_over(void *owner, enum exit_code code, const char *why)
{
	struct screen *c = owner;

	c->over = c->leaving = true;
	c->code = code;
	str_copy(c->why, sizeof(c->why), str_from(why));
	loop_stop(c->loop);
}

static const struct client_handler client_handler = { on_ready, on_lost, on_over };

/* ---- the loop -------------------------------------------------------------------------------- */

static void
on_keys(struct source *s, unsigned events)
{
	struct screen *c = (struct screen *)((char *)s - offsetof(struct screen, keys));

	(void)events;
	console_ready(c->console);
}

static const struct source_kind keys_kind = { .ready = on_keys };

static void
on_escape(struct timer *t)
{
	struct screen *c = (struct screen *)((char *)t - offsetof(struct screen, escape));

	console_ready(c->console);
}

/* The end of a turn: one drawing for all that happened in it. */
static bool
on_turn(struct turn_hook *h)
{
	struct screen *c = (struct screen *)((char *)h - offsetof(struct screen, hook));
	int64_t deadline;

	set_prompt(c);
	console_flush(c->console);
	loop_change(c->loop, &c->keys,
	    (console_wants_read(c->console) ? LOOP_READ : 0) |
		(console_wants_write(c->console) ? LOOP_WRITE : 0));
	deadline = console_deadline(c->console);
	if (deadline >= 0)
		loop_timer_set(c->loop, &c->escape, deadline);
	else
		loop_timer_cancel(c->loop, &c->escape);
	if (!c->leaving)
		client_pause(c->client, console_full(c->console));
	return false;
}

static void
on_signal(int number, void *arg)
{
	struct screen *c = arg;

	if (number == SIGWINCH || number == SIGCONT || number == SIGTSTP)
		console_signal(c->console, number);
	else if (c->leaving)
		loop_stop(c->loop);
	else
		leave(c);
}

/* What is on the screen, not on the way to it, was told. */
static bool
on_written(void *owner)
{
	const struct screen *c = owner;

	return !console_wants_write(c->console);
}

static enum exit_code
open_parts(struct screen *c, struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT, SIGTSTP, 0 };
	enum exit_code code = plan_session(c->plan, &c->session, &session_handler, c, e);
	struct client_config config = c->plan->client;

	if (code != EXIT_DONE)
		return code;
	config.attempts = 0; /* a person sees that it is tried, and can leave */
	c->client = client_new(c->loop, &config, &c->session, &client_handler, c, e);
	if (c->client == NULL || signals_watch(c->loop, signals, on_signal, c, e) == -1)
		return EXIT_INTERNAL;
	c->console = console_open(&console_handler, c, e);
	if (c->console == NULL)
		return EXIT_INTERNAL;
	c->view = console_view(c->console);
	if (c->plan->resume) {
		c->keeper = keeper_open(
		    c->loop, c->plan->position, &c->session.catchup.positions, on_written, c, e);
		if (c->keeper == NULL)
			return EXIT_STORE;
	}
	c->keys = (struct source){ .fd = console_fd(c->console), .kind = &keys_kind };
	c->hook.run = on_turn;
	c->escape.fire = on_escape;
	c->pending.fire = on_pending;
	if (loop_add(c->loop, &c->keys, LOOP_READ, e) == -1)
		return EXIT_INTERNAL;
	loop_hook(c->loop, &c->hook);
	return EXIT_DONE;
}

static enum exit_code
run(struct screen *c, struct err *e)
{
	enum exit_code code = open_parts(c, e);

	if (code != EXIT_DONE)
		return code;
	client_start(c->client);
	on_turn(&c->hook); /* the prompt, at once */
	if (!c->over && loop_run(c->loop, e) == -1)
		return EXIT_INTERNAL;
	return c->code;
}

/* What the person should know behind the last line of the chat. */
static enum exit_code
say_goodbye(const struct screen *c, enum exit_code code)
{
	if (c->why[0] != '\0')
		fprintf(stderr, "sockchat connect: %s\n", c->why);
	for (const struct outgoing *line = c->session.outbox.first; line != NULL;
	     line = line->next) {
		struct buf safe = BUF_INIT(256 * 1024);
		utf8_show(&safe, (struct str){ line->text, line->len });
		fprintf(stderr, "sockchat connect: not acknowledged: \"%s\"\n", buf_cstr(&safe));
		buf_free(&safe);
		code = EXIT_REFUSED;
	}
	return code;
}

enum exit_code
screen_run(struct loop *l, const struct plan *plan)
{
	struct screen c = { .loop = l, .plan = plan };
	struct err e = { .text = "" };
	enum exit_code code = run(&c, &e);

	if (c.hook.run != NULL)
		loop_unhook(l, &c.hook);
	loop_remove(l, &c.keys);
	if (c.console != NULL)
		console_flush(c.console);
	if (keeper_close(c.keeper, &e) == -1 && code == EXIT_DONE)
		code = EXIT_STORE;
	console_close(c.console);
	client_free(c.client);
	if (e.text[0] != '\0')
		fprintf(stderr, "sockchat connect: %s\n", e.text);
	code = say_goodbye(&c, code);
	session_free(&c.session);
	signals_end(l);
	return code;
}
