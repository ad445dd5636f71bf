/* What the program says about itself: usage, help and version, made from the tables. */
#include "cli/usage.h"

#include <string.h>

#include "cli/values.h"

enum { WIDTH = 79, HELP_COLUMN = 27, TEXT_COLUMN = 2 };

/* ---- text in lines ---- */

static void
pad(struct buf *out, size_t columns)
{
	while (columns-- > 0)
		buf_add_char(out, ' ');
}

/* The words of text in lines of WIDTH from `column` on; the first line has begun at that column. */
static void
wrap(struct buf *out, struct str text, size_t column)
{
	size_t at = column;
	struct str word;

	while ((word = str_word(&text)).len > 0) {
		if (at > column && at + 1 + word.len > WIDTH) {
			buf_add_char(out, '\n');
			pad(out, column);
			at = column;
		}
		if (at > column) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add_str(out, word);
		at += word.len;
	}
	buf_add_char(out, '\n');
}

/* "  -p, --port PORT" and the help beside it, or below when the option is long. */
static void
add_entry(struct buf *out, const struct buf *option, struct str help)
{
	buf_add_str(out, buf_str(option));
	if (option->len + 2 > HELP_COLUMN) {
		buf_add_char(out, '\n');
		pad(out, HELP_COLUMN);
	} else {
		pad(out, HELP_COLUMN - option->len);
	}
	wrap(out, help, HELP_COLUMN);
}

static void
add_letter(struct buf *option, char letter)
{
	if (letter != 0)
		buf_printf(option, "  -%c, --", letter);
	else
		buf_add_str(option, STR("      --"));
}

/* ---- one command ---- */

static void
add_setting(struct buf *out, const struct setting_row *r)
{
	struct buf option = BUF_INIT(256), help = BUF_INIT(2048);

	add_letter(&option, r->letter);
	buf_printf(&option, "%s%s", r->kind == VALUE_BOOLEAN ? "[no-]" : "", r->key);
	if (r->metavar != NULL)
		buf_printf(
		    &option, " %s%s", r->metavar, (r->flags & ROW_LIST) != 0 ? "[,...]" : "");
	buf_add_str(&help, str_from(r->help));
	if (r->kind == VALUE_ENUMERATION) {
		buf_add_str(&help, STR(" One of "));
		value_allowed(r, &help);
		buf_add_char(&help, '.');
	}
	if (r->initial[0] != '\0')
		buf_printf(&help, " Default: %s.", r->initial);
	add_entry(out, &option, buf_str(&help));
	buf_free(&option);
	buf_free(&help);
}

static void
add_actions(struct buf *out, const struct command *c)
{
	bool begun = false;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		if ((r->flags & ROW_ACTION) == 0 || (r->commands & c->bit) == 0)
			continue;
		if (!begun)
			buf_printf(out, "\nThings to do instead:\n");
		begun = true;
		add_setting(out, r);
	}
}

static void
add_section(struct buf *out, const struct command *c, const char *section)
{
	bool begun = false;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		if (strcmp(r->section, section) != 0 || (r->commands & c->bit) == 0 ||
		    (r->flags & ROW_ACTION) != 0)
			continue;
		if (!begun)
			buf_printf(out, "\nOptions, keys of [%s] in the configuration file too:\n",
			    section);
		begun = true;
		add_setting(out, r);
	}
}

static void
add_common(struct buf *out)
{
	buf_add_str(out, STR("\nOther options:\n"));
	for (size_t i = 0; i < COMMON_COUNT; i++) {
		struct buf option = BUF_INIT(256);
		add_letter(&option, common_rows[i].letter);
		buf_add_str(&option, str_from(common_rows[i].key));
		if (common_rows[i].metavar != NULL)
			buf_printf(&option, " %s", common_rows[i].metavar);
		add_entry(out, &option, str_from(common_rows[i].help));
		buf_free(&option);
	}
}

static void
add_synopsis(struct buf *out, const struct command *c)
{
	struct str forms = str_from(c->synopsis);
	const char *lead = "usage:";

	while (forms.len > 0) {
		struct str form = str_cut(&forms, '\n');
		buf_printf(out, "%s sockchat %s " STR_FMT "\n", lead, c->name, STR_ARG(form));
		lead = "      ";
	}
}

void
usage_command(const struct command *c, struct buf *out)
{
	add_synopsis(out, c);
	buf_add_char(out, '\n');
	wrap(out, str_from(c->about), 0);
	buf_printf(out, "\nExamples:\n%s", c->examples);
	for (size_t i = 0; setting_sections[i] != NULL; i++)
		add_section(out, c, setting_sections[i]);
	add_actions(out, c);
	add_common(out);
	buf_add_char(out, '\n');
	wrap(out,
	    STR("An option marked [,...] may be given several times, or once with commas between. "
		"Options win over the environment (SOCKCHAT_SECTION_KEY), that over the "
		"configuration file: see sockchat.ini(5)."),
	    0);
}

/* ---- the program ---- */

static void
add_commands(const struct program *p, struct buf *out)
{
	buf_add_str(out, STR("usage: sockchat COMMAND [options]\n\nCommands:\n"));
	for (size_t i = 0; i < p->count; i++)
		buf_printf(out, "  %-10s %s\n", p->commands[i].name, p->commands[i].summary);
}

/* The first line of each command's examples. */
static void
add_examples(const struct program *p, struct buf *out)
{
	buf_add_str(out, STR("\nExamples:\n"));
	for (size_t i = 0; i < p->count; i++) {
		struct str lines = str_from(p->commands[i].examples);
		buf_add_str(out, str_cut(&lines, '\n'));
		buf_add_char(out, '\n');
	}
}

void
usage_short(const struct program *p, struct buf *out)
{
	add_commands(p, out);
	add_examples(p, out);
	buf_add_str(out, STR("\n'sockchat help COMMAND' tells more.\n"));
}

static const struct {
	int code;
	const char *meaning;
} codes[] = {
	{ EXIT_DONE, "done; as a filter: every line was acknowledged" },
	{ EXIT_INTERNAL, "internal: out of memory, standard output cannot be written, a defect" },
	{ EXIT_USAGE, "the command line is wrong" },
	{ EXIT_CONFIG, "the configuration (file or environment) is wrong" },
	{ EXIT_NETWORK, "network: refused, unresolved, unreachable, in use, timed out" },
	{ EXIT_REFUSED, "the server refused, or lines were not acknowledged" },
	{ EXIT_STORE, "the store" },
};

void
usage_program(const struct program *p, struct buf *out)
{
	buf_printf(out, "sockchat %s: chat over sockets\n\n", p->version);
	add_commands(p, out);
	buf_add_str(out, STR("  help       Help on a command, or on the settings: sockchat help "
			     "[COMMAND|settings]\n"));
	add_examples(p, out);
	buf_add_str(out, STR("\nExit codes:\n"));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		buf_printf(out, "  %d  %s\n", codes[i].code, codes[i].meaning);
	buf_add_str(out, STR("\nOptions without a command: --help, --version.\n"
			     "Manual pages: sockchat(1), sockchat-serve(8), sockchat.ini(5), "
			     "sockchat-irc(7).\n"));
}

void
usage_version(const struct program *p, struct buf *out)
{
	buf_printf(out, "sockchat %s\nFeatures:", p->version);
	for (size_t i = 0; p->features[i] != NULL; i++) {
		if (p->features[i][0] != '\0')
			buf_printf(out, " %s", p->features[i]);
	}
	buf_add_char(out, '\n');
}
