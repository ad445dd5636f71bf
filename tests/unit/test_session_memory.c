/*
 * Memory that runs short while answers are written. Chunks are this file's own, so that there can
 * be none: whoever cannot be told something is let go, and nobody is called back in the middle of
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "house.h"
#include "net/chunk.h"

struct chunk *plenty_chunk_new(void);
static int failures; /* of the next calls */

#define chunk_new plenty_chunk_new
#include "../../src/net/chunk.c"
#undef chunk_new

struct chunk *
chunk_new(void)
{
	return failures > 0 && failures-- ? NULL : plenty_chunk_new();
}

enum { PEOPLE = EVE + 1 };

static void
open_house(struct house *h)
{
	house_open(h);
	house_enter(h, ANN,
	    "CAP REQ :labeled-response batch\r\nNICK ann\r\nUSER a 0 * :a\r\nCAP END\r\n"
	    "JOIN #c\r\n");
	house_enter(h, BOB, "NICK bob\r\nUSER b 0 * :b\r\nJOIN #c\r\nAWAY :lunch\r\n");
	house_enter(h, EVE, "eve\n");
	for (int i = 0; i < PEOPLE; i++)
		assert_false(house_gone(h, i));
}

/* What ann says when there is no memory for the first chunk, and whose connection that ends. */
static const struct {
	const char *line;
	bool ends[PEOPLE];
} cases[] = {
	{ "NAMES #c", { true } },
	{ "WHOIS bob", { true } },
	{ "@label=1 PING x", { true } },
	{ "@label=1 NAMES #c", { true } },
	{ "JOIN #d", { true } },
	{ "JOIN #lobby", { false, false, true } },
	{ "PRIVMSG #c :text", { false, true } },
	{ "PRIVMSG eve :text", { false, false, true } },
	{ "PRIVMSG bob :text", { false, true } },
	{ "NICK anna", { false, true } },
	{ "PART #c", { true, true } },
	{ "QUIT", { true } },
	{ "CAP REQ :server-time", { true } },
	{ "MODE #c +m", { true, true } },
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct house h;
		char line[128];
		open_house(&h);
		failures = 1;
		snprintf(line, sizeof(line), "%s\r\n", cases[i].line);
		house_say(&h, ANN, line);
		expect_int(cases[i].line, failures, 0);
		for (int who = 0; who < PEOPLE; who++) {
			bool gone = house_gone(&h, who);
			if (gone != cases[i].ends[who])
				fail_msg("%s: person %d is %s", cases[i].line, who,
				    gone ? "gone" : "still there");
		}
		house_close(&h);
	}
}

static void
test_the_others_hear_of_it(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	failures = 1;
	house_say(&h, ANN, "WHOIS bob\r\n");
	assert_non_null(strstr(house_hear(&h, BOB), " QUIT :out of memory\r\n"));
	house_close(&h);
}

/* Nobody can be told anything: all go, and the server lives. */
static void
test_none_at_all(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	failures = 1000;
	house_say(&h, ANN, "PRIVMSG #c :text\r\n");
	failures = 0;
	for (int who = 0; who < PEOPLE; who++)
		expect_int("gone", house_gone(&h, who), who != EVE);
	house_say(&h, EVE, "/names\n");
	assert_non_null(strstr(house_hear(&h, EVE), "* in #lobby (1): @eve\n"));
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_the_others_hear_of_it),
		cmocka_unit_test(test_none_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
