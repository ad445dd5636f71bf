/* The tables of serve: sorted, unique, complete. */
#include "expect.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "hub/modes.h"
#include "serve/commands.h"
#include "serve/session.h"

static void
test_commands_are_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < irc_command_count; i++) {
		const struct irc_command *c = &irc_commands[i];
		if (i > 0)
			assert_true(strcmp(c[-1].name, c->name) < 0);
		assert_non_null(c->usage);
		assert_true(strlen(c->help) > 5 && c->help[strlen(c->help) - 1] == '.');
		assert_non_null(c->run);
		assert_true(c->least <= IRC_PARAMS_MOST);
	}
	assert_true(irc_command_count <= COUNT(((struct server *)NULL)->command_counts));
}

static void
test_commands_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < irc_command_count; i++)
		assert_ptr_equal(
		    irc_command_find(str_from(irc_commands[i].name)), &irc_commands[i]);
	assert_non_null(irc_command_find(STR("privMSG")));
	assert_null(irc_command_find(STR("PRIVMSGS")));
	assert_null(irc_command_find(STR("PRIVMS")));
	assert_null(irc_command_find(STR("")));
}

static void
test_modes_are_unique(void **state)
{
	(void)state;
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++) {
		assert_ptr_equal(channel_mode_find(m->letter), m);
		assert_true((m->kind == MODE_PREFIX) == (m->prefix != 0));
		assert_non_null(m->help);
	}
	for (const struct user_mode *m = user_modes; m->letter != 0; m++)
		assert_ptr_equal(user_mode_find(m->letter), m);
	assert_null(channel_mode_find('Z'));
}

/* Whether bytes without a newline may still become a registration. */
static const struct {
	struct str bytes;
	bool may;
} firsts[] = {
	{ { "", 0 }, true },
	{ { "N", 1 }, true },
	{ { "nIcK", 4 }, true },
	{ { "NICK bob", 8 }, true },
	{ { "NICKY", 5 }, false },
	{ { "PASSWORD", 8 }, false },
	{ { "P", 1 }, true },
	{ { "Hello", 5 }, false },
	{ { "CA x", 4 }, false },
	{ { "@time=x", 7 }, true },
	{ { ":x NICK", 7 }, true },
	{ { "GET / HTTP/1.1", 14 }, false },
	{ { "\x16\x03\x01", 3 }, false },
	{ { "WEBIRC", 6 }, true },
	{ { "AUTHENTICATE", 12 }, true },
};

static void
test_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(firsts); i++)
		expect_int(firsts[i].bytes.p, dialect_may_be_irc(firsts[i].bytes), firsts[i].may);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_are_sorted),
		cmocka_unit_test(test_commands_are_found),
		cmocka_unit_test(test_modes_are_unique),
		cmocka_unit_test(test_first_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
