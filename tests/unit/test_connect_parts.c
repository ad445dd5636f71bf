/* The pure parts of connect: where to, how long, in what pieces, what is on its way, who is
 * here. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "connect/backoff.h"
#include "connect/identity.h"
#include "connect/news.h"
#include "connect/outbox.h"
#include "connect/roster.h"
#include "connect/show.h"
#include "connect/split.h"
#include "connect/target.h"
#include "expect.h"

/* ---- target ---------------------------------------------------------------------------------- */

static const struct {
	const char *first, *second, *path;
	const char *want; /* host|port|path|channels, or "!" and a part of the error */
} targets[] = {
	{ NULL, NULL, "", "|5000||" },
	{ NULL, NULL, "/tmp/x", "|5000|/tmp/x|" },
	{ NULL, NULL, "@x", "|5000|@x|" },
	{ "localhost", NULL, "", "localhost|5000||" },
	{ "localhost", "6667", "", "localhost|6667||" },
	{ "localhost:7000", NULL, "", "localhost|7000||" },
	{ "::1", NULL, "", "::1|5000||" },
	{ "::1", "7000", "", "::1|7000||" },
	{ "[::1]", "7000", "", "::1|7000||" },
	{ "[::1]:7000", NULL, "", "::1|7000||" },
	{ "irc://h", NULL, "", "h|5000||" },
	{ "irc://h/", NULL, "", "h|5000||" },
	{ "IRC://h:6667/#a", NULL, "", "h|6667||#a" },
	{ "irc://[::1]:6667/a,#b,&c,%23d", NULL, "", "::1|6667||#a,#b,&c,#d" },
	{ "irc://h/%c3%a9", NULL, "", "h|5000||#\u00e9" },
	{ "h", "0", "", "!'0' is no port" },
	{ "h", "65536", "", "!'65536' is no port" },
	{ "h", "http", "", "!'http' is no port" },
	{ "h", "", "", "!'' is no port" },
	{ "h:0", NULL, "", "!0 is no port" },
	{ "", NULL, "", "!empty" },
	{ "", "5000", "", "!empty" },
	{ "irc://h", "5000", "", "!the port belongs" },
	{ "irc://h/a%2", NULL, "", "!hexadecimal" },
	{ "irc://h/a%0ab", NULL, "", "!hexadecimal" },
	{ "irc://h/a?key", NULL, "", "!'?'" },
	{ "ircs://h/a", NULL, "", "!TLS" },
	{ "/tmp/x", NULL, "", "!--unix" },
	{ "h", NULL, "/tmp/x", "!not both" },
};

static void
targets_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		char *words[] = { (char *)(uintptr_t)targets[i].first,
			(char *)(uintptr_t)targets[i].second };
		int count = targets[i].first == NULL ? 0 : targets[i].second == NULL ? 1 : 2;
		struct buf got = BUF_INIT(4096);
		struct target t;
		struct err e;
		if (target_parse(&t, words, count, str_from(targets[i].path), &e) == -1) {
			assert_int_equal(targets[i].want[0], '!');
			if (!str_contains(str_from(e.text), str_from(targets[i].want + 1)))
				fail_msg("%s: %s", targets[i].first, e.text);
			continue;
		}
		buf_printf(&got, "%s|%u|%s|%s", t.host, t.port, t.path, t.channels);
		expect_text(
		    targets[i].first ? targets[i].first : "", buf_str(&got), targets[i].want);
		buf_free(&got);
	}
}

static void
long_targets_are_refused(void **state)
{
	char host[TARGET_HOST_MOST + 2], url[TARGET_CHANNELS_MOST + 20];
	char *words[] = { host };
	struct target t;
	struct err e;

	(void)state;
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_int_equal(target_parse(&t, words, 1, STR(""), &e), -1);
	host[sizeof(host) - 2] = '\0';
	assert_int_equal(target_parse(&t, words, 1, STR(""), &e), 0);
	memset(url, 'c', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	memcpy(url, "irc://h/", 8);
	words[0] = url;
	assert_int_equal(target_parse(&t, words, 1, STR(""), &e), -1);
}

/* ---- backoff --------------------------------------------------------------------------------- */

static void
delays_double_up_to_the_most(void **state)
{
	struct backoff low = { 0 }, high = { 0 };
	int64_t want = BACKOFF_FIRST;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int64_t most = want < BACKOFF_MOST ? want : BACKOFF_MOST;
		int64_t a = backoff_next(&low, 0), b = backoff_next(&high, (uint32_t)(most / 2));
		expect_int("without luck", a, most / 2);
		expect_int("with all of it", b, most);
		want *= want < BACKOFF_MOST ? 2 : 1;
	}
	low = (struct backoff){ 0 };
	expect_int("after success", backoff_next(&low, 0), BACKOFF_FIRST / 2);
	for (uint32_t chance = 0; chance < 100000; chance += 37) {
		struct backoff b = { .attempts = 50 };
		int64_t delay = backoff_next(&b, chance * 2654435761u);
		assert_true(delay >= BACKOFF_MOST / 2 && delay <= BACKOFF_MOST);
	}
}

/* ---- split ----------------------------------------------------------------------------------- */

static const struct {
	struct str text;
	size_t room;
	const char *pieces; /* '|' between */
} splits[] = {
	{ BYTES("short"), 10, "short" },
	{ BYTES("exactly"), 7, "exactly" },
	{ BYTES("one two three"), 8, "one two |three" },
	{ BYTES("one two three"), 7, "one |two |three" },
	{ BYTES("a bcdefghijk"), 8, "a bcdefg|hijk" }, /* the blank is too far back */
	{ BYTES("abcdefgh"), 4, "abcd|efgh" },
	{ BYTES("\u00e9\u00e9\u00e9"), 4, "\u00e9\u00e9|\u00e9" },
	{ BYTES("\u00e9\u00e9\u00e9"), 5, "\u00e9\u00e9|\u00e9" },
	{ BYTES("\U0001f600\U0001f601"), 4, "\U0001f600|\U0001f601" },
	{ BYTES("\U0001f600\U0001f601"), 1, "\U0001f600|\U0001f601" }, /* one character at least */
	{ BYTES("    "), 2, "  |  " },
};

static void
text_is_split_where_it_can_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(splits); i++) {
		struct str rest = splits[i].text;
		struct buf got = BUF_INIT(4096);
		while (rest.len > 0) {
			size_t n = split_first(rest, splits[i].room);
			assert_true(n > 0 && n <= rest.len);
			buf_add_str(&got, str_first(rest, n));
			rest = str_from_byte(rest, n);
			if (rest.len > 0)
				buf_add_char(&got, '|');
		}
		expect_text(splits[i].text.p, buf_str(&got), splits[i].pieces);
		buf_free(&got);
	}
}

static const struct {
	struct str text, want;
	size_t bad;
} cleans[] = {
	{ BYTES("plain \u00e9 \U0001f600"), BYTES("plain \u00e9 \U0001f600"), 0 },
	{ BYTES("a\0b"), BYTES("ab"), 0 }, { BYTES("a\rb\nc"), BYTES("a b c"), 0 },
	{ BYTES("tab\tstays \x02too"), BYTES("tab\tstays \x02too"), 0 },
	{ BYTES("caf\xe9"), BYTES("caf\xef\xbf\xbd"), 1 },
	{ BYTES("\xe2\x82"), BYTES("\xef\xbf\xbd\xef\xbf\xbd"), 2 },
	{ BYTES("\xed\xa0\x80"), BYTES("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	    3 }, /* a surrogate */
};

static void
text_is_made_fit_to_send(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cleans); i++) {
		struct buf got = BUF_INIT(4096);
		expect_int(cleans[i].text.p, (long long)split_clean(&got, cleans[i].text),
		    (long long)cleans[i].bad);
		expect_str(cleans[i].text.p, buf_str(&got), cleans[i].want);
		assert_true(utf8_valid(buf_str(&got)));
		buf_free(&got);
	}
}

/* ---- outbox ---------------------------------------------------------------------------------- */

static void
lines_leave_when_all_pieces_are_answered(void **state)
{
	struct outbox o;
	struct outgoing *line;
	uint64_t first, second;

	(void)state;
	outbox_init(&o);
	assert_true(outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("abcdef"), 7));
	assert_false(outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR(""), 8));
	line = outbox_due(&o);
	first = outbox_take(&o, line, 4)->token;
	expect_text("first", piece_text(outbox_find(&o, first)), "abcd");
	second = outbox_take(&o, outbox_due(&o), 2)->token;
	expect_text("second", piece_text(outbox_find(&o, second)), "ef");
	assert_null(outbox_due(&o));
	assert_null(outbox_settle(&o, outbox_find(&o, first)));
	assert_null(outbox_find(&o, first));
	assert_ptr_equal(outbox_oldest(&o), outbox_find(&o, second));
	assert_ptr_equal(outbox_settle(&o, outbox_find(&o, second)), line);
	expect_int("number", (long long)line->number, 7);
	assert_int_equal(o.count, 0);
	assert_int_equal(o.flight_bytes, 0);
	outgoing_free(line);
	/* The list's end is where it should be. */
	assert_true(outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("x"), 9));
	assert_int_equal(outbox_due(&o)->number, 9);
	outbox_free(&o);
}

static void
the_window_closes(void **state)
{
	struct outbox o;
	size_t pieces = 0, bytes = 0;
	static char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	outbox_init(&o);
	for (unsigned i = 0; i < OUTBOX_LINES; i++)
		assert_true(outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("x"), i));
	assert_true(outbox_full(&o));
	assert_false(outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("x"), 0));
	while (outbox_due(&o) != NULL) {
		outbox_take(&o, outbox_due(&o), 1);
		pieces++;
	}
	assert_true(pieces > OUTBOX_FLIGHT / 2 && pieces <= OUTBOX_FLIGHT);
	outbox_free(&o);
	for (unsigned i = 0; i < 20; i++)
		assert_true(outbox_add(
		    &o, OUTGOING_MESSAGE, STR("#c"), (struct str){ text, sizeof(text) }, i));
	while (outbox_due(&o) != NULL) {
		outbox_take(&o, outbox_due(&o), 400);
		bytes += 400 + OUTBOX_OVERHEAD;
	}
	assert_true(
	    bytes >= OUTBOX_FLIGHT_BYTES && bytes < OUTBOX_FLIGHT_BYTES + 400 + OUTBOX_OVERHEAD);
	outbox_free(&o);
}

static void
what_was_in_flight_is_sent_again(void **state)
{
	static const char *const again[] = { "cd", "ef", "gh" };
	struct outbox o;

	(void)state;
	outbox_init(&o);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("abcdef"), 1);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("gh"), 2);
	outbox_take(&o, outbox_due(&o), 2);
	outbox_take(&o, outbox_due(&o), 2);
	outbox_take(&o, outbox_due(&o), 2);
	outbox_take(&o, outbox_due(&o), 2);
	assert_null(outbox_settle(&o, outbox_oldest(&o))); /* "ab" arrived */
	outbox_lost(&o, 1);
	/* As it was cut, and nothing new before. */
	assert_null(outbox_oldest(&o));
	for (unsigned i = 0; i < COUNT(again); i++) {
		struct piece *p = outbox_again(&o);
		assert_null(outbox_due(&o));
		expect_text("again", piece_text(p), again[i]);
		assert_int_equal(p->doubtful, i == 0);
		outbox_resend(&o, p);
		assert_ptr_equal(outbox_find(&o, p->token), p);
		outbox_put_off(&o, p); /* "not now" */
		outbox_resend(&o, outbox_again(&o));
	}
	assert_null(outbox_again(&o));
	assert_null(outbox_due(&o));
	assert_int_equal(o.flight_bytes, 6 + 3 * OUTBOX_OVERHEAD);
	outbox_free(&o);
}

static void
a_piece_is_known_by_its_key(void **state)
{
	char key[OUTBOX_KEY_MOST + 1], other[OUTBOX_KEY_MOST + 1];
	struct outbox o;
	struct piece *p;

	(void)state;
	outbox_init(&o);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("abcdef"), 1);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("abcdef"), 2);
	p = outbox_take(&o, outbox_due(&o), 4);
	assert_int_equal(piece_key(p, key), OUTBOX_KEY + 4);
	assert_string_equal(key + OUTBOX_KEY, "-0-4");
	piece_key(outbox_take(&o, outbox_due(&o), 2), key);
	assert_string_equal(key + OUTBOX_KEY, "-4-6");
	p = outbox_take(&o, outbox_due(&o), 6);
	assert_int_equal(piece_key(p, other), OUTBOX_KEY);
	assert_memory_not_equal(key, other, OUTBOX_KEY);
	for (size_t i = 0; i < OUTBOX_KEY; i++)
		assert_true(ascii_is_alpha(other[i]) || ascii_is_digit(other[i]) ||
			    other[i] == '-' || other[i] == '_');
	p->line->key[0] = '\0'; /* there was no chance to be had */
	assert_int_equal(piece_key(p, key), 0);
	outbox_free(&o);
}

static void
what_does_not_fit_is_cut_anew(void **state)
{
	struct outbox o;
	struct outgoing *line;

	(void)state;
	outbox_init(&o);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("abcdef"), 1);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("gh"), 2);
	for (int i = 0; i < 4; i++)
		outbox_take(&o, outbox_due(&o), 2);
	outbox_lost(&o, 4);
	outbox_resend(&o, outbox_again(&o));
	assert_false(outbox_recut(&o, o.flight)); /* it is on its way */
	assert_true(outbox_recut(&o, outbox_again(&o)));
	expect_text("the next", piece_text(outbox_again(&o)), "gh");
	outbox_resend(&o, outbox_again(&o));
	line = outbox_due(&o);
	assert_true(line->uncertain);
	expect_text("anew", piece_text(outbox_take(&o, line, 1)), "c");
	outbox_free(&o);
}

static void
a_refused_line_stops(void **state)
{
	struct outbox o;
	struct outgoing *line;

	(void)state;
	outbox_init(&o);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("abcdef"), 1);
	outbox_add(&o, OUTGOING_MESSAGE, STR("#c"), STR("gh"), 2);
	outbox_take(&o, outbox_due(&o), 2);
	outbox_take(&o, outbox_due(&o), 2);
	outgoing_fail(outbox_oldest(&o)->line, STR("no"));
	outgoing_fail(outbox_oldest(&o)->line, STR("the second reason"));
	assert_int_equal(outbox_due(&o)->number, 2);
	assert_null(outbox_settle(&o, outbox_oldest(&o)));
	line = outbox_settle(&o, outbox_oldest(&o));
	assert_non_null(line);
	assert_string_equal(line->why, "no");
	outgoing_free(line);
	/* Refused, then cut off before the other pieces were answered. */
	outbox_take(&o, outbox_due(&o), 1);
	outgoing_fail(outbox_oldest(&o)->line, STR("no"));
	assert_null(outbox_take_failed(&o));
	outbox_lost(&o, 9);
	line = outbox_take_failed(&o);
	assert_int_equal(line->number, 2);
	outgoing_free(line);
	assert_int_equal(o.count, 0);
	outbox_free(&o);
}

/* ---- roster ---------------------------------------------------------------------------------- */

static void
expect_names(struct room *room, const char *start, const char *want)
{
	struct buf out = BUF_INIT(4096);

	room_complete(room, str_from(start), STR(","), 100, &out);
	expect_text(start, buf_str(&out), want);
	buf_free(&out);
}

static void
people_come_and_go(void **state)
{
	struct roster r = { .count = 0 };
	struct room *room = roster_add(&r, STR("#Chan"), STR("key"));

	(void)state;
	assert_ptr_equal(roster_add(&r, STR("#chan"), STR("")), room);
	assert_string_equal(room->key, "key");
	room_enter(room, STR("bob"));
	room_enter(room, STR("Alice"));
	room_enter(room, STR("alice"));
	room_enter(room, STR("alan"));
	assert_int_equal(room_count(room), 3);
	expect_names(room, "", "alan,\nAlice,\nbob,\n");
	roster_spoke(&r, STR("#CHAN"), STR("BOB"));
	roster_spoke(&r, STR("#chan"), STR("alice"));
	roster_spoke(&r, STR("#other"), STR("alan"));
	expect_names(room, "", "Alice,\nbob,\nalan,\n");
	expect_names(room, "AL", "Alice,\nalan,\n");
	room_rename(room, STR("alice"), STR("al"));
	expect_names(room, "al", "al,\nalan,\n"); /* who spoke last stays first */
	assert_true(room_leave(room, STR("ALAN")));
	assert_false(room_leave(room, STR("alan")));
	roster_offline(&r);
	assert_int_equal(room_count(room), 0);
	assert_int_equal(r.count, 1);
	roster_remove(&r, room);
	assert_null(roster_find(&r, STR("#chan")));
	roster_free(&r);
}

static void
channels_have_a_limit(void **state)
{
	struct roster r = { .count = 0 };
	char name[16];

	(void)state;
	for (int i = 0; i < ROSTER_MOST; i++) {
		snprintf(name, sizeof(name), "#%d", i);
		assert_non_null(roster_add(&r, str_from(name), STR("")));
	}
	assert_null(roster_add(&r, STR("#more"), STR("")));
	assert_non_null(roster_add(&r, STR("#0"), STR("")));
	roster_free(&r);
}

/* ---- names and mentions ---------------------------------------------------------------------- */

static const struct {
	const char *text, *want;
} nicks[] = {
	{ "alice", "alice" },
	{ "Alice Liddell", "Alice_Liddell" },
	{ "www-data", "www-data" },
	{ "john.doe@example", "john_doe_example" },
	{ "9front", "front" },
	{ "-x-", "x-" },
	{ "\u00e9", "guest" },
	{ "", "guest" },
	{ "_apt", "_apt" },
};

static void
login_names_become_nicks(void **state)
{
	char out[32];

	(void)state;
	for (size_t i = 0; i < COUNT(nicks); i++) {
		identity_nick(str_from(nicks[i].text), out, sizeof(out));
		expect_text(nicks[i].text, str_from(out), nicks[i].want);
	}
}

static const struct {
	const char *text;
	bool want;
} mentions[] = {
	{ "al: hi", true },
	{ "hi AL", true },
	{ "hi al!", true },
	{ "also", false },
	{ "pal", false },
	{ "al-x", false },
	{ "al\u00e9", false },
	{ "", false },
};

static void
mentions_are_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mentions); i++)
		expect_int(mentions[i].text, show_mentions(str_from(mentions[i].text), STR("al")),
		    mentions[i].want);
	assert_false(show_mentions(STR("anything"), STR("")));
}

static void
kinds_have_names(void **state)
{
	(void)state;
	for (enum news_kind kind = 0; kind < NEWS_KINDS; kind++)
		assert_non_null(news_kind_name(kind));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_understood),
		cmocka_unit_test(long_targets_are_refused),
		cmocka_unit_test(delays_double_up_to_the_most),
		cmocka_unit_test(text_is_split_where_it_can_be),
		cmocka_unit_test(text_is_made_fit_to_send),
		cmocka_unit_test(lines_leave_when_all_pieces_are_answered),
		cmocka_unit_test(the_window_closes),
		cmocka_unit_test(what_was_in_flight_is_sent_again),
		cmocka_unit_test(a_piece_is_known_by_its_key),
		cmocka_unit_test(what_does_not_fit_is_cut_anew),
		cmocka_unit_test(a_refused_line_stops),
		cmocka_unit_test(people_come_and_go),
		cmocka_unit_test(channels_have_a_limit),
		cmocka_unit_test(login_names_become_nicks),
		cmocka_unit_test(mentions_are_words),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
