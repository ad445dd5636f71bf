/*
 * The line being typed: a pure editor. Bytes from a terminal go in, in any portions (an escape
 * sequence or a character may be split over reads); events come out. No I/O. The text is always
 * valid UTF-8 without control characters, but for '\n' and '\t', which only a paste brings.
 *
 *   Left Right ^B ^F  one grapheme cluster      Home End ^A ^E       start, end of the line
 *   Alt/Ctrl-Left/Right, Alt-B Alt-F  one word  Up Down ^P ^N        history (the line
 *                                               being typed is kept)
 *   Backspace ^H, Delete ^D                     ^W Alt-Backspace     word before
 *   Alt-D, Ctrl-Del   word behind
 *   ^K ^U             kill to the end, start    ^Y                   yank what was killed
 *   ^T                transpose two clusters    Tab Shift-Tab        complete: next, previous
 *   Enter ^J          submit                    ^D on an empty line  EDIT_END
 *   ^C                clear; on an empty line EDIT_INTERRUPT
 *   ^Z                EDIT_SUSPEND              ^L                   EDIT_REDRAW
 *
 * A bracketed paste never submits: its line ends stand in the line as '\n' (shown as a sign), can
 * be edited away, and Enter then submits line after line. So a paste can be looked at before it is
 * sent.
 */
#ifndef TERM_EDIT_H
#define TERM_EDIT_H

#include "base/buf.h"
#include "base/str.h"

enum {
	EDIT_LINE_MOST = 64 * 1024, /* bytes; what would pass it is refused with EDIT_BELL */
	EDIT_ESCAPE_WAIT = 50,      /* ms after which a lone ESC is the Escape key: edit_timeout */
};

enum edit_event {
	EDIT_MORE,      /* all bytes are used: come again. The line may have changed */
	EDIT_LINE,      /* edit_line() was submitted */
	EDIT_END,       /* Ctrl-D on an empty line */
	EDIT_INTERRUPT, /* Ctrl-C on an empty line */
	EDIT_SUSPEND,   /* Ctrl-Z */
	EDIT_REDRAW,    /* Ctrl-L: paint everything anew */
	EDIT_BELL,      /* not possible: no such history, no candidate, line full, not UTF-8 */
};

/* Appends the candidates for the word [word, cursor) of `line` to out, each ended by '\n'. They
 * replace that word whole, so they carry what shall follow it (": ", " "). */
struct edit_completer {
	void (*candidates)(void *arg, struct str line, size_t word, size_t cursor, struct buf *out);
	void *arg;
};

struct edit;

struct edit *edit_new(void); /* NULL when memory is short */
void edit_free(struct edit *e);
void edit_complete_with(struct edit *e, const struct edit_completer *c); /* copied; NULL: none */

/* Uses bytes from the front of *in up to the next event; call it until EDIT_MORE. */
enum edit_event edit_feed(struct edit *e, struct str *in);
/* Whether an escape sequence is under way; edit_timeout ends it, EDIT_ESCAPE_WAIT later. */
bool edit_waiting(const struct edit *e);
void edit_timeout(struct edit *e);

struct str edit_text(const struct edit *e); /* being typed; lent until the next change */
size_t edit_cursor(const struct edit *e);   /* byte offset in it, on a cluster boundary */
struct str edit_line(const struct edit *e); /* submitted last; lent until the next edit_feed */
/* The submitted line comes back to be edited, with what a paste had behind it; no event follows. */
void edit_refuse(struct edit *e);
/* Replaces what is typed; the cursor is at its end. Controls and bad bytes are left out. */
void edit_set(struct edit *e, struct str text);
/* Into the history, unless it is empty or a repetition. */
void edit_remember(struct edit *e, struct str line);

#endif
