/* UTF-8: decoding, validity, width, and showing foreign text safely. */
#include "base/utf8.h"

#include <string.h>

#include "base/width.h"

/* The lead byte's length and the smallest code point that needs it. */
static size_t
lead_length(unsigned char lead, uint32_t *bits, uint32_t *smallest)
{
	static const struct {
		unsigned char mask, value;
		uint32_t smallest;
	} leads[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };

	for (size_t i = 0; i < 4; i++)
		if ((lead & leads[i].mask) == leads[i].value) {
			*bits = lead & (unsigned char)~leads[i].mask;
			*smallest = leads[i].smallest;
			return i + 1;
		}
	return 0;
}

size_t
utf8_decode(struct str s, uint32_t *cp)
{
	uint32_t value, smallest;
	size_t n;

	if (s.len == 0)
		return 0;
	n = lead_length((unsigned char)s.p[0], &value, &smallest);
	if (n == 0 || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (c & 0x3f);
	}
	if (value < smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*cp = value;
	return n;
}

size_t
utf8_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* Whether one of the eight bytes is not printable ASCII (the classic test for a byte below a
 * bound). */
static bool
has_odd_byte(uint64_t word)
{
	const uint64_t ones = UINT64_MAX / 255, high = ones * 0x80;
	uint64_t del = word ^ (ones * 0x7f);

	return (((word - ones * 0x20) & ~word) | word | ((del - ones) & ~del)) & high;
}

size_t
utf8_printable(struct str s)
{
	size_t n = 0;
	uint64_t word;

	for (; n + sizeof(word) <= s.len; n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if (has_odd_byte(word))
			return n;
	}
	while (n < s.len && s.p[n] >= 0x20 && s.p[n] < 0x7f)
		n++;
	return n;
}

bool
utf8_valid(struct str s)
{
	uint32_t cp;

	while (s.len > 0) {
		size_t n = utf8_printable(s);
		if (n == 0)
			n = (unsigned char)s.p[0] < 0x80 ? 1 : utf8_decode(s, &cp);
		if (n == 0)
			return false;
		s = str_from_byte(s, n);
	}
	return true;
}

size_t
utf8_prefix(struct str s, size_t max)
{
	size_t n = max;

	if (s.len <= max)
		return s.len;
	/* Back over continuation bytes, three at most: what is no UTF-8 is cut anywhere. */
	while (n > 0 && max - n < 3 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return ((unsigned char)s.p[n] & 0xc0) == 0x80 ? max : n;
}

/* One code point, or one bad byte (then *cp is 0xfffd). */
static size_t
step(struct str s, uint32_t *cp)
{
	size_t n = utf8_decode(s, cp);

	if (n == 0 && s.len > 0) {
		*cp = 0xfffd;
		n = 1;
	}
	return n;
}

size_t
utf8_count(struct str s)
{
	size_t count = 0;
	uint32_t cp;

	for (; s.len > 0; count++)
		s = str_from_byte(s, step(s, &cp));
	return count;
}

size_t
utf8_grapheme(struct str s)
{
	int32_t state = 0;
	uint32_t last, cp;
	size_t n = utf8_decode(s, &last), more;

	if (n == 0)
		return s.len > 0 ? 1 : 0;
	while ((more = utf8_decode(str_from_byte(s, n), &cp)) > 0) {
		if (width_breaks(last, cp, &state))
			break;
		n += more;
		last = cp;
	}
	return n;
}

/* Two of these are one flag. */
static bool
is_flag_letter(uint32_t cp)
{
	return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

static unsigned
cluster_width(struct str cluster)
{
	uint32_t cp;
	unsigned widest = 0;

	if (step(cluster, &cp) == 0)
		return 0;
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xfffd)
		return 1;
	while (cluster.len > 0) {
		cluster = str_from_byte(cluster, step(cluster, &cp));
		/* The emoji variation selector widens, and so does the second letter of a flag. */
		bool wide = cp == 0xfe0f || (widest > 0 && is_flag_letter(cp));
		unsigned w = wide ? 2 : width_of(cp);
		if (w > widest)
			widest = w;
	}
	return widest;
}

unsigned
utf8_width(struct str s)
{
	unsigned width = 0;

	while (s.len > 0) {
		size_t n = utf8_grapheme(s);
		width += cluster_width(str_first(s, n));
		s = str_from_byte(s, n);
	}
	return width;
}

static bool
is_unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0x2028 || cp == 0x2029;
}

void
utf8_show(struct buf *out, struct str s)
{
	uint32_t cp;

	while (s.len > 0) {
		size_t n = utf8_decode(s, &cp);
		if (n == 0) {
			buf_printf(out, "\\x%02x", (unsigned)(unsigned char)s.p[0]);
			n = 1;
		} else if (is_unsafe(cp)) {
			buf_printf(out, cp < 0x80 ? "\\x%02x" : "\\u{%04x}", (unsigned)cp);
		} else {
			buf_add(out, s.p, n);
		}
		s = str_from_byte(s, n);
	}
}
