/* Addresses: texts in, texts out, and what parties are counted by. */
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "expect.h"

#include "net/addr.h"

static struct addr
numeric(const char *host, uint16_t port)
{
	struct addr a;

	if (!addr_numeric(str_from(host), port, &a))
		fail_msg("\"%s\" was not taken as a numeric address", host);
	return a;
}

static void
test_splits(void **state)
{
	static const struct {
		const char *text, *host;
		int port; /* -2: refused */
	} cases[] = {
		{ "1.2.3.4", "1.2.3.4", -1 },
		{ "1.2.3.4:5000", "1.2.3.4", 5000 },
		{ "1.2.3.4:0", "1.2.3.4", 0 },
		{ "1.2.3.4:65535", "1.2.3.4", 65535 },
		{ "chat.example.org", "chat.example.org", -1 },
		{ "chat.example.org:6667", "chat.example.org", 6667 },
		{ "::1", "::1", -1 },
		{ "fe80::1", "fe80::1", -1 },
		{ "fe80::1%lo", "fe80::1%lo", -1 },
		{ "[::1]", "::1", -1 },
		{ "[::1]:5000", "::1", 5000 },
		{ "[fe80::1%lo]:7", "fe80::1%lo", 7 },
		{ "wlan0:1:5000", "wlan0:1", 5000 },
		{ ":5000", "", 5000 },
		{ "", "", -1 },
		{ "1.2.3.4:", NULL, -2 },
		{ "1.2.3.4:65536", NULL, -2 },
		{ "1.2.3.4:-1", NULL, -2 },
		{ "1.2.3.4: 5", NULL, -2 },
		{ "host:http", NULL, -2 },
		{ "[::1", NULL, -2 },
		{ "[::1]5000", NULL, -2 },
		{ "[::1]:x", NULL, -2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str host;
		struct err e = { "" };
		int port, result = addr_split(str_from(cases[i].text), &host, &port, &e);

		expect_int(cases[i].text, result, cases[i].port == -2 ? -1 : 0);
		if (cases[i].port == -2) {
			assert_true(str_contains(str_from(e.text), str_from(cases[i].text)));
			continue;
		}
		expect_text(cases[i].text, host, cases[i].host);
		expect_int(cases[i].text, port, cases[i].port);
	}
}

static void
test_numeric_only(void **state)
{
	static const char *const refused[] = { "", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1",
		"1.2.3.4 ", " ::1", "[::1]", "::g", "1::2::3", "::1%nosuchdevice", "::1%0",
		"1.2.3.4:80",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%lo-and-much-more-text" };
	struct addr a;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (addr_numeric(str_from(refused[i]), 1, &a))
			fail_msg("\"%s\" was taken as a numeric address", refused[i]);
	assert_false(addr_numeric((struct str){ "1.2.3.4\0", 8 }, 1, &a));
}

static void
test_texts(void **state)
{
	static const struct {
		const char *in;
		uint16_t port;
		const char *text, *host;
	} cases[] = {
		{ "127.0.0.1", 5000, "127.0.0.1:5000", "127.0.0.1" },
		{ "0.0.0.0", 0, "0.0.0.0:0", "0.0.0.0" },
		{ "::1", 5000, "[::1]:5000", "::1" },
		{ "2001:DB8:0:0:0:0:0:1", 65535, "[2001:db8::1]:65535", "2001:db8::1" },
		{ "::ffff:1.2.3.4", 80, "1.2.3.4:80", "1.2.3.4" },
		{ "fe80::1%lo", 7, "[fe80::1%lo]:7", "fe80::1%lo" },
	};
	char out[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addr a = numeric(cases[i].in, cases[i].port);
		size_t n = addr_text(&a, out);

		expect_str(cases[i].in, (struct str){ out, n }, str_from(cases[i].text));
		n = addr_host(&a, out);
		expect_str(cases[i].in, (struct str){ out, n }, str_from(cases[i].host));
		expect_int(cases[i].in, addr_port(&a), cases[i].port);
	}
}

static void
test_unix_paths(void **state)
{
	struct addr a;
	struct err e;
	char out[ADDR_TEXT], path[200];
	const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	(void)state;
	assert_int_equal(addr_unix(STR("/tmp/chat.sock"), &a, &e), 0);
	expect_str("path", (struct str){ out, addr_text(&a, out) }, STR("/tmp/chat.sock"));
	assert_true(addr_is_unix(&a));
	assert_int_equal(addr_unix(STR("@chat"), &a, &e), 0);
	expect_str("abstract", (struct str){ out, addr_text(&a, out) }, STR("@chat"));
	expect_int("abstract", a.len, (long long)(offsetof(struct sockaddr_un, sun_path) + 5));
	assert_int_equal(addr_unix(STR("/tmp/a\nb\x7f"), &a, &e), 0);
	expect_str("control", (struct str){ out, addr_text(&a, out) }, STR("/tmp/a?b?"));
	a = (struct addr){ .sa.ss_family = AF_UNIX, .len = sizeof(sa_family_t) };
	expect_str("unnamed", (struct str){ out, addr_text(&a, out) }, STR("unix"));

	memset(path, 'p', sizeof(path));
	assert_int_equal(addr_unix((struct str){ path, most }, &a, &e), 0);
	expect_int("longest", (long long)addr_text(&a, out), (long long)most);
	assert_int_equal(addr_unix((struct str){ path, most + 1 }, &a, &e), -1);
	assert_non_null(strstr(e.text, "too long"));
	path[0] = '@';
	assert_int_equal(addr_unix((struct str){ path, most + 1 }, &a, &e), 0);
	assert_int_equal(addr_unix((struct str){ path, most + 2 }, &a, &e), -1);
	assert_int_equal(addr_unix(STR(""), &a, &e), -1);
	assert_int_equal(addr_unix(STR("@"), &a, &e), -1);
	assert_int_equal(addr_unix(STR("/a\0b"), &a, &e), -1);
}

static void
test_keys(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "1.2.3.4", "1.2.3.4", true },
		{ "1.2.3.4", "1.2.3.5", false },
		{ "1.2.3.4", "::ffff:1.2.3.4", true },
		{ "2001:db8::1", "2001:db8::ffff:2", true },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
		{ "fe80::1%lo", "fe80::2%lo", false },
		{ "fe80::1%lo", "fe80::1%lo", true },
		{ "::1", "0.0.0.0", false },
	};
	struct addr_key one, other;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addr a = numeric(cases[i].a, 1), b = numeric(cases[i].b, 2);
		one = addr_key(&a);
		other = addr_key(&b);
		expect_int(
		    cases[i].b, str_eq(addr_key_str(&one), addr_key_str(&other)), cases[i].same);
	}
	one = addr_key_of_user(1000);
	other = addr_key_of_user(1001);
	assert_false(str_eq(addr_key_str(&one), addr_key_str(&other)));
	other = addr_key_of_user(1000);
	assert_true(str_eq(addr_key_str(&one), addr_key_str(&other)));
}

static void
test_compares(void **state)
{
	struct addr a = numeric("127.0.0.1", 1), b = numeric("127.0.0.1", 2);

	(void)state;
	assert_false(addr_equal(&a, &b));
	addr_set_port(&b, 1);
	assert_true(addr_equal(&a, &b));
	b = numeric("::ffff:127.0.0.1", 1);
	assert_false(addr_equal(&a, &b));
	addr_unmap(&b);
	assert_true(addr_equal(&a, &b));
	a = numeric("::", 0);
	assert_true(addr_is_any(&a));
	a = numeric("0.0.0.0", 0);
	assert_true(addr_is_any(&a));
	assert_false(addr_is_any(&b));
}

/* By the last digit: 4 stands for IPv4, 6 for IPv6. */
static void
test_families_take_turns(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{ "", "" },
		{ "6", "6" },
		{ "64", "64" },
		{ "666444", "646464" },
		{ "44466", "46464" },
		{ "66664", "64666" },
		{ "444", "444" },
		{ "6644446", "6464644" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addr at[8];
		struct addr_list list = { at, strlen(cases[i].before) };
		uint16_t last4 = 0, last6 = 0;

		for (size_t j = 0; j < list.count; j++)
			at[j] = numeric(
			    cases[i].before[j] == '4' ? "1.1.1.1" : "::1", (uint16_t)(j + 1));
		addr_list_interleave(&list);
		for (size_t j = 0; j < list.count; j++) {
			bool four = at[j].sa.ss_family == AF_INET;
			uint16_t *last = four ? &last4 : &last6;

			expect_int(cases[i].before, four ? '4' : '6', cases[i].after[j]);
			assert_true(addr_port(&at[j]) > *last); /* the order within each stays */
			*last = addr_port(&at[j]);
		}
	}
}

static void
test_interfaces(void **state)
{
	struct addr_list list;
	struct addr four = numeric("127.0.0.1", 80);
	struct err e;
	bool found = false;

	(void)state;
	assert_true(addr_is_interface(STR("lo")));
	assert_false(addr_is_interface(STR("lo:nosuch")));
	assert_int_equal(addr_of_interface(STR("lo"), 80, &list, &e), 0);
	for (size_t i = 0; i < list.count; i++)
		found = found || addr_equal(&list.at[i], &four);
	assert_true(found);
	addr_list_free(&list);
	assert_int_equal(addr_of_interface(STR("nosuch0"), 80, &list, &e), -1);
	assert_non_null(strstr(e.text, "\"nosuch0\""));
	assert_non_null(strstr(e.text, "only lo"));
	addr_list_free(&list);
}

static void
test_resolving_needs_no_server_for_numbers(void **state)
{
	struct addr_list list;
	struct addr want = numeric("::1", 80);
	struct err e;
	char longest[300];

	(void)state;
	assert_int_equal(addr_resolve(STR("::1"), 80, &list, &e), 0);
	expect_int("::1", (long long)list.count, 1);
	assert_true(addr_equal(&list.at[0], &want));
	addr_list_free(&list);
	assert_int_equal(addr_resolve(STR(""), 80, &list, &e), -1);
	memset(longest, 'h', sizeof(longest));
	assert_int_equal(addr_resolve((struct str){ longest, 300 }, 80, &list, &e), -1);
	/* A label may have 63 characters: this one is refused before any server is asked. */
	assert_int_equal(addr_resolve((struct str){ longest, 70 }, 80, &list, &e), -1);
	assert_non_null(strstr(e.text, "hhhh\": "));
	addr_list_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_numeric_only),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_unix_paths),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_compares),
		cmocka_unit_test(test_families_take_turns),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_resolving_needs_no_server_for_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
