/* The words of CHATHISTORY, and texts of several lines. */
#include "expect.h"

#include <stdio.h>
#include <string.h>

#include "event/event.h"
#include "irc/multiline.h"
#include "serve/chathistory.h"

/* 1970-01-01T00:00:00.001Z is 1 ms: numbers 1 << 20 to (2 << 20) - 1. */
#define MS(n) ((uint64_t)(n) << EVENT_COUNT_BITS)
#define AT1 "timestamp=1970-01-01T00:00:00.001Z"
#define AT5 "timestamp=1970-01-01T00:00:00.005Z"
#define ID35 "msgid=000000000000z"
#define ID36 "msgid=0000000000010"

#define ROWS HISTORY_ROWS

enum { MOST = 100 };

static const struct {
	const char *line;
	enum history_fault fault;
	const char *text; /* the target, or what is wrong */
	enum history_what what;
	uint64_t after, before;
	bool newest;
	unsigned limit;
} cases[] = {
	{ "LATEST #c * 5", HISTORY_FINE, "#c", ROWS, 0, UINT64_MAX, true, 5 },
	{ "latest #c * 500", HISTORY_FINE, "#c", ROWS, 0, UINT64_MAX, true, MOST },
	{ "LATEST bob " ID36 " 5", HISTORY_FINE, "bob", ROWS, 36, UINT64_MAX, true, 5 },
	{ "LATEST bob " AT1 " 5", HISTORY_FINE, "bob", ROWS, MS(2) - 1, UINT64_MAX, true, 5 },
	{ "BEFORE #c " ID36 " 5", HISTORY_FINE, "#c", ROWS, 0, 36, true, 5 },
	{ "BEFORE #c " AT1 " 5", HISTORY_FINE, "#c", ROWS, 0, MS(1), true, 5 },
	{ "AFTER #c " ID36 " 5", HISTORY_FINE, "#c", ROWS, 36, UINT64_MAX, false, 5 },
	{ "AFTER #c " AT1 " 5", HISTORY_FINE, "#c", ROWS, MS(2) - 1, UINT64_MAX, false, 5 },
	{ "AFTER #c timestamp=9999-01-01T00:00:00Z 5", HISTORY_FINE, "#c", ROWS, UINT64_MAX - 1,
	    UINT64_MAX, false, 5 },
	{ "BETWEEN #c " AT1 " " AT5 " 5", HISTORY_FINE, "#c", ROWS, MS(2) - 1, MS(5), false, 5 },
	{ "BETWEEN #c " AT5 " " AT1 " 5", HISTORY_FINE, "#c", ROWS, MS(2) - 1, MS(5), true, 5 },
	{ "BETWEEN #c " ID36 " " ID35 " 5", HISTORY_FINE, "#c", ROWS, 35, 36, true, 5 },
	{ "BETWEEN #c " ID35 " " AT1 " 5", HISTORY_FINE, "#c", ROWS, 35, MS(1), false, 5 },
	{ "AROUND #c " ID36 " 5", HISTORY_FINE, "#c", HISTORY_AROUND, 0, UINT64_MAX, false, 5 },
	{ "TARGETS " AT1 " " AT5 " 5", HISTORY_FINE, "", HISTORY_TARGETS, MS(2) - 1, MS(5), false,
	    5 },
	{ "TARGETS " AT5 " " AT1 " 5", HISTORY_FINE, "", HISTORY_TARGETS, MS(2) - 1, MS(5), true,
	    5 },
	{ "", HISTORY_UNKNOWN, "", ROWS, 0, 0, false, 0 },
	{ "LATEST", HISTORY_TOO_FEW, "", ROWS, 0, 0, false, 0 },
	{ "LATEST #c 5", HISTORY_TOO_FEW, "", ROWS, 0, 0, false, 0 },
	{ "BETWEEN #c " AT1 " 5", HISTORY_TOO_FEW, "", ROWS, 0, 0, false, 0 },
	{ "TARGETS #c " AT1 " " AT5 " 5", HISTORY_TOO_MANY, "", ROWS, 0, 0, false, 0 },
	{ "BEFORE #c * 5", HISTORY_NO_REFERENCE, "*", ROWS, 0, 0, false, 0 },
	{ "BETWEEN #c * * 5", HISTORY_NO_REFERENCE, "*", ROWS, 0, 0, false, 0 },
	{ "TARGETS " AT1 " " ID35 " 5", HISTORY_NO_REFERENCE, ID35, ROWS, 0, 0, false, 0 },
	{ "BEFORE #c 1970 5", HISTORY_NO_REFERENCE, "1970", ROWS, 0, 0, false, 0 },
	{ "BEFORE #c timestamp= 5", HISTORY_BAD_TIMESTAMP, "timestamp=", ROWS, 0, 0, false, 0 },
	{ "BEFORE #c msgid= 5", HISTORY_BAD_MSGID, "msgid=", ROWS, 0, 0, false, 0 },
	{ "BEFORE #c msgid=000000000001 5", HISTORY_BAD_MSGID, "msgid=000000000001", ROWS, 0, 0,
	    false, 0 },
	{ "BEFORE #c msgid=000000000000Z 5", HISTORY_BAD_MSGID, "msgid=000000000000Z", ROWS, 0, 0,
	    false, 0 },
	{ "BEFORE #c msgid=zzzzzzzzzzzzz 5", HISTORY_BAD_MSGID, "msgid=zzzzzzzzzzzzz", ROWS, 0, 0,
	    false, 0 },
	{ "LATEST #c * 0", HISTORY_BAD_LIMIT, "0", ROWS, 0, 0, false, 0 },
	{ "LATEST #c * -5", HISTORY_BAD_LIMIT, "-5", ROWS, 0, 0, false, 0 },
	{ "LATEST #c * 5x", HISTORY_BAD_LIMIT, "5x", ROWS, 0, 0, false, 0 },
	{ "LATEST #c * 99999999999999999999", HISTORY_BAD_LIMIT, "99999999999999999999", ROWS, 0, 0,
	    false, 0 },
};

static void
test_parsing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *line = cases[i].line;
		struct history_request r = { .what = HISTORY_ROWS };
		struct irc_message m;
		struct str wrong;
		char text[200];

		snprintf(text, sizeof(text), "CHATHISTORY %s", line);
		assert_int_equal(irc_parse(str_from(text), false, &m), IRC_OK);
		expect_int(line, history_parse(&m, MOST, &r, &wrong), cases[i].fault);
		assert_true(strlen(history_fault_text(cases[i].fault)) > 5 ||
			    cases[i].fault == HISTORY_FINE);
		if (cases[i].fault != HISTORY_FINE) {
			expect_text(line, wrong, cases[i].text);
			continue;
		}
		expect_text(line, r.target, cases[i].text);
		expect_int(line, r.what, cases[i].what);
		expect_int(line, r.newest, cases[i].newest);
		expect_int(line, r.limit, cases[i].limit);
		assert_true(r.after == cases[i].after && r.before == cases[i].before);
	}
}

static void
test_middle(void **state)
{
	struct history_request r;
	struct irc_message m;
	struct str wrong;

	(void)state;
	irc_parse(STR("CHATHISTORY AROUND #c " ID36 " 5"), false, &m);
	history_parse(&m, MOST, &r, &wrong);
	assert_true(r.middle == 36);
	irc_parse(STR("CHATHISTORY AROUND #c " AT5 " 5"), false, &m);
	history_parse(&m, MOST, &r, &wrong);
	assert_true(r.middle == MS(5));
}

/* ---- several lines --------------------------------------------------------------------------- */

static const struct {
	const char *text;
	const char *parts; /* with | between, and + before one that is joined */
} texts[] = {
	{ "", "" },
	{ "one", "one" },
	{ "one\ntwo", "one|two" },
	{ "one\rtwo", "one|+two" },
	{ "\n", "|" },
	{ "a\n\nb\r c", "a||b|+ c" },
	{ "\r", "|+" },
};

static void
test_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct str text = str_from(texts[i].text), part;
		struct multiline w = multiline_walk(text);
		char got[64] = "";
		unsigned count = 0;

		while (multiline_next(&w, &part)) {
			size_t used = strlen(got);
			snprintf(got + used, sizeof(got) - used, "%s%s" STR_FMT, count++ ? "|" : "",
			    w.joined ? "+" : "", STR_ARG(part));
		}
		expect_text(texts[i].text, str_from(got), texts[i].parts);
		expect_int(texts[i].text, multiline_count(text), count);
		expect_int(texts[i].text, multiline_is(text), count > 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parsing),
		cmocka_unit_test(test_middle),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
