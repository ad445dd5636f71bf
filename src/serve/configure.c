/* From settings to a server. */
#include "serve/configure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/crypt.h"
#include "base/log.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/commands.h"
#include "serve/origin.h"

enum { FILE_MOST = 64 * 1024, LINE_MOST = IRC_INPUT_MOST + 2 };

static size_t
size_of(const struct settings *st, enum setting id)
{
	return (size_t)setting_number(st, id);
}

static uint8_t
user_modes_of(struct str letters)
{
	uint8_t modes = 0;

	for (size_t i = 0; i < letters.len; i++) {
		const struct user_mode *m = user_mode_find(letters.p[i]);
		if (m != NULL && m->settable)
			modes = (uint8_t)(modes | 1u << m->flag);
	}
	return modes;
}

struct hub_rules
hub_rules_of(const struct settings *st)
{
	return (struct hub_rules){
		.name_length = size_of(st, LIMIT_NAME_LENGTH),
		.channel_length = size_of(st, LIMIT_CHANNEL_LENGTH),
		.topic_length = size_of(st, LIMIT_TOPIC_LENGTH),
		.kick_length = size_of(st, LIMIT_KICK_LENGTH),
		.away_length = size_of(st, LIMIT_AWAY_LENGTH),
		.message_length = size_of(st, LIMIT_MESSAGE_LENGTH),
		.channels = size_of(st, LIMIT_CHANNELS),
		.list_modes = size_of(st, LIMIT_LIST_MODES),
		.knock_interval = setting_number(st, LIMIT_KNOCK_INTERVAL),
		.accepts = size_of(st, LIMIT_ACCEPT),
		.user_modes = user_modes_of(setting_text(st, SERVE_USER_MODES)),
		.metadata_keys = size_of(st, LIMIT_METADATA_KEYS),
		.metadata_value = size_of(st, LIMIT_METADATA_VALUE),
	};
}

struct conns_limits
conns_limits_of(const struct settings *st)
{
	return (struct conns_limits){
		.input = LINE_MOST,
		.sendq = size_of(st, LIMIT_SEND_QUEUE),
		/* Part of a line may be left over; nothing is read before what is there is used. */
		.a_turn = size_of(st, LIMIT_INPUT_BUFFER) - LINE_MOST,
	};
}

static struct serve_limits
limits_of(const struct settings *st)
{
	return (struct serve_limits){
		.targets = size_of(st, LIMIT_TARGETS),
		.nick_changes = size_of(st, LIMIT_NICK_CHANGES),
		.clients = size_of(st, LIMIT_CLIENTS),
		.clients_per_address = size_of(st, LIMIT_CLIENTS_PER_ADDRESS),
		.send_queue = size_of(st, LIMIT_SEND_QUEUE),
		.registration_timeout = setting_number(st, LIMIT_REGISTRATION_TIMEOUT),
		.ping_interval = setting_number(st, LIMIT_PING_INTERVAL),
		.ping_timeout = setting_number(st, LIMIT_PING_TIMEOUT),
		.input_rate = setting_number(st, LIMIT_INPUT_RATE),
		.input_burst = setting_number(st, LIMIT_INPUT_BURST),
		.history = size_of(st, HISTORY_LIMIT),
		.replay = size_of(st, HISTORY_REPLAY),
		.replay_missed = size_of(st, HISTORY_REPLAY_MISSED),
		.redact_time = setting_number(st, HISTORY_REDACT_TIME),
		.multiline_bytes = size_of(st, LIMIT_MULTILINE_BYTES),
		.multiline_lines = size_of(st, LIMIT_MULTILINE_LINES),
		.monitor = size_of(st, LIMIT_MONITOR),
		.metadata_subs = size_of(st, LIMIT_METADATA_SUBS),
		.metadata_changes = size_of(st, LIMIT_METADATA_CHANGES),
	};
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The whole of an ordinary file as text; -1 with a sentence. */
static int
read_file(enum setting id, struct str path, struct buf *out, struct err *e)
{
	int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n = 1;

	if (fd == -1)
		return err_errno(e, "%s: %s", setting_name(id), path.p);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, "%s: %s: not an ordinary file", setting_name(id), path.p);
	}
	while (n > 0) {
		char *room = buf_room(out, 4096);
		if (room == NULL) {
			close(fd);
			return err_set(
			    e, "%s: %s: larger than %d bytes", setting_name(id), path.p, FILE_MOST);
		}
		n = read(fd, room, 4096);
		if (n > 0)
			out->len += (size_t)n;
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	close(fd);
	if (n == -1)
		return err_errno(e, "%s: %s", setting_name(id), path.p);
	if (!utf8_valid(buf_str(out)) || str_find(buf_str(out), '\0') < out->len)
		return err_set(e, "%s: %s: not UTF-8 text", setting_name(id), path.p);
	return 0;
}

/* The text of the file that a setting names, owned; empty when it names none. */
static int
file_text(
    const struct settings *st, enum setting id, bool first_line, struct str *out, struct err *e)
{
	struct buf text = BUF_INIT(FILE_MOST + 4096);
	struct str path = setting_text(st, id), kept;
	char *copy;
	int result = 0;

	*out = (struct str){ 0 };
	if (path.len == 0)
		return 0;
	if (read_file(id, path, &text, e) == -1) {
		buf_free(&text);
		return -1;
	}
	kept = buf_str(&text);
	if (first_line)
		kept = str_first(kept, str_find(kept, '\n'));
	if (first_line && str_ends(kept, STR("\r")))
		kept.len--;
	if (kept.len == 0)
		result = err_set(e, "%s: %s: the %s is empty", setting_name(id), path.p,
		    first_line ? "first line" : "file");
	else if ((copy = str_dup(kept)) == NULL)
		result = err_errno(e, "%s: %s", setting_name(id), path.p);
	else
		*out = (struct str){ copy, kept.len };
	if (text.data != NULL)
		explicit_bzero(text.data, text.cap);
	buf_free(&text);
	return result;
}

static int
check_operators(const struct settings *st, struct err *e)
{
	for (size_t i = 0; i < setting_count(st, SERVE_OPERATOR); i++) {
		struct str text = setting_item(st, SERVE_OPERATOR, i);
		struct str name = str_word(&text), mask = str_word(&text), hash = str_word(&text);
		char whole[IRC_MASK_MOST * 2];
		struct err why;
		if (!mask_complete(mask, whole, sizeof(whole)))
			return err_set(e,
			    "%s: " STR_FMT ": the mask " STR_FMT " is not valid; "
			    "write nick!user@host, with * for any",
			    setting_name(SERVE_OPERATOR), STR_ARG(name), STR_ARG(mask));
		if (crypt_acceptable(hash, &why) == -1)
			return err_set(e, "%s: " STR_FMT ": %s", setting_name(SERVE_OPERATOR),
			    STR_ARG(name), why.text);
	}
	return 0;
}

struct store_retention
retention_of(const struct settings *st)
{
	return (struct store_retention){ .age = setting_number(st, STORE_KEEP_TIME),
		.rows = (uint64_t)setting_number(st, STORE_KEEP_MESSAGES),
		.bytes = (uint64_t)setting_number(st, STORE_KEEP_SIZE) };
}

/* ---- all together ---------------------------------------------------------------------------- */

static void
replace_secret(struct str *old, struct str with)
{
	if (old->len > 0) {
		explicit_bzero((char *)old->p, old->len);
		free((char *)old->p);
	}
	*old = with;
}

int
server_configure(struct server *sv, const struct settings *st, struct err *e)
{
	struct store_retention retention = retention_of(st);
	struct str motd = { 0 }, password = { 0 };
	struct local_operators local = { 0 };
	struct origins origins = { 0 };
	struct hub_rules rules = hub_rules_of(st), before = *hub_rules(sv->hub);
	struct conns_limits limits = conns_limits_of(st);
	struct serve_limits own = sv->limits;
	char *tokens = NULL, *admin = str_dup(setting_text(st, SERVE_ADMIN));

	if (check_operators(st, e) == -1 || local_operators_read(st, &local, e) == -1 ||
	    origins_read(st, &origins, e) == -1 ||
	    file_text(st, SERVE_MOTD_FILE, false, &motd, e) == -1 ||
	    file_text(st, SERVE_PASSWORD_FILE, true, &password, e) == -1)
		goto fail;
	sv->limits = limits_of(st);
	hub_set_rules(sv->hub, &rules);
	tokens = isupport_tokens(sv);
	if (tokens == NULL || admin == NULL) {
		err_set(e, "the server is short of memory");
		hub_set_rules(sv->hub, &before);
		sv->limits = own;
		goto fail;
	}
	conns_set_limits(sv->conns, &limits);
	local_operators_free(&sv->local_operators);
	sv->local_operators = local;
	origins_free(&sv->origins);
	sv->origins = origins;
	if (sv->store != NULL)
		store_set_retention(sv->store, &retention);
	free(sv->isupport);
	sv->isupport = tokens;
	free(sv->admin);
	sv->admin = admin;
	sv->motd_changed = !str_eq(sv->motd, motd);
	sv->password_changed = !str_eq(sv->password, password);
	replace_secret(&sv->motd, motd);
	replace_secret(&sv->password, password);
	sv->show_messages = setting_on(st, SERVE_SHOW_MESSAGES);
	log_setup((enum log_level)setting_number(st, SERVE_LOG_LEVEL),
	    (enum log_format)setting_number(st, SERVE_LOG_FORMAT));
	for (struct session *s = sv->sessions; s != NULL; s = s->next)
		session_schedule(s); /* something may be due sooner */
	return 0;
fail:
	local_operators_free(&local);
	origins_free(&origins);
	free(tokens);
	free(admin);
	replace_secret(&motd, (struct str){ 0 });
	replace_secret(&password, (struct str){ 0 });
	return -1;
}

/* The machine's name, made to look like a server's: clients tell servers from nicks by the dot. */
static char *
host_name(void)
{
	char name[64 + 8];

	if (gethostname(name, 64) == -1)
		name[0] = '\0';
	name[55] = '\0';
	for (char *p = name; *p != '\0'; p++)
		if (!ascii_is_alpha(*p) && !ascii_is_digit(*p) && *p != '-' && *p != '.')
			*p = '-';
	if (name[0] == '\0')
		str_copy(name, sizeof(name), STR("sockchat"));
	if (strchr(name, '.') == NULL)
		memcpy(name + strlen(name), ".local", 7);
	return str_dup(str_from(name));
}

int
server_name(struct server *sv, const struct settings *st, struct err *e)
{
	struct str name = setting_text(st, SERVE_NAME);

	sv->name = name.len ? str_dup(name) : host_name();
	sv->network = str_dup(setting_text(st, SERVE_NETWORK));
	sv->lobby = str_dup(setting_text(st, SERVE_LOBBY));
	sv->description = str_dup(setting_text(st, SERVE_DESCRIPTION));
	if (!sv->name || !sv->network || !sv->lobby || !sv->description)
		return err_errno(e, "starting the server");
	sv->names = (struct render_names){ str_from(sv->name), str_from(sv->lobby) };
	return 0;
}
