/* The hash table. The source is included to let memory run short in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

static long memory_left = -1; /* allocations that still succeed; below 0: all */

static void *
short_malloc(size_t size)
{
	if (memory_left == 0)
		return NULL;
	if (memory_left > 0)
		memory_left--;
	return malloc(size);
}

/* The kernel may be interrupted, and give less than was asked for. */
static ssize_t
short_getrandom(void *out, size_t len, unsigned flags)
{
	static unsigned calls;

	if (calls++ % 3 == 0) {
		errno = EINTR;
		return -1;
	}
	return getrandom(out, len < 7 ? len : 7, flags);
}

#define malloc short_malloc
#define getrandom short_getrandom
#include "../../src/base/table.c"

/* First of all tests: each child draws its own key. */
static void
hash_is_keyed(void **state)
{
	uint64_t hashes[2];
	int ends[2], status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		assert_true(pid != -1);
		if (pid == 0) {
			uint64_t hash = table_hash(STR("anna"));
			_exit(write(ends[1], &hash, sizeof(hash)) != (ssize_t)sizeof(hash));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(read(ends[0], &hashes[i], sizeof(hashes[i])), sizeof(hashes[i]));
	}
	close(ends[0]);
	close(ends[1]);
	assert_true(hashes[0] != hashes[1]);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
hash_tells_apart(void **state)
{
	static uint64_t hashes[2000];
	static const char zeros[64];
	char name[32];
	size_t n = 0;

	(void)state;
	assert_true(table_hash(STR("anna")) == table_hash(STR("anna")));
	for (; n < 1000; n++) {
		int length = snprintf(name, sizeof(name), "nick%zu", n);
		hashes[n] = table_hash((struct str){ name, (size_t)length });
	}
	/* Keys that differ in their length only. */
	for (size_t i = 0; i <= sizeof(zeros); i++)
		hashes[n++] = table_hash((struct str){ zeros, i });
	qsort(hashes, n, sizeof(hashes[0]), by_value);
	for (size_t i = 1; i < n; i++)
		assert_true(hashes[i - 1] != hashes[i]);
}

static void
put_get_take(void **state)
{
	struct table *t = table_new();
	int one, two;

	(void)state;
	assert_non_null(t);
	assert_int_equal(table_count(t), 0);
	assert_null(table_get(t, STR("a")));
	assert_null(table_take(t, STR("a")));
	assert_true(table_put(t, STR("a"), &one));
	assert_true(table_put(t, STR("b"), &two));
	assert_ptr_equal(table_get(t, STR("a")), &one);
	assert_false(table_put(t, STR("a"), &two));
	assert_ptr_equal(table_get(t, STR("a")), &one);
	assert_int_equal(table_count(t), 2);
	assert_null(table_get(t, STR("A")));
	assert_null(table_get(t, STR("ab")));
	assert_ptr_equal(table_take(t, STR("a")), &one);
	assert_null(table_take(t, STR("a")));
	assert_int_equal(table_count(t), 1);
	assert_true(table_put(t, STR("a"), &two));
	table_free(t);
	table_free(NULL);
}

static void
keys_are_bytes(void **state)
{
	struct table *t = table_new();
	int values[4];

	(void)state;
	assert_true(table_put(t, STR(""), &values[0]));
	assert_true(table_put(t, STR("\0"), &values[1]));
	assert_true(table_put(t, STR("a\0b"), &values[2]));
	assert_true(table_put(t, STR("a\0c"), &values[3]));
	assert_ptr_equal(table_get(t, STR("")), &values[0]);
	assert_ptr_equal(table_get(t, STR("\0")), &values[1]);
	assert_ptr_equal(table_get(t, STR("a\0b")), &values[2]);
	assert_ptr_equal(table_get(t, STR("a\0c")), &values[3]);
	assert_null(table_get(t, STR("a")));
	table_free(t);
}

enum { MANY = 5000 };

static void
hold_many(void **state)
{
	static char names[MANY][16];
	struct table *t = table_new();

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		assert_true(table_put(t, str_from(names[i]), names[i]));
	}
	assert_int_equal(table_count(t), MANY);
	for (int i = 0; i < MANY; i += 2)
		assert_ptr_equal(table_take(t, str_from(names[i])), names[i]);
	assert_int_equal(table_count(t), MANY / 2);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(table_get(t, str_from(names[i])), i % 2 ? names[i] : NULL);
	table_free(t);
}

static void
walk_in_order(void **state)
{
	static const char *const names[] = { "zoe", "anna", "carl", "bert" };
	struct table *t = table_new();
	struct table_walk w = table_walk(t);
	const char *v;
	size_t n = 0;

	(void)state;
	assert_null(table_next(&w));
	for (size_t i = 0; i < COUNT(names); i++)
		assert_true(table_put(t, str_from(names[i]), (void *)(uintptr_t)names[i]));
	for (w = table_walk(t); (v = table_next(&w)) != NULL; n++)
		assert_ptr_equal(v, names[n]);
	assert_int_equal(n, COUNT(names));
	assert_null(table_next(&w));
	/* What was just returned may go while walking. */
	n = 0;
	for (w = table_walk(t); (v = table_next(&w)) != NULL; n++)
		assert_ptr_equal(table_take(t, str_from(v)), v);
	assert_int_equal(n, COUNT(names));
	assert_int_equal(table_count(t), 0);
	table_free(t);
}

/* With little memory it says no, stays whole, and works again when there is more. */
static void
survive_short_memory(void **state)
{
	static char names[64][8];
	struct table *t = table_new();
	size_t refused = 0, held = 0;

	(void)state;
	for (long allowed = 0; allowed < 4; allowed++) {
		memory_left = allowed;
		refused += !table_put(t, STR("first"), &refused);
		memory_left = -1;
		if (table_take(t, STR("first")) != NULL)
			held++;
		assert_int_equal(table_count(t), 0);
	}
	assert_true(refused >= 1 && held >= 1);
	assert_int_equal(refused + held, 4);
	/* Growing its buckets is what fails here, more than once. */
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		memory_left = 1;
		if (!table_put(t, str_from(names[i]), names[i])) {
			memory_left = -1;
			assert_true(table_put(t, str_from(names[i]), names[i]));
		}
	}
	memory_left = -1;
	assert_int_equal(table_count(t), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		assert_ptr_equal(table_get(t, str_from(names[i])), names[i]);
	table_free(t);
}

static void
draw_random_bytes(void **state)
{
	char a[600] = { 0 }, b[600] = { 0 };

	(void)state;
	assert_true(random_bytes(a, sizeof(a)));
	assert_true(random_bytes(b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(
	    a + 512, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); /* filled to the end */
	assert_true(random_bytes(a, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_keyed),
		cmocka_unit_test(hash_tells_apart),
		cmocka_unit_test(put_get_take),
		cmocka_unit_test(keys_are_bytes),
		cmocka_unit_test(hold_many),
		cmocka_unit_test(walk_in_order),
		cmocka_unit_test(survive_short_memory),
		cmocka_unit_test(draw_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
