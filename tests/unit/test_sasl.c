/* SASL: both sides against each other, and the parts of lines. The password of "ada" is "analytical
 * engine". */
#include <string.h>

#include "expect.h"

#include "auth/sasl.h"

#define PASSWORD "analytical engine"

enum { TURNS = 6 };

#define ANY SASL_MECHANISM_COUNT

static void
skip_without_library(void)
{
	if (sasl_library[0] == '\0')
		skip();
}

/* What the server knows of ada; of others, what nobody has. */
static void
keys_of(void *arg, struct str name, struct sasl_keys *out)
{
	struct err e;

	(void)arg;
	*out = (struct sasl_keys){ .iterations = 4096, .salt = "sixteen bytes .." };
	if (str_eq(name, STR("ada")))
		assert_int_equal(sasl_keys_make(STR(PASSWORD), out, &e), 0);
	else
		memset(out->stored, 'x', sizeof(out->stored));
}

/* How an exchange ended, at the server and at the client. */
struct outcome {
	enum sasl_result server, client;
	bool heard; /* the client got the server's last word */
};

static struct outcome
run(struct sasl *client, struct sasl *server)
{
	struct buf up = BUF_INIT(SASL_MESSAGE_MOST), down = BUF_INIT(SASL_MESSAGE_MOST);
	struct outcome o = { SASL_MORE, SASL_MORE, false };
	struct err e;

	for (int i = 0; i < TURNS && o.server == SASL_MORE; i++) {
		buf_clear(&up);
		if (o.client != SASL_MORE)
			break;
		o.client = sasl_step(client, buf_str(&down), &up, &e);
		if (o.client == SASL_FAILED)
			break;
		buf_clear(&down);
		o.server = sasl_step(server, buf_str(&up), &down, &e);
	}
	buf_free(&up);
	buf_free(&down);
	return o;
}

static void
test_both_sides(void **state)
{
	static const struct {
		enum sasl_mechanism mechanism;
		const char *name, *password;
		enum sasl_result server, client;
	} cases[] = {
		{ SASL_SCRAM_SHA_256, "ada", PASSWORD, SASL_DONE, SASL_DONE },
		{ SASL_SCRAM_SHA_256, "ada", "wrong", SASL_FAILED, SASL_MORE },
		{ SASL_SCRAM_SHA_256, "eve", PASSWORD, SASL_FAILED, SASL_MORE },
		{ SASL_PLAIN, "ada", PASSWORD, SASL_PASSWORD, SASL_DONE },
		{ SASL_PLAIN, "eve", "anything", SASL_PASSWORD, SASL_DONE },
		{ SASL_EXTERNAL, "", "", SASL_DONE, SASL_DONE },
		{ SASL_EXTERNAL, "ada", "", SASL_DONE, SASL_DONE },
	};
	struct err e;

	(void)state;
	skip_without_library();
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sasl *server = sasl_server_new(cases[i].mechanism, keys_of, NULL, &e);
		struct sasl *client = sasl_client_new(
		    cases[i].mechanism, str_from(cases[i].name), str_from(cases[i].password), &e);
		struct outcome o;
		assert_non_null(server);
		assert_non_null(client);
		o = run(client, server);
		expect_int(sasl_name(cases[i].mechanism), o.server, cases[i].server);
		expect_int(cases[i].name, o.client, cases[i].client);
		if (cases[i].mechanism == SASL_EXTERNAL)
			expect_text("who", sasl_authorization(server), cases[i].name);
		else
			expect_text("who", sasl_user(server), cases[i].name);
		if (o.server == SASL_PASSWORD)
			expect_text("password", sasl_password(server), cases[i].password);
		sasl_free(server);
		sasl_free(client);
	}
}

/* Whoever answers without knowing the password is not believed. */
static void
test_a_false_server(void **state)
{
	struct sasl *server, *client;
	struct buf up = BUF_INIT(SASL_MESSAGE_MOST), down = BUF_INIT(SASL_MESSAGE_MOST);
	struct err e;

	(void)state;
	skip_without_library();
	server = sasl_server_new(SASL_SCRAM_SHA_256, keys_of, NULL, &e);
	client = sasl_client_new(SASL_SCRAM_SHA_256, STR("ada"), STR(PASSWORD), &e);
	expect_int("first", sasl_step(client, STR(""), &up, &e), SASL_MORE);
	expect_int("first", sasl_step(server, buf_str(&up), &down, &e), SASL_MORE);
	buf_clear(&up);
	expect_int("final", sasl_step(client, buf_str(&down), &up, &e), SASL_MORE);
	buf_clear(&up);
	expect_int("verdict", sasl_step(client, STR("dj1BQUFB"), &up, &e), SASL_FAILED);
	sasl_free(server);
	sasl_free(client);
	buf_free(&up);
	buf_free(&down);
}

static void
keys_of_a_tyrant(void *arg, struct str name, struct sasl_keys *out)
{
	(void)arg;
	(void)name;
	*out = (struct sasl_keys){ .iterations = SASL_ITERATIONS_MOST + 1 };
}

/* A server can't make its clients work for hours. */
static void
test_too_many_iterations(void **state)
{
	struct sasl *server, *client;
	struct buf up = BUF_INIT(SASL_MESSAGE_MOST), down = BUF_INIT(SASL_MESSAGE_MOST);
	struct err e = { "" };

	(void)state;
	skip_without_library();
	server = sasl_server_new(SASL_SCRAM_SHA_256, keys_of_a_tyrant, NULL, &e);
	client = sasl_client_new(SASL_SCRAM_SHA_256, STR("ada"), STR(PASSWORD), &e);
	expect_int("first", sasl_step(client, STR(""), &up, &e), SASL_MORE);
	expect_int("first", sasl_step(server, buf_str(&up), &down, &e), SASL_MORE);
	buf_clear(&up);
	expect_int("final", sasl_step(client, buf_str(&down), &up, &e), SASL_FAILED);
	assert_true(str_contains(str_from(e.text), STR("iterations")));
	sasl_free(server);
	sasl_free(client);
	buf_free(&up);
	buf_free(&down);
}

static void
test_bad_messages(void **state)
{
	static const struct {
		enum sasl_mechanism mechanism;
		const char *message;
	} cases[] = {
		{ SASL_PLAIN, "not base64!" },
		{ SASL_PLAIN, "ZXZlAABzZWNyZXQ=" }, /* eve, nobody, "secret" */
		{ SASL_PLAIN, "AGFkYQA=" },         /* ada with an empty one */
		{ SASL_PLAIN, "AAAA" },             /* three NULs: nobody, nothing */
		{ SASL_PLAIN, "YWRh" },             /* "ada" without a password */
		{ SASL_PLAIN, "AGFkYQBhAGI=" },     /* a NUL in the password */
		{ SASL_PLAIN, "AGFkYQD/" },         /* not UTF-8 */
		{ SASL_SCRAM_SHA_256, "not base64!" },
		{ SASL_SCRAM_SHA_256, "YWRh" },
		{ SASL_EXTERNAL, "AAAA" },
	};
	struct buf out = BUF_INIT(SASL_MESSAGE_MOST);
	char longest[SASL_MESSAGE_MOST + 2];

	(void)state;
	skip_without_library();
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e = { "" };
		struct sasl *x = sasl_server_new(cases[i].mechanism, keys_of, NULL, &e);
		expect_int(cases[i].message, sasl_step(x, str_from(cases[i].message), &out, &e),
		    SASL_FAILED);
		assert_true(e.text[0] != '\0');
		sasl_free(x);
	}
	memset(longest, 'A', sizeof(longest));
	for (size_t len = SASL_MESSAGE_MOST; len <= SASL_MESSAGE_MOST + 1; len++) {
		struct err e = { "" };
		struct sasl *x = sasl_server_new(SASL_PLAIN, NULL, NULL, &e);
		expect_int(
		    "long", sasl_step(x, (struct str){ longest, len }, &out, &e), SASL_FAILED);
		sasl_free(x);
	}
	buf_free(&out);
}

static void
test_bad_clients(void **state)
{
	char longest[SASL_PASSWORD_MOST + 1];
	struct err e = { "" };

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_null(sasl_client_new(SASL_PLAIN, STR(""), STR("x"), &e));
	assert_true(e.text[0] != '\0');
	assert_null(sasl_client_new(SASL_PLAIN, STR("ada"), STR(""), &e));
	assert_null(sasl_client_new(SASL_PLAIN, STR("a\0b"), STR("x"), &e));
	assert_null(
	    sasl_client_new(SASL_PLAIN, STR("ada"), (struct str){ longest, sizeof(longest) }, &e));
}

static void
test_keys(void **state)
{
	struct sasl_keys a = { .iterations = 4096, .salt = "sixteen bytes .." }, b = a, c = a;
	char longest[SASL_PASSWORD_MOST + 1];
	struct err e;

	(void)state;
	skip_without_library();
	assert_int_equal(sasl_keys_make(STR("\xc3\xa9t\xc3\xa9"), &a, &e), 0);
	assert_int_equal(sasl_keys_make(STR("\xc3\xa9t\xc3\xa9"), &b, &e), 0);
	assert_int_equal(sasl_keys_make(STR("other"), &c, &e), 0);
	assert_true(sasl_keys_same(&a, &b));
	assert_false(sasl_keys_same(&a, &c));
	assert_int_equal(sasl_keys_make(STR(""), &a, &e), -1);
	assert_int_equal(sasl_keys_make(STR("bell\a"), &a, &e), -1);
	assert_int_equal(sasl_keys_make(STR("not \xff text"), &a, &e), -1);
	assert_int_equal(sasl_keys_make(STR("\xf0\x9f\x98\x80"), &a, &e), -1);
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(sasl_keys_make((struct str){ longest, sizeof(longest) }, &a, &e), -1);
	assert_int_equal(sasl_keys_make((struct str){ longest, sizeof(longest) - 1 }, &a, &e), 0);
}

/* RFC 7677, section 3: user "user", password "pencil". */
static void
test_keys_of_the_standard(void **state)
{
	struct sasl_keys k = { .iterations = 4096,
		.salt = { 0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14,
		    0x12, 0x36, 0xfa, 0x81 } };
	struct err e;

	(void)state;
	skip_without_library();
	assert_int_equal(sasl_keys_make(STR("pencil"), &k, &e), 0);
	/* WG5d8oPm3OtcPnkdi4Uo7Bke… and wfPLwcE6nTWhTAmQ7tl2Keoi…, in base64 */
	assert_memory_equal(k.stored, "\x58\x6e\x5d\xf2\x83\xe6\xdc\xeb\x5c\x3e\x79\x1d", 12);
	assert_memory_equal(k.server, "\xc1\xf3\xcb\xc1\xc1\x3a\x9d\x35\xa1\x4c\x09\x90", 12);
}

static void
test_choice(void **state)
{
	static const struct {
		const char *offered;
		bool password;
		enum sasl_mechanism only, best;
	} cases[] = {
		{ "PLAIN,SCRAM-SHA-256,EXTERNAL", true, ANY, SASL_SCRAM_SHA_256 },
		{ "PLAIN,SCRAM-SHA-256,EXTERNAL", true, SASL_PLAIN, SASL_PLAIN },
		{ "PLAIN,SCRAM-SHA-256,EXTERNAL", false, ANY, SASL_EXTERNAL },
		{ "PLAIN,SCRAM-SHA-256,EXTERNAL", false, SASL_PLAIN, ANY },
		{ "PLAIN", true, ANY, SASL_PLAIN },
		{ "PLAIN", true, SASL_SCRAM_SHA_256, ANY },
		{ "plain", true, ANY, SASL_PLAIN },
		{ "PLAIN", false, ANY, ANY },
		{ "ECDSA-NIST256P-CHALLENGE,EXTERNAL", true, ANY, ANY },
		{ "PLAINLY", true, ANY, ANY },
		{ "", true, ANY, SASL_SCRAM_SHA_256 },
		{ "", true, SASL_PLAIN, SASL_PLAIN },
		{ "", false, ANY, SASL_EXTERNAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_int(cases[i].offered,
		    sasl_choose(str_from(cases[i].offered), cases[i].password, cases[i].only),
		    cases[i].best);
	expect_int("none", sasl_find(STR("NONE")), SASL_MECHANISM_COUNT);
	expect_text("none", str_from(sasl_name(SASL_MECHANISM_COUNT)), "");
}

static void
test_parts(void **state)
{
	static const size_t lengths[] = { 0, 1, 399, 400, 401, 799, 800, 801, 4000 };
	struct buf got = BUF_INIT(SASL_MESSAGE_MOST);
	char text[4096];

	(void)state;
	memset(text, 'A', sizeof(text));
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct str rest = { text, lengths[i] }, part;
		enum sasl_gathered g = SASL_PART_MORE;
		bool more = true;
		size_t parts = 0;
		buf_clear(&got);
		while (more) {
			more = sasl_part_cut(&rest, &part);
			expect_int("more", g, SASL_PART_MORE);
			g = sasl_part_add(&got, part);
			assert_true(part.len <= SASL_PART && part.len > 0);
			parts++;
		}
		expect_int("whole", g, SASL_PART_WHOLE);
		expect_int("length", (long long)got.len, (long long)lengths[i]);
		expect_int("parts", (long long)parts, (long long)(lengths[i] / SASL_PART + 1));
	}
	buf_clear(&got);
	expect_int(
	    "part", sasl_part_add(&got, (struct str){ text, SASL_PART + 1 }), SASL_PART_TOO_LONG);
	for (int i = 0; i < SASL_MESSAGE_MOST / SASL_PART; i++)
		expect_int(
		    "part", sasl_part_add(&got, (struct str){ text, SASL_PART }), SASL_PART_MORE);
	expect_int(
	    "in all", sasl_part_add(&got, (struct str){ text, SASL_PART }), SASL_PART_TOO_LONG);
	buf_free(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_a_false_server),
		cmocka_unit_test(test_too_many_iterations),
		cmocka_unit_test(test_bad_messages),
		cmocka_unit_test(test_bad_clients),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_the_standard),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
