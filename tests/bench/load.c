/* The loader's options. */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum kind { KIND_CHOICE, KIND_FLAG, KIND_INTEGER, KIND_REAL, KIND_TEXT };

struct row {
	const char *name;
	enum kind kind;
	size_t at; /* in struct options */
	double least, most;
	const char *help;
	const char *const *choices; /* KIND_CHOICE: its numbers are the places in this list */
};

static const char *const dialects[] = { "irc", "nats", "raw", NULL };
static const char *const modes[] = { "connect", "fanout", "idle", "open-loop", "pairs", NULL };

#define AT(member) offsetof(struct options, member)

/* Sorted by name. */
static const struct row rows[] = {
	{ "apart", KIND_INTEGER, AT(apart), 0, MEMBERS_MOST, "open-loop: the last ones, apart",
	    NULL },
	{ "bytes", KIND_INTEGER, AT(bytes), TEXT_LEAST, TEXT_MOST, "of text in a message", NULL },
	{ "channel", KIND_TEXT, AT(channel), 1, NAME_MOST, "where messages go", NULL },
	{ "dialect", KIND_CHOICE, AT(dialect), 0, 0, "irc, nats or raw (the floor)", dialects },
	{ "drain-ms", KIND_INTEGER, AT(drain_ms), 1, 60000, "wait for what is on the way", NULL },
	{ "group", KIND_INTEGER, AT(group), 0, MEMBERS_MOST, "connect, idle: clients a channel",
	    NULL },
	{ "hold-ms", KIND_INTEGER, AT(hold_ms), 1, 600000, "idle: watch the CPU this long", NULL },
	{ "in-flight", KIND_INTEGER, AT(in_flight), 1, MEMBERS_MOST, "connecting at once", NULL },
	{ "members", KIND_INTEGER, AT(members), 1, MEMBERS_MOST, "clients in all", NULL },
	{ "mode", KIND_CHOICE, AT(mode), 0, 0, "connect, fanout, idle, open-loop or pairs", modes },
	{ "most-rate", KIND_REAL, AT(most_rate), 1, 1e9, "open-loop: the ramp ends here", NULL },
	{ "name", KIND_TEXT, AT(name), 1, 40, "the server's, in the result", NULL },
	{ "one-channel", KIND_FLAG, AT(one_channel), 0, 0, "connect, idle: all join --channel",
	    NULL },
	{ "per-address", KIND_INTEGER, AT(per_address), 1, 60000, "clients a source address",
	    NULL },
	{ "pid", KIND_INTEGER, AT(pid), 1, 1 << 30, "the server's process", NULL },
	{ "port", KIND_INTEGER, AT(port), 1, 65535, "of the server on 127.0.0.1", NULL },
	{ "prefix", KIND_TEXT, AT(prefix), 1, NAME_MOST, "of the clients' names", NULL },
	{ "ramp", KIND_REAL, AT(ramp), 0, 100, "open-loop: next rate is times this", NULL },
	{ "rate", KIND_REAL, AT(rate), 0.1, 1e9, "open-loop: messages a second", NULL },
	{ "repeat", KIND_INTEGER, AT(repeat), 1, 1000, "measurements in a row", NULL },
	{ "seconds", KIND_REAL, AT(seconds), 0.01, 3600, "of one measurement", NULL },
	{ "senders", KIND_INTEGER, AT(senders), 1, MEMBERS_MOST, "clients that speak", NULL },
	{ "stall", KIND_FLAG, AT(stall), 0, 0, "those apart read later", NULL },
	{ "timeout", KIND_REAL, AT(timeout), 0.1, 86400, "seconds for everything", NULL },
	{ "unix", KIND_TEXT, AT(unix_path), 1, 107, "the server's socket, not --port", NULL },
	{ "until-ms", KIND_REAL, AT(until_ms), 0, 1e6, "open-loop: p99 that ends the ramp", NULL },
	{ "window", KIND_INTEGER, AT(window), 1, WINDOW_MOST, "messages on the way a sender",
	    NULL },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct options defaults = {
	.mode = MODE_FANOUT,
	.dialect = DIALECT_IRC,
	.name = "server",
	.channel = "#c",
	.prefix = "n",
	.members = 100,
	.senders = 10,
	.bytes = 100,
	.window = 1,
	.in_flight = 64,
	.group = 10,
	.per_address = 20000,
	.repeat = 1,
	.drain_ms = 5000,
	.hold_ms = 5000,
	.seconds = 3,
	.timeout = 300,
	.rate = 100,
	.until_ms = 50,
	.most_rate = 1e9,
};

static int
usage(void)
{
	fputs("usage: load --mode MODE --port PORT | --unix PATH [options]\n", stderr);
	for (size_t i = 0; i < ROWS; i++)
		fprintf(stderr, "  --%-12s %s\n", rows[i].name, rows[i].help);
	return EXIT_USAGE;
}

static int
set_number(const struct row *row, void *at, const char *text, struct err *e)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 ||
	    !(value >= row->least && value <= row->most) ||
	    (row->kind == KIND_INTEGER && value != (double)(int64_t)value))
		return err_set(e, "--%s %s: is not a number from %.10g to %.10g", row->name, text,
		    row->least, row->most);
	if (row->kind == KIND_INTEGER)
		*(int64_t *)at = (int64_t)value;
	else
		*(double *)at = value;
	return 0;
}

static int
set_choice(const struct row *row, void *at, const char *text, struct err *e)
{
	for (int64_t i = 0; row->choices[i] != NULL; i++) {
		if (str_eq(str_from(row->choices[i]), str_from(text))) {
			*(int64_t *)at = i;
			return 0;
		}
	}
	return err_set(e, "--%s %s: is not %s", row->name, text, row->help);
}

static int
set_text(const struct row *row, void *at, const char *text, struct err *e)
{
	size_t len = strlen(text);

	if (len < (size_t)row->least || len > (size_t)row->most ||
	    strpbrk(text, "\"\\ \t\r\n") != NULL)
		return err_set(e, "--%s %s: is not a word of %.0f to %.0f bytes", row->name, text,
		    row->least, row->most);
	*(const char **)at = text;
	return 0;
}

static int
set_option(struct options *o, const struct row *row, const char *text, struct err *e)
{
	void *at = (char *)o + row->at;

	if (row->kind == KIND_CHOICE)
		return set_choice(row, at, text, e);
	if (row->kind == KIND_TEXT)
		return set_text(row, at, text, e);
	if (row->kind != KIND_FLAG)
		return set_number(row, at, text, e);
	*(int64_t *)at = 1;
	return 0;
}

/* What no single option can be asked. */
static int
check_options(const struct options *o, struct err *e)
{
	if ((o->port == 0) == (o->unix_path == NULL))
		return err_set(e, "give the server's --port or --unix");
	if (o->senders > o->members && (o->mode == MODE_FANOUT || o->mode == MODE_OPEN_LOOP))
		return err_set(
		    e, "--senders %d: there are %d --members", (int)o->senders, (int)o->members);
	if (o->apart > 0 && (o->mode != MODE_OPEN_LOOP || o->ramp > 1))
		return err_set(e, "--apart %d: is for one rate of open-loop", (int)o->apart);
	if (o->apart + o->senders > o->members && o->mode == MODE_OPEN_LOOP)
		return err_set(e, "--apart %d: of %d --members %d are --senders", (int)o->apart,
		    (int)o->members, (int)o->senders);
	if (o->mode == MODE_PAIRS && o->members % 2 != 0)
		return err_set(e, "--members %d: pairs want an even number", (int)o->members);
	return 0;
}

static int
read_options(struct options *o, int argc, char **argv, struct err *e)
{
	struct option long_options[ROWS + 1] = { { 0 } };
	int index;

	for (int i = 0; i < ROWS; i++) {
		int argument = rows[i].kind == KIND_FLAG ? no_argument : required_argument;
		long_options[i] = (struct option){ rows[i].name, argument, NULL, i + 256 };
	}
	while ((index = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (index == '?')
			return err_set(e, "see the options below");
		if (set_option(o, &rows[index - 256], optarg, e) == -1)
			return -1;
	}
	if (optind < argc)
		return err_set(e, "%s: is no option", argv[optind]);
	return check_options(o, e);
}

/* As many descriptors as the system gives; short ones show as clients that cannot connect. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
main(int argc, char **argv)
{
	static struct load l;
	struct err e;
	int code = EXIT_DONE;

	l.options = defaults;
	if (read_options(&l.options, argc, argv, &e) == -1) {
		fprintf(stderr, "load: %s\n", e.text);
		return usage();
	}
	raise_descriptors();
	if (!load_start(&l, &e) || load_run(&l, &e) == -1) {
		fprintf(stderr, "load: %s: %s\n", l.options.name, e.text);
		code = EXIT_INTERNAL;
	}
	load_end(&l);
	return code;
}
