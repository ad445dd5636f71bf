/* Words of a text. */
#include "words.h"

static bool
is_word(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || (unsigned char)c >= 0x80;
}

struct str
words_next(struct str *text)
{
	size_t from = 0, to;

	while (from < text->len && !is_word(text->p[from]))
		from++;
	for (to = from; to < text->len && is_word(text->p[to]); to++)
		;
	struct str word = str_first(str_from_byte(*text, from), to - from);
	*text = str_from_byte(*text, to);
	return word;
}

static bool
has_word(struct str text, struct str word)
{
	struct str next;

	while ((next = words_next(&text)).len > 0)
		if (str_eq_nocase(next, word))
			return true;
	return false;
}

bool
words_match(struct str text, struct str words)
{
	struct str word;

	while ((word = words_next(&words)).len > 0)
		if (!has_word(text, word))
			return false;
	return true;
}

bool
words_conversation(struct str target, struct str identity)
{
	struct str rest = target, first = str_cut(&rest, ',');

	return first.len < target.len && (str_eq(first, identity) || str_eq(rest, identity));
}
