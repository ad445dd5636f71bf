/* Places in the line being typed: clusters and words. */
#include "places.h"

#include "base/utf8.h"

/* The end of the cluster that byte `at` is in or before: the first boundary behind `at`; and the
 * last boundary before `at` in *before. Pasted line ends are boundaries of their own. */
static size_t
boundary_around(struct str text, size_t at, size_t *before)
{
	size_t from = at, to;

	while (from > 0 && text.p[from - 1] != '\n')
		from--;
	*before = from > 0 ? from - 1 : 0;
	for (to = from; to <= at && to < text.len;) {
		if (to < at)
			*before = to;
		to += utf8_grapheme(str_from_byte(text, to));
	}
	return to;
}

size_t
place_before(struct str text, size_t at)
{
	size_t before;

	boundary_around(text, at, &before);
	return before;
}

size_t
place_after(struct str text, size_t at)
{
	return at < text.len ? at + utf8_grapheme(str_from_byte(text, at)) : at;
}

size_t
place_snap(struct str text, size_t at)
{
	size_t before, after;

	if (at == 0 || at >= text.len)
		return at;
	after = boundary_around(text, at - 1, &before);
	return after > at ? after : at;
}

static bool
is_word_byte(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || (unsigned char)c >= 0x80;
}

size_t
place_word_start(struct str text, size_t at)
{
	while (at > 0 && !is_word_byte(text.p[at - 1]))
		at--;
	while (at > 0 && is_word_byte(text.p[at - 1]))
		at--;
	return at;
}

size_t
place_word_end(struct str text, size_t at)
{
	while (at < text.len && !is_word_byte(text.p[at]))
		at++;
	while (at < text.len && is_word_byte(text.p[at]))
		at++;
	return at;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

size_t
place_solid_start(struct str text, size_t at)
{
	while (at > 0 && !is_blank(text.p[at - 1]))
		at--;
	return at;
}

size_t
place_blank_word_start(struct str text, size_t at)
{
	while (at > 0 && is_blank(text.p[at - 1]))
		at--;
	return place_solid_start(text, at);
}
