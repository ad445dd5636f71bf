/* The configuration file: what is taken from it, and every way to be wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/config.h"
#include "cli/usage.h"
#include "expect.h"

#define LINE_50 "12345678901234567890123456789012345678901234567890"

/* The text of a file, and what is said about it: "" for nothing. */
static const struct {
	struct str text;
	const char *says;
} files[] = {
	{ BYTES(""), "" },
	{ BYTES("\n\n  \n\t\n"), "" },
	{ BYTES("# a comment\n; another\n  # indented\n"), "" },
	{ BYTES("[serve]\n"), "" },
	{ BYTES("[serve]\nbacklog = 7"), "" },
	{ BYTES("[serve]\nbacklog=7\n"), "" },
	{ BYTES("[serve]\r\nbacklog = 7\r\n"), "" },
	{ BYTES("\xef\xbb\xbf[serve]\nbacklog = 7\n"), "" },
	{ BYTES(" [ serve ] \n\tbacklog\t=\t7\t\n"), "" },
	{ BYTES("[serve]\n[limits]\nclients = 3\n[serve]\nbacklog = 7\n"), "" },
	{ BYTES("[serve]\nadmin = a;b #c = d [e]\n"), "" },
	{ BYTES("[serve]\nunix-group = g\n  backlog = 7\n"), "" },
	{ BYTES("# " LINE_50 LINE_50 LINE_50 LINE_50 LINE_50 "\n"), "" },
	{ BYTES("[serve]\nport = 1\nport = 2, 3\nport = 0, 0\n"), "" },

	{ BYTES("[serve]\nprot = 1\n"), "F:2: [serve] prot: unknown key; did you mean 'port'?\n" },
	{ BYTES("[serve]\nxyzzy = 1\n"),
	    "F:2: [serve] xyzzy: unknown key; allowed are those of sockchat.ini(5)\n" },
	{ BYTES("[limits]\nport = 1\n"),
	    "F:2: [limits] port: unknown key; it belongs to [serve]\n" },
	{ BYTES("[serve]\nPort = 1\n"), "F:2: [serve] Port: unknown key; did you mean 'port'?\n" },
	{ BYTES("[serve]\n= 1\n"),
	    "F:2: [serve]: unknown key; allowed are those of sockchat.ini(5)\n" },
	{ BYTES("[sevre]\nport = 1\nx\n"),
	    "F:1: [sevre]: unknown section; did you mean [serve]?\n" },
	{ BYTES("[xyzzy]\n"), "F:1: [xyzzy]: unknown section; allowed are [serve], [store], "
			      "[history], [limits], [accounts], [connect], [peer]\n" },
	{ BYTES("[]\n"),
	    "F:1: [?]: unknown section; allowed are [serve], [store], [history], [limits], "
	    "[accounts], [connect], [peer]\n" },
	{ BYTES("[serve\nport = 1\n"),
	    "F:1: a section line is wrong; allowed is [section] and nothing behind it\n" },
	{ BYTES("[serve] x\nport = 1\n"),
	    "F:1: a section line is wrong; allowed is [section] and nothing behind it\n" },
	{ BYTES("[serve] ; x\n"),
	    "F:1: a section line is wrong; allowed is [section] and nothing behind it\n" },
	{ BYTES("[serve]]\n"),
	    "F:1: a section line is wrong; allowed is [section] and nothing behind it\n" },
	{ BYTES("port = 1\n"),
	    "F:1: port: stands before any section; allowed is a line such as [serve] above it\n" },
	{ BYTES("[serve]\nshow-messages\n"),
	    "F:2: [serve]: the line has no '='; allowed is key = value\n" },
	{ BYTES("[serve]\nshow-messages"),
	    "F:2: [serve]: the line has no '='; allowed is key = value\n" },
	{ BYTES("[serve]\nbacklog = 7\n\nbacklog = 8\n"),
	    "F:4: [serve] backlog: stands on line 2 already; allowed is once\n" },
	{ BYTES("[serve]\nbacklog = 7\n[limits]\n[serve]\nbacklog = 7\n"),
	    "F:5: [serve] backlog: stands on line 2 already; allowed is once\n" },
	{ BYTES("[serve]\nport = 1, 1\n"),
	    "F:2: [serve] port: '1' is in the list twice; allowed is once\n" },
	{ BYTES("[serve]\nport = 1\nport = 2, 01\n"),
	    "F:3: [serve] port: '01' is in the list twice; allowed is once\n" },
	{ BYTES("[serve]\nport = 1,,2\n"), "F:2: [serve] port: the value is empty; allowed is a "
					   "whole number from 0 to 65535\n" },
	{ BYTES("[serve]\nport = 1,\n"), "F:2: [serve] port: the value is empty; allowed is a "
					 "whole number from 0 to 65535\n" },
	{ BYTES("[serve]\nbind = a,\nunix = ,b\n"),
	    "F:2: [serve] bind: the value is empty; allowed is ADDRESS, ADDRESS:PORT, [IPV6]:PORT "
	    "or the name of a network interface\n"
	    "F:3: [serve] unix: the value is empty; allowed is a path or @NAME, of at most 107 "
	    "bytes\n" },
	{ BYTES("[serve]\nbacklog =\n"), "F:2: [serve] backlog: the value is empty; allowed is a "
					 "whole number from 1 to 65535\n" },
	{ BYTES("[serve]\nbacklog = 0\nshow-messages = 3\n"),
	    "F:2: [serve] backlog: '0' is too small; allowed is a whole number from 1 to 65535\n"
	    "F:3: [serve] show-messages: '3' is neither yes nor no; allowed is yes or no (on, off, "
	    "true, false, 1, 0)\n" },
	{ BYTES("[serve]\nadmin = secret ;word\n"),
	    "F:2: [serve] admin: ' ;' would cut the value off there; allowed is a comment on a "
	    "line of its own\n" },
	{ BYTES("[serve]\nadmin =\t;x\n"),
	    "F:2: [serve] admin: ' ;' would cut the value off there; allowed is a comment on a "
	    "line of its own\n" },
	{ BYTES("[serve]\nadmin = a\0b\n"),
	    "F:2: [serve] admin: the line holds a NUL byte; allowed is plain text\n" },
	{ BYTES("\0"), "F:1: the line holds a NUL byte; allowed is plain text\n" },
	{ BYTES("# \0\n"), "F:1: the line holds a NUL byte; allowed is plain text\n" },
	{ BYTES("[serve]\nadmin = a\x1b[2J\n"),
	    "F:2: [serve] admin: the line holds a control character; allowed is plain text\n" },
	{ BYTES("[serve]\nadmin = a\rb\n"),
	    "F:2: [serve] admin: the line holds a control character; allowed is plain text\n" },
	{ BYTES("[ser\x01ve]\n"),
	    "F:1: the line holds a control character; allowed is plain text\n" },
	{ BYTES("[serve]\nadmin = a\xff\n"), "F:2: [serve] admin: 'a\\xff' is not valid UTF-8; "
					     "allowed is a text of at most 390 bytes\n" },
	{ BYTES(
	      "[serve]\nadmin = 23456789" LINE_50 LINE_50 LINE_50 "12345678901234567890123456789012"
	      "\n"),
	    "" }, /* 198 bytes */
	{ BYTES("[serve]\nadmin = 234567890" LINE_50 LINE_50 LINE_50
		"12345678901234567890123456789012"
		"\nbacklog = 0\n"),
	    "F:2: [serve] admin: the line is longer than 198 bytes; a list may be spread over "
	    "several lines, each with the key again\n"
	    "F:3: [serve] backlog: '0' is too small; allowed is a whole number from 1 to 65535\n" },
};

static void
everything_wrong_is_told(void **state)
{
	(void)state;
	assert_int_equal(CONFIG_LINE_MOST, 198); /* the messages say so */
	for (size_t i = 0; i < COUNT(files); i++) {
		struct settings *s = settings_new();
		struct problems wrong = PROBLEMS_INIT;
		config_parse(s, "F", files[i].text, &wrong);
		expect_text(files[i].text.p, buf_str(&wrong.text), files[i].says);
		problems_free(&wrong);
		settings_free(s);
	}
}

static struct settings *
parsed(const char *text)
{
	struct settings *s = settings_new();
	struct problems wrong = PROBLEMS_INIT;

	config_parse(s, "F", str_from(text), &wrong);
	expect_text(text, buf_str(&wrong.text), "");
	problems_free(&wrong);
	return s;
}

static void
values_are_taken(void **state)
{
	struct settings *s = parsed("[serve]\n"
				    "port = 5000, 6000\n"
				    "unix-mode = 0666\n"
				    "description = a = b; c  d #e\n"
				    "port = 7000\n"
				    "log-level = warning\n"
				    "show-messages = on\n"
				    "[limits]\n"
				    "send-queue = 1M\n"
				    "ping-interval = 90s\n"
				    "[connect]\n"
				    "channel =\n");

	(void)state;
	expect_int("ports", (long long)setting_count(s, SERVE_PORT), 3);
	expect_text("port 0", setting_item(s, SERVE_PORT, 0), "5000");
	expect_text("port 2", setting_item(s, SERVE_PORT, 2), "7000");
	expect_int("port 1", setting_item_number(s, SERVE_PORT, 1), 6000);
	expect_int("unix-mode", setting_number(s, SERVE_UNIX_MODE), 0666);
	expect_text("description", setting_text(s, SERVE_DESCRIPTION), "a = b; c  d #e");
	expect_int("log-level", setting_number(s, SERVE_LOG_LEVEL), 2);
	expect_int("show-messages", setting_on(s, SERVE_SHOW_MESSAGES), 1);
	expect_int("send-queue", setting_number(s, LIMIT_SEND_QUEUE), 1048576);
	expect_int("ping-interval", setting_number(s, LIMIT_PING_INTERVAL), 90000);
	expect_int("channels", (long long)setting_count(s, CONNECT_CHANNEL), 0);
	assert_true(setting_given(s, CONNECT_CHANNEL));
	assert_false(setting_given(s, CONNECT_NAME));
	expect_int("line", setting_origin(s, SERVE_UNIX_MODE).line, 3);
	expect_int("line of a list", setting_origin(s, SERVE_PORT).line, 2);
	settings_free(s);
}

static void
equality_is_of_values_not_of_spelling(void **state)
{
	struct settings *a = parsed("[limits]\nsend-queue = 65536\n[serve]\nport = 5000, 6\n"
				    "log-level = info\nname = a\n");
	struct settings *b = parsed("[limits]\nsend-queue = 64K\n[serve]\nport = 05000\nport = 6\n"
				    "name = b\n[connect]\nchannel = #lobby\n");
	struct settings *c = parsed("[serve]\nport = 6, 5000\n[connect]\nchannel =\n");

	(void)state;
	assert_true(setting_equal(a, b, LIMIT_SEND_QUEUE));
	assert_true(setting_equal(a, b, SERVE_PORT));
	assert_true(setting_equal(a, b, SERVE_LOG_LEVEL));
	assert_true(setting_equal(a, b, CONNECT_CHANNEL));
	assert_false(setting_equal(a, b, SERVE_NAME));
	assert_false(setting_equal(a, c, SERVE_PORT));
	assert_false(setting_equal(a, c, LIMIT_SEND_QUEUE));
	assert_false(setting_equal(b, c, CONNECT_CHANNEL));
	settings_free(a);
	settings_free(b);
	settings_free(c);
}

/* FILE:LINE is there whole, however long the path: editors jump to it. */
static void
a_long_path_is_told_whole(void **state)
{
	static char path[4000];
	struct settings *s = settings_new();
	struct problems wrong = PROBLEMS_INIT;

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	config_parse(s, path, STR("[serve]\nx = 1\n"), &wrong);
	assert_true(str_starts(buf_str(&wrong.text), str_from(path)));
	assert_true(str_contains(buf_str(&wrong.text), STR("p:2: [serve] x: unknown key; ")));
	problems_free(&wrong);
	settings_free(s);
}

static void
of_very_many_problems_some_are_told(void **state)
{
	struct settings *s = settings_new();
	struct problems wrong = PROBLEMS_INIT;
	struct buf text = BUF_INIT(100000);
	size_t lines = 0;

	(void)state;
	buf_printf(&text, "[serve]\n");
	for (unsigned i = 0; i < PROBLEMS_MOST + 7; i++)
		buf_printf(&text, "x%u\n", i);
	config_parse(s, "F", buf_str(&text), &wrong);
	expect_int("count", (long long)wrong.count, PROBLEMS_MOST + 7);
	for (size_t i = 0; i < wrong.text.len; i++)
		lines += wrong.text.data[i] == '\n';
	expect_int("told", (long long)lines, PROBLEMS_MOST);
	problems_free(&wrong);
	buf_free(&text);
	settings_free(s);
}

static void
a_list_has_an_end(void **state)
{
	struct settings *s = settings_new();
	struct problems wrong = PROBLEMS_INIT;
	struct buf text = BUF_INIT(100000);

	(void)state;
	buf_printf(&text, "[serve]\n");
	for (unsigned i = 1; i <= 1001; i++)
		buf_printf(&text, "port = %u\n", i);
	config_parse(s, "F", buf_str(&text), &wrong);
	expect_text("1001 ports", buf_str(&wrong.text),
	    "F:1002: [serve] port: is a list of more than 1000 items\n");
	expect_int("taken", (long long)setting_count(s, SERVE_PORT), 1000);
	problems_free(&wrong);
	buf_free(&text);
	settings_free(s);
}

/* What --print-config and conf/sockchat.ini say can be read back. */
static void
what_is_printed_can_be_read(void **state)
{
	struct settings *s = parsed("[serve]\nport = 5000, 0, 0\nadmin =; b\nlog-level = off\n"
				    "operator = a *@* " LINE_50 LINE_50 "\n"
				    "operator = b *@* " LINE_50 LINE_50 "\n"
				    "[limits]\nping-timeout = 90s\n");
	struct buf printed = BUF_INIT(100000);
	struct settings *again;

	(void)state;
	usage_print_config(s, FOR_SERVE, &printed);
	assert_false(printed.truncated);
	again = parsed(buf_cstr(&printed));
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!setting_equal(s, again, (enum setting)i))
			fail_msg("%s differs", setting_name((enum setting)i));
	}
	buf_free(&printed);
	settings_free(s);
	settings_free(again);
}

static void
what_no_file_can_hold_is_printed_as_a_comment(void **state)
{
	static const char *const texts[] = { "a ;b", " a", "a " };
	struct origin from = { LAYER_FLAG, 0 };
	struct settings *s = settings_new();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf printed = BUF_INIT(100000);
		struct err e;
		settings_put(s, &setting_rows[SERVE_ADMIN], from, str_from(texts[i]), &e);
		usage_print_config(s, FOR_SERVE, &printed);
		assert_true(
		    str_contains(buf_str(&printed), STR("# no file can hold this one: admin = ")));
		settings_free(parsed(buf_cstr(&printed)));
		buf_free(&printed);
	}
	settings_free(s);
}

static void
the_sample_uncommented_is_the_default(void **state)
{
	const struct reference *ini = &references[0];
	struct settings *defaults = settings_new(), *s;
	struct buf sample = BUF_INIT(100000), bare = BUF_INIT(100000);
	struct str rest;
	size_t keys = 0, wanted = 0;

	(void)state;
	assert_string_equal(ini->name, "ini");
	ini->write(&sample);
	rest = buf_str(&sample);
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		if (line.len > 1 && line.p[0] == '#' && line.p[1] != ' ') {
			line = str_from_byte(line, 1);
			keys++;
		}
		buf_add_str(&bare, line);
		buf_add_char(&bare, '\n');
	}
	for (size_t i = 0; i < SETTING_COUNT; i++)
		wanted += (setting_rows[i].flags & ROW_ACTION) == 0;
	expect_int("keys", (long long)keys, (long long)wanted);
	settings_free(parsed(buf_cstr(&sample)));
	s = parsed(buf_cstr(&bare));
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!setting_equal(s, defaults, (enum setting)i))
			fail_msg("%s differs", setting_name((enum setting)i));
		assert_true(setting_given(s, (enum setting)i) ==
			    ((setting_rows[i].flags & ROW_ACTION) == 0));
	}
	buf_free(&sample);
	buf_free(&bare);
	settings_free(s);
	settings_free(defaults);
}

static void
references_are_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; references[i].name != NULL; i++)
		assert_true(strcmp(references[i - 1].name, references[i].name) < 0);
}

/* ---- files ---- */

static void
write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
expect_load(const char *path, bool again, enum config_load how, const char *says)
{
	struct settings *s = settings_new();
	struct problems wrong = PROBLEMS_INIT;

	expect_int(path, config_load(s, path, again, &wrong), how);
	if (!str_contains(buf_str(&wrong.text), str_from(says)) ||
	    (says[0] == '\0' && wrong.count > 0))
		fail_msg("%s: \"%s\" does not say \"%s\"", path, buf_cstr(&wrong.text), says);
	problems_free(&wrong);
	settings_free(s);
}

static void
files_of_every_kind(void **state)
{
	char folder[] = "/tmp/sockchat-test-XXXXXX";
	static char large[CONFIG_FILE_MOST + 1];

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	write_file("good", "[serve]\nport = 1\n", 17);
	write_file("bad", "[serve]\nport = x\n", 17);
	memset(large, '#', sizeof(large));
	write_file("large", large, sizeof(large));
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	expect_load("good", false, CONFIG_LOADED, "");
	expect_load("good", true, CONFIG_LOADED, "");
	expect_load("bad", false, CONFIG_LOADED, "bad:2: [serve] port: 'x' is not a whole number");
	expect_load("missing", false, CONFIG_MISSING, "");
	expect_load("good/below", false, CONFIG_MISSING, "");
	expect_load(".", false, CONFIG_WRONG, ".: is a directory; allowed is a file of plain text");
	expect_load("large", false, CONFIG_WRONG, "large: is too large");
	expect_load("fifo", true, CONFIG_WRONG, "fifo: is no ordinary file");
	expect_load("loop", false, CONFIG_WRONG, "loop: ");
	expect_load("/dev/null", false, CONFIG_LOADED, "");
	unlink("good");
	unlink("bad");
	unlink("large");
	unlink("fifo");
	unlink("loop");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_wrong_is_told),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(equality_is_of_values_not_of_spelling),
		cmocka_unit_test(a_long_path_is_told_whole),
		cmocka_unit_test(of_very_many_problems_some_are_told),
		cmocka_unit_test(a_list_has_an_end),
		cmocka_unit_test(what_is_printed_can_be_read),
		cmocka_unit_test(what_no_file_can_hold_is_printed_as_a_comment),
		cmocka_unit_test(the_sample_uncommented_is_the_default),
		cmocka_unit_test(references_are_sorted),
		cmocka_unit_test(files_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
