/*
 * The settings table: one row for each enum setting. Flags, usage, INI keys, environment
 * variables, --print-config, conf/sockchat.ini and the reference in sockchat.ini(5) are all made
 * from it. Adding a setting is adding a row.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/buf.h"
#include "cli/command.h"

/* What kind of thing a value is; for a list, each of its items. */
enum value_kind {
	VALUE_INTEGER,     /* min..max */
	VALUE_MODE,        /* octal file mode, min..max */
	VALUE_SIZE,        /* bytes, min..max: 65536, 64K, 4M, 1G */
	VALUE_DURATION,    /* milliseconds, min..max: 0, 500ms, 30s, 2m, 1h, 1d */
	VALUE_BOOLEAN,     /* yes no on off true false 1 0 */
	VALUE_ENUMERATION, /* one of names */
	VALUE_TEXT,    /* min..max bytes of UTF-8 without control characters, as are all below */
	VALUE_WORD,    /* text without white space */
	VALUE_LETTERS, /* any of those of names[0] */
	VALUE_CHANNEL, /* '#' and a name */
	VALUE_PATH,
	VALUE_SOCKET,    /* path of a Unix socket, or @name */
	VALUE_ADDRESS,   /* numeric, IPv4 or IPv6 */
	VALUE_INTERFACE, /* name of a network interface, label included */
	VALUE_BIND,      /* ADDRESS[:PORT] or an interface name */
	VALUE_LISTEN,    /* [ADDRESS:]PORT */
	VALUE_WEBSOCKET, /* that, or the path of a Unix socket, or @name */
	VALUE_OPERATOR,  /* NAME MASK CRYPT-HASH */
	VALUE_NETWORK,   /* ADDRESS, ADDRESS/BITS or unix */
	VALUE_WEBIRC,    /* NAME NETWORK CRYPT-HASH; * is any network */
	VALUE_KIND_COUNT
};

enum row_flag {
	ROW_LIST = 1,   /* any number of values: comma-separated, or given again */
	ROW_RELOAD = 2, /* takes effect on SIGHUP */
	/* something to do instead of what the command does: on the command line alone */
	ROW_ACTION = 4,
};

struct setting_row {
	enum setting id; /* its place in the table */
	const char *section;
	const char *key; /* the flag too: --key, and --no-key for a boolean */
	char letter;     /* short flag, 0: none */
	enum value_kind kind;
	unsigned flags;      /* enum row_flag */
	unsigned commands;   /* enum command_bit: those that have it as a flag */
	int64_t min, max;    /* by kind: value, or length in bytes */
	const char *initial; /* the default, as it would be written; a list's is joined by commas */
	const char *metavar; /* NULL for a boolean */
	/* of an enumeration, ended by NULL, the index is the value; of letters, what they may be */
	const char *const *names;
	const char *help; /* sentences; for a limit, with the effect of reaching it */
};

extern const struct setting_row setting_rows[SETTING_COUNT];
extern const char *const setting_sections[]; /* in the table's order, ended by NULL */

/* NULL when there is none such; by key: no action. */
const struct setting_row *row_by_key(struct str section, struct str key);
const struct setting_row *row_by_flag(
    enum command_bit command, struct str key); /* "--" and "no-" not included */
bool section_exists(struct str section);

/* Appends SOCKCHAT_SERVE_UNIX_MODE for [serve] unix-mode. */
void row_variable(const struct setting_row *r, struct buf *out);

/* Options that every command has and that are no settings. */
enum common_option { COMMON_CONFIG, COMMON_CHECK, COMMON_PRINT, COMMON_HELP, COMMON_COUNT };
struct common_row {
	const char *key;
	char letter;
	const char *metavar; /* NULL: takes no value */
	const char *help;
};
extern const struct common_row common_rows[COMMON_COUNT];

#endif
