/* The client's side of the protocol. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "connect/slash.h"
#include "scene.h"

/* ---- registration ---------------------------------------------------------------------------- */

static void
capabilities_are_negotiated(void **state)
{
	(void)state;
	SCENE(HELLO, "< :srv CAP * LS * :server-time batch",
	    "< :srv CAP * LS :sasl=PLAIN labeled-response",
	    "> CAP REQ :server-time labeled-response batch",
	    "< :srv CAP * NAK :server-time labeled-response batch", "> CAP REQ :server-time",
	    "> CAP REQ :labeled-response", "> CAP REQ :batch", "< :srv CAP * ACK :server-time",
	    "< :srv CAP * NAK :labeled-response", "< :srv CAP * ACK :batch ", "> CAP END",
	    "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1", "# 2 ",
	    "< :srv CAP al NEW :echo-message", "> CAP REQ :echo-message",
	    "< :srv CAP al ACK :echo-message", "< :srv CAP al DEL :server-time");
	/* Labels are of no use without batches. */
	SCENE(HELLO, "< :srv CAP * LS :labeled-response", "> CAP END");
	SCENE(HELLO, "< :srv CAP * LS :", "> CAP END");
}

static void
a_taken_name_gets_a_number(void **state)
{
	(void)state;
	SCENE(HELLO, "< :srv 433 * al :Nickname is already in use", "> NICK al2",
	    "< :srv 433 * al2 :Nickname is already in use", "> NICK al3",
	    "< :srv 001 al3 :Hello al3!u@host.example", "> JOIN #c", "> PING :r1",
	    "< :al3!u@h JOIN #c", "= own join al3>#c");
	/* The server shows that names have two letters at most. */
	SCENE(HELLO, "< :srv 433 * a :Nickname is already in use", "> NICK 2",
	    "< :srv 001 x :Hello", "> JOIN #c", "> PING :r1");
}

static void
a_name_asked_for_is_that_or_none(void **state)
{
	const struct session_config config = {
		.nick = STR("al"), .nick_given = true, .user = STR("al"), .realname = STR("Al B")
	};
	static const char *const taken[] = { HELLO, "< :srv 433 * al :in use",
		"# 4 'al' is taken: in use", NULL };
	static const char *const owned[] = { HELLO, "< :srv CAP * LS :sasl", "> CAP END",
		"< :srv 433 * al :in use",
		"# 4 'al' is taken: in use; if it is that of an account of yours, log in with "
		"--account",
		NULL };
	static const char *const bad[] = { HELLO, "< :srv 432 * al :bad", "# 4 'al': bad", NULL };

	(void)state;
	play_as("taken", &config, taken);
	play_as("owned", &config, owned);
	play_as("bad", &config, bad);
}

static void
a_login_name_that_will_not_do_is_changed(void **state)
{
	const struct session_config config = {
		.nick = STR("alexander-the"), .user = STR("al"), .realname = STR("Al B")
	};
	static const char *const steps[] = { "o", "> CAP LS 302", "> NICK alexander-the",
		"> USER al 0 * :Al B", "< :srv 432 * alexander-the :too long", "> NICK alexander",
		"< :srv 432 * alexander :bad", "> NICK guest", "< :srv 433 * guest :in use",
		"> NICK guest2", "< :srv 432 * guest2 :bad",
		"# 4 does not accept the name 'guest2'", NULL };

	(void)state;
	play_as("bad", &config, steps);
}

static void
a_password_is_given(void **state)
{
	const struct session_config config = { .nick = STR("al"),
		.user = STR("al"),
		.realname = STR("Al B"),
		.password = STR("sesame street") };
	static const char *const steps[] = { "o", "> CAP LS 302", "> PASS :sesame street",
		"> NICK al", "> USER al 0 * :Al B", "< :srv 464 * :Password incorrect",
		"# 4 Password incorrect", NULL };

	(void)state;
	play_as("password", &config, steps);
}

static void
channels_that_cannot_be_joined_are_told_of(void **state)
{
	(void)state;
	SCENE(HELLO, "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1",
	    "< :srv 475 al #c :Cannot join (+k)", "= server error srv>#c Cannot join (+k)", "@ ",
	    "< :srv PONG srv :r1", "# 3 ");
	SCENE(HELLO, "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1", "< :srv PONG srv :r1",
	    "= server error >#c the server did not let us in, and did not say why", "@ ");
}

/* ---- lines of ours --------------------------------------------------------------------------- */

static void
a_ping_acknowledges(void **state)
{
	(void)state;
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "$ two", "> PRIVMSG #c :two",
	    "> PING :2", "< :srv PONG srv :1", "+ 1 #c one", "< :srv PONG srv :2", "+ 2 #c two",
	    "< :srv PONG srv :2");
	/* An answer to a later one says that the earlier are done. */
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "$ two", "> PRIVMSG #c :two",
	    "> PING :2", "< PONG :2", "+ 1 #c one", "+ 2 #c two");
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "< PONG :77x", "< PONG :k1",
	    "< PONG :r1", "< PONG :1", "+ 1 #c one");
}

static void
a_label_acknowledges(void **state)
{
	(void)state;
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "$ two", "> @label=2 PRIVMSG #c :two",
	    "< @label=1;msgid=m1;time=2026-11-21T03:04:05.678Z :al!u@h PRIVMSG #c :one",
	    "+ 1 #c one m1", "< @label=2 :srv ACK", "+ 2 #c two");
	/* Away: the answer is a batch. */
	SCENE(FULL, "$ /msg bo hi", "> @label=1 PRIVMSG bo :hi",
	    "< @label=1 :srv BATCH +b labeled-response",
	    "< @batch=b;msgid=m2 :al!u@h PRIVMSG bo :hi", "< @batch=b :srv 301 al bo :gone",
	    "= server reply srv> bo is away: gone", "< :srv BATCH -b", "+ 0 bo hi m2");
	/* Labels go while one is on its way, and come while another is. */
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "< :srv CAP al DEL :labeled-response",
	    "> PING :1", "$ two", "> PRIVMSG #c :two", "> PING :2", "< PONG :1", "+ 1 #c one",
	    "< :srv CAP al NEW :labeled-response", "> CAP REQ :labeled-response",
	    "< :srv CAP al ACK :labeled-response", "$ three", "> @label=3 PRIVMSG #c :three",
	    "< PONG :2", "+ 2 #c two", "< @label=3 ACK", "+ 3 #c three");
	/* A message of ours from another place is no echo of these. */
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "< :al!u@h PRIVMSG bo :one",
	    "= own message al>bo one", "< @label=9 :srv ACK", "< @label=1 :srv ACK", "+ 1 #c one");
}

static void
an_echo_without_labels_is_ours(void **state)
{
	(void)state;
	SCENE(HELLO, "< :srv CAP * LS :echo-message", "> CAP REQ :echo-message",
	    "< :srv CAP * ACK :echo-message", "> CAP END", "< :srv 001 al :Hello", "> JOIN #c",
	    "> PING :r1", "< :al!u@h JOIN #c", "= own join al>#c", "< :srv PONG srv :r1", "$ one",
	    "> PRIVMSG #c :one", "> PING :1", "$ one", "> PRIVMSG #c :one", "> PING :2",
	    "< @msgid=a :al!u@h PRIVMSG #c :one", "< :srv PONG srv :1", "+ 1 #c one a",
	    "< @msgid=b :al!u@h PRIVMSG #c :one", "< :srv PONG srv :2", "+ 2 #c one b",
	    "< :al!u@h PRIVMSG #c :one", "= own message al>#c one");
}

static void
refusals_find_their_line(void **state)
{
	(void)state;
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "$ two", "> PRIVMSG #c :two",
	    "> PING :2", "< :srv 404 al #c :Cannot send", "< :srv PONG srv :1",
	    "- 1 #c Cannot send", "< :srv PONG srv :2", "+ 2 #c two");
	/* About something else. */
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "< :srv 401 al bo :No such nick",
	    "= server error srv>bo No such nick", "< :srv PONG srv :1", "+ 1 #c one");
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "< @label=1 :srv 404 al #c :Cannot send",
	    "- 1 #c Cannot send", "$ two", "> @label=2 PRIVMSG #c :two",
	    "< @label=2 :srv FAIL PRIVMSG CODE #c :Not now", "- 2 #c Not now");
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "< @label=1 BATCH +b labeled-response",
	    "< @batch=b :srv 404 al #c :Cannot send", "< @batch=b :srv NOTICE al :really",
	    "= server notice srv>al really", "< BATCH -b", "- 1 #c Cannot send");
}

/* Others see ":al!u@h PRIVMSG #c :" and 510 - 20 bytes. */
static void
long_lines_are_sent_in_pieces_that_fit(void **state)
{
	static char typed_line[1024], first[1024], second[64];
	const char *steps[] = { BARE, typed_line, first, "> PING :1", second, "> PING :2",
		"< PONG :1", "< PONG :2", NULL, NULL };
	char acked[1100];

	(void)state;
	str_copy(typed_line, sizeof(typed_line), str_from(exes("$ ", 495)));
	str_copy(typed_line + 497, sizeof(typed_line) - 497, STR(" yy"));
	snprintf(first, sizeof(first), "%s", exes("> PRIVMSG #c :", 490));
	snprintf(second, sizeof(second), "> PRIVMSG #c :xxxxx yy");
	str_copy(acked, sizeof(acked), str_from(exes("+ 1 #c ", 495)));
	str_copy(acked + 502, sizeof(acked) - 502, STR(" yy"));
	steps[COUNT(steps) - 2] = acked;
	play("pieces", steps);
}

/* ":al!u@h PRIVMSG #c :\1ACTION x\1\r\n" has 512 bytes at most, as all that others see. */
static void
names_take_room(void **state)
{
	const struct session_config config = {
		.nick = STR("al"), .user = STR("al"), .realname = STR("Al B")
	};
	const size_t taken = sizeof(":al!u@h PRIVMSG #c :\r\n") - 1;
	struct stage t = { .told = BUF_INIT(4096) };

	(void)state;
	session_init(&t.s, &config, &scene_handler, &t);
	session_open(&t.s);
	session_line(&t.s, STR(":srv 001 al :Hello"));
	/* Not known yet: as much as it may be. */
	expect_int("unknown", (long long)session_room(&t.s, OUTGOING_MESSAGE, STR("#c")),
	    (long long)(512 - taken + 3 - (13 + 64)));
	session_line(&t.s, STR(":al!u@h JOIN #c"));
	expect_int("known", (long long)session_room(&t.s, OUTGOING_MESSAGE, STR("#c")),
	    (long long)(512 - taken));
	expect_int("action", (long long)session_room(&t.s, OUTGOING_ACTION, STR("#c")),
	    (long long)(512 - taken - 9));
	expect_int("target", (long long)session_room(&t.s, OUTGOING_MESSAGE, STR("#chan")),
	    (long long)(512 - taken - 3));
	session_line(&t.s, STR(":al!u@h NICK alan"));
	expect_int("nick", (long long)session_room(&t.s, OUTGOING_MESSAGE, STR("#c")),
	    (long long)(512 - taken - 2));
	session_line(&t.s, STR(":srv 005 alan LINELEN=1024 :are supported"));
	expect_int("length", (long long)session_room(&t.s, OUTGOING_MESSAGE, STR("#c")),
	    (long long)(1024 - taken - 2));
	session_line(&t.s, STR(":srv 005 alan LINELEN=3 :are supported"));
	assert_true(session_room(&t.s, OUTGOING_MESSAGE, STR("#c")) >= 16);
	session_line(&t.s, STR(":srv 396 alan new.host :is now your host"));
	session_line(&t.s, STR(":srv 005 alan LINELEN=512 :are supported"));
	expect_int("again", (long long)session_room(&t.s, OUTGOING_MESSAGE, STR("#c")),
	    (long long)(512 - taken - 2 + 3 - (13 + 64)));
	session_free(&t.s);
	buf_free(&t.told);
}

static void
nothing_is_lost_or_doubled(void **state)
{
	(void)state;
	/* Ended in order: what was not acknowledged was not accepted, but for the one that
	 * trails. */
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "$ two", "> PRIVMSG #c :two",
	    "> PING :2", "$ three", "> PRIVMSG #c :three", "> PING :3", "< PONG :1", "+ 1 #c one",
	    "x", "$ four", HELLO, "< :srv 001 al :Hello", "> JOIN #c", "> PING :r2",
	    "< :al!u@h JOIN #c", "= own join al>#c", "< PONG :r2", "> PRIVMSG #c :two", "> PING :4",
	    "> PRIVMSG #c :three", "> PING :5", "> PRIVMSG #c :four", "> PING :6", "< PONG :6",
	    "+ 2 #c two ?", "+ 3 #c three", "+ 4 #c four");
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "x", HELLO, "< :srv 001 al :Hello",
	    "> JOIN #c", "> PING :r2", "< :al!u@h JOIN #c", "= own join al>#c", "< PONG :r2",
	    "> PRIVMSG #c :one", "> PING :2", "< PONG :2", "+ 1 #c one");
	/* Cut off: nobody knows. */
	SCENE(FULL, "$ one", "> @label=1 PRIVMSG #c :one", "X", HELLO, "< :srv 001 al :Hello",
	    "> JOIN #c", "> PING :r2", "< :al!u@h JOIN #c", "= own join al>#c", "< PONG :r2",
	    "> PRIVMSG #c :one", "> PING :2", "< PONG :2", "+ 1 #c one ?");
	/* An answer to what was sent on the old connection is none to what is sent on this. */
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "X", HELLO, "< :srv 001 al :Hello",
	    "> JOIN #c", "> PING :r2", "< :al!u@h JOIN #c", "= own join al>#c", "< PONG :r2",
	    "> PRIVMSG #c :one", "> PING :2", "< PONG :1", "< PONG :2", "+ 1 #c one ?");
	/* Refused, and cut off before that was over. */
	SCENE(BARE, "$ one", "> PRIVMSG #c :one", "> PING :1", "< :srv 404 al #c :no", "X",
	    "- 1 #c no");
}

static void
it_comes_back_as_it_was(void **state)
{
	(void)state;
	SCENE(BARE, "$ /join #k sesame", "> JOIN #k sesame", "< :al!u@h JOIN #k",
	    "= own join al>#k", "@ #k", "$ /nick bo", "> NICK bo", "< :al!u@h NICK bo",
	    "= own nick al>bo", "X", "@ #k", "! needs a connection | /list", "o", "> CAP LS 302",
	    "> NICK bo", "> USER al 0 * :Al B", "< :srv 001 bo :Hello", "> JOIN #c",
	    "> JOIN #k sesame", "> PING :r2", "< :bo!u@h JOIN #c", "= own join bo>#c",
	    "< :bo!u@h JOIN #k", "= own join bo>#k", "@ #k");
}

/* Who was in a channel must not pass for being in it on the next connection. */
static void
it_may_not_be_let_in_again(void **state)
{
	(void)state;
	SCENE(BARE, "< :srv 353 al = #c :al bo", "< :srv 366 al #c :End", "= server names srv>#c",
	    "X", HELLO, "< :srv 001 al :Hello", "> JOIN #c", "> PING :r2", "< PONG :r2",
	    "= server error >#c the server did not let us in, and did not say why", "@ ");
}

/* ---- what others do -------------------------------------------------------------------------- */

static void
others_are_heard(void **state)
{
	(void)state;
	SCENE(BARE, "< @time=2026-11-21T03:04:05.678Z;msgid=x :bo!u@h PRIVMSG #c :hi there",
	    "= message bo>#c hi there {x 1795230245678}", "< :bo!u@h PRIVMSG al :psst",
	    "= message bo>al psst", "< :bo!u@h PRIVMSG #c :\001ACTION waves\001",
	    "= action bo>#c waves", "< :bo!u@h PRIVMSG #c :\001ACTION\001", "= action bo>#c",
	    "< :bo!u@h PRIVMSG #c :\001ACTIONS x\001", "= message bo>#c \001ACTIONS x\001",
	    "< :bo!u@h NOTICE #c :note", "= notice bo>#c note", "< :srv NOTICE al :note",
	    "= server notice srv>al note", "< :bo!u@h JOIN #c", "= join bo>#c",
	    "< :bo!u@h JOIN #c acct :Bo Real", "= join bo>#c", "< :bo!u@h TOPIC #c :new",
	    "= topic bo>#c new", "< :bo!u@h MODE #c +o al", "= mode bo>#c +o al",
	    "< :al MODE al :+i", "< :bo!u@h INVITE al #d", "= invite bo>al [#d]",
	    "< :bo!u@h NICK bob", "= nick bo>bob", "< :bob!u@h PART #c :bye", "= part bob>#c bye",
	    "< :bob!u@h QUIT :gone", "= quit bob> gone", "< PING :abc def", "> PONG :abc def",
	    "< :bo!u@h PRIVMSG", "< :bo!u@h", "<  ", "< :srv UNHEARD of", "< :bo!u@h TAGMSG #c");
}

static void
we_may_be_put_out(void **state)
{
	(void)state;
	SCENE(BARE, "< :bo!u@h KICK #c al :out", "= own kick bo>#c [al] out", "@ ",
	    "! /join CHANNEL | hello", "< :bo!u@h KICK #d ed :out", "= kick bo>#d [ed] out");
	SCENE(BARE, "$ /part bye now", "> PART #c :bye now", "< :al!u@h PART #c :bye now",
	    "= own part al>#c bye now", "@ ");
	SCENE(BARE, "$ /join #d", "> JOIN #d", "< :al!u@h JOIN #d", "= own join al>#d", "@ #d",
	    "$ /part", "> PART #d", "< :al!u@h PART #d", "= own part al>#d", "@ #c");
}

static void
answers_are_shown(void **state)
{
	(void)state;
	SCENE(BARE, "< :srv 332 al #c :the topic", "= server topic srv>#c the topic",
	    "< :srv 333 al #c bo 123", "< :srv 353 al = #c :@bo +@ed!u@h al",
	    "< :srv 366 al #c :End", "= server names srv>#c", "< :srv 353 al = #x :a b",
	    "= server reply srv> #x: a b", "< :srv 366 al #x :End", "< :srv 372 al :- motd",
	    "= server motd srv> - motd", "< :srv 322 al #c 3 :topic",
	    "= server reply srv> #c 3 topic", "< :srv 352 al #c u h srv bo G@ :0 Bo Real",
	    "= server reply srv> bo (u@h) is away, Bo Real #c", "< :srv 599 al :odd",
	    "= server error srv> odd", "< :srv 482 al #c :no operator",
	    "= server error srv>#c no operator", "< :srv FAIL JOIN CODE :no",
	    "= server error srv>JOIN no", "< :srv NOTE * CODE :by the way",
	    "= server reply srv> by the way");
}

/* ---- what is typed --------------------------------------------------------------------------- */

static void
commands_are_understood(void **state)
{
	(void)state;
	SCENE(BARE, "$ /me waves", "> PRIVMSG #c :\001ACTION waves\001", "> PING :1", "$ //etc",
	    "> PRIVMSG #c :/etc", "> PING :2", "$ /MSG bo hi  there ", "> PRIVMSG bo :hi  there",
	    "> PING :3", "$ /msg bo", "@ bo", "$ you", "> PRIVMSG bo :you", "> PING :4",
	    "! which channel | /part", "! which channel | /names", "$ /names #c", "> NAMES #c",
	    "$ /msg #c", "@ #c", "! not in #d | /msg #d", "$ /names", "> NAMES #c", "$ /who",
	    "> WHO #c", "$ /who bo", "> WHO bo", "$ /topic", "> TOPIC #c", "$ /topic a b",
	    "> TOPIC #c :a b", "$ /topic #d x", "> TOPIC #d :x", "$ /nick bo", "> NICK bo",
	    "$ /away", "> AWAY :away", "< :srv 306 al :away", "= server reply srv> away", "$ /away",
	    "> AWAY", "$ /away tea", "> AWAY :tea", "$ /list", "> LIST", "$ /list #a*",
	    "> LIST #a*", "$ /join #c", "! no channel | /join bo", "! needs more | /join",
	    "! needs more | /me", "! no name | /msg :x y", "! mean /join? | /jion #d",
	    "! mean /part? | /pat", "! no command /frobnicate | /frobnicate", "! no command / | /",
	    "! no command /x | /x", "$ /help join",
	    "= server reply > /join CHANNEL [KEY]  joins a channel and talks there; switches when "
	    "you are in it",
	    "! no command /xyzzy | /help xyzzy", "$    ", "$ ");
}

static void
leaving_has_three_ways(void **state)
{
	(void)state;
	SCENE(BARE, "$ /quit so long", "> QUIT :so long", "leave");
	SCENE(BARE, "$ exit", "> QUIT :", "leave");
	SCENE(BARE, "$ \\quit ", "> QUIT :", "leave");
	SCENE(BARE, "$ exit now", "> PRIVMSG #c :exit now", "> PING :1");
	SCENE("$ exit", "leave");
	/* What waits is not sent behind QUIT, and not forgotten. */
	SCENE("$ one", "$ /quit", "leave");
}

static void
everything_at_once_has_a_limit(void **state)
{
	struct session s;
	const struct session_config config = {
		.nick = STR("al"), .user = STR("al"), .realname = STR("x")
	};
	struct stage t = { .told = BUF_INIT(4096) };
	struct err e;
	bool leave;

	(void)state;
	session_init(&s, &config, &scene_handler, &t);
	session_mean(&s, STR("#c"), STR(""));
	for (int i = 0; i < OUTBOX_LINES; i++)
		assert_int_equal(slash_enter(&s, STR("x"), 1, &leave, &e), 0);
	assert_int_equal(slash_enter(&s, STR("x"), 1, &leave, &e), -1);
	assert_true(str_contains(str_from(e.text), STR("wait")));
	session_free(&s);
	buf_free(&t.told);
}

static void
tables_are_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; session_command(i) != NULL; i++)
		assert_true(strcmp(session_command(i - 1), session_command(i)) < 0);
	for (size_t i = 1; i < slash_command_count; i++)
		assert_true(strcmp(slash_commands[i - 1].name, slash_commands[i].name) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_are_negotiated),
		cmocka_unit_test(a_taken_name_gets_a_number),
		cmocka_unit_test(a_name_asked_for_is_that_or_none),
		cmocka_unit_test(a_login_name_that_will_not_do_is_changed),
		cmocka_unit_test(a_password_is_given),
		cmocka_unit_test(channels_that_cannot_be_joined_are_told_of),
		cmocka_unit_test(a_ping_acknowledges),
		cmocka_unit_test(a_label_acknowledges),
		cmocka_unit_test(an_echo_without_labels_is_ours),
		cmocka_unit_test(refusals_find_their_line),
		cmocka_unit_test(long_lines_are_sent_in_pieces_that_fit),
		cmocka_unit_test(names_take_room),
		cmocka_unit_test(nothing_is_lost_or_doubled),
		cmocka_unit_test(it_comes_back_as_it_was),
		cmocka_unit_test(it_may_not_be_let_in_again),
		cmocka_unit_test(others_are_heard),
		cmocka_unit_test(we_may_be_put_out),
		cmocka_unit_test(answers_are_shown),
		cmocka_unit_test(commands_are_understood),
		cmocka_unit_test(leaving_has_three_ways),
		cmocka_unit_test(everything_at_once_has_a_limit),
		cmocka_unit_test(tables_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
