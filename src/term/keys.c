/* Keys out of a terminal's bytes: UTF-8, xterm's escape sequences, bracketed paste. */
#include "term/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { ESC = 0x1b, DEL = 0x7f };

static const char paste_end[] = "\033[201~";

static const enum key controls[0x20] = {
	[0x01] = KEY_HOME,          /* ^A */
	[0x02] = KEY_LEFT,          /* ^B */
	[0x03] = KEY_INTERRUPT,     /* ^C */
	[0x04] = KEY_DELETE_OR_END, /* ^D */
	[0x05] = KEY_END,           /* ^E */
	[0x06] = KEY_RIGHT,         /* ^F */
	[0x08] = KEY_BACKSPACE,     /* ^H */
	[0x09] = KEY_TAB,           /* ^I */
	[0x0a] = KEY_ENTER,         /* ^J */
	[0x0b] = KEY_KILL_END,      /* ^K */
	[0x0c] = KEY_REDRAW,        /* ^L */
	[0x0d] = KEY_ENTER,         /* ^M */
	[0x0e] = KEY_DOWN,          /* ^N */
	[0x10] = KEY_UP,            /* ^P */
	[0x14] = KEY_TRANSPOSE,     /* ^T */
	[0x15] = KEY_KILL_START,    /* ^U */
	[0x17] = KEY_KILL_BLANK,    /* ^W */
	[0x19] = KEY_YANK,          /* ^Y */
	[0x1a] = KEY_SUSPEND,       /* ^Z */
};

/* Behind ESC; sorted. Of xterm, the VT220, rxvt, the Linux console, tmux and screen. */
static const struct sequence {
	const char *bytes;
	enum key key;
} sequences[] = {
	{ "\b", KEY_KILL_WORD_BACK },
	{ "\r", KEY_ENTER },
	{ "B", KEY_WORD_LEFT },
	{ "D", KEY_KILL_WORD },
	{ "F", KEY_WORD_RIGHT },
	{ "OA", KEY_UP },
	{ "OB", KEY_DOWN },
	{ "OC", KEY_RIGHT },
	{ "OD", KEY_LEFT },
	{ "OF", KEY_END },
	{ "OH", KEY_HOME },
	{ "OM", KEY_ENTER }, /* keypad */
	{ "Oc", KEY_WORD_RIGHT },
	{ "Od", KEY_WORD_LEFT },
	{ "[1;3C", KEY_WORD_RIGHT },
	{ "[1;3D", KEY_WORD_LEFT },
	{ "[1;5C", KEY_WORD_RIGHT },
	{ "[1;5D", KEY_WORD_LEFT },
	{ "[1~", KEY_HOME },
	{ "[200~", KEY_PASTE },
	{ "[3;5~", KEY_KILL_WORD },
	{ "[3~", KEY_DELETE },
	{ "[4~", KEY_END },
	{ "[5C", KEY_WORD_RIGHT },
	{ "[5D", KEY_WORD_LEFT },
	{ "[7~", KEY_HOME },
	{ "[8~", KEY_END },
	{ "[A", KEY_UP },
	{ "[B", KEY_DOWN },
	{ "[C", KEY_RIGHT },
	{ "[D", KEY_LEFT },
	{ "[F", KEY_END },
	{ "[H", KEY_HOME },
	{ "[Z", KEY_BACKTAB },
	{ "b", KEY_WORD_LEFT },
	{ "d", KEY_KILL_WORD },
	{ "f", KEY_WORD_RIGHT },
	{ "\177", KEY_KILL_WORD_BACK },
};

static int
compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct sequence *)row)->bytes);
}

/* The held bytes are a whole sequence. */
static enum key
sequence_key(struct keys *k)
{
	const struct sequence *found;
	char name[KEYS_HELD];

	str_copy(name, sizeof(name), (struct str){ k->held + 1, k->len - 1 });
	k->len = 0;
	found = bsearch(name, sequences, sizeof(sequences) / sizeof(sequences[0]),
	    sizeof(sequences[0]), compare);
	if (found == NULL)
		return KEY_NONE;
	if (found->key == KEY_PASTE) {
		k->pasting = true;
		k->pasted_cr = false;
	}
	return found->key;
}

static void
hold(struct keys *k, struct str *in)
{
	if (k->len < sizeof(k->held) - 1)
		k->held[k->len++] = in->p[0];
	else
		memcpy(k->held, "\033[?", 3); /* too long to mean anything; still read to its end */
	*in = str_from_byte(*in, 1);
}

static enum key
hold_more(struct keys *k, struct str *in)
{
	hold(k, in);
	return KEY_MORE;
}

static enum key
hold_last(struct keys *k, struct str *in)
{
	hold(k, in);
	return sequence_key(k);
}

/* What is held is no sequence; the byte that showed it is still in the input. */
static enum key
abandon(struct keys *k)
{
	k->len = 0;
	return KEY_MORE;
}

/* The byte behind a lone ESC. */
static enum key
second_byte(struct keys *k, struct str *in)
{
	unsigned char c = (unsigned char)in->p[0];

	if (c == ESC || c >= 0x80)
		return abandon(k); /* an Escape key; or Alt with a letter: the letter */
	return c == '[' || c == 'O' ? hold_more(k, in) : hold_last(k, in);
}

/* ESC [ or ESC O, parameters, one final byte (ECMA-48, 5.4). */
static enum key
later_byte(struct keys *k, struct str *in)
{
	unsigned char c = (unsigned char)in->p[0];

	if (k->len == 3 && k->held[2] == '[')
		return hold_last(k, in); /* the Linux console's function keys: ESC [ [ A */
	if (c < 0x20 || c >= DEL)
		return abandon(k);
	if (c < 0x40 || (k->len == 2 && c == '[' && k->held[1] == '['))
		return hold_more(k, in);
	return hold_last(k, in);
}

/* In a paste ESC only counts as the start of the mark that ends it. */
static enum key
pasted_escape(struct keys *k, struct str *in, struct str *text)
{
	if (in->p[0] == paste_end[k->len]) {
		hold(k, in);
		if (k->len < sizeof(paste_end) - 1)
			return KEY_MORE;
		k->len = 0;
		k->pasting = false;
		return KEY_PASTE_END;
	}
	*text = (struct str){ k->held + 1, k->len - 1 };
	k->len = 0;
	return text->len > 0 ? KEY_TEXT : KEY_BAD;
}

static bool
is_printable(uint32_t cp)
{
	return cp >= 0x20 && (cp < DEL || cp >= 0xa0);
}

/* Length of the printable characters that s starts with. */
static size_t
printable_prefix(struct str s)
{
	size_t n = 0, more;
	uint32_t cp;

	while ((more = utf8_decode(str_from_byte(s, n), &cp)) > 0 && is_printable(cp))
		n += more;
	return n;
}

/* Whether s may still become one character of UTF-8. */
static bool
is_unfinished(struct str s)
{
	unsigned char lead = (unsigned char)s.p[0];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	if (lead < 0xc2 || lead > 0xf4 || s.len >= need)
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* A character that came in pieces. */
static enum key
continue_character(struct keys *k, struct str *in, struct str *text)
{
	struct str held;

	if (((unsigned char)in->p[0] & 0xc0) != 0x80) {
		k->len = 0;
		return KEY_BAD;
	}
	hold(k, in);
	held = (struct str){ k->held, k->len };
	if (is_unfinished(held))
		return KEY_MORE;
	k->len = 0;
	if (printable_prefix(held) != held.len)
		return KEY_BAD;
	*text = held;
	return KEY_TEXT;
}

static enum key
take_text(struct keys *k, struct str *in, struct str *text)
{
	size_t n = printable_prefix(*in);
	uint32_t cp;

	k->pasted_cr = false;
	if (n > 0) {
		*text = str_first(*in, n);
		*in = str_from_byte(*in, n);
		return KEY_TEXT;
	}
	if (is_unfinished(*in))
		return hold_more(k, in);
	n = utf8_decode(*in, &cp);
	*in = str_from_byte(*in, n > 0 ? n : 1);
	return KEY_BAD;
}

static enum key
take_control(struct keys *k, struct str *in, struct str *text)
{
	unsigned char c = (unsigned char)in->p[0];
	bool after_cr = k->pasted_cr;

	*in = str_from_byte(*in, 1);
	if (!k->pasting) {
		if (c == DEL)
			return KEY_BACKSPACE;
		return controls[c] != KEY_MORE ? controls[c] : KEY_NONE;
	}
	k->pasted_cr = c == '\r';
	if (c == '\n' && after_cr)
		return KEY_NONE;
	*text = c == '\t' ? STR("\t") : STR("\n");
	return c == '\t' || c == '\n' || c == '\r' ? KEY_TEXT : KEY_BAD;
}

static enum key
step(struct keys *k, struct str *in, struct str *text)
{
	unsigned char c = (unsigned char)in->p[0];

	if (k->len > 0 && k->held[0] != ESC)
		return continue_character(k, in, text);
	if (k->len > 0 && k->pasting)
		return pasted_escape(k, in, text);
	if (k->len > 0)
		return k->len == 1 ? second_byte(k, in) : later_byte(k, in);
	if (c == ESC)
		return hold_more(k, in);
	return c < 0x20 || c == DEL ? take_control(k, in, text) : take_text(k, in, text);
}

enum key
keys_next(struct keys *k, struct str *in, struct str *text)
{
	enum key key = KEY_MORE;

	while (key == KEY_MORE && in->len > 0)
		key = step(k, in, text);
	return key;
}

bool
keys_waiting(const struct keys *k)
{
	return k->len > 0 && k->held[0] == ESC && !k->pasting;
}

void
keys_timeout(struct keys *k)
{
	if (keys_waiting(k))
		k->len = 0;
}
