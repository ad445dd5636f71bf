/* Accounts in the store, changed from the command line. */
#include "serve/account_tools.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/utf8.h"
#include "serve/configure.h"
#include "serve/login.h"
#include "serve/notes.h"
#include "serve/registered.h"
#include "serve/state_place.h"

/* ---- the password ---------------------------------------------------------------------------- */

/* The first line of standard input, without its end. */
static int
read_line(char *out, size_t size, size_t *len, struct err *e)
{
	ssize_t n = 1;
	char c = 0;

	*len = 0;
	while (n > 0 && c != '\n') {
		n = read(STDIN_FILENO, &c, 1);
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n == -1)
			return err_errno(e, "reading the password from standard input");
		else if (n > 0 && c != '\n') {
			if (*len == size)
				return err_set(e, "the password is longer than %zu bytes", size);
			out[(*len)++] = c;
		}
	}
	if (*len > 0 && out[*len - 1] == '\r')
		(*len)--;
	return *len > 0 ? 0
			: err_set(e, "the password is missing: the first line of standard "
				     "input is empty");
}

/* At a terminal it is asked for, and not shown. */
static int
read_password(char *out, size_t size, size_t *len, struct err *e)
{
	struct termios shown, hidden;
	bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
	int result;

	if (terminal) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		hidden.c_lflag |= ECHONL;
		fputs("Password: ", stderr);
		terminal = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
	}
	result = read_line(out, size, len, e);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	return result;
}

/* Hashed here: nobody waits. */
static int
keys_from_input(const struct server *sv, struct sasl_keys *keys, struct err *e)
{
	char text[SASL_PASSWORD_MOST];
	struct account_refusal no;
	size_t len;
	int result = -1;

	if (read_password(text, sizeof(text), &len, e) == 0) {
		struct str password = { text, len };
		if (!account_password_allowed(sv, password, &no))
			err_set(e, "%s", no.text);
		else if (!login_new_salt(sv, keys))
			err_errno(e, "making a salt");
		else
			result = sasl_keys_make(password, keys, e);
	}
	explicit_bzero(text, sizeof(text));
	return result;
}

/* ---- what can be done ------------------------------------------------------------------------ */

static int
add(struct server *sv, struct str name, struct err *e)
{
	struct account_refusal no;
	struct sasl_keys keys;

	if (!account_name_allowed(sv, name, &no))
		return err_set(e, "%s", no.text);
	if (keys_from_input(sv, &keys, e) == -1)
		return -1;
	if (account_make(sv, name, &keys, STR("")) == NULL)
		return err_errno(e, "making the account");
	printf("The account " STR_FMT " is made\n", STR_ARG(name));
	return 0;
}

static int
find(struct server *sv, struct str name, struct account **out, struct err *e)
{
	*out = server_account(sv, name);
	return *out ? 0 : err_set(e, "there is no account " STR_FMT, STR_ARG(name));
}

static int
remove_one(struct server *sv, struct str name, struct err *e)
{
	struct account *a;

	if (find(sv, name, &a, e) == -1)
		return -1;
	account_drop(sv, a);
	printf("The account " STR_FMT " is removed\n", STR_ARG(name));
	return 0;
}

static int
set_password(struct server *sv, struct str name, struct err *e)
{
	struct account *a;
	struct sasl_keys keys;

	if (find(sv, name, &a, e) == -1 || keys_from_input(sv, &keys, e) == -1)
		return -1;
	account_set_keys(a, &keys);
	account_keep(sv, a);
	printf("The password of %s is changed\n", a->name);
	return 0;
}

static const struct tool {
	enum setting id;
	int (*run)(struct server *sv, struct str name, struct err *e);
} tools[] = {
	{ ACCOUNTS_ADD, add },
	{ ACCOUNTS_REMOVE, remove_one },
	{ ACCOUNTS_SET_PASSWORD, set_password },
};

enum { TOOLS = sizeof(tools) / sizeof(tools[0]) };

/* ---- the store without its server ------------------------------------------------------------ */

struct outcome {
	char why[256]; /* what was written was not kept; empty: it was */
};

static void
on_failed(void *arg, uint64_t ticket, const char *why)
{
	struct outcome *o = arg;

	(void)ticket;
	str_copy(o->why, sizeof(o->why), str_from(why));
}

static void
on_change(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static void
on_back(void *arg)
{
	(void)arg;
}

/* What was changed is on the disk when this returns 0. */
static int
wait_until_kept(struct server *sv, struct outcome *o, struct err *e)
{
	while (o->why[0] == '\0' && store_commit(sv->store) < sv->ticket) {
		struct pollfd p = { .fd = store_fd(sv->store), .events = POLLIN };
		if (poll(&p, 1, -1) == -1 && errno != EINTR)
			return err_errno(e, "waiting for the store");
		store_deliver(sv->store);
	}
	return o->why[0] == '\0' ? 0 : err_set(e, "it was not kept: %s", o->why);
}

static int
open_store(struct server *sv, struct err *e)
{
	char *path = state_place(sv->cli->settings, e);
	struct store_config c = { 0 };
	struct err why;

	if (path == NULL)
		return -1;
	c.path = str_from(path);
	if (path[0] == '\0')
		err_set(e, "there is no store on the disk, so accounts are in the memory of the "
			   "running server: its operators make them (NickServ ADD)");
	else if ((sv->store = store_open(&c, NULL, &why)) == NULL)
		err_set(e,
		    "%s (while a server runs on it, its operators do this by NickServ: ADD, "
		    "REMOVE, RESET)",
		    why.text);
	free(path);
	return sv->store ? 0 : -1;
}

static int
run(struct cli *cli, const struct tool *t)
{
	static const struct store_handler handler = { on_failed, on_change, on_back };
	struct hub_rules rules = hub_rules_of(cli->settings);
	struct server sv = { .cli = cli };
	struct outcome o = { "" };
	struct err e = { "" };
	int code = EXIT_STORE;

	sv.hub = hub_new(&rules, &e);
	sv.notes = notes_new();
	if (sv.hub != NULL && sv.notes != NULL && open_store(&sv, &e) == 0 &&
	    notes_load(sv.notes, sv.store, &e) == 0 && logins_open(&sv, &e) == 0 &&
	    registered_open(&sv, &e) == 0) {
		store_handle(sv.store, &handler, &o);
		code = t->run(&sv, setting_text(cli->settings, t->id), &e) == 0 ? EXIT_DONE
										: EXIT_USAGE;
		if (wait_until_kept(&sv, &o, &e) == -1)
			code = EXIT_STORE;
	}
	if (code != EXIT_DONE)
		fprintf(stderr, "sockchat serve: %s: %s\n", setting_text(cli->settings, t->id).p,
		    e.text);
	logins_close(&sv);
	store_close(sv.store);
	notes_free(sv.notes);
	hub_free(sv.hub);
	return code;
}

int
account_tools(struct cli *cli)
{
	for (size_t i = 0; i < TOOLS; i++)
		if (setting_given(cli->settings, tools[i].id))
			return run(cli, &tools[i]);
	return -1;
}
