/* From argv to the command that is run, or to the answer that is given instead. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "cli/source.h"
#include "cli/usage.h"
#include "cli/values.h"

enum { OUTPUT_MOST = 4 * 1024 * 1024 };

/* Writes out and frees it. */
static int
print(struct buf *out)
{
	bool whole = !out->truncated &&
		     (out->len == 0 || fwrite(out->data, 1, out->len, stdout) == out->len) &&
		     fflush(stdout) == 0;

	buf_free(out);
	if (whole)
		return EXIT_DONE;
	perror("sockchat: standard output");
	return EXIT_INTERNAL;
}

static int
no_memory(void)
{
	fputs("sockchat: out of memory\n", stderr);
	return EXIT_INTERNAL;
}

const struct command *
command_find(const struct program *p, struct str name)
{
	for (size_t i = 0; i < p->count; i++) {
		if (str_eq(name, str_from(p->commands[i].name)))
			return &p->commands[i];
	}
	return NULL;
}

/* ---- no command ---- */

/* "sockchat: unknown command 'servee'; did you mean 'serve'?" */
static int
unknown(const char *what, struct str word, const struct nearest *near)
{
	struct buf shown = BUF_INIT(256);

	value_quote(word, &shown);
	if (near->best[0] != '\0')
		fprintf(stderr, "sockchat: unknown %s '%s'; did you mean '%s'?\n", what,
		    buf_cstr(&shown), near->best);
	else
		fprintf(stderr, "sockchat: unknown %s '%s'; try 'sockchat help'\n", what,
		    buf_cstr(&shown));
	buf_free(&shown);
	return EXIT_USAGE;
}

static int
unknown_command(const struct program *p, struct str word)
{
	struct nearest near = NEAREST_INIT(word);

	for (size_t i = 0; i < p->count; i++)
		nearest_try(&near, str_from(p->commands[i].name));
	nearest_try(&near, STR("help"));
	return unknown("command", word, &near);
}

/* An option where the command should be. */
static int
unknown_option(const struct program *p, struct str word)
{
	struct nearest near = NEAREST_INIT(word);
	struct str name = str_first(word, str_find(word, '='));

	str_skip(&name, '-');
	for (size_t i = 0; i < p->count; i++) {
		if (row_by_flag(p->commands[i].bit, name) != NULL) {
			fprintf(stderr,
			    "sockchat: --" STR_FMT " comes after the command; "
			    "did you mean 'sockchat %s --" STR_FMT "'?\n",
			    STR_ARG(name), p->commands[i].name, STR_ARG(name));
			return EXIT_USAGE;
		}
	}
	nearest_try(&near, STR("--help"));
	nearest_try(&near, STR("--version"));
	return unknown("option", word, &near);
}

static int
help_settings(const char *format)
{
	struct buf out = BUF_INIT(OUTPUT_MOST);
	struct str word = str_from(format != NULL ? format : "ini");
	struct nearest near = NEAREST_INIT(word);

	for (const struct reference *r = references; r->name != NULL; r++) {
		nearest_try(&near, str_from(r->name));
		if (str_eq(word, str_from(r->name))) {
			r->write(&out);
			return print(&out);
		}
	}
	return unknown("format", word, &near);
}

/* words: behind "help". */
static int
help(const struct program *p, int count, char **words)
{
	struct buf out = BUF_INIT(OUTPUT_MOST);
	struct str word = count > 0 ? str_from(words[0]) : STR("help");
	const struct command *c = command_find(p, word);

	if (str_eq(word, STR("settings")) && count <= 2)
		return help_settings(count == 2 ? words[1] : NULL);
	if (count > 1) {
		fputs("sockchat: help takes one command; try 'sockchat help'\n", stderr);
		return EXIT_USAGE;
	}
	if (c != NULL)
		usage_command(c, &out);
	else if (str_eq(word, STR("help")))
		usage_program(p, &out);
	else
		return unknown_command(p, word);
	return print(&out);
}

static int
without_command(const struct program *p, struct str word, int count, char **words)
{
	struct buf out = BUF_INIT(OUTPUT_MOST);

	if (str_eq(word, STR("help")))
		return help(p, count, words);
	if (str_eq(word, STR("--help")) || str_eq(word, STR("-h"))) {
		usage_program(p, &out);
		return print(&out);
	}
	if (str_eq(word, STR("--version")) || str_eq(word, STR("-V"))) {
		usage_version(p, &out);
		return print(&out);
	}
	return str_starts(word, STR("-")) ? unknown_option(p, word) : unknown_command(p, word);
}

/* ---- a command ---- */

static int
report_usage(const struct command *c, const struct problems *wrong)
{
	struct str text = buf_str(&wrong->text);

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		fprintf(stderr, "sockchat %s: " STR_FMT "\n", c->name, STR_ARG(line));
	}
	fprintf(stderr, "Try 'sockchat %s --help'.\n", c->name);
	return EXIT_USAGE;
}

static int
report_config(const struct problems *wrong)
{
	fputs(wrong->text.len > 0 ? wrong->text.data : "", stderr);
	if (wrong->count > PROBLEMS_MOST)
		fprintf(stderr, "... and %zu more\n", wrong->count - PROBLEMS_MOST);
	return EXIT_CONFIG;
}

int
cli_usage_error(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "sockchat %s: ", cli->command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try 'sockchat %s --help'\n", cli->command);
	return EXIT_USAGE;
}

/* The words of the command line that are no options: not more than the command takes. */
static void
check_words(const struct command *c, int count, char **words, struct problems *usage)
{
	struct buf shown = BUF_INIT(256);

	if (count <= c->most_words)
		return;
	value_quote(str_from(words[c->most_words]), &shown);
	problems_add(
	    usage, "'%s' is one word too many; allowed are %d", buf_cstr(&shown), c->most_words);
	buf_free(&shown);
}

/* --check-config and --print-config. */
static int
show_config(const struct cli_source *src, const struct settings *s)
{
	struct buf out = BUF_INIT(OUTPUT_MOST);
	const char *file = settings_file(s);

	if (src->print) {
		usage_print_config(s, src->command->bit, &out);
	} else if (file[0] != '\0') {
		utf8_show(&out, str_from(file));
		buf_add_str(&out, STR(": the configuration is valid\n"));
	} else {
		buf_add_str(&out, STR("no configuration file; the configuration is valid\n"));
	}
	return print(&out);
}

static int
apply_and_run(
    struct cli_source *src, struct cli *cli, struct problems *usage, struct problems *wrong)
{
	cli->settings = source_apply(src, false, usage, wrong);
	if (cli->settings == NULL)
		return no_memory();
	if (usage->count > 0)
		return report_usage(src->command, usage);
	if (wrong->count > 0)
		return report_config(wrong);
	if (src->check || src->print)
		return show_config(src, cli->settings);
	return src->command->run(cli);
}

/* argv[0] is the command. */
static int
run_command(const struct program *p, const struct command *c, int argc, char **argv)
{
	struct cli_source src;
	struct problems usage = PROBLEMS_INIT, wrong = PROBLEMS_INIT;
	struct cli cli = { .command = c->name, .source = &src };
	struct buf out = BUF_INIT(OUTPUT_MOST);
	int code, first;

	if (!source_init(&src, c))
		return no_memory();
	first = source_flags(&src, p, argc, argv, &usage);
	cli.words = argv + first;
	cli.count = argc - first;
	if (src.help) {
		usage_command(c, &out);
		code = print(&out);
	} else {
		check_words(c, cli.count, cli.words, &usage);
		code = apply_and_run(&src, &cli, &usage, &wrong);
	}
	settings_free(cli.settings);
	source_free(&src);
	problems_free(&usage);
	problems_free(&wrong);
	return code;
}

int
cli_main(const struct program *p, int argc, char **argv)
{
	struct buf out = BUF_INIT(OUTPUT_MOST);
	const struct command *c;

	if (argc < 2) {
		usage_short(p, &out);
		fputs(buf_cstr(&out), stderr);
		buf_free(&out);
		return EXIT_USAGE;
	}
	c = command_find(p, str_from(argv[1]));
	if (c == NULL)
		return without_command(p, str_from(argv[1]), argc - 2, argv + 2);
	return run_command(p, c, argc - 1, argv + 1);
}
