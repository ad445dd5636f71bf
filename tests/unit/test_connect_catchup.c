/* What was said while we were not there. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scene.h"

#define AT(second) "time=2026-11-21T03:04:0" second ".000Z"
#define BEFORE(second) \
	"timestamp=2026-11-21T03:04:0" second ".999Z" /* a millisecond before the next */
#define MS(second) "179523024" second "000"
#define PAST_CAPS "server-time batch draft/chathistory"
#define PAST                                                           \
	HELLO, "< :srv CAP * LS :" PAST_CAPS, "> CAP REQ :" PAST_CAPS, \
	    "< :srv CAP al ACK :" PAST_CAPS, "> CAP END"
#define JOINING(token, second)                                                  \
	"< @" AT(second) " :srv 001 al :Hello", "> JOIN #c", "> PING :r" token, \
	    "< @" AT(second) " :al!u@h JOIN #c", "= own join al>#c"
#define SAYS(second, id, text) "< @" AT(second) ";msgid=" id " :bo!u@h PRIVMSG #c :" text
#define PAGE(second, id, text) "< @batch=x;" AT(second) ";msgid=" id " :bo!u@h PRIVMSG #c :" text
#define TELLS(second, id, text) "message bo>#c " text " {" id " " MS(second) "}"
/* In #c at second 1, and heard "one" at second 2. */
#define WAS_THERE \
	PAST, JOINING("1", "1"), "< PONG :r1", SAYS("2", "m2", "one"), "= " TELLS("2", "m2", "one")
#define NOBODY_ELSE(token) "< PONG :h" token

static void
play_with(const char *scene, unsigned past, bool resume, const char *const *steps)
{
	const struct session_config config = { .nick = STR("al"),
		.user = STR("al"),
		.realname = STR("Al B"),
		.past = past,
		.resume = resume };

	play_as(scene, &config, steps);
}

#define SCENE_WITH(past, resume, ...)                                     \
	do {                                                              \
		static const char *const steps[] = { __VA_ARGS__, NULL }; \
		play_with(__func__, past, resume, steps);                 \
	} while (0)

static void
joining_shows_the_last_lines(void **state)
{
	(void)state;
	/* What is said meanwhile is held, and told once. */
	SCENE_WITH(3, false, PAST, JOINING("1", "5"), "> CHATHISTORY LATEST #c * 3", "> PING :h2",
	    SAYS("5", "m3", "three"), SAYS("6", "m4", "four"), "< BATCH +x chathistory #c",
	    PAGE("2", "m1", "one"), "= past " TELLS("2", "m1", "one"), PAGE("5", "m3", "three"),
	    "= past " TELLS("5", "m3", "three"), "< BATCH -x", "< PONG :r1", "$ mine", "< PONG :h2",
	    "= " TELLS("6", "m4", "four"), "c", "> PRIVMSG #c :mine", "> PING :1",
	    SAYS("7", "m5", "five"), "= " TELLS("7", "m5", "five"));
	/* As many as the server gives. */
	SCENE_WITH(3, false, PAST, "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1",
	    "< 005 al CHATHISTORY=2 :are supported", "< :al!u@h JOIN #c", "= own join al>#c",
	    "> CHATHISTORY LATEST #c * 2", "> PING :h2", "< PONG :h2", "c");
	/* The server keeps none of it, or does not tell. */
	SCENE_WITH(3, false, PAST, JOINING("1", "5"), "> CHATHISTORY LATEST #c * 3", "> PING :h2",
	    SAYS("6", "m4", "four"), "< FAIL CHATHISTORY INVALID_TARGET LATEST #c :No",
	    "< PONG :h2", "= server error >#c what was said meanwhile is not to be had: No",
	    "= " TELLS("6", "m4", "four"), "c");
	/* No interest: a filter. */
	SCENE_WITH(0, false, PAST, JOINING("1", "5"));
	/* No batches, no pages. */
	SCENE_WITH(3, false, HELLO, "< :srv CAP * LS :draft/chathistory", "> CAP END",
	    "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1", "< :al!u@h JOIN #c",
	    "= own join al>#c");
}

static void
what_was_missed_comes_first(void **state)
{
	(void)state;
	SCENE_WITH(0, false, WAS_THERE, "X", "$ mine", PAST, JOINING("2", "7"),
	    "> CHATHISTORY AFTER #c msgid=m2 200", "> PING :h3", SAYS("8", "m8", "eight"),
	    "< :bo!u@h TOPIC #c :new", "< BATCH +x chathistory #c", PAGE("3", "m3", "three"),
	    "= missed " TELLS("3", "m3", "three"), PAGE("4", "m4", "four"),
	    "= missed " TELLS("4", "m4", "four"), "< BATCH -x", "< PONG :h3",
	    /* until a page is empty */
	    "> CHATHISTORY AFTER #c msgid=m4 200", "> PING :h4", "< PONG :r2",
	    "< BATCH +y chathistory #c",
	    "< @batch=y;" AT("8") ";msgid=m8 :bo!u@h PRIVMSG #c :eight",
	    "= missed " TELLS("8", "m8", "eight"), "< BATCH -y", "< PONG :h4",
	    "> CHATHISTORY AFTER #c msgid=m8 200", "> PING :h5", "< BATCH +z chathistory #c",
	    "< BATCH -z", "< PONG :h5", "= topic bo>#c new",
	    /* then people */
	    "> CHATHISTORY TARGETS timestamp=2026-11-21T03:04:01.999Z "
	    "timestamp=1970-01-02T00:00:01.000Z 200",
	    "> PING :h6", "< PONG :h6", "c", "> PRIVMSG #c :mine", "> PING :1");
}

static void
private_talk_is_caught_up_with(void **state)
{
	(void)state;
#define TARGETS                                                     \
	"> CHATHISTORY TARGETS timestamp=2026-11-21T03:04:01.999Z " \
	"timestamp=1970-01-02T00:00:01.000Z 200"
	SCENE_WITH(0, false, WAS_THERE, "< @" AT("2") ";msgid=p2 :ed!u@h PRIVMSG al :psst",
	    "= message ed>al psst {p2 " MS("2") "}", "X", PAST, "< @" AT("7") " :srv 001 al :Hello",
	    "> JOIN #c", "> PING :r2", "< @" AT("7") ";msgid=p7 :ed!u@h PRIVMSG al :seven",
	    "< @" AT("7") ";msgid=q7 :jo!u@h PRIVMSG al :hello", "< PONG :r2",
	    "= server error >#c the server did not let us in, and did not say why", TARGETS,
	    "> PING :h3", "< BATCH +t draft/chathistory-targets",
	    "< @batch=t CHATHISTORY TARGETS ed 2026-11-21T03:04:07.000Z",
	    "< @batch=t CHATHISTORY TARGETS #d 2026-11-21T03:04:07.000Z",
	    "< @batch=t CHATHISTORY TARGETS zo 2026-11-21T03:04:06.000Z", "< BATCH -t",
	    /* its list may have been cut off: until nothing new comes */
	    "< PONG :h3",
	    "> CHATHISTORY TARGETS timestamp=2026-11-21T03:04:06.999Z "
	    "timestamp=1970-01-02T00:00:01.000Z 200",
	    "> PING :h4", "< BATCH +t draft/chathistory-targets",
	    "< @batch=t CHATHISTORY TARGETS ed 2026-11-21T03:04:07.000Z", "< BATCH -t",
	    "< PONG :h4", "= message jo>al hello {q7 " MS("7") "}",
	    "> CHATHISTORY AFTER ed msgid=p2 200", "> PING :h5", "< BATCH +x chathistory ed",
	    "< @batch=x;" AT("3") ";msgid=p3 :ed!u@h PRIVMSG al :three",
	    "= missed message ed>al three {p3 " MS("3") "}",
	    "< @batch=x;" AT("4") ";msgid=p4 :al!u@h PRIVMSG ed :from my other device",
	    "= own missed message al>ed from my other device {p4 " MS("4") "}",
	    "< @batch=x;" AT("7") ";msgid=p7 :ed!u@h PRIVMSG al :seven",
	    "= missed message ed>al seven {p7 " MS("7") "}", "< BATCH -x", "< PONG :h5",
	    "> CHATHISTORY AFTER ed msgid=p7 200", "> PING :h6", "< PONG :h6",
	    /* somebody new: since when we were there */
	    "> CHATHISTORY AFTER zo " BEFORE("1") " 200", "> PING :h7", "< PONG :h7", "c");
#undef TARGETS
}

/* On the way when the connection was cut: stored, and not acknowledged. */
static void
a_line_of_ours_is_not_shown_twice(void **state)
{
	(void)state;
	SCENE_WITH(0, false, WAS_THERE, "$ mine", "> PRIVMSG #c :mine", "> PING :1", "X", PAST,
	    JOINING("2", "7"), "> CHATHISTORY AFTER #c msgid=m2 200", "> PING :h3", "< PONG :r2",
	    "< BATCH +x chathistory #c", "< @batch=x;" AT("2") ";msgid=m3 :al!u@h PRIVMSG #c :mine",
	    "< @batch=x;" AT("2") ";msgid=m4 :al!u@h PRIVMSG #c :mine",
	    "= own missed message al>#c mine {m4 " MS("2") "}", "< BATCH -x", "< PONG :h3",
	    "> CHATHISTORY AFTER #c msgid=m4 200", "> PING :h4", "< PONG :h4",
	    "> CHATHISTORY TARGETS timestamp=2026-11-21T03:04:01.999Z "
	    "timestamp=1970-01-02T00:00:01.000Z 200",
	    "> PING :h5", "< PONG :h5", "c", "> PRIVMSG #c :mine", "> PING :2", "< PONG :2",
	    "+ 1 #c mine ?");
}

static void
a_position_may_be_lost(void **state)
{
	(void)state;
	/* The message is not known there any more: by its time. */
	SCENE_WITH(0, false, WAS_THERE, "X", PAST, JOINING("2", "7"),
	    "> CHATHISTORY AFTER #c msgid=m2 200", "> PING :h3",
	    "< FAIL CHATHISTORY INVALID_MSGREFTYPE AFTER m2 :No such message", "< PONG :h3",
	    "> CHATHISTORY AFTER #c " BEFORE("1") " 200", "> PING :h4", "< BATCH +x chathistory #c",
	    PAGE("2", "m2", "one"), PAGE("3", "m3", "three"), "= missed " TELLS("3", "m3", "three"),
	    "< BATCH -x", "< PONG :h4", "> CHATHISTORY AFTER #c msgid=m3 200", "> PING :h5",
	    "< FAIL CHATHISTORY MESSAGE_ERROR #c :Broken", "< PONG :h5",
	    "> CHATHISTORY AFTER #c timestamp=2026-11-21T03:04:02.999Z 200", "> PING :h6",
	    "< FAIL CHATHISTORY MESSAGE_ERROR #c :Broken", "< PONG :h6",
	    "= server error >#c what was said meanwhile is not to be had: Broken");
	/* Nothing was said yet: since we came. */
	SCENE_WITH(0, false, PAST, JOINING("1", "5"), "< PONG :r1", "X", PAST, JOINING("2", "7"),
	    "> CHATHISTORY AFTER #c timestamp=2026-11-21T03:04:04.999Z 200", "> PING :h3");
	/* A gap that is open when the connection ends is filled after the next one. */
	SCENE_WITH(0, false, WAS_THERE, "X", PAST, JOINING("2", "7"),
	    "> CHATHISTORY AFTER #c msgid=m2 200", "> PING :h3", SAYS("8", "m8", "eight"), "X",
	    PAST, JOINING("4", "9"), "> CHATHISTORY AFTER #c msgid=m2 200", "> PING :h5");
	/* By our own wish we begin anew. */
	SCENE_WITH(2, false, PAST, JOINING("1", "1"), "> CHATHISTORY LATEST #c * 2", "> PING :h2",
	    "< PONG :h2", "c", "< PONG :r1", SAYS("2", "m2", "one"), "= " TELLS("2", "m2", "one"),
	    "$ /part", "> PART #c", "< :al!u@h PART #c", "= own part al>#c", "$ /join #c",
	    "> JOIN #c", "< @" AT("3") " :al!u@h JOIN #c", "= own join al>#c",
	    "> CHATHISTORY LATEST #c * 2", "> PING :h3");
}

static void
odd_servers_do_no_harm(void **state)
{
	(void)state;
	/* The same page for ever, lines without anything to go on from. */
	SCENE_WITH(0, false, WAS_THERE, "X", PAST, JOINING("2", "7"),
	    "> CHATHISTORY AFTER #c msgid=m2 200", "> PING :h3", "< BATCH +x chathistory #c",
	    PAGE("3", "m3", "three"), "= missed " TELLS("3", "m3", "three"), "< BATCH -x",
	    "< PONG :h3", "> CHATHISTORY AFTER #c msgid=m3 200", "> PING :h4",
	    "< BATCH +x chathistory #c", PAGE("3", "m3", "three"),
	    "< @batch=x :bo!u@h PRIVMSG #c :odd", "= missed message bo>#c odd", "< BATCH -x",
	    "< PONG :h4");
	/* What happened then changes nothing now; a page goes on behind its end. */
	SCENE_WITH(3, false, PAST, JOINING("1", "5"), "> CHATHISTORY LATEST #c * 3", "> PING :h2",
	    "< BATCH +x chathistory #c", "< @batch=x;" AT("1") " :bo!u@h KICK #c al :out",
	    "< @batch=x;" AT("1") " :al!u@h NICK bo", "< PONG :h2", "c", PAGE("2", "m1", "one"),
	    "= " TELLS("2", "m1", "one"), PAGE("2", "m1", "one"), "< BATCH -x", "@ #c",
	    "< BATCH +x chathistory #c", PAGE("1", "m0", "zero"), "= " TELLS("1", "m0", "zero"),
	    "< CHATHISTORY TARGETS ed 2026-11-21T03:04:06.000Z", "< PONG :h9",
	    "< FAIL CHATHISTORY X #c :odd", "= server error >CHATHISTORY odd");
}

static void
resuming_needs_a_history(void **state)
{
	(void)state;
	SCENE_WITH(0, true, HELLO, "< :srv CAP * LS :server-time batch",
	    "> CAP REQ :server-time batch", "< :srv CAP * ACK :server-time batch", "> CAP END",
	    "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1", "< :al!u@h JOIN #c",
	    "= own join al>#c", "< PONG :r1", "# 4 --resume: this server does not tell");
	/* It keeps its position when it leaves, and did not see what came behind its goodbye. */
	SCENE_WITH(0, true, PAST, JOINING("1", "1"), "< PONG :r1", "$ /part", "> PART #c",
	    "< :al!u@h PART #c", "= own part al>#c", "$ /join #c", "> JOIN #c",
	    "< @" AT("3") " :al!u@h JOIN #c", "= own join al>#c",
	    "> CHATHISTORY AFTER #c timestamp=2026-11-21T03:04:00.999Z 200", "> PING :h2");
	SCENE_WITH(0, true, PAST, JOINING("1", "1"), "< PONG :r1", "$ /quit", "> QUIT :", "leave",
	    SAYS("2", "m2", "one"), "= " TELLS("2", "m2", "one"), "X", PAST, JOINING("2", "7"),
	    "> CHATHISTORY AFTER #c timestamp=2026-11-21T03:04:00.999Z 200", "> PING :h3");
}

static void
only_on_a_disk(void **state)
{
	const struct session_config config = {
		.nick = STR("al"), .user = STR("al"), .realname = STR("Al B"), .durable = true
	};
#define DURABLE(value)                                                                   \
	HELLO, "< :srv CAP * LS :sockchat/durable" value, "> CAP REQ :sockchat/durable", \
	    "< :srv CAP * ACK :sockchat/durable", "> CAP END", "< :srv 001 al :Hello",   \
	    "> JOIN #c", "> PING :r1", "< :al!u@h JOIN #c", "= own join al>#c", "< PONG :r1"
	static const char *const full[] = { DURABLE("=full"), "$ x", "> PRIVMSG #c :x", "> PING :1",
		NULL };
	static const char *const normal[] = { DURABLE("=normal"), "# 4 'normal'", NULL };
	static const char *const none[] = { BARE, "# 4 --durable: this server does not keep",
		NULL };

	(void)state;
	play_as("full", &config, full);
	play_as("normal", &config, normal);
	play_as("none", &config, none);
}

/* More than is held: it comes by pages instead, all of it and once. */
static void
too_much_to_hold_is_asked_for(void **state)
{
	const struct session_config config = {
		.nick = STR("al"), .user = STR("al"), .realname = STR("al"), .past = 2
	};
	struct stage t = { .told = BUF_INIT(1024 * 1024) };
	char line[128];

	(void)state;
	session_init(&t.s, &config, &scene_handler, &t);
	session_mean(&t.s, STR("#c"), STR(""));
	session_open(&t.s);
	session_line(&t.s, STR(":srv CAP * LS :" PAST_CAPS));
	session_line(&t.s, STR(":srv CAP * ACK :" PAST_CAPS));
	session_line(&t.s, STR(":srv 001 al :Hello"));
	session_line(&t.s, STR("@" AT("1") " :al!u@h JOIN #c"));
	for (int i = 0; i < CATCHUP_HELD + 10; i++) {
		snprintf(line, sizeof(line), "@" AT("2") ";msgid=m%d :bo!u@h PRIVMSG #c :%d", i, i);
		session_line(&t.s, str_from(line));
	}
	assert_in_range(t.s.catchup.held_count, 1, CATCHUP_HELD);
	buf_clear(&t.s.out);
	session_line(&t.s, STR("PONG :h2"));
	expect_text("asks", buf_str(&t.s.out),
	    "CHATHISTORY AFTER #c timestamp=2026-11-21T03:04:00.999Z 200\r\nPING :h3\r\n");
	session_free(&t.s);
	buf_free(&t.told);
}

static void
positions_are_bounded(void **state)
{
	static struct positions p;
	char name[32];

	(void)state;
	positions_move(&p, STR("#old"), true, STR("x"), 1);
	for (int i = 0; i < POSITIONS_MOST + 10; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		positions_move(&p, str_from(name), false, STR("x"), 10 + i);
	}
	assert_int_equal(table_count(p.table), POSITIONS_MOST);
	assert_non_null(positions_find(&p, STR("#OLD")));
	assert_null(positions_find(&p, STR("n0")));
	assert_non_null(positions_find(&p, STR("N100")));
	/* Never backwards. */
	positions_move(&p, STR("n100"), false, STR("early"), 3);
	assert_string_equal(positions_find(&p, STR("n100"))->id, "x");
	/* The same identifier elsewhere is another message; one is forgotten in the end. */
	assert_false(positions_seen(&p, STR("#a"), STR("id")));
	assert_true(positions_seen(&p, STR("#A"), STR("id")));
	assert_false(positions_seen(&p, STR("#b"), STR("id")));
	assert_false(positions_seen(&p, STR("#a"), STR("")));
	for (int i = 0; i < POSITIONS_RECENT; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_false(positions_seen(&p, STR("#a"), str_from(name)));
	}
	assert_false(positions_seen(&p, STR("#a"), STR("id")));
	positions_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joining_shows_the_last_lines),
		cmocka_unit_test(what_was_missed_comes_first),
		cmocka_unit_test(private_talk_is_caught_up_with),
		cmocka_unit_test(a_line_of_ours_is_not_shown_twice),
		cmocka_unit_test(a_position_may_be_lost),
		cmocka_unit_test(odd_servers_do_no_harm),
		cmocka_unit_test(resuming_needs_a_history),
		cmocka_unit_test(only_on_a_disk),
		cmocka_unit_test(too_much_to_hold_is_asked_for),
		cmocka_unit_test(positions_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
