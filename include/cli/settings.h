/*
 * The settings: one row each in cli/options.c (name, section, flag, type, range, default, help),
 * from which flags, INI keys, environment, usage and manual come. Here: the values in effect.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/err.h"
#include "base/str.h"

/* A setting's place in the table; the name says section and key: [serve] unix-mode. */
enum setting {
	/* [serve] */
	SERVE_PORT,             /* list of integers 0..65535 */
	SERVE_BIND,             /* list: ADDRESS[:PORT] or an interface name */
	SERVE_UNIX,             /* list of paths, @name is abstract */
	SERVE_WEBSOCKET,        /* list: [ADDRESS:]PORT, or a path, @name is abstract */
	SERVE_WEBSOCKET_ORIGIN, /* list of origins, * and ? in them */
	SERVE_UNIX_MODE,        /* integer, octal as text "0666"; default 0600 */
	SERVE_UNIX_GROUP,       /* text, "" none */
	SERVE_BACKLOG,          /* integer 1..65535, default 4096 */
	SERVE_NAME,             /* text, "" the machine's host name */
	SERVE_NETWORK,          /* text, default "sockchat" */
	SERVE_DESCRIPTION,      /* text, default "sockchat server" */
	SERVE_LOBBY,            /* text, default "#lobby" */
	SERVE_MOTD_FILE,        /* path, "" none */
	SERVE_PASSWORD_FILE,    /* path, "" none: its first line is the server password */
	SERVE_USER_MODES,       /* letters, "" none */
	SERVE_ADMIN,            /* text, "" none */
	SERVE_OPERATOR,         /* list of "NAME MASK CRYPT-HASH" */
	SERVE_UNIX_OPERATOR,    /* list of "USER" or "@GROUP", names or numbers */
	SERVE_PROXY_FROM,       /* list of networks: PROXY headers come from there */
	SERVE_PROXY_REQUIRED,   /* boolean, default yes: from there none comes without */
	SERVE_WEBIRC,           /* list of "NAME NETWORK CRYPT-HASH" */
	SERVE_CLOAK,            /* enumeration: enum cloak_policy, default address */
	SERVE_CLOAK_SUFFIX,     /* text, default "users": ACCOUNT.users */
	SERVE_CLOAK_KEY_FILE,   /* path, "" the store */
	SERVE_SHOW_MESSAGES,    /* boolean */
	SERVE_LOG_LEVEL,        /* enumeration: enum log_level, default info */
	SERVE_LOG_FORMAT,       /* enumeration: enum log_format, default text */
	SERVE_STORE,            /* path; "memory"; "" the user's own place */
	SERVE_SHUTDOWN_TIMEOUT, /* duration, default 2s: time to flush goodbyes */
	/* [store] */
	STORE_DURABILITY,    /* enumeration: enum store_durability, default full */
	STORE_KEEP_TIME,     /* duration, 0 for ever; default 0 */
	STORE_KEEP_MESSAGES, /* of one channel or conversation, 0 any number; default 0 */
	STORE_KEEP_SIZE,     /* size of the file, 0 any; default 0 */
	STORE_CHECK,         /* action */
	STORE_BACKUP,        /* action: path of the copy */
	STORE_EXPORT,        /* action */
	STORE_CHANNEL,       /* of an export: channel or conversation, "" all */
	STORE_SINCE,         /* of an export: date, time or how long ago, "" from the start */
	/* [history] */
	HISTORY_LIMIT,         /* messages in one answer, 1..5000, default 500 */
	HISTORY_REPLAY,        /* lines shown at a join, 0..1000, default 20 */
	HISTORY_REPLAY_MISSED, /* ... to who was away, 0..5000, default 500 */
	HISTORY_REDACT_TIME,   /* duration, one's own messages can be deleted; 0 always; 1d */
	/* [limits] */
	LIMIT_NAME_LENGTH,    /* 1..64, default 32 */
	LIMIT_MESSAGE_LENGTH, /* 0..4096 characters, default 0: what an IRC line holds */
	LIMIT_CHANNEL_LENGTH, /* 2..64, default 64 */
	LIMIT_TOPIC_LENGTH,   /* 1..390, default 390; likewise kick, away */
	LIMIT_KICK_LENGTH,
	LIMIT_AWAY_LENGTH,
	LIMIT_CHANNELS,             /* channels a user may be in, 1..10000, default 100 */
	LIMIT_LIST_MODES,           /* entries in one ban/except/invite list, default 100 */
	LIMIT_TARGETS,              /* targets of one command, 1..100, default 10 */
	LIMIT_NICK_CHANGES,         /* a minute, 0 any number; default 20 */
	LIMIT_CLIENTS,              /* in all, 0: as many as descriptors; default 0 */
	LIMIT_CLIENTS_PER_ADDRESS,  /* 0 any number; default 100; on a Unix socket: per user id */
	LIMIT_REGISTRATION_TIMEOUT, /* duration, default 30s */
	LIMIT_PING_INTERVAL,        /* duration, idle time before a PING, default 2m */
	LIMIT_PING_TIMEOUT,         /* duration, time to answer it, default 1m */
	LIMIT_SEND_QUEUE,           /* size, default 4M */
	LIMIT_INPUT_BUFFER,         /* size, default 20K: input of one client that waits */
	LIMIT_INPUT_RATE,           /* lines a second from one client, 0 any number; default 50 */
	LIMIT_INPUT_BURST,          /* lines that may come at once, default 200 */
	LIMIT_MULTILINE_BYTES,      /* of a message of several lines, default 4096 */
	LIMIT_MULTILINE_LINES,      /* 1..100, default 32 */
	LIMIT_KNOCK_INTERVAL,       /* duration, 0 none, default 1m */
	LIMIT_ACCEPT,               /* entries of an ACCEPT list, 0..1000, default 100 */
	LIMIT_MONITOR,              /* nicks that one client may watch, 0..1000, default 100 */
	LIMIT_METADATA_KEYS,        /* of a user or channel, 1..100, default 20 */
	LIMIT_METADATA_VALUE,       /* bytes, 1..256, default 256 */
	LIMIT_METADATA_SUBS,        /* keys that one client hears of, 1..100, default 50 */
	LIMIT_METADATA_CHANGES,     /* a minute, 0 any number; default 60 */
	/* [accounts] */
	ACCOUNTS_REGISTRATION,     /* enumeration: enum account_makers, default open */
	ACCOUNTS_BEFORE_CONNECT,   /* boolean, default yes */
	ACCOUNTS_EMAIL,            /* enumeration: enum email_policy, default no */
	ACCOUNTS_PASSWORD_LENGTH,  /* least characters, 1..100, default 8 */
	ACCOUNTS_ITERATIONS,       /* 4096..10000000, default 100000 */
	ACCOUNTS_ATTEMPTS,         /* a minute, from one address; 0 any number; default 10 */
	ACCOUNTS_ACCOUNT_ATTEMPTS, /* a minute, at one account; 0 any number; default 30 */
	ACCOUNTS_REGISTRATIONS,    /* an hour, from one address; 0 any number; default 10 */
	ACCOUNTS_RESERVE_NICKS,    /* boolean, default yes */
	ACCOUNTS_UNIX_LOGIN,       /* boolean, default no */
	ACCOUNTS_ALWAYS_ON,        /* enumeration: enum presence_policy, default opt-in */
	ACCOUNTS_CHANNELS,         /* registered ones of an account; 0 any number; default 20 */
	ACCOUNTS_ADD,              /* action: name */
	ACCOUNTS_REMOVE,           /* action: name */
	ACCOUNTS_SET_PASSWORD,     /* action: name */
	/* [connect] */
	CONNECT_NAME,                     /* text, "" login name */
	CONNECT_CHANNEL,                  /* list of channels, default "#lobby" */
	CONNECT_TO,                       /* nick, "" none */
	CONNECT_UNIX,                     /* path, "" none */
	CONNECT_SOURCE,                   /* address, "" any */
	CONNECT_INTERFACE,                /* interface name, "" any */
	CONNECT_TIMEOUT,                  /* duration, default 10s */
	CONNECT_JSON,                     /* boolean */
	CONNECT_ONCE,                     /* boolean: one message, one reply, exit */
	CONNECT_RECONNECT,                /* boolean, default yes */
	CONNECT_PASSWORD_FILE,            /* path, "" none: server password */
	CONNECT_ACCOUNT,                  /* text, "" none: to log in to */
	CONNECT_ACCOUNT_MECHANISM,        /* enumeration: "any", then enum sasl_mechanism */
	CONNECT_ACCOUNT_PASSWORD_FILE,    /* path, "" none */
	CONNECT_ACCOUNT_PASSWORD_FD,      /* integer, -1 none */
	CONNECT_ACCOUNT_PASSWORD_COMMAND, /* text, "" none */
	CONNECT_DURABLE,                  /* boolean: only where an acknowledgement means on disk */
	CONNECT_HISTORY,       /* lines of a channel's past shown on joining, at a terminal */
	CONNECT_RESUME,        /* boolean: keep the position between runs */
	CONNECT_REPLY_TIMEOUT, /* duration, 0 any time: --once */
	CONNECT_STORE_TIMEOUT, /* duration, 0 any time: as a filter, lines that cannot be stored */
	/* [peer] */
	PEER_LISTEN, /* [ADDRESS:]PORT, "" none */
	PEER_UNIX,   /* path, "" none */
	PEER_BIND,   /* ADDRESS or interface to listen on */
	PEER_SOURCE,
	PEER_INTERFACE,
	PEER_KEEP,    /* boolean */
	PEER_TURNS,   /* boolean */
	PEER_NAME,    /* text, "" none */
	PEER_BACKLOG, /* integer, default 5 */
	PEER_TIMEOUT, /* duration, default 10s: to connect */
	SETTING_COUNT
};

struct settings; /* the values in effect, and where each came from */

struct settings *settings_new(void);    /* every built-in default; NULL when memory is short */
void settings_free(struct settings *s); /* NULL is allowed */

/* Integer, size (bytes), duration (milliseconds), boolean (0, 1), enumeration (its index). */
int64_t setting_number(const struct settings *s, enum setting id);
/* Of a list of numbers: ports. */
int64_t setting_item_number(const struct settings *s, enum setting id, size_t i);
bool setting_on(const struct settings *s, enum setting id);
/* Of what is no list, as it was written. Lives as long as s; NUL-terminated; so does an item. */
struct str setting_text(const struct settings *s, enum setting id);
size_t setting_count(const struct settings *s, enum setting id); /* of a list */
struct str setting_item(const struct settings *s, enum setting id, size_t i);
bool setting_equal(const struct settings *a, const struct settings *b, enum setting id);
bool setting_given(const struct settings *s, enum setting id);   /* not the built-in default */
bool setting_flagged(const struct settings *s, enum setting id); /* on the command line */
const char *setting_name(enum setting id);                       /* "[serve] port"; static text */
bool setting_reloadable(enum setting id);

/* What a subcommand is given: its effective settings and the words that were no options. */
struct cli {
	struct settings *settings; /* the command may swap it on reload; freed by cli_main */
	char **words;              /* no more of them than the command's row allows */
	int count;
	const char *command;       /* "serve" */
	struct cli_source *source; /* the command line and file, to read again: settings_reload */
};

/*
 * Reads the file again under the same flags and environment. NULL on failure, nothing changed:
 * each wrong place is logged (event=config-error), *e has their number and the first. Never blocks
 * on the file.
 */
struct settings *settings_reload(const struct cli *cli, struct err *e);

/*
 * A subcommand could not use its words (serve and friends check those): says so on standard error
 * as "sockchat COMMAND: why; try 'sockchat COMMAND --help'", returns EXIT_USAGE.
 */
int cli_usage_error(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
