/* The hub: every rule as a row, and the promise that the same events give the same hub. */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "hub/hub.h"
#include "irc/names.h"

enum { CHANGES = 8 };

/* A script is events divided by ';': "nick VERB words". It is applied, announced to nobody,
 * settled. */
struct world {
	struct hub *hub;
	struct event last;
	struct mode_change changes[CHANGES];
};

static const struct hub_rules rules = { .name_length = 10,
	.channel_length = 12,
	.topic_length = 8,
	.kick_length = 8,
	.away_length = 8,
	.message_length = 20,
	.channels = 3,
	.list_modes = 2 };

static const struct {
	const char *name;
	enum event_kind kind;
} verbs[] = { { "CONNECT", EVENT_CONNECT }, { "NICK", EVENT_NICK }, { "QUIT", EVENT_QUIT },
	{ "JOIN", EVENT_JOIN }, { "PART", EVENT_PART }, { "KICK", EVENT_KICK },
	{ "MODE", EVENT_MODE }, { "TOPIC", EVENT_TOPIC }, { "INVITE", EVENT_INVITE },
	{ "SAY", EVENT_MESSAGE }, { "AWAY", EVENT_AWAY }, { "SETNAME", EVENT_SETNAME },
	{ "OPER", EVENT_OPER }, { "KILL", EVENT_KILL }, { "WALLOPS", EVENT_WALLOPS },
	{ "ACCOUNT", EVENT_ACCOUNT }, { "OWNER", EVENT_OWNER }, { "ACCESS", EVENT_ACCESS },
	{ "HOST", EVENT_HOST } };

static void
parse_modes(struct world *w, struct str words)
{
	struct str letters = str_word(&words);
	bool add = true;

	for (size_t i = 0; i < letters.len; i++) {
		if (letters.p[i] == '+' || letters.p[i] == '-') {
			add = letters.p[i] == '+';
			continue;
		}
		const struct channel_mode *mode = channel_mode_find(letters.p[i]);
		struct mode_change *m = &w->changes[w->last.change_count++];
		*m = (struct mode_change){ .add = add, .letter = letters.p[i] };
		if (mode != NULL && mode->kind != MODE_FLAG && (add || mode->kind != MODE_SETTING))
			m->param = str_word(&words);
	}
}

static void
parse_event(struct world *w, struct str line)
{
	struct str actor = str_word(&line), verb = str_word(&line);
	struct event *ev = &w->last;

	*ev = (struct event){ .kind = EVENT_KIND_COUNT, .changes = w->changes };
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (str_eq(verb, str_from(verbs[i].name)))
			ev->kind = verbs[i].kind;
	assert_int_not_equal(ev->kind, EVENT_KIND_COUNT);
	ev->actor = hub_user(w->hub, actor);
	switch (ev->kind) {
	case EVENT_CONNECT:
		ev->target = actor;
		ev->object = STR("~user");
		ev->host = STR("host");
		ev->text = STR("Real");
		return;
	case EVENT_QUIT:
	case EVENT_AWAY:
	case EVENT_SETNAME:
	case EVENT_OPER:
	case EVENT_WALLOPS:
	case EVENT_ACCOUNT:
		break;
	case EVENT_KILL:
		ev->object = str_word(&line);
		break;
	case EVENT_HOST: /* nick, host, user name */
		ev->object = str_word(&line);
		ev->host = str_word(&line);
		break;
	default:
		ev->target = str_word(&line);
	}
	if (ev->kind == EVENT_KICK || ev->kind == EVENT_INVITE || ev->kind == EVENT_ACCESS)
		ev->object = str_word(&line);
	if (ev->kind == EVENT_MODE)
		parse_modes(w, line);
	ev->text = str_trim(line);
}

static enum verdict
apply(struct world *w, struct str line)
{
	enum verdict v;

	parse_event(w, line);
	assert_true(w->last.kind == EVENT_CONNECT || w->last.actor != NULL);
	v = hub_apply(w->hub, &w->last);
	if (v == VERDICT_OK && w->last.kind == EVENT_MODE)
		for (unsigned i = 0; i < w->last.change_count; i++)
			if (v == VERDICT_OK)
				v = w->changes[i].verdict;
	if (v == VERDICT_OK)
		hub_settle(w->hub, &w->last);
	return v;
}

static enum verdict
play(struct world *w, const char *script)
{
	struct str rest = str_from(script);
	enum verdict v = VERDICT_NOTHING;

	while (rest.len > 0)
		v = apply(w, str_trim(str_cut(&rest, ';')));
	return v;
}

static void
world_open(struct world *w)
{
	struct err e;

	clock_fake(1000, 1700000000000);
	*w = (struct world){ .hub = hub_new(&rules, &e) };
	assert_non_null(w->hub);
	play(w, "a CONNECT; b CONNECT; c CONNECT");
}

static void
world_close(struct world *w)
{
	hub_free(w->hub);
	clock_fake(-1, -1);
}

/* The last event of the script gets this verdict. */
static const struct rule {
	const char *script;
	enum verdict verdict;
} cases[] = {
	/* names */
	{ "d CONNECT", VERDICT_OK },
	{ "A CONNECT", VERDICT_NICK_IN_USE },
	{ "elevenchars CONNECT", VERDICT_BAD_NICK },
	{ "tencharsss CONNECT", VERDICT_OK },
	{ "1a CONNECT", VERDICT_BAD_NICK },
	{ "a NICK b", VERDICT_NICK_IN_USE },
	{ "a NICK A", VERDICT_OK },
	{ "a NICK a", VERDICT_NOTHING },
	{ "a NICK x; a CONNECT", VERDICT_OK },
	{ "a QUIT; a CONNECT", VERDICT_OK },
	/* joining */
	{ "a JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a JOIN #X", VERDICT_NOTHING },
	{ "a JOIN x", VERDICT_BAD_CHANNEL_NAME },
	{ "a JOIN #twelvechars", VERDICT_OK },
	{ "a JOIN #thirteenchar", VERDICT_BAD_CHANNEL_NAME },
	{ "a JOIN #1; a JOIN #2; a JOIN #3; a JOIN #4", VERDICT_TOO_MANY_CHANNELS },
	{ "a JOIN #x; a MODE #x +k key; b JOIN #x", VERDICT_BAD_KEY },
	{ "a JOIN #x; a MODE #x +k key; b JOIN #x key", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +l 1; b JOIN #x", VERDICT_FULL },
	{ "a JOIN #x; a MODE #x +l 1; a MODE #x -l; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +i; b JOIN #x", VERDICT_INVITE_ONLY },
	{ "a JOIN #x; a MODE #x +i; a INVITE #x b; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +ikl key 1; a INVITE #x b; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +i; a INVITE #x b; b JOIN #x; b PART #x; b JOIN #x",
	    VERDICT_INVITE_ONLY },
	{ "a JOIN #x; a INVITE #x b; a PART #x; c JOIN #x; c MODE #x +i; b JOIN #x",
	    VERDICT_INVITE_ONLY },
	{ "a JOIN #x; a MODE #x +iI b!*@*; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b b!*@*; b JOIN #x", VERDICT_BANNED },
	{ "a JOIN #x; a MODE #x +b B; b JOIN #x", VERDICT_BANNED },
	{ "a JOIN #x; a MODE #x +be b!*@* *!~user@*; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b b!*@*; a INVITE #x b; b JOIN #x", VERDICT_BANNED },
	/* leaving */
	{ "a PART #x", VERDICT_NO_SUCH_CHANNEL },
	{ "a JOIN #x; b PART #x", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; a PART #x; b PART #x", VERDICT_NO_SUCH_CHANNEL },
	/* operators of the channel */
	{ "a JOIN #x; b JOIN #x; b KICK #x a", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a KICK #x b", VERDICT_OK },
	{ "a JOIN #x; a KICK #x b", VERDICT_TARGET_NOT_ON_CHANNEL },
	{ "a JOIN #x; a KICK #x nobody", VERDICT_NO_SUCH_NICK },
	{ "a JOIN #x; b KICK #x a", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; b JOIN #x; b TOPIC #x t", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a MODE #x -t; b TOPIC #x t", VERDICT_OK },
	{ "a JOIN #x; b TOPIC #x t", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; b JOIN #x; b MODE #x +m", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a MODE #x +o b; b MODE #x -o a; a MODE #x +m",
	    VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b INVITE #x c", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; b JOIN #x; b INVITE #x c", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +i; b INVITE #x c", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a INVITE #x b", VERDICT_TARGET_ON_CHANNEL },
	{ "a INVITE #x nobody", VERDICT_NO_SUCH_NICK },
	{ "a INVITE #x b", VERDICT_NO_SUCH_CHANNEL },
	/* modes, one change after the other */
	{ "a JOIN #x; a MODE #x +m", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +m; a MODE #x +m", VERDICT_NOTHING },
	{ "a JOIN #x; a MODE #x +Z", VERDICT_UNKNOWN_MODE },
	{ "a JOIN #x; a MODE #x +k", VERDICT_NEEDS_PARAM },
	{ "a JOIN #x; a MODE #x +k a,b", VERDICT_INVALID_KEY },
	{ "a JOIN #x; a MODE #x +k 24charactersare1toomany!", VERDICT_INVALID_KEY },
	{ "a JOIN #x; a MODE #x -k x", VERDICT_NOTHING },
	{ "a JOIN #x; a MODE #x +l 0", VERDICT_BAD_MODE_PARAM },
	{ "a JOIN #x; a MODE #x +l many", VERDICT_BAD_MODE_PARAM },
	{ "a JOIN #x; a MODE #x +l 99999999999", VERDICT_BAD_MODE_PARAM },
	{ "a JOIN #x; a MODE #x +o b", VERDICT_TARGET_NOT_ON_CHANNEL },
	{ "a JOIN #x; a MODE #x +o nobody", VERDICT_NO_SUCH_NICK },
	{ "a JOIN #x; a MODE #x +bb m n; a MODE #x +b o", VERDICT_LIST_FULL },
	{ "a JOIN #x; a MODE #x +bb m n; a MODE #x -b M!*@*; a MODE #x +b o", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b m; a MODE #x +b m!*@*", VERDICT_NOTHING },
	{ "a JOIN #x; a MODE #x -b m", VERDICT_NOTHING },
	{ "a MODE #x +m", VERDICT_NO_SUCH_CHANNEL },
	{ "a MODE a +i", VERDICT_OK },
	{ "a MODE a +o", VERDICT_NOTHING },
	{ "a MODE b +i", VERDICT_OTHER_USER },
	{ "a MODE a +Z", VERDICT_UNKNOWN_MODE },
	{ "a MODE nobody +i", VERDICT_NO_SUCH_NICK },
	/* speaking */
	{ "a SAY b hi", VERDICT_OK },
	{ "a SAY nobody hi", VERDICT_NO_SUCH_NICK },
	{ "a SAY #x hi", VERDICT_NO_SUCH_CHANNEL },
	{ "a JOIN #x; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x -n; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; a MODE #x -n+b b; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +m; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +mv b; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +bv b b; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; b SAY #x hi; a MODE #x +b b; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi; a MODE #x -b b; b SAY #x hi",
	    VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi; a MODE #x +e b; b SAY #x hi",
	    VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi; b NICK d; d SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b d; b SAY #x hi; b NICK d; d SAY #x hi",
	    VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x +C; a SAY #x \001VERSION\001", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x +C; a SAY #x \001ACTION waves\001", VERDICT_OK },
	{ "a SAY b twentycharactersfit!", VERDICT_OK },
	{ "a SAY b twentyonedoesnotfit!!", VERDICT_TOO_LONG },
	{ "a SAY b \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
	    VERDICT_OK },
	{ "a JOIN #x; a SAY @#x hi", VERDICT_OK },
	{ "a SAY @b hi", VERDICT_NO_SUCH_NICK },
	/* accounts, and channels of theirs */
	{ "a ACCOUNT ann", VERDICT_OK },
	{ "a ACCOUNT ann; a ACCOUNT ann", VERDICT_NOTHING },
	{ "a ACCOUNT ann; a ACCOUNT", VERDICT_OK },
	{ "a ACCOUNT", VERDICT_NOTHING },
	{ "a OWNER #x ann", VERDICT_NO_SUCH_CHANNEL },
	{ "a JOIN #x; a OWNER #x ann", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; b OWNER #x bea", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b OWNER #x bea", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; a OWNER #x ann; a OWNER #x bea", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a OWNER #x", VERDICT_NOTHING },
	{ "a JOIN #x; a OWNER #x ann; a OWNER #x", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a OWNER #x ann; b ACCOUNT Ann; b OWNER #x", VERDICT_OK },
	{ "a JOIN #x; a OWNER #x ann; a PART #x; b JOIN #x; b MODE #x +m",
	    VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; a MODE #x +k key; a OWNER #x ann; a QUIT; b JOIN #x", VERDICT_BAD_KEY },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a PART #x; a OWNER #x; b JOIN #x; b MODE #x "
	  "+m",
	    VERDICT_OK },
	{ "a JOIN #x; a MODE #x +bik * key; a OWNER #x ann; b ACCOUNT ann; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a ACCESS #x bea +", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a OWNER #x ann; a ACCESS #x bea +", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea +", VERDICT_OK },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea +; a ACCESS #x BEA +",
	    VERDICT_NOTHING },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x 1 +; a ACCESS #x 2 +; a ACCESS #x "
	  "3 +",
	    VERDICT_LIST_FULL },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea", VERDICT_NOTHING },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea +; b ACCOUNT bea; b ACCESS #x "
	  "bea",
	    VERDICT_NOT_PERMITTED },
	/* operators of the server */
	{ "a KILL b", VERDICT_NOT_PERMITTED },
	{ "a WALLOPS hi", VERDICT_NOT_PERMITTED },
	{ "a OPER root; a KILL b", VERDICT_OK },
	{ "a OPER root; a KILL nobody", VERDICT_NO_SUCH_NICK },
	{ "a OPER root; a WALLOPS hi", VERDICT_OK },
	{ "a OPER root; a MODE a -o; a KILL b", VERDICT_NOT_PERMITTED },
	/* hosts that are shown */
	{ "a HOST b elsewhere", VERDICT_NOT_PERMITTED },
	{ "a OPER root; a HOST b else.where/x", VERDICT_OK },
	{ "a OPER root; a HOST nobody elsewhere", VERDICT_NO_SUCH_NICK },
	{ "a OPER root; a HOST b host", VERDICT_NOTHING },
	{ "a OPER root; a HOST b host ~other", VERDICT_OK },
	{ "a OPER root; a HOST b", VERDICT_NOTHING },
	{ "a OPER root; a HOST b elsewhere; a HOST b", VERDICT_OK },
	{ "a OPER root; a HOST b @", VERDICT_BAD_HOST },
	{ "a OPER root; a HOST b a*", VERDICT_BAD_HOST },
	{ "a OPER root; a HOST b elsewhere o!o", VERDICT_BAD_HOST },
	/* ... and bans, old and new */
	{ "a JOIN #x; a OPER root; a MODE #x +b *!*@host; a HOST b elsewhere; b JOIN #x",
	    VERDICT_BANNED },
	{ "a JOIN #x; a OPER root; a MODE #x +b *!*@elsewhere; a HOST b elsewhere; b JOIN #x",
	    VERDICT_BANNED },
	{ "a JOIN #x; a OPER root; a MODE #x +b *!*@elsewhere; a HOST b elsewhere; a HOST b; "
	  "b JOIN #x",
	    VERDICT_OK },
	{ "a JOIN #x; a OPER root; a MODE #x +b *!~user@*; a HOST b elsewhere other; b SETNAME x; "
	  "b JOIN #x",
	    VERDICT_BANNED },
	{ "a JOIN #x; b JOIN #x; a OPER root; a MODE #x +b *!*@host; a HOST b elsewhere; "
	  "b SAY #x hi",
	    VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a OPER root; a MODE #x +b *!*@elsewhere; b SAY #x hi; "
	  "a HOST b elsewhere; b SAY #x hi",
	    VERDICT_CANNOT_SEND },
};

static void
test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;
		world_open(&w);
		expect_int(cases[i].script, play(&w, cases[i].script), cases[i].verdict);
		world_close(&w);
	}
}

static void
test_state(void **state)
{
	struct world w;
	const struct channel *c;
	const struct user *u;
	char text[160];

	(void)state;
	world_open(&w);
	play(&w,
	    "a JOIN #X; b JOIN #x; a MODE #x +kl-t key 9; a TOPIC #x much too long; a AWAY out");
	c = hub_channel(w.hub, STR("#x"));
	u = hub_user(w.hub, STR("A"));
	expect_text("name", str_from(c->name), "#X");
	expect_text("topic", str_from(c->topic), "much too");
	expect_text("by", str_from(c->topic_by), "a!~user@host");
	expect_text("modes", channel_mode_text(c, u, text, sizeof(text)), "+kln key 9");
	expect_text("outside", channel_mode_text(c, hub_user(w.hub, STR("c")), text, sizeof(text)),
	    "+kln * 9");
	expect_text("away", str_from(u->away), "out");
	assert_true(member_is(user_membership(u, c), MEMBER_OPERATOR));
	assert_int_equal(c->member_count, 2);
	assert_int_equal(hub_users_most(w.hub), 3);
	play(&w, "a QUIT; b QUIT; c QUIT");
	assert_int_equal(hub_user_count(w.hub), 0);
	assert_int_equal(hub_channel_count(w.hub), 0);
	assert_int_equal(hub_users_most(w.hub), 3);
	world_close(&w);
}

static void
test_registered(void **state)
{
	struct world w, again;
	struct channel *c;
	struct buf text = BUF_INIT(10000), other = BUF_INIT(10000);
	struct err e;

	(void)state;
	world_open(&w);
	play(&w, "a JOIN #X; a ACCOUNT ann; a MODE #x +klbCI key 9 *!*@evil *!*@good; a MODE #x "
		 "-n; a TOPIC #x a  b; a OWNER #x ann; a ACCESS #x bea +; a QUIT");
	c = hub_channel(w.hub, STR("#x"));
	assert_non_null(c);
	assert_int_equal(c->member_count, 0);
	channel_write(c, &text);
	world_open(&again);
	assert_int_equal(hub_read_channel(again.hub, buf_str(&text), &e), 0);
	assert_int_equal(hub_read_channel(again.hub, buf_str(&text), &e), -1); /* twice */
	c = hub_channel(again.hub, STR("#x"));
	assert_non_null(c);
	channel_write(c, &other);
	expect_str("again", buf_str(&other), buf_str(&text));
	expect_text("topic", str_from(c->topic), "a  b");
	play(&again, "a ACCOUNT Bea; b ACCOUNT ann; c ACCOUNT eve");
	assert_true(channel_trusts(c, hub_user(again.hub, STR("a"))));
	assert_true(channel_trusts(c, hub_user(again.hub, STR("b"))));
	assert_false(channel_trusts(c, hub_user(again.hub, STR("c"))));
	expect_int("key", play(&again, "c JOIN #x"), VERDICT_BAD_KEY);
	expect_int("key", play(&again, "c JOIN #x key"), VERDICT_OK);
	expect_int("no operator", play(&again, "c MODE #x +m"), VERDICT_NOT_CHANNEL_OPERATOR);
	world_close(&w);
	world_close(&again);
	buf_free(&text);
	buf_free(&other);
}

static void
test_bad_channels(void **state)
{
	static const char *const texts[] = { "", "founder ann\nname #x\n", "name #x\n",
		"name x\nfounder ann\n", "name #x\nfounder ann\nmodes Z\n",
		"name #x\nfounder ann\nmodes b\n", "name #x\nfounder ann\nlimit 0\n",
		"name #x\nfounder ann\nkey\n", "name #x\nfounder ann\nban *!*@*\n",
		"name #x\nfounder ann\ncreated soon\n", "name #x\nfounder ann\ntopic t\n" };
	struct world w;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct err e = { "" };
		expect_int(texts[i], hub_read_channel(w.hub, str_from(texts[i]), &e), -1);
		assert_true(e.text[0] != '\0');
	}
	struct err e;
	expect_int(
	    "later", hub_read_channel(w.hub, STR("name #x\nfounder ann\ncolour red\n"), &e), 0);
	world_close(&w);
}

static void
test_counts_of_modes(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	play(&w, "a MODE a +i; b MODE b +i; a OPER root");
	assert_int_equal(hub_users_with(w.hub, USER_INVISIBLE), 2);
	assert_int_equal(hub_users_with(w.hub, USER_OPERATOR), 1);
	play(&w, "a QUIT; b MODE b -i");
	assert_int_equal(hub_users_with(w.hub, USER_INVISIBLE), 0);
	assert_int_equal(hub_users_with(w.hub, USER_OPERATOR), 0);
	world_close(&w);
}

static void
expect_place(const struct world *w, const char *shown, const char *truth)
{
	const struct user *b = hub_user(w->hub, STR("b"));
	char text[128];

	expect_text("shown", user_mask(b, text, sizeof(text)), shown);
	expect_text("true", user_true_mask(b, text, sizeof(text)), truth);
	expect_text("host", str_from(user_true_host(b)), "host");
	expect_text("real", str_from(b->real), "Real");
}

static void
test_disguise(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	expect_place(&w, "b!~user@host", "b!~user@host");
	play(&w, "a OPER root; a HOST b else.where");
	expect_place(&w, "b!~user@else.where", "b!~user@host");
	expect_text("before", w.last.old_place, "~user@host");
	play(&w, "a HOST b third somebody; b SETNAME x; b SETNAME Real");
	expect_place(&w, "b!somebody@third", "b!~user@host");
	play(&w, "a HOST b fourth");
	expect_place(&w, "b!somebody@fourth", "b!~user@host");
	expect_text("before", w.last.old_place, "somebody@third");
	play(&w, "a HOST b");
	expect_place(&w, "b!~user@host", "b!~user@host");
	expect_int("disguised", hub_user(w.hub, STR("b"))->disguised, false);
	world_close(&w);
}

static void
test_whowas(void **state)
{
	struct world w;
	char script[64];

	(void)state;
	world_open(&w);
	assert_null(hub_whowas(w.hub, 0));
	play(&w, "a NICK d; b QUIT");
	expect_text("latest", str_from(hub_whowas(w.hub, 0)->nick), "b");
	expect_text("before", str_from(hub_whowas(w.hub, 1)->nick), "a");
	assert_null(hub_whowas(w.hub, 2));
	for (int i = 0; i < IRC_WHOWAS_MOST; i++) {
		snprintf(script, sizeof(script), "n%d CONNECT; n%d QUIT", i, i);
		play(&w, script);
	}
	expect_text("latest", str_from(hub_whowas(w.hub, 0)->nick), "n499");
	expect_text("oldest", str_from(hub_whowas(w.hub, IRC_WHOWAS_MOST - 1)->nick), "n0");
	assert_null(hub_whowas(w.hub, IRC_WHOWAS_MOST));
	world_close(&w);
}

/* The oldest invitation gives way. */
static void
test_invitations(void **state)
{
	struct world w;
	char script[128];

	(void)state;
	world_open(&w);
	for (int i = 0; i <= USER_INVITATIONS; i++) {
		snprintf(script, sizeof(script),
		    "n%d CONNECT; n%d JOIN #c%d; n%d MODE #c%d +i;"
		    "n%d INVITE #c%d b",
		    i, i, i, i, i, i, i);
		play(&w, script);
	}
	expect_int("oldest", play(&w, "b JOIN #c0"), VERDICT_INVITE_ONLY);
	expect_int("second", play(&w, "b JOIN #c1"), VERDICT_OK);
	world_close(&w);
}

/* What a member without rights says opens no door that an operator has closed, before or after. */
static void
test_invitations_of_members(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	play(&w, "o CONNECT; o JOIN #c; m CONNECT; m JOIN #c; x CONNECT; y CONNECT");
	expect_int("member invites", play(&w, "m INVITE #c x"), VERDICT_OK);
	expect_int("operator invites", play(&w, "o INVITE #c y"), VERDICT_OK);
	play(&w, "o MODE #c +l 2");
	expect_int("full", play(&w, "x JOIN #c"), VERDICT_FULL);
	play(&w, "o MODE #c -l; o MODE #c +k key");
	expect_int("key", play(&w, "x JOIN #c"), VERDICT_BAD_KEY);
	play(&w, "o MODE #c -k key; o MODE #c +i");
	expect_int("closed later", play(&w, "x JOIN #c"), VERDICT_INVITE_ONLY);
	expect_int("operator's", play(&w, "y JOIN #c"), VERDICT_OK);
	world_close(&w);
}

/* ---- determinism ----------------------------------------------------------------------------- */

static void
dump(const struct hub *h, struct buf *out)
{
	struct table_walk users = hub_users(h), channels = hub_channels(h);
	const struct user *u;
	const struct channel *c;
	char text[160];

	while ((u = table_next(&users)) != NULL)
		buf_printf(out, "%s %u %s\n", u->nick, u->modes, u->away ? u->away : "-");
	while ((c = table_next(&channels)) != NULL) {
		channel_mode_text(c, NULL, text, sizeof(text));
		buf_printf(out, "%s %s %s:", c->name, text, c->topic ? c->topic : "-");
		for (uint32_t i = 0; i < c->member_count; i++)
			buf_printf(out, " %s%u", c->members[i]->user->nick, c->members[i]->flags);
		for (int k = 0; k < LIST_COUNT; k++)
			for (uint32_t i = 0; i < c->lists[k].count; i++)
				buf_printf(out, " %d%s", k, c->lists[k].entries[i].mask);
		buf_add_char(out, '\n');
	}
	buf_printf(out, "%llu\n", (unsigned long long)hub_last_number(h));
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void
random_life(unsigned seed, struct buf *out)
{
	static const char *const forms[] = { "%c CONNECT", "%c QUIT", "%c JOIN #%c", "%c PART #%c",
		"%c NICK %c", "%c SAY #%c", "%c KICK #%c %c", "%c MODE #%c +o %c",
		"%c MODE #%c +b %c", "%c MODE #%c -b %c", "%c MODE #%c +imk %c", "%c TOPIC #%c %c",
		"%c INVITE #%c %c", "%c AWAY %c" };
	struct world w;
	char line[64];

	world_open(&w);
	for (int i = 0; i < 3000; i++) {
		int a = 'a' + (int)(next_random(&seed) % 6),
		    b = 'a' + (int)(next_random(&seed) % 6);
		int c = 'a' + (int)(next_random(&seed) % 6);
		char who[2] = { (char)a, '\0' };
		unsigned form = next_random(&seed) % COUNT(forms);
		if (hub_user(w.hub, str_from(who)) == NULL)
			form = 0;
		snprintf(line, sizeof(line), forms[form], a, b, c);
		apply(&w, str_from(line));
	}
	dump(w.hub, out);
	world_close(&w);
}

static void
test_same_events_same_hub(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct buf one = BUF_INIT(1 << 20), two = BUF_INIT(1 << 20);
		random_life(seed, &one);
		random_life(seed, &two);
		assert_true(one.len > 20 && !one.truncated);
		expect_str("hub", buf_str(&two), buf_str(&one));
		buf_free(&one);
		buf_free(&two);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_registered),
		cmocka_unit_test(test_bad_channels),
		cmocka_unit_test(test_counts_of_modes),
		cmocka_unit_test(test_disguise),
		cmocka_unit_test(test_whowas),
		cmocka_unit_test(test_invitations),
		cmocka_unit_test(test_invitations_of_members),
		cmocka_unit_test(test_same_events_same_hub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
