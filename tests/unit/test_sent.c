/* What was sent under an id, and message ids. */
#include <stdio.h>

#include "expect.h"

#include "event/msgid.h"
#include "hub/channel.h"
#include "serve/sent.h"

enum { HOUR = 60 * 60 * 1000 };

static struct server sv;
static struct user ada = { .nick = "Ada", .nick_length = 3 },
		   bob = { .nick = "bob", .nick_length = 3 };
static struct channel lobby = { .name = "#Lobby" };

static int
setup(void **state)
{
	(void)state;
	sv = (struct server){ .sent = sent_new() };
	ada.account = NULL;
	return sv.sent == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	sent_free(sv.sent);
	return 0;
}

static uint64_t
at(int64_t time, unsigned count)
{
	return (uint64_t)time << EVENT_COUNT_BITS | count;
}

static void
say(struct user *u, const char *id, uint64_t number)
{
	struct event ev = { .kind = EVENT_MESSAGE,
		.actor = u,
		.channel = &lobby,
		.number = number,
		.client_id = str_from(id) };

	sent_remember(&sv, &ev);
}

static uint64_t
before(const struct user *u, const char *id, const char *target, int64_t now)
{
	return sent_before(sv.sent, u, str_from(id), str_from(target), now);
}

static void
test_found_again(void **state)
{
	(void)state;
	say(&ada, "one", at(HOUR, 1));
	say(&ada, "", at(HOUR, 2));
	say(&ada, "one", at(HOUR, 3)); /* the first one counts */
	assert_int_equal(before(&ada, "one", "#lobby", HOUR), at(HOUR, 1));
	assert_int_equal(before(&ada, "one", "#LOBBY", HOUR), at(HOUR, 1));
	assert_int_equal(before(&ada, "one", "bob", HOUR), 0);
	assert_int_equal(before(&ada, "two", "#lobby", HOUR), 0);
	assert_int_equal(before(&ada, "", "#lobby", HOUR), 0);
	assert_int_equal(before(&bob, "one", "#lobby", HOUR), 0);
}

/* Ids are the account's; without one the nick's, and nobody can take the name of the other. */
static void
test_whose(void **state)
{
	(void)state;
	say(&ada, "one", at(HOUR, 1));
	ada.account = (char *)"ada";
	assert_int_equal(before(&ada, "one", "#lobby", HOUR), 0);
	say(&ada, "two", at(HOUR, 2));
	ada.account = NULL;
	assert_int_equal(before(&ada, "two", "#lobby", HOUR), 0);
	assert_int_equal(before(&ada, "one", "#lobby", HOUR), at(HOUR, 1));
}

static void
test_a_day(void **state)
{
	(void)state;
	say(&ada, "one", at(HOUR, 1));
	assert_int_equal(before(&ada, "one", "#lobby", HOUR + SENT_AGE), at(HOUR, 1));
	assert_int_equal(before(&ada, "one", "#lobby", HOUR + SENT_AGE + 1), 0);
	say(&bob, "two", at(HOUR + SENT_AGE + 1, 1)); /* the old one is dropped */
	assert_int_equal(before(&ada, "one", "#lobby", HOUR), 0);
	assert_int_equal(
	    before(&bob, "two", "#lobby", HOUR + SENT_AGE), at(HOUR + SENT_AGE + 1, 1));
}

/* The last thousand of each, whatever others send. */
static void
test_a_thousand(void **state)
{
	char id[32];

	(void)state;
	say(&bob, "his", at(HOUR, 1));
	for (unsigned i = 0; i <= SENT_A_SENDER; i++) {
		snprintf(id, sizeof(id), "%u", i);
		say(&ada, id, at(HOUR, 2 + i));
	}
	assert_int_equal(before(&ada, "0", "#lobby", HOUR), 0);
	assert_int_equal(before(&ada, "1", "#lobby", HOUR), at(HOUR, 3));
	assert_int_equal(before(&ada, id, "#lobby", HOUR), at(HOUR, 2 + SENT_A_SENDER));
	assert_int_equal(before(&bob, "his", "#lobby", HOUR), at(HOUR, 1));
}

static void
test_withdrawn(void **state)
{
	(void)state;
	say(&ada, "one", at(HOUR, 1));
	say(&ada, "two", at(HOUR, 2));
	say(&ada, "three", at(HOUR, 3));
	sent_forget(sv.sent, at(HOUR, 2));
	sent_forget(sv.sent, at(HOUR, 9));
	assert_int_equal(before(&ada, "two", "#lobby", HOUR), 0);
	say(&ada, "two", at(HOUR, 4));
	assert_int_equal(before(&ada, "one", "#lobby", HOUR), at(HOUR, 1));
	assert_int_equal(before(&ada, "two", "#lobby", HOUR), at(HOUR, 4));
	assert_int_equal(before(&ada, "three", "#lobby", HOUR), at(HOUR, 3));
	sent_forget(sv.sent, at(HOUR, 4));
	sent_forget(sv.sent, at(HOUR, 3));
	sent_forget(sv.sent, at(HOUR, 1));
	say(&ada, "one", at(HOUR, 5));
	assert_int_equal(before(&ada, "one", "#lobby", HOUR), at(HOUR, 5));
}

static void
test_ids(void **state)
{
	static const struct {
		const char *id;
		bool valid;
	} cases[] = {
		{ "", false },
		{ "abcdefghijklmnopqrstu", false },
		{ "abcdefghijklmnopqrstuv", true },
		{ "ABCDEFGHIJ-_0123456789", true },
		{ "abcdefghijklmnopqrstu.", false },
		{ "abcdefghijklmnopqrstu\\s", false },
		{ "0123456789012345678901234567890123456789012345678901234567890123", true },
		{ "01234567890123456789012345678901234567890123456789012345678901234", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (sent_id_valid(str_from(cases[i].id)) != cases[i].valid)
			fail_msg("%s", cases[i].id);
}

static void
test_msgids(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {
		{ 0, "0000000000000" },
		{ 35, "000000000000z" },
		{ 36, "0000000000010" },
		{ UINT64_MAX, "3w5e11264sgsf" },
	};
	static const char *const wrong[] = { "", "0", "00000000000000", "3w5e11264sgsg",
		"zzzzzzzzzzzzz", "000000000000A", "000000000000-" };
	char text[MSGID_LENGTH];
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_text("msgid", msgid_text(cases[i].number, text), cases[i].text);
		assert_true(msgid_number(str_from(cases[i].text), &number));
		assert_true(number == cases[i].number);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (msgid_number(str_from(wrong[i]), &number))
			fail_msg("%s", wrong[i]);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_found_again),
		CASE(test_whose),
		CASE(test_a_day),
		CASE(test_a_thousand),
		CASE(test_withdrawn),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_msgids),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
