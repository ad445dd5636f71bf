/* Headers of the PROXY protocol, whole and in parts, and networks of addresses. */
#include <string.h>

#include "expect.h"

#include "net/proxy.h"
#include "net/subnet.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"
#define LITERAL(text) (text), sizeof(text) - 1
#define ZEROS_12 "\0\0\0\0\0\0\0\0\0\0\0\0"

/* What is behind a header is not its business; every part of it asks for more. */
static void
test_headers(void **state)
{
	static const struct {
		const char *text;
		size_t len, header; /* bytes of the header */
		enum proxy_result result;
		const char *from; /* NULL: not known */
	} cases[] = {
		{ LITERAL("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\nNICK x"), 33, PROXY_DONE,
		    "1.2.3.4:9" },
		{ LITERAL("PROXY TCP6 ::1 ::2 0 65535\r\n"), 28, PROXY_DONE, "[::1]:0" },
		{ LITERAL("PROXY UNKNOWN\r\n\r\n"), 15, PROXY_DONE, NULL },
		{ LITERAL("PROXY TCP4 1.2.3.4 5.6.7.8 9\r\n"), 0, PROXY_BAD, NULL },
		{ LITERAL("PROXY TCP4 1.2.3.4 5.6.7.8 9 10 11\r\n"), 0, PROXY_BAD, NULL },
		{ LITERAL("PROXY \n"), 0, PROXY_BAD, NULL },
		{ LITERAL("PROXZ"), 0, PROXY_NONE, NULL },
		{ LITERAL("proxy TCP4"), 0, PROXY_NONE, NULL },
		{ LITERAL("NICK x"), 0, PROXY_NONE, NULL },
		{ LITERAL("\r\nNICK"), 0, PROXY_NONE, NULL },
		{ LITERAL(V2 "\x21\x11\0\x0c\1\2\3\4\5\6\7\x08\0\x09\0\x0a+"), 28, PROXY_DONE,
		    "1.2.3.4:9" },
		{ LITERAL(V2 "\x21\x11\0\x0f\1\2\3\4\5\6\7\x08\0\x09\0\x0a\4\0\0"), 31, PROXY_DONE,
		    "1.2.3.4:9" },
		{ LITERAL(V2 "\x20\x11\0\0"), 16, PROXY_DONE, NULL },
		{ LITERAL(V2 "\x21\0\0\0"), 16, PROXY_DONE, NULL },
		{ LITERAL(V2 "\x22\0\0\0"), 0, PROXY_BAD, NULL },
		{ LITERAL(V2 "\x11\0\0\0"), 0, PROXY_BAD, NULL },
		{ LITERAL(V2 "\x21\x12\0\x0c" ZEROS_12), 0, PROXY_BAD, NULL },
		{ LITERAL(V2 "\x21\x11\0\x0b" ZEROS_12), 0, PROXY_BAD, NULL },
		{ LITERAL(V2 "\x21\x11\x40\0" ZEROS_12), 0, PROXY_BAD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str whole = { cases[i].text, cases[i].len };
		struct proxy_header h;
		const char *why = NULL;
		char text[ADDR_TEXT] = "";
		size_t n = 0;

		while (n < whole.len && proxy_parse(str_first(whole, n), &h, &why) == PROXY_MORE)
			n++;
		expect_int(
		    cases[i].text, proxy_parse(str_first(whole, n), &h, &why), cases[i].result);
		expect_int(cases[i].text, proxy_parse(whole, &h, &why), cases[i].result);
		if (cases[i].result == PROXY_BAD)
			assert_non_null(why);
		if (cases[i].result != PROXY_DONE)
			continue;
		assert_int_equal(h.length, cases[i].header);
		assert_int_equal(h.known, cases[i].from != NULL);
		if (h.known)
			addr_text(&h.from, text);
		assert_string_equal(text, cases[i].from ? cases[i].from : "");
	}
}

/* However long a header says that it is, what it says is told by so much of it. */
static void
test_enough_is_held(void **state)
{
	char text[PROXY_HELD_MOST] = V2 "\x21\x31\x3f\xf0";
	struct proxy_header h;
	const char *why;

	(void)state;
	assert_int_equal(proxy_parse((struct str){ text, sizeof(text) - 1 }, &h, &why), PROXY_MORE);
	assert_int_equal(proxy_parse((struct str){ text, sizeof(text) }, &h, &why), PROXY_DONE);
	assert_int_equal(h.length, PROXY_V2_MOST);
	assert_true(h.known && addr_is_unix(&h.from));
}

static void
test_networks(void **state)
{
	static const struct {
		const char *text, *shown; /* NULL: refused */
		const char *in, *out;
	} cases[] = {
		{ "10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.4" },
		{ "10.1.2.3/32", "10.1.2.3", "::ffff:10.1.2.3", "10.1.2.2" },
		{ "10.1.2.3/8", "10.0.0.0/8", "10.255.0.1", "11.0.0.0" },
		{ "10.1.130.3/17", "10.1.128.0/17", "10.1.255.255", "10.1.127.255" },
		{ "0.0.0.0/0", "0.0.0.0/0", "9.9.9.9", "::1" },
		{ "::/0", "::/0", "2001:db8::1", "9.9.9.9" },
		{ "2001:db8::/32", "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8::2" },
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8", "10.1.1.1", "11.1.1.1" },
		{ "::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2" },
		{ "unix", "unix", NULL, "10.0.0.1" },
		{ "unix/1", NULL, NULL, NULL },
		{ "10.0.0.0/33", NULL, NULL, NULL },
		{ "10.0.0.0/", NULL, NULL, NULL },
		{ "10.0.0.0/-1", NULL, NULL, NULL },
		{ "10.0.0/8", NULL, NULL, NULL },
		{ "::ffff:10.0.0.0/95", NULL, NULL, NULL },
		{ "::/129", NULL, NULL, NULL },
		{ "fe80::1%lo", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
		{ "cats.example", NULL, NULL, NULL },
	};
	struct subnet n;
	struct addr a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[ADDR_TEXT];
		bool good = subnet_parse(str_from(cases[i].text), &n);
		expect_int(cases[i].text, good, cases[i].shown != NULL);
		if (!good)
			continue;
		subnet_text(&n, text);
		assert_string_equal(text, cases[i].shown);
		if (cases[i].in != NULL) {
			assert_true(addr_numeric(str_from(cases[i].in), 1, &a));
			expect_int(cases[i].in, subnet_has(&n, &a), true);
		}
		assert_true(addr_numeric(str_from(cases[i].out), 1, &a));
		expect_int(cases[i].out, subnet_has(&n, &a), false);
	}
}

/* The key of an address gives the address back. */
static void
test_keys(void **state)
{
	static const char *const cases[] = { "1.2.3.4", "2001:db8::1:2", "fe80::1" };
	struct addr_key k;
	struct addr a;
	char text[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(addr_numeric(str_from(cases[i]), 7, &a));
		k = addr_key(&a);
		assert_true(addr_of_key(&k, &a));
		addr_host(&a, text);
		assert_string_equal(text, cases[i]);
	}
	k = addr_key_of_user(0x34363634);
	assert_false(addr_of_key(&k, &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_enough_is_held),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
