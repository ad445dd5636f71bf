/* Texts of several lines. */
#include "irc/multiline.h"

static size_t
find_mark(struct str s)
{
	size_t new_line = str_find(s, MULTILINE_NEW);

	return str_find(str_first(s, new_line), MULTILINE_JOINED);
}

bool
multiline_is(struct str text)
{
	return find_mark(text) < text.len;
}

unsigned
multiline_count(struct str text)
{
	unsigned count = 1;
	size_t mark;

	while ((mark = find_mark(text)) < text.len) {
		text = str_from_byte(text, mark + 1);
		count++;
	}
	return count;
}

struct multiline
multiline_walk(struct str text)
{
	return (struct multiline){ .rest = text, .more = true };
}

bool
multiline_next(struct multiline *w, struct str *part)
{
	size_t mark = find_mark(w->rest);

	if (!w->more)
		return false;
	w->joined = w->joins;
	w->more = mark < w->rest.len;
	w->joins = w->more && w->rest.p[mark] == MULTILINE_JOINED;
	*part = str_first(w->rest, mark);
	w->rest = str_from_byte(w->rest, mark + 1);
	return true;
}
