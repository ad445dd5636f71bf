/* Positions kept between runs: the file's name and text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connect/resume.h"
#include "expect.h"

static void
a_file_is_named_by_server_and_identity(void **state)
{
	static const struct {
		const char *server, *who, *name;
	} cases[] = {
		{ "127.0.0.1:5000", "ada", "resume-127.0.0.1%3a5000-ada" },
		{ "/run/chat.sock", "a_b", "resume-%2frun%2fchat.sock-a_b" },
		{ "..", "", "resume-..-" },
		{ "a-b", "c", "resume-a%2db-c" }, /* not that of a, b-c */
	};
	char server[300];
	struct buf out = BUF_INIT(4096), other = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		resume_name(&out, str_from(cases[i].server), str_from(cases[i].who));
		expect_text(cases[i].server, buf_str(&out), cases[i].name);
	}
	/* What is too long for a file's name differs in its end. */
	memset(server, '/', sizeof(server) - 1);
	server[sizeof(server) - 1] = '\0';
	buf_clear(&out);
	resume_name(&out, str_from(server), STR("ada"));
	resume_name(&other, str_from(server), STR("adb"));
	assert_int_equal(out.len, RESUME_NAME_MOST);
	assert_false(str_eq(buf_str(&out), buf_str(&other)));
	buf_free(&out);
	buf_free(&other);
}

static const char whole[] = "sockchat-resume 1\n"
			    "since 2026-11-21T03:04:05.678Z\n"
			    "at #Lobby 0eavf5xc64j5u 2026-11-21T03:04:05.000Z\n"
			    "at Alice - 2026-11-21T03:04:04.001Z\n";

static void
what_is_written_is_read(void **state)
{
	static struct positions p;
	struct buf out = BUF_INIT(RESUME_TEXT_MOST);
	struct err e;

	(void)state;
	assert_int_equal(resume_parse(&p, str_from(whole), &e), 0);
	assert_int_equal(p.since, 1795230245678);
	assert_string_equal(positions_find(&p, STR("#lobby"))->id, "0eavf5xc64j5u");
	assert_true(positions_find(&p, STR("#lobby"))->channel);
	assert_string_equal(positions_find(&p, STR("alice"))->id, "");
	assert_int_equal(positions_find(&p, STR("alice"))->time, 1795230244001);
	assert_false(p.changed);
	assert_true(resume_write(&out, &p));
	expect_text("written", buf_str(&out), whole);
	positions_free(&p);
	buf_clear(&out);
	p.since = 0;
	assert_true(resume_write(&out, &p));
	expect_text("nothing", buf_str(&out), "sockchat-resume 1\n");
	buf_free(&out);
}

static const struct {
	const char *text, *said;
} wrong[] = {
	{ "", "line 1" },
	{ "sockchat-resume 2\n", "line 1" },
	{ "sockchat-resume 1\n\n", "line 2" },
	{ "sockchat-resume 1\nsince\n", "line 2" },
	{ "sockchat-resume 1\nsince yesterday\n", "line 2" },
	{ "sockchat-resume 1\nat\n", "line 2" },
	{ "sockchat-resume 1\nat #c\n", "line 2" },
	{ "sockchat-resume 1\nat #c id\n", "line 2" },
	{ "sockchat-resume 1\nat #c id then\n", "line 2" },
	{ "sockchat-resume 1\nsince 2026-11-21T03:04:05.678Z\nto #c\n", "line 3" },
};

static void
what_is_not_a_position_is_refused(void **state)
{
	static struct positions p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(resume_parse(&p, str_from(wrong[i].text), &e), -1);
		if (!str_contains(str_from(e.text), str_from(wrong[i].said)))
			fail_msg("%s: %s", wrong[i].text, e.text);
		positions_free(&p);
	}
	/* Cut off anywhere: it is refused, or has whole lines alone. */
	for (size_t n = 0; n < sizeof(whole); n++) {
		resume_parse(&p, (struct str){ whole, n }, &e);
		positions_free(&p);
	}
}

static void
a_file_is_replaced_whole(void **state)
{
	static struct positions p;
	char folder[] = "/tmp/sockchat-resume-XXXXXX", path[128], beside[160];
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/position", folder);
	snprintf(beside, sizeof(beside), "%s.new", path);
	assert_int_equal(resume_load(&p, path, &e), 0); /* there is none yet */
	assert_int_equal(resume_save(path, STR("sockchat-resume 1\nsince x\n"), &e), 0);
	assert_int_equal(resume_load(&p, path, &e), -1);
	assert_true(str_contains(str_from(e.text), str_from(path)));
	assert_int_equal(resume_save(path, str_from(whole), &e), 0);
	assert_int_equal(resume_load(&p, path, &e), 0);
	assert_non_null(positions_find(&p, STR("#lobby")));
	assert_int_equal(access(beside, F_OK), -1);
	positions_free(&p);
	unlink(path);
	rmdir(folder);
	assert_int_equal(resume_save(path, str_from(whole), &e), -1);
	assert_true(str_contains(str_from(e.text), STR("keeping the position")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_named_by_server_and_identity),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_not_a_position_is_refused),
		cmocka_unit_test(a_file_is_replaced_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
