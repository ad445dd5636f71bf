/* The settings table: whole, in order, and such that everything made from it can be. */
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"
#include "cli/values.h"
#include "expect.h"
#include "hub/modes.h"

static void
rows_are_in_the_order_of_their_names(void **state)
{
	size_t section = 0;

	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		expect_int(r->key, (long long)r->id, (long long)i);
		if (strcmp(r->section, setting_sections[section]) != 0)
			section++;
		expect_text(r->key, str_from(r->section), setting_sections[section]);
	}
	assert_null(setting_sections[section + 1]);
}

static void
keys_are_unique_where_they_are_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		assert_ptr_equal(row_by_key(str_from(r->section), str_from(r->key)),
		    (r->flags & ROW_ACTION) != 0 ? NULL : r);
		for (enum command_bit c = FOR_SERVE; c <= FOR_PEER; c <<= 1) {
			if ((r->commands & c) != 0) /* as a flag too */
				assert_ptr_equal(row_by_flag(c, str_from(r->key)), r);
		}
		assert_true(r->commands != 0);
	}
}

static void
letters_are_unique_in_a_command(void **state)
{
	(void)state;
	for (enum command_bit c = FOR_SERVE; c <= FOR_PEER; c <<= 1) {
		bool used[128] = { false };
		for (size_t i = 0; i < COMMON_COUNT; i++)
			used[(unsigned char)common_rows[i].letter] = true;
		used[0] = false;
		for (size_t i = 0; i < SETTING_COUNT; i++) {
			const struct setting_row *r = &setting_rows[i];
			if ((r->commands & c) == 0 || r->letter == 0)
				continue;
			if (used[(unsigned char)r->letter])
				fail_msg("-%c stands for two", r->letter);
			used[(unsigned char)r->letter] = true;
		}
	}
}

static void
flags_do_not_collide_with_common_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *key = setting_rows[i].key;
		assert_false(str_starts(str_from(key), STR("no-")));
		for (size_t j = 0; j < COMMON_COUNT; j++)
			assert_string_not_equal(key, common_rows[j].key);
	}
}

static void
rows_hold_what_their_kind_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		struct buf allowed = BUF_INIT(1000);
		assert_true(r->min <= r->max);
		assert_true((r->kind == VALUE_ENUMERATION || r->kind == VALUE_LETTERS) ==
			    (r->names != NULL));
		assert_true((r->kind == VALUE_BOOLEAN) == (r->metavar == NULL));
		value_allowed(r, &allowed);
		assert_true(allowed.len > 0);
		buf_free(&allowed);
		if (r->kind != VALUE_ENUMERATION)
			continue;
		for (int64_t n = 0; n <= r->max; n++)
			assert_non_null(r->names[n]);
		assert_null(r->names[r->max + 1]);
	}
}

/* The tables of two layers that do not know each other. */
static void
user_modes_are_those_that_can_be_set(void **state)
{
	struct buf settable = BUF_INIT(64);

	(void)state;
	for (const struct user_mode *m = user_modes; m->letter != 0; m++)
		if (m->settable)
			buf_add_char(&settable, m->letter);
	assert_string_equal(setting_rows[SERVE_USER_MODES].names[0], buf_cstr(&settable));
	buf_free(&settable);
}

static void
defaults_are_allowed(void **state)
{
	struct settings *s = settings_new();

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		assert_false(setting_given(s, r->id));
		if ((r->flags & ROW_LIST) != 0)
			continue;
		expect_text(r->key, setting_text(s, r->id), r->initial);
		if (r->kind < VALUE_TEXT) {
			expect_int(r->key, setting_number(s, r->id) >= r->min, 1);
			expect_int(r->key, setting_number(s, r->id) <= r->max, 1);
		}
	}
	settings_free(s);
}

/* The default is written as --print-config and the manual would write it. */
static void
defaults_are_written_shortest(void **state)
{
	struct settings *s = settings_new();

	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		struct buf out = BUF_INIT(100);
		if (r->kind >= VALUE_TEXT || (r->flags & ROW_LIST) != 0)
			continue;
		value_number_show(r, setting_number(s, r->id), &out);
		expect_text(r->key, buf_str(&out), r->initial);
		buf_free(&out);
	}
	settings_free(s);
}

static void
helps_are_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		struct str help = str_from(setting_rows[i].help);
		assert_true(help.len > 10);
		if (!str_ends(help, STR(".")) || help.p[0] == ' ' || str_contains(help, STR("  ")))
			fail_msg("%s: \"" STR_FMT "\"", setting_rows[i].key, STR_ARG(help));
	}
}

/* Each limit says what happens to whom when it is reached: a second sentence, or a second half. */
static void
limits_say_their_effect(void **state)
{
	static const char *const effects[] = { "refused", "cut off", "closed", "does nothing",
		"sent a PING", "nothing is dropped", "at that rate" };

	(void)state;
	for (size_t i = LIMIT_NAME_LENGTH; i <= LIMIT_INPUT_BURST; i++) {
		struct str help = str_from(setting_rows[i].help);
		bool said = false;
		for (size_t j = 0; j < COUNT(effects); j++)
			said |= str_contains(help, str_from(effects[j]));
		if (!said)
			fail_msg("%s: \"" STR_FMT "\"", setting_rows[i].key, STR_ARG(help));
	}
}

static void
names_and_variables_are_as_documented(void **state)
{
	struct buf variable = BUF_INIT(80);

	(void)state;
	row_variable(&setting_rows[SERVE_UNIX_MODE], &variable);
	assert_string_equal(buf_cstr(&variable), "SOCKCHAT_SERVE_UNIX_MODE");
	buf_free(&variable);
	assert_string_equal(setting_name(SERVE_UNIX_MODE), "[serve] unix-mode");
	assert_string_equal(setting_name(SERVE_PORT), "[serve] port");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		row_variable(r, &variable);
		assert_in_range(variable.len, 10, 60); /* near enough to be guessed at 64 */
		buf_clear(&variable);
		assert_true(str_ends(str_from(setting_name(r->id)), str_from(r->key)));
	}
	buf_free(&variable);
}

static void
unknown_ones_are_not_found(void **state)
{
	(void)state;
	assert_null(row_by_key(STR("serve"), STR("prot")));
	assert_null(row_by_key(STR("limits"), STR("port")));
	assert_null(row_by_key(STR(""), STR("")));
	assert_null(row_by_flag(FOR_CONNECT, STR("port")));
	assert_null(row_by_flag(FOR_CONNECT, STR("name-length")));
	assert_non_null(row_by_flag(FOR_PEER, STR("name-length")));
	assert_non_null(row_by_flag(FOR_PEER, STR("message-length")));
	assert_null(row_by_flag(FOR_PEER, STR("clients")));
	assert_true(section_exists(STR("limits")));
	assert_false(section_exists(STR("Limits")));
	assert_false(section_exists(STR("")));
}

static void
only_what_serve_has_is_reloaded(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (setting_reloadable((enum setting)i))
			assert_true(setting_rows[i].commands & FOR_SERVE);
	}
	assert_true(setting_reloadable(SERVE_LOG_LEVEL));
	assert_false(setting_reloadable(SERVE_PORT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_in_the_order_of_their_names),
		cmocka_unit_test(keys_are_unique_where_they_are_used),
		cmocka_unit_test(letters_are_unique_in_a_command),
		cmocka_unit_test(flags_do_not_collide_with_common_options),
		cmocka_unit_test(rows_hold_what_their_kind_needs),
		cmocka_unit_test(user_modes_are_those_that_can_be_set),
		cmocka_unit_test(defaults_are_allowed),
		cmocka_unit_test(defaults_are_written_shortest),
		cmocka_unit_test(helps_are_sentences),
		cmocka_unit_test(limits_say_their_effect),
		cmocka_unit_test(names_and_variables_are_as_documented),
		cmocka_unit_test(unknown_ones_are_not_found),
		cmocka_unit_test(only_what_serve_has_is_reloaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
