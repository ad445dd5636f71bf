/* The view: what it writes to the terminal. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "term/view.h"

enum { NOON = 12 * 3600 * 1000 };

static struct buf out = BUF_INIT(1 << 20);

static struct view *
view_with(bool full, bool colour, unsigned columns)
{
	struct view_options options = { full, colour, columns };
	struct view *v = view_new(&out, &options);

	assert_non_null(v);
	buf_clear(&out);
	return v;
}

static void
assert_out(const char *expected)
{
	assert_string_equal(buf_cstr(&out), expected);
	buf_clear(&out);
}

static void
hello(struct view *v)
{
	view_begin(v, NOON);
	view_add_name(v, STR("alice"));
	view_add(v, VIEW_PLAIN, STR(": \033[2Jhi\x9b\tyou\u202e"));
	view_end(v);
}

static void
test_line(void **state)
{
	struct view *v = view_with(true, false, 80);

	(void)state;
	hello(v);
	assert_out("12:00 alice: \\x1b[2Jhi\\x9b\tyou\\u{202e}\n");
	view_begin(v, -1);
	view_printf(v, VIEW_ERROR, "%d%s", 7, "\r");
	view_end(v);
	assert_out("7\\x0d\n");
	view_free(v);
}

static void
test_colour(void **state)
{
	struct view *v = view_with(true, true, 80);

	(void)state;
	hello(v);
	assert_out("\033[2m12:00\033[0m \033[91malice\033[0m: \\x1b[2Jhi\\x9b\tyou\\u{202e}\n");
	view_add_name(v, STR("ALICE"));
	assert_out("\033[91mALICE\033[0m");
	view_add(v, VIEW_ERROR, STR("no"));
	assert_out("\033[31mno\033[0m");
	view_free(v);
}

static void
test_prompt(void **state)
{
	struct view *v = view_with(true, true, 80);

	(void)state;
	view_prompt(v, STR("[1/9] "), STR("> "));
	view_refresh(v, STR("abc"), 1);
	assert_out("\r\033[2m[1/9] \033[0m> abc\033[K\r\033[9C");
	view_refresh(v, STR("abc"), 1);
	assert_out("");
	view_refresh(v, STR("abc"), 3);
	assert_out("\r\033[2m[1/9] \033[0m> abc\033[K\r\033[11C");
	hello(v);
	hello(v);
	view_refresh(v, STR("abc"), 3);
	assert_int_equal(str_find(buf_str(&out), 'K'), 3); /* cleared once, before the first line */
	assert_true(str_ends(buf_str(&out), STR("abc\033[K\r\033[11C")));
	buf_clear(&out);
	view_redraw(v, true);
	view_prompt(v, STR(""), STR(""));
	view_refresh(v, STR(""), 0);
	assert_out("\033[H\033[2J\r\033[K\r");
	view_clear(v);
	view_clear(v);
	assert_out("\r\033[K");
	view_free(v);
}

/* { typed, cursor } in a terminal 12 columns wide, prompt ">": the row, and the cursor's column. */
static const struct {
	const char *text;
	size_t cursor;
	const char *drawn;
} rows[] = {
	{ "", 0, "\r>\033[K\r\033[1C" },
	{ "123456789", 9, "\r>123456789\033[K\r\033[10C" },
	{ "1234567890", 10, "\r><67890\033[K\r\033[7C" },
	{ "1234567890", 0, "\r>1234567890\033[K\r\033[1C" },
	{ "12345678901", 0, "\r>123456789>\033[K\r\033[1C" },
	{ "12345678901", 9, "\r>123456789>\033[K\r\033[10C" },
	{ "12345678901234567890", 12, "\r><67890123>\033[K\r\033[9C" },
	{ "\u6f22\u5b57\u6f22\u5b57\u6f22", 15, "\r><\u5b57\u6f22\033[K\r\033[6C" },
	{ "\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57", 0,
	    "\r>\u6f22\u5b57\u6f22\u5b57>\033[K\r\033[1C" },
	{ "e\u0301e\u0301", 3, "\r>e\u0301e\u0301\033[K\r\033[2C" },
	{ "a\nb\tc", 4, "\r>a\u21b5b c\033[K\r\033[5C" },
	{ "a\u202eb", 4, "\r>a\\u{202e}b\033[K\r\033[10C" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view *v = view_with(true, false, 12);
		view_prompt(v, STR(""), STR(">"));
		view_refresh(v, str_from(rows[i].text), rows[i].cursor);
		if (!str_eq(buf_str(&out), str_from(rows[i].drawn)))
			print_error("row %zu\n", i);
		assert_out(rows[i].drawn);
		view_free(v);
	}
}

static void
test_resize(void **state)
{
	struct view *v = view_with(true, false, 80);

	(void)state;
	view_refresh(v, STR("123456789012"), 12);
	buf_clear(&out);
	view_resize(v, 12);
	view_refresh(v, STR("123456789012"), 12);
	assert_out("\r<6789012\033[K\r\033[8C");
	view_resize(v, 0); /* narrower than anything can be: eight columns */
	view_refresh(v, STR("123456789012"), 12);
	assert_out("\r<012\033[K\r\033[4C");
	view_free(v);
}

static void
test_dumb(void **state)
{
	struct view *v = view_with(false, true, 80);

	(void)state;
	view_refresh(v, STR("x"), 1);
	assert_out("");
	view_prompt(v, STR(""), STR(">"));
	view_refresh(v, STR("x"), 1);
	view_refresh(v, STR("xy"), 2);
	assert_out(">");
	hello(v);
	view_refresh(v, STR(""), 0);
	assert_out("\n12:00 alice: \\x1b[2Jhi\\x9b\tyou\\u{202e}\n>");
	view_redraw(v, false); /* the person pressed Enter, which the terminal echoed */
	hello(v);
	assert_out("12:00 alice: \\x1b[2Jhi\\x9b\tyou\\u{202e}\n");
	view_bell(v);
	view_clear(v);
	assert_out("");
	view_free(v);
}

static int
free_out(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_dumb),
	};

	setlocale(LC_CTYPE, "C.UTF-8"); /* libc's widths follow it */
	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, free_out);
}
