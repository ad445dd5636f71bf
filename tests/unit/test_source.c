/* Flags, environment and files together: what wins, what is wrong, and reading again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/effective.h"
#include "cli/source.h"
#include "expect.h"

static const struct command commands[] = {
	{ "serve", FOR_SERVE, 0, "", "", "", "", NULL },
	{ "connect", FOR_CONNECT, 2, "", "", "", "", NULL },
	{ "peer", FOR_PEER, 2, "", "", "", "", NULL },
};
static const char *const features[] = { NULL };
static const struct program program = { "0", features, commands, COUNT(commands) };

enum { WORDS_MOST = 20 };

/* A command line being read; the words of `line` are cut at spaces. */
struct reading {
	struct cli_source src;
	struct problems usage, wrong;
	struct settings *s;
	char *argv[WORDS_MOST + 1];
	int argc, first;
};

static void
reading_start(struct reading *r, const char *line)
{
	struct str rest = str_from(line);

	*r = (struct reading){ .usage = PROBLEMS_INIT, .wrong = PROBLEMS_INIT };
	while (rest.len > 0 && r->argc < WORDS_MOST)
		r->argv[r->argc++] = str_dup(str_cut(&rest, ' '));
	const struct command *c = NULL;
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, r->argv[0]) == 0)
			c = &commands[i];
	}
	assert_non_null(c);
	assert_true(source_init(&r->src, c));
	r->src.user_config = NULL;
	r->src.system_config = "/nonexistent/system.ini";
	r->first = source_flags(&r->src, &program, r->argc, r->argv, &r->usage);
}

static void
reading_apply(struct reading *r)
{
	r->s = source_apply(&r->src, false, &r->usage, &r->wrong);
	assert_non_null(r->s);
}

static void
reading_end(struct reading *r)
{
	for (int i = 0; i < r->argc; i++)
		free(r->argv[i]);
	settings_free(r->s);
	source_free(&r->src);
	problems_free(&r->usage);
	problems_free(&r->wrong);
}

static const struct {
	const char *line;
	const char *says; /* "": nothing is wrong */
} lines[] = {
	{ "serve", "" },
	{ "serve --port 5000 --port=6000 -p7000 -p 8000,9000", "" },
	{ "serve --show-messages --no-show-messages", "" },
	{ "connect HOST --json 5000 --once", "" },
	{ "peer -k -l 5 --name-length 10 --message-length=500", "" },
	{ "peer --turns --no-keep -- --listen", "" },
	{ "serve --unix= --unix-group=", "" },
	{ "serve --prot 5", "unknown option --prot; did you mean --port?\n" },
	{ "serve --prot=5", "unknown option --prot; did you mean --port?\n" },
	{ "serve --por 5", "unknown option --por; did you mean --port?\n" },
	{ "serve --uni=x", "unknown option --uni; did you mean --unix?\n" },
	{ "serve --confg x", "unknown option --confg; did you mean --config?\n" },
	{ "serve --xyzzyplugh", "unknown option --xyzzyplugh\n" },
	{ "serve --xyzzyplugh -Z", "unknown option --xyzzyplugh\n"
				   "unknown option -Z\n" },
	{ "connect --port 5", "unknown option --port; 'sockchat serve' has it\n" },
	{ "connect --no-keep", "unknown option --no-keep; 'sockchat peer' has it\n" },
	{ "serve --no-qqq", "unknown option --no-qqq\n" },
	{ "serve --port", "--port needs a value: --port PORT\n" },
	{ "serve -p", "--port needs a value: --port PORT\n" },
	{ "serve --config", "--config needs a value: --config FILE\n" },
	{ "peer --keep=yes", "--keep takes no value\n" },
	{ "peer --help=x", "--help takes no value\n" },
	{ "serve --backlog 99999",
	    "--backlog: '99999' is too large; allowed is a whole number from 1 to 65535\n" },
	{ "serve --backlog x --backlog 0 --port 1,1",
	    "--backlog: 'x' is not a whole number; allowed is a whole number from 1 to 65535\n"
	    "--backlog: '0' is too small; allowed is a whole number from 1 to 65535\n"
	    "--port: '1' is in the list twice; allowed is once\n" },
	{ "serve --port 1 -p 2 --port 1", "--port: '1' is in the list twice; allowed is once\n" },
	{ "serve --backlog 5 --backlog 6", "" },
};

static void
flags_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct reading r;
		reading_start(&r, lines[i].line);
		reading_apply(&r);
		expect_text(lines[i].line, buf_str(&r.usage.text), lines[i].says);
		expect_text(lines[i].line, buf_str(&r.wrong.text), "");
		reading_end(&r);
	}
}

static void
flags_are_taken(void **state)
{
	struct reading r;

	(void)state;
	reading_start(&r, "peer -k one --no-keep --turns -l 5 two --name-length=10 -- -x");
	reading_apply(&r);
	expect_int("keep", setting_on(r.s, PEER_KEEP), 0);
	expect_int("turns", setting_on(r.s, PEER_TURNS), 1);
	expect_text("listen", setting_text(r.s, PEER_LISTEN), "5");
	expect_int("name-length", setting_number(r.s, LIMIT_NAME_LENGTH), 10);
	expect_int("words", r.argc - r.first, 3);
	assert_string_equal(r.argv[r.first], "one");
	assert_string_equal(r.argv[r.first + 1], "two");
	assert_string_equal(r.argv[r.first + 2], "-x");
	expect_int("origin", setting_origin(r.s, PEER_LISTEN).layer, LAYER_FLAG);
	reading_end(&r);

	reading_start(&r, "serve --port 5000 -p 6000,7000 --backlog 5 --backlog 6 --check-config "
			  "--print-config --config F -h");
	expect_int("check", r.src.check, 1);
	expect_int("print", r.src.print, 1);
	expect_int("help", r.src.help, 1);
	assert_string_equal(r.src.config, "F");
	r.src.config = NULL;
	reading_apply(&r);
	expect_int("ports", (long long)setting_count(r.s, SERVE_PORT), 3);
	expect_int("backlog", setting_number(r.s, SERVE_BACKLOG), 6);
	reading_end(&r);
}

/* ---- environment ---- */

static const struct {
	const char *name, *value, *says;
} variables[] = {
	{ "SOCKCHAT_SERVE_PORT", "5000, 6000", "" },
	{ "SOCKCHAT_SERVE_PORT", "", "" },
	{ "SOCKCHAT", "/usr/bin/sockchat", "" },
	{ "SOCKCHAT_HOME", "x", "" },
	{ "SOCKCHAT_SERVICE_PORT", "5000", "" },
	{ "SOCKCHAT_SERVICE_HOST", "10.0.0.1", "" },
	{ "SOCKCHAT_PORT_5000_TCP_ADDR", "10.0.0.1", "" },
	{ "SOCKCHAT_PORT", "tcp://10.0.0.1:5000", "" },
	{ "SOCKCHAT_SERVE_PORT", "x",
	    "environment: SOCKCHAT_SERVE_PORT: 'x' is not a whole number; "
	    "allowed is a whole number from 0 to 65535\n" },
	{ "SOCKCHAT_SERVE_BACKLOG", "",
	    "environment: SOCKCHAT_SERVE_BACKLOG: the value is empty; "
	    "allowed is a whole number from 1 to 65535\n" },
	{ "SOCKCHAT_SERVE_PROT", "5",
	    "environment: SOCKCHAT_SERVE_PROT: no such setting; did you "
	    "mean SOCKCHAT_SERVE_PORT?\n" },
	{ "SOCKCHAT_SEVRE_PORT", "5",
	    "environment: SOCKCHAT_SEVRE_PORT: no such setting; did you "
	    "mean SOCKCHAT_SERVE_PORT?\n" },
	{ "SOCKCHAT_PEER_XYZZYPLUGHXYZZY", "5",
	    "environment: SOCKCHAT_PEER_XYZZYPLUGHXYZZY: no such "
	    "setting; allowed are those of sockchat.ini(5)\n" },
};

static void
variables_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(variables); i++) {
		struct reading r;
		assert_int_equal(setenv(variables[i].name, variables[i].value, 1), 0);
		reading_start(&r, "serve");
		reading_apply(&r);
		expect_text(variables[i].name, buf_str(&r.wrong.text), variables[i].says);
		reading_end(&r);
		assert_int_equal(unsetenv(variables[i].name), 0);
	}
}

/* ---- what wins ---- */

static char file[] = "/tmp/sockchat-test-XXXXXX";

static void
write_file(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
flag_over_environment_over_file_over_default(void **state)
{
	static const struct {
		bool file, environment, flag;
		int64_t backlog;
		size_t ports; /* a list is replaced, not added to */
		enum layer layer;
	} cases[] = {
		{ false, false, false, 4096, 0, LAYER_DEFAULT },
		{ true, false, false, 1, 1, LAYER_FILE },
		{ false, true, false, 2, 2, LAYER_ENVIRONMENT },
		{ true, true, false, 2, 2, LAYER_ENVIRONMENT },
		{ false, false, true, 3, 3, LAYER_FLAG },
		{ true, false, true, 3, 3, LAYER_FLAG },
		{ false, true, true, 3, 3, LAYER_FLAG },
		{ true, true, true, 3, 3, LAYER_FLAG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reading r;
		write_file(cases[i].file ? "[serve]\nbacklog = 1\nport = 11\n" : "");
		if (cases[i].environment) {
			setenv("SOCKCHAT_SERVE_BACKLOG", "2", 1);
			setenv("SOCKCHAT_SERVE_PORT", "21,22", 1);
		}
		reading_start(&r, cases[i].flag ? "serve --backlog 3 -p 31 -p 32,33" : "serve");
		r.src.config = file;
		reading_apply(&r);
		expect_text("problems", buf_str(&r.wrong.text), "");
		expect_int("backlog", setting_number(r.s, SERVE_BACKLOG), cases[i].backlog);
		expect_int(
		    "ports", (long long)setting_count(r.s, SERVE_PORT), (long long)cases[i].ports);
		expect_int("layer", setting_origin(r.s, SERVE_BACKLOG).layer, cases[i].layer);
		expect_int(
		    "given", setting_given(r.s, SERVE_BACKLOG), cases[i].layer != LAYER_DEFAULT);
		reading_end(&r);
		unsetenv("SOCKCHAT_SERVE_BACKLOG");
		unsetenv("SOCKCHAT_SERVE_PORT");
	}
}

static void
a_lower_layer_changes_nothing(void **state)
{
	static const struct origin flag = { LAYER_FLAG, 0 }, file_line = { LAYER_FILE, 7 };
	const struct setting_row *port = &setting_rows[SERVE_PORT];
	struct settings *s = settings_new();
	struct err e;

	(void)state;
	assert_int_equal(settings_put(s, port, flag, STR("1"), &e), 0);
	assert_int_equal(settings_put(s, port, file_line, STR("2, 3"), &e), 0);
	expect_int("ports", (long long)setting_count(s, SERVE_PORT), 1);
	expect_text("port", setting_item(s, SERVE_PORT, 0), "1");
	assert_int_equal(settings_put(s, port, file_line, STR("x"), &e), -1);
	settings_free(s);
}

/* A wrong value is wrong, also where a higher layer puts another in its place. */
static void
what_is_overridden_is_judged_too(void **state)
{
	struct reading r;

	(void)state;
	write_file("[serve]\nbacklog = x\n");
	reading_start(&r, "serve --backlog 3");
	r.src.config = file;
	reading_apply(&r);
	expect_int("problems", (long long)r.wrong.count, 1);
	reading_end(&r);
}

static void
files_are_tried_in_order(void **state)
{
	static const struct {
		const char *command, *config, *user, *system;
		const char *read, *says;
	} cases[] = {
		{ "serve", NULL, NULL, "/no/s", "", "" },
		{ "serve", NULL, "/no/u", "/no/s", "", "" },
		{ "serve", NULL, NULL, file, file, "" },
		{ "serve", NULL, "/no/u", file, file, "" },
		{ "serve", NULL, file, "/dev/null", file, "" },
		{ "serve", file, "/dev/null", "/dev/null", file, "" },
		{ "serve", "/no/c", file, file, "", "/no/c: there is no such file\n" },
		{ "connect", "/no/c", file, file, "", "/no/c: there is no such file\n" },
		{ "serve", "/", NULL, file, "",
		    "/: is a directory; allowed is a file of plain text\n" },
		{ "serve", NULL, "/", file, "",
		    "/: is a directory; allowed is a file of plain text\n" },
	};

	(void)state;
	write_file("");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reading r;
		reading_start(&r, cases[i].command);
		r.src.config = cases[i].config;
		r.src.user_config = cases[i].user;
		r.src.system_config = cases[i].system;
		reading_apply(&r);
		expect_text("read", str_from(settings_file(r.s)), cases[i].read);
		expect_text("says", buf_str(&r.wrong.text), cases[i].says);
		reading_end(&r);
	}
}

/* A file that its owner may not read either; root may read all, so root is nobody meanwhile. */
static void
permission_is_needed(void **state)
{
	static const struct {
		const char *command, *config, *user, *system;
		bool denied;
	} cases[] = {
		{ "serve", file, NULL, "/no/s", true },
		{ "connect", file, NULL, "/no/s", true },
		{ "serve", NULL, file, "/no/s", true },
		{ "connect", NULL, file, "/no/s", true },
		{ "serve", NULL, NULL, file, true },
		{ "connect", NULL, NULL, file, false }, /* the server's own affair */
		{ "peer", NULL, NULL, file, false },
	};
	bool root = geteuid() == 0;

	(void)state;
	assert_int_equal(chmod(file, 0), 0);
	assert_true(!root || seteuid(65534) == 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reading r;
		reading_start(&r, cases[i].command);
		r.src.config = cases[i].config;
		r.src.user_config = cases[i].user;
		r.src.system_config = cases[i].system;
		reading_apply(&r);
		expect_int(cases[i].command, (long long)r.wrong.count, cases[i].denied);
		if (cases[i].denied)
			assert_true(str_contains(
			    buf_str(&r.wrong.text), STR(": no permission to read it; make it "
							"readable, or choose another")));
		reading_end(&r);
	}
	assert_true(!root || seteuid(0) == 0);
	assert_int_equal(chmod(file, 0600), 0);
}

static void
the_users_file_is_found(void **state)
{
	static const struct {
		const char *xdg, *home, *path;
	} cases[] = {
		{ "/x", "/h", "/x/sockchat/sockchat.ini" },
		{ "", "/h", "/h/.config/sockchat/sockchat.ini" },
		{ NULL, "/h", "/h/.config/sockchat/sockchat.ini" },
		{ "x", "/h", "/h/.config/sockchat/sockchat.ini" },
		{ NULL, NULL, "" },
		{ NULL, "", "" },
		{ NULL, "h", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli_source src;
		unsetenv("XDG_CONFIG_HOME");
		unsetenv("HOME");
		if (cases[i].xdg != NULL)
			setenv("XDG_CONFIG_HOME", cases[i].xdg, 1);
		if (cases[i].home != NULL)
			setenv("HOME", cases[i].home, 1);
		assert_true(source_init(&src, &commands[0]));
		expect_text("path", str_from(src.user_config), cases[i].path);
		assert_string_equal(src.system_config, "/etc/sockchat/sockchat.ini");
		source_free(&src);
	}
}

/* ---- again ---- */

static void
a_file_is_read_again(void **state)
{
	struct reading r;
	struct settings *s;
	struct err e;

	(void)state;
	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	write_file("[serve]\nbacklog = 1\nadmin = a\n");
	reading_start(&r, "serve --backlog 3");
	r.src.config = file;
	reading_apply(&r);
	struct cli cli = { .settings = r.s, .command = "serve", .source = &r.src };

	write_file("[serve]\nbacklog = 2\nadmin = b\n");
	s = settings_reload(&cli, &e);
	assert_non_null(s);
	expect_int("the flag still wins", setting_number(s, SERVE_BACKLOG), 3);
	expect_text("admin", setting_text(s, SERVE_ADMIN), "b");
	expect_text("unchanged", setting_text(r.s, SERVE_ADMIN), "a");
	settings_free(s);

	write_file("[serve]\nbacklog = x\n");
	assert_null(settings_reload(&cli, &e));
	assert_true(str_contains(str_from(e.text), STR(":2: [serve] backlog: 'x' is not a whole")));

	write_file("[serve]\nbacklog = x\nport = y\n");
	assert_null(settings_reload(&cli, &e));
	assert_true(str_starts(str_from(e.text), STR("2 problems, the first: ")));

	assert_int_equal(unlink(file), 0);
	assert_null(settings_reload(&cli, &e));
	assert_true(str_contains(str_from(e.text), STR("there is no such file")));

	/* One of the usual places: without it the defaults would be in effect, unasked. */
	r.src.user_config = file;
	r.src.config = NULL;
	assert_null(settings_reload(&cli, &e));
	assert_true(str_contains(str_from(e.text), STR("was in effect and is gone")));
	reading_end(&r);
	write_file("");
}

static int
make_file(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd == -1 || close(fd) == -1 ? -1 : 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_judged),
		cmocka_unit_test(flags_are_taken),
		cmocka_unit_test(variables_are_judged),
		cmocka_unit_test(flag_over_environment_over_file_over_default),
		cmocka_unit_test(a_lower_layer_changes_nothing),
		cmocka_unit_test(what_is_overridden_is_judged_too),
		cmocka_unit_test(files_are_tried_in_order),
		cmocka_unit_test(permission_is_needed),
		cmocka_unit_test(the_users_file_is_found),
		cmocka_unit_test(a_file_is_read_again),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
