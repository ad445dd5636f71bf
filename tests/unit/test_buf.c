/* Growing buffers, up to their ceiling. */
#include <string.h>

#include "base/buf.h"
#include "expect.h"

static void
start_empty(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	assert_int_equal(buf_str(&b).len, 0);
	buf_clear(&b);
	buf_drop(&b, 1);
	buf_free(&b);
	assert_true(buf_add(&b, NULL, 0));
	assert_true(buf_add_str(&b, (struct str){ NULL, 0 }));
	assert_null(b.data);
	assert_string_equal(buf_cstr(&b), "");
	assert_false(b.truncated);
	buf_free(&b);
}

static void
add_pieces(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	assert_true(buf_add(&b, "a\0b", 3));
	assert_true(buf_add_str(&b, STR("cd")));
	assert_true(buf_add_char(&b, 'e'));
	assert_true(buf_printf(&b, "-%d-%s", 42, "x"));
	expect_str("all", buf_str(&b), STR("a\0bcde-42-x"));
	assert_int_equal(strlen(buf_cstr(&b)), 1);
	assert_int_equal(b.len, 11);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_non_null(b.data);
	assert_string_equal(buf_cstr(&b), "");
	buf_free(&b);
	assert_null(b.data);
	assert_true(buf_add_char(&b, 'f'));
	expect_str("again", buf_str(&b), STR("f"));
	buf_free(&b);
}

static void
grow_far(void **state)
{
	struct buf b = BUF_INIT(100000);

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		assert_true(buf_add_char(&b, (char)('a' + i % 26)));
	assert_false(buf_add_char(&b, 'x'));
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_free(&b);
}

/* Each adds all or nothing, and uses the very last byte. */
static void
stop_at_the_ceiling(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	assert_true(buf_add(&b, "abc", 3));
	assert_false(buf_add(&b, "def", 3));
	assert_true(b.truncated);
	expect_str("kept", buf_str(&b), STR("abc"));
	assert_false(buf_printf(&b, "%s", "def"));
	expect_str("kept", buf_str(&b), STR("abc"));
	assert_true(buf_printf(&b, "%s", "de"));
	expect_str("full", buf_str(&b), STR("abcde"));
	assert_true(b.truncated); /* until it is cleared */
	assert_string_equal(buf_cstr(&b), "abcde");
	assert_false(buf_add_char(&b, 'f'));
	assert_false(buf_add_str(&b, STR("f")));
	assert_null(buf_room(&b, 1));
	assert_non_null(buf_room(&b, 0));
	buf_clear(&b);
	assert_false(b.truncated);
	assert_false(buf_add(&b, "abcdef", 6));
	assert_true(buf_add(&b, "abcde", 5));
	assert_string_equal(buf_cstr(&b), "abcde");
	buf_free(&b);
	assert_int_equal(b.max, 5);
}

/* printf's NUL has room behind any length: a sanitizer sees it where it has not. */
static void
print_every_length(void **state)
{
	char text[301];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (int n = 0; n <= 300; n++) {
		struct buf b = BUF_INIT((size_t)n);
		assert_true(buf_printf(&b, "%.*s", n, text));
		assert_int_equal(b.len, n);
		assert_int_equal(strlen(buf_cstr(&b)), n);
		buf_free(&b);
	}
}

static void
refuse_what_would_wrap(void **state)
{
	struct buf b = BUF_INIT(SIZE_MAX / 4), nothing = BUF_INIT(0);

	(void)state;
	assert_true(buf_add_char(&b, 'a'));
	assert_null(buf_room(&b, SIZE_MAX));
	assert_null(buf_room(&b, SIZE_MAX / 4));
	assert_true(b.truncated);
	expect_str("kept", buf_str(&b), STR("a"));
	buf_free(&b);
	assert_false(buf_add_char(&nothing, 'a'));
	assert_true(buf_printf(&nothing, "%s", ""));
	assert_string_equal(buf_cstr(&nothing), "");
	buf_free(&nothing);
}

static void
fill_room(void **state)
{
	struct buf b = BUF_INIT(4096);
	char *at = buf_room(&b, 1000);

	(void)state;
	assert_non_null(at);
	assert_int_equal(b.len, 0);
	memset(at, 'x', 1000);
	b.len += 1000;
	at = buf_room(&b, 3096);
	assert_ptr_equal(at, b.data + 1000);
	memset(at, 'y', 3096);
	b.len += 3096;
	assert_int_equal(b.data[999], 'x');
	assert_int_equal(b.data[1000], 'y');
	assert_null(buf_room(&b, 1));
	buf_free(&b);
}

static void
drop_from_the_front(void **state)
{
	struct buf b = BUF_INIT(100);

	(void)state;
	buf_add_str(&b, STR("abcdef"));
	buf_drop(&b, 0);
	expect_str("none", buf_str(&b), STR("abcdef"));
	buf_drop(&b, 4);
	expect_str("some", buf_str(&b), STR("ef"));
	buf_add_str(&b, STR("gh"));
	expect_str("more", buf_str(&b), STR("efgh"));
	buf_drop(&b, 4);
	assert_int_equal(b.len, 0);
	buf_add_str(&b, STR("ij"));
	buf_drop(&b, 100);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_empty),
		cmocka_unit_test(add_pieces),
		cmocka_unit_test(grow_far),
		cmocka_unit_test(stop_at_the_ceiling),
		cmocka_unit_test(print_every_length),
		cmocka_unit_test(refuse_what_would_wrap),
		cmocka_unit_test(fill_room),
		cmocka_unit_test(drop_from_the_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
