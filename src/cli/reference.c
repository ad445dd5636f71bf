/* The settings written out: as a sample file, as a manual, and as they are in effect. */
#include <string.h>

#include "base/utf8.h"
#include "cli/config.h"
#include "cli/usage.h"
#include "cli/values.h"

enum { WIDTH = 79 };

static bool
is_list(const struct setting_row *r)
{
	return (r->flags & ROW_LIST) != 0;
}

/* ---- sections ---- */

/* Calls row for each setting, section for each section before its first. */
static void
walk(struct buf *out, unsigned commands, void (*section)(const char *name, struct buf *out),
    void (*row)(const struct setting_row *r, const void *arg, struct buf *out), const void *arg)
{
	const char *current = "";

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		if ((r->commands & commands) == 0 || (r->flags & ROW_ACTION) != 0)
			continue;
		if (strcmp(current, r->section) != 0)
			section(r->section, out);
		current = r->section;
		row(r, arg, out);
	}
}

static const unsigned every_command = FOR_SERVE | FOR_CONNECT | FOR_PEER;

static void
ini_section(const char *name, struct buf *out)
{
	buf_printf(out, "\n[%s]\n", name);
}

/* ---- conf/sockchat.ini ---- */

static void
comment(struct buf *out, struct str text)
{
	size_t at = 0;
	struct str word;

	while ((word = str_word(&text)).len > 0) {
		if (at == 0 || at + 1 + word.len > WIDTH) {
			buf_add_str(out, at == 0 ? STR("#") : STR("\n#"));
			at = 1;
		}
		buf_add_char(out, ' ');
		buf_add_str(out, word);
		at += 1 + word.len;
	}
	buf_add_char(out, '\n');
}

/* "List of: a whole number from 0 to 65535." */
static void
add_allowed(const struct setting_row *r, struct buf *out)
{
	buf_add_str(out, is_list(r) ? STR("Allowed: a list, each item ") : STR("Allowed: "));
	value_allowed(r, out);
	buf_add_char(out, '.');
}

static void
ini_row(const struct setting_row *r, const void *arg, struct buf *out)
{
	struct buf allowed = BUF_INIT(1024);

	(void)arg;
	buf_add_char(out, '\n');
	comment(out, str_from(r->help));
	add_allowed(r, &allowed);
	if (r->section[0] == 's' || r->section[0] == 'l')
		buf_add_str(&allowed, (r->flags & ROW_RELOAD) != 0 ? STR(" Taken over on reload.")
								   : STR(" Needs a restart."));
	comment(out, buf_str(&allowed));
	buf_printf(out, "#%s =%s%s\n", r->key, r->initial[0] != '\0' ? " " : "", r->initial);
	buf_free(&allowed);
}

static void
write_ini(struct buf *out)
{
	buf_add_str(out,
	    STR("# sockchat.ini: every setting, commented, at its default. See sockchat.ini(5).\n"
		"# It is read from $XDG_CONFIG_HOME/sockchat/sockchat.ini (~/.config when that is\n"
		"# unset), else from /etc/sockchat/sockchat.ini, or from --config FILE.\n"
		"# A comment stands on a line of its own. 'sockchat serve --check-config' looks\n"
		"# through the file, '--print-config' shows what is in effect.\n"));
	walk(out, every_command, ini_section, ini_row, NULL);
}

/* ---- mdoc ---- */

static bool
ends_sentence(struct str word, struct str rest)
{
	return rest.len > 0 && (str_ends(word, STR(".")) || str_ends(word, STR(".)")));
}

/* One line for each sentence, as mdoc wants it. */
static void
mdoc_text(struct buf *out, struct str text)
{
	bool begun = false;
	struct str word;

	while ((word = str_word(&text)).len > 0) {
		if (begun)
			buf_add_char(out, ' ');
		else if (word.p[0] == '.' || word.p[0] == '\'')
			buf_add_str(out, STR("\\&"));
		for (size_t i = 0; i < word.len; i++) {
			if (word.p[i] == '\\')
				buf_add_str(out, STR("\\e"));
			else
				buf_add_char(out, word.p[i]);
		}
		begun = !ends_sentence(word, text);
		if (!begun)
			buf_add_char(out, '\n');
	}
	buf_add_char(out, '\n');
}

static void
mdoc_section(const char *name, struct buf *out)
{
	if (strcmp(name, setting_sections[0]) != 0)
		buf_add_str(out, STR(".El\n"));
	buf_printf(out, ".Ss Section [%s]\n.Bl -tag -width Ds\n", name);
}

static const char *
command_names(unsigned commands)
{
	static const struct {
		unsigned commands;
		const char *names;
	} names[] = {
		{ FOR_SERVE, "serve" },
		{ FOR_CONNECT, "connect" },
		{ FOR_PEER, "peer" },
		{ FOR_SERVE | FOR_PEER, "serve and peer" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].commands == commands)
			return names[i].names;
	}
	return "";
}

static void
mdoc_flags(const struct setting_row *r, struct buf *out)
{
	struct buf variable = BUF_INIT(80);

	row_variable(r, &variable);
	if (r->letter != 0)
		buf_printf(out, "Options\n.Fl %c ,\n.Fl Fl %s", r->letter, r->key);
	else
		buf_printf(out, "Option\n.Fl Fl %s", r->key);
	if (r->kind == VALUE_BOOLEAN)
		buf_printf(out, "\nor\n.Fl Fl no-%s", r->key);
	buf_printf(
	    out, "\nof %s; variable\n.Ev %s .\n", command_names(r->commands), buf_cstr(&variable));
	buf_free(&variable);
}

static void
mdoc_row(const struct setting_row *r, const void *arg, struct buf *out)
{
	struct buf text = BUF_INIT(1024);

	(void)arg;
	buf_printf(out, ".It Ic %s No =", r->key);
	if (r->metavar != NULL) {
		struct buf plain = BUF_INIT(80);
		for (const char *c = r->metavar; *c != '\0'; c++) {
			if (*c != '"')
				buf_add_char(&plain, *c);
		}
		buf_printf(out, " Ar %s%s", buf_cstr(&plain), is_list(r) ? " , ..." : "");
		buf_free(&plain);
	} else {
		buf_add_str(out, STR(" Cm yes | no"));
	}
	buf_add_char(out, '\n');
	mdoc_text(out, str_from(r->help));
	add_allowed(r, &text);
	buf_printf(&text, " Default: %s.", r->initial[0] != '\0' ? r->initial : "empty");
	if ((r->commands & FOR_SERVE) != 0)
		buf_add_str(&text, (r->flags & ROW_RELOAD) != 0 ? STR(" Taken over on reload.")
								: STR(" Needs a restart."));
	mdoc_text(out, buf_str(&text));
	mdoc_flags(r, out);
	buf_free(&text);
}

static void
write_mdoc(struct buf *out)
{
	walk(out, every_command, mdoc_section, mdoc_row, NULL);
	buf_add_str(out, STR(".El\n"));
}

const struct reference references[] = {
	{ "ini", write_ini },
	{ "mdoc", write_mdoc },
	{ NULL, NULL },
};

/* ---- --print-config ---- */

static void
add_origin(const struct settings *s, const struct setting_row *r, struct buf *out)
{
	struct origin from = setting_origin(s, r->id);

	buf_add_str(out, STR("# "));
	switch (from.layer) {
	case LAYER_DEFAULT:
		buf_add_str(out, STR("default"));
		break;
	case LAYER_FILE:
		utf8_show(out, str_from(settings_file(s)));
		buf_printf(out, ":%u", from.line);
		break;
	case LAYER_ENVIRONMENT:
		buf_add_str(out, STR("environment "));
		row_variable(r, out);
		break;
	case LAYER_FLAG:
		buf_printf(out, "flag --%s", r->key);
		break;
	}
	buf_add_char(out, '\n');
}

/* A text from a flag or variable may be one that no file can hold: a comment then shows it. */
static bool
fits_file(const struct setting_row *r, struct str text)
{
	return strlen(r->key) + 3 + text.len <= CONFIG_LINE_MOST &&
	       !str_contains(text, STR(" ;")) && str_trim(text).len == text.len;
}

static void
add_line(const struct setting_row *r, struct str text, struct buf *out)
{
	/* " ;" would begin a comment, and "=;" does not. */
	bool close = text.len == 0 || str_starts(text, STR(";"));

	if (!fits_file(r, text))
		buf_add_str(out, STR("# no file can hold this one: "));
	buf_printf(out, "%s =%s" STR_FMT "\n", r->key, close ? "" : " ", STR_ARG(text));
}

/* Lists are joined where one line holds them, else each item has a line. */
static void
print_row(const struct setting_row *r, const void *settings, struct buf *out)
{
	const struct settings *s = settings;
	struct buf joined = BUF_INIT(CONFIG_LINE_MOST);
	size_t count = setting_count(s, r->id);

	for (size_t i = 0; i < count; i++) {
		buf_add_str(&joined, i > 0 ? STR(", ") : STR(""));
		buf_add_str(&joined, setting_item(s, r->id, i));
	}
	add_origin(s, r, out);
	if (!joined.truncated && fits_file(r, buf_str(&joined))) {
		add_line(r, buf_str(&joined), out);
	} else {
		for (size_t i = 0; i < count; i++)
			add_line(r, setting_item(s, r->id, i), out);
	}
	buf_free(&joined);
}

void
usage_print_config(const struct settings *s, enum command_bit command, struct buf *out)
{
	const char *file = settings_file(s);

	buf_add_str(out, STR("# The settings in effect, each with where it comes from.\n# File: "));
	utf8_show(out, str_from(file[0] != '\0' ? file : "none"));
	buf_add_char(out, '\n');
	walk(out, command, ini_section, print_row, s);
}
