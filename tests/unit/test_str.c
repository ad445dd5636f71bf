/* Views of bytes. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static const struct str none = { NULL, 0 };

static void
make_views(void **state)
{
	(void)state;
	assert_int_equal(str_from(NULL).len, 0);
	assert_int_equal(str_from("").len, 0);
	expect_str("from", str_from("abc"), STR("abc"));
	assert_int_equal(STR("a\0b").len, 3);
	assert_int_equal(str_int(STR("abc")), 3);
	assert_int_equal(str_int((struct str){ "", (size_t)INT_MAX + 1 }), INT_MAX);
}

static void
format_views(void **state)
{
	char out[16];

	(void)state;
	snprintf(out, sizeof(out), "<" STR_FMT "|" STR_FMT ">",
	    STR_ARG(str_first(STR("abcdef"), 3)), STR_ARG(none));
	assert_string_equal(out, "<abc|>");
}

static int
sign(int n)
{
	return (n > 0) - (n < 0);
}

static void
compare_views(void **state)
{
	static const struct {
		struct str a, b;
		bool equal, equal_nocase;
		int order;
	} cases[] = {
		{ BYTES(""), BYTES(""), true, true, 0 },
		{ BYTES("abc"), BYTES("abc"), true, true, 0 },
		{ BYTES("abc"), BYTES("ABC"), false, true, 0 },
		{ BYTES("abc"), BYTES("abd"), false, false, -1 },
		{ BYTES("ABD"), BYTES("abc"), false, false, 1 },
		{ BYTES("ab"), BYTES("abc"), false, false, -1 },
		{ BYTES("abc"), BYTES("AB"), false, false, 1 },
		{ BYTES(""), BYTES("a"), false, false, -1 },
		{ BYTES("["), BYTES("{"), false, false, -1 },
		{ BYTES("a\0b"), BYTES("a\0c"), false, false, -1 },
		{ BYTES("a\0b"), BYTES("a\0B"), false, true, 0 },
		{ BYTES("z"), BYTES("\xc3\xa9"), false, false, -1 }, /* bytes are unsigned */
		{ BYTES("\xc3\xa9"), BYTES("\xc3\x89"), false, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str a = cases[i].a, b = cases[i].b;
		expect_int(a.p, str_eq(a, b), cases[i].equal);
		expect_int(a.p, str_eq_nocase(a, b), cases[i].equal_nocase);
		expect_int(a.p, sign(str_compare_nocase(a, b)), cases[i].order);
		expect_int(a.p, sign(str_compare_nocase(b, a)), -cases[i].order);
	}
	assert_true(str_eq(none, STR("")));
	assert_true(str_eq_nocase(STR(""), none));
	assert_false(str_eq(none, STR("a")));
}

static void
look_at_ends(void **state)
{
	static const struct {
		const char *s, *part;
		bool starts, ends, contains;
	} cases[] = {
		{ "", "", true, true, true },
		{ "abc", "", true, true, true },
		{ "", "a", false, false, false },
		{ "abc", "ab", true, false, true },
		{ "abc", "bc", false, true, true },
		{ "abc", "abc", true, true, true },
		{ "abc", "abcd", false, false, false },
		{ "abcbd", "cb", false, false, true },
		{ "aab", "ab", false, true, true },
		{ "abc", "AB", false, false, false },
		{ "aaa", "b", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str s = str_from(cases[i].s), part = str_from(cases[i].part);
		expect_int(cases[i].s, str_starts(s, part), cases[i].starts);
		expect_int(cases[i].s, str_ends(s, part), cases[i].ends);
		expect_int(cases[i].s, str_contains(s, part), cases[i].contains);
	}
	assert_true(str_starts(none, none) && str_ends(none, none) && str_contains(none, none));
	assert_true(str_contains(STR("a"), none));
	assert_false(str_contains(none, STR("a")));
}

static void
take_parts(void **state)
{
	(void)state;
	expect_str("from", str_from_byte(STR("abc"), 0), STR("abc"));
	expect_str("from", str_from_byte(STR("abc"), 2), STR("c"));
	expect_str("from", str_from_byte(STR("abc"), 3), STR(""));
	expect_str("from", str_from_byte(STR("abc"), 4), STR(""));
	expect_str("from", str_from_byte(none, 4), STR(""));
	expect_str("first", str_first(STR("abc"), 0), STR(""));
	expect_str("first", str_first(STR("abc"), 2), STR("ab"));
	expect_str("first", str_first(STR("abc"), 4), STR("abc"));
	expect_str("first", str_first(none, 1), STR(""));
	expect_str("trim", str_trim(STR(" \t a b\t ")), STR("a b"));
	expect_str("trim", str_trim(STR("ab")), STR("ab"));
	expect_str("trim", str_trim(STR(" \t ")), STR(""));
	expect_str("trim", str_trim(STR("\na\n")), STR("\na\n"));
	expect_str("trim", str_trim(none), STR(""));
	assert_int_equal(str_find(STR("abcb"), 'b'), 1);
	assert_int_equal(str_find(STR("abc"), 'x'), 3);
	assert_int_equal(str_find(STR("ab\0c"), '\0'), 2);
	assert_int_equal(str_find(none, 'x'), 0);
	assert_true(str_has_any(STR("abc"), "xc"));
	assert_false(str_has_any(STR("abc"), "xyz"));
	assert_false(str_has_any(STR("abc"), ""));
	assert_false(str_has_any(none, "abc"));
}

static void
advance(void **state)
{
	struct str s = STR("::a:b::");

	(void)state;
	assert_true(str_eat(&s, ':'));
	expect_str("eat", s, STR(":a:b::"));
	assert_false(str_eat(&s, 'a'));
	str_skip(&s, ':');
	expect_str("skip", s, STR("a:b::"));
	str_skip(&s, 'x');
	expect_str("cut", str_cut(&s, ':'), STR("a"));
	expect_str("cut", s, STR("b::"));
	expect_str("cut", str_cut(&s, 'x'), STR("b::"));
	expect_str("cut", s, STR(""));
	expect_str("cut", str_cut(&s, ':'), STR(""));
	assert_false(str_eat(&s, ':'));
	s = STR(":");
	expect_str("cut", str_cut(&s, ':'), STR(""));
	assert_int_equal(s.len, 0);
	s = none;
	assert_false(str_eat(&s, ':'));
	str_skip(&s, ':');
	expect_str("cut", str_cut(&s, ':'), STR(""));
}

static void
cut_words(void **state)
{
	struct str s = STR("  one\ttwo  three\n ");

	(void)state;
	expect_str("word", str_word(&s), STR("one"));
	expect_str("word", str_word(&s), STR("two"));
	expect_str("word", str_word(&s), STR("three\n"));
	expect_str("word", str_word(&s), STR(""));
	expect_str("word", str_word(&s), STR(""));
	s = none;
	expect_str("word", str_word(&s), STR(""));
}

static void
read_numbers(void **state)
{
	static const struct {
		struct str s;
		bool ok;
		int64_t number;
	} cases[] = {
		{ BYTES("0"), true, 0 },
		{ BYTES("-0"), true, 0 },
		{ BYTES("42"), true, 42 },
		{ BYTES("-42"), true, -42 },
		{ BYTES("007"), true, 7 },
		{ BYTES("9223372036854775807"), true, INT64_MAX },
		{ BYTES("-9223372036854775807"), true, -INT64_MAX },
		{ BYTES("-9223372036854775808"), true, INT64_MIN },
		{ BYTES("9223372036854775808"), false, 0 },
		{ BYTES("-9223372036854775809"), false, 0 },
		{ BYTES("99999999999999999999999"), false, 0 },
		{ BYTES(""), false, 0 },
		{ BYTES("-"), false, 0 },
		{ BYTES("+1"), false, 0 },
		{ BYTES("--1"), false, 0 },
		{ BYTES("1-"), false, 0 },
		{ BYTES(" 1"), false, 0 },
		{ BYTES("1 "), false, 0 },
		{ BYTES("1.5"), false, 0 },
		{ BYTES("0x10"), false, 0 },
		{ BYTES("1\0"), false, 0 },
		{ BYTES("\xd9\xa1"), false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t number = 77;
		expect_int(cases[i].s.p, str_to_int64(cases[i].s, &number), cases[i].ok);
		expect_int(cases[i].s.p, number, cases[i].ok ? cases[i].number : 77);
	}
}

static void
copy_views(void **state)
{
	char out[8], *copy = str_dup(STR("a\0b"));

	(void)state;
	assert_non_null(copy);
	assert_memory_equal(copy, "a\0b", 4);
	free(copy);
	copy = str_dup(none);
	assert_string_equal(copy, "");
	free(copy);

	memset(out, '#', sizeof(out));
	assert_int_equal(str_copy(out, sizeof(out), STR("abc")), 3);
	assert_memory_equal(out, "abc\0####", 8);
	assert_int_equal(str_copy(out, 3, STR("wxyz")), 2);
	assert_memory_equal(out, "wx\0", 3);
	assert_int_equal(str_copy(out, 1, STR("wxyz")), 0);
	assert_int_equal(out[0], '\0');
	out[0] = '#';
	assert_int_equal(str_copy(out, 0, STR("wxyz")), 0);
	assert_int_equal(out[0], '#');
	assert_int_equal(str_copy(out, sizeof(out), none), 0);
	assert_int_equal(out[0], '\0');
}

static void
measure_distances(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "serve", "serve", 0 },
		{ "serve", "SERVE", 0 },
		{ "serve", "server", 1 },
		{ "serve", "srve", 1 },
		{ "serve", "sarve", 1 },
		{ "serve", "sevre", 1 }, /* neighbours swapped */
		{ "kitten", "sitting", 3 },
		{ "ca", "abc", 3 }, /* restricted: nothing is changed twice */
		{ "abc", "xyz", 3 },
	};
	char far[66];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str a = str_from(cases[i].a), b = str_from(cases[i].b);
		expect_int(cases[i].a, str_distance(a, b), cases[i].distance);
		expect_int(cases[i].b, str_distance(b, a), cases[i].distance);
	}
	memset(far, 'a', sizeof(far));
	assert_int_equal(str_distance((struct str){ far, 64 }, (struct str){ far, 64 }), 0);
	assert_int_equal(str_distance((struct str){ far, 65 }, (struct str){ far, 65 }), 64);
	assert_int_equal(str_distance(STR("a"), (struct str){ far, 65 }), 64);
}

static void
sort_characters(void **state)
{
	(void)state;
	for (int i = CHAR_MIN; i <= CHAR_MAX; i++) {
		char c = (char)i;
		bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
		assert_int_equal(ascii_is_alpha(c), upper || lower);
		assert_int_equal(ascii_is_digit(c), i >= '0' && i <= '9');
		assert_int_equal(ascii_lower(c), upper ? i + 32 : i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_views),
		cmocka_unit_test(format_views),
		cmocka_unit_test(compare_views),
		cmocka_unit_test(look_at_ends),
		cmocka_unit_test(take_parts),
		cmocka_unit_test(advance),
		cmocka_unit_test(cut_words),
		cmocka_unit_test(read_numbers),
		cmocka_unit_test(copy_views),
		cmocka_unit_test(measure_distances),
		cmocka_unit_test(sort_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
