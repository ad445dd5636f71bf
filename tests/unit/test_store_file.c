/* The store in a file: what outlives the process, which files it takes, and trouble with them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"
#include "store/db.h"

/* ---- outliving the process ------------------------------------------------------------------- */

static void
be_there_after_a_restart(void **state)
{
	struct keeper *k = *state;
	struct record r = { .number = 5,
		.kind = EVENT_MESSAGE,
		.target = STR("ada,bob"),
		.text = STR("see you tomorrow"),
		.identity = STR("!ada"),
		.client_id = STR("id") };
	struct store_query rows = rows_of("#a"),
			   words = words_in(&(struct str){ "#a", 2 }, "hello"),
			   targets = { .what = STORE_TARGETS,
				   .target = STR("bob"),
				   .before = UINT64_MAX,
				   .kinds = EVERY_KIND,
				   .limit = ALL };

	for (uint64_t i = 1; i <= 4; i++)
		keeper_say(k, i, "#a", "ada", "hello");
	store_append(k->store, &r);
	store_put(k->store, STR("channel/#a"), STR("founder=ada"));
	keeper_stop(k); /* nothing was committed: it is handed over now */
	keeper_start(k);
	assert_true(store_last_number(k->store) == 5);
	expect_text("rows", str_from(keeper_numbers(k, &rows)), "1 2 3 4");
	expect_text("search", str_from(keeper_numbers(k, &words)), "1 2 3 4");
	expect_text("targets", str_from(keeper_numbers(k, &targets)), "5");
	expect_text("state", str_from(keeper_state(k, "")), "channel/#a=founder=ada ");
	expect_text("ids", str_from(keeper_ids(k, 0, 9)), "5:!ada/id ");
	keeper_settle(k, keeper_say(k, 6, "#a", "ada", "hello again"));
	expect_text("goes on", str_from(keeper_numbers(k, &words)), "1 2 3 4 6");
}

/* What is held after a failure may be written twice: the second time nothing is done. */
static void
rename_once(void **state)
{
	struct keeper *k = *state;
	struct str b = STR("#b");
	struct store_query old = rows_of("#a"), new = rows_of("#b"), words = words_in(&b, "hello");

	keeper_say(k, 1, "#a", "ada", "hello");
	keeper_say(k, 2, "#b", "eve", "hello");
	store_rename(k->store, STR("#a"), b, 3);
	keeper_settle(k, keeper_say(k, 4, "#a", "ada", "hello"));
	keeper_settle(k, store_rename(k->store, STR("#a"), b, 3));
	keeper_settle(k, keeper_say(k, 5, "#b", "ada", "hello"));
	for (int i = 0; i < 2; i++) {
		expect_text("the old name's", str_from(keeper_numbers(k, &old)), "4");
		expect_text("the new name's", str_from(keeper_numbers(k, &new)), "1 5");
		expect_text("search", str_from(keeper_numbers(k, &words)), "1 5");
		keeper_stop(k);
		keeper_start(k);
	}
	keeper_settle(k, store_rename(k->store, STR("#a"), b, 6));
	expect_text("again", str_from(keeper_numbers(k, &new)), "4");
}

static void
keep_it_private(void **state)
{
	struct keeper *k = *state;
	struct stat st;

	assert_int_equal(stat(k->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
take_a_large_batch(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");
	char want[32];

	for (uint64_t i = 1; i <= 20000; i++)
		keeper_say(k, i, i % 2 ? "#a" : "#b", "ada", "some text of some length or other");
	q.limit = 1;
	snprintf(want, sizeof(want), "%d", 19999);
	expect_text("the last", str_from(keeper_numbers(k, &q)), want);
	assert_int_equal(k->failed, 0);
}

/* Rows go, the oldest first, and so does the room they had. */
static void
bound_the_file(void **state)
{
	struct keeper *k = *state;
	struct store_retention little = { .bytes = 300 * 1024 };
	struct store_query q = rows_of("#a");
	char text[500];
	int64_t pages = 1000;
	struct err e = { "" };
	struct db *db;
	struct stat st;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (uint64_t i = 1; i <= 2000; i++)
		keeper_say(k, i, "#a", "ada", text);
	keeper_settle(k, keeper_say(k, 2001, "#a", "ada", text));
	keeper_stop(k);
	assert_int_equal(stat(k->path, &st), 0);
	assert_true(st.st_size > 1000 * 1024);
	k->config.retention = little;
	keeper_start(k);
	db = db_open(k->path, true, &e);
	assert_non_null(db);
	for (int i = 0; i < 100000 && pages > 75; i++)
		assert_int_equal(db_ask(db, "PRAGMA page_count", &pages, &e), 0);
	db_close(db);
	keeper_stop(k);
	assert_int_equal(stat(k->path, &st), 0);
	assert_in_range(st.st_size, 50 * 1024, 320 * 1024);
	keeper_start(k);
	q.limit = 1;
	expect_text("the newest", str_from(keeper_numbers(k, &q)), "2001");
}

/* ---- files that it does not take ------------------------------------------------------------- */

static void
run_sql(const char *path, const char *sql)
{
	struct err e = { "" };
	struct db *db = db_open(path, true, &e);

	if (db == NULL || db_exec(db, sql, &e) == -1)
		fail_msg("%s", e.text);
	db_close(db);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
expect_refusal(const char *what, const char *path, const char *part)
{
	struct store_config c = { .path = str_from(path) };
	struct err e = { "" };
	struct store *s = store_open(&c, NULL, &e);

	if (s != NULL) {
		store_close(s);
		fail_msg("%s: was opened", what);
	}
	if (strstr(e.text, part) == NULL || strstr(e.text, path) == NULL)
		fail_msg("%s: got \"%s\", want \"%s\" and the path", what, e.text, part);
}

static void
refuse_what_is_not_its_own(void **state)
{
	struct keeper *k = *state;
	char other[128];

	expect_refusal("in use", k->path, "another sockchat uses this store");
	keeper_stop(k);
	run_sql(k->path, "PRAGMA user_version = 99");
	expect_refusal("newer", k->path, "is of a newer sockchat");
	run_sql(k->path, "PRAGMA user_version = 1; PRAGMA application_id = 7");
	expect_refusal("of another program", k->path, "a database of another program");
	snprintf(other, sizeof(other), "%s/other", k->folder);
	write_file(other, "");
	run_sql(other, "CREATE TABLE t (a)");
	expect_refusal("with tables of another", other, "a database of another program");
	write_file(other, "this is a letter to my aunt, and it is long enough not to be empty\n");
	expect_refusal("a letter", other, "not a database");
	expect_refusal("a folder", k->folder, "Is a directory");
	snprintf(other, sizeof(other), "%s/none/store", k->folder);
	expect_refusal("no folder", other, "its folder is not there");
	run_sql(k->path, "PRAGMA application_id = 1936679787");
	keeper_start(k); /* its own again */
}

/* Built without SQLite: it says so, and what to do. */
static void
refuse_every_file(void **state)
{
	(void)state;
	expect_refusal("no SQLite", "store-that-is-not-there.db", "was built without SQLite");
	assert_int_equal(access("store-that-is-not-there.db", F_OK), -1);
}

/* ---- trouble --------------------------------------------------------------------------------- */

static void
await_back(struct keeper *k, unsigned times)
{
	while (k->back < times) {
		keeper_deliver(k);
		store_commit(k->store);
	}
}

/* The file is moved away and comes back: nothing that was said to be safe is missing, nothing that
 * was said to be lost is there, and what must not be lost was kept. */
static void
notice_that_the_file_is_gone(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");
	struct record join = { .number = 3, .kind = EVENT_JOIN, .target = STR("#a") };
	char away[128];

	snprintf(away, sizeof(away), "%s/away", k->folder);
	keeper_settle(k, keeper_say(k, 1, "#a", "ada", "safe"));
	assert_int_equal(rename(k->path, away), 0);
	keeper_say(k, 2, "#a", "ada", "lost");
	store_append(k->store, &join);
	keeper_settle(k, store_put(k->store, STR("key"), STR("value")));
	assert_int_equal(k->failed, 1);
	assert_int_equal(k->down, 1);
	assert_non_null(strstr(k->why, "moved, deleted or replaced"));
	keeper_settle(k, keeper_say(k, 4, "#a", "ada", "lost, too"));
	assert_int_equal(k->failed, 2);
	keeper_settle(k, store_put(k->store, STR("key"), STR("later")));
	assert_int_equal(k->failed, 3);
	assert_int_equal(k->down, 1);
	assert_int_equal(rename(away, k->path), 0);
	await_back(k, 1);
	keeper_settle(k, keeper_say(k, 5, "#a", "ada", "safe again"));
	assert_int_equal(k->failed, 3);
	expect_text("what is there", str_from(keeper_numbers(k, &q)), "1 3 5");
	expect_text("state", str_from(keeper_state(k, "")), "key=later ");
}

/* Another file in its place is not written to. */
static void
leave_a_foreign_file_alone(void **state)
{
	struct keeper *k = *state;
	char away[128];

	snprintf(away, sizeof(away), "%s/away", k->folder);
	keeper_settle(k, keeper_say(k, 1, "#a", "ada", "safe"));
	assert_int_equal(rename(k->path, away), 0);
	write_file(k->path, "");
	keeper_settle(k, keeper_say(k, 2, "#a", "ada", "lost"));
	assert_int_equal(k->failed, 1);
	keeper_stop(k);
	struct stat st;
	assert_int_equal(stat(k->path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(rename(away, k->path), 0);
	keeper_start(k);
	assert_true(store_last_number(k->store) == 1);
}

/* A transaction of another program that does not end. */
static void
wait_for_a_lock(void **state)
{
	struct keeper *k = *state;
	struct store_query q = rows_of("#a");
	struct err e = { "" };
	struct db *other;

	keeper_settle(k, keeper_say(k, 1, "#a", "ada", "safe"));
	other = db_open(k->path, true, &e);
	assert_non_null(other);
	assert_int_equal(db_exec(other, "BEGIN IMMEDIATE", &e), 0);
	keeper_settle(k, keeper_say(k, 2, "#a", "ada", "lost"));
	assert_int_equal(k->failed, 1);
	assert_non_null(strstr(k->why, "another program has it locked"));
	expect_text("readers go on", str_from(keeper_numbers(k, &q)), "1");
	assert_int_equal(db_exec(other, "COMMIT", &e), 0);
	db_close(other);
	await_back(k, 1);
	keeper_settle(k, keeper_say(k, 3, "#a", "ada", "safe"));
	expect_text("after", str_from(keeper_numbers(k, &q)), "1 3");
}

/* ---- two threads beside the loop's ----------------------------------------------------------- */

#ifdef __SANITIZE_THREAD__
enum { TOGETHER_MS = 10000 };
#else
enum { TOGETHER_MS = 1000 };
#endif

struct asking {
	unsigned open, answered;
	uint64_t last; /* appended when the latest question was asked */
};

static void
on_some(void *arg, const struct record *rows, size_t count, const char *why)
{
	struct asking *a = arg;

	assert_null(why);
	for (size_t i = 1; i < count; i++)
		assert_true(rows[i - 1].number < rows[i].number);
	a->open--;
	a->answered++;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Rows, state, erasures, pruning, rows asked for and searched for, all at once. */
static void
do_all_at_once(void **state)
{
	struct keeper *k = *state;
	struct store_retention few = { .rows = 500 };
	struct str target = STR("#a");
	struct store_query rows = rows_of("#a"), words = words_in(&target, "hello");
	struct asking asking = { 0, 0, 0 };
	int64_t end = now_ms() + TOGETHER_MS;
	uint64_t number = 0, ticket = 0, settled = 0;
	char want[32];

	store_set_retention(k->store, &few);
	rows.limit = words.limit = 50;
	while (now_ms() < end || asking.open > 0) {
		if (now_ms() < end && ticket < settled + 3) {
			for (int i = 0; i < 20; i++, number++)
				ticket = keeper_say(
				    k, number + 1, number % 3 ? "#a" : "#b", "ada", "hello world");
			store_put(k->store, STR("last"), STR("value"));
			store_erase(k->store, number - 5);
		}
		if (now_ms() < end && asking.open < 4) {
			asking.open += 2;
			store_ask(k->store, &rows, on_some, &asking);
			store_ask(k->store, &words, on_some, &asking);
		}
		settled = store_commit(k->store);
		keeper_deliver(k);
	}
	keeper_settle(k, ticket);
	assert_true(asking.answered > 20);
	assert_int_equal(k->failed, 0);
	rows.limit = 1;
	rows.before = number; /* and one of the last two is in #a */
	snprintf(
	    want, sizeof(want), "%llu", (unsigned long long)number - ((number - 2) % 3 ? 1 : 2));
	expect_text("the last but one", str_from(keeper_numbers(k, &rows)), want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FILE(be_there_after_a_restart),
		IN_FILE(rename_once),
		IN_FILE(keep_it_private),
		IN_FILE(take_a_large_batch),
		IN_FILE(bound_the_file),
		IN_FILE(refuse_what_is_not_its_own),
		IN_FILE(notice_that_the_file_is_gone),
		IN_FILE(leave_a_foreign_file_alone),
		IN_FILE(wait_for_a_lock),
		IN_FILE(do_all_at_once),
	};
	const struct CMUnitTest none[] = { cmocka_unit_test(refuse_every_file) };

	if (store_library[0] == '\0')
		return cmocka_run_group_tests(none, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
