/* Bans from the server as the hub has them: by event, to a limit, with an end. */
#include <stdio.h>

#include "world.h"

#include "hub/server_ban.h"

static enum verdict
ban(struct hub *h, struct user *by, const char *mask, int64_t until)
{
	struct event ev = { .kind = EVENT_BAN,
		.actor = by,
		.target = str_from(mask),
		.object = STR("boss"),
		.text = STR("why"),
		.until = until };
	enum verdict v = hub_apply(h, &ev);

	if (v == VERDICT_OK)
		hub_settle(h, &ev);
	return v;
}

static enum verdict
unban(struct hub *h, const char *mask)
{
	struct event ev = { .kind = EVENT_UNBAN, .target = str_from(mask) };
	enum verdict v = hub_apply(h, &ev);

	if (v == VERDICT_OK)
		hub_settle(h, &ev);
	return v;
}

static void
test_who(void **state)
{
	struct world w;
	struct user *u;

	(void)state;
	world_open(&w);
	u = hub_user(w.hub, STR("a"));
	assert_int_equal(ban(w.hub, u, "10.0.0.0/8", 0), VERDICT_NOT_PERMITTED);
	world_play(&w, "a OPER a");
	assert_int_equal(ban(w.hub, u, "10.0.0.0/8", 0), VERDICT_OK);
	assert_int_equal(ban(w.hub, u, "", 0), VERDICT_BAD_MODE_PARAM);
	assert_int_equal(hub_ban(w.hub, STR("10.0.0.0/8"))->kind, SERVER_BAN_ADDRESS);
	assert_int_equal(unban(w.hub, "10.0.0.0/9"), VERDICT_NOTHING);
	assert_int_equal(unban(w.hub, "10.0.0.0/8"), VERDICT_OK);
	assert_int_equal(hub_ban_count(w.hub), 0);
	world_close(&w);
}

static void
test_kinds_and_ends(void **state)
{
	const struct str eve[] = { STR("Eve!~eve@1.2.3.4"), { NULL, 0 }, STR("Eve!~eve@x.y.ip") };
	const struct server_ban *b;
	struct world w;

	(void)state;
	world_open(&w);
	ban(w.hub, NULL, "account:eve", 100);
	ban(w.hub, NULL, "*!*@*.Y.ip", 100);
	ban(w.hub, NULL, "eve!*@*", 50);
	assert_ptr_equal(
	    hub_ban_of_account(w.hub, STR("EVE"), 99), hub_ban(w.hub, STR("Account:Eve")));
	assert_null(hub_ban_of_account(w.hub, STR("EVE"), 100));
	assert_null(hub_ban_of_account(w.hub, STR("ev"), 0));
	b = hub_ban_of_masks(w.hub, eve, 1, 49);
	expect_text("mask", str_from(b->mask), "eve!*@*");
	assert_null(hub_ban_of_masks(w.hub, eve, 1, 50));
	b = hub_ban_of_masks(w.hub, eve, 3, 50);
	expect_text("mask", str_from(b->mask), "*!*@*.Y.ip");
	assert_null(hub_ban_of_masks(w.hub, eve, 3, 100));
	ban(w.hub, NULL, "EVE!*@*", 0); /* in its place */
	assert_int_equal(hub_ban_count(w.hub), 3);
	b = hub_ban_of_masks(w.hub, eve, 1, INT64_MAX);
	expect_text("by", str_from(b->by), "boss");
	expect_text("reason", str_from(b->reason), "why");
	world_close(&w);
}

static void
test_limit(void **state)
{
	struct world w;
	char mask[32];

	(void)state;
	world_open(&w);
	for (int i = 0; i < SERVER_BANS_MOST; i++) {
		snprintf(mask, sizeof(mask), "10.%d.%d.%d", i >> 16 & 255, i >> 8 & 255, i & 255);
		assert_int_equal(ban(w.hub, NULL, mask, 0), VERDICT_OK);
	}
	assert_int_equal(ban(w.hub, NULL, "11.0.0.0", 0), VERDICT_LIST_FULL);
	assert_int_equal(ban(w.hub, NULL, mask, 7), VERDICT_OK);
	assert_int_equal(unban(w.hub, mask), VERDICT_OK);
	assert_int_equal(ban(w.hub, NULL, "11.0.0.0", 0), VERDICT_OK);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_kinds_and_ends),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
