/* Lines above, the line being typed below: as escape sequences into a buffer. */
#include "term/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/utf8.h"

enum {
	VIEW_PRINTF_MOST = 4096,   /* bytes of one view_printf */
	VIEW_PROMPT_MOST = 1024,   /* bytes of status and of prompt */
	VIEW_ROW_MOST = 64 * 1024, /* bytes of the prompt row as drawn */
	VIEW_COLUMNS_LEAST = 8,    /* a narrower terminal is treated as this wide */
	/* columns at the right that stay free: the cursor never waits to wrap */
	VIEW_MARGIN = 1,
};

struct view {
	struct buf *out; /* lent */
	bool full, colour;
	unsigned columns;
	bool drawn;       /* the prompt row is on the screen, the cursor in it */
	struct buf row;   /* as it was drawn last */
	unsigned column;  /* of the cursor in it */
	struct buf fresh; /* the row being drawn */
	struct buf status, prompt;
	unsigned before; /* columns of status and prompt */
	struct buf safe; /* scratch: foreign text made safe */
};

static const char *const styles[VIEW_STYLES] = {
	[VIEW_PLAIN] = "",
	[VIEW_DIM] = "2",
	[VIEW_STRONG] = "1",
	[VIEW_ERROR] = "31",
};

/* Readable on dark and on light: no yellow, no white, no dark blue. */
static const char *const name_colours[] = { "31", "32", "33", "35", "36", "91", "94", "95", "96" };

struct view *
view_new(struct buf *out, const struct view_options *options)
{
	struct view *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->out = out;
	v->full = options->full;
	v->colour = options->full && options->colour;
	v->row = v->fresh = v->safe = (struct buf)BUF_INIT(VIEW_ROW_MOST);
	v->status = v->prompt = (struct buf)BUF_INIT(VIEW_PROMPT_MOST);
	view_resize(v, options->columns);
	return v;
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	buf_free(&v->row);
	buf_free(&v->fresh);
	buf_free(&v->status);
	buf_free(&v->prompt);
	buf_free(&v->safe);
	free(v);
}

static unsigned
larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* Foreign text; its tabs are harmless and stay. */
static void
add_styled(struct view *v, struct buf *out, const char *sgr, struct str text)
{
	bool styled = v->colour && sgr[0] != '\0' && text.len > 0;

	if (styled)
		buf_printf(out, "\033[%sm", sgr);
	while (text.len > 0) {
		struct str part = str_first(text, str_find(text, '\t'));
		utf8_show(out, part);
		text = str_from_byte(text, part.len);
		if (str_eat(&text, '\t'))
			buf_add_char(out, '\t');
	}
	if (styled)
		buf_add_str(out, STR("\033[0m"));
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The row of the prompt becomes free for a line. */
static void
make_room(struct view *v)
{
	if (!v->drawn)
		return;
	buf_add_str(v->out, v->full ? STR("\r\033[K") : STR("\n"));
	v->drawn = false;
}

static void
add_time(struct view *v, int64_t when)
{
	time_t seconds = (time_t)(when / 1000);
	struct tm tm;
	char text[16];

	if (when < 0 || localtime_r(&seconds, &tm) == NULL)
		return;
	if (strftime(text, sizeof(text), "%H:%M", &tm) > 0) {
		add_styled(v, v->out, styles[VIEW_DIM], str_from(text));
		buf_add_char(v->out, ' ');
	}
}

void
view_begin(struct view *v, int64_t when)
{
	make_room(v);
	add_time(v, when);
}

void
view_add(struct view *v, enum view_style style, struct str text)
{
	add_styled(v, v->out, styles[style], text);
}

void
view_printf(struct view *v, enum view_style style, const char *fmt, ...)
{
	char text[VIEW_PRINTF_MOST];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	view_add(v, style, str_from(text));
}

/* FNV-1a: the same in every run and on every machine, unlike the tables' keyed hash. */
static uint32_t
stable_hash(struct str s)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)ascii_lower(s.p[i])) * 16777619u;
	return hash;
}

void
view_add_name(struct view *v, struct str name)
{
	size_t count = sizeof(name_colours) / sizeof(name_colours[0]);

	add_styled(v, v->out, name_colours[stable_hash(name) % count], name);
}

void
view_end(struct view *v)
{
	buf_add_char(v->out, '\n');
}

/* ---- the row of the prompt ------------------------------------------------------------------- */

void
view_resize(struct view *v, unsigned columns)
{
	v->columns = larger(columns, VIEW_COLUMNS_LEAST);
	if (v->full)
		view_redraw(v, false);
}

void
view_prompt(struct view *v, struct str status, struct str prompt)
{
	bool same = str_eq(buf_str(&v->status), status) && str_eq(buf_str(&v->prompt), prompt);

	if (same)
		return;
	buf_clear(&v->status);
	buf_clear(&v->prompt);
	buf_add_str(&v->status, str_first(status, utf8_prefix(status, VIEW_PROMPT_MOST)));
	buf_add_str(&v->prompt, str_first(prompt, utf8_prefix(prompt, VIEW_PROMPT_MOST)));
	if (!v->full)
		v->drawn = false; /* a dumb terminal gets each new prompt once */
}

/* The longest prefix of s that is at most `most` columns wide, in whole clusters. */
static struct str
fit(struct str s, unsigned most)
{
	size_t n = 0;
	unsigned width = 0;

	while (n < s.len) {
		size_t more = utf8_grapheme(str_from_byte(s, n));
		width += utf8_width(str_first(str_from_byte(s, n), more));
		if (width > most)
			break;
		n += more;
	}
	return str_first(s, n);
}

/* What a cluster of the typed text looks like: pasted line ends and tabs as signs. */
static struct str
look(struct view *v, struct str cluster)
{
	if (str_eq(cluster, STR("\n")))
		return STR("\u21b5"); /* DOWNWARDS ARROW WITH CORNER LEFTWARDS */
	if (str_eq(cluster, STR("\t")))
		return STR(" ");
	buf_clear(&v->safe);
	utf8_show(&v->safe, cluster);
	return buf_str(&v->safe);
}

static struct str
cluster_at(struct str text, size_t at)
{
	struct str rest = str_from_byte(text, at);

	return str_first(rest, utf8_grapheme(rest));
}

/*
 * The byte from which text is shown so that the cursor is within `room` columns: with some of what
 * stands before it, and never starting within a cluster. Walks from the start, once.
 */
static size_t
first_shown(struct view *v, struct str text, size_t cursor, unsigned room)
{
	unsigned width = 0, drop, dropped = 0;
	size_t at;

	for (at = 0; at < cursor; at += cluster_at(text, at).len)
		width += utf8_width(look(v, cluster_at(text, at)));
	if (width < room)
		return 0;
	/* In steps of half the room, so that the text jumps seldom; one column is for the '<'. */
	drop = (width - room + 1 + room / 2) / larger(room / 2, 1) * larger(room / 2, 1);
	for (at = 0; at < cursor && dropped < drop; at += cluster_at(text, at).len)
		dropped += utf8_width(look(v, cluster_at(text, at)));
	return at;
}

/* Draws the text into `fresh`; returns the cursor's column within it. */
static unsigned
draw_text(struct view *v, struct str text, size_t cursor, unsigned room)
{
	size_t at = first_shown(v, text, cursor, room);
	unsigned column = 0, used = 0;

	if (at > 0) {
		buf_add_char(&v->fresh, '<');
		used = 1;
	}
	for (; at < text.len; at += cluster_at(text, at).len) {
		struct str shown = look(v, cluster_at(text, at));
		unsigned width = utf8_width(shown);
		bool last = at + cluster_at(text, at).len == text.len;
		if (at == cursor)
			column = used;
		if (used + width + (last ? 0 : 1) > room)
			break;
		buf_add_str(&v->fresh, shown);
		used += width;
	}
	if (at < text.len && used < room)
		buf_add_char(&v->fresh, '>');
	return cursor == text.len ? used : column;
}

static void
draw_row(struct view *v, struct str text, size_t cursor)
{
	unsigned columns = v->columns - VIEW_MARGIN;
	struct str prompt = fit(buf_str(&v->prompt), columns / 2);
	unsigned width = utf8_width(prompt);
	struct str status = fit(buf_str(&v->status), columns / 2 - width);

	buf_clear(&v->fresh);
	add_styled(v, &v->fresh, styles[VIEW_DIM], status);
	utf8_show(&v->fresh, prompt);
	width += utf8_width(status);
	v->before = width + draw_text(v, text, cursor, columns - width);
}

/* A dumb terminal: the prompt alone, when it is new; the terminal echoes what is typed. */
static void
refresh_plain(struct view *v)
{
	if (v->drawn || v->prompt.len == 0)
		return;
	utf8_show(v->out, buf_str(&v->prompt));
	v->drawn = true;
}

void
view_refresh(struct view *v, struct str text, size_t cursor)
{
	struct buf spare;

	if (!v->full) {
		refresh_plain(v);
		return;
	}
	draw_row(v, text, cursor);
	if (v->drawn && v->before == v->column && str_eq(buf_str(&v->fresh), buf_str(&v->row)))
		return;
	buf_add_char(v->out, '\r');
	buf_add_str(v->out, buf_str(&v->fresh));
	buf_add_str(v->out, STR("\033[K\r"));
	if (v->before > 0)
		buf_printf(v->out, "\033[%uC", v->before);
	spare = v->row;
	v->row = v->fresh;
	v->fresh = spare;
	v->column = v->before;
	v->drawn = true;
}

void
view_redraw(struct view *v, bool clear)
{
	if (!v->full) {
		v->drawn = false;
		return;
	}
	if (clear)
		buf_add_str(v->out, STR("\033[H\033[2J"));
	buf_clear(&v->row);
	v->column = (unsigned)-1;
}

void
view_clear(struct view *v)
{
	if (v->full)
		make_room(v);
}

void
view_bell(struct view *v)
{
	if (v->full)
		buf_add_char(v->out, '\a');
}
