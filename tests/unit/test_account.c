/* Accounts, their texts, passwords on a helper thread, and how often they may be tried. */
#include <string.h>
#include <unistd.h>

#include "expect.h"

#include "auth/account.h"
#include "auth/attempts.h"
#include "auth/password.h"

static const struct sasl_keys keys = { 4096, "salt", "stored", "server" };

static struct accounts *
some_accounts(void)
{
	struct err e;
	struct accounts *all = accounts_new(&e);

	assert_non_null(all);
	return all;
}

static void
test_names(void **state)
{
	struct accounts *all = some_accounts();
	struct account *a = account_add(all, STR("Ada"), 1000);

	(void)state;
	assert_non_null(a);
	assert_ptr_equal(account_find(all, STR("aDA")), a);
	assert_null(account_find(all, STR("ad")));
	assert_null(account_find(all, STR("")));
	assert_null(account_add(all, STR("ADA"), 2000));
	assert_null(account_add(all, STR(""), 2000));
	assert_int_equal(accounts_count(all), 1);
	assert_false(account_has_password(a));
	assert_false(account_has_password(NULL));
	account_set_keys(a, &keys);
	assert_true(account_has_password(a));
	account_set_keys(a, NULL);
	assert_false(account_has_password(a));
	account_remove(all, a);
	assert_null(account_find(all, STR("Ada")));
	assert_int_equal(accounts_count(all), 0);
	accounts_free(all);
	accounts_free(NULL);
}

static void
test_texts(void **state)
{
	struct accounts *all = some_accounts(), *again = some_accounts();
	struct account *a = account_add(all, STR("Ada"), 1700000000123), *b;
	struct buf text = BUF_INIT(ACCOUNT_TEXT_MOST), secret = BUF_INIT(64), other = BUF_INIT(64);
	struct err e;

	(void)state;
	account_set_keys(a, &keys);
	account_write(a, &text);
	assert_int_equal(account_read(again, buf_str(&text), &e), 0);
	assert_int_equal(account_read(again, buf_str(&text), &e), -1); /* twice */
	b = account_find(again, STR("ada"));
	assert_non_null(b);
	expect_text("name", str_from(b->name), "Ada");
	assert_true(b->created == 1700000000123);
	assert_true(b->owner == ACCOUNT_NOBODY);
	assert_true(b->has_password);
	assert_memory_equal(&b->keys, &keys, sizeof(keys));

	b = account_add(all, STR("eve"), 5);
	b->owner = 1000;
	buf_clear(&text);
	account_write(b, &text);
	expect_text("without a password", buf_str(&text), "name=eve created=5 owner=1000");
	assert_int_equal(account_read(again, buf_str(&text), &e), 0);
	assert_true(account_find(again, STR("eve"))->owner == 1000);
	assert_false(account_find(again, STR("eve"))->has_password);

	accounts_write_secret(all, &secret);
	assert_true(accounts_read_secret(again, buf_str(&secret)));
	accounts_write_secret(again, &other);
	expect_str("secret", buf_str(&other), buf_str(&secret));
	assert_false(accounts_read_secret(again, STR("short")));
	buf_free(&text);
	buf_free(&secret);
	buf_free(&other);
	accounts_free(all);
	accounts_free(again);
}

static void
test_wishes_and_email(void **state)
{
	struct accounts *all = some_accounts(), *again = some_accounts();
	struct account *a = account_add(all, STR("ada"), 5), *b;
	struct buf text = BUF_INIT(ACCOUNT_TEXT_MOST);
	struct err e;

	(void)state;
	a->always_on = ACCOUNT_YES;
	a->multiclient = ACCOUNT_NO;
	assert_true(account_set_email(a, STR("old@example.org")));
	assert_true(account_set_email(a, STR("ada@example.org")));
	account_write(a, &text);
	expect_text("written", buf_str(&text),
	    "name=ada created=5 always-on=yes multiclient=no email=ada@example.org");
	assert_int_equal(account_read(again, buf_str(&text), &e), 0);
	b = account_find(again, STR("ada"));
	assert_int_equal(b->always_on, ACCOUNT_YES);
	assert_int_equal(b->multiclient, ACCOUNT_NO);
	expect_text("read", str_from(b->email), "ada@example.org");
	assert_true(account_set_email(b, STR("")));
	assert_null(b->email);
	buf_free(&text);
	accounts_free(all);
	accounts_free(again);
}

static void
test_email_valid(void **state)
{
	static const struct {
		const char *email;
		bool valid;
	} cases[] = {
		{ "ada@example.org", true },
		{ "ada.l+chat@mail.example.org", true },
		{ "root@localhost", true },
		{ "ada@xn--d1acufc.example", true },
		{ "j\u00f6rg@b\u00fccher.example", true },
		{ "", false },
		{ "*", false },
		{ "ada", false },
		{ "@example.org", false },
		{ "ada@", false },
		{ "ada@example..org", false },
		{ "ada@.example.org", false },
		{ "ada@example.org.", false },
		{ "ada@-example.org", false },
		{ "ada@example-.org", false },
		{ "ada@exa mple.org", false },
		{ "ada@exam_ple.org", false },
		{ "a b@example.org", false },
		{ "a\001b@example.org", false },
		{ "a\177b@example.org", false },
		{ "<ada@example.org>", false },
		{ "ada@bob@example.org", false },
		{ "ada\xff@example.org", false },
	};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(
		    cases[i].email, account_email_valid(str_from(cases[i].email)), cases[i].valid);
	memset(longest, 'a', sizeof(longest));
	longest[64] = '@';
	for (size_t i = 65; i < sizeof(longest); i++)
		longest[i] = i % 50 == 0 ? '.' : 'a';
	assert_true(account_email_valid((struct str){ longest, 254 }));
	assert_false(account_email_valid((struct str){ longest, 255 }));
	longest[64] = 'a';
	longest[65] = '@';
	assert_false(account_email_valid((struct str){ longest, 100 }));
}

static void
test_bad_texts(void **state)
{
	static const char *const texts[] = { "", "name=ada", "created=1", "name=a,b created=1",
		"name=ada created=x", "name=ada created=1 owner=-5",
		"name=ada created=1 iterations=4096", "name=ada created=1 iterations=0 salt=00",
		"name=ada created=1 iterations=4096 salt=73616c74 stored=00 server=00" };
	struct accounts *all = some_accounts();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct err e = { "" };
		expect_int(texts[i], account_read(all, str_from(texts[i]), &e), -1);
		assert_true(e.text[0] != '\0');
	}
	/* what a later version may add is passed over */
	struct err e;
	assert_int_equal(account_read(all, STR("name=ada created=1 colour=red"), &e), 0);
	accounts_free(all);
}

/* Who asks can't tell an account from a name that is none. */
static void
test_made_up_keys(void **state)
{
	struct accounts *all = some_accounts(), *later = some_accounts();
	struct sasl_keys a, b, c;
	struct buf secret = BUF_INIT(64);

	(void)state;
	if (sasl_library[0] == '\0')
		skip();
	account_keys(all, STR("nobody"), 4096, &a);
	account_keys(all, STR("NoBody"), 4096, &b);
	account_keys(all, STR("somebody"), 4096, &c);
	assert_int_equal(a.iterations, 4096);
	assert_memory_equal(a.salt, b.salt, sizeof(a.salt));
	assert_memory_not_equal(a.salt, c.salt, sizeof(a.salt));
	assert_false(sasl_keys_same(&a, &b)); /* nobody has them */
	accounts_write_secret(all, &secret);
	assert_true(accounts_read_secret(later, buf_str(&secret)));
	account_keys(later, STR("nobody"), 4096, &b);
	assert_memory_equal(a.salt, b.salt, sizeof(a.salt)); /* after a restart */
	account_add(all, STR("eve"), 5);
	account_keys(all, STR("eve"), 4096, &b);
	assert_int_equal(b.iterations, 4096); /* without a password: the same */
	account_set_keys(account_find(all, STR("eve")), &keys);
	account_keys(all, STR("eve"), 9999, &b);
	assert_memory_equal(&b, &keys, sizeof(keys));
	buf_free(&secret);
	accounts_free(all);
	accounts_free(later);
}

static void
test_attempts(void **state)
{
	struct attempts *all = attempts_new();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(attempts_take(all, STR("a"), 3, 1000, 500 + i) == 0);
	assert_true(attempts_take(all, STR("a"), 3, 1000, 600) == 900);
	assert_true(attempts_take(all, STR("b"), 3, 1000, 600) == 0);
	assert_true(attempts_take(all, STR("a"), 0, 1000, 600) == 0); /* any number */
	attempts_give_back(all, STR("a"));
	assert_true(attempts_take(all, STR("a"), 3, 1000, 600) == 0);
	assert_true(attempts_take(all, STR("a"), 3, 1000, 601) > 0);
	assert_true(attempts_take(all, STR("a"), 3, 1000, 1500) == 0); /* another period */
	attempts_give_back(all, STR("unknown"));
	attempts_free(all);
	attempts_free(NULL);
}

/* Many addresses take no more memory than a few; those of long ago give way. */
static void
test_many_attempts(void **state)
{
	struct attempts *all = attempts_new();
	int key = -1;

	(void)state;
	assert_true(attempts_take(all, (struct str){ (char *)&key, sizeof(key) }, 1, 1000, 0) == 0);
	for (key = 0; key < ATTEMPTS_KEYS - 1; key++)
		assert_true(
		    attempts_take(all, (struct str){ (char *)&key, sizeof(key) }, 1, 1000, 1) == 0);
	key = -1;
	assert_true(attempts_take(all, (struct str){ (char *)&key, sizeof(key) }, 1, 1000, 2) > 0);
	key = ATTEMPTS_KEYS;
	assert_true(attempts_take(all, (struct str){ (char *)&key, sizeof(key) }, 1, 1000, 2) == 0);
	key = -1;
	assert_true(attempts_take(all, (struct str){ (char *)&key, sizeof(key) }, 1, 1000, 2) == 0);
	attempts_free(all);
}

struct answer {
	int calls;
	bool made;
	struct sasl_keys keys;
};

static void
note(void *arg, const struct sasl_keys *made, const char *why)
{
	struct answer *a = arg;

	a->calls++;
	a->made = made != NULL;
	if (made != NULL)
		a->keys = *made;
	else
		assert_true(why[0] != '\0');
}

static bool
start(struct mailbox *m, struct str password, const struct sasl_keys *like, struct answer *told)
{
	struct password_hash *h = password_hash_new(password, like, note, told);

	assert_non_null(h);
	if (password_hash_start(h, m))
		return true;
	password_hash_free(h);
	return false;
}

static void
test_on_a_helper_thread(void **state)
{
	struct answer right = { 0 }, bad = { 0 }, forgotten = { 0 };
	struct sasl_keys like = { .iterations = 4096 }, here = like;
	char password[] = "analytical engine";
	struct mailbox *m;
	struct err e;

	(void)state;
	m = mailbox_new(&e);
	assert_non_null(m);
	start(m, str_from(password), &like, &right);
	memset(password, '#', sizeof(password) - 1); /* it has its own copy */
	start(m, STR("bell\a"), &like, &bad);
	password_hash_free(password_hash_new(STR("x"), &like, note, &forgotten));
	for (int i = 0; i < 5000 && (right.calls == 0 || bad.calls == 0); i++) {
		usleep(1000);
		mailbox_deliver(m);
	}
	mailbox_free(m);
	expect_int("right", right.calls, 1);
	expect_int("bad", bad.calls, 1);
	expect_int("bad", bad.made, false);
	expect_int("forgotten", forgotten.calls, 0);
	expect_int("made", right.made, sasl_library[0] != '\0');
	if (sasl_keys_make(STR("analytical engine"), &here, &e) == 0)
		assert_true(sasl_keys_same(&here, &right.keys));
}

static void
test_a_full_mailbox_refuses(void **state)
{
	struct sasl_keys like = { .iterations = 4096 };
	struct answer all = { 0 };
	struct mailbox *m;
	struct err e;
	int taken = 0;

	(void)state;
	m = mailbox_new(&e);
	assert_non_null(m);
	while (taken <= 2 * MAILBOX_LIMIT && start(m, STR("x"), &like, &all))
		taken++;
	assert_in_range(taken, MAILBOX_LIMIT, 2 * MAILBOX_LIMIT - 1);
	mailbox_free(m);
	expect_int("told", all.calls, taken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_wishes_and_email),
		cmocka_unit_test(test_email_valid),
		cmocka_unit_test(test_bad_texts),
		cmocka_unit_test(test_made_up_keys),
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_many_attempts),
		cmocka_unit_test(test_on_a_helper_thread),
		cmocka_unit_test(test_a_full_mailbox_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
