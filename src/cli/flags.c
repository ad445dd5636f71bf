/* The command line: getopt_long's arrays made from the table, and what it finds. */
#include <getopt.h>

#include "cli/source.h"
#include "cli/values.h"

/* What getopt_long returns for a long option: its base and the row's place. */
enum {
	VALUE_COMMON = 0x100,
	VALUE_ON = 0x200,
	VALUE_OFF = 0x400, /* --no-KEY */
	OPTIONS_MOST = 2 * SETTING_COUNT + COMMON_COUNT + 1,
	LETTERS_MOST = 2 * (SETTING_COUNT + COMMON_COUNT) + 2,
	NAME_MOST = 40,
};

struct arrays {
	struct option longs[OPTIONS_MOST]; /* ended by a zeroed one */
	size_t count;
	char no_names[SETTING_COUNT][NAME_MOST];
	char letters[LETTERS_MOST];
	size_t letter_count;
};

static void
add_letter(struct arrays *a, char letter, bool takes_value)
{
	if (letter == 0)
		return;
	a->letters[a->letter_count++] = letter;
	if (takes_value)
		a->letters[a->letter_count++] = ':';
}

static void
add_long(struct arrays *a, const char *name, bool takes_value, int value)
{
	a->longs[a->count++] = (struct option){ name, takes_value ? required_argument : no_argument,
		NULL, value };
}

static void
add_row(struct arrays *a, const struct setting_row *r)
{
	struct buf no = BUF_INIT(NAME_MOST);
	bool takes_value = r->kind != VALUE_BOOLEAN;

	add_letter(a, r->letter, takes_value);
	add_long(a, r->key, takes_value, VALUE_ON + (int)r->id);
	if (takes_value)
		return;
	buf_printf(&no, "no-%s", r->key);
	str_copy(a->no_names[r->id], NAME_MOST, buf_str(&no));
	buf_free(&no);
	add_long(a, a->no_names[r->id], false, VALUE_OFF + (int)r->id);
}

static void
fill(struct arrays *a, const struct command *command)
{
	*a = (struct arrays){ .letters = ":",
		.letter_count = 1 }; /* ':': a missing value is told apart */
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if ((setting_rows[i].commands & command->bit) != 0)
			add_row(a, &setting_rows[i]);
	}
	for (int i = 0; i < COMMON_COUNT; i++) {
		const struct common_row *r = &common_rows[i];
		add_letter(a, r->letter, r->metavar != NULL);
		add_long(a, r->key, r->metavar != NULL, VALUE_COMMON + i);
	}
}

/* A letter as the long option that it is short for; what is neither stays. */
static int
long_value(const struct command *command, int value)
{
	for (size_t i = 0; value < VALUE_COMMON && i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		if ((r->commands & command->bit) != 0 && r->letter != 0 && r->letter == value)
			return VALUE_ON + (int)i;
	}
	for (int i = 0; value < VALUE_COMMON && i < COMMON_COUNT; i++) {
		if (common_rows[i].letter != 0 && common_rows[i].letter == value)
			return VALUE_COMMON + i;
	}
	return value;
}

/* The long option without its dashes and value. */
static struct str
option_name(const char *word)
{
	struct str name = str_from(word);

	str_skip(&name, '-');
	return str_first(name, str_find(name, '='));
}

/* A command other than this one that has the option; NULL when none has. */
static const char *
owner_of(const struct program *p, const struct command *command, struct str name)
{
	if (str_starts(name, STR("no-")))
		name = str_from_byte(name, 3);
	for (size_t i = 0; i < p->count; i++) {
		if (&p->commands[i] != command && row_by_flag(p->commands[i].bit, name) != NULL)
			return p->commands[i].name;
	}
	return NULL;
}

static void
unknown_long(const struct arrays *a, const struct program *p, const struct command *command,
    const char *word, struct problems *wrong)
{
	struct str name = option_name(word);
	struct nearest near = NEAREST_INIT(name);
	const char *owner = owner_of(p, command, name);
	struct buf shown = BUF_INIT(256);

	for (size_t i = 0; i < a->count; i++)
		nearest_try(&near, str_from(a->longs[i].name));
	value_quote(name, &shown);
	if (owner != NULL)
		problems_add(
		    wrong, "unknown option --%s; 'sockchat %s' has it", buf_cstr(&shown), owner);
	else if (near.best[0] != '\0')
		problems_add(
		    wrong, "unknown option --%s; did you mean --%s?", buf_cstr(&shown), near.best);
	else
		problems_add(wrong, "unknown option --%s", buf_cstr(&shown));
	buf_free(&shown);
}

static const char *
name_of_value(const struct arrays *a, int value)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->longs[i].val == value)
			return a->longs[i].name;
	}
	return NULL;
}

static const char *
metavar_of_value(int value)
{
	if (value >= VALUE_ON && value < VALUE_ON + SETTING_COUNT)
		return setting_rows[value - VALUE_ON].metavar;
	if (value >= VALUE_COMMON && value < VALUE_COMMON + COMMON_COUNT)
		return common_rows[value - VALUE_COMMON].metavar;
	return "";
}

/* What getopt_long answers with '?' or ':'. */
static void
refused(const struct arrays *a, const struct program *p, const struct command *command,
    bool no_value, const char *word, struct problems *wrong)
{
	int value = long_value(command, optopt);
	const char *name = name_of_value(a, value);

	if (optopt == 0)
		unknown_long(a, p, command, word, wrong);
	else if (name == NULL)
		problems_add(
		    wrong, "unknown option -%c", optopt > ' ' && optopt < 0x7f ? optopt : '?');
	else if (no_value)
		problems_add(
		    wrong, "--%s needs a value: --%s %s", name, name, metavar_of_value(value));
	else
		problems_add(wrong, "--%s takes no value", name);
}

static void
common(struct cli_source *src, enum common_option which)
{
	switch (which) {
	case COMMON_CONFIG:
		src->config = optarg;
		break;
	case COMMON_CHECK:
		src->check = true;
		break;
	case COMMON_PRINT:
		src->print = true;
		break;
	case COMMON_HELP:
	case COMMON_COUNT:
		src->help = true;
		break;
	}
}

static void
given(struct cli_source *src, int value, struct problems *wrong)
{
	bool off = value >= VALUE_OFF;
	const struct setting_row *r = &setting_rows[value - (off ? VALUE_OFF : VALUE_ON)];
	struct str text = str_from(optarg);

	if (src->count == SOURCE_FLAGS_MOST) {
		problems_add(
		    wrong, "more than %d options; put them into a file", SOURCE_FLAGS_MOST);
		return;
	}
	if (r->kind == VALUE_BOOLEAN)
		text = off ? STR("no") : STR("yes");
	src->flags[src->count++] = (struct given){ r, text };
}

/* The element of argv that getopt_long has just been at. */
static const char *
element(char **argv)
{
	if (optind >= 2 && optarg != NULL && optarg == argv[optind - 1])
		return argv[optind - 2];
	return argv[optind - 1];
}

int
source_flags(
    struct cli_source *src, const struct program *p, int argc, char **argv, struct problems *wrong)
{
	struct arrays a;
	int value, index = -1;

	fill(&a, src->command);
	opterr = 0;
	optind = 0; /* glibc and musl begin anew */
	while ((value = getopt_long(argc, argv, a.letters, a.longs, &index)) != -1) {
		const char *word = element(argv);
		bool is_long = index >= 0;
		value = long_value(src->command, value);
		/*
		 * getopt_long takes the beginning of a name for the name: a new option could
		 * change what it means.
		 */
		if (value == '?' || value == ':')
			refused(&a, p, src->command, value == ':', word, wrong);
		else if (is_long && !str_eq(option_name(word), str_from(a.longs[index].name)))
			unknown_long(&a, p, src->command, word, wrong);
		else if (value >= VALUE_ON)
			given(src, value, wrong);
		else
			common(src, (enum common_option)(value - VALUE_COMMON));
		index = -1;
	}
	return optind;
}
