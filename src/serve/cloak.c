/* Cloaks, and the key that they are made with. */
#include "serve/cloak.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/siphash.h"
#include "base/table.h"
#include "irc/names.h"
#include "net/subnet.h"
#include "serve/announce.h"

#define STATE_KEY "cloak-key"

enum { KEY_DIGITS = 32, PART = 8 /* letters: 40 bits */, PARTS = 3 };

/* ---- the key --------------------------------------------------------------------------------- */

static void
key_write(const uint64_t key[2], char out[KEY_DIGITS + 2])
{
	snprintf(out, KEY_DIGITS + 2, "%016llx%016llx\n", (unsigned long long)key[0],
	    (unsigned long long)key[1]);
}

/* So many hexadecimal digits, and at most a newline behind them. */
static bool
key_read(struct str text, uint64_t key[2])
{
	static const struct str digits = { "0123456789abcdef", 16 };

	if (text.len == KEY_DIGITS + 1 && str_ends(text, STR("\n")))
		text.len--;
	if (text.len != KEY_DIGITS)
		return false;
	for (size_t i = 0; i < KEY_DIGITS; i++) {
		size_t digit = str_find(digits, ascii_lower(text.p[i]));
		if (digit == digits.len)
			return false;
		key[i / 16] = key[i / 16] << 4 | digit;
	}
	return true;
}

static int
file_make(const char *path, uint64_t key[2], struct err *e)
{
	char text[KEY_DIGITS + 2];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written;

	if (fd == -1)
		return err_errno(e, "%s: %s", setting_name(SERVE_CLOAK_KEY_FILE), path);
	if (!random_bytes(key, 2 * sizeof(*key))) {
		close(fd);
		return err_errno(e, "making a key for cloaks");
	}
	key_write(key, text);
	written = write(fd, text, KEY_DIGITS + 1) == KEY_DIGITS + 1 && fsync(fd) == 0;
	if (close(fd) == -1 || !written)
		return err_errno(e, "%s: %s: writing it", setting_name(SERVE_CLOAK_KEY_FILE), path);
	log_info("cloak-key-made", LOG_TEXT("file", path));
	return 0;
}

static int
file_read(const char *path, uint64_t key[2], struct err *e)
{
	const char *setting = setting_name(SERVE_CLOAK_KEY_FILE);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[KEY_DIGITS + 2];
	struct stat st;
	ssize_t n;

	if (fd == -1 && errno == ENOENT)
		return file_make(path, key, e);
	if (fd == -1)
		return err_errno(e, "%s: %s", setting, path);
	n = fstat(fd, &st) == 0 ? read(fd, text, sizeof(text)) : -1;
	close(fd);
	if (n == -1)
		return err_errno(e, "%s: %s", setting, path);
	if (st.st_mode & 077)
		return err_set(e,
		    "%s: %s: others may read or change it, and whoever knows the key can undo "
		    "cloaks; chmod 600 it",
		    setting, path);
	if (key_read((struct str){ text, (size_t)n }, key))
		return 0;
	return err_set(e,
	    "%s: %s: not %d hexadecimal digits; remove it, and a new key is made (which changes "
	    "all cloaks)",
	    setting, path, KEY_DIGITS);
}

struct finding {
	uint64_t *key;
	bool found;
};

static void
on_state(void *arg, struct str key, struct str value)
{
	struct finding *f = arg;

	if (str_eq(key, STR(STATE_KEY)))
		f->found = key_read(value, f->key);
}

int
cloaks_open(struct server *sv, struct err *e)
{
	struct str path = setting_text(sv->cli->settings, SERVE_CLOAK_KEY_FILE);
	struct finding f = { sv->cloak_key, false };
	char text[KEY_DIGITS + 2];

	if (path.len > 0)
		return file_read(path.p, sv->cloak_key, e);
	if (store_state_each(sv->store, STR(STATE_KEY), on_state, &f, e) == -1)
		return -1;
	if (f.found)
		return 0;
	if (!random_bytes(sv->cloak_key, sizeof(sv->cloak_key)))
		return err_errno(e, "making a key for cloaks");
	key_write(sv->cloak_key, text);
	sv->ticket = store_put(sv->store, STR(STATE_KEY), (struct str){ text, KEY_DIGITS });
	return 0;
}

/* ---- of an address --------------------------------------------------------------------------- */

/* Eight letters and digits that a mask tells apart: case does not count. */
static void
put_part(const struct server *sv, struct str what, char out[PART + 1])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t hash = siphash(sv->cloak_key, 2, 4, what);

	for (int i = 0; i < PART; i++, hash >>= 5)
		out[i] = letters[hash & 31];
	out[PART] = '\0';
}

static void
cloak_address(const struct server *sv, const struct addr *from, char *out, size_t size)
{
	static const uint8_t bits[2][PARTS] = { { 32, 24, 16 }, { 128, 64, 48 } };
	struct subnet whole = subnet_of(from, UINT8_MAX), n;
	char parts[PARTS][PART + 1];

	for (int i = 0; i < PARTS; i++) {
		n = subnet_of(from, bits[subnet_most(&whole) > 32][i]);
		put_part(sv, (struct str){ (const char *)&n, sizeof(n) }, parts[i]);
	}
	snprintf(out, size, "%s.%s.%s.ip", parts[0], parts[1], parts[2]);
}

static bool
is_this_machine(const struct addr *from)
{
	static const struct subnet loopback4 = { AF_INET, 8, { 127 } };
	static const struct subnet loopback6 = { AF_INET6, 128, { [15] = 1 } };

	return subnet_has(&loopback4, from) || subnet_has(&loopback6, from);
}

/* ---- of an account --------------------------------------------------------------------------- */

/* A name that no host can have is told apart by a hash behind what is left of it: names have no
 * dots. */
static void
cloak_account(const struct server *sv, const char *account, char out[IRC_HOST_MOST + 1])
{
	struct str suffix = setting_text(sv->cli->settings, SERVE_CLOAK_SUFFIX);
	struct str name = str_from(account);
	char folded[IRC_NAME_ROOM * 4], part[PART + 2] = "";
	size_t most = IRC_HOST_MOST - suffix.len - 1, used = 0;

	name = name_fold(str_first(name, sizeof(folded)), folded);
	if (!host_valid(name) || name.len > most) {
		part[0] = '.';
		put_part(sv, name, part + 1);
		most -= PART + 1;
	}
	for (size_t i = 0; i < name.len && used < most; i++)
		if (host_valid((struct str){ name.p + i, 1 }))
			out[used++] = name.p[i];
	if (used == 0)
		used = str_copy(out, most + 1, STR("account"));
	snprintf(out + used, IRC_HOST_MOST + 1 - used, "%s." STR_FMT, part, STR_ARG(suffix));
}

static enum cloak_policy
policy(const struct server *sv)
{
	return (enum cloak_policy)setting_number(sv->cli->settings, SERVE_CLOAK);
}

void
cloak_of(const struct server *sv, const struct addr *from, const char *account, struct cloak *out)
{
	out->address[0] = out->shown[0] = '\0';
	if (policy(sv) != CLOAK_NONE && from != NULL && !is_this_machine(from))
		cloak_address(sv, from, out->address, sizeof(out->address));
	if (policy(sv) == CLOAK_ACCOUNT && account != NULL)
		cloak_account(sv, account, out->shown);
}

static bool
is_an_accounts(const struct server *sv, const struct user *u)
{
	struct str host = str_from(u->host);
	struct str suffix = setting_text(sv->cli->settings, SERVE_CLOAK_SUFFIX);

	return policy(sv) == CLOAK_ACCOUNT && host.len > suffix.len + 1 && str_ends(host, suffix) &&
	       host.p[host.len - suffix.len - 1] == '.';
}

bool
cloak_is_shown(const struct server *sv, const struct user *u)
{
	struct str host = str_from(u->host);

	return str_eq(host, str_from(user_true_host(u))) || str_eq(host, str_from(user_cloak(u))) ||
	       is_an_accounts(sv, u);
}

const char *
cloak_of_account(const struct server *sv, const struct user *u, struct cloak *room)
{
	cloak_of(sv, NULL, u->account, room);
	return room->shown;
}

void
cloak_note(struct server *sv, const struct event *ev)
{
	struct event host = { .kind = EVENT_HOST };
	struct cloak room;

	if (ev->kind != EVENT_ACCOUNT || policy(sv) != CLOAK_ACCOUNT ||
	    !cloak_is_shown(sv, ev->actor))
		return;
	host.object = user_nick(ev->actor);
	host.host = str_from(cloak_of_account(sv, ev->actor, &room));
	server_event(sv, NULL, &host);
}
