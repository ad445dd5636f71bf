/* The configuration file: any bytes. What is taken is within its range, and reads back as
 * itself. */
#include <stdint.h>
#include <stdlib.h>

#include "cli/config.h"
#include "cli/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool true_thing)
{
	if (!true_thing)
		abort();
}

static void
check_row(const struct settings *s, const struct setting_row *r)
{
	size_t count = setting_count(s, r->id);

	must((r->flags & ROW_LIST) != 0 || count == 1);
	for (size_t i = 0; i < count; i++) {
		int64_t number = setting_item_number(s, r->id, i);
		struct str text = setting_item(s, r->id, i);
		must(text.p[text.len] == '\0');
		must(str_find(text, '\0') == text.len);
		if (r->kind < VALUE_TEXT)
			must(number >= r->min && number <= r->max);
		else
			must(text.len <= (size_t)r->max);
	}
}

/* Each problem is one line that begins with the file's name. */
static void
check_problems(const struct problems *wrong)
{
	struct str text = buf_str(&wrong->text);
	size_t lines = 0;

	must(!wrong->text.truncated);
	while (text.len > 0) {
		must(str_starts(str_cut(&text, '\n'), STR("F:")));
		lines++;
	}
	must(lines == (wrong->count < PROBLEMS_MOST ? wrong->count : PROBLEMS_MOST));
}

static void
check_round(const struct settings *s)
{
	struct buf printed = BUF_INIT(16 * CONFIG_FILE_MOST);
	struct problems wrong = PROBLEMS_INIT;
	struct settings *again = settings_new();

	must(again != NULL);
	usage_print_config(s, FOR_SERVE | FOR_CONNECT | FOR_PEER, &printed);
	must(!printed.truncated);
	config_parse(again, "F", buf_str(&printed), &wrong);
	must(wrong.count == 0);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		must(setting_equal(s, again, (enum setting)i));
	buf_free(&printed);
	problems_free(&wrong);
	settings_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings *s = settings_new();
	struct problems wrong = PROBLEMS_INIT;

	must(s != NULL);
	config_parse(s, "F", (struct str){ (const char *)data, size }, &wrong);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		check_row(s, &setting_rows[i]);
	check_problems(&wrong);
	if (wrong.count == 0)
		check_round(s);
	problems_free(&wrong);
	settings_free(s);
	return 0;
}
