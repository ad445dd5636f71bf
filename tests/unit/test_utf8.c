/* UTF-8: what is valid, how wide it is, and how it is shown. */
#include <locale.h>
#include <string.h>

#include "base/utf8.h"
#include "base/width.h"
#include "expect.h"

static void
decode_and_encode(void **state)
{
	static const struct {
		struct str bytes;
		uint32_t cp;
	} cases[] = {
		{ BYTES("\0"), 0 },
		{ BYTES("a"), 'a' },
		{ BYTES("\x7f"), 0x7f },
		{ BYTES("\xc2\x80"), 0x80 },
		{ BYTES("\xdf\xbf"), 0x7ff },
		{ BYTES("\xe0\xa0\x80"), 0x800 },
		{ BYTES("\xe2\x82\xac"), 0x20ac },
		{ BYTES("\xed\x9f\xbf"), 0xd7ff },
		{ BYTES("\xee\x80\x80"), 0xe000 },
		{ BYTES("\xef\xbf\xbf"), 0xffff },
		{ BYTES("\xf0\x90\x80\x80"), 0x10000 },
		{ BYTES("\xf0\x9f\x98\x80"), 0x1f600 },
		{ BYTES("\xf4\x8f\xbf\xbf"), 0x10ffff },
	};
	char out[8];
	uint32_t cp;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str s = cases[i].bytes;
		cp = 0xabcdef;
		expect_int(s.p, (long long)utf8_decode(s, &cp), (long long)s.len);
		expect_int(s.p, cp, cases[i].cp);
		size_t length = utf8_encode(cp, out);
		expect_str(s.p, (struct str){ out, length }, s);
		assert_true(utf8_valid(s));
		assert_int_equal(utf8_count(s), 1);
		for (size_t n = 0; n < s.len; n++)
			expect_int(s.p, (long long)utf8_decode(str_first(s, n), &cp), 0);
	}
	assert_int_equal(utf8_encode(0xd800, out), 0);
	assert_int_equal(utf8_encode(0xdfff, out), 0);
	assert_int_equal(utf8_encode(0x110000, out), 0);
	assert_int_equal(utf8_encode(0xffffffff, out), 0);
	assert_int_equal(utf8_decode(STR("abc"), &cp), 1); /* only the front */
}

static void
refuse_the_invalid(void **state)
{
	static const struct {
		struct str bytes;
		size_t count; /* a byte that is not UTF-8 counts as one */
	} cases[] = {
		{ BYTES("\x80"), 1 },
		{ BYTES("\xbf\xbf"), 2 },
		{ BYTES("\xc3"), 1 },
		{ BYTES("\xc3"
			"a"),
		    2 },
		{ BYTES("\xe2\x82"), 2 },
		{ BYTES("\xe2\x82"
			"a"),
		    3 },
		{ BYTES("\xf0\x9f\x98"), 3 },
		{ BYTES("\xc0\x80"), 2 }, /* overlong */
		{ BYTES("\xc1\xbf"), 2 },
		{ BYTES("\xe0\x80\xaf"), 3 },
		{ BYTES("\xe0\x9f\xbf"), 3 },
		{ BYTES("\xf0\x80\x80\xaf"), 4 },
		{ BYTES("\xf0\x8f\xbf\xbf"), 4 },
		{ BYTES("\xed\xa0\x80"), 3 }, /* surrogates */
		{ BYTES("\xed\xbf\xbf"), 3 },
		{ BYTES("\xf4\x90\x80\x80"), 4 }, /* over U+10FFFF */
		{ BYTES("\xf5\x80\x80\x80"), 4 },
		{ BYTES("\xf8\x88\x80\x80\x80"), 5 },
		{ BYTES("\xfe"), 1 },
		{ BYTES("\xff"), 1 },
	};
	uint32_t cp = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		expect_int(cases[i].bytes.p, (long long)utf8_decode(cases[i].bytes, &cp), 0);
		expect_int(cases[i].bytes.p, utf8_valid(cases[i].bytes), false);
		expect_int(cases[i].bytes.p, (long long)utf8_count(cases[i].bytes),
		    (long long)cases[i].count);
	}
	assert_int_equal(cp, 77);
	assert_false(utf8_valid(STR("abc\xff")));
	assert_true(utf8_valid(STR("")));
	assert_true(utf8_valid((struct str){ NULL, 0 }));
	assert_int_equal(utf8_decode((struct str){ NULL, 0 }, &cp), 0);
}

/* Every code point there is goes round. */
static void
all_code_points(void **state)
{
	char out[4];

	(void)state;
	for (uint32_t cp = 0; cp <= 0x110000; cp++) {
		size_t n = utf8_encode(cp, out);
		bool real = cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff);
		uint32_t back = ~cp;
		if ((n > 0) != real)
			fail_msg("U+%04X: %zu bytes", (unsigned)cp, n);
		if (real && (utf8_decode((struct str){ out, n }, &back) != n || back != cp))
			fail_msg("U+%04X came back as U+%04X", (unsigned)cp, (unsigned)back);
	}
}

static void
cut_prefixes(void **state)
{
	static const struct {
		struct str s;
		size_t max, prefix;
	} cases[] = {
		{ BYTES(""), 5, 0 }, { BYTES("abc"), 0, 0 }, { BYTES("abc"), 2, 2 },
		{ BYTES("abc"), 3, 3 }, { BYTES("abc"), 9, 3 }, { BYTES("a\xc3\xa9"), 3, 3 },
		{ BYTES("a\xc3\xa9"), 2, 1 }, { BYTES("\xc3\xa9"), 1, 0 },
		{ BYTES("\xe2\x82\xac"
			"a"),
		    3, 3 },
		{ BYTES("\xe2\x82\xac"
			"a"),
		    2, 0 },
		{ BYTES("\xe2\x82\xac"
			"a"),
		    1, 0 },
		{ BYTES("ab\xf0\x9f\x98\x80"), 5, 2 }, { BYTES("ab\xf0\x9f\x98\x80"), 4, 2 },
		{ BYTES("ab\xf0\x9f\x98\x80"), 3, 2 }, { BYTES("ab\xf0\x9f\x98\x80"), 2, 2 },
		{ BYTES("\x80\x80\x80\x80\x80\x80"), 5, 5 }, /* no UTF-8: cut anywhere */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(cases[i].s.p, (long long)utf8_prefix(cases[i].s, cases[i].max),
		    (long long)cases[i].prefix);
}

static void
count_points(void **state)
{
	(void)state;
	assert_int_equal(utf8_count(STR("")), 0);
	assert_int_equal(utf8_count(STR("abc")), 3);
	assert_int_equal(utf8_count(STR("\xc3\xa9t\xc3\xa9")), 3);
	assert_int_equal(utf8_count(STR("\xff\xc3\xa9\xff")), 3);
}

#define ZWJ "\xe2\x80\x8d"
#define MAN "\xf0\x9f\x91\xa8"
#define WOMAN "\xf0\x9f\x91\xa9"
#define GIRL "\xf0\x9f\x91\xa7"
#define HEART "\xe2\x9d\xa4"
#define EMOJI "\xef\xb8\x8f" /* variation selector */
#define TONE "\xf0\x9f\x8f\xbd"
#define FRANCE "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7"
#define HANGUL "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab" /* three jamo, one syllable */

struct shape {
	struct str s;
	size_t first; /* bytes of the first cluster */
	unsigned width;
	bool needs_library; /* libc does not know */
};

static const struct shape shapes[] = {
	{ BYTES(""), 0, 0, false },
	{ BYTES("a"), 1, 1, false },
	{ BYTES("abc"), 1, 3, false },
	{ BYTES("\xc3\xa9t\xc3\xa9"), 2, 3, false },
	/* wide */
	{ BYTES("\xe6\xbc\xa2\xe5\xad\x97"), 3, 4, false },
	{ BYTES("\xef\xbc\xa1"), 3, 2, false },
	{ BYTES("\xed\x95\x9c"), 3, 2, false },
	{ BYTES("\xf0\x9f\x98\x80"), 4, 2, false },
	{ BYTES("a\xe6\xbc\xa2"), 1, 3, false },
	/* combining */
	{ BYTES("e\xcc\x81"), 3, 1, false },
	{ BYTES("e\xcc\x81\xcc\xa7x"), 5, 2, false },
	{ BYTES("\xe6\xbc\xa2\xcc\x81"), 5, 2, false },
	{ BYTES("\xcc\x81"), 2, 0, false },
	/* joined */
	{ BYTES(MAN ZWJ WOMAN ZWJ GIRL), 18, 2, false },
	{ BYTES(MAN ZWJ WOMAN "x"), 11, 3, false },
	{ BYTES(HEART EMOJI), 6, 2, false },
	{ BYTES(WOMAN TONE), 8, 2, true },
	{ BYTES(FRANCE), 8, 2, true },
	{ BYTES(FRANCE FRANCE), 8, 4, true },
	{ BYTES("\xf0\x9f\x87\xab"
		"x"),
	    4, 2, false },
	{ BYTES(HANGUL), 9, 2, false },
	/* controls and bad bytes take the place of their escape's first column */
	{ BYTES("\t"), 1, 1, false },
	{ BYTES("\0"), 1, 1, false },
	{ BYTES("\x1b[2J"), 1, 4, false },
	{ BYTES("\xc2\x9b"), 2, 1, false },
	{ BYTES("\xff"), 1, 1, false },
	{ BYTES("\xff\xff"), 1, 2, false },
	{ BYTES("\xe2\x82"), 1, 2, false },
	{ BYTES("a\xff"
		"b"),
	    1, 3, false },
};

static void
measure_shapes(void **state)
{
	bool library = width_library[0] != '\0';

	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct shape *c = &shapes[i];
		if (c->needs_library && !library)
			continue;
		expect_int(c->s.p, (long long)utf8_grapheme(c->s), (long long)c->first);
		expect_int(c->s.p, utf8_width(c->s), c->width);
	}
}

/* Clusters cover the text from end to end, whatever it is. */
static void
clusters_cover(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++)
		for (struct str s = shapes[i].s; s.len > 0;) {
			size_t n = utf8_grapheme(s);
			assert_in_range(n, 1, s.len);
			s = str_from_byte(s, n);
		}
	assert_int_equal(utf8_grapheme((struct str){ NULL, 0 }), 0);
}

static void
show_safely(void **state)
{
	static const struct {
		struct str s;
		const char *shown;
	} cases[] = {
		{ BYTES(""), "" },
		{ BYTES("plain \\ text"), "plain \\ text" },
		{ BYTES("caf\xc3\xa9 \xf0\x9f\x98\x80"), "caf\xc3\xa9 \xf0\x9f\x98\x80" },
		{ BYTES(MAN ZWJ WOMAN), MAN ZWJ WOMAN },
		{ BYTES("\x1b[2J"), "\\x1b[2J" },
		{ BYTES("a\0b"), "a\\x00b" },
		{ BYTES("\r\n\t"), "\\x0d\\x0a\\x09" },
		{ BYTES("\x7f"), "\\x7f" },
		{ BYTES("\xc2\x9b"
			"31m"),
		    "\\u{009b}31m" },
		{ BYTES("\xc2\xa0"), "\xc2\xa0" },
		{ BYTES("\xe2\x80\xae"
			"abc"),
		    "\\u{202e}abc" },
		{ BYTES("\xe2\x81\xa6\xe2\x81\xa9"), "\\u{2066}\\u{2069}" },
		{ BYTES("\xe2\x80\xa8"), "\\u{2028}" },
		{ BYTES("\xff"
			"a\xc3"),
		    "\\xffa\\xc3" },
		{ BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT(256);
		utf8_show(&out, cases[i].s);
		expect_text(cases[i].s.p, buf_str(&out), cases[i].shown);
		buf_free(&out);
	}
}

static int
use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") == NULL ? -1 : 0; /* libc's widths follow it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_and_encode),
		cmocka_unit_test(refuse_the_invalid),
		cmocka_unit_test(all_code_points),
		cmocka_unit_test(cut_prefixes),
		cmocka_unit_test(count_points),
		cmocka_unit_test(measure_shapes),
		cmocka_unit_test(clusters_cover),
		cmocka_unit_test(show_safely),
	};

	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
