/* Nicks, channel names and masks. The source is included to count the steps that matching takes. */
#include <string.h>

#include "expect.h"

static unsigned long steps;

static char
counting_lower(char c)
{
	steps++;
	return ascii_lower(c);
}

#define ascii_lower counting_lower
#include "../../src/irc/names.c"

static void
fold_names(void **state)
{
	static const struct {
		const char *name, *folded;
	} cases[] = {
		{ "", "" },
		{ "anna", "anna" },
		{ "AnnA", "anna" },
		{ "AZaz09", "azaz09" },
		{ "@[\\]^_`{|}~", "@[\\]^_`{|}~" }, /* rfc1459 would fold [ to { */
		{ "\xc3\x89t\xc3\x89", "\xc3\x89t\xc3\x89" },
		{ "#Caf\xc3\xa9", "#caf\xc3\xa9" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(out, '!', sizeof(out));
		struct str folded = name_fold(str_from(cases[i].name), out);
		expect_text(cases[i].name, folded, cases[i].folded);
		assert_ptr_equal(folded.p, out);
		assert_int_equal(out[folded.len], '!');
	}
	memcpy(out, "ANNA", 4);
	expect_text("in place", name_fold((struct str){ out, 4 }, out), "anna");
}

static void
compare_names(void **state)
{
	(void)state;
	assert_true(name_eq(STR("Anna"), STR("aNNA")));
	assert_true(name_eq(STR(""), STR("")));
	assert_true(name_eq(STR("\xc3\xa9"), STR("\xc3\xa9")));
	assert_false(name_eq(STR("anna"), STR("ann")));
	assert_false(name_eq(STR("ann"), STR("anna")));
	assert_false(name_eq(STR("\xc3\xa9"), STR("\xc3\x89")));
	assert_false(name_eq(STR("{"), STR("[")));
	assert_false(name_eq(STR("a\0b"), STR("a\0c")));
}

#define SIXTY "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static void
check_nicks(void **state)
{
	static const struct {
		struct str nick;
		size_t most;
		bool valid;
	} cases[] = {
		{ BYTES("anna"), 32, true },
		{ BYTES("a"), 1, true },
		{ BYTES("anna2"), 32, true },
		{ BYTES("Anna-Lena_[x]{y}|^`\\"), 32, true },
		{ BYTES("[away]"), 32, true },
		{ BYTES("a/b"), 32, false },              /* somebody elsewhere */
		{ BYTES("a-b#c&d:e+f%g~h$i"), 32, true }, /* not first, they mean nothing */
		{ BYTES("\xc3\x89lo\xc3\xafse"), 32, true },
		{ BYTES("\xe6\xbc\xa2\xe5\xad\x97"), 2, true },
		{ BYTES("\xf0\x9f\x98\x80"), 1, true },
		{ BYTES("e\xcc\x81"), 2, true },
		{ BYTES("<b>"), 32, true },
		/* length */
		{ BYTES(""), 32, false },
		{ BYTES("anna"), 3, false },
		{ BYTES("\xe6\xbc\xa2\xe5\xad\x97"), 1, false },
		{ BYTES(SIXTY "gggg"), 100, true }, /* IRC_NAME_ROOM */
		{ BYTES(SIXTY "ggggg"), 100, false },
		{ BYTES(SIXTY), 60, true },
		{ BYTES(SIXTY), 59, false },
		{ BYTES(SIXTY "\xf0\x9f\x98\x80"), 61, true },
		{ BYTES(SIXTY "\xf0\x9f\x98\x80"
			      "a"),
		    62, false },
		/* never */
		{ BYTES("an na"), 32, false },
		{ BYTES(" anna"), 32, false },
		{ BYTES("a,b"), 32, false },
		{ BYTES("a*"), 32, false },
		{ BYTES("a?"), 32, false },
		{ BYTES("a!b"), 32, false },
		{ BYTES("a@b"), 32, false },
		{ BYTES("a.b"), 32, false },
		{ BYTES("a\tb"), 32, false },
		{ BYTES("a\0b"), 32, false },
		{ BYTES("a\x1b[2J"), 32, false },
		{ BYTES("a\x7f"), 32, false },
		{ BYTES("a\r"), 32, false },
		{ BYTES("a\n"), 32, false },
		/* not first */
		{ BYTES("2anna"), 32, false },
		{ BYTES("-anna"), 32, false },
		{ BYTES("#anna"), 32, false },
		{ BYTES("&anna"), 32, false },
		{ BYTES(":anna"), 32, false },
		{ BYTES("+anna"), 32, false },
		{ BYTES("%anna"), 32, false },
		{ BYTES("~anna"), 32, false },
		{ BYTES("$anna"), 32, false },
		/* not UTF-8 */
		{ BYTES("a\xff"), 32, false },
		{ BYTES("a\xc3"), 32, false },
		{ BYTES("a\xc0\xae"), 32, false },
		{ BYTES("a\xed\xa0\x80"), 32, false },
		/* not to be seen */
		{ BYTES("a\xc2\x85"), 32, false },     /* C1 control */
		{ BYTES("a\xc2\xa0"), 32, false },     /* no-break space */
		{ BYTES("a\xc2\xad"), 32, false },     /* soft hyphen */
		{ BYTES("a\xe2\x80\x8b"), 32, false }, /* zero width space */
		{ BYTES("a\xe2\x80\x8d"), 32, false }, /* zero width joiner */
		{ BYTES("a\xe2\x80\xae"
			"b"),
		    32, false }, /* right-to-left override */
		{ BYTES("a\xe2\x81\xa6"
			"b"),
		    32, false }, /* left-to-right isolate */
		{ BYTES("a\xe3\x80\x80"
			"b"),
		    32, false },                           /* ideographic space */
		{ BYTES("\xe3\x85\xa4"), 32, false },      /* hangul filler */
		{ BYTES("a\xef\xb8\x8f"), 32, false },     /* variation selector */
		{ BYTES("a\xef\xbb\xbf"), 32, false },     /* byte order mark */
		{ BYTES("a\xef\xbf\xbf"), 32, false },     /* no character */
		{ BYTES("a\xee\x80\x80"), 32, false },     /* private use */
		{ BYTES("a\xf3\xa0\x81\xa1"), 32, false }, /* tag letter */
		{ BYTES("a\xf4\x8f\xbf\xbd"), 32, false }, /* private use */
		/* on the edges of those */
		{ BYTES("\xc2\xa1"), 32, true },
		{ BYTES("\xe2\x80\x90\xe2\x80\xa7"), 32, true },
		{ BYTES("\xe2\x80\xb0"), 32, true },
		{ BYTES("\xef\xbf\xbd"), 32, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(
		    cases[i].nick.p, nick_valid(cases[i].nick, cases[i].most), cases[i].valid);
}

static void
check_unseen_is_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unseen); i++) {
		assert_true(unseen[i].first <= unseen[i].last);
		assert_true(i == 0 || unseen[i - 1].last < unseen[i].first);
		assert_ptr_equal(find_unseen(unseen[i].first), &unseen[i]);
		assert_ptr_equal(find_unseen(unseen[i].last), &unseen[i]);
	}
}

static void
check_channels(void **state)
{
	static const struct {
		struct str name;
		size_t most;
		bool valid;
	} cases[] = {
		{ BYTES("#a"), 32, true },
		{ BYTES("#lobby"), 6, true },
		{ BYTES("##"), 32, true },
		{ BYTES("#:"), 32, true },
		{ BYTES("#a.b*c?d!e@f"), 32, true },
		{ BYTES("#caf\xc3\xa9"), 6, true },
		{ BYTES("#\xe2\x9d\xa4\xef\xb8\x8f"), 32, true }, /* heart and variation selector */
		{ BYTES("#\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"), 32, true }, /* joined */
		{ BYTES("#" SIXTY "ggg"), 100, true }, /* IRC_CHANNEL_ROOM */
		{ BYTES("#" SIXTY "gggg"), 100, false },
		{ BYTES(""), 32, false },
		{ BYTES("#"), 32, false },
		{ BYTES("#lobby"), 5, false },
		{ BYTES("#caf\xc3\xa9"), 5, false },
		{ BYTES("lobby"), 32, false },
		{ BYTES("&lobby"), 32, false },
		{ BYTES("+lobby"), 32, false },
		{ BYTES(" #lobby"), 32, false },
		{ BYTES("#a b"), 32, false },
		{ BYTES("#a,b"), 32, false },
		{ BYTES("#a\ab"), 32, false },
		{ BYTES("#a\tb"), 32, false },
		{ BYTES("#a\0b"), 32, false },
		{ BYTES("#a\x02"), 32, false },
		{ BYTES("#a\x7f"), 32, false },
		{ BYTES("#a\xff"), 32, false },
		{ BYTES("#a\xc2\x9b"), 32, false },
		{ BYTES("#a\xc2\xa0"), 32, false },
		{ BYTES("#a\xe2\x80\xae"), 32, false },
		{ BYTES("#a\xe2\x80\x8b"), 32, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(
		    cases[i].name.p, channel_valid(cases[i].name, cases[i].most), cases[i].valid);
	assert_true(channel_looks(STR("#")));
	assert_true(channel_looks(STR("#a b")));
	assert_false(channel_looks(STR("")));
	assert_false(channel_looks(STR("@#a")));
	assert_false(channel_looks((struct str){ NULL, 0 }));
}

static void
check_metadata_keys(void **state)
{
	char longest[IRC_METADATA_KEY_MOST + 1];
	static const struct {
		struct str key;
		bool valid;
	} cases[] = {
		{ BYTES("avatar"), true },
		{ BYTES("a"), true },
		{ BYTES("display-name"), true },
		{ BYTES("soju.im/muted_0-9az"), true },
		{ BYTES(""), false },
		{ BYTES("Avatar"), false },
		{ BYTES("a b"), false },
		{ BYTES("*"), false },
		{ BYTES("a:b"), false },
		{ BYTES("$url$"), false },
		{ BYTES("a\0b"), false },
		{ BYTES("\xc3\xa9"), false },
		{ BYTES("`"), false },
		{ BYTES("{"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(cases[i].key.p, metadata_key_valid(cases[i].key), cases[i].valid);
	memset(longest, 'k', sizeof(longest));
	assert_true(metadata_key_valid((struct str){ longest, IRC_METADATA_KEY_MOST }));
	assert_false(metadata_key_valid((struct str){ longest, IRC_METADATA_KEY_MOST + 1 }));
}

static void
clean_users(void **state)
{
	static const struct {
		struct str user;
		const char *clean;
	} cases[] = {
		{ BYTES("anna"), "anna" },
		{ BYTES("Anna-1_x.y"), "Anna-1_x.y" },
		{ BYTES("~an na!@*"), "anna" },
		{ BYTES("\xc3\x89lo\xc3\xafse"), "lose" },
		{ BYTES("a\0b\x1b"
			"c"),
		    "abc" },
		{ BYTES(""), "user" },
		{ BYTES("!@ \xff"), "user" },
		{ BYTES("aaaaaaaaaabbbbbbbbbb"), "aaaaaaaaaabbbbbbbbbb" },
		{ BYTES("aaaaaaaaaabbbbbbbbbbc"), "aaaaaaaaaabbbbbbbbbb" },
		{ BYTES("@@@@@@@@@@@@@@@@@@@@@@@@@@@@anna"), "anna" },
	};
	char out[IRC_USER_MOST + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(out, '!', sizeof(out));
		size_t n = user_clean(cases[i].user, out);
		expect_text(cases[i].user.p, (struct str){ out, n }, cases[i].clean);
		assert_int_equal(out[n], '\0');
	}
}

static void
valid_places(void **state)
{
	static const struct {
		const char *text;
		bool user, host;
	} cases[] = { { "anna", true, true }, { "~anna", true, false }, { "~", false, false },
		{ "", false, false }, { "a.b-c_d", true, true }, { "a/b:c", false, true },
		{ ":a", false, false }, { "a b", false, false }, { "a@b", false, false },
		{ "a*", false, false }, { "a!", false, false }, { "\xc3\xa9", false, false },
		{ "aaaaaaaaaabbbbbbbbbb", true, true }, { "aaaaaaaaaabbbbbbbbbbc", false, true },
		{ "~aaaaaaaaaabbbbbbbbbb", true, false },
		{ "123456789012345678901234567890123456789012345678901234567890123", false, true },
		{ "1234567890123456789012345678901234567890123456789012345678901234", false,
		    false } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		expect_int(cases[i].text, user_name_valid(str_from(cases[i].text)), cases[i].user);
		expect_int(cases[i].text, host_valid(str_from(cases[i].text)), cases[i].host);
	}
}

struct match {
	const char *mask, *text;
	bool matches;
};

/* The cases of ircdocs/parser-tests (mask-match) in our own words, and ours. */
static const struct match matches[] = {
	{ "*@127.0.0.1", "anna!ab@127.0.0.1", true },
	{ "*@127.0.0.1", "bert3!~bc@127.0.0.1", true },
	{ "*@127.0.0.1", "anna!ab@127.0.0.5", false },
	{ "*@127.0.0.1", "bert3!~d@124.0.0.1", false },
	{ "ann*@*", "anna!ab@127.0.0.1", true },
	{ "ann*@*", "ann132!ab@example.com", true },
	{ "ann*@*", "hanna!ab@127.0.0.5", false },
	{ "ann!*@*", "ann!a@127.0.0.1", true },
	{ "ann!*@*", "anna!ab@127.0.0.1", false },
	{ "ann!?name@*", "ann!aname@127.0.0.1", true },
	{ "ann!?name@*", "ann!~name@127.0.0.1", true },
	{ "ann!?name@*", "ann!name@127.0.0.1", false },
	{ "ann!a?*@*", "ann!ab@127.0.0.1", true },
	{ "ann!a?*@*", "ann!abc@127.0.0.1", true },
	{ "ann!a?*@*", "ann!a@127.0.0.1", false },
	{ "ann[gu]!*@*", "ann[gu]!g@127.0.0.1", true }, /* no sets, as a shell has them */
	{ "ann[gu]!*@*", "anng!g@127.0.0.1", false },
	/* the case mapping */
	{ "ANN*", "anna", true },
	{ "ann*", "ANNA", true },
	{ "a[", "a{", false },
	{ "\xc3\x89*", "\xc3\xa9t\xc3\xa9", false },
	/* the ends */
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "?", "", false },
	{ "*", "", true },
	{ "***", "", true },
	{ "*", "anything", true },
	{ "a*", "a", true },
	{ "*a", "a", true },
	{ "*a", "ab", false },
	{ "a", "ab", false },
	{ "ab", "a", false },
	{ "**a**", "bab", true },
	{ "*?", "", false },
	{ "*?", "a", true },
	{ "?*", "a", true },
	{ "*?*?*", "a", false },
	{ "*?*?*", "ab", true },
	/* going back */
	{ "*ab", "aab", true },
	{ "*ab", "abab", true },
	{ "*ab*cd", "abcabcd", true },
	{ "*ab*cd", "abcabdc", false },
	{ "a*b*c", "abcbc", true },
	{ "a*b*c", "acb", false },
	{ "*aab*", "aaaab", true },
	{ "*.example.com", "a.example.com.example.com", true },
	{ "*a?b", "aaxb", true },
	/* \ is an ordinary byte */
	{ "a\\*", "a\\b", true },
	{ "a\\*", "a*", false },
	{ "\\?", "\\a", true },
	/* ? is one code point */
	{ "?", "\xc3\xa9", true },
	{ "??", "\xc3\xa9", false },
	{ "*??", "\xe2\x82\xac", false },
	{ "*?", "\xe2\x82\xac", true },
	{ "a?c",
	    "a\xf0\x9f\x98\x80"
	    "c",
	    true },
	{ "*\x98*", "\xf0\x9f\x98\x80", false }, /* not the middle of one */
	{ "?", "\xff", true },
	{ "??", "\xc3\xff", true },
	{ "*\xff", "a\xff", true },
	{ "\xc3\xa9*", "\xc3\xa9t\xc3\xa9", true },
};

static void
match_masks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(matches); i++) {
		bool got = mask_match(str_from(matches[i].mask), str_from(matches[i].text));
		if (got != matches[i].matches)
			fail_msg("\"%s\" on \"%s\": %d", matches[i].mask, matches[i].text, got);
	}
	assert_true(mask_match(STR("a\0*"), STR("a\0b")));
	assert_false(mask_match(STR("a\0b"), STR("a\0c")));
	assert_true(mask_match((struct str){ NULL, 0 }, (struct str){ NULL, 0 }));
	assert_true(mask_match(STR("*"), (struct str){ NULL, 0 }));
}

/* A matcher that tries every star at every place would not end in this universe. */
static void
match_in_bounded_steps(void **state)
{
	static const char *const masks[] = {
		"*a*a*a*b",
		"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		"*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		"*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*b",
		"*a?a?a?a?a?a?a?a?a?a?a?a?b*a?a?a?a?a?a?a?a?a?c",
		"*****************************************b",
		"a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab*",
	};
	char text[512];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < COUNT(masks); i++) {
		struct str mask = str_from(masks[i]);
		steps = 0;
		expect_int(masks[i], mask_match(mask, (struct str){ text, sizeof(text) }), false);
		/* Two calls a step. */
		if (steps / 2 > mask.len * sizeof(text))
			fail_msg("%s: %lu steps", masks[i], steps / 2);
	}
	steps = 0;
	assert_true(mask_match(STR("*a*a*a*"), (struct str){ text, sizeof(text) }));
	assert_true(steps > 0 && steps / 2 < 8);
}

static void
complete_masks(void **state)
{
	static const struct {
		struct str mask;
		const char *full; /* NULL: refused */
	} cases[] = {
		{ BYTES("anna"), "anna!*@*" },
		{ BYTES("ann*"), "ann*!*@*" },
		{ BYTES("ann\\"), "ann\\!*@*" },
		{ BYTES("*"), "*!*@*" },
		{ BYTES("anna!ag"), "anna!ag@*" },
		{ BYTES("anna!"), "anna!*@*" },
		{ BYTES("!ag"), "*!ag@*" },
		{ BYTES("ag@host"), "*!ag@host" },
		{ BYTES("@host"), "*!*@host" },
		{ BYTES("ag@"), "*!ag@*" },
		{ BYTES("@"), "*!*@*" },
		{ BYTES("!"), "*!*@*" },
		{ BYTES("!@"), "*!*@*" },
		{ BYTES("host.name"), "*!*@host.name" },
		{ BYTES("*.name"), "*!*@*.name" },
		{ BYTES("127.0.0.1"), "*!*@127.0.0.1" },
		{ BYTES("fe80::1"), "*!*@fe80::1" },
		{ BYTES("anna!ag@host"), "anna!ag@host" },
		{ BYTES("anna!@host"), "anna!*@host" },
		{ BYTES("anna!ag@h@st"), "anna!ag@h@st" },
		{ BYTES("a!b!c@d"), "a!b!c@d" },
		{ BYTES("**"), "*!*@*" },
		{ BYTES("***!a**b@**.c***d"), "*!a*b@*.c*d" },
		{ BYTES("*?*"), "*?*!*@*" },
		{ BYTES("\xc3\x89lo\xc3\xafse"), "\xc3\x89lo\xc3\xafse!*@*" },
		{ BYTES(""), NULL },
		{ BYTES(":anna"), NULL },
		{ BYTES(":a!b@c"), NULL },
		{ BYTES("an na"), NULL },
		{ BYTES(" "), NULL },
		{ BYTES("an\tna"), NULL },
		{ BYTES("an\0na"), NULL },
		{ BYTES("an\nna"), NULL },
		{ BYTES("an\x7f"), NULL },
		{ BYTES("an\xff"), NULL },
		{ BYTES("an\xe2\x80\xae"), NULL },
	};
	char out[IRC_MASK_MOST + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool ok = mask_complete(cases[i].mask, out, sizeof(out));
		expect_int(cases[i].mask.p, ok, cases[i].full != NULL);
		if (ok)
			expect_text(cases[i].mask.p, str_from(out), cases[i].full);
	}
}

static void
complete_masks_to_size(void **state)
{
	char mask[IRC_MASK_MOST * 2], out[IRC_MASK_MOST * 4];

	(void)state;
	memset(mask, 'a', sizeof(mask));
	assert_true(mask_complete((struct str){ mask, IRC_MASK_MOST - 4 }, out, sizeof(out)));
	assert_int_equal(strlen(out), IRC_MASK_MOST);
	assert_false(mask_complete((struct str){ mask, IRC_MASK_MOST - 3 }, out, sizeof(out)));
	/* Many stars are one: they need no room. */
	memset(mask, '*', sizeof(mask));
	assert_true(mask_complete((struct str){ mask, sizeof(mask) }, out, sizeof(out)));
	assert_string_equal(out, "*!*@*");

	assert_true(mask_complete(STR("anna"), out, 9));
	assert_string_equal(out, "anna!*@*");
	for (size_t size = 0; size < 9; size++) {
		memset(out, '#', sizeof(out));
		assert_false(mask_complete(STR("anna"), out, size));
		assert_int_equal(out[size], '#');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fold_names),
		cmocka_unit_test(compare_names),
		cmocka_unit_test(check_nicks),
		cmocka_unit_test(check_unseen_is_sorted),
		cmocka_unit_test(check_channels),
		cmocka_unit_test(check_metadata_keys),
		cmocka_unit_test(clean_users),
		cmocka_unit_test(valid_places),
		cmocka_unit_test(match_masks),
		cmocka_unit_test(match_in_bounded_steps),
		cmocka_unit_test(complete_masks),
		cmocka_unit_test(complete_masks_to_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
