/* Who we say that we are. */
#include "connect/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "irc/names.h"

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

static int
first_line(const char *path, char *out, size_t size, struct err *e)
{
	char text[2 * IRC_LINE_MOST];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;
	struct str line;

	if (fd == -1)
		return err_errno(e, "%s: reading the password", path);
	while (len < sizeof(text) && n > 0) {
		n = read(fd, text + len, sizeof(text) - len);
		if (n > 0)
			len += (size_t)n;
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	if (n == -1) {
		err_errno(e, "%s: reading the password", path);
		close(fd);
		return -1;
	}
	close(fd);
	line = (struct str){ text, len };
	line = str_cut(&line, '\n');
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0 || line.len >= size || str_find(line, '\0') < line.len)
		err_set(
		    e, "%s: its first line must be a password of 1 to %zu bytes", path, size - 1);
	else
		str_copy(out, size, line);
	explicit_bzero(text, sizeof(text));
	return out[0] == '\0' ? -1 : 0;
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

int
identity_load(struct identity *id, const struct settings *settings, struct err *e)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct str login = str_from(pw ? pw->pw_name : getenv("USER"));
	struct str name = setting_text(settings, CONNECT_NAME);
	struct str file = setting_text(settings, CONNECT_PASSWORD_FILE);

	*id = (struct identity){ .given = false };
	identity_nick(login, id->nick, sizeof(id->nick));
	user_clean(login, id->user);
	real_name(pw, id->realname, sizeof(id->realname));
	if (name.len > 0 && check_given(id, name, e) == -1)
		return -1;
	if (id->realname[0] == '\0')
		str_copy(id->realname, sizeof(id->realname), str_from(id->nick));
	if (file.len > 0)
		return first_line(file.p, id->password, sizeof(id->password), e);
	return 0;
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
	};
}
