/* What changed of users and has no row: for how long it is remembered, and who is told. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "house.h"

enum { CROWD = 1000, SECOND = 1000, START = 1700000000 };

static struct user *
come(struct house *h, int i)
{
	char nick[16];
	struct event ev = {
		.kind = EVENT_CONNECT, .object = STR("u"), .host = STR("h"), .text = STR("r")
	};
	struct event join = { .kind = EVENT_JOIN, .target = STR("#c") };

	snprintf(nick, sizeof(nick), "n%d", i);
	ev.target = str_from(nick);
	assert_int_equal(server_event(&h->sv, NULL, &ev), VERDICT_OK);
	join.actor = ev.actor;
	assert_int_equal(server_event(&h->sv, NULL, &join), VERDICT_OK);
	return ev.actor;
}

static void
be_away(struct house *h, struct user *u)
{
	struct event ev = { .kind = EVENT_AWAY, .actor = u, .text = STR("tea") };

	assert_int_equal(server_event(&h->sv, NULL, &ev), VERDICT_OK);
}

static void
leave(struct house *h, struct user *u)
{
	struct event ev = { .kind = EVENT_QUIT, .actor = u };

	assert_int_equal(server_event(&h->sv, NULL, &ev), VERDICT_OK);
}

static size_t
remembered(const struct house *h)
{
	return h->sv.changes.users ? table_count(h->sv.changes.users) : 0;
}

static void
open_house(struct house *h)
{
	clock_fake(START, (int64_t)START * SECOND);
	house_open(h);
	house_enter(h, ANN, "NICK ann\r\nUSER a 0 * :a\r\nJOIN #c\r\n");
}

static void
close_house(struct house *h, struct user *const *crowd)
{
	for (int i = 0; i < CROWD; i++)
		leave(h, crowd[i]);
	expect_int("when all have left", (long long)remembered(h), 0);
	house_close(h);
	clock_fake(-1, -1);
}

/* A change a second: who has nobody to tell is soon forgotten. */
static void
test_forgotten(void **state)
{
	struct user *crowd[CROWD];
	struct house h;
	size_t most = 0;

	(void)state;
	open_house(&h);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = come(&h, i);
	for (int i = 0; i < CROWD; i++) {
		clock_fake(START + i, ((int64_t)START + i) * SECOND);
		be_away(&h, crowd[i]);
		house_hear(&h, ANN);
		house_turns(&h);
		most = remembered(&h) > most ? remembered(&h) : most;
	}
	assert_in_range(most, CHANGES_AGE / SECOND, 2 * CHANGES_FEW);
	close_house(&h, crowd);
}

/* Not while somebody's kernel takes nothing; and each user once. */
static void
test_kept_while_somebody_is_slow(void **state)
{
	struct user *crowd[CROWD];
	struct house h;

	(void)state;
	open_house(&h);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = come(&h, i);
	h.sv.sessions->conn->writable = false;
	for (int i = 0; i < 2 * CROWD; i++) {
		clock_fake(START + i, ((int64_t)START + i) * SECOND);
		be_away(&h, crowd[i % CROWD]);
	}
	expect_int("all of them", (long long)remembered(&h), CROWD);
	h.sv.sessions->conn->writable = true;
	close_house(&h, crowd);
}

/* Nobody hears of somebody who is nowhere. */
static void
test_who_is_nowhere(void **state)
{
	struct house h;

	(void)state;
	house_open(&h);
	house_enter(&h, ANN, "NICK ann\r\nUSER a 0 * :a\r\nAWAY :tea\r\nSETNAME :b\r\n");
	expect_int("nothing", (long long)remembered(&h), 0);
	house_say(&h, ANN, "JOIN #c\r\n");
	expect_int("who comes and is away", (long long)remembered(&h), 1);
	house_close(&h);
}

/* A page at a time, in the order of the changes; what the session knows is not told again. */
static void
test_pages(void **state)
{
	struct user *crowd[CROWD];
	struct house h;
	uint64_t after;
	size_t told, pages = 1, all = 0;

	(void)state;
	open_house(&h);
	house_say(&h, ANN, "CAP REQ away-notify\r\n");
	for (int i = 0; i < CROWD; i++)
		crowd[i] = come(&h, i);
	house_hear(&h, ANN);
	h.sv.sessions->conn->writable = false;
	after = hub_last_number(h.sv.hub);
	for (int i = 0; i < CROWD; i++)
		be_away(&h, crowd[i]);
	for (; !changes_tell(h.sv.sessions, &after, &told); pages++, all += told)
		assert_in_range(told, CHANGES_PAGE, CHANGES_PAGE + 512);
	all += told;
	assert_int_equal(pages, all / CHANGES_PAGE + 1);
	assert_true(changes_tell(h.sv.sessions, &after, &told));
	expect_int("nothing new", (long long)told, 0);
	be_away(&h, crowd[0]);
	assert_true(changes_tell(h.sv.sessions, &after, &told));
	expect_int("one", (long long)told, (long long)strlen(":n0!u@h AWAY :tea\r\n"));
	h.sv.sessions->conn->writable = true;
	close_house(&h, crowd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_kept_while_somebody_is_slow),
		cmocka_unit_test(test_who_is_nowhere),
		cmocka_unit_test(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
