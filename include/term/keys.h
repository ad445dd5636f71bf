/* Keys out of a terminal's bytes. No I/O, no allocation; sequences and characters may be split
 * anywhere. */
#ifndef TERM_KEYS_H
#define TERM_KEYS_H

#include "base/str.h"

enum key {
	KEY_MORE, /* all bytes are used; come again */
	KEY_NONE, /* a key that means nothing here */
	KEY_BAD,  /* bytes that are no UTF-8, or a control character in a paste; they are dropped */
	KEY_TEXT, /* *text: printable characters; in a paste '\n' and '\t' too */
	KEY_PASTE,
	KEY_PASTE_END,
	KEY_ENTER,
	KEY_TAB,
	KEY_BACKTAB,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_UP,
	KEY_DOWN,
	KEY_BACKSPACE,
	KEY_DELETE,
	KEY_DELETE_OR_END, /* Ctrl-D */
	KEY_KILL_END,
	KEY_KILL_START,
	KEY_KILL_BLANK, /* the word before, up to a blank */
	KEY_KILL_WORD_BACK,
	KEY_KILL_WORD,
	KEY_YANK,
	KEY_TRANSPOSE,
	KEY_INTERRUPT,
	KEY_SUSPEND,
	KEY_REDRAW,
	KEY_COUNT
};

enum { KEYS_HELD = 32 }; /* bytes of an unfinished sequence; a longer one means nothing */

/* All zero is the state at the start. */
struct keys {
	char held[KEYS_HELD]; /* an unfinished escape sequence or character */
	size_t len;
	bool pasting;
	bool pasted_cr; /* the last pasted byte was '\r': a '\n' behind it is the same line end */
};

/* Takes bytes off the front of *in until a key is whole. *text lives until the next call or as long
 * as *in. */
enum key keys_next(struct keys *k, struct str *in, struct str *text);
/* An escape sequence has begun and is not finished. */
bool keys_waiting(const struct keys *k);
void keys_timeout(struct keys *k); /* nothing came behind it: forget it */

#endif
