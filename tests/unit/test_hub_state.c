/* The hub: what it remembers, and the promise that the same events give the same hub. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "irc/names.h"
#include "world.h"

static void
test_state(void **state)
{
	struct world w;
	const struct channel *c;
	const struct user *u;
	char text[160];

	(void)state;
	world_open(&w);
	world_play(&w,
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
	world_play(&w, "a QUIT; b QUIT; c QUIT");
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
	world_play(&w,
	    "a JOIN #X; a ACCOUNT ann; a MODE #x +klbCI key 9 *!*@evil *!*@good; a MODE #x "
	    "-n; a TOPIC #x a  b; a META #x k a b; a OWNER #x ann; a ACCESS #x bea +; a QUIT");
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
	expect_text(
	    "metadata", str_from(metadata_get(&channel_extra(c)->metadata, STR("k"))), "a b");
	world_play(&again, "a ACCOUNT Bea; b ACCOUNT ann; c ACCOUNT eve");
	assert_true(channel_trusts(c, hub_user(again.hub, STR("a"))));
	assert_true(channel_trusts(c, hub_user(again.hub, STR("b"))));
	assert_false(channel_trusts(c, hub_user(again.hub, STR("c"))));
	expect_int("key", world_play(&again, "c JOIN #x"), VERDICT_BAD_KEY);
	expect_int("key", world_play(&again, "c JOIN #x key"), VERDICT_OK);
	expect_int("no operator", world_play(&again, "c MODE #x +m"), VERDICT_NOT_CHANNEL_OPERATOR);
	world_close(&w);
	world_close(&again);
	buf_free(&text);
	buf_free(&other);
}

static void
expect_metadata(const struct world *w, const char *nick, const char *text)
{
	struct buf b = BUF_INIT(1000);

	metadata_write(hub_metadata(w->hub, hub_user(w->hub, str_from(nick))), "", &b);
	expect_text(nick, buf_str(&b), text);
	buf_free(&b);
}

/* It is the account's, and what was set before the login goes there. */
static void
test_metadata_of_accounts(void **state)
{
	struct world w;
	struct err e;

	(void)state;
	world_open(&w);
	assert_int_equal(hub_read_metadata(w.hub, STR("Ann"), STR("x kept\ny \n"), &e), 0);
	expect_metadata(&w, "a", "");
	world_play(&w, "a ACCOUNT ann");
	expect_metadata(&w, "a", "x kept\ny \n");
	world_play(&w, "b META b x mine; b META b z full; b ACCOUNT ANN");
	expect_metadata(&w, "a", "x mine\ny \n"); /* there is room for two */
	expect_metadata(&w, "b", "x mine\ny \n");
	assert_int_equal(hub_users_of(w.hub, STR("ann")), 2);
	world_play(&w, "b META b y; a META a w one");
	expect_metadata(&w, "b", "w one\nx mine\n");
	world_play(&w, "b ACCOUNT; b META b own v");
	expect_metadata(&w, "b", "own v\n");
	world_play(&w, "a QUIT; a CONNECT");
	expect_metadata(&w, "a", "");
	world_play(&w, "a ACCOUNT ann");
	expect_metadata(&w, "a", "w one\nx mine\n");
	world_play(&w, "a ACCOUNT bea");
	expect_metadata(&w, "a", "");
	world_play(&w, "a ACCOUNT; c ACCOUNT ann; c META c *");
	expect_metadata(&w, "c", "");
	world_close(&w);
}

/* What an account showed before is at hand for those who are told of the difference. */
static void
test_metadata_before(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_play(&w, "a META a x v; a ACCOUNT ann");
	expect_str("own", str_from(metadata_get(w.last.metadata_before, STR("x"))), STR("v"));
	world_play(&w, "b ACCOUNT ann; b ACCOUNT bea");
	expect_str("account", str_from(metadata_get(w.last.metadata_before, STR("x"))), STR("v"));
	world_play(&w, "a ACCOUNT ANN");
	assert_null(w.last.metadata_before); /* only written otherwise */
	world_play(&w, "a META a *");
	expect_str("all", str_from(metadata_get(w.last.metadata_before, STR("x"))), STR("v"));
	world_close(&w);
}

static void
test_bad_metadata(void **state)
{
	static const char *const texts[] = { "novalue\n", "Bad key\n", "\n", "x v\nbroken" };
	struct world w;
	struct err e;
	char text[IRC_METADATA_VALUE_MOST + 4] = "x ";

	(void)state;
	world_open(&w);
	memset(text + 2, 'v', IRC_METADATA_VALUE_MOST + 1);
	expect_int("long", hub_read_metadata(w.hub, STR("ann"), str_from(text), &e), -1);
	text[2 + IRC_METADATA_VALUE_MOST] = '\0';
	expect_int("longest", hub_read_metadata(w.hub, STR("ann"), str_from(text), &e), 0);
	hub_forget_metadata(w.hub, STR("ann"));
	for (size_t i = 0; i < COUNT(texts); i++) {
		expect_int(
		    texts[i], hub_read_metadata(w.hub, STR("ann"), str_from(texts[i]), &e), -1);
		expect_int(texts[i], hub_metadata_of(w.hub, STR("ann"))->count, 0);
	}
	world_close(&w);
}

static void
test_bad_channels(void **state)
{
	static const char *const texts[] = { "", "founder ann\nname #x\n", "name #x\n",
		"name x\nfounder ann\n", "name #x\nfounder ann\nmodes Z\n",
		"name #x\nfounder ann\nmodes b\n", "name #x\nfounder ann\nlimit 0\n",
		"name #x\nfounder ann\nkey\n", "name #x\nfounder ann\nban *!*@*\n",
		"name #x\nfounder ann\nkey 123456789 123456789 1234\n",
		"name #x\nfounder ann\nforward\n", "name #x\nfounder ann\nforward y\n",
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
	world_play(&w, "a MODE a +i; b MODE b +i; a OPER root");
	assert_int_equal(hub_users_with(w.hub, USER_INVISIBLE), 2);
	assert_int_equal(hub_users_with(w.hub, USER_OPERATOR), 1);
	world_play(&w, "a QUIT; b MODE b -i");
	assert_int_equal(hub_users_with(w.hub, USER_INVISIBLE), 0);
	assert_int_equal(hub_users_with(w.hub, USER_OPERATOR), 0);
	world_close(&w);
}

static void
expect_holder(const struct world *w, const char *account, const char *nick)
{
	const struct user *u = hub_user_of(w->hub, str_from(account));

	expect_text(account, u ? user_nick(u) : STR("nobody"), nick);
}

/* Who is logged in to an account is found by it, whatever they are called. */
static void
test_accounts(void **state)
{
	static const struct {
		const char *script, *ann, *bea;
	} cases[] = {
		{ "a AWAY x", "nobody", "nobody" },
		{ "a ACCOUNT ann", "a", "nobody" },
		{ "a ACCOUNT ann; a NICK z", "z", "nobody" },
		{ "a ACCOUNT ann; a ACCOUNT ANN", "a", "nobody" },
		{ "a ACCOUNT ann; a ACCOUNT ANN; a ACCOUNT", "nobody", "nobody" },
		{ "a ACCOUNT ann; b ACCOUNT bea; a ACCOUNT bea", "nobody", "b" },
		{ "a ACCOUNT ann; b ACCOUNT bea; a ACCOUNT bea; b QUIT", "nobody", "a" },
		{ "a ACCOUNT ann; b ACCOUNT ann; a QUIT", "b", "nobody" },
		{ "a ACCOUNT ann; b ACCOUNT Ann; c ACCOUNT aNN; a QUIT; c QUIT", "b", "nobody" },
		{ "a ACCOUNT ann; b ACCOUNT ann; a ACCOUNT; b ACCOUNT bea", "nobody", "b" },
		{ "a ACCOUNT ann; b ACCOUNT ann; b QUIT", "a", "nobody" },
		{ "a ACCOUNT ann; a QUIT; a CONNECT", "nobody", "nobody" },
		{ "a OPER r; b ACCOUNT bea; a KILL b", "nobody", "nobody" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;
		world_open(&w);
		world_play(&w, cases[i].script);
		expect_holder(&w, "aNn", cases[i].ann);
		expect_holder(&w, "bea", cases[i].bea);
		expect_holder(&w, "", "nobody");
		world_close(&w);
	}
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
	world_play(&w, "a OPER root; a HOST b else.where");
	expect_place(&w, "b!~user@else.where", "b!~user@host");
	expect_text("before", w.last.old_place, "~user@host");
	world_play(&w, "a HOST b third somebody; b SETNAME x; b SETNAME Real");
	expect_place(&w, "b!somebody@third", "b!~user@host");
	world_play(&w, "a HOST b fourth");
	expect_place(&w, "b!somebody@fourth", "b!~user@host");
	expect_text("before", w.last.old_place, "somebody@third");
	world_play(&w, "a HOST b");
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
	world_play(&w, "a NICK d; b QUIT");
	expect_text("latest", str_from(hub_whowas(w.hub, 0)->nick), "b");
	expect_text("before", str_from(hub_whowas(w.hub, 1)->nick), "a");
	assert_null(hub_whowas(w.hub, 2));
	for (int i = 0; i < IRC_WHOWAS_MOST; i++) {
		snprintf(script, sizeof(script), "n%d CONNECT; n%d QUIT", i, i);
		world_play(&w, script);
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
		world_play(&w, script);
	}
	expect_int("oldest", world_play(&w, "b JOIN #c0"), VERDICT_INVITE_ONLY);
	expect_int("second", world_play(&w, "b JOIN #c1"), VERDICT_OK);
	world_close(&w);
}

/* What a member without rights says opens no door that an operator has closed, before or after. */
static void
test_invitations_of_members(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_play(&w, "o CONNECT; o JOIN #c; m CONNECT; m JOIN #c; x CONNECT; y CONNECT");
	expect_int("member invites", world_play(&w, "m INVITE #c x"), VERDICT_OK);
	expect_int("operator invites", world_play(&w, "o INVITE #c y"), VERDICT_OK);
	world_play(&w, "o MODE #c +l 2");
	expect_int("full", world_play(&w, "x JOIN #c"), VERDICT_FULL);
	world_play(&w, "o MODE #c -l; o MODE #c +k key");
	expect_int("key", world_play(&w, "x JOIN #c"), VERDICT_BAD_KEY);
	world_play(&w, "o MODE #c -k key; o MODE #c +i");
	expect_int("closed later", world_play(&w, "x JOIN #c"), VERDICT_INVITE_ONLY);
	expect_int("operator's", world_play(&w, "y JOIN #c"), VERDICT_OK);
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
		world_apply(&w, str_from(line));
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
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_registered),
		cmocka_unit_test(test_bad_channels),
		cmocka_unit_test(test_counts_of_modes),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_disguise),
		cmocka_unit_test(test_whowas),
		cmocka_unit_test(test_metadata_of_accounts),
		cmocka_unit_test(test_metadata_before),
		cmocka_unit_test(test_bad_metadata),
		cmocka_unit_test(test_invitations),
		cmocka_unit_test(test_invitations_of_members),
		cmocka_unit_test(test_same_events_same_hub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
