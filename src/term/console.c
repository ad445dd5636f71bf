/* A person at a terminal: bytes to lines, lines to bytes. */
#include "term/console.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "term/edit.h"
#include "term/term.h"

enum {
	CONSOLE_READ = 4096,       /* bytes a read */
	CONSOLE_READS_A_TURN = 16, /* so that a paste does not starve the network */
};

struct console {
	const struct console_handler *handler;
	void *owner;
	struct term *term;
	struct view *view;
	struct edit *edit;
	bool full;        /* TERM_FULL: the editor is used; else `typed` gathers a line */
	bool gone;        /* the terminal is */
	bool bell;        /* to be rung, once a turn */
	int64_t deadline; /* when a lone ESC is an Escape key; -1: none */
	struct buf typed;
};

static void
candidates(void *arg, struct str line, size_t word, size_t cursor, struct buf *out)
{
	struct console *c = arg;

	if (c->handler->complete)
		c->handler->complete(c->owner, line, word, cursor, out);
}

static int
open_parts(struct console *c, struct err *e)
{
	struct view_options options = { .full = c->full, .colour = term_colour() };
	unsigned rows;

	c->term = term_open(e);
	if (c->term == NULL)
		return -1;
	term_size(c->term, &options.columns, &rows);
	c->view = view_new(term_out(c->term), &options);
	c->edit = edit_new();
	if (c->view == NULL || c->edit == NULL)
		return err_set(e, "terminal: out of memory");
	edit_complete_with(c->edit, &(struct edit_completer){ candidates, c });
	return 0;
}

struct console *
console_open(const struct console_handler *handler, void *owner, struct err *e)
{
	struct console *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_set(e, "terminal: out of memory");
		return NULL;
	}
	c->handler = handler;
	c->owner = owner;
	c->full = term_kind() == TERM_FULL;
	c->deadline = -1;
	c->typed = (struct buf)BUF_INIT(EDIT_LINE_MOST);
	if (open_parts(c, e) == -1) {
		console_close(c);
		return NULL;
	}
	return c;
}

void
console_close(struct console *c)
{
	if (c == NULL)
		return;
	if (c->view)
		view_clear(c->view);
	term_close(c->term);
	view_free(c->view);
	edit_free(c->edit);
	buf_free(&c->typed);
	free(c);
}

struct view *
console_view(struct console *c)
{
	return c->view;
}

bool
console_draws(const struct console *c)
{
	return c->full;
}

int
console_fd(const struct console *c)
{
	return term_fd(c->term);
}

/* ---- what is typed --------------------------------------------------------------------------- */

static void
measure(struct console *c)
{
	unsigned columns, rows;

	term_size(c->term, &columns, &rows);
	view_resize(c->view, columns);
}

static void
suspend(struct console *c)
{
	view_clear(c->view);
	term_suspend(c->term);
	measure(c);
}

static void
entered(struct console *c)
{
	if (!c->handler->line(c->owner, edit_line(c->edit)))
		edit_refuse(c->edit);
}

static void
happened(struct console *c, enum edit_event event)
{
	switch (event) {
	case EDIT_LINE:
		entered(c);
		break;
	case EDIT_END:
		c->handler->end(c->owner);
		break;
	case EDIT_INTERRUPT:
		c->handler->interrupt(c->owner);
		break;
	case EDIT_SUSPEND:
		suspend(c);
		break;
	case EDIT_REDRAW:
		view_redraw(c->view, true);
		break;
	case EDIT_BELL:
		c->bell = true;
		break;
	case EDIT_MORE:
		break;
	}
}

/* A dumb terminal: it edits and echoes itself and hands over whole lines. */
static void
take_lines(struct console *c, struct str in)
{
	while (in.len > 0) {
		size_t end = str_find(in, '\n');
		buf_add_str(&c->typed, str_first(in, end));
		if (end == in.len)
			return;
		view_redraw(c->view, false); /* the echoed line end moved below the prompt */
		c->handler->line(c->owner, buf_str(&c->typed));
		buf_clear(&c->typed);
		in = str_from_byte(in, end + 1);
	}
}

static void
take_keys(struct console *c, struct str in)
{
	enum edit_event event;

	while ((event = edit_feed(c->edit, &in)) != EDIT_MORE)
		happened(c, event);
	c->deadline = edit_waiting(c->edit) ? clock_monotonic() + EDIT_ESCAPE_WAIT : -1;
}

static void
terminal_gone(struct console *c)
{
	c->gone = true;
	if (c->typed.len > 0)
		c->handler->line(c->owner, buf_str(&c->typed));
	buf_clear(&c->typed);
	c->handler->end(c->owner);
}

void
console_ready(struct console *c)
{
	char bytes[CONSOLE_READ];
	ssize_t n = -1;

	term_flush(c->term);
	if (c->deadline != -1 && clock_monotonic() >= c->deadline) {
		edit_timeout(c->edit);
		c->deadline = -1;
	}
	for (int i = 0; i < CONSOLE_READS_A_TURN && !c->gone; i++) {
		n = term_read(c->term, bytes, sizeof(bytes));
		if (n < 0)
			break;
		if (n == 0)
			terminal_gone(c);
		else if (c->full)
			take_keys(c, (struct str){ bytes, (size_t)n });
		else
			take_lines(c, (struct str){ bytes, (size_t)n });
	}
	if (c->handler->typed)
		c->handler->typed(c->owner, console_text(c));
}

void
console_flush(struct console *c)
{
	if (c->bell)
		view_bell(c->view);
	c->bell = false;
	if (!console_full(c))
		view_refresh(c->view, edit_text(c->edit), edit_cursor(c->edit));
	term_flush(c->term);
}

bool
console_wants_read(const struct console *c)
{
	return !c->gone;
}

bool
console_wants_write(const struct console *c)
{
	return term_pending(c->term) > 0;
}

bool
console_full(const struct console *c)
{
	return term_pending(c->term) > TERM_OUTPUT_HIGH;
}

int64_t
console_deadline(const struct console *c)
{
	return c->deadline;
}

void
console_signal(struct console *c, int number)
{
	if (number == SIGTSTP)
		suspend(c);
	if (number == SIGCONT)
		term_resume(c->term);
	measure(c); /* all three: the size may have changed meanwhile */
}

void
console_remember(struct console *c, struct str line)
{
	edit_remember(c->edit, line);
}

void
console_set(struct console *c, struct str text)
{
	edit_set(c->edit, text);
}

struct str
console_text(const struct console *c)
{
	return edit_text(c->edit);
}
