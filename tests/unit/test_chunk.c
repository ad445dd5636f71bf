/* Shared runs of text: room, growing, references, reuse. */
#include <string.h>

#include "expect.h"

#include "net/chunk.h"

static void
add(struct chunk *c, char byte, size_t len)
{
	char *at = chunk_room(c, len);

	assert_non_null(at);
	memset(at, byte, len);
	c->used += (uint32_t)len;
}

static void
test_grows_and_keeps_its_bytes(void **state)
{
	struct chunk *c = chunk_new();

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->used, 0);
	assert_int_equal(c->size, CHUNK_LEAST);
	for (uint32_t i = 0; i < CHUNK_MOST / 1024; i++)
		add(c, (char)('A' + i % 26), 1024);
	assert_int_equal(c->used, CHUNK_MOST);
	assert_int_equal(c->size, CHUNK_MOST);
	for (uint32_t i = 0; i < CHUNK_MOST; i++)
		assert_int_equal(c->bytes[i], 'A' + i / 1024 % 26);
	assert_non_null(chunk_room(c, 0));
	assert_null(chunk_room(c, 1));
	chunk_unref(c);
	chunk_pool_free();
}

static void
test_has_a_limit(void **state)
{
	struct chunk *c = chunk_new();

	(void)state;
	assert_null(chunk_room(c, (size_t)CHUNK_MOST + 1));
	assert_null(chunk_room(c, SIZE_MAX));
	assert_int_equal(c->size, CHUNK_LEAST);
	add(c, 'x', CHUNK_LEAST);
	assert_int_equal(c->size, CHUNK_LEAST);
	assert_null(chunk_room(c, SIZE_MAX));
	assert_null(chunk_room(c, CHUNK_MOST - CHUNK_LEAST + 1));
	assert_non_null(chunk_room(c, CHUNK_MOST - CHUNK_LEAST));
	chunk_unref(c);
	chunk_unref(NULL);
	chunk_pool_free();
}

static void
test_lives_as_long_as_a_reference(void **state)
{
	struct chunk *c = chunk_new();

	(void)state;
	add(c, 'x', 10);
	chunk_ref(c);
	chunk_unref(c);
	assert_int_equal(c->refs, 1);
	assert_memory_equal(c->bytes, "xxxxxxxxxx", 10);
	chunk_unref(c);
	chunk_pool_free();
}

/* A new chunk is small and empty, whatever the one was whose memory it has: one short line must not
 * keep a quarter of a megabyte. */
static void
test_a_reused_one_is_like_new(void **state)
{
	struct chunk *small = chunk_new(), *grown = chunk_new(), *again[3];

	(void)state;
	add(small, 'x', 10);
	add(grown, 'x', CHUNK_MOST);
	chunk_unref(small);
	chunk_unref(grown);
	for (int i = 0; i < 3; i++) {
		again[i] = chunk_new();
		assert_int_equal(again[i]->used, 0);
		assert_int_equal(again[i]->refs, 1);
		assert_true(again[i]->size <= CHUNK_KEPT);
	}
	for (int i = 0; i < 3; i++)
		chunk_unref(again[i]);
	chunk_pool_free();
}

static void
test_a_done_one_takes_no_more_than_it_needs(void **state)
{
	static const struct {
		size_t used;
		uint32_t size;
	} cases[] = {
		{ 0, CHUNK_LEAST },
		{ 1, CHUNK_LEAST },
		{ CHUNK_LEAST, CHUNK_LEAST },
		{ CHUNK_LEAST + 1, 2 * CHUNK_LEAST },
		{ 5000, 8192 },
		{ CHUNK_MOST / 2, CHUNK_MOST / 2 },
		{ CHUNK_MOST, CHUNK_MOST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chunk *c = chunk_new();
		assert_non_null(chunk_room(c, CHUNK_MOST));
		add(c, 'x', cases[i].used);
		chunk_ref(c);
		chunk_done(c);
		assert_int_equal(c->refs, 1);
		assert_int_equal(c->size, cases[i].size);
		assert_int_equal(c->used, cases[i].used);
		for (size_t k = 0; k < cases[i].used; k++)
			assert_int_equal(c->bytes[k], 'x');
		chunk_unref(c);
	}
	chunk_done(NULL);
	chunk_done(chunk_new());
	chunk_pool_free();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_and_keeps_its_bytes),
		cmocka_unit_test(test_has_a_limit),
		cmocka_unit_test(test_lives_as_long_as_a_reference),
		cmocka_unit_test(test_a_reused_one_is_like_new),
		cmocka_unit_test(test_a_done_one_takes_no_more_than_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
