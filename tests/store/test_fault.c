/*
 * Every operation on the disk fails once, each in turn, then several in a row, then as on a full
 * disk. Whatever fails: what the store said to be safe is in the file, what it said to be lost is
 * not, state and presence are, and it goes on by itself.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/keeper.h"
#include "shim.h"
#include "store/db.h"

enum { BATCHES = 8, ROWS = 4, NUMBERS = BATCHES * ROWS + 1, MOST_FAULTS = 10 };

/* What became of the message with that number. */
enum fate { UNSAID, LOST, SAFE, ERASED };

struct course {
	struct keeper keeper;
	enum fate fates[NUMBERS];
	uint64_t tickets[BATCHES];
	bool failed[BATCHES];
};

static void
on_failed(void *arg, uint64_t ticket, const char *why)
{
	struct course *c = arg;

	assert_true(why[0] != '\0');
	for (int i = 0; i < BATCHES; i++)
		if (c->tickets[i] == ticket)
			c->failed[i] = true;
	c->keeper.failed++;
}

static void
on_down(void *arg, const char *why)
{
	struct course *c = arg;

	(void)why;
	c->keeper.down++;
}

static void
on_back(void *arg)
{
	((struct course *)arg)->keeper.back++;
}

static const struct store_handler handler = { on_failed, on_down, on_back };

/* Opens it; when that fails for the planned faults, again. */
static void
start(struct course *c)
{
	struct err e = { "" };

	c->keeper.config.path = str_from(c->keeper.path);
	c->keeper.store = store_open(&c->keeper.config, NULL, &e);
	if (c->keeper.store == NULL && strstr(e.text, c->keeper.path) == NULL)
		fail_msg("a sentence without the path: %s", e.text);
	for (int i = 0; i < MOST_FAULTS && c->keeper.store == NULL; i++)
		c->keeper.store = store_open(&c->keeper.config, NULL, &e);
	if (c->keeper.store == NULL)
		fail_msg("the last attempt: %s", e.text);
	c->keeper.down = c->keeper.back = 0; /* one that was closed while down is not back */
	store_handle(c->keeper.store, &handler, c);
}

static uint64_t
say_batch(struct course *c, int batch)
{
	struct record join = { .kind = EVENT_JOIN, .target = STR("#a") };
	char value[16], text[600];
	uint64_t ticket = 0;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (int i = 1; i < ROWS; i++)
		ticket = keeper_say(&c->keeper, (uint64_t)(batch * ROWS + i),
		    i % 2 ? "#a" : "ada,bob", "ada", text);
	join.number = (uint64_t)(batch * ROWS + ROWS);
	store_append(c->keeper.store, &join);
	snprintf(value, sizeof(value), "%d", batch);
	store_put(c->keeper.store, STR("batch"), str_from(value));
	store_put(c->keeper.store, str_from(value), STR("said"));
	return ticket;
}

static struct store_query
search_x(const struct str *target)
{
	return (struct store_query){ .what = STORE_SEARCH,
		.targets = target,
		.target_count = 1,
		.text = STR("absent"),
		.before = UINT64_MAX,
		.kinds = EVERY_KIND,
		.limit = ALL,
		.newest = true };
}

static void
await_back(struct course *c)
{
	while (c->keeper.back < c->keeper.down) {
		keeper_deliver(&c->keeper);
		store_commit(c->keeper.store);
	}
}

/* A few batches, questions between; then it is to be back if it was down. */
static void
run_course(struct course *c)
{
	struct str target = STR("#a");
	struct store_query rows = rows_of("#a"), words = search_x(&target);

	start(c);
	for (int i = 0; i < BATCHES; i++) {
		c->tickets[i] = say_batch(c, i);
		keeper_settle(&c->keeper, c->tickets[i]);
		for (int j = 1; j < ROWS; j++)
			c->fates[i * ROWS + j] = c->failed[i] ? LOST : SAFE;
		c->fates[i * ROWS + ROWS] = SAFE; /* it was held */
		keeper_numbers(&c->keeper, &rows);
		keeper_numbers(&c->keeper, &words);
		if (i == BATCHES / 2) {
			keeper_settle(&c->keeper, store_erase(c->keeper.store, 1));
			c->fates[1] = c->fates[1] == SAFE ? ERASED : c->fates[1];
			await_back(c); /* else what it holds would end with it */
			keeper_stop(&c->keeper);
			start(c);
		}
	}
	await_back(c);
}

/* What is in the file, by SQLite alone. */
static void
look_at_file(struct course *c, const char *name)
{
	struct err e = { "" };
	struct db *db = db_open(c->keeper.path, true, &e);
	char sql[128], what[96];
	int64_t there;

	assert_non_null(db);
	for (int i = 1; i < NUMBERS; i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM rows WHERE number = %d", i);
		snprintf(what, sizeof(what), "%s: row %d", name, i);
		assert_int_equal(db_ask(db, sql, &there, &e), 0);
		expect_int(what, there, c->fates[i] == SAFE);
	}
	assert_int_equal(db_ask(db, "SELECT count(*) FROM state", &there, &e), 0);
	expect_int(name, there, BATCHES + 1);
	assert_int_equal(db_ask(db, "SELECT value FROM state WHERE key = 'batch'", &there, &e), 0);
	expect_int(name, there, BATCHES - 1);
	assert_int_equal(db_ask(db,
			     "SELECT count(*) FROM pragma_integrity_check"
			     " WHERE integrity_check = 'ok'",
			     &there, &e),
	    0);
	expect_int(name, there, 1);
	db_close(db);
}

static unsigned long
run_with_fault(unsigned long at, unsigned long count, bool full)
{
	static struct course c;
	unsigned long ops;
	char name[64];

	c = (struct course){ .keeper = { .folder = "" } };
	shim_reset();
	shim_use(true);
	keeper_open(&c.keeper, true);
	keeper_stop(&c.keeper);
	shim_fail(at, count, full);
	run_course(&c);
	ops = shim_count();
	shim_fail(0, 0, false);
	keeper_stop(&c.keeper);
	shim_use(false);
	snprintf(
	    name, sizeof(name), "fault at %lu for %lu (kind %d)", at, count, (int)shim_failed());
	look_at_file(&c, name);
	keeper_start(&c.keeper);
	keeper_close(&c.keeper);
	return ops;
}

static void
fail_each(unsigned long count, unsigned long every, bool full)
{
	unsigned long ops = run_with_fault(0, 0, false), runs = 0;

	assert_in_range(ops, 100, 100000);
	for (unsigned long at = 1; at <= ops; at += every, runs++)
		run_with_fault(at, count, full);
	print_message("%lu operations, %lu runs\n", ops, runs);
}

/* SOCKCHAT_SOAK: every one; else every third, which takes some seconds. */
static unsigned long
stride(unsigned long usual)
{
	return getenv("SOCKCHAT_SOAK") != NULL ? 1 : usual;
}

static void
fail_one(void **state)
{
	(void)state;
	fail_each(1, stride(3), false);
}

static void
fail_ten_in_a_row(void **state)
{
	(void)state;
	fail_each(10, stride(29), false);
}

static void
run_full(void **state)
{
	(void)state;
	fail_each(5, stride(29), true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_one),
		cmocka_unit_test(fail_ten_in_a_row),
		cmocka_unit_test(run_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
