/* Values counted by their size. */
#include "expect.h"

#include "base/histogram.h"

static void
test_steps(void **state)
{
	static const struct {
		uint64_t value;
		unsigned step;
	} cases[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ 2, 2 },
		{ 3, 2 },
		{ 4, 3 },
		{ 1023, 10 },
		{ 1024, 11 },
		{ UINT32_MAX / 2, 31 },
		{ UINT32_MAX, 32 },
		{ UINT64_MAX, 32 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct histogram h = { .total = 0 };
		histogram_add(&h, cases[i].value);
		expect_int("counted", (long long)h.counts[cases[i].step], 1);
		assert_int_equal(h.total, 1);
		assert_true(h.greatest == cases[i].value);
	}
}

static void
test_bounds(void **state)
{
	struct histogram h = { .total = 0 };

	(void)state;
	assert_int_equal(histogram_bound(&h, 500), 0);
	for (int i = 0; i < 90; i++)
		histogram_add(&h, 5);
	for (int i = 0; i < 9; i++)
		histogram_add(&h, 100);
	histogram_add(&h, 70000);
	assert_int_equal(histogram_bound(&h, 500), 7);
	assert_int_equal(histogram_bound(&h, 900), 7);
	assert_int_equal(histogram_bound(&h, 901), 127);
	assert_int_equal(histogram_bound(&h, 990), 127);
	assert_int_equal(histogram_bound(&h, 999), 70000); /* no value is greater */
	assert_int_equal(histogram_bound(&h, 1000), 70000);
	histogram_add(&h, UINT64_MAX);
	assert_true(histogram_bound(&h, 1000) == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
