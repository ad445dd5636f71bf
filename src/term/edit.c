/* The line being typed: what each key does to it. */
#include "term/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "places.h"
#include "term/history.h"
#include "term/keys.h"

struct edit {
	struct buf text;  /* being typed */
	size_t cursor;    /* byte offset, on a cluster boundary */
	struct keys keys; /* bytes not yet understood */
	struct buf line;  /* submitted last */
	struct buf rest;  /* submitted with it, still to be given out */
	bool giving;      /* there is such a rest, be it empty */
	struct buf killed;
	bool killing;     /* this key killed */
	bool killed_last; /* the key before did: what this one kills joins it */
	struct history history;
	struct edit_completer completer;
	struct buf candidates; /* each ended by '\n'; the last one is the word as it was typed */
	size_t candidate;      /* offset of the one shown */
	size_t word;           /* where it stands in the text */
	bool completing;       /* the last key was Tab */
};

struct edit *
edit_new(void)
{
	struct edit *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->text = (struct buf)BUF_INIT(EDIT_LINE_MOST);
	e->line = e->rest = e->killed = e->candidates = e->text;
	history_init(&e->history, EDIT_LINE_MOST);
	return e;
}

void
edit_free(struct edit *e)
{
	if (e == NULL)
		return;
	buf_free(&e->text);
	buf_free(&e->line);
	buf_free(&e->rest);
	buf_free(&e->killed);
	buf_free(&e->candidates);
	history_free(&e->history);
	free(e);
}

void
edit_complete_with(struct edit *e, const struct edit_completer *c)
{
	e->completer = c ? *c : (struct edit_completer){ NULL, NULL };
}

/* ---- changes --------------------------------------------------------------------------------- */

/* A change may have joined clusters: the cursor moves on to where one ends. */
static void
snap(struct edit *e)
{
	e->cursor = place_snap(buf_str(&e->text), e->cursor);
}

static bool
put_at(struct buf *b, size_t at, struct str s)
{
	if (s.len == 0)
		return true;
	if (buf_room(b, s.len) == NULL)
		return false;
	memmove(b->data + at + s.len, b->data + at, b->len - at);
	memcpy(b->data + at, s.p, s.len);
	b->len += s.len;
	return true;
}

static enum edit_event
insert(struct edit *e, struct str s)
{
	if (!put_at(&e->text, e->cursor, s))
		return EDIT_BELL;
	e->cursor += s.len;
	snap(e);
	return EDIT_MORE;
}

/* The cursor may then stand within a cluster: insert or snap. */
static void
cut(struct edit *e, size_t from, size_t to)
{
	if (to <= from)
		return;
	memmove(e->text.data + from, e->text.data + to, e->text.len - to);
	e->text.len -= to - from;
	e->cursor = from;
}

static void
erase(struct edit *e, size_t from, size_t to)
{
	cut(e, from, to);
	snap(e);
}

/* Erases and remembers for ^Y; kills in a row are one text. */
static enum edit_event
kill(struct edit *e, size_t from, size_t to)
{
	struct str gone;

	if (to <= from)
		return EDIT_BELL;
	gone = str_first(str_from_byte(buf_str(&e->text), from), to - from);
	if (!e->killed_last)
		buf_clear(&e->killed);
	put_at(&e->killed, from < e->cursor ? 0 : e->killed.len, gone);
	erase(e, from, to);
	e->killing = true;
	return EDIT_MORE;
}

static enum edit_event
move(struct edit *e, size_t to)
{
	if (to == e->cursor)
		return EDIT_BELL;
	e->cursor = to;
	snap(e);
	return EDIT_MORE;
}

/* Whether a character may stand in the text. */
static bool
is_clean(uint32_t cp)
{
	return cp == '\n' || cp == '\t' || (cp >= 0x20 && (cp < 0x7f || cp >= 0xa0));
}

/* Inserts what is valid and no control character of s. */
static enum edit_event
insert_clean(struct edit *e, struct str s)
{
	enum edit_event event = EDIT_MORE;
	uint32_t cp;

	while (s.len > 0 && event == EDIT_MORE) {
		size_t n = utf8_decode(s, &cp);
		if (n > 0 && is_clean(cp))
			event = insert(e, str_first(s, n));
		s = str_from_byte(s, n > 0 ? n : 1);
	}
	return event;
}

static void
replace_all(struct edit *e, struct str s)
{
	e->text.len = e->cursor = 0;
	insert_clean(e, s);
	e->cursor = e->text.len;
}

/* ---- what keys do ---------------------------------------------------------------------------- */

static enum edit_event
key_left(struct edit *e)
{
	return move(e, place_before(buf_str(&e->text), e->cursor));
}

static enum edit_event
key_right(struct edit *e)
{
	return move(e, place_after(buf_str(&e->text), e->cursor));
}

static enum edit_event
key_home(struct edit *e)
{
	e->cursor = 0;
	return EDIT_MORE;
}

static enum edit_event
key_end(struct edit *e)
{
	e->cursor = e->text.len;
	return EDIT_MORE;
}

static enum edit_event
key_word_left(struct edit *e)
{
	return move(e, place_word_start(buf_str(&e->text), e->cursor));
}

static enum edit_event
key_word_right(struct edit *e)
{
	return move(e, place_word_end(buf_str(&e->text), e->cursor));
}

static enum edit_event
key_backspace(struct edit *e)
{
	if (e->cursor == 0)
		return EDIT_BELL;
	erase(e, place_before(buf_str(&e->text), e->cursor), e->cursor);
	return EDIT_MORE;
}

static enum edit_event
key_delete(struct edit *e)
{
	if (e->cursor == e->text.len)
		return EDIT_BELL;
	erase(e, e->cursor, place_after(buf_str(&e->text), e->cursor));
	return EDIT_MORE;
}

static enum edit_event
key_delete_or_end(struct edit *e)
{
	return e->text.len == 0 ? EDIT_END : key_delete(e);
}

static enum edit_event
key_kill_end(struct edit *e)
{
	return kill(e, e->cursor, e->text.len);
}

static enum edit_event
key_kill_start(struct edit *e)
{
	return kill(e, 0, e->cursor);
}

static enum edit_event
key_kill_blank(struct edit *e)
{
	return kill(e, place_blank_word_start(buf_str(&e->text), e->cursor), e->cursor);
}

static enum edit_event
key_kill_word_back(struct edit *e)
{
	return kill(e, place_word_start(buf_str(&e->text), e->cursor), e->cursor);
}

static enum edit_event
key_kill_word(struct edit *e)
{
	return kill(e, e->cursor, place_word_end(buf_str(&e->text), e->cursor));
}

static enum edit_event
key_yank(struct edit *e)
{
	return e->killed.len > 0 ? insert(e, buf_str(&e->killed)) : EDIT_BELL;
}

static void
reverse(char *p, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		char c = p[i];
		p[i] = p[len - 1 - i];
		p[len - 1 - i] = c;
	}
}

/* Swaps the clusters on both sides of the cursor; at the end the last two. */
static enum edit_event
key_transpose(struct edit *e)
{
	size_t middle = e->cursor < e->text.len ? e->cursor
						: place_before(buf_str(&e->text), e->cursor);
	size_t from = place_before(buf_str(&e->text), middle),
	       to = place_after(buf_str(&e->text), middle);

	if (from == middle || middle == to)
		return EDIT_BELL;
	/* ab -> ba: each turned round, then the whole */
	reverse(e->text.data + from, middle - from);
	reverse(e->text.data + middle, to - middle);
	reverse(e->text.data + from, to - from);
	e->cursor = to;
	snap(e);
	return EDIT_MORE;
}

static enum edit_event
key_up(struct edit *e)
{
	struct str shown;

	if (!history_older(&e->history, buf_str(&e->text), &shown))
		return EDIT_BELL;
	replace_all(e, shown);
	return EDIT_MORE;
}

static enum edit_event
key_down(struct edit *e)
{
	struct str shown;

	if (!history_newer(&e->history, &shown))
		return EDIT_BELL;
	replace_all(e, shown);
	return EDIT_MORE;
}

static enum edit_event
key_interrupt(struct edit *e)
{
	if (e->text.len == 0)
		return EDIT_INTERRUPT;
	e->text.len = e->cursor = 0;
	history_leave(&e->history);
	return EDIT_MORE;
}

static enum edit_event
key_suspend(struct edit *e)
{
	(void)e;
	return EDIT_SUSPEND;
}

static enum edit_event
key_redraw(struct edit *e)
{
	(void)e;
	return EDIT_REDRAW;
}

/* ---- submitting ------------------------------------------------------------------------------ */

/* The next line of what was submitted becomes the line. */
static enum edit_event
give(struct edit *e)
{
	struct str rest = buf_str(&e->rest);
	size_t end = str_find(rest, '\n');

	buf_clear(&e->line);
	if (!buf_add_str(&e->line, str_first(rest, end))) {
		e->giving = false;
		return EDIT_BELL;
	}
	buf_drop(&e->rest, end < rest.len ? end + 1 : end);
	e->giving = e->rest.len > 0;
	return EDIT_LINE;
}

static enum edit_event
key_enter(struct edit *e)
{
	struct buf spare = e->rest;

	e->rest = e->text;
	e->text = spare;
	buf_clear(&e->text);
	e->cursor = 0;
	history_leave(&e->history);
	return give(e);
}

void
edit_refuse(struct edit *e)
{
	e->text.len = e->cursor = 0;
	insert(e, buf_str(&e->line));
	if (e->giving) {
		insert(e, STR("\n"));
		insert(e, buf_str(&e->rest));
	}
	e->cursor = e->text.len;
	e->giving = false;
	buf_clear(&e->rest);
}

/* ---- completing ------------------------------------------------------------------------------ */

/* Asks for candidates; the word as it was typed is the last of them. */
static bool
find_candidates(struct edit *e)
{
	struct str text = buf_str(&e->text), word;

	if (e->completer.candidates == NULL)
		return false;
	e->word = place_solid_start(buf_str(&e->text), e->cursor);
	word = str_first(str_from_byte(text, e->word), e->cursor - e->word);
	buf_clear(&e->candidates);
	e->completer.candidates(e->completer.arg, text, e->word, e->cursor, &e->candidates);
	return e->candidates.len > 0 && buf_add_str(&e->candidates, word) &&
	       buf_add_char(&e->candidates, '\n');
}

static struct str
candidate_at(const struct edit *e, size_t offset)
{
	struct str rest = str_from_byte(buf_str(&e->candidates), offset);

	return str_first(rest, str_find(rest, '\n'));
}

static size_t
next_candidate(const struct edit *e, size_t offset)
{
	size_t next = offset + candidate_at(e, offset).len + 1;

	return next < e->candidates.len ? next : 0;
}

static size_t
previous_candidate(const struct edit *e, size_t offset)
{
	size_t at = 0;

	while (next_candidate(e, at) != offset && next_candidate(e, at) != 0)
		at = next_candidate(e, at);
	return at;
}

static enum edit_event
complete(struct edit *e, size_t (*step)(const struct edit *, size_t))
{
	bool first = !e->completing;

	if (first && !find_candidates(e))
		return EDIT_BELL;
	if (first)
		e->candidate = previous_candidate(e, 0);
	e->candidate = step(e, e->candidate);
	cut(e, e->word, e->cursor);
	e->completing = next_candidate(e, next_candidate(e, 0)) != 0; /* else it is the only one */
	return insert_clean(e, candidate_at(e, e->candidate));
}

static enum edit_event
key_tab(struct edit *e)
{
	return complete(e, next_candidate);
}

static enum edit_event
key_backtab(struct edit *e)
{
	return complete(e, previous_candidate);
}

/* ---- keys to functions ----------------------------------------------------------------------- */

static enum edit_event (*const keys[KEY_COUNT])(struct edit *) = {
	[KEY_ENTER] = key_enter,
	[KEY_TAB] = key_tab,
	[KEY_BACKTAB] = key_backtab,
	[KEY_LEFT] = key_left,
	[KEY_RIGHT] = key_right,
	[KEY_HOME] = key_home,
	[KEY_END] = key_end,
	[KEY_WORD_LEFT] = key_word_left,
	[KEY_WORD_RIGHT] = key_word_right,
	[KEY_UP] = key_up,
	[KEY_DOWN] = key_down,
	[KEY_BACKSPACE] = key_backspace,
	[KEY_DELETE] = key_delete,
	[KEY_DELETE_OR_END] = key_delete_or_end,
	[KEY_KILL_END] = key_kill_end,
	[KEY_KILL_START] = key_kill_start,
	[KEY_KILL_BLANK] = key_kill_blank,
	[KEY_KILL_WORD_BACK] = key_kill_word_back,
	[KEY_KILL_WORD] = key_kill_word,
	[KEY_YANK] = key_yank,
	[KEY_TRANSPOSE] = key_transpose,
	[KEY_INTERRUPT] = key_interrupt,
	[KEY_SUSPEND] = key_suspend,
	[KEY_REDRAW] = key_redraw,
};

static enum edit_event
press(struct edit *e, enum key key, struct str text)
{
	if (key == KEY_NONE || key == KEY_BAD)
		return key == KEY_BAD ? EDIT_BELL : EDIT_MORE;
	if (key != KEY_TAB && key != KEY_BACKTAB)
		e->completing = false;
	e->killed_last = e->killing;
	e->killing = false;
	if (key == KEY_TEXT)
		return insert(e, text);
	return keys[key] ? keys[key](e) : EDIT_MORE;
}

enum edit_event
edit_feed(struct edit *e, struct str *in)
{
	enum edit_event event;
	struct str text = { NULL, 0 };
	enum key key;

	if (e->giving)
		return give(e);
	do {
		key = keys_next(&e->keys, in, &text);
		event = key == KEY_MORE ? EDIT_MORE : press(e, key, text);
	} while (key != KEY_MORE && event == EDIT_MORE);
	return event;
}

bool
edit_waiting(const struct edit *e)
{
	return keys_waiting(&e->keys);
}

void
edit_timeout(struct edit *e)
{
	keys_timeout(&e->keys);
}

struct str
edit_text(const struct edit *e)
{
	return buf_str(&e->text);
}

size_t
edit_cursor(const struct edit *e)
{
	return e->cursor;
}

struct str
edit_line(const struct edit *e)
{
	return buf_str(&e->line);
}

void
edit_set(struct edit *e, struct str text)
{
	replace_all(e, text);
	history_leave(&e->history);
	e->completing = false;
}

void
edit_remember(struct edit *e, struct str line)
{
	history_add(&e->history, line);
}
