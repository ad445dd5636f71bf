/* The log: both formats, what is escaped, what is cut. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "expect.h"

static int saved_error = -1, captured[2] = { -1, -1 };
static char output[65536];

/* Standard error goes into a pipe until finish() has read it. */
static void
start(void)
{
	assert_int_equal(pipe(captured), 0);
	saved_error = dup(STDERR_FILENO);
	assert_true(saved_error != -1);
	assert_true(dup2(captured[1], STDERR_FILENO) != -1);
	close(captured[1]);
}

static const char *
finish(void)
{
	ssize_t n;
	size_t len = 0;

	assert_true(dup2(saved_error, STDERR_FILENO) != -1);
	close(saved_error);
	while ((n = read(captured[0], output + len, sizeof(output) - 1 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(n, 0);
	close(captured[0]);
	output[len] = '\0';
	return output;
}

static int
fix_clock(void **state)
{
	(void)state;
	clock_fake(0, INT64_C(1795230245678));
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	return 0;
}

static void
write_text(void **state)
{
	(void)state;
	start();
	log_info("client-connected", LOG_TEXT("address", "127.0.0.1:4711"), LOG_INT("count", -3));
	log_warning("slow", LOG_STR("nick", STR("anna")));
	log_error("gone", LOG_INT("bytes", INT64_MAX));
	assert_string_equal(finish(),
	    "2026-11-21T03:04:05.678Z level=info event=client-connected address=127.0.0.1:4711 "
	    "count=-3\n"
	    "2026-11-21T03:04:05.678Z level=warning event=slow nick=anna\n"
	    "2026-11-21T03:04:05.678Z level=error event=gone bytes=9223372036854775807\n");
}

static void
write_json(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_JSON);
	start();
	log_debug("client-connected", LOG_TEXT("address", "::1"), LOG_INT("count", 3));
	assert_string_equal(finish(), "{\"time\":\"2026-11-21T03:04:05.678Z\",\"level\":\"debug\","
				      "\"event\":\"client-connected\","
				      "\"address\":\"::1\",\"count\":3}\n");
}

struct value {
	struct str value;
	const char *text, *json;
};

static const struct value values[] = {
	{ BYTES("plain"), "plain", "\"plain\"" },
	{ BYTES("a/b:c.d-e_f,g"), "a/b:c.d-e_f,g", "\"a/b:c.d-e_f,g\"" },
	{ BYTES(""), "\"\"", "\"\"" },
	{ { NULL, 0 }, "\"\"", "\"\"" },
	{ BYTES("two words"), "\"two words\"", "\"two words\"" },
	{ BYTES("a=b"), "\"a=b\"", "\"a=b\"" },
	{ BYTES("say \"hi\""), "\"say \\\"hi\\\"\"", "\"say \\\"hi\\\"\"" },
	{ BYTES("back\\slash"), "back\\slash", "\"back\\\\slash\"" },
	{ BYTES("back \\slash"), "\"back \\\\slash\"", "\"back \\\\slash\"" },
	{ BYTES("new\nline\r"), "\"new\\u000aline\\u000d\"", "\"new\\u000aline\\u000d\"" },
	{ BYTES("nul\0"), "\"nul\\u0000\"", "\"nul\\u0000\"" },
	{ BYTES("\x1b[2J\x7f"), "\"\\u001b[2J\\u007f\"", "\"\\u001b[2J\\u007f\"" },
	{ BYTES("caf\xc3\xa9"), "\"caf\xc3\xa9\"", "\"caf\xc3\xa9\"" },
	{ BYTES("\xc2\x9b"
		"2J"),
	    "\"\\u009b2J\"", "\"\\u009b2J\"" },
	{ BYTES("\xe2\x80\xae"
		"x"),
	    "\"\\u202ex\"", "\"\\u202ex\"" },
	{ BYTES("a\xff"), "\"a\xef\xbf\xbd\"", "\"a\xef\xbf\xbd\"" },
	{ BYTES("\xc3"), "\"\xef\xbf\xbd\"", "\"\xef\xbf\xbd\"" },
};

static void
escape_values(void **state)
{
	char want[256];

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
		start();
		log_info("x", LOG_STR("k", values[i].value));
		snprintf(want, sizeof(want), "2026-11-21T03:04:05.678Z level=info event=x k=%s\n",
		    values[i].text);
		assert_string_equal(finish(), want);
		log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
		start();
		log_info("x", LOG_STR("k", values[i].value));
		snprintf(want, sizeof(want),
		    "{\"time\":\"2026-11-21T03:04:05.678Z\",\"level\":\"info\",\"event\":\"x\","
		    "\"k\":%s}\n",
		    values[i].json);
		assert_string_equal(finish(), want);
	}
}

static void
hold_the_level(void **state)
{
	(void)state;
	for (enum log_level lowest = LOG_LEVEL_DEBUG; lowest <= LOG_LEVEL_OFF; lowest++) {
		size_t lines = 0;
		log_setup(lowest, LOG_FORMAT_TEXT);
		start();
		log_debug("x", LOG_INT("k", 1));
		log_info("x", LOG_INT("k", 1));
		log_warning("x", LOG_INT("k", 1));
		log_error("x", LOG_INT("k", 1));
		for (const char *p = finish(); *p != '\0'; p++)
			lines += *p == '\n';
		assert_int_equal(lines, LOG_LEVEL_OFF - lowest);
		for (enum log_level l = LOG_LEVEL_DEBUG; l < LOG_LEVEL_OFF; l++)
			assert_int_equal(log_wants(l), l >= lowest);
	}
	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	assert_false(log_wants(LOG_LEVEL_OFF));
}

static void
cut_long_values(void **state)
{
	static char value[1000];
	const char *line, *at;

	(void)state;
	memset(value, 'a', sizeof(value));
	memcpy(value + 511, "\xc3\xa9", 2); /* not cut in two */
	start();
	log_info("x", LOG_STR("k", ((struct str){ value, sizeof(value) })), LOG_INT("n", 1));
	line = finish();
	at = strstr(line, "k=");
	assert_non_null(at);
	assert_int_equal(strspn(at + 2, "a"), 511);
	assert_string_equal(at + 2 + 511, " n=1\n");
}

/* Fields that escape to more than a line holds: those that fit stay, and the line is whole. */
static void
keep_the_line_whole(void **state)
{
	static char bad[512];
	struct str v = { bad, sizeof(bad) };
	const char *line;
	size_t len;

	(void)state;
	memset(bad, 1, sizeof(bad));
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	start();
	log_info("x", LOG_STR("a", v), LOG_STR("b", v), LOG_STR("c", v), LOG_INT("last", 1));
	line = finish();
	len = strlen(line);
	assert_true(len <= 4096);
	assert_non_null(strstr(line, ",\"a\":\"\\u0001"));
	assert_null(strstr(line, "\"b\""));
	assert_null(strstr(line, "\"c\""));
	assert_string_equal(
	    line + len - strlen("\\u0001\",\"last\":1}\n"), "\\u0001\",\"last\":1}\n");
}

/* At every length around the limit, the end of the line is there. */
static void
keep_the_end(void **state)
{
	static char text[512];
	struct str v = { text, sizeof(text) };
	size_t longest = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	for (size_t n = 0; n < sizeof(text); n++) {
		start();
		log_info("x", LOG_STR("k", v), LOG_STR("k", v), LOG_STR("k", v), LOG_STR("k", v),
		    LOG_STR("k", v), LOG_STR("k", v), LOG_STR("k", v),
		    LOG_STR("n", str_first(v, n)));
		const char *line = finish();
		size_t len = strlen(line);
		assert_string_equal(line + len - 3, "\"}\n");
		longest = len > longest ? len : longest;
	}
	assert_int_equal(longest, 4096);
}

/* A standard error that is closed or full costs the entry and nothing else. */
static void
survive_no_standard_error(void **state)
{
	(void)state;
	start();
	close(STDERR_FILENO);
	log_info("x", LOG_INT("k", 1));
	assert_string_equal(finish(), "");
}

/* Nobody reads: the program goes on, and says later how much was missed. */
static void
count_what_nobody_takes(void **state)
{
	const char *text;
	int flags;

	(void)state;
	start();
	flags = fcntl(STDERR_FILENO, F_GETFL);
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(STDERR_FILENO, "x", 1) == 1)
		;
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, flags), 0);
	for (int i = 0; i < 3; i++)
		log_info("missed", LOG_INT("k", i));
	assert_int_equal(fcntl(captured[0], F_SETFL, O_NONBLOCK), 0);
	while (read(captured[0], output, sizeof(output)) > 0)
		;
	assert_int_equal(fcntl(captured[0], F_SETFL, 0), 0);
	log_info("taken", LOG_INT("k", 4));
	log_info("taken", LOG_INT("k", 5));
	text = finish();
	assert_non_null(strstr(text, " level=warning event=log-entries-lost count=3\n"));
	assert_non_null(strstr(text, " event=taken k=4\n"));
	assert_non_null(strstr(text, " event=taken k=5\n"));
	assert_null(strstr(text, "missed"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(write_text, fix_clock),
		cmocka_unit_test_setup(write_json, fix_clock),
		cmocka_unit_test_setup(escape_values, fix_clock),
		cmocka_unit_test_setup(hold_the_level, fix_clock),
		cmocka_unit_test_setup(cut_long_values, fix_clock),
		cmocka_unit_test_setup(keep_the_line_whole, fix_clock),
		cmocka_unit_test_setup(keep_the_end, fix_clock),
		cmocka_unit_test_setup(survive_no_standard_error, fix_clock),
		cmocka_unit_test_setup(count_what_nobody_takes, fix_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
