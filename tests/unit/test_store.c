/* The store, by its contract: the same cases for every way of keeping things. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keeper.h"
#include "store/db.h"

static struct keeper keeper;

static int
open_memory(void **state)
{
	*state = &keeper;
	keeper_open(&keeper, false);
	return 0;
}

static int
open_file(void **state)
{
	*state = &keeper;
	keeper_open(&keeper, true);
	return 0;
}

static int
close_store(void **state)
{
	keeper_close(*state);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void
ask_for_rows(void **state)
{
	static const struct {
		const char *name, *target;
		uint64_t after, before, kinds;
		unsigned limit;
		bool newest;
		const char *want;
	} cases[] = {
		{ "all", "#a", 0, UINT64_MAX, EVERY_KIND, ALL, true, "1 3 5 7 9" },
		{ "all, from the front", "#a", 0, UINT64_MAX, EVERY_KIND, ALL, false, "1 3 5 7 9" },
		{ "another", "#b", 0, UINT64_MAX, EVERY_KIND, ALL, true, "2 4 6 8 10" },
		{ "unknown", "#c", 0, UINT64_MAX, EVERY_KIND, ALL, true, "" },
		{ "none", "", 0, UINT64_MAX, EVERY_KIND, ALL, true, "" },
		{ "the latest two", "#a", 0, UINT64_MAX, EVERY_KIND, 2, true, "7 9" },
		{ "the first two", "#a", 0, UINT64_MAX, EVERY_KIND, 2, false, "1 3" },
		{ "limit 0", "#a", 0, UINT64_MAX, EVERY_KIND, 0, false, "" },
		{ "before one that is there", "#a", 0, 7, EVERY_KIND, 2, true, "3 5" },
		{ "before one that is not", "#a", 0, 8, EVERY_KIND, 2, true, "5 7" },
		{ "after one that is there", "#a", 3, UINT64_MAX, EVERY_KIND, 2, false, "5 7" },
		{ "after one that is not", "#a", 4, UINT64_MAX, EVERY_KIND, 2, false, "5 7" },
		{ "between", "#a", 1, 9, EVERY_KIND, ALL, false, "3 5 7" },
		{ "between, the latest", "#a", 1, 9, EVERY_KIND, 1, true, "7" },
		{ "between neighbours", "#a", 3, 5, EVERY_KIND, ALL, true, "" },
		{ "the wrong way round", "#a", 9, 1, EVERY_KIND, ALL, true, "" },
		{ "before all", "#a", 0, 0, EVERY_KIND, ALL, true, "" },
		{ "after all", "#a", UINT64_MAX, UINT64_MAX, EVERY_KIND, ALL, true, "" },
		{ "one kind", "#a", 0, UINT64_MAX, 1ull << EVENT_JOIN, ALL, true, "5" },
		{ "another kind, the latest", "#a", 0, UINT64_MAX, 1ull << EVENT_MESSAGE, 3, true,
		    "3 7 9" },
		{ "no kind", "#a", 0, UINT64_MAX, 0, ALL, true, "" },
	};
	struct keeper *k = *state;
	uint64_t ticket = 0;

	for (uint64_t i = 1; i <= 10; i++) {
		struct record r = { .number = i,
			.kind = i == 5 ? EVENT_JOIN : EVENT_MESSAGE,
			.target = i % 2 ? STR("#a") : STR("#b") };
		ticket = store_append(k->store, &r);
		if (i == 6)
			keeper_settle(k, ticket);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_query q = { .what = STORE_ROWS,
			.target = str_from(cases[i].target),
			.after = cases[i].after,
			.before = cases[i].before,
			.kinds = cases[i].kinds,
			.limit = cases[i].limit,
			.newest = cases[i].newest };
		expect_text(cases[i].name, str_from(keeper_numbers(k, &q)), cases[i].want);
	}
	assert_int_equal(k->failed, 0);
}

static char long_text[5000];

static const struct record full = {
	.number = 0x123456789abcdef0,
	.kind = EVENT_KICK,
	.status = '@',
	.target = BYTES("#caf\xc3\xa9"),
	.shown = BYTES("#Caf\xc3\xa9"),
	.source = BYTES("nick!user@host"),
	.account = BYTES("ada"),
	.object = BYTES("victim"),
	.text = { long_text, sizeof(long_text) },
	.tags = BYTES("+draft/reply=abc;+x=\xff\xfe"),
	.identity = BYTES("!nick"),
	.client_id = BYTES("0123456789abcdefghijkl"),
};

static void
on_full_row(void *arg, const struct record *rows, size_t count, const char *why)
{
	const struct record *r = &rows[0];

	*(bool *)arg = true;
	assert_null(why);
	assert_int_equal(count, 1);
	assert_true(r->number == full.number);
	assert_int_equal(r->kind, full.kind);
	assert_int_equal(r->status, full.status);
	expect_str("target", r->target, full.target);
	expect_str("shown", r->shown, full.shown);
	expect_str("source", r->source, full.source);
	expect_str("account", r->account, full.account);
	expect_str("object", r->object, full.object);
	expect_str("text", r->text, full.text);
	expect_str("tags", r->tags, full.tags);
	expect_str("identity", r->identity, full.identity);
	expect_str("client_id", r->client_id, full.client_id);
}

static void
give_back_all_of_a_row(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#caf\xc3\xa9");
	bool done = false;

	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = (char)(1 + i % 255); /* not UTF-8 */
	keeper_settle(k, store_append(k->store, &full));
	store_ask(k->store, &q, on_full_row, &done);
	while (!done)
		keeper_deliver(k);
	assert_true(store_last_number(k->store) == full.number);
}

static void
leave_empty_what_is_empty(void **state)
{
	struct keeper *k = *state;
	struct record r = { .number = 7, .kind = EVENT_TAGMSG, .target = STR("#a") };
	struct store_query q = rows_of("#a");

	keeper_settle(k, store_append(k->store, &r));
	expect_text("bare row", str_from(keeper_numbers(k, &q)), "7");
}

/* The answer has what was appended before the question, safe or not yet. */
static void
answer_for_the_moment_of_asking(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");

	for (uint64_t i = 1; i <= 5; i++)
		keeper_say(k, i, "#a", "ada", "hi");
	expect_text("not committed", str_from(keeper_numbers(k, &q)), "1 2 3 4 5");
}

static void
erase_a_row(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");

	for (uint64_t i = 1; i <= 4; i++)
		keeper_say(k, i, i == 4 ? "#b" : "#a", "ada", "hi");
	store_erase(k->store, 2);
	keeper_settle(k, store_erase(k->store, 99)); /* not there: nothing happens */
	expect_text("one less", str_from(keeper_numbers(k, &q)), "1 3");
	store_erase(k->store, 1);
	keeper_settle(k, store_erase(k->store, 3));
	expect_text("none", str_from(keeper_numbers(k, &q)), "");
	assert_true(store_last_number(k->store) == 4);
}

static void
find_conversations(void **state)
{
	static const struct {
		const char *name, *identity;
		uint64_t after, before, kinds;
		unsigned limit;
		bool newest;
		const char *want;
	} cases[] = {
		{ "all of ada", "ada", 0, UINT64_MAX, EVERY_KIND, ALL, true, "4 6 7" },
		{ "all of bob", "bob", 0, UINT64_MAX, EVERY_KIND, ALL, true, "4 5" },
		{ "a nick without account", "!eve", 0, UINT64_MAX, EVERY_KIND, ALL, true, "6" },
		{ "only part of a name", "ad", 0, UINT64_MAX, EVERY_KIND, ALL, true, "" },
		{ "a channel is none", "#ada", 0, UINT64_MAX, EVERY_KIND, ALL, true, "" },
		{ "after", "ada", 4, UINT64_MAX, EVERY_KIND, ALL, true, "6 7" },
		{ "the last one counts", "ada", 0, 6, EVERY_KIND, ALL, true, "4" },
		{ "the latest", "ada", 0, UINT64_MAX, EVERY_KIND, 2, true, "6 7" },
		{ "the first", "ada", 0, UINT64_MAX, EVERY_KIND, 2, false, "4 6" },
		{ "of a kind", "ada", 0, UINT64_MAX, 1ull << EVENT_NOTICE, ALL, true, "" },
	};
	static const char *const targets[] = { "ada,bob", "#ada", "ada,bob", "ada,bob", "bob,cy",
		"!eve,ada", "ada,ada" };
	struct keeper *k = *state;

	for (size_t i = 0; i < COUNT(targets); i++)
		keeper_settle(k, keeper_say(k, i + 1, targets[i], "ada", "hi"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_query q = { .what = STORE_TARGETS,
			.target = str_from(cases[i].identity),
			.after = cases[i].after,
			.before = cases[i].before,
			.kinds = cases[i].kinds,
			.limit = cases[i].limit,
			.newest = cases[i].newest };
		expect_text(cases[i].name, str_from(keeper_numbers(k, &q)), cases[i].want);
	}
}

/* Of several at once, each up to the limit: those that count are the same as of one. */
static void
rows_of_several(void **state)
{
	static const struct {
		const char *name, *targets[3];
		uint64_t after, before;
		unsigned limit;
		bool newest;
		const char *want;
	} cases[] = {
		{ "of two", { "#a", "#b" }, 0, UINT64_MAX, ALL, false, "1 2 4 5 7" },
		{ "the first", { "#b", "#a" }, 0, UINT64_MAX, 3, false, "1 2 4" },
		{ "the latest", { "#a", "#b" }, 0, UINT64_MAX, 3, true, "4 5 7" },
		{ "between", { "#a", "#b", "#c" }, 1, 6, ALL, false, "2 3 4 5" },
		{ "one is not there", { "#z", "#c" }, 0, UINT64_MAX, ALL, false, "3 6" },
	};
	static const char *const said[] = { "#a", "#b", "#c", "#a", "#b", "#c", "#a" };
	struct keeper *k = *state;

	for (size_t i = 0; i < COUNT(said); i++)
		keeper_settle(k, keeper_say(k, i + 1, said[i], "ada", "hi"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_query q = rows_of("");
		struct str targets[3];
		while (q.target_count < 3 && cases[i].targets[q.target_count] != NULL) {
			targets[q.target_count] = str_from(cases[i].targets[q.target_count]);
			q.target_count++;
		}
		q.targets = targets;
		q.after = cases[i].after;
		q.before = cases[i].before;
		q.limit = cases[i].limit;
		q.newest = cases[i].newest;
		expect_text(cases[i].name, str_from(keeper_numbers(k, &q)), cases[i].want);
	}
}

static void
search_for_words(void **state)
{
	static const struct {
		const char *name, *targets[2], *text, *sender;
		uint64_t after, before;
		unsigned limit;
		bool newest;
		const char *want;
	} cases[] = {
		{ "a word", { "#a" }, "hello", "", 0, UINT64_MAX, ALL, true, "1 2 5" },
		{ "any case", { "#a" }, "HeLLo", "", 0, UINT64_MAX, ALL, true, "1 2 5" },
		{ "two words", { "#a" }, "world hello", "", 0, UINT64_MAX, ALL, true, "2 5" },
		{ "in two places", { "#a", "#b" }, "hello", "", 0, UINT64_MAX, ALL, true,
		    "1 2 3 5" },
		{ "in none", { NULL }, "hello", "", 0, UINT64_MAX, ALL, true, "" },
		{ "in one that is not there", { "#z" }, "hello", "", 0, UINT64_MAX, ALL, true, "" },
		{ "part of a word", { "#a" }, "hell", "", 0, UINT64_MAX, ALL, true, "" },
		{ "signs are no words", { "#a" }, "\"hello* -world)", "", 0, UINT64_MAX, ALL, true,
		    "2 5" },
		{ "words of the query language", { "#a" }, "hello NOT OR NEAR", "", 0, UINT64_MAX,
		    ALL, true, "" },
		{ "not ASCII", { "#a" }, "gr\xc3\xbc\xc3\x9f", "", 0, UINT64_MAX, ALL, true, "4" },
		{ "by somebody", { "#a" }, "hello", "BOB", 0, UINT64_MAX, ALL, true, "5" },
		{ "all by somebody", { "#a" }, "", "bob", 0, UINT64_MAX, ALL, true, "4 5" },
		{ "by part of a nick", { "#a" }, "hello", "bo", 0, UINT64_MAX, ALL, true, "" },
		{ "before", { "#a" }, "hello", "", 0, 5, ALL, true, "1 2" },
		{ "after", { "#a" }, "hello", "", 1, UINT64_MAX, ALL, true, "2 5" },
		{ "the latest", { "#a" }, "hello", "", 0, UINT64_MAX, 1, true, "5" },
		{ "the first", { "#a" }, "hello", "", 0, UINT64_MAX, 1, false, "1" },
		{ "nothing there", { "#a" }, "absent", "", 0, UINT64_MAX, ALL, true, "" },
	};
	static const struct {
		const char *target, *nick, *text;
	} said[] = {
		{ "#a", "ada", "Hello" },
		{ "#a", "ada", "hello, world!" },
		{ "#b", "ada", "hello there" },
		{ "#a", "bob", "gr\xc3\xbc\xc3\x9f dich" },
		{ "#a", "bob", "the WORLD says: hello" },
	};
	struct keeper *k = *state;
	struct record join = { .number = 6,
		.kind = EVENT_TOPIC,
		.target = STR("#a"),
		.source = STR("ada!u@h"),
		.text = STR("hello") };

	for (size_t i = 0; i < COUNT(said); i++)
		keeper_say(k, i + 1, said[i].target, said[i].nick, said[i].text);
	keeper_settle(k, store_append(k->store, &join));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str targets[2] = { str_from(cases[i].targets[0]),
			str_from(cases[i].targets[1]) };
		struct store_query q = { .what = STORE_SEARCH,
			.targets = targets,
			.target_count = cases[i].targets[0] == NULL   ? 0
					: cases[i].targets[1] == NULL ? 1
								      : 2,
			.text = str_from(cases[i].text),
			.sender = str_from(cases[i].sender),
			.after = cases[i].after,
			.before = cases[i].before,
			.kinds = 1ull << EVENT_MESSAGE | 1ull << EVENT_NOTICE,
			.limit = cases[i].limit,
			.newest = cases[i].newest };
		expect_text(cases[i].name, str_from(keeper_numbers(k, &q)), cases[i].want);
	}
}

/* What is erased is not found, and what is appended just now is. */
static void
search_what_is_there(void **state)
{
	struct keeper *k = *state;
	struct str target = STR("#a");
	struct store_query q = { .what = STORE_SEARCH,
		.targets = &target,
		.target_count = 1,
		.text = STR("hello"),
		.before = UINT64_MAX,
		.kinds = EVERY_KIND,
		.limit = ALL,
		.newest = true };

	for (uint64_t i = 1; i <= 3; i++)
		keeper_say(k, i, "#a", "ada", "hello again");
	expect_text("new", str_from(keeper_numbers(k, &q)), "1 2 3");
	keeper_settle(k, store_erase(k->store, 2));
	keeper_say(k, 4, "#a", "ada", "hello");
	expect_text("erased and new", str_from(keeper_numbers(k, &q)), "1 3 4");
}

static bool asked_again;

static void
on_asked(void *arg, const struct record *rows, size_t count, const char *why)
{
	(void)rows;
	(void)count;
	(void)why;
	*(bool *)arg = true;
}

static void
forget_a_question(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");
	bool forgotten = false;
	struct store_asked *a;

	keeper_say(k, 1, "#a", "ada", "hi");
	a = store_ask(k->store, &q, on_asked, &forgotten);
	store_forget(a);
	expect_text("the next one", str_from(keeper_numbers(k, &q)), "1");
	assert_int_equal(forgotten, a == NULL);
	asked_again = false;
	store_ask(k->store, &q, on_asked, &asked_again); /* nobody waits for it */
}

/* ---- state and ids --------------------------------------------------------------------------- */

static char listed[512];

static void
list_text(void *arg, struct str key, struct str value)
{
	size_t used = strlen(listed);

	(void)arg;
	snprintf(listed + used, sizeof(listed) - used, STR_FMT "=" STR_FMT " ", STR_ARG(key),
	    STR_ARG(value));
}

static const char *
state_under(struct keeper *k, const char *prefix)
{
	struct err e = { "" };

	listed[0] = '\0';
	if (store_state_each(k->store, str_from(prefix), list_text, NULL, &e) == -1)
		fail_msg("%s", e.text);
	return listed;
}

static void
keep_the_state(void **state)
{
	struct keeper *k = *state;

	expect_text("at first", str_from(state_under(k, "")), "");
	store_put(k->store, STR("channel/#b"), STR("one"));
	store_put(k->store, STR("channel/#a"), STR("two"));
	store_put(k->store, STR("account/ada"), STR("three"));
	store_put(k->store, STR("account/ada lovelace"), STR("four"));
	store_put(k->store, STR("z"), STR("five"));
	store_put(k->store, STR("channel/#b"), STR("six"));
	store_put(k->store, STR("z"), STR(""));
	keeper_settle(k, store_put(k->store, STR("never"), STR("")));
	expect_text("all", str_from(state_under(k, "")),
	    "account/ada=three account/ada lovelace=four channel/#a=two channel/#b=six ");
	expect_text(
	    "channels", str_from(state_under(k, "channel/")), "channel/#a=two channel/#b=six ");
	expect_text("one", str_from(state_under(k, "channel/#b")), "channel/#b=six ");
	expect_text("none", str_from(state_under(k, "x")), "");
}

static void
list_id(void *arg, const struct record *r)
{
	size_t used = strlen(listed);

	(void)arg;
	snprintf(listed + used, sizeof(listed) - used, "%llu:" STR_FMT "/" STR_FMT " ",
	    (unsigned long long)r->number, STR_ARG(r->identity), STR_ARG(r->client_id));
}

static const char *
ids_after(struct keeper *k, uint64_t after, size_t most)
{
	struct err e = { "" };

	listed[0] = '\0';
	if (store_ids_each(k->store, after, most, list_id, NULL, &e) == -1)
		fail_msg("%s", e.text);
	return listed;
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
	expect_text("all", str_from(ids_after(k, 0, 9)), "1:ada/x 3:ada/x 5:ada/x ");
	expect_text("after", str_from(ids_after(k, 1, 9)), "3:ada/x 5:ada/x ");
	expect_text("the latest", str_from(ids_after(k, 0, 2)), "3:ada/x 5:ada/x ");
	expect_text("none", str_from(ids_after(k, 5, 9)), "");
	expect_text("none wanted", str_from(ids_after(k, 0, 0)), "");
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

#define IN_MEMORY(f) cmocka_unit_test_setup_teardown(f, open_memory, close_store)
#define IN_FILE(f) cmocka_unit_test_setup_teardown(f, open_file, close_store)

int
main(void)
{
	const struct CMUnitTest in_memory[] = {
		IN_MEMORY(start_empty),
		IN_MEMORY(number_batches),
		IN_MEMORY(ask_for_rows),
		IN_MEMORY(give_back_all_of_a_row),
		IN_MEMORY(leave_empty_what_is_empty),
		IN_MEMORY(answer_for_the_moment_of_asking),
		IN_MEMORY(erase_a_row),
		IN_MEMORY(find_conversations),
		IN_MEMORY(rows_of_several),
		IN_MEMORY(search_for_words),
		IN_MEMORY(search_what_is_there),
		IN_MEMORY(forget_a_question),
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
		IN_FILE(ask_for_rows),
		IN_FILE(give_back_all_of_a_row),
		IN_FILE(leave_empty_what_is_empty),
		IN_FILE(answer_for_the_moment_of_asking),
		IN_FILE(erase_a_row),
		IN_FILE(find_conversations),
		IN_FILE(rows_of_several),
		IN_FILE(search_for_words),
		IN_FILE(search_what_is_there),
		IN_FILE(forget_a_question),
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
