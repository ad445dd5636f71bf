/* The store's file, checked, copied and printed. */
#include "serve/store_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/quote.h"
#include "event/msgid.h"
#include "irc/names.h"
#include "serve/state_place.h"
#include "store/store.h"
#include "store/tools.h"

enum { TELL_EVERY = 1000 /* ms */, LINE_MOST = 1 << 20 };

/* ---- check ----------------------------------------------------------------------------------- */

static void
print_problem(void *arg, const char *sentence)
{
	fprintf(stderr, "sockchat serve: %s: %s\n", (const char *)arg, sentence);
}

static void
print_time(const char *what, uint64_t number)
{
	char text[CLOCK_ISO_SIZE];

	if (number == 0)
		return;
	clock_iso(event_time(number), text);
	printf("%s: %s\n", what, text);
}

static int
check(const char *path, const struct settings *st, struct err *e)
{
	struct store_counts n;
	bool damaged;

	(void)st;
	fprintf(stderr, "%s: reading all of it\n", path);
	if (store_check(path, &n, print_problem, (char *)path, &damaged, e) == -1)
		return EXIT_STORE;
	if (damaged) {
		err_set(e, "%s: damaged; stop the server and put a backup in its place", path);
		return EXIT_STORE;
	}
	printf("%s: undamaged\nSize: %lld bytes\nMessages: %lld\nOther events: %lld\n"
	       "Channels and conversations: %lld\nAccounts, channels and other state: %lld\n"
	       "Bans: %lld\n",
	    path, (long long)n.bytes, (long long)n.messages, (long long)(n.rows - n.messages),
	    (long long)n.targets, (long long)n.state, (long long)n.bans);
	print_time("From", n.first);
	print_time("To", n.last);
	return EXIT_DONE;
}

/* ---- backup ---------------------------------------------------------------------------------- */

struct progress {
	int64_t told, pages; /* told: monotonic ms */
};

static void
tell(void *arg, int64_t done, int64_t pages)
{
	struct progress *p = arg;
	int64_t now = clock_monotonic();

	p->pages = pages;
	if (now - p->told < TELL_EVERY)
		return;
	p->told = now;
	fprintf(stderr, "%lld of %lld pages, %lld %%\n", (long long)done, (long long)pages,
	    (long long)(pages > 0 ? done * 100 / pages : 100));
}

static int
backup(const char *path, const struct settings *st, struct err *e)
{
	struct progress p = { clock_monotonic(), 0 };
	const char *to = setting_text(st, STORE_BACKUP).p;

	if (store_backup(path, to, tell, &p, e) == -1)
		return EXIT_STORE;
	fprintf(stderr, "%s: a copy of %s, all %lld pages\n", to, path, (long long)p.pages);
	return EXIT_DONE;
}

/* ---- export ---------------------------------------------------------------------------------- */

static const char *const kinds[EVENT_KIND_COUNT] = {
	[EVENT_CONNECT] = "connect",
	[EVENT_NICK] = "nick",
	[EVENT_QUIT] = "quit",
	[EVENT_JOIN] = "join",
	[EVENT_PART] = "part",
	[EVENT_KICK] = "kick",
	[EVENT_MODE] = "mode",
	[EVENT_TOPIC] = "topic",
	[EVENT_INVITE] = "invite",
	[EVENT_MESSAGE] = "message",
	[EVENT_NOTICE] = "notice",
	[EVENT_TAGMSG] = "tagmsg",
	[EVENT_REDACT] = "redact",
};

static void
add_text(struct buf *b, const char *key, struct str text)
{
	buf_printf(b, ",\"%s\":", key);
	quote_json(b, text);
}

static bool
print_row(void *arg, const struct record *r)
{
	const struct {
		const char *key;
		struct str text;
	} rest[] = { { "account", r->account }, { "object", r->object }, { "tags", r->tags },
		{ "client-id", r->client_id } };
	struct buf *b = arg;
	const char *kind = r->kind < EVENT_KIND_COUNT ? kinds[r->kind] : NULL;
	char time[CLOCK_ISO_SIZE], id[MSGID_LENGTH];

	clock_iso(event_time(r->number), time);
	buf_clear(b);
	buf_printf(b, "{\"time\":\"%s\"", time);
	add_text(b, "kind", str_from(kind ? kind : "other"));
	add_text(b, "from", r->source);
	add_text(b, "to", r->shown);
	add_text(b, "text", r->text);
	add_text(b, "id", msgid_text(r->number, id));
	add_text(b, "in", r->target);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		if (rest[i].text.len > 0)
			add_text(b, rest[i].key, rest[i].text);
	buf_add_str(b, STR("}\n"));
	return !b->truncated && fwrite(b->data, 1, b->len, stdout) == b->len;
}

/* A ban in the same form: who banned what, and why. */
static bool
print_ban(void *arg, struct str key, struct str value)
{
	static const struct {
		struct str field;
		const char *key;
	} texts[] = { { { "by", 2 }, "from" }, { { "mask", 4 }, "to" },
		{ { "reason", 6 }, "text" } };
	struct buf *b = arg, rest = BUF_INIT(LINE_MOST);
	char since[CLOCK_ISO_SIZE] = "", until[CLOCK_ISO_SIZE] = "";
	int64_t time;

	(void)key;
	while (value.len > 0) {
		struct str line = str_cut(&value, '\n'), field = str_cut(&line, ' ');
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (str_eq(field, texts[i].field))
				add_text(&rest, texts[i].key, line);
		if (!str_to_int64(line, &time) || time == 0)
			continue;
		if (str_eq(field, STR("since")))
			clock_iso(time, since);
		else if (str_eq(field, STR("until")))
			clock_iso(time, until);
	}
	buf_clear(b);
	buf_printf(b, "{\"time\":\"%s\",\"kind\":\"ban\"", since);
	buf_add_str(b, buf_str(&rest));
	if (until[0] != '\0')
		add_text(b, "until", str_from(until));
	buf_add_str(b, STR("}\n"));
	b->truncated = b->truncated || rest.truncated;
	buf_free(&rest);
	return !b->truncated && fwrite(b->data, 1, b->len, stdout) == b->len;
}

/* "90m": so long before now. */
static bool
parse_ago(struct str text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', 1000 }, { 'm', 60 * 1000 }, { 'h', 3600 * 1000 },
		{ 'd', 86400 * 1000 }, { 'w', 7 * 86400 * 1000 } };
	int64_t number;

	if (text.len < 2 || !str_to_int64(str_first(text, text.len - 1), &number) || number < 0 ||
	    number > 1000 * 1000)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text.p[text.len - 1] == units[i].unit) {
			*out = clock_wall() - number * units[i].ms;
			return true;
		}
	return false;
}

static bool
parse_date(const char *text, int64_t *out)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = { .tm_isdst = 0 };
		const char *end = strptime(text, formats[i], &tm);
		if (end != NULL && (*end == '\0' || strcmp(end, "Z") == 0)) {
			*out = (int64_t)timegm(&tm) * 1000;
			return true;
		}
	}
	return false;
}

/* The greatest number of an event before that time. */
static int
parse_since(struct str since, uint64_t *after, struct err *e)
{
	int64_t ms;

	*after = 0;
	if (since.len == 0)
		return 0;
	if (!parse_ago(since, &ms) && !parse_date(since.p, &ms))
		return err_set(e,
		    "--since " STR_FMT ": no time; give 2026-11-21, 2026-11-21T03:04:05 or how "
		    "long ago, such as 12h or 7d",
		    STR_ARG(since));
	if (ms > 0)
		*after = ((uint64_t)ms << EVENT_COUNT_BITS) - 1;
	return 0;
}

static int export(const char *path, const struct settings *st, struct err *e)
{
	struct str channel = setting_text(st, STORE_CHANNEL), folded;
	struct buf line = BUF_INIT(LINE_MOST);
	char *room = malloc(channel.len + 1);
	uint64_t after;
	int code = EXIT_DONE;

	if (parse_since(setting_text(st, STORE_SINCE), &after, e) == -1 || room == NULL) {
		free(room);
		return EXIT_USAGE;
	}
	folded = name_fold(channel, room);
	if (store_export(path, folded, after, print_row, &line, e) == -1 ||
	    (folded.len == 0 && after == 0 &&
		store_export_state(path, STR("ban/"), print_ban, &line, e) == -1))
		code = EXIT_STORE;
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		err_errno(e, "writing to standard output");
		code = EXIT_INTERNAL;
	}
	buf_free(&line);
	free(room);
	return code;
}

/* ---- which of them --------------------------------------------------------------------------- */

static const struct {
	enum setting id;
	int (*run)(const char *path, const struct settings *st, struct err *e);
} tools[] = {
	{ STORE_CHECK, check },
	{ STORE_BACKUP, backup },
	{ STORE_EXPORT, export },
};

static bool
is_asked(const struct settings *st, enum setting id)
{
	return setting_given(st, id) && (id == STORE_BACKUP || setting_number(st, id) != 0);
}

int
store_tools(struct cli *cli)
{
	const struct settings *st = cli->settings;
	struct err e = { "" };
	int code = -1;
	size_t i = 0;
	char *path;

	while (i < sizeof(tools) / sizeof(tools[0]) && !is_asked(st, tools[i].id))
		i++;
	if (i == sizeof(tools) / sizeof(tools[0])) {
		if (!setting_given(st, STORE_CHANNEL) && !setting_given(st, STORE_SINCE))
			return -1;
		fprintf(stderr, "sockchat serve: --channel and --since go with --export\n");
		return EXIT_USAGE;
	}
	path = state_place(st, &e);
	if (path != NULL && path[0] != '\0') {
		code = tools[i].run(path, st, &e);
	} else {
		if (path != NULL)
			err_set(&e, "there is no store on the disk (--store memory)");
		code = EXIT_STORE;
	}
	if (code != EXIT_DONE)
		fprintf(stderr, "sockchat serve: %s\n", e.text);
	free(path);
	return code;
}
