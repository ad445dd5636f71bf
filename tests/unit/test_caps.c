/* The capabilities: names both ways. */
#include <string.h>

#include "expect.h"
#include "irc/caps.h"
#include "irc/limits.h"

static void
every_capability_has_a_name(void **state)
{
	(void)state;
	for (enum cap c = 0; c < CAP_COUNT; c++) {
		assert_non_null(cap_name(c));
		assert_true(strlen(cap_name(c)) > 0);
		assert_int_equal(
		    cap_find(str_from(cap_name(c))), c); /* also: no two have one name */
	}
	assert_string_equal(cap_name(CAP_COUNT), "");
	assert_in_range(CAP_COUNT, 1, 64); /* bits of a cap_set */
	assert_in_range(CAP_COUNT, 1, IRC_CAPS_MOST);
}

static void
names_are_the_specifications(void **state)
{
	static const struct {
		enum cap cap;
		const char *name;
	} cases[] = {
		{ CAP_MESSAGE_TAGS, "message-tags" },
		{ CAP_SERVER_TIME, "server-time" },
		{ CAP_ECHO_MESSAGE, "echo-message" },
		{ CAP_LABELED_RESPONSE, "labeled-response" },
		{ CAP_BATCH, "batch" },
		{ CAP_CAP_NOTIFY, "cap-notify" },
		{ CAP_MULTI_PREFIX, "multi-prefix" },
		{ CAP_USERHOST_IN_NAMES, "userhost-in-names" },
		{ CAP_EXTENDED_JOIN, "extended-join" },
		{ CAP_AWAY_NOTIFY, "away-notify" },
		{ CAP_INVITE_NOTIFY, "invite-notify" },
		{ CAP_SETNAME, "setname" },
		{ CAP_STANDARD_REPLIES, "standard-replies" },
		{ CAP_CHATHISTORY, "draft/chathistory" },
		{ CAP_EVENT_PLAYBACK, "draft/event-playback" },
		{ CAP_READ_MARKER, "draft/read-marker" },
		{ CAP_REDACTION, "draft/message-redaction" },
		{ CAP_MULTILINE, "draft/multiline" },
		{ CAP_SEARCH, "draft/search" },
		{ CAP_CHGHOST, "chghost" },
		{ CAP_METADATA, "draft/metadata-3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(cap_name(cases[i].cap), cases[i].name);
		assert_int_equal(cap_find(str_from(cases[i].name)), cases[i].cap);
	}
}

static void
others_are_not_found(void **state)
{
	static const struct str names[] = { { NULL, 0 }, BYTES(""), BYTES("batch "), BYTES("Batch"),
		BYTES("BATCH"), BYTES("batc"), BYTES("batch="), BYTES("-batch"), BYTES("batch\0"),
		BYTES("sasl=PLAIN") };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(cap_find(names[i]), CAP_COUNT);
}

static void
bits_are_apart(void **state)
{
	cap_set all = 0;

	(void)state;
	for (enum cap c = 0; c < CAP_COUNT; c++) {
		assert_true((all & CAP_BIT(c)) == 0 && CAP_BIT(c) != 0);
		all |= CAP_BIT(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_capability_has_a_name),
		cmocka_unit_test(names_are_the_specifications),
		cmocka_unit_test(others_are_not_found),
		cmocka_unit_test(bits_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
