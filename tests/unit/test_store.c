/* What a store keeps, in which order and how much of it, by its contract: the same cases for every
 * way of keeping things. What it is asked is in test_store_questions.c. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "keeper.h"

/* ---- state and ids --------------------------------------------------------------------------- */

static void
keep_the_state(void **state)
{
	struct keeper *k = *state;

	expect_text("at first", str_from(keeper_state(k, "")), "");
	store_put(k->store, STR("channel/#b"), STR("one"));
	store_put(k->store, STR("channel/#a"), STR("two"));
	store_put(k->store, STR("account/ada"), STR("three"));
	store_put(k->store, STR("account/ada lovelace"), STR("four"));
	store_put(k->store, STR("z"), STR("five"));
	store_put(k->store, STR("channel/#b"), STR("six"));
	store_put(k->store, STR("z"), STR(""));
	keeper_settle(k, store_put(k->store, STR("never"), STR("")));
	expect_text("all", str_from(keeper_state(k, "")),
	    "account/ada=three account/ada lovelace=four channel/#a=two channel/#b=six ");
	expect_text(
	    "channels", str_from(keeper_state(k, "channel/")), "channel/#a=two channel/#b=six ");
	expect_text("one", str_from(keeper_state(k, "channel/#b")), "channel/#b=six ");
	expect_text("none", str_from(keeper_state(k, "x")), "");
}

static void
remember_ids(void **state)
{
	struct keeper *k = *state;
	uint64_t ticket = 0;

	for (uint64_t i = 1; i <= 6; i++) {
		struct record r = { .number = i,
			.kind = EVENT_MESSAGE,
			.target = STR("#a"),
			.identity = STR("ada") };
		r.client_id = i % 2 ? STR("x") : STR("");
		ticket = store_append(k->store, &r);
	}
	keeper_settle(k, ticket);
	expect_text("all", str_from(keeper_ids(k, 0, 9)), "1:ada/x 3:ada/x 5:ada/x ");
	expect_text("after", str_from(keeper_ids(k, 1, 9)), "3:ada/x 5:ada/x ");
	expect_text("the latest", str_from(keeper_ids(k, 0, 2)), "3:ada/x 5:ada/x ");
	expect_text("none", str_from(keeper_ids(k, 5, 9)), "");
	expect_text("none wanted", str_from(keeper_ids(k, 0, 0)), "");
}

/* ---- tickets --------------------------------------------------------------------------------- */

static void
number_batches(void **state)
{
	struct keeper *k = *state;
	uint64_t settled = store_commit(k->store), first, second;

	first = keeper_say(k, 1, "#a", "ada", "hi");
	assert_true(first > settled);
	assert_true(store_put(k->store, STR("k"), STR("v")) == first);
	assert_true(store_erase(k->store, 5) == first);
	keeper_settle(k, first);
	assert_true(store_commit(k->store) == first); /* nothing more */
	second = keeper_say(k, 2, "#a", "ada", "hi");
	assert_true(second > first);
	keeper_settle(k, second);
	assert_int_equal(k->failed + k->down + k->back, 0);
}

static void
start_empty(void **state)
{
	struct keeper *k = *state;

	assert_true(store_last_number(k->store) == 0);
	assert_int_equal(store_on_disk(k->store), k->path[0] != '\0');
	assert_int_equal(store_level(k->store), STORE_FULL);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

/* Asks until the answer is that one: what is pruned goes in small steps. */
static void
await_numbers(struct keeper *k, const char *name, const char *target, const char *want)
{
	struct store_query q = rows_of(target);
	const char *got = "";

	for (int i = 0; i < 10000; i++) {
		got = keeper_numbers(k, &q);
		if (strcmp(got, want) == 0)
			return;
	}
	expect_text(name, str_from(got), want);
}

static void
bound_the_rows(void **state)
{
	struct keeper *k = *state;
	struct store_retention three = { .rows = 3 }, one = { .rows = 1 };

	store_set_retention(k->store, &three);
	for (uint64_t i = 1; i <= 9; i++)
		keeper_settle(k, keeper_say(k, i, i == 2 ? "#b" : "#a", "ada", "hi"));
	await_numbers(k, "three", "#a", "7 8 9");
	await_numbers(k, "those of others", "#b", "2");
	store_set_retention(k->store, &one);
	await_numbers(k, "one", "#a", "9");
}

static void
bound_the_age(void **state)
{
	struct keeper *k = *state;
	struct store_retention hour = { .age = 3600 * 1000 };
	int64_t now = time(NULL) * 1000;
	char want[64];

	keeper_say(k, 1, "#a", "ada", "old as the hills");
	keeper_say(k, 2, "#b", "ada", "old as the hills");
	keeper_say(k, number_at(now - 7200 * 1000, 0), "#a", "ada", "two hours");
	keeper_settle(k, keeper_say(k, number_at(now - 60 * 1000, 0), "#a", "ada", "a minute"));
	store_set_retention(k->store, &hour);
	snprintf(want, sizeof(want), "%llu", (unsigned long long)number_at(now - 60 * 1000, 0));
	await_numbers(k, "the young one", "#a", want);
	await_numbers(k, "nothing left", "#b", "");
}

static void
bound_memory(void **state)
{
	struct keeper *k = *state;
	struct store_retention little = { .rows = 100, .bytes = 3000 };

	store_set_retention(k->store, &little);
	for (uint64_t i = 1; i <= 50; i++)
		keeper_settle(
		    k, keeper_say(k, i, i % 2 ? "#a" : "#b", "ada", "thirty bytes or so of text"));
	struct store_query q = rows_of("#a");
	size_t left = strlen(keeper_numbers(k, &q));
	assert_in_range(left, 2, 50);
	assert_non_null(strstr(keeper_numbers(k, &q), "49"));
}

static void
bound_by_default(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");

	for (uint64_t i = 1; i <= 1200; i++)
		keeper_say(k, i, "#a", "ada", "hi");
	keeper_settle(k, keeper_say(k, 1201, "#a", "ada", "hi"));
	q.newest = false;
	q.limit = 1;
	expect_text("1000 are kept", str_from(keeper_numbers(k, &q)), "202");
}

int
main(void)
{
	const struct CMUnitTest in_memory[] = {
		IN_MEMORY(start_empty),
		IN_MEMORY(number_batches),
		IN_MEMORY(keep_the_state),
		IN_MEMORY(remember_ids),
		IN_MEMORY(bound_the_rows),
		IN_MEMORY(bound_the_age),
		IN_MEMORY(bound_memory),
		IN_MEMORY(bound_by_default),
	};
	const struct CMUnitTest in_file[] = {
		IN_FILE(start_empty),
		IN_FILE(number_batches),
		IN_FILE(keep_the_state),
		IN_FILE(remember_ids),
		IN_FILE(bound_the_rows),
		IN_FILE(bound_the_age),
	};
	int failed = cmocka_run_group_tests(in_memory, NULL, NULL);

	if (store_library[0] != '\0')
		failed += cmocka_run_group_tests(in_file, NULL, NULL);
	return failed;
}
