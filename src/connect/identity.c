/* Who we say that we are. */
#include "connect/identity.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connect/secret.h"
#include "irc/names.h"
#include "term/term.h"

void
identity_nick(struct str name, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n + 1 < size; i++) {
		char c = name.p[i];
		bool plain = ascii_is_alpha(c) || c == '_' ||
			     (n > 0 && (ascii_is_digit(c) || c == '-'));
		if (plain)
			out[n++] = c;
		else if (n > 0 && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n > 0 && out[n - 1] == '_')
		n--;
	out[n] = '\0';
	if (n == 0)
		str_copy(out, size, STR("guest"));
}

/* "Alice Liddell,Room 3,..." (GECOS) */
static void
real_name(const struct passwd *pw, char *out, size_t size)
{
	struct str text = str_from(pw ? pw->pw_gecos : NULL);

	str_copy(out, size, str_cut(&text, ','));
	for (size_t i = 0; out[i] != '\0'; i++)
		if ((unsigned char)out[i] < ' ')
			out[i] = ' ';
}

static int
check_given(struct identity *id, struct str name, struct err *e)
{
	static const char bad[] = " ,*?!@:";

	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] <= ' ' || strchr(bad, name.p[i]) != NULL)
			return err_set(e,
			    "the name '" STR_FMT "': a name has no white space and none of ,*?!@:",
			    STR_ARG(name));
	if (name.len >= sizeof(id->nick))
		return err_set(
		    e, "the name is too long: %zu bytes, at most %d", name.len, IRC_NAME_ROOM);
	str_copy(id->nick, sizeof(id->nick), name);
	id->given = true;
	return 0;
}

/* ---- the account ----------------------------------------------------------------------------- */

static int
ask_password(struct identity *id, bool local, struct err *e)
{
	char question[128 + ROSTER_NAME_MOST];

	/* Where nobody can be asked, the kernel says who we are, or nobody does. */
	if (term_kind() == TERM_NONE && local)
		return 0;
	if (term_kind() == TERM_NONE)
		return err_set(e,
		    "the account '%s' needs a password: give --account-password-file, -fd or "
		    "-command",
		    id->account);
	snprintf(question, sizeof(question), "Password of the account '%s'%s: ", id->account,
	    local ? " (empty: none, log in as this machine's user)" : "");
	if (secret_prompt(question, id->account_password, sizeof(id->account_password), e) == -1)
		return -1;
	if (id->account_password[0] == '\0' && !local)
		return err_set(e, "no password was given for the account '%s'", id->account);
	return 0;
}

static int
load_account(struct identity *id, const struct settings *settings, bool local, struct err *e)
{
	struct str file = setting_text(settings, CONNECT_ACCOUNT_PASSWORD_FILE);
	struct str command = setting_text(settings, CONNECT_ACCOUNT_PASSWORD_COMMAND);
	int64_t fd = setting_number(settings, CONNECT_ACCOUNT_PASSWORD_FD);
	char *out = id->account_password;
	size_t size = sizeof(id->account_password);

	if ((file.len > 0) + (command.len > 0) + (fd >= 0) > 1)
		return err_set(e, "the password of the account is given in more than one way: "
				  "--account-password-file, -fd and -command exclude each other");
	if (id->account[0] == '\0' || id->mechanism == 1 + SASL_EXTERNAL)
		return 0;
	if (file.len > 0)
		return secret_file(file.p, out, size, e);
	if (fd >= 0)
		return secret_fd((int)fd, out, size, e);
	if (command.len > 0)
		return secret_command(command.p, out, size, e);
	return ask_password(id, local, e);
}

int
identity_load(struct identity *id, const struct settings *settings, bool local, struct err *e)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct str login = str_from(pw ? pw->pw_name : getenv("USER"));
	struct str name = setting_text(settings, CONNECT_NAME);
	struct str account = setting_text(settings, CONNECT_ACCOUNT);
	struct str file = setting_text(settings, CONNECT_PASSWORD_FILE);

	*id = (struct identity){ .given = false };
	identity_nick(login, id->nick, sizeof(id->nick));
	user_clean(login, id->user);
	real_name(pw, id->realname, sizeof(id->realname));
	str_copy(id->account, sizeof(id->account), account);
	id->mechanism = (unsigned)setting_number(settings, CONNECT_ACCOUNT_MECHANISM);
	if (account.len > 0 && check_given(id, account, e) == -1)
		identity_nick(account, id->nick, sizeof(id->nick)); /* it is no name: like it */
	id->given = false; /* when it is taken, another will do */
	if (name.len > 0 && check_given(id, name, e) == -1)
		return -1;
	if (id->realname[0] == '\0')
		str_copy(id->realname, sizeof(id->realname), str_from(id->nick));
	if (file.len > 0 && secret_file(file.p, id->password, sizeof(id->password), e) == -1)
		return -1;
	return load_account(id, settings, local, e);
}

void
identity_wipe(struct identity *id)
{
	explicit_bzero(id->password, sizeof(id->password));
	explicit_bzero(id->account_password, sizeof(id->account_password));
}

struct session_config
identity_config(const struct identity *id)
{
	return (struct session_config){
		.nick = str_from(id->nick),
		.nick_given = id->given,
		.user = str_from(id->user),
		.realname = str_from(id->realname),
		.password = str_from(id->password),
		.account = str_from(id->account),
		.account_password = str_from(id->account_password),
		.mechanism = id->mechanism,
	};
}
