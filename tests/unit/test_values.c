/* The kinds of values: from text and back, at the ends of their ranges. */
#include "cli/problems.h"
#include "cli/values.h"
#include "expect.h"

static const char *const colours[] = { "red", "green", "dark-blue", NULL };

#define ROW(kind_, min_, max_)                                                       \
	{                                                                            \
		.kind = (kind_), .min = (min_), .max = (max_), .initial = "default", \
		.names = colours                                                     \
	}

static const struct setting_row integer = ROW(VALUE_INTEGER, 1, 65535);
static const struct setting_row any_integer = ROW(VALUE_INTEGER, INT64_MIN, INT64_MAX);
static const struct setting_row mode = ROW(VALUE_MODE, 0, 0777);
static const struct setting_row size = ROW(VALUE_SIZE, 4096, 1073741824);
static const struct setting_row any_size = ROW(VALUE_SIZE, 0, INT64_MAX);
static const struct setting_row duration = ROW(VALUE_DURATION, 100, 86400000);
static const struct setting_row any_duration = ROW(VALUE_DURATION, 0, INT64_MAX);
static const struct setting_row boolean = ROW(VALUE_BOOLEAN, 0, 1);
static const struct setting_row enumeration = ROW(VALUE_ENUMERATION, 0, 2);
static const struct setting_row text = ROW(VALUE_TEXT, 0, 10);
static const struct setting_row word = ROW(VALUE_WORD, 2, 10);
static const struct setting_row channel = ROW(VALUE_CHANNEL, 2, 10);
static const struct setting_row address = ROW(VALUE_ADDRESS, 0, 255);
static const struct setting_row interface = ROW(VALUE_INTERFACE, 0, 15);
static const struct setting_row binding = ROW(VALUE_BIND, 1, 255);
static const struct setting_row listening = ROW(VALUE_LISTEN, 0, 255);
static const struct setting_row web = ROW(VALUE_WEBSOCKET, 1, 255);
static const struct setting_row operator= ROW(VALUE_OPERATOR, 5, 512);

static const struct {
	const struct setting_row *row;
	const char *text;
	int64_t number;
} right[] = {
	{ &integer, "1", 1 },
	{ &integer, "65535", 65535 },
	{ &integer, "007", 7 },
	{ &any_integer, "9223372036854775807", INT64_MAX },
	{ &any_integer, "-9223372036854775807", -INT64_MAX },
	{ &mode, "0", 0 },
	{ &mode, "777", 0777 },
	{ &mode, "0600", 0600 },
	{ &size, "4096", 4096 },
	{ &size, "4K", 4096 },
	{ &size, "4k", 4096 },
	{ &size, "4M", 4194304 },
	{ &size, "1G", 1073741824 },
	{ &size, "1048576K", 1073741824 },
	{ &any_size, "0", 0 },
	{ &any_size, "8589934591G", 8589934591 * 1073741824 },
	{ &duration, "100ms", 100 },
	{ &duration, "1s", 1000 },
	{ &duration, "2m", 120000 },
	{ &duration, "1h", 3600000 },
	{ &duration, "1d", 86400000 },
	{ &duration, "24H", 86400000 },
	{ &duration, "86400000MS", 86400000 },
	{ &any_duration, "0", 0 },
	{ &any_duration, "00", 0 },
	{ &any_duration, "0s", 0 },
	{ &boolean, "yes", 1 },
	{ &boolean, "no", 0 },
	{ &boolean, "on", 1 },
	{ &boolean, "off", 0 },
	{ &boolean, "TRUE", 1 },
	{ &boolean, "False", 0 },
	{ &boolean, "1", 1 },
	{ &boolean, "0", 0 },
	{ &enumeration, "red", 0 },
	{ &enumeration, "dark-blue", 2 },
	{ &enumeration, "Green", 1 },
	{ &text, "ten  bytes", 0 },
	{ &text, "default", 0 },
	{ &text, "h\u00e9\u00e9\u00e9\u00e9", 0 },
	{ &word, "ab", 0 },
	{ &word, "ten,bytes.", 0 },
	{ &channel, "#x", 0 },
	{ &channel, "##", 0 },
	{ &address, "127.0.0.1", 0 },
	{ &address, "::1", 0 },
	{ &address, "fe80::1%eth0", 0 },
	{ &interface, "eth0", 0 },
	{ &interface, "wlan0:1", 0 },
	{ &interface, "eth0.100", 0 },
	{ &binding, "127.0.0.1", 0 },
	{ &binding, "127.0.0.1:0", 0 },
	{ &binding, "127.0.0.1:65535", 0 },
	{ &binding, "::1", 0 },
	{ &binding, "::", 0 },
	{ &binding, "[::1]", 0 },
	{ &binding, "[::1]:5000", 0 },
	{ &binding, "wlan0:1", 0 },
	{ &binding, "eth0.100", 0 },
	{ &binding, "eth0:5000", 0 },
	{ &binding, "eth0:backup", 0 },
	{ &binding, "wlan0:1:5000", 0 },
	{ &binding, "localhost", 0 },
	{ &binding, "chat.example:5000", 0 },
	{ &listening, "0", 0 },
	{ &listening, "65535", 0 },
	{ &listening, "127.0.0.1:5000", 0 },
	{ &listening, "[::1]:5000", 0 },
	{ &listening, "localhost:5000", 0 },
	{ &listening, "eth0:5000", 0 },
	{ &web, "8067", 0 },
	{ &web, "[::1]:8067", 0 },
	{ &web, "/run/chat/web.sock", 0 },
	{ &web, "@web", 0 },
	{ &operator, "bob *@localhost $6$salt$hash", 0 },
	{ &operator, "bob   *@*  x", 0 },
};

/* The message has these words in it. */
static const struct {
	const struct setting_row *row;
	struct str text;
	const char *says;
} wrong[] = {
	{ &web, BYTES("127.0.0.1"), "is not a port" },
	{ &web, BYTES("chat/web.sock"), "does not begin with '/'" },
	{ &web, BYTES("70000"), "allowed is PORT, ADDRESS:PORT or [IPV6]:PORT" },
	{ &integer, BYTES(""), "the value is empty; allowed is a whole number from 1 to 65535" },
	{ &integer, BYTES("0"), "'0' is too small" },
	{ &integer, BYTES("-1"), "'-1' is too small" },
	{ &integer, BYTES("65536"),
	    "'65536' is too large; allowed is a whole number from 1 to 65535" },
	{ &integer, BYTES("9223372036854775808"), "is too large" },
	{ &integer, BYTES("99999999999999999999999999999"), "is too large" },
	{ &integer, BYTES("-99999999999999999999999999999"), "is too small" },
	{ &integer, BYTES("5x"), "'5x' is not a whole number" },
	{ &integer, BYTES("0x5"), "not a whole number" },
	{ &integer, BYTES("+5"), "not a whole number" },
	{ &integer, BYTES("-"), "not a whole number" },
	{ &integer, BYTES("5 5"), "not a whole number" },
	{ &integer, BYTES("5.0"), "not a whole number" },
	{ &mode, BYTES("1000"), "is too large; allowed is an octal number from 0000 to 0777" },
	{ &mode, BYTES("0777777777777777777777777777777"), "is too large" },
	{ &mode, BYTES("0688"), "not an octal number" },
	{ &mode, BYTES("-600"), "not an octal number" },
	{ &mode, BYTES("rw"), "not an octal number" },
	{ &size, BYTES("4095"), "is too small; allowed is a size from 4K to 1G" },
	{ &size, BYTES("2G"), "is too large" },
	{ &size, BYTES("99999999999G"), "is too large" },
	{ &size, BYTES("99999999999999999999G"), "is too large" },
	{ &size, BYTES("-9223372036854775807G"), "is too small" },
	{ &size, BYTES("4KB"), "not a size" },
	{ &size, BYTES("K"), "not a size" },
	{ &size, BYTES("4 K"), "not a size" },
	{ &size, BYTES("0"), "is too small" },
	{ &any_size, BYTES("8589934592G"), "is too large" },
	{ &duration, BYTES("99ms"), "is too small; allowed is a duration from 100ms to 1d" },
	{ &duration, BYTES("25h"), "is too large" },
	{ &duration, BYTES("30"), "'30' has no unit" },
	{ &duration, BYTES("0"), "is too small" },
	{ &duration, BYTES("5w"), "not a duration" },
	{ &duration, BYTES("1h30m"), "not a duration" },
	{ &duration, BYTES("1.5s"), "not a duration" },
	{ &duration, BYTES("-5s"), "is too small" },
	{ &duration, BYTES("-9223372036854775807d"), "is too small" },
	{ &duration, BYTES("ms"), "not a duration" },
	{ &boolean, BYTES("maybe"), "neither yes nor no" },
	{ &boolean, BYTES("2"), "neither yes nor no" },
	{ &boolean, BYTES(""), "is empty" },
	{ &enumeration, BYTES("gren"),
	    "(did you mean 'green'?); allowed is red, green or dark-blue" },
	{ &enumeration, BYTES("dark"), "(did you mean 'dark-blue'?)" },
	{ &enumeration, BYTES("xyzzy"), "'xyzzy' is none of those known; allowed" },
	{ &text, BYTES("eleven byte"), "is too long; allowed is a text of at most 10 bytes" },
	{ &text, BYTES("a\tb"), "'a\\x09b' holds a control character" },
	{ &text, BYTES("a\nb"), "control character" },
	{ &text, BYTES("a\0b"), "control character" },
	{ &text, BYTES("a\x7f"), "control character" },
	{ &text, BYTES("a\xff"), "'a\\xff' is not valid UTF-8" },
	{ &word, BYTES("a"), "is too short" },
	{ &word, BYTES("a b"), "holds white space" },
	{ &channel, BYTES("lobby"), "does not begin with '#'" },
	{ &channel, BYTES("#a b"), "holds white space" },
	{ &address, BYTES("localhost"), "not a numeric address" },
	{ &address, BYTES("127.0.0.1:5000"), "not a numeric address" },
	{ &address, BYTES("256.0.0.1"), "not a numeric address" },
	{ &address, BYTES("1.2.3"), "not a numeric address" },
	{ &interface, BYTES("interface-is-long"), "is too long" },
	{ &interface, BYTES("a/b"), "not an interface name" },
	{ &binding, BYTES("300.1.1.1"), "not an address" },
	{ &binding, BYTES("300.1.1.1:5"), "not an address" },
	{ &binding, BYTES("127.0.0.1:65536"), "has a wrong port" },
	{ &binding, BYTES("127.0.0.1:99999999999999999999"), "has a wrong port" },
	{ &binding, BYTES("[::1"), "not an IPv6 address in brackets" },
	{ &binding, BYTES("[::1]5000"), "other than ':PORT'" },
	{ &binding, BYTES("[::1]:x"), "has a wrong port" },
	{ &binding, BYTES("[127.0.0.1]:5"), "not an IPv6 address in brackets" },
	{ &binding, BYTES(":5000"), "names no address" },
	{ &binding, BYTES("a b"), "white space" },
	{ &listening, BYTES("x"), "'x' is not a port" },
	{ &listening, BYTES("65536"), "not a port" },
	{ &listening, BYTES("-1"), "not a port" },
	{ &listening, BYTES("127.0.0.1"), "not a port" },
	{ &listening, BYTES("127.0.0.1:"), "has a wrong port" },
	{ &listening, BYTES("::1"), "no brackets around the IPv6 address" },
	{ &listening, BYTES("[::1]"), "names no port" },
	{ &listening, BYTES(":5000"), "names no address" },
	{ &operator, BYTES("bob *@*"), "is not three words" },
	{ &operator, BYTES("bob *@* hash more"), "is not three words" },
};

static void
right_values_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(right); i++) {
		int64_t number = -77;
		struct err e = { "" };
		if (value_parse(right[i].row, str_from(right[i].text), &number, &e) != 0)
			fail_msg("\"%s\": %s", right[i].text, e.text);
		expect_int(right[i].text, number, right[i].number);
	}
}

static void
wrong_values_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		int64_t number;
		struct err e = { "" };
		if (value_parse(wrong[i].row, wrong[i].text, &number, &e) != -1)
			fail_msg("\"%s\" was taken", wrong[i].text.p);
		if (!str_contains(str_from(e.text), str_from(wrong[i].says)))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", wrong[i].text.p, e.text,
			    wrong[i].says);
		if (!str_contains(str_from(e.text), STR("; allowed is ")))
			fail_msg("\"%s\" does not say what is allowed", e.text);
	}
}

static void
long_values_are_quoted_in_part(void **state)
{
	char long_text[2000];
	int64_t number;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = '\x01'; /* four bytes each, when shown */
	value_parse(&integer, (struct str){ long_text, sizeof(long_text) }, &number, &e);
	assert_true(str_contains(str_from(e.text), STR("\\x01...' is not")));
	assert_true(str_ends(str_from(e.text), STR("from 1 to 65535")));
}

static void
numbers_are_shown_shortest(void **state)
{
	static const struct {
		const struct setting_row *row;
		int64_t number;
		const char *text;
	} cases[] = {
		{ &integer, 65535, "65535" },
		{ &mode, 0600, "0600" },
		{ &mode, 0, "0000" },
		{ &any_size, 0, "0" },
		{ &any_size, 1023, "1023" },
		{ &any_size, 1024, "1K" },
		{ &any_size, 1025, "1025" },
		{ &any_size, 65536, "64K" },
		{ &any_size, 1073741824, "1G" },
		{ &any_duration, 0, "0" },
		{ &any_duration, 1, "1ms" },
		{ &any_duration, 1500, "1500ms" },
		{ &any_duration, 90000, "90s" },
		{ &any_duration, 86400000, "1d" },
		{ &boolean, 0, "no" },
		{ &boolean, 1, "yes" },
		{ &enumeration, 2, "dark-blue" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT(100);
		int64_t back;
		struct err e;
		value_number_show(cases[i].row, cases[i].number, &out);
		expect_text(cases[i].text, buf_str(&out), cases[i].text);
		if (cases[i].number >= cases[i].row->min) {
			assert_int_equal(value_parse(cases[i].row, buf_str(&out), &back, &e), 0);
			expect_int(cases[i].text, back, cases[i].number);
		}
		buf_free(&out);
	}
}

static void
the_nearest_name_is_found(void **state)
{
	static const struct {
		const char *word, *best;
	} cases[] = {
		{ "servee", "serve" },
		{ "sevre", "serve" },
		{ "SERVE", "serve" },
		{ "conect", "connect" },
		{ "per", "peer" },
		{ "conn", "connect" },
		{ "co", "" },
		{ "p", "" },
		{ "xyzzy", "" },
		{ "", "" },
		{ "unix-mdoe", "unix-mode" },
		{ "unix-mod", "unix-mode" },
		{ "unx", "unix" },
	};
	static const char *const names[] = { "serve", "connect", "peer", "unix-mode", "unix" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nearest near = NEAREST_INIT(str_from(cases[i].word));
		for (size_t j = 0; j < COUNT(names); j++)
			nearest_try(&near, str_from(names[j]));
		expect_text(cases[i].word, str_from(near.best), cases[i].best);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_values_are_taken),
		cmocka_unit_test(wrong_values_are_told),
		cmocka_unit_test(long_values_are_quoted_in_part),
		cmocka_unit_test(numbers_are_shown_shortest),
		cmocka_unit_test(the_nearest_name_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
