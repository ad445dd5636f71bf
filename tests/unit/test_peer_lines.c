/* Messages out of what an unknown program sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer/lines.h"

/*
 * What comes; '~' stands for a silence, '0' for a NUL, '!' for the end. And the messages, each in
 * [].
 */
static const struct {
	const char *comes, *messages;
} cases[] = {
	{ "", "" },
	{ "one\n", "[one]" },
	{ "one\ntwo\r\nthree", "[one][two]" },
	{ "one\n\ntwo\n", "[one][][two]" },
	{ "one", "" },
	{ "one~", "[one]" },
	{ "on~e~", "[on][e]" },
	{ "~one~~two~", "[one][two]" },
	{ "one\r~", "[one]" },
	{ "one000000~", "[one]" },
	{ "one0000two000", "[one][two]" },
	{ "0000one0", "[one]" },
	{ "one\ntw~o\n", "[one][two]" },
	{ "one\nt0w00o\n0", "[one][two]" },
	{ "one~\ntwo\nthr~ee\n", "[one][][two][three]" },
	{ "one!", "[one]" },
	{ "one\ntwo!", "[one][two]" },
	{ "one\n!", "[one]" },
	{ "one\r\n0000!", "[one]" },
	{ "exit00000000", "[exit]" },
};

static void
note(struct buf *out, struct str line)
{
	buf_printf(out, "[" STR_FMT "]", STR_ARG(line));
}

static void
feed(struct lines *l, struct str in, struct buf *out)
{
	struct str line;

	while (lines_next(l, &in, &line))
		note(out, line);
	assert_int_equal(in.len, 0);
}

/* In pieces of `size` bytes. */
static void
play(const char *comes, size_t size, struct buf *out)
{
	struct lines l;
	struct str line;
	char bytes[64];
	size_t n = 0;

	lines_init(&l);
	for (;; comes++) {
		bool special = *comes == '\0' || *comes == '~' || *comes == '!';
		if (n == size || (special && n > 0)) {
			feed(&l, (struct str){ bytes, n }, out);
			n = 0;
		}
		if (*comes == '\0')
			break;
		if (*comes == '~' && lines_waiting(&l) && lines_end(&l, &line))
			note(out, line);
		if (*comes == '!' && lines_end(&l, &line))
			note(out, line);
		if (!special)
			bytes[n++] = *comes == '0' ? '\0' : *comes;
	}
	lines_free(&l);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t size = 1; size < 8; size++) {
			struct buf out = BUF_INIT(1024);
			play(cases[i].comes, size, &out);
			if (!str_eq(buf_str(&out), str_from(cases[i].messages)))
				print_error("case %zu, in pieces of %zu\n", i, size);
			assert_string_equal(buf_cstr(&out), cases[i].messages);
			buf_free(&out);
		}
}

static void
test_long(void **state)
{
	struct str all = { calloc(3, LINES_MOST), 3 * LINES_MOST - 100 }, in, line;
	size_t total = 0;
	struct lines l;

	(void)state;
	assert_non_null(all.p);
	memset((char *)(uintptr_t)all.p, 'x', all.len);
	lines_init(&l);
	in = all;
	while (lines_next(&l, &in, &line)) {
		assert_int_equal(line.len, LINES_MOST);
		total += line.len;
	}
	assert_true(lines_end(&l, &line));
	assert_int_equal(total + line.len, all.len);
	lines_free(&l);
	free((char *)(uintptr_t)all.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
