/* Lines that the server knows again, or cannot store. */
#include <stdio.h>
#include <string.h>

#include "scene.h"

static void
a_line_is_sent_again_under_its_key(void **state)
{
	(void)state;
	/* Cut off, and nothing is uncertain. */
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one", "$ two",
	    "> @label=2;sockchat/id=K2 PRIVMSG #c :two",
	    "< @label=1;msgid=m1 :al!u@h PRIVMSG #c :one", "+ 1 #c one m1", "X", KEYED, AGAIN,
	    "> @label=3;sockchat/id=K2 PRIVMSG #c :two",
	    "< @label=3;msgid=m2 :al!u@h PRIVMSG #c :two", "+ 2 #c two m2");
	/* Under another name we are somebody else. */
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one", "X", HELLO,
	    "< :srv 433 * al :in use", "> NICK al2", "< :srv CAP * LS :" KEYED_CAPS,
	    "> CAP REQ :" KEYED_CAPS, "< :srv CAP al ACK :" KEYED_CAPS, "> CAP END",
	    "< :srv 001 al2 :Hello", "> JOIN #c", "> PING :r2", "< :al2!u@h JOIN #c",
	    "= own join al2>#c", "< PONG :r2", "> @label=2;sockchat/id=K1 PRIVMSG #c :one",
	    "< @label=2 ACK", "+ 1 #c one ?");
	/* Without labels a PING acknowledges. */
	SCENE(HELLO, "< :srv CAP * LS :sockchat/id", "> CAP REQ :sockchat/id",
	    "< :srv CAP * ACK :sockchat/id", "> CAP END", TO_READY(), "$ one",
	    "> @sockchat/id=K1 PRIVMSG #c :one", "> PING :1", "X", HELLO,
	    "< :srv CAP * LS :sockchat/id", "> CAP REQ :sockchat/id",
	    "< :srv CAP * ACK :sockchat/id", "> CAP END", AGAIN,
	    "> @sockchat/id=K1 PRIVMSG #c :one", "> PING :2", "< PONG :2", "+ 1 #c one");
	/* The server knew no keys when it had it first, or knows none now. */
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "X", KEYED, AGAIN,
	    "> @label=2;sockchat/id=K1 PRIVMSG #c :one", "< @label=2 ACK", "+ 1 #c one ?");
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one", "X", HELLO,
	    "< :srv CAP * LS :", "> CAP END", AGAIN, "> PRIVMSG #c :one", "> PING :2", "< PONG :2",
	    "+ 1 #c one ?");
}

static void
pieces_have_keys_of_their_own(void **state)
{
	static char typed_line[1024], first[1024];
	const char *steps[] = { KEYED, TO_READY(), typed_line, first,
		"> @label=2;sockchat/id=K1-490-498 PRIVMSG #c :xxxxx yy", "< @label=1 ACK", "X",
		KEYED, AGAIN, "> @label=3;sockchat/id=K1-490-498 PRIVMSG #c :xxxxx yy",
		"< @label=3 ACK", NULL, NULL };
	char acked[1100];

	(void)state;
	str_copy(typed_line, sizeof(typed_line), str_from(exes("$ ", 495)));
	str_copy(typed_line + 497, sizeof(typed_line) - 497, STR(" yy"));
	snprintf(
	    first, sizeof(first), "%s", exes("> @label=1;sockchat/id=K1-0-490 PRIVMSG #c :", 490));
	str_copy(acked, sizeof(acked), str_from(exes("+ 1 #c ", 495)));
	str_copy(acked + 502, sizeof(acked) - 502, STR(" yy"));
	steps[COUNT(steps) - 2] = acked;
	play("pieces", steps);
}

/* A longer name of ours leaves less room: what does not fit any more is cut anew. */
static void
pieces_that_do_not_fit_are_cut_anew(void **state)
{
	static char typed_line[1024], first[1024], again[1024];
	const char *steps[] = { KEYED, TO_READY(), typed_line, first, "X", HELLO,
		"< :srv 433 * al :in use", "> NICK al2", "< :srv CAP * LS :" KEYED_CAPS,
		"> CAP REQ :" KEYED_CAPS, "< :srv CAP al ACK :" KEYED_CAPS, "> CAP END",
		"< :srv 001 al2 :Hello", "> JOIN #c", "> PING :r2", "< :al2!u@h JOIN #c",
		"= own join al2>#c", "< PONG :r2", again,
		"> @label=3;sockchat/id=K1-489-490 PRIVMSG #c :x", "< @label=2 ACK",
		"< @label=3 ACK", NULL, NULL };
	char acked[1100];

	(void)state;
	str_copy(typed_line, sizeof(typed_line), str_from(exes("$ ", 490)));
	snprintf(first, sizeof(first), "%s", exes("> @label=1;sockchat/id=K1 PRIVMSG #c :", 490));
	snprintf(
	    again, sizeof(again), "%s", exes("> @label=2;sockchat/id=K1-0-489 PRIVMSG #c :", 489));
	snprintf(acked, sizeof(acked), "%s ?", exes("+ 1 #c ", 490));
	steps[COUNT(steps) - 2] = acked;
	play("cut anew", steps);
}

#define NOT_NOW(label) "< @label=" label " FAIL PRIVMSG STORE_UNAVAILABLE #c :the disk is full"

static void
what_cannot_be_stored_stays_and_is_sent_again(void **state)
{
	(void)state;
	/* Nothing is sent meanwhile; then one to see, then the rest in order. */
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one", "$ two",
	    "> @label=2;sockchat/id=K2 PRIVMSG #c :two", NOT_NOW("1"), "~ 1 #c 1s the disk is full",
	    "$ three", NOT_NOW("2"), "t 499", "t 501", "> @label=3;sockchat/id=K1 PRIVMSG #c :one",
	    NOT_NOW("3"), "~ 1 #c 2s the disk is full", "t 2000",
	    "> @label=4;sockchat/id=K1 PRIVMSG #c :one", "t 100000",
	    "< @label=4;msgid=m1 :al!u@h PRIVMSG #c :one", "+ 1 #c one m1",
	    "> @label=5;sockchat/id=K2 PRIVMSG #c :two",
	    "> @label=6;sockchat/id=K3 PRIVMSG #c :three", "< @label=5 ACK", "+ 2 #c two",
	    NOT_NOW("6"), "~ 3 #c 1s the disk is full");
	/* In a batch, and without labels. */
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one",
	    "< @label=1 BATCH +b labeled-response",
	    "< @batch=b FAIL PRIVMSG STORE_UNAVAILABLE #c :no", "< BATCH -b", "~ 1 #c 1s no");
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1",
	    "< FAIL PRIVMSG STORE_UNAVAILABLE #c :no", "< PONG :1", "~ 1 #c 1s no", "t 1000",
	    "> PRIVMSG #c :one", "> PING :2", "< PONG :2", "+ 1 #c one");
	/* About something else. */
	SCENE(BARE, "< FAIL TOPIC STORE_UNAVAILABLE #c :no", "= server error >TOPIC no");
	/* A new connection begins anew. */
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one", NOT_NOW("1"),
	    "~ 1 #c 1s the disk is full", "x", "t 5000", KEYED, AGAIN,
	    "> @label=2;sockchat/id=K1 PRIVMSG #c :one", "< @label=2 ACK", "+ 1 #c one");
	/* Refused for good while it waited for another piece's answer. */
	SCENE(KEYED, TO_READY(), "$ one", "> @label=1;sockchat/id=K1 PRIVMSG #c :one", NOT_NOW("1"),
	    "~ 1 #c 1s the disk is full", "t 1000", "> @label=2;sockchat/id=K1 PRIVMSG #c :one",
	    "< @label=2 :srv 404 al #c :no", "- 1 #c no");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_sent_again_under_its_key),
		cmocka_unit_test(pieces_have_keys_of_their_own),
		cmocka_unit_test(pieces_that_do_not_fit_are_cut_anew),
		cmocka_unit_test(what_cannot_be_stored_stays_and_is_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
