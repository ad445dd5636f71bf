/*
 * term, edit and view put together: a person at a terminal. It knows no event loop; its owner
 *  - watches console_fd() for reading while console_wants_read(), for writing while
 *    console_wants_write(), and calls console_ready() for either;
 *  - calls console_flush() at the end of each turn in which anything may have been shown;
 *  - sets a timer for console_deadline() when that is not -1, and calls console_ready() then too;
 *  - hands SIGWINCH, SIGCONT and SIGTSTP to console_signal();
 *  - reads less from the network while console_full().
 * Works the same on a dumb terminal (line by line, no escape sequences).
 */
#ifndef TERM_CONSOLE_H
#define TERM_CONSOLE_H

#include "base/err.h"
#include "term/view.h"

struct console_handler {
	/* Enter. Print it (or not) through the view. False: refused, the text is put back to be
	 * edited (but a dumb terminal has it on its screen only). */
	bool (*line)(void *owner, struct str line);
	void (*end)(void *owner);       /* Ctrl-D on an empty line, or the terminal is gone */
	void (*interrupt)(void *owner); /* Ctrl-C on an empty line */
	/* As edit.h's completer; NULL: Tab does nothing. */
	void (*complete)(void *owner, struct str line, size_t word, size_t cursor, struct buf *out);
	/* The typed text may have changed: time to change the prompt. NULL is allowed. */
	void (*typed)(void *owner, struct str text);
};

struct console;

/* `handler` must outlive the console. */
struct console *console_open(const struct console_handler *handler, void *owner, struct err *e);
/* Takes the prompt away and restores the terminal; NULL is allowed. */
void console_close(struct console *c);

struct view *console_view(struct console *c);
/* False: a dumb terminal, which leaves on the screen what was typed: no need to print it again. */
bool console_draws(const struct console *c);
int console_fd(const struct console *c);
/* The owner's callbacks come from here (none may close the console). */
void console_ready(struct console *c);
void console_flush(struct console *c);
bool console_wants_read(const struct console *c); /* false once the terminal is gone */
bool console_wants_write(const struct console *c);
bool console_full(const struct console *c);
int64_t console_deadline(const struct console *c); /* clock_monotonic() ms, or -1 */
void console_signal(struct console *c, int number);

void console_remember(struct console *c, struct str line); /* into the history */
void console_set(struct console *c, struct str text);      /* replaces what is being typed */
struct str console_text(const struct console *c);

#endif
