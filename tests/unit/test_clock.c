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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_time),
		cmocka_unit_test(fake_time),
		cmocka_unit_test(write_iso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
