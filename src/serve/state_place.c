/* Where the store's file is. */
#include "serve/state_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "store/store.h"

enum { PATH_MOST = 4096 };

/* An environment variable that holds an absolute path; empty: it does not. */
static struct str
folder_of(const char *variable)
{
	struct str value = str_from(getenv(variable));

	return value.len > 0 && value.p[0] == '/' ? value : (struct str){ 0 };
}

/* systemd gives several, with colons between. */
static struct str
default_folder(struct buf *out)
{
	struct str state = folder_of("STATE_DIRECTORY"), xdg = folder_of("XDG_STATE_HOME");
	struct str home = folder_of("HOME");

	if (state.len > 0)
		buf_add_str(out, str_first(state, str_find(state, ':')));
	else if (xdg.len > 0)
		buf_printf(out, STR_FMT "/sockchat", STR_ARG(xdg));
	else if (home.len > 0)
		buf_printf(out, STR_FMT "/.local/state/sockchat", STR_ARG(home));
	return buf_str(out);
}

/* Every folder of the path that is not there yet. */
static int
make_folders(char *path, struct err *e)
{
	for (char *at = path + 1;; at++) {
		char kept = *at;
		if (kept != '/' && kept != '\0')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			return err_errno(e,
			    "making the folder %s for the store (or give --store FILE, or "
			    "--store memory)",
			    path);
		*at = kept;
		if (kept == '\0')
			return 0;
	}
}

char *
state_place(const struct settings *st, struct err *e)
{
	struct str given = setting_text(st, SERVE_STORE);
	struct buf path = BUF_INIT(PATH_MOST);
	char *result = NULL;

	if (str_eq(given, STR("memory")) || (given.len == 0 && store_library[0] == '\0'))
		return str_dup(STR(""));
	if (given.len > 0)
		return str_dup(given);
	if (default_folder(&path).len == 0 || path.truncated)
		err_set(e, "no place for the store: HOME is not set; give --store FILE, or "
			   "--store memory to keep nothing");
	else if (make_folders((char *)buf_cstr(&path), e) == 0) {
		buf_add_str(&path, STR("/sockchat.db"));
		result = path.truncated ? NULL : str_dup(buf_str(&path));
		if (result == NULL)
			err_set(e, "the path of the store is too long");
	}
	buf_free(&path);
	return result;
}
