/* What a store is asked, by its contract: the same cases for every way of keeping things. */
#include <stdio.h>
#include <string.h>

#include "keeper.h"

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

/* Far more rows elsewhere than in the many targets: looked for in one way, then in another. */
static void
search_in_many_targets(void **state)
{
	static const struct {
		const char *name, *text;
		uint64_t after, before;
		unsigned limit;
		bool newest;
		const char *want;
	} cases[] = {
		{ "all", "hello", 0, UINT64_MAX, ALL, true,
		    "1 2 3 4 5 6 7 8 9 10 11 12 2001 2002 2003 2004 2005" },
		{ "all, from the front", "hello", 0, UINT64_MAX, ALL, false,
		    "1 2 3 4 5 6 7 8 9 10 11 12 2001 2002 2003 2004 2005" },
		{ "the latest", "hello", 0, UINT64_MAX, 3, true, "2003 2004 2005" },
		{ "beyond the others", "hello", 0, UINT64_MAX, 7, true,
		    "11 12 2001 2002 2003 2004 2005" },
		{ "the first", "hello", 0, UINT64_MAX, 3, false, "1 2 3" },
		{ "the first beyond the others", "hello", 10, UINT64_MAX, 3, false, "11 12 2001" },
		{ "between", "hello", 3, 2003, 4, true, "11 12 2001 2002" },
		{ "as many as there are", "hello", 10, 2002, 3, true, "11 12 2001" },
		{ "a rare one", "rare", 0, UINT64_MAX, ALL, true, "7" },
		{ "any", "", 2002, UINT64_MAX, ALL, true, "2003 2004 2005" },
	};
	static char names[12][4];
	struct str targets[12];
	struct keeper *k = *state;
	uint64_t number = 0, ticket = 0;

	for (size_t i = 0; i < COUNT(targets); i++) {
		snprintf(names[i], sizeof(names[i]), "#%zu", i);
		targets[i] = str_from(names[i]);
		ticket = keeper_say(k, ++number, names[i], "ada", i == 6 ? "hello rare" : "hello");
	}
	for (number = 1001; number <= 1900; number++)
		keeper_say(k, number, "#other", "ada", "hello");
	for (number = 2001; number <= 2005; number++)
		ticket = keeper_say(k, number, names[number % 12], "ada", "hello");
	keeper_settle(k, ticket);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_query q = words_in(targets, cases[i].text);
		q.target_count = COUNT(targets);
		q.after = cases[i].after;
		q.before = cases[i].before;
		q.limit = cases[i].limit;
		q.newest = cases[i].newest;
		expect_text(cases[i].name, str_from(keeper_numbers(k, &q)), cases[i].want);
	}
}

/* What is erased is not found, and what is appended just now is. */
static void
search_what_is_there(void **state)
{
	struct keeper *k = *state;
	struct str target = STR("#a");
	struct store_query q = words_in(&target, "hello");

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

int
main(void)
{
	const struct CMUnitTest in_memory[] = {
		IN_MEMORY(ask_for_rows),
		IN_MEMORY(give_back_all_of_a_row),
		IN_MEMORY(leave_empty_what_is_empty),
		IN_MEMORY(answer_for_the_moment_of_asking),
		IN_MEMORY(erase_a_row),
		IN_MEMORY(find_conversations),
		IN_MEMORY(rows_of_several),
		IN_MEMORY(search_for_words),
		IN_MEMORY(search_in_many_targets),
		IN_MEMORY(search_what_is_there),
		IN_MEMORY(forget_a_question),
	};
	const struct CMUnitTest in_file[] = {
		IN_FILE(ask_for_rows),
		IN_FILE(give_back_all_of_a_row),
		IN_FILE(leave_empty_what_is_empty),
		IN_FILE(answer_for_the_moment_of_asking),
		IN_FILE(erase_a_row),
		IN_FILE(find_conversations),
		IN_FILE(rows_of_several),
		IN_FILE(search_for_words),
		IN_FILE(search_in_many_targets),
		IN_FILE(search_what_is_there),
		IN_FILE(forget_a_question),
	};
	int failed = cmocka_run_group_tests(in_memory, NULL, NULL);

	if (store_library[0] != '\0')
		failed += cmocka_run_group_tests(in_file, NULL, NULL);
	return failed;
}
