/* Time, real and fake. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "expect.h"

static void
real_time(void **state)
{
	int64_t monotonic = clock_monotonic(), wall = clock_wall();

	(void)state;
	assert_true(monotonic > 0);
	assert_true(clock_monotonic() >= monotonic);
	assert_true(wall > INT64_C(1700000000000)); /* milliseconds, after November 2023 */
	assert_true(wall / 1000 - (int64_t)time(NULL) <= 1);
	assert_true((int64_t)time(NULL) - wall / 1000 <= 1);
}

static void
fake_time(void **state)
{
	(void)state;
	clock_fake(5, 7000);
	assert_int_equal(clock_monotonic(), 5);
	assert_int_equal(clock_wall(), 7000);
	clock_fake(0, 0);
	assert_int_equal(clock_monotonic(), 0);
	assert_int_equal(clock_wall(), 0);
	clock_fake(5, -1);
	assert_int_equal(clock_monotonic(), 5);
	assert_true(clock_wall() > 7000);
	clock_fake(-1, -1);
	assert_true(clock_monotonic() > 5);
}

static void
write_iso(void **state)
{
	static const struct {
		int64_t wall;
		const char *iso;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 999, "1970-01-01T00:00:00.999Z" },
		{ 1000, "1970-01-01T00:00:01.000Z" },
		{ INT64_C(951782400000), "2000-02-29T00:00:00.000Z" },
		{ INT64_C(1795230245678), "2026-11-21T03:04:05.678Z" },
		{ INT64_C(2147483648000), "2038-01-19T03:14:08.000Z" },
		{ INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
	};
	char out[CLOCK_ISO_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(out, '#', sizeof(out));
		assert_int_equal(clock_iso(cases[i].wall, out), CLOCK_ISO_SIZE - 1);
		assert_string_equal(out, cases[i].iso);
	}
	/* Out of range: something, and within its bounds. */
	clock_iso(INT64_MAX, out);
	assert_non_null(memchr(out, '\0', sizeof(out)));
}

static void
read_iso(void **state)
{
	static const struct {
		const char *text;
		int64_t wall; /* -1: it is none */
	} cases[] = {
		{ "1970-01-01T00:00:00.000Z", 0 },
		{ "1970-01-01T00:00:00.001Z", 1 },
		{ "1970-01-01T00:00:00.5Z", 500 },
		{ "1970-01-01T00:00:00.123456789Z", 123 },
		{ "1970-01-01T00:00:01Z", 1000 },
		{ "2000-02-29T00:00:00.000Z", INT64_C(951782400000) },
		{ "2026-11-21T03:04:05.678Z", INT64_C(1795230245678) },
		{ "2100-03-01T00:00:00.000Z", INT64_C(4107542400000) },
		{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
		{ "2016-12-31T23:59:60.000Z", INT64_C(1483228800000) },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2001-02-29T00:00:00.000Z", -1 },
		{ "2100-02-29T00:00:00.000Z", -1 },
		{ "2026-00-21T03:04:05.678Z", -1 },
		{ "2026-13-21T03:04:05.678Z", -1 },
		{ "2026-11-00T03:04:05.678Z", -1 },
		{ "2026-11-31T03:04:05.678Z", -1 },
		{ "2026-11-21T24:04:05.678Z", -1 },
		{ "2026-11-21T03:60:05.678Z", -1 },
		{ "2026-11-21T03:04:61.678Z", -1 },
		{ "2026-11-21T03:04:05.Z", -1 },
		{ "2026-11-21T03:04:05.1234567890Z", -1 },
		{ "2026-11-21T03:04:05.678", -1 },
		{ "2026-11-21T03:04:05.678Z ", -1 },
		{ "2026-11-21 03:04:05.678Z", -1 },
		{ "2026-11-21T03:04:05+00:00", -1 },
		{ "26-11-21T03:04:05.678Z", -1 },
		{ "+026-11-21T03:04:05.678Z", -1 },
		{ "2026-1-21T03:04:05.678Z", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t wall = -1;
		bool right = clock_parse(str_from(cases[i].text), &wall);
		expect_int(cases[i].text, right, cases[i].wall >= 0);
		expect_int(cases[i].text, right ? wall : -1, cases[i].wall);
	}
}

/* Every day of four hundred years, there and back. */
static void
read_what_was_written(void **state)
{
	char iso[CLOCK_ISO_SIZE];

	(void)state;
	for (int64_t day = 0; day < 146097; day++) {
		int64_t wall = day * 86400000 + day % 86400 * 1000 + day % 1000, back;
		clock_iso(wall, iso);
		assert_true(clock_parse(str_from(iso), &back));
		expect_int(iso, back, wall);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_time),
		cmocka_unit_test(fake_time),
		cmocka_unit_test(write_iso),
		cmocka_unit_test(read_iso),
		cmocka_unit_test(read_what_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
