/* The line parser: what comes out of a line, and what goes into one. */
#include <stdio.h>
#include <string.h>

#include "expect.h"
#include "irc/message.h"

/* A line and its parts; a part that is not named is empty. */
struct parts {
	const char *line, *tags, *source, *command, *params[IRC_PARAMS_MOST + 1];
};

/* The cases of ircdocs/parser-tests (msg-split) in our own words, and ours. */
static const struct parts splits[] = {
	/* parameters */
	{ "PING", "", "", "PING", { NULL } },
	{ "ping one", "", "", "ping", { "one" } },
	{ "say one two three", "", "", "say", { "one", "two", "three" } },
	{ "say one two :three four", "", "", "say", { "one", "two", "three four" } },
	{ "say one two :", "", "", "say", { "one", "two", "" } },
	{ "say :", "", "", "say", { "" } },
	{ "say ::three", "", "", "say", { ":three" } },
	{ "say ::", "", "", "say", { ":" } },
	{ "say :  three four ", "", "", "say", { "  three four " } },
	{ "say :  ", "", "", "say", { "  " } },
	{ "say one :smile :) ", "", "", "say", { "one", "smile :) " } },
	{ "say a:b c:", "", "", "say", { "a:b", "c:" } },
	{ "say JOIN :#one", "", "", "say", { "JOIN", "#one" } },
	{ "MODE #one +oo anna :bert", "", "", "MODE", { "#one", "+oo", "anna", "bert" } },
	{ "MODE #one :+i", "", "", "MODE", { "#one", "+i" } },
	/* spaces */
	{ "AWAY ", "", "", "AWAY", { NULL } },
	{ "say one two   ", "", "", "say", { "one", "two" } },
	{ "say   one    two  :  three", "", "", "say", { "one", "two", "  three" } },
	{ "   say one", "", "", "say", { "one" } },
	{ ":from.host 432  #one :Bad: really", "", "from.host", "432", { "#one", "Bad: really" } },
	{ ":from MODE #one +n ", "", "from", "MODE", { "#one", "+n" } },
	{ ":from   say   one", "", "from", "say", { "one" } },
	{ "say\tone two", NULL, NULL, NULL, { NULL } },
	{ "say one\ttwo three", "", "", "say", { "one\ttwo", "three" } },
	{ "say one\rtwo\r", "", "", "say", { "one\rtwo\r" } },
	{ "say one :\r", "", "", "say", { "one", "\r" } },
	/* sources */
	{ ":from say one", "", "from", "say", { "one" } },
	{ ":from AWAY", "", "from", "AWAY", { NULL } },
	{ ":fr\tom say one", "", "fr\tom", "say", { "one" } },
	{ ":a!b@c\x03"
	  "5d\x02"
	  ".e say one :two",
	    "",
	    "a!b@c\x03"
	    "5d\x02"
	    ".e",
	    "say", { "one", "two" } },
	{ ":a!b@c:d say one", "", "a!b@c:d", "say", { "one" } },
	{ ": say one", "", "", "say", { "one" } },
	/* tags */
	{ "@a=b;c=32;k;rt=ql7 say", "a=b;c=32;k;rt=ql7", "", "say", { NULL } },
	{ "@c;h=;a=b :from say one", "c;h=;a=b", "from", "say", { "one" } },
	{ "@a=\\s\\:;b=:c say", "a=\\s\\:;b=:c", "", "say", { NULL } },
	{ "@a=b    :from    say", "a=b", "from", "say", { NULL } },
	{ "@ say one", "", "", "say", { "one" } },
	{ "@@ say", "@", "", "say", { NULL } },
	{ "say @a=b one", "", "", "say", { "@a=b", "one" } },
	/* fifteen parameters and more */
	{ "C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", "", "", "C",
	    { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15" } },
	{ "C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16", "", "", "C",
	    { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14",
		"15 16" } },
	{ "C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15  16 :17 ", "", "", "C",
	    { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14",
		"15  16 :17" } },
	{ "C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 ", "", "", "C",
	    { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14" } },
	/* commands */
	{ "005 one", "", "", "005", { "one" } },
	{ "aBc", "", "", "aBc", { NULL } },
};

static void
expect_inside(struct str line, struct str part)
{
	if (part.len == 0)
		return;
	assert_true(part.p >= line.p && part.p + part.len <= line.p + line.len);
}

static void
split_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(splits); i++) {
		const struct parts *c = &splits[i];
		struct str line = str_from(c->line);
		struct irc_message m;
		unsigned n = 0;

		expect_int(c->line, irc_parse(line, true, &m), c->command ? IRC_OK : IRC_BAD);
		if (c->command == NULL)
			continue;
		expect_text(c->line, m.tags, c->tags);
		expect_text(c->line, m.source, c->source);
		expect_text(c->line, m.command, c->command);
		for (; c->params[n] != NULL; n++) {
			expect_text(c->line, irc_param(&m, n), c->params[n]);
			expect_inside(line, irc_param(&m, n));
		}
		expect_int(c->line, m.count, n);
		expect_int(c->line, (long long)irc_param(&m, n).len, 0);
		assert_int_equal(irc_parse(line, false, &m), IRC_OK);
		expect_inside(line, m.tags);
		expect_inside(line, m.source);
		expect_inside(line, m.command);
	}
}

static void
refuse_lines(void **state)
{
	static const struct {
		struct str line;
		enum irc_result result;
	} cases[] = {
		{ { NULL, 0 }, IRC_EMPTY },
		{ BYTES(""), IRC_EMPTY },
		{ BYTES(" "), IRC_EMPTY },
		{ BYTES("     "), IRC_EMPTY },
		{ BYTES(":"), IRC_BAD },
		{ BYTES(": "), IRC_BAD },
		{ BYTES(":from"), IRC_BAD },
		{ BYTES(":from  "), IRC_BAD },
		{ BYTES(":from :one"), IRC_BAD },
		{ BYTES("@"), IRC_BAD },
		{ BYTES("@ "), IRC_BAD },
		{ BYTES("@a=b"), IRC_BAD },
		{ BYTES("@a=b "), IRC_BAD },
		{ BYTES("@a=b :from"), IRC_BAD },
		{ BYTES("\0"), IRC_BAD },
		{ BYTES("PING\0"), IRC_BAD },
		{ BYTES("PING one\0two"), IRC_BAD },
		{ BYTES("@a=\0 PING"), IRC_BAD },
		{ BYTES(":fr\0om PING"), IRC_BAD },
		{ BYTES("\rPING"), IRC_BAD },
		{ BYTES("PING\r"), IRC_BAD },
		{ BYTES("12"), IRC_BAD },
		{ BYTES("1234"), IRC_BAD },
		{ BYTES("12a"), IRC_BAD },
		{ BYTES("PING2"), IRC_BAD },
		{ BYTES("PI-NG"), IRC_BAD },
		{ BYTES("/join #one"), IRC_BAD },
		{ BYTES("Hello, world"), IRC_BAD },
		{ BYTES("\xc3\xa9t\xc3\xa9 one"), IRC_BAD },
		{ BYTES("\x16\x03\x01\x02"), IRC_BAD },
	};
	struct irc_message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		expect_int(cases[i].line.p, irc_parse(cases[i].line, false, &m), cases[i].result);
		expect_int(cases[i].line.p, irc_parse(cases[i].line, true, &m), cases[i].result);
	}
}

/* "@aaa PING :bbb" with these lengths: of the tags without "@" and " ", and of what follows. */
static struct str
make_line(char *out, size_t tags, size_t text)
{
	size_t n = 0;

	if (tags > 0) {
		out[n++] = '@';
		for (size_t i = 0; i < tags; i++)
			out[n++] = 'a';
		out[n++] = ' ';
	}
	for (size_t i = 0; i < text; i++)
		out[n++] = i < 6 ? "PING :"[i] : 'b';
	return (struct str){ out, n };
}

static void
hold_limits(void **state)
{
	static const struct {
		size_t tags, text;
		bool from_server;
		enum irc_result result;
	} cases[] = {
		{ 0, IRC_TEXT_MOST, false, IRC_OK },
		{ 0, IRC_TEXT_MOST + 1, false, IRC_LONG },
		{ 0, IRC_TEXT_MOST + 1, true, IRC_OK },
		{ IRC_CLIENT_TAGS_MOST, IRC_TEXT_MOST, false, IRC_OK },
		{ IRC_CLIENT_TAGS_MOST + 1, 10, false, IRC_TAGS_LONG },
		{ IRC_CLIENT_TAGS_MOST + 1, IRC_TEXT_MOST + 1, false, IRC_TAGS_LONG },
		{ IRC_CLIENT_TAGS_MOST, IRC_TEXT_MOST + 1, false, IRC_LONG },
		{ IRC_CLIENT_TAGS_MOST + 1, 10, true, IRC_OK },
		{ IRC_TAGS_MOST - 2, IRC_TEXT_MOST, true, IRC_OK },
		{ IRC_TAGS_MOST - 1, IRC_TEXT_MOST, true, IRC_TAGS_LONG },
	};
	char bytes[IRC_TAGS_MOST + IRC_LINE_MOST + 16], what[64];
	struct irc_message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str line = make_line(bytes, cases[i].tags, cases[i].text);
		snprintf(what, sizeof(what), "row %zu", i);
		expect_int(what, irc_parse(line, cases[i].from_server, &m), cases[i].result);
		if (cases[i].result == IRC_OK)
			expect_int(what, (long long)(m.tags.len + m.params[0].len),
			    (long long)(cases[i].tags + cases[i].text - 6));
	}
	assert_int_equal(make_line(bytes, IRC_CLIENT_TAGS_MOST, IRC_TEXT_MOST).len, IRC_INPUT_MOST);
	/* A tag without an end has no text behind it. */
	memset(bytes, 'a', sizeof(bytes));
	bytes[0] = '@';
	assert_int_equal(
	    irc_parse((struct str){ bytes, IRC_CLIENT_TAGS_MOST + 1 }, false, &m), IRC_BAD);
	assert_int_equal(
	    irc_parse((struct str){ bytes, IRC_CLIENT_TAGS_MOST + 2 }, false, &m), IRC_TAGS_LONG);
	/* Spaces behind the tags are text. */
	memset(bytes, ' ', sizeof(bytes));
	memcpy(bytes, "@a", 2);
	memcpy(bytes + 3 + IRC_TEXT_MOST - 4, "PING ", 5);
	assert_int_equal(irc_parse((struct str){ bytes, 3 + IRC_TEXT_MOST }, false, &m), IRC_OK);
	assert_int_equal(irc_parse((struct str){ bytes, 4 + IRC_TEXT_MOST }, false, &m), IRC_LONG);
}

/* The cases of msg-join: one line for one set of parts. */
static const struct parts joins[] = {
	{ "say one two three\r\n", "", "", "say", { "one", "two", "three" } },
	{ ":from AWAY\r\n", "", "from", "AWAY", { NULL } },
	{ ":from AWAY :\r\n", "", "from", "AWAY", { "" } },
	{ "say one :two three\r\n", "", "", "say", { "one", "two three" } },
	{ "say one ::two\r\n", "", "", "say", { "one", ":two" } },
	{ "say :  two three \r\n", "", "", "say", { "  two three " } },
	{ ":from say :  \r\n", "", "from", "say", { "  " } },
	{ ":from say b\tar baz\r\n", "", "from", "say", { "b\tar", "baz" } },
	{ "@asd :from say one :  \r\n", "asd", "from", "say", { "one", "  " } },
	{ "@a=b\\\\and\\nk;d=gh\\:764 say p1 p2\r\n", "a=b\\\\and\\nk;d=gh\\:764", "", "say",
	    { "p1", "p2" } },
	{ "433 * anna :Nickname is already in use\r\n", "", "", "433",
	    { "*", "anna", "Nickname is already in use" } },
	/* what no line can say */
	{ NULL, "", "", "", { NULL } },
	{ NULL, "", "", "PING2", { NULL } },
	{ NULL, "", "", "say", { "one two", "three" } },
	{ NULL, "", "", "say", { "", "three" } },
	{ NULL, "", "", "say", { ":one", "three" } },
	{ NULL, "", "", "say", { "one", "two\nQUIT" } },
	{ NULL, "", "", "say", { "one", "two\rthree" } },
	{ NULL, "", "", "say", { "one\n", "two" } },
	{ NULL, "", "from\r", "say", { "one" } },
	{ NULL, "", "from me", "say", { "one" } },
	{ NULL, "a=b c", "", "say", { "one" } },
	{ NULL, "a=\n", "", "say", { "one" } },
};

static struct irc_message
message_of(const struct parts *c)
{
	struct irc_message m = { str_from(c->tags), str_from(c->source), str_from(c->command),
		{ { NULL, 0 } }, 0 };

	for (; c->params[m.count] != NULL; m.count++)
		m.params[m.count] = str_from(c->params[m.count]);
	return m;
}

static void
join_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(joins); i++) {
		struct irc_message m = message_of(&joins[i]);
		struct buf out = BUF_INIT(1024), tight;
		char what[32];

		snprintf(what, sizeof(what), "join %zu", i);
		buf_add_str(&out, STR("before "));
		expect_int(what, irc_build(&out, &m), joins[i].line != NULL);
		expect_str(what, str_first(buf_str(&out), 7), STR("before "));
		expect_text(what, str_from_byte(buf_str(&out), 7), joins[i].line);
		if (joins[i].line != NULL) {
			tight = (struct buf)BUF_INIT(strlen(joins[i].line) - 1);
			expect_int(what, irc_build(&tight, &m), false);
			expect_int(what, (long long)tight.len, 0);
			buf_free(&tight);
		}
		buf_free(&out);
	}
}

static void
join_refuses_nul_and_too_many(void **state)
{
	struct irc_message m = { STR(""), STR(""), STR("say"), { STR("a\0b") }, 1 };
	struct buf out = BUF_INIT(1024);

	(void)state;
	assert_false(irc_build(&out, &m));
	m.params[0] = STR("ab");
	assert_true(irc_build(&out, &m));
	m.count = IRC_PARAMS_MOST + 1;
	assert_false(irc_build(&out, &m));
	expect_str("kept", buf_str(&out), STR("say ab\r\n"));
	buf_free(&out);
}

/* Whatever can be split can be built again, and comes apart into the same parts. */
static void
join_what_was_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(splits); i++) {
		struct buf out = BUF_INIT(1024);
		struct irc_message m, again;

		if (irc_parse(str_from(splits[i].line), true, &m) != IRC_OK ||
		    strchr(splits[i].line, '\r') != NULL)
			continue;
		expect_int(splits[i].line, irc_build(&out, &m), true);
		out.len -= 2;
		expect_int(splits[i].line, irc_parse(buf_str(&out), true, &again), IRC_OK);
		expect_int(splits[i].line, again.count, m.count);
		expect_str(splits[i].line, again.tags, m.tags);
		expect_str(splits[i].line, again.source, m.source);
		for (unsigned n = 0; n < m.count; n++)
			expect_str(splits[i].line, again.params[n], m.params[n]);
		buf_free(&out);
	}
}

static void
walk_tags(void **state)
{
	static const struct {
		const char *tags, *seen; /* as key>value, each with a comma behind */
	} cases[] = {
		{ "", "" },
		{ "a", "a>," },
		{ "a=", "a>," },
		{ "a=b", "a>b," },
		{ "a=b;c=32;k;rt=ql7", "a>b,c>32,k>,rt>ql7," },
		{ "a=b=c;d==", "a>b=c,d>=," },
		{ "vendor/one=1;+two=2;+v.x/three", "vendor/one>1,+two>2,+v.x/three>," },
		{ ";;a;;b=1;", "a>,b>1," },
		{ "=x;a=1;=", "a>1," },
		{ ";", "" },
		{ "a=1;a=2", "a>1,a>2," },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str tags = str_from(cases[i].tags), key, value;
		struct buf seen = BUF_INIT(256);

		while (irc_tag_next(&tags, &key, &value))
			buf_printf(&seen, STR_FMT ">" STR_FMT ",", STR_ARG(key), STR_ARG(value));
		expect_text(cases[i].tags, buf_str(&seen), cases[i].seen);
		assert_false(irc_tag_next(&tags, &key, &value));
		buf_free(&seen);
	}
}

static void
find_tags(void **state)
{
	static const struct {
		const char *tags, *key, *value; /* NULL: not there */
	} cases[] = {
		{ "", "a", NULL },
		{ "a=1", "a", "1" },
		{ "a", "a", "" },
		{ "a=1;b=3;c=4;a=5", "a", "5" }, /* the last one counts */
		{ "a=1;b=3;c=4;a=5", "b", "3" },
		{ "a=1;a", "a", "" },
		{ "b=3;vendor/b=8", "b", "3" }, /* a vendor's is another */
		{ "b=3;vendor/b=8", "vendor/b", "8" },
		{ "+a=1", "a", NULL },
		{ "A=1", "a", NULL },
		{ "ab=1", "a", NULL },
		{ "x=a=1", "a", NULL },
	};
	struct str value;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool found = irc_tag_find(str_from(cases[i].tags), str_from(cases[i].key), &value);
		expect_int(cases[i].tags, found, cases[i].value != NULL);
		if (found)
			expect_text(cases[i].tags, value, cases[i].value);
	}
}

static void
escape_tags(void **state)
{
	static const struct {
		struct str escaped, plain;
		bool both; /* else only this way: another spelling of the same */
	} cases[] = {
		{ BYTES(""), BYTES(""), true },
		{ BYTES("plain"), BYTES("plain"), true },
		{ BYTES("b\\\\and\\nk"), BYTES("b\\and\nk"), true },
		{ BYTES("72\\s45"), BYTES("72 45"), true },
		{ BYTES("gh\\:764"), BYTES("gh;764"), true },
		{ BYTES("\\\\\\\\\\:\\\\s\\s\\r\\n"), BYTES("\\\\;\\s \r\n"), true },
		{ BYTES("value\\\\ntest"), BYTES("value\\ntest"), true },
		{ BYTES("caf\xc3\xa9:=,"), BYTES("caf\xc3\xa9:=,"), true },
		{ BYTES("\xff\x01"), BYTES("\xff\x01"), true },
		{ BYTES("value\\1"), BYTES("value1"), false }, /* needs no escape */
		{ BYTES("\\a\\S\\R\\N"), BYTES("aSRN"), false },
		{ BYTES("value1\\"), BYTES("value1"), false }, /* at the end */
		{ BYTES("\\"), BYTES(""), false },
		{ BYTES("\\\\\\"), BYTES("\\"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT(cases[i].plain.len),
			   back = BUF_INIT(cases[i].escaped.len);

		expect_int(cases[i].escaped.p, irc_tag_unescape(&out, cases[i].escaped), true);
		expect_str(cases[i].escaped.p, buf_str(&out), cases[i].plain);
		assert_true(irc_tag_escape(&back, cases[i].plain));
		if (cases[i].both)
			expect_str(cases[i].escaped.p, buf_str(&back), cases[i].escaped);
		buf_free(&out);
		buf_free(&back);
	}
}

static void
escape_all_or_nothing(void **state)
{
	struct buf out = BUF_INIT(6);

	(void)state;
	assert_true(buf_add_str(&out, STR("abc")));
	assert_false(irc_tag_escape(&out, STR("x y"))); /* four bytes, and three are left */
	expect_str("escape", buf_str(&out), STR("abc"));
	assert_false(irc_tag_unescape(&out, STR("w\\sx\\sy")));
	expect_str("unescape", buf_str(&out), STR("abc"));
	assert_true(irc_tag_unescape(&out, STR("x\\sy")));
	expect_str("unescape", buf_str(&out), STR("abcx y"));
	buf_free(&out);
}

static void
check_tag_keys(void **state)
{
	static const struct {
		struct str key;
		bool valid;
	} cases[] = {
		{ BYTES("a"), true },
		{ BYTES("msgid"), true },
		{ BYTES("server-time"), true },
		{ BYTES("+typing"), true },
		{ BYTES("+draft/reply"), true },
		{ BYTES("draft/reply"), true },
		{ BYTES("example.com/a-1"), true },
		{ BYTES("+1.2/3"), true },
		{ BYTES("-"), true },
		{ BYTES(""), false },
		{ BYTES("+"), false },
		{ BYTES("/"), false },
		{ BYTES("/a"), false },
		{ BYTES("a/"), false },
		{ BYTES("+/a"), false },
		{ BYTES("a/b/c"), false },
		{ BYTES("++a"), false },
		{ BYTES("a+b"), false },
		{ BYTES("a.b"), false },
		{ BYTES("a_b"), false },
		{ BYTES("a b"), false },
		{ BYTES("caf\xc3\xa9"), false },
		{ BYTES("a\0"), false },
		{ BYTES("v\0/a"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(cases[i].key.p, irc_tag_key_valid(cases[i].key), cases[i].valid);
}

/* The cases of userhost-split that are about the nick. */
static void
cut_nicks(void **state)
{
	static const struct {
		const char *source, *nick;
	} cases[] = {
		{ "", "" },
		{ "anna", "anna" },
		{ "anna!ag@127.0.0.1", "anna" },
		{ "anna!~ag@localhost", "anna" },
		{ "anna@127.0.0.1", "anna" },
		{ "anna!ag", "anna" },
		{ "anna!ag@n\x02"
		  "et\x03"
		  "05w.admin",
		    "anna" },
		{ "irc.example.com", "irc.example.com" },
		{ "!a@b", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_text(
		    cases[i].source, irc_source_nick(str_from(cases[i].source)), cases[i].nick);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_lines),
		cmocka_unit_test(refuse_lines),
		cmocka_unit_test(hold_limits),
		cmocka_unit_test(join_lines),
		cmocka_unit_test(join_refuses_nul_and_too_many),
		cmocka_unit_test(join_what_was_split),
		cmocka_unit_test(walk_tags),
		cmocka_unit_test(find_tags),
		cmocka_unit_test(escape_tags),
		cmocka_unit_test(escape_all_or_nothing),
		cmocka_unit_test(check_tag_keys),
		cmocka_unit_test(cut_nicks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
