/* From the command line, the environment and the file to the settings in effect. */
#include "cli/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "cli/config.h"

#define SYSTEM_CONFIG "/etc/sockchat/sockchat.ini"
#define USER_CONFIG "sockchat/sockchat.ini"

/* XDG Base Directory Specification: a relative XDG_CONFIG_HOME is to be ignored. */
static bool
find_user_config(char **path)
{
	struct str base = str_from(getenv("XDG_CONFIG_HOME"));
	struct str home = str_from(getenv("HOME"));
	struct buf b = BUF_INIT(8192);

	*path = NULL;
	if (base.len > 0 && base.p[0] == '/')
		buf_printf(&b, STR_FMT "/" USER_CONFIG, STR_ARG(base));
	else if (home.len > 0 && home.p[0] == '/')
		buf_printf(&b, STR_FMT "/.config/" USER_CONFIG, STR_ARG(home));
	else
		return true;
	if (!b.truncated)
		*path = str_dup(buf_str(&b));
	buf_free(&b);
	return *path != NULL;
}

bool
source_init(struct cli_source *src, const struct command *command)
{
	*src = (struct cli_source){ .command = command, .system_config = SYSTEM_CONFIG };
	src->flags = calloc(SOURCE_FLAGS_MOST, sizeof(*src->flags));
	if (src->flags == NULL || !find_user_config(&src->user_path)) {
		source_free(src);
		return false;
	}
	src->user_config = src->user_path;
	return true;
}

void
source_free(struct cli_source *src)
{
	free(src->flags);
	free(src->user_path);
	*src = (struct cli_source){ .command = src->command };
}

/* ---- file ---- */

static void
complain_file(struct problems *wrong, const char *path, const char *what)
{
	struct buf shown = BUF_INIT(PROBLEM_MOST);

	utf8_show(&shown, str_from(path));
	problems_add(wrong, "%s: %s", buf_cstr(&shown), what);
	buf_free(&shown);
}

static enum config_load
load(struct settings *s, const char *path, bool again, struct problems *wrong)
{
	enum config_load how = config_load(s, path, again, wrong);

	if (how == CONFIG_LOADED && !settings_set_file(s, path))
		problems_add(wrong, "out of memory");
	return how;
}

static void
apply_file(const struct cli_source *src, struct settings *s, bool again, struct problems *wrong)
{
	static const char denied[] =
	    "no permission to read it; make it readable, or choose another file with --config";
	const char *path = src->config != NULL ? src->config : src->user_config;
	enum config_load how = path != NULL ? load(s, path, again, wrong) : CONFIG_MISSING;

	if (how == CONFIG_MISSING && src->config == NULL) {
		path = src->system_config;
		how = load(s, path, again, wrong);
		if (how == CONFIG_MISSING)
			return;
		/*
		 * The system's file may hold an operator's hash, and be the server's alone to
		 * read.
		 */
		if (how == CONFIG_DENIED && src->command->bit != FOR_SERVE)
			return;
	}
	if (how == CONFIG_MISSING)
		complain_file(wrong, path, "there is no such file");
	if (how == CONFIG_DENIED)
		complain_file(wrong, path, denied);
}

/* ---- environment ---- */

static void
apply_variable(struct settings *s, const struct setting_row *r, struct problems *wrong)
{
	struct origin from = { LAYER_ENVIRONMENT, 0 };
	struct buf name = BUF_INIT(80);
	const char *value;
	struct err e;

	row_variable(r, &name);
	value = getenv(buf_cstr(&name));
	if (value != NULL && settings_put(s, r, from, str_from(value), &e) == -1)
		problems_add(wrong, "environment: %s: %s", buf_cstr(&name), e.text);
	buf_free(&name);
}

/*
 * Whether some setting's variable is called so, SOCKCHAT_ not included; else *near says what may
 * have been meant.
 */
static bool
variable_exists(struct str name, struct nearest *near)
{
	struct buf variable = BUF_INIT(80);
	bool found = false;

	for (size_t i = 0; i < SETTING_COUNT && !found; i++) {
		if ((setting_rows[i].flags & ROW_ACTION) != 0)
			continue;
		buf_clear(&variable);
		row_variable(&setting_rows[i], &variable);
		struct str candidate = str_from_byte(buf_str(&variable), sizeof("SOCKCHAT_") - 1);
		found = str_eq(name, candidate);
		nearest_try(near, candidate);
	}
	buf_free(&variable);
	return found;
}

static bool
names_section(struct str name)
{
	struct str first = str_cut(&name, '_');

	for (size_t i = 0; setting_sections[i] != NULL; i++) {
		if (str_eq_nocase(first, str_from(setting_sections[i])))
			return true;
	}
	return false;
}

/*
 * A variable that is nearly one of ours is a mistake; any other is somebody else's. Kubernetes
 * gives every program SOCKCHAT_SERVICE_HOST and the like when there is a service of the name.
 */
static void
check_variable(const char *entry, struct problems *wrong)
{
	struct str name = str_first(str_from(entry), str_find(str_from(entry), '='));
	struct str rest = str_from_byte(name, sizeof("SOCKCHAT_") - 1);
	struct nearest near = NEAREST_INIT(rest);

	if (!str_starts(name, STR("SOCKCHAT_")) || str_starts(rest, STR("SERVICE_")))
		return;
	if (variable_exists(rest, &near))
		return;
	if (near.best[0] != '\0')
		problems_add(wrong,
		    "environment: " STR_FMT ": no such setting; did you mean SOCKCHAT_%s?",
		    STR_ARG(name), near.best);
	else if (names_section(rest))
		problems_add(wrong,
		    "environment: " STR_FMT
		    ": no such setting; allowed are those of sockchat.ini(5)",
		    STR_ARG(name));
}

static void
apply_environment(struct settings *s, struct problems *wrong)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if ((setting_rows[i].flags & ROW_ACTION) == 0)
			apply_variable(s, &setting_rows[i], wrong);
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
		check_variable(*entry, wrong);
}

/* ---- all of it ---- */

static void
apply_flags(const struct cli_source *src, struct settings *s, struct problems *usage)
{
	struct origin from = { LAYER_FLAG, 0 };
	struct err e;

	for (size_t i = 0; i < src->count; i++) {
		const struct given *g = &src->flags[i];
		if (settings_put(s, g->row, from, g->text, &e) == -1)
			problems_add(usage, "--%s: %s", g->row->key, e.text);
	}
}

struct settings *
source_apply(
    const struct cli_source *src, bool again, struct problems *usage, struct problems *wrong)
{
	struct settings *s = settings_new();

	if (s == NULL)
		return NULL;
	apply_file(src, s, again, wrong);
	apply_environment(s, wrong);
	apply_flags(src, s, usage);
	return s;
}

static void
log_problems(const struct problems *wrong)
{
	struct str text = buf_str(&wrong->text);

	while (text.len > 0)
		log_error("config-error", LOG_STR("problem", str_cut(&text, '\n')));
}

static int
reload_failed(const struct problems *wrong, struct err *e)
{
	struct str text = buf_str(&wrong->text);
	struct str first = str_cut(&text, '\n');

	log_problems(wrong);
	if (wrong->count == 1)
		return err_set(e, STR_FMT, STR_ARG(first));
	return err_set(e, "%zu problems, the first: " STR_FMT, wrong->count, STR_ARG(first));
}

struct settings *
settings_reload(const struct cli *cli, struct err *e)
{
	struct problems wrong = PROBLEMS_INIT;
	struct settings *s = source_apply(cli->source, true, &wrong, &wrong);
	const char *before = settings_file(cli->settings);

	if (s != NULL && wrong.count == 0 && before[0] != '\0' &&
	    !str_eq(str_from(before), str_from(settings_file(s))))
		complain_file(
		    &wrong, before, "was in effect and is gone; nothing else is read instead");
	if (s == NULL)
		err_set(e, "out of memory");
	if (wrong.count > 0) {
		reload_failed(&wrong, e);
		settings_free(s);
		s = NULL;
	}
	problems_free(&wrong);
	return s;
}
