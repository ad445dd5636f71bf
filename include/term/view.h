/*
 * Lines above, the line being typed below, on the terminal's own scrolling screen: what scrolled
 * away is the terminal's scrollback. Pure: it writes escape sequences into a buffer.
 *
 * A line that arrives clears the row of the prompt and is printed; the prompt and what is typed are
 * drawn again by view_refresh, once for any number of lines. The typed line keeps to one row and
 * scrolls sideways ('<' and '>' say that there is more). All text given here may be foreign: it
 * goes through utf8_show, so no escape sequence gets through (tabs stay).
 */
#ifndef TERM_VIEW_H
#define TERM_VIEW_H

#include "base/buf.h"
#include "base/str.h"

enum view_style {
	VIEW_PLAIN,
	VIEW_DIM,    /* time, what the program says */
	VIEW_STRONG, /* bold: mentions you, private */
	VIEW_ERROR,  /* red */
	VIEW_STYLES
};

struct view_options {
	bool full; /* escape sequences are understood; else plain lines, no typed line drawn */
	bool colour;
	unsigned columns; /* of the terminal */
};

struct view;

/* `out` is lent for the view's life. NULL when memory is short. */
struct view *view_new(struct buf *out, const struct view_options *options);
void view_free(struct view *v);
void view_resize(struct view *v, unsigned columns);

/* One line: begin, add..., end. `when` is clock_wall() time, shown as HH:MM; negative: not. */
void view_begin(struct view *v, int64_t when);
void view_add(struct view *v, enum view_style style, struct str text);
void view_printf(struct view *v, enum view_style style, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* In its own colour, the same everywhere and always */
void view_add_name(struct view *v, struct str name);
void view_end(struct view *v);

/* What stands before the typed line: the status (dim, "" none) and the prompt. */
void view_prompt(struct view *v, struct str status, struct str prompt);
/* Draws the prompt row if it is not as it should be. cursor: byte offset in text. */
void view_refresh(struct view *v, struct str text, size_t cursor);
/* The prompt row is no longer as it was drawn; clear: wipe the screen too (Ctrl-L). */
void view_redraw(struct view *v, bool clear);
void view_clear(struct view *v); /* takes the prompt row away: before leaving the terminal */
void view_bell(struct view *v);

#endif
