/*
 * History that comes late, as from a disk: the store's answers are held back here until the test
 * lets them go. What is said meanwhile waits behind the place of the answer, the asker's next
 * command too.
 */
#include <string.h>
#include <unistd.h>

#include "auth/account.h"
#include "house.h"

struct store_asked *prompt_store_ask(
    struct store *s, const struct store_query *q, store_answer *done, void *arg);
void prompt_store_forget(struct store_asked *a);

#define store_ask prompt_store_ask
#define store_forget prompt_store_forget
#include "../../src/store/store.c"
#undef store_ask
#undef store_forget

/* ---- a slow store ---------------------------------------------------------------------------- */

enum { HELD_MOST = 16, TEXT_ROOM = 256, TARGETS_MOST = 4 };

struct store_held {
	struct store_asked asked;
	struct store *store;
	struct store_query query;
	char target[TEXT_ROOM], names[TARGETS_MOST][TEXT_ROOM];
	struct str targets[TARGETS_MOST];
	bool used;
};

static struct store_held held[HELD_MOST];
static bool slow;
static const char *trouble; /* is answered instead */

static void
copy_targets(struct store_held *h)
{
	assert_in_range(h->query.target_count, 0, TARGETS_MOST);
	for (size_t i = 0; i < h->query.target_count; i++) {
		size_t n = str_copy(h->names[i], TEXT_ROOM, h->query.targets[i]);
		h->targets[i] = (struct str){ h->names[i], n };
	}
}

struct store_asked *
store_ask(struct store *s, const struct store_query *q, store_answer *done, void *arg)
{
	uint64_t last = store_last_number(s);

	if (!slow)
		return prompt_store_ask(s, q, done, arg);
	for (size_t i = 0; i < HELD_MOST; i++) {
		struct store_held *h = &held[i];
		if (h->used)
			continue;
		*h = (struct store_held){
			.asked = { done, arg }, .store = s, .query = *q, .used = true
		};
		h->query.target = (struct str){ h->target,
			str_copy(h->target, TEXT_ROOM, q->target) };
		copy_targets(h);
		if (h->query.before > last && q->what != STORE_TARGETS)
			h->query.before = last + 1; /* nothing appended later */
		return &h->asked;
	}
	fail_msg("more questions at once than the test has room for");
	return NULL;
}

void
store_forget(struct store_asked *a)
{
	((struct store_held *)a)->used = false;
}

static size_t
waiting(void)
{
	size_t count = 0;

	for (size_t i = 0; i < HELD_MOST; i++)
		count += held[i].used;
	return count;
}

/* The first of those that wait is answered. */
static void
answer_one(void)
{
	for (size_t i = 0; i < HELD_MOST; i++) {
		struct store_held h = held[i];
		if (!h.used)
			continue;
		held[i].used = false;
		for (size_t k = 0; k < TARGETS_MOST; k++)
			h.targets[k].p = h.names[k];
		if (trouble != NULL)
			h.asked.done(h.asked.arg, NULL, 0, trouble);
		else {
			h.query.target.p = h.target;
			h.query.targets = h.targets;
			prompt_store_ask(h.store, &h.query, h.asked.done, h.asked.arg);
		}
		return;
	}
	fail_msg("nothing was asked");
}

/* ---- people ---------------------------------------------------------------------------------- */

/* Ann can ask for history, bob cannot; there are three messages in #c and one in #d. */
static void
open_house(struct house *h)
{
	slow = false;
	trouble = NULL;
	memset(held, 0, sizeof(held));
	house_open(h);
	house_enter(h, ANN,
	    "CAP REQ :labeled-response batch draft/chathistory echo-message\r\nNICK ann\r\n"
	    "USER a 0 * :a\r\nCAP END\r\nJOIN #c,#d\r\n"
	    "PRIVMSG #c :one\r\nPRIVMSG #c :two\r\nPRIVMSG #c :three\r\nPRIVMSG #d :other\r\n");
	house_enter(h, BOB, "NICK bob\r\nUSER b 0 * :b\r\n");
	house_hear(h, ANN);
	house_hear(h, BOB);
	slow = true;
}

static void
close_house(struct house *h)
{
	house_close(h);
	expect_int("questions left", (long long)waiting(), 0);
}

/* The texts are in what was heard, one behind the other. */
static void
expect_order(const char *heard, const char *const *texts)
{
	const char *at = heard;

	for (; *texts != NULL; texts++) {
		const char *found = strstr(at, *texts);
		if (found == NULL)
			fail_msg("\"%s\" is not where it should be in:\n%s", *texts, heard);
		at = found + strlen(*texts);
	}
}

#define EXPECT_ORDER(heard, ...) expect_order(heard, (const char *const[]){ __VA_ARGS__, NULL })

static void
test_the_answer_stands_where_it_was_asked_for(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	slow = false;
	house_say(&h, BOB, "JOIN #c\r\n");
	house_hear(&h, ANN);
	slow = true;
	house_say(&h, ANN, "@label=L CHATHISTORY LATEST #c * 2\r\nPING next\r\n");
	house_say(&h, BOB, "PRIVMSG #c :live\r\n");
	expect_text("before the answer", str_from(house_hear(&h, ANN)), "");
	expect_int("asked", (long long)waiting(), 1);
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, ANN),
	    "@label=L :", " BATCH +h1 chathistory #c\r\n@batch=h1 :ann!",
	    " :two\r\n@batch=h1 :ann!", " :three\r\n:", " BATCH -h1\r\n", " :live\r\n", " PONG ");
	assert_null(strstr(h.heard, "one"));
	close_house(&h);
}

static void
test_two_questions_for_one_answer(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	house_say(&h, ANN,
	    "@label=L CHATHISTORY AROUND #c timestamp=2262-01-01T00:00:00.000Z 4\r\nPING x\r\n");
	answer_one();
	house_turns(&h);
	expect_text("between", str_from(house_hear(&h, ANN)), "");
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, ANN), "@label=L :", "BATCH +h1 ", "two\r\n", "three\r\n",
	    "BATCH -h1\r\n", " PONG ");
	close_house(&h);
}

static void
test_targets_one_after_the_other(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	house_say(&h, ANN,
	    "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z "
	    "timestamp=2262-01-01T00:00:00.000Z 9\r\n");
	for (int i = 0; i < 3; i++) {
		expect_text("not yet", str_from(house_hear(&h, ANN)), "");
		expect_int("asked", (long long)waiting(), 1);
		answer_one();
		house_turns(&h);
	}
	EXPECT_ORDER(
	    house_hear(&h, ANN), "draft/chathistory-targets", "TARGETS #c ", "TARGETS #d ");
	close_house(&h);
}

/* Two channels in one JOIN: each replay behind its names, live lines behind all. */
static void
test_replays(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	house_say(&h, BOB, "JOIN #c,#d\r\nPING next\r\n");
	house_say(&h, ANN, "PRIVMSG #c :live\r\n");
	EXPECT_ORDER(house_hear(&h, BOB), "366 bob #c ");
	assert_null(strstr(h.heard, "JOIN #d"));
	expect_int("asked", (long long)waiting(), 2);
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, BOB), "one\r\n", "two\r\n", "three\r\n", "366 bob #d ");
	assert_null(strstr(h.heard, "live"));
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, BOB), "other\r\n", "live\r\n", "PONG ");
	close_house(&h);
}

static void
test_the_second_is_answered_first(void **state)
{
	struct house h;
	struct store_held first;

	(void)state;
	open_house(&h);
	house_say(&h, BOB, "JOIN #c,#d\r\n");
	first = held[0];
	held[0].used = false;
	answer_one();
	house_turns(&h);
	house_hear(&h, BOB);
	assert_null(strstr(h.heard, "other"));
	held[0] = first;
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, BOB), "three\r\n", "366 bob #d ", "other\r\n");
	close_house(&h);
}

static void
test_the_asker_leaves(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	house_say(&h, ANN, "@label=L CHATHISTORY LATEST #c * 2\r\n");
	house_say(&h, BOB, "JOIN #c,#d\r\n");
	expect_int("asked", (long long)waiting(), 3);
	for (struct session *s = h.sv.sessions; s != NULL; s = s->next)
		session_end(s, STR("the end"));
	expect_int("asked", (long long)waiting(), 0);
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, ANN), "ERROR :");
	EXPECT_ORDER(house_hear(&h, BOB), "366 bob #c ", "366 bob #d ", "ERROR :");
	close_house(&h);
}

static void
test_the_server_ends(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	house_say(&h, ANN, "@label=L CHATHISTORY LATEST #c * 2\r\n");
	house_say(&h, BOB, "JOIN #c,#d\r\n");
	house_shut(&h);
	expect_int("questions left", (long long)waiting(), 0);
	house_leave(&h);
}

static void
test_the_asker_is_removed(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	house_say(&h, BOB, "JOIN #c\r\n");
	house_say(&h, ANN, "KICK #c bob\r\n");
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, BOB), "three\r\n", " KICK #c bob ");
	close_house(&h);
}

/* A device of bob's, on which he is logged in before he is there. */
static void
come_as_bob(struct house *h, int who, const char *caps)
{
	house_enter(h, who, caps);
	h->sv.sessions->reg->account = str_dup(STR("bob"));
	house_say(h, who, "NICK bob\r\nUSER b 0 * :b\r\nCAP END\r\n");
}

/* What was missed in private takes two questions; what is said between them is live. */
static void
test_missed_in_private(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	slow = false;
	house_say(&h, BOB, "QUIT\r\n");
	close(h.fds[BOB]);
	assert_non_null(account_add(h.sv.logins.accounts, STR("bob"), 0));
	come_as_bob(&h, BOB, "CAP LS\r\n");
	house_say(&h, BOB, "QUIT\r\n");
	close(h.fds[BOB]);
	come_as_bob(&h, EVE, "CAP REQ draft/chathistory\r\n");
	house_say(&h, ANN, "PRIVMSG bob :missed\r\n");
	slow = true;
	come_as_bob(&h, BOB, "CAP LS\r\n");
	house_say(&h, ANN, "PRIVMSG bob :live\r\n");
	for (int i = 0; i < 2; i++) {
		expect_int("asked", (long long)waiting(), 1);
		answer_one();
		house_turns(&h);
	}
	EXPECT_ORDER(house_hear(&h, BOB), "] missed\r\n", " :live\r\n");
	assert_null(strstr(strstr(h.heard, "missed"), "] live"));
	close_house(&h);
}

static void
test_trouble(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	trouble = "the disk is on fire";
	house_say(&h, ANN, "@label=L CHATHISTORY LATEST #c * 2\r\nPING x\r\n");
	house_say(&h, BOB, "JOIN #c\r\nPING y\r\n");
	answer_one();
	answer_one();
	house_turns(&h);
	EXPECT_ORDER(house_hear(&h, ANN), "@label=L :",
	    " FAIL CHATHISTORY MESSAGE_ERROR LATEST #c :Messages could not be retrieved: the disk "
	    "is on fire\r\n",
	    " PONG ");
	EXPECT_ORDER(house_hear(&h, BOB), "366 bob #c ", " PONG ");
	close_house(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_answer_stands_where_it_was_asked_for),
		cmocka_unit_test(test_two_questions_for_one_answer),
		cmocka_unit_test(test_targets_one_after_the_other),
		cmocka_unit_test(test_replays),
		cmocka_unit_test(test_the_second_is_answered_first),
		cmocka_unit_test(test_the_asker_leaves),
		cmocka_unit_test(test_the_server_ends),
		cmocka_unit_test(test_the_asker_is_removed),
		cmocka_unit_test(test_missed_in_private),
		cmocka_unit_test(test_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
