/* Text made fit to be sent. */
#include "connect/split.h"

#include "base/utf8.h"

/* Behind the last blank in the second half of the room; 0 when there is none. */
static size_t
behind_blank(struct str text, size_t room)
{
	for (size_t i = room; i > room / 2; i--)
		if (text.p[i - 1] == ' ')
			return i;
	return 0;
}

/* The most whole grapheme clusters that fit; 0 when not even one does. */
static size_t
whole_clusters(struct str text, size_t room)
{
	size_t at = 0, more;

	for (;;) {
		more = utf8_grapheme(str_from_byte(text, at));
		if (more == 0 || at + more > room)
			return at;
		at += more;
	}
}

size_t
split_first(struct str text, size_t room)
{
	uint32_t cp;
	size_t n;

	if (text.len <= room)
		return text.len;
	n = behind_blank(text, room);
	if (n == 0)
		n = whole_clusters(text, room);
	if (n == 0)
		n = utf8_prefix(text, room);
	if (n == 0)
		n = utf8_decode(text, &cp);
	return n > 0 ? n : 1;
}

size_t
split_clean(struct buf *out, struct str text)
{
	size_t bad = 0;
	uint32_t cp;

	while (text.len > 0) {
		size_t n = utf8_decode(text, &cp);
		if (n == 0) {
			buf_add_str(out, STR("\xef\xbf\xbd"));
			bad++;
			n = 1;
		} else if (cp == '\r' || cp == '\n') {
			buf_add_char(out, ' ');
		} else if (cp != 0) {
			buf_add_str(out, str_first(text, n));
		}
		text = str_from_byte(text, n);
	}
	return bad;
}
