/* The numerics: every member has a format, and formats keep to what callers pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#include "../../src/irc/numerics.c"

static void
rows_are_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(rows); i++)
		expect_int(rows[i].format, rows[i - 1].number < rows[i].number, true);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_ptr_equal(numeric_format(rows[i].number), rows[i].format);
}

static void
others_have_no_format(void **state)
{
	static const unsigned numbers[] = { 0, 6, 211, 213, 399, 706 + 1, 999, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++)
		assert_null(numeric_format((enum numeric)numbers[i]));
}

/* "NAME = 123," of the header at *at, which moves behind it; false at the end. */
static bool
next_member(const char **at, char *name, size_t size, long *number)
{
	const char *start = *at + strspn(*at, " \t\r\n,"), *end;
	char *after;

	if (*start == '}')
		return false;
	end = strstr(start, " = ");
	assert_non_null(end);
	str_copy(name, size, (struct str){ start, (size_t)(end - start) });
	*number = strtol(end + 3, &after, 10);
	assert_true(after > end + 3);
	*at = after;
	return true;
}

/* Reads the header itself, so that a member without a row is noticed; runs in the top folder. */
static void
every_member_has_a_format(void **state)
{
	static char text[1 << 16];
	FILE *f = fopen("include/irc/numerics.h", "r");
	const char *at;
	char name[64];
	size_t n, count = 0;
	long number;

	(void)state;
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	assert_int_equal(fclose(f), 0);
	at = strstr(text, "enum numeric {");
	assert_non_null(at);
	at += strlen("enum numeric {");
	for (; next_member(&at, name, sizeof(name), &number); count++)
		if (numeric_format((enum numeric)number) == NULL)
			fail_msg("%s = %ld has no format", name, number);
	assert_int_equal(count, COUNT(rows));
}

/* Length of the conversion at p, which starts with '%'; 0 when it is not one of those allowed. */
static size_t
conversion(const char *p)
{
	static const char *const allowed[] = { "%s", "%lld", "%02lld" };

	for (size_t i = 0; i < COUNT(allowed); i++)
		if (strncmp(p, allowed[i], strlen(allowed[i])) == 0)
			return strlen(allowed[i]);
	return 0;
}

static void
formats_keep_to_the_conversions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (const char *p = rows[i].format; *p != '\0';) {
			size_t n = *p == '%' ? conversion(p) : 1;
			if (n == 0)
				fail_msg("%d: \"%s\"", (int)rows[i].number, rows[i].format);
			p += n;
		}
}

/* One trailing parameter, at the end; before it words and single spaces. */
static void
formats_are_parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *format = rows[i].format, *trailing = strstr(format, " :");
		size_t head = trailing ? (size_t)(trailing - format) : strlen(format);
		struct str middle = str_first(str_from(format), head);

		if (format[0] == ':')
			continue;
		expect_int(format, middle.len > 0 && middle.p[0] != ' ', true);
		expect_int(format, str_contains(middle, STR("  ")), false);
		expect_int(format, str_find(middle, ':') == middle.len, true);
		expect_int(format, strpbrk(format, "\r\n") == NULL, true);
	}
}

static void
formats_say_what_clients_read(void **state)
{
	static const struct {
		enum numeric number;
		const char *format;
	} cases[] = {
		{ RPL_WELCOME, ":Welcome to the %s Network, %s" },
		{ RPL_ISUPPORT, "%s :are supported by this server" },
		{ RPL_WHOISUSER, "%s %s %s * :%s" },
		{ RPL_WHOREPLY, "%s %s %s %s %s %s :%lld %s" },
		{ RPL_NAMREPLY, "%s %s :%s" },
		{ RPL_ENDOFNAMES, "%s :End of /NAMES list" },
		{ RPL_TOPICWHOTIME, "%s %s %lld" },
		{ ERR_NICKNAMEINUSE, "%s :Nickname is already in use" },
		{ ERR_NEEDMOREPARAMS, "%s :Not enough parameters" },
		{ ERR_INVALIDMODEPARAM, "%s %s %s :%s" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(numeric_format(cases[i].number), cases[i].format);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted),
		cmocka_unit_test(others_have_no_format),
		cmocka_unit_test(every_member_has_a_format),
		cmocka_unit_test(formats_keep_to_the_conversions),
		cmocka_unit_test(formats_are_parameters),
		cmocka_unit_test(formats_say_what_clients_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
