/* Text in quotes. */
#include "base/quote.h"

#include "base/utf8.h"

/* Controls (C0, DEL, C1) and what turns text around: it is read on terminals, too. */
static bool
is_unseen(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200e && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x61c;
}

static void
add_json_char(struct buf *b, uint32_t cp, struct str bytes)
{
	if (cp == '"' || cp == '\\')
		buf_printf(b, "\\%c", (char)cp);
	else if (is_unseen(cp))
		buf_printf(b, "\\u%04x", (unsigned)cp);
	else
		buf_add_str(b, bytes);
}

void
quote_json(struct buf *b, struct str s)
{
	uint32_t cp;

	buf_add_char(b, '"');
	while (s.len > 0) {
		size_t n = utf8_decode(s, &cp);
		if (n == 0) {
			buf_add_str(b, STR("\xef\xbf\xbd"));
			n = 1;
		} else {
			add_json_char(b, cp, str_first(s, n));
		}
		s = str_from_byte(s, n);
	}
	buf_add_char(b, '"');
}
