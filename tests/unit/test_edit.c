/* The line editor: key sequences and what they leave. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "term/edit.h"

#define LEFT "\033[D"
#define RIGHT "\033[C"
#define UP "\033[A"
#define DOWN "\033[B"
#define PASTE(text) "\033[200~" text "\033[201~"

#define FAMILY "\U0001f468\u200d\U0001f469\u200d\U0001f467" /* one cluster, 18 bytes */

/* `keys` are typed; then `text` is there, the cursor before the byte `cursor`; `events` came,
 * one letter each: L line, E end, I interrupt, Z suspend, R redraw, B bell (or several in a
 * row). */
struct typing {
	const char *keys, *text;
	size_t cursor;
	const char *events;
};

static const struct typing typings[] = {
	/* text */
	{ "", "", 0, "" },
	{ "hello", "hello", 5, "" },
	{ "h\u00e9llo", "h\u00e9llo", 6, "" },
	{ "\u6f22\u5b57", "\u6f22\u5b57", 6, "" },
	{ "e\u0301x", "e\u0301x", 4, "" },
	{ "bad\xff\xfe"
	  "bytes",
	    "badbytes", 8, "B" },
	{ "half\xc3"
	  "z",
	    "halfz", 5, "B" },
	{ "over\xc0\xaf"
	  "long",
	    "overlong", 8, "B" },
	{ "sur\xed\xa0\x80"
	  "rogate",
	    "surrogate", 9, "B" },
	{ "c1\xc2\x9b"
	  "x",
	    "c1x", 3, "B" },
	{ "nul\001\0", "nul", 0, "" },
	/* moving */
	{ "abc" LEFT "X", "abXc", 3, "" },
	{ "abc" LEFT LEFT LEFT LEFT "X", "Xabc", 1, "B" },
	{ "abc" LEFT RIGHT RIGHT "X", "abcX", 4, "B" },
	{ "abc\002\002\006X", "abXc", 3, "" },
	{ "abc\033OD\033OD\033OCX", "abXc", 3, "" },
	{ "abc\001X\005Y", "XabcY", 5, "" },
	{ "abc\033[HX\033[FY", "XabcY", 5, "" },
	{ "abc\033[1~X\033[4~Y", "XabcY", 5, "" },
	{ "abc\033[7~X\033[8~Y", "XabcY", 5, "" },
	{ "abc\033OHX\033OFY", "XabcY", 5, "" },
	{ "a\u6f22" LEFT "X", "aX\u6f22", 2, "" },
	{ "e\u0301" LEFT "X", "Xe\u0301", 1, "" },
	{ "a" FAMILY LEFT "X", "aX" FAMILY, 2, "" },
	{ "one two-three\033bX", "one two-Xthree", 9, "" },
	{ "one two\033b\033bX", "Xone two", 1, "" },
	{ "one two\033[1;5DX", "one Xtwo", 5, "" },
	{ "one two\033[1;3D\033[1;3CX", "one twoX", 8, "" },
	{ "one two\001\033f\033fX", "one twoX", 8, "" },
	{ "one \u00e9t\u00e9\033bX", "one X\u00e9t\u00e9", 5, "" },
	/* taking away */
	{ "abc\177", "ab", 2, "" },
	{ "abc\b\b\b\b", "", 0, "B" },
	{ "abe\u0301\177", "ab", 2, "" },
	{ "a" FAMILY "\177", "a", 1, "" },
	{ "abc\001\033[3~", "bc", 0, "" },
	{ "abc\033[3~", "abc", 3, "B" },
	{ "abc\001\004", "bc", 0, "" },
	{ "abc\004", "abc", 3, "B" },
	{ "x\u0301y\001\004", "y", 0, "" },
	/* a mark that loses its letter joins the one before: the cursor is not left within */
	{ "ab\u0301" LEFT "\u0302", "a\u0302b\u0301", 3, "" },
	/* killing and yanking */
	{ "hello world" LEFT LEFT LEFT "\013", "hello wo", 8, "" },
	{ "hello world" LEFT LEFT LEFT "\025", "rld", 0, "" },
	{ "hello world\027", "hello ", 6, "" },
	{ "hello world  \027", "hello ", 6, "" },
	{ "see a/b/c\027", "see ", 4, "" },
	{ "see a/b/c\033\177", "see a/b/", 8, "" },
	{ "see a/b/c\033\b\033\b", "see a/", 6, "" },
	{ "one two\001\033d", " two", 0, "" },
	{ "one two\001\033[3;5~", " two", 0, "" },
	{ "hello\025\031\031", "hellohello", 10, "" },
	{ "one two three\027\027\031", "one two three", 13, "" },
	{ "one two three\001\033d\033d\005\031", " threeone two", 13, "" },
	{ "one two\027x\027\031", "one x", 5, "" },
	{ "\031\013\025\027", "", 0, "B" },
	/* transposing */
	{ "ab\024", "ba", 2, "" },
	{ "abc" LEFT "\024", "acb", 3, "" },
	{ "a\u6f22\024", "\u6f22a", 4, "" },
	{ "xe\u0301\024", "e\u0301x", 4, "" },
	{ "a\024", "a", 1, "B" },
	{ "ab\001\024", "ab", 0, "B" },
	/* events */
	{ "hello\r", "", 0, "L" },
	{ "hello\nyou\n", "", 0, "LL" },
	{ "\r", "", 0, "L" },
	{ "a\033OM", "", 0, "L" },
	{ "\004", "", 0, "E" },
	{ "\003", "", 0, "I" },
	{ "text\003", "", 0, "" },
	{ "text\003\003", "", 0, "I" },
	{ "a\032b", "ab", 2, "Z" },
	{ "a\014b", "ab", 2, "R" },
	/* sequences that mean nothing are swallowed whole */
	{ "a\033[15~b\033[1;2Rc", "abc", 3, "" },
	{ "a\033[[Ab", "ab", 2, "" },
	{ "a\033[?1;2cb", "ab", 2, "" },
	{ "a\033OPb\033xc", "abc", 3, "" },
	{ "a\033[11111111111111111111111111111111111111111111111111Db", "ab", 2, "" },
	{ "ab\033\033[DX", "aXb", 2, "" },
	{ "a\033\u00e9", "a\u00e9", 3, "" },
	{ "a\033[\rb", "b", 1, "L" },
	{ "a\001\007b", "ba", 1, "" },
	/* pasting */
	{ PASTE("one"), "one", 3, "" },
	{ PASTE("one\ntwo"), "one\ntwo", 7, "" },
	{ PASTE("one\r\ntwo\rthree\n\n"), "one\ntwo\nthree\n\n", 15, "" },
	{ PASTE("a\tb"), "a\tb", 3, "" },
	{ PASTE("rm\003\004\032\r"), "rm\n", 3, "B" },
	{ PASTE("\033[31mred"), "[31mred", 7, "" },
	{ PASTE("\033[20x"), "[20x", 4, "" },
	{ PASTE("one\ntwo") "\r", "", 0, "LL" },
	{ PASTE("one\ntwo\n") "\r", "", 0, "LL" },
	{ PASTE("one\n\ntwo") "\r", "", 0, "LLL" },
	{ PASTE("one\ntwo") "\177\177\177\177 x\r", "", 0, "L" },
	{ "ab" LEFT PASTE("1\n2"), "a1\n2b", 4, "" },
	{ PASTE("one\ntwo") "\001" RIGHT RIGHT RIGHT RIGHT "X", "one\nXtwo", 5, "" },
	{ "x\033[201~y", "xy", 2, "" },
};

static char
letter(enum edit_event event)
{
	static const char letters[] = { [EDIT_LINE] = 'L',
		[EDIT_END] = 'E',
		[EDIT_INTERRUPT] = 'I',
		[EDIT_SUSPEND] = 'Z',
		[EDIT_REDRAW] = 'R',
		[EDIT_BELL] = 'B' };

	return letters[event];
}

/* Feeds the keys in pieces of `size` bytes; the letters of the events are gathered. */
static void
type_in_pieces(struct edit *e, struct str keys, size_t size, struct buf *events)
{
	while (keys.len > 0) {
		struct str piece = str_first(keys, size);
		enum edit_event event;
		keys = str_from_byte(keys, size);
		while ((event = edit_feed(e, &piece)) != EDIT_MORE)
			if (event != EDIT_BELL || !str_ends(buf_str(events), STR("B")))
				buf_add_char(events, letter(event));
		assert_int_equal(piece.len, 0);
		assert_true(utf8_valid(edit_text(e)));
		assert_true(edit_cursor(e) <= edit_text(e).len);
	}
}

static void
type(struct edit *e, const char *keys)
{
	struct buf events = BUF_INIT(256);

	type_in_pieces(e, str_from(keys), 4096, &events);
	buf_free(&events);
}

static void
assert_text(const struct edit *e, const char *text)
{
	struct buf copy = BUF_INIT(EDIT_LINE_MOST + 1);

	assert_true(buf_add_str(&copy, edit_text(e)));
	assert_string_equal(buf_cstr(&copy), text);
	buf_free(&copy);
}

static void
check_typing(const struct typing *t, size_t piece)
{
	struct edit *e = edit_new();
	struct buf events = BUF_INIT(256);

	type_in_pieces(e, str_from(t->keys), piece, &events);
	if (!str_eq(edit_text(e), str_from(t->text)) ||
	    !str_eq(buf_str(&events), str_from(t->events)))
		print_error("case %zu, in pieces of %zu\n", (size_t)(t - typings), piece);
	assert_text(e, t->text);
	assert_string_equal(buf_cstr(&events), t->events);
	assert_int_equal(edit_cursor(e), t->cursor);
	assert_false(edit_waiting(e));
	buf_free(&events);
	edit_free(e);
}

static void
test_typing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(typings) / sizeof(typings[0]); i++)
		check_typing(&typings[i], 4096);
}

/* Split anywhere, the same. */
static void
test_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 5; piece++)
		for (size_t i = 0; i < sizeof(typings) / sizeof(typings[0]); i++)
			check_typing(&typings[i], piece);
}

static void
test_lines(void **state)
{
	static const char *const expected[] = { "first", "one", "", "two", "last" };
	struct edit *e = edit_new();
	struct str in = STR("first\r" PASTE("one\n\ntwo\n") "\rlast\rrest");
	size_t n = 0;

	(void)state;
	while (edit_feed(e, &in) == EDIT_LINE) {
		assert_true(n < sizeof(expected) / sizeof(expected[0]));
		assert_true(str_eq(edit_line(e), str_from(expected[n++])));
	}
	assert_int_equal(n, sizeof(expected) / sizeof(expected[0]));
	assert_text(e, "rest");
	edit_free(e);
}

static void
test_refuse(void **state)
{
	struct edit *e = edit_new();
	struct str in = STR("/nonsense\r");

	(void)state;
	assert_int_equal(edit_feed(e, &in), EDIT_LINE);
	edit_refuse(e);
	assert_int_equal(edit_feed(e, &in), EDIT_MORE);
	assert_text(e, "/nonsense");
	assert_int_equal(edit_cursor(e), 9);
	type(e, "\003");
	in = STR(PASTE("one\n/two\nthree\nfour") "\r");
	assert_int_equal(edit_feed(e, &in), EDIT_LINE);
	assert_int_equal(edit_feed(e, &in), EDIT_LINE);
	edit_refuse(e);
	assert_int_equal(edit_feed(e, &in), EDIT_MORE);
	assert_text(e, "/two\nthree\nfour");
	edit_free(e);
}

static void
test_history(void **state)
{
	struct edit *e = edit_new();

	(void)state;
	edit_remember(e, STR("one"));
	edit_remember(e, STR("two"));
	edit_remember(e, STR("two"));
	edit_remember(e, STR(""));
	type(e, "unfinished" UP);
	assert_text(e, "two");
	type(e, UP);
	assert_text(e, "one");
	type(e, UP);
	assert_text(e, "one");
	type(e, DOWN DOWN);
	assert_text(e, "unfinished");
	type(e, DOWN);
	assert_text(e, "unfinished");
	type(e, "\020\020\016"); /* ^P ^P ^N */
	assert_text(e, "two");
	type(e, "\003" UP);
	assert_text(e, "two");
	type(e, "\r" UP UP);
	assert_text(e, "one");
	edit_set(e, STR("given\033"));
	assert_text(e, "given");
	type(e, DOWN);
	assert_text(e, "given");
	edit_free(e);
}

static void
test_history_limit(void **state)
{
	struct edit *e = edit_new();

	(void)state;
	for (int i = 0; i < 600; i++) {
		char line[16] = { (char)('a' + i % 26), (char)('a' + i / 26) };
		edit_remember(e, str_from(line));
	}
	for (int i = 0; i < 700; i++)
		type(e, UP);
	assert_text(e, "wd"); /* number 100: 3 * 26 + 22 */
	edit_free(e);
}

static void
test_line_limit(void **state)
{
	struct edit *e = edit_new();
	struct buf events = BUF_INIT(256);
	char bytes[1024];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (int i = 0; i < EDIT_LINE_MOST / 1024; i++)
		type_in_pieces(e, (struct str){ bytes, sizeof(bytes) }, 1000, &events);
	assert_int_equal(events.len, 0);
	assert_int_equal(edit_text(e).len, EDIT_LINE_MOST);
	type_in_pieces(e, STR("y\u6f22"), 100, &events);
	assert_string_equal(buf_cstr(&events), "B");
	assert_int_equal(edit_text(e).len, EDIT_LINE_MOST);
	buf_free(&events);
	edit_free(e);
}

static void
test_escape_key(void **state)
{
	struct edit *e = edit_new();

	(void)state;
	type(e, "ab\033");
	assert_true(edit_waiting(e));
	edit_timeout(e);
	assert_false(edit_waiting(e));
	type(e, "bX");
	assert_text(e, "abbX");
	type(e, "\033[");
	assert_true(edit_waiting(e));
	edit_timeout(e);
	type(e, "D");
	assert_text(e, "abbXD");
	type(e, "\xe6\xbc");
	assert_false(edit_waiting(e));
	edit_timeout(e);
	type(e, "\xa2");
	assert_text(e, "abbXD\u6f22");
	edit_free(e);
}

static void
names(void *arg, struct str line, size_t word, size_t cursor, struct buf *out)
{
	static const char *const known[] = { "alice", "alfred", "bob" };
	struct str typed = str_first(str_from_byte(line, word), cursor - word);

	(void)arg;
	for (size_t i = 0; i < 3; i++)
		if (str_starts(str_from(known[i]), typed))
			buf_printf(out, "%s%s\n", known[i], word == 0 ? ": " : " ");
}

static void
test_completion(void **state)
{
	static const struct {
		const char *keys, *text;
	} cases[] = {
		{ "b\t", "bob: " },
		{ "hi b\t!", "hi bob !" },
		{ "a\t", "alice: " },
		{ "a\t\t", "alfred: " },
		{ "a\t\t\t", "a" },
		{ "a\t\t\t\t", "alice: " },
		{ "a\t\t\033[Z", "alice: " },
		{ "a\033[Z", "alfred: " },
		{ "z\t", "z" },
		{ "b\tb\t", "bob: bob " },
		{ "x b y" LEFT LEFT "\t", "x bob  y" },
		{ "\t\t", "alfred: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct edit *e = edit_new();
		edit_complete_with(e, &(struct edit_completer){ names, NULL });
		type(e, cases[i].keys);
		assert_text(e, cases[i].text);
		edit_free(e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typing),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_history_limit),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_escape_key),
		cmocka_unit_test(test_completion),
	};

	setlocale(LC_CTYPE, "C.UTF-8"); /* libc's widths follow it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
