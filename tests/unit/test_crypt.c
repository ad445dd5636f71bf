/* Passwords against crypt(3) hashes. Every hash here is of "secret". */
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"

#include "auth/crypt.h"
#include "auth/peercred.h"
#include "base/unix_ids.h"

#define SHA512                                                                    \
	"$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2SoepNXNKJ/otop/" \
	"Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/"
#define SHA256 "$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2"
#define YESCRYPT "$y$j75$abcdefgh$uMUXG79B2cFpoAYyDccUnsaH/aGTyBYMlnQidzyag01"
#define BCRYPT "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

static void
skip_without_crypt(void)
{
	if (crypt_library[0] == '\0')
		skip();
}

static void
test_matches(void **state)
{
	static const struct {
		const char *password, *hash;
		bool match;
	} cases[] = {
		{ "secret", SHA512, true },
		{ "secret", SHA256, true },
		{ "secret", YESCRYPT, true },
		{ "secret", BCRYPT, true },
		{ "Secret", SHA512, false },
		{ "secret ", SHA512, false },
		{ "", SHA512, false },
		{ "secret", "", false },
		{ "secret", "*0", false },
		{ "secret", "*1", false },
		{ "secret", "secret", false },
		{ "secret", "$6$rounds=1000$saltsalt$", false },
		{ "secret", "$9$nosuch$method", false },
	};
	char longest[CRYPT_PASSWORD_MOST + 1];

	(void)state;
	skip_without_crypt();
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(cases[i].hash,
		    crypt_matches(str_from(cases[i].password), str_from(cases[i].hash)),
		    cases[i].match);
	assert_false(crypt_matches(STR("secret\0more"), STR(SHA512)));
	assert_false(crypt_matches(STR("secret"), STR(SHA512 "\0")));
	memset(longest, 'x', sizeof(longest));
	assert_false(crypt_matches((struct str){ longest, sizeof(longest) }, STR(SHA512)));
}

static void
test_acceptable(void **state)
{
	static const struct {
		const char *hash, *complaint; /* NULL: none */
	} cases[] = {
		{ SHA512, NULL },
		{ SHA256, NULL },
		{ YESCRYPT, NULL },
		{ BCRYPT, NULL },
		{ "", "not a password hash" },
		{ "secret", "old method" }, /* two letters of salt: DES */
		{ "!", "not a password hash" },
		{ "*0", "not a password hash" },
		{ "$1$saltsalt$9xy1btjgzLYfb7hivXtC//", "old method" },
		{ "abNANd1rDfiNc", "old method" },
		{ "$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNsp", "missing" },
		{ "$y$j75$abcdefgh$uMUXG79B2cFpoAYyDccUnsaH", "missing" },
		{ "$2b$04$abcdefghijklmnopqrstuu2r9OfJnf", "missing" },
		{ "$6$", "missing" },
	};
	struct err e;

	(void)state;
	skip_without_crypt();
	for (size_t i = 0; i < COUNT(cases); i++) {
		int result = crypt_acceptable(str_from(cases[i].hash), &e);

		expect_int(cases[i].hash, result, cases[i].complaint ? -1 : 0);
		if (cases[i].complaint && !strstr(e.text, cases[i].complaint))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", cases[i].hash, e.text,
			    cases[i].complaint);
	}
}

static void
test_says_when_it_is_not_built_in(void **state)
{
	struct err e;

	(void)state;
	if (crypt_library[0] != '\0')
		skip();
	assert_int_equal(crypt_acceptable(STR(SHA512), &e), -1);
	assert_non_null(strstr(e.text, "without crypt(3)"));
	assert_false(crypt_matches(STR("secret"), STR(SHA512)));
}

struct answer {
	int calls;
	bool match;
};

static void
note(void *arg, bool match)
{
	struct answer *a = arg;

	a->calls++;
	a->match = match;
}

static void
test_on_a_helper_thread(void **state)
{
	struct answer right = { 0 }, wrong = { 0 }, forgotten = { 0 };
	char password[] = "secret";
	struct crypt_check *k;
	struct mailbox *m;
	struct err e;

	(void)state;
	m = mailbox_new(&e);
	assert_non_null(m);
	assert_non_null(crypt_check_start(m, str_from(password), STR(BCRYPT), note, &right));
	memset(password, '#', sizeof(password) - 1); /* it has its own copy */
	assert_non_null(crypt_check_start(m, STR("wrong"), STR(BCRYPT), note, &wrong));
	k = crypt_check_start(m, STR("secret"), STR(BCRYPT), note, &forgotten);
	assert_non_null(k);
	crypt_check_forget(k);
	for (int i = 0; i < 1000 && (right.calls == 0 || wrong.calls == 0); i++) {
		usleep(1000);
		mailbox_deliver(m);
	}
	mailbox_free(m);
	expect_int("calls", right.calls, 1);
	expect_int("right", right.match, crypt_library[0] != '\0');
	expect_int("calls", wrong.calls, 1);
	expect_int("wrong", wrong.match, false);
	expect_int("forgotten", forgotten.calls, 0);
}

static void
test_a_full_mailbox_refuses(void **state)
{
	struct answer all = { 0 };
	struct mailbox *m;
	struct err e;
	int taken = 0;

	(void)state;
	m = mailbox_new(&e);
	assert_non_null(m);
	while (
	    taken <= MAILBOX_LIMIT && crypt_check_start(m, STR("wrong"), STR(BCRYPT), note, &all))
		taken++;
	expect_int("taken", taken, MAILBOX_LIMIT);
	mailbox_free(m);
	expect_int("told", all.calls, MAILBOX_LIMIT);
	expect_int("match", all.match, false);
}

static void
test_credentials(void **state)
{
	struct peercred who;
	struct err e;
	int ends[2], other = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(peercred_get(ends[0], &who, &e), 0);
	expect_int("uid", who.uid, getuid());
	expect_int("gid", who.gid, getgid());
	expect_int("pid", who.pid, getpid());
	if (getuid() == 0)
		expect_text("name", str_from(who.name), "root");
	assert_true(strlen(who.name) > 0);
	assert_int_equal(peercred_get(other, &who, &e), -1);
	close(other);
	close(ends[0]);
	close(ends[1]);
}

/* Which group the kernel says that the other side is in, as it was when the two were joined. */
static void
test_groups(void **state)
{
	gid_t before[256], more[] = { 7777, 4242, 8888 };
	int ends[2], other = socket(AF_INET, SOCK_STREAM, 0);
	int count = getgroups(256, before);

	(void)state;
	assert_true(count >= 0);
	if (getuid() == 0)
		assert_int_equal(setgroups(3, more), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	if (getuid() == 0)
		assert_int_equal(setgroups((size_t)count, before), 0);
	expect_int("own", peercred_in_group(ends[0], getgid()), true);
	expect_int("supplementary", peercred_in_group(ends[0], 4242), getuid() == 0);
	expect_int("neither", peercred_in_group(ends[0], 4243), false);
	expect_int("no user", peercred_in_group(other, getgid()), false);
	expect_int("no socket", peercred_in_group(-1, getgid()), false);
	close(other);
	close(ends[0]);
	close(ends[1]);
}

static void
test_ids(void **state)
{
	static const struct {
		const char *name;
		bool known;
		uint32_t id;
	} users[] = { { "root", true, 0 }, { "0", true, 0 }, { "4294967294", true, 4294967294U },
		{ "4294967295", false, 0 }, { "-1", false, 0 }, { "", false, 0 },
		{ "no-such-one", false, 0 } };
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct str name = str_from(users[i].name);
		id = 0;
		expect_int(users[i].name, unix_user_id(name, &id), users[i].known);
		expect_int(users[i].name, id, users[i].id);
		expect_int(users[i].name, unix_group_id(name, &id), users[i].known);
		expect_int(users[i].name, id, users[i].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_acceptable),
		cmocka_unit_test(test_says_when_it_is_not_built_in),
		cmocka_unit_test(test_on_a_helper_thread),
		cmocka_unit_test(test_a_full_mailbox_refuses),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
