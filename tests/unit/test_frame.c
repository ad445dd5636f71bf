/* Lines out of bytes: every way of cutting the input gives the same lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#include "base/buf.h"
#include "net/frame.h"

enum { LIMIT = 5 };

/* The lines of `input`, each in <>; ! for a line that is too long; then what is left over, after a
 * bar. */
struct framing {
	struct str input;
	const char *want;
};

static const struct framing framings[] = {
	{ BYTES(""), "|" },
	{ BYTES("\n"), "<>|" },
	{ BYTES("\r\n"), "<>|" },
	{ BYTES("a\n"), "<a>|" },
	{ BYTES("a\r\n"), "<a>|" },
	{ BYTES("a\r\r\n"), "<a\r>|" },
	{ BYTES("a\rb\n"), "<a\rb>|" },
	{ BYTES("a\nb\r\n\nc"), "<a><b><>|c" },
	{ BYTES("a\0b\n"), "<a.b>|" },
	{ BYTES("12345\n"), "<12345>|" },
	{ BYTES("12345\r\n"), "<12345>|" },
	{ BYTES("12345"), "|12345" },
	{ BYTES("12345\r"), "|12345\r" },
	{ BYTES("123456\n"), "!|" },
	{ BYTES("123456\r\n"), "!|" },
	{ BYTES("12345\r\r\n"), "!|" },
	{ BYTES("123456"), "!|" },
	{ BYTES("12345\r6"), "!|" },
	{ BYTES("1234567890 and on and on\nok\n"), "!<ok>|" },
	{ BYTES("1234567890\n1234567890\nok\n1"), "!!<ok>|1" },
	{ BYTES("1234567890\n\n"), "!<>|" },
};

/* What an owner of a connection does with each piece: takes lines, keeps the rest. */
static void
frame_piece(struct frame *f, struct buf *rest, struct str piece, struct buf *out)
{
	struct str in, line;
	enum frame_result r;

	assert_true(buf_add_str(rest, piece));
	in = buf_str(rest);
	while ((r = frame_next(f, &in, LIMIT, &line)) != FRAME_MORE) {
		if (r == FRAME_OVERLONG) {
			assert_true(buf_add_char(out, '!'));
			continue;
		}
		assert_true(buf_add_char(out, '<'));
		for (size_t i = 0; i < line.len; i++)
			assert_true(buf_add_char(out, line.p[i] ? line.p[i] : '.'));
		assert_true(buf_add_char(out, '>'));
	}
	assert_true(in.len <= LIMIT + 1); /* nobody has to keep more */
	buf_drop(rest, rest->len - in.len);
	assert_true(f->scanned <= rest->len);
}

/* Cut in two places, every two. */
static void
expect_framing(const struct framing *c, size_t a, size_t b)
{
	struct frame f = { 0 };
	struct buf rest = BUF_INIT(4096), out = BUF_INIT(4096);

	frame_piece(&f, &rest, str_first(c->input, a), &out);
	frame_piece(&f, &rest, str_first(str_from_byte(c->input, a), b - a), &out);
	frame_piece(&f, &rest, str_from_byte(c->input, b), &out);
	assert_true(buf_add_char(&out, '|'));
	assert_true(buf_add_str(&out, buf_str(&rest)));
	expect_text(c->input.p, buf_str(&out), c->want);
	buf_free(&rest);
	buf_free(&out);
}

static void
test_framings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(framings); i++)
		for (size_t a = 0; a <= framings[i].input.len; a++)
			for (size_t b = a; b <= framings[i].input.len; b++)
				expect_framing(&framings[i], a, b);
}

/* A line that is too long is said to be so at its first byte too many, not at its end. */
static void
test_overlong_is_told_at_once(void **state)
{
	struct frame f = { 0 };
	struct str in = STR("12345\r"), line;

	(void)state;
	assert_int_equal(frame_next(&f, &in, LIMIT, &line), FRAME_MORE);
	in = STR("12345\rx");
	assert_int_equal(frame_next(&f, &in, LIMIT, &line), FRAME_OVERLONG);
	assert_int_equal(in.len, 0);
	in = STR("yyyy");
	assert_int_equal(frame_next(&f, &in, LIMIT, &line), FRAME_MORE);
	assert_int_equal(in.len, 0);
	f = (struct frame){ 0 };
	in = STR("123456");
	assert_int_equal(frame_next(&f, &in, LIMIT, &line), FRAME_OVERLONG);
}

/* No byte is looked at twice: what was scanned may even change. */
static void
test_no_byte_is_scanned_twice(void **state)
{
	struct frame f = { 0 };
	char text[] = "abcd";
	struct str in = { text, 3 }, line;

	(void)state;
	assert_int_equal(frame_next(&f, &in, 100, &line), FRAME_MORE);
	assert_int_equal(f.scanned, 3);
	text[1] = '\n';
	in = (struct str){ text, 4 };
	assert_int_equal(frame_next(&f, &in, 100, &line), FRAME_MORE);
	assert_int_equal(in.len, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framings),
		cmocka_unit_test(test_overlong_is_told_at_once),
		cmocka_unit_test(test_no_byte_is_scanned_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
