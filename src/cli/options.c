/* The settings table. */
#include "cli/options.h"

static const char *const level_names[] = { "debug", "info", "warning", "error", "off", NULL };
static const char *const always_on_names[] = { "no", "opt-in", "opt-out", NULL };
static const char *const durability_names[] = { "full", "normal", "none", NULL };
static const char *const registration_names[] = { "open", "operator", "closed", NULL };
static const char *const mechanism_names[] = { "any", "plain", "scram-sha-256", "external", NULL };
static const char *const email_names[] = { "no", "required", NULL };
/* Of user_modes in hub/modes.h those that are settable: a unit test says so. */
static const char *const user_mode_letters[] = { "BRTgiw", NULL };
static const char *const cloak_names[] = { "none", "address", "account", NULL };
static const char *const format_names[] = { "text", "json", NULL };

const char *const setting_sections[] = { "serve", "store", "history", "limits", "accounts",
	"connect", "peer", NULL };

/* Durations in milliseconds, sizes in bytes. */
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { KIB = 1024, MIB = 1024 * KIB, GIB = 1024 * MIB };

enum { LIST = ROW_LIST, RELOAD = ROW_RELOAD, ACTION = ROW_ACTION };
enum { PATH_MOST = 4095, SOCKET_MOST = 107, INTERFACE_MOST = 15, HOST_MOST = 255, TEXT_MOST = 390 };
enum { LENGTHS = FOR_SERVE | FOR_PEER };

/* In the order of enum setting, sections together: the unit test says so. */
const struct setting_row setting_rows[SETTING_COUNT] = {
	{ SERVE_PORT, "serve", "port", 'p', VALUE_INTEGER, LIST, FOR_SERVE, 0, 65535, "", "PORT",
	    NULL,
	    "Listen on this TCP port on all interfaces, IPv6 and IPv4, or on those of --bind that "
	    "name no port. 0 picks a free port and prints it. With no port, address and Unix "
	    "socket given: port 5000 of the loopback interface and your own default Unix socket." },
	{ SERVE_BIND, "serve", "bind", 0, VALUE_BIND, LIST, FOR_SERVE, 1, HOST_MOST, "",
	    "ADDRESS[:PORT]", NULL,
	    "Listen on this address, or on the addresses of this network interface (eth0, wlan0:1) "
	    "only. An IPv6 address with a port stands in brackets: [::1]:5000." },
	{ SERVE_UNIX, "serve", "unix", 'U', VALUE_SOCKET, LIST, FOR_SERVE, 2, SOCKET_MOST, "",
	    "PATH", NULL,
	    "Listen on this Unix socket; @NAME is an abstract one (Linux), which has no "
	    "permissions. "
	    "Who connects there is known by the user name that the kernel gives." },
	{ SERVE_WEBSOCKET, "serve", "websocket", 0, VALUE_WEBSOCKET, LIST, FOR_SERVE, 1, HOST_MOST,
	    "", "[ADDRESS:]PORT|PATH", NULL,
	    "Listen for web clients on this TCP port, on this address or interface only when one "
	    "is given, or on this Unix socket (/PATH or @NAME, behind a web server): WebSocket, "
	    "one line of IRC in each message. One that the service manager has opened is marked by "
	    "it so. 0 picks a free port and prints it." },
	{ SERVE_WEBSOCKET_ORIGIN, "serve", "websocket-origin", 0, VALUE_WORD, LIST | RELOAD,
	    FOR_SERVE, 1, HOST_MOST, "", "ORIGIN", NULL,
	    "Web pages whose scripts may come by WebSocket: scheme, host and port, such as "
	    "https://chat.example.org, with * and ? for anything; * lets every page in the world "
	    "chat through its visitors' browsers. Always allowed: programs that are no browser, "
	    "and pages from the host that they connect to, when it is called by an address in "
	    "numbers, localhost or this server's name. Others get HTTP 403." },
	{ SERVE_UNIX_MODE, "serve", "unix-mode", 0, VALUE_MODE, 0, FOR_SERVE, 0, 0777, "0600",
	    "MODE", NULL,
	    "Permissions of the Unix sockets: 0600 lets you alone in, 0660 the group too, 0666 "
	    "everyone on this machine." },
	{ SERVE_UNIX_GROUP, "serve", "unix-group", 0, VALUE_WORD, 0, FOR_SERVE, 0, 64, "", "GROUP",
	    NULL, "Group that owns the Unix sockets, by name or number; empty: your own." },
	{ SERVE_BACKLOG, "serve", "backlog", 0, VALUE_INTEGER, 0, FOR_SERVE, 1, 65535, "4096", "N",
	    NULL,
	    "Connections that the kernel holds until they are accepted; it has its own limit too "
	    "(net.core.somaxconn). Beyond it newcomers wait and try again." },
	{ SERVE_NAME, "serve", "name", 0, VALUE_WORD, 0, FOR_SERVE, 0, 63, "", "NAME", NULL,
	    "Name of this server, shown to its users; empty: the host name of the machine." },
	{ SERVE_NETWORK, "serve", "network", 0, VALUE_WORD, 0, FOR_SERVE, 1, 30, "sockchat", "NAME",
	    NULL, "Name of the network, shown to its users." },
	{ SERVE_DESCRIPTION, "serve", "description", 0, VALUE_TEXT, 0, FOR_SERVE, 1, 128,
	    "sockchat server", "TEXT", NULL, "One line about this server, shown by WHOIS." },
	{ SERVE_LOBBY, "serve", "lobby", 0, VALUE_CHANNEL, 0, FOR_SERVE, 2, 64, "#lobby", "CHANNEL",
	    NULL, "Channel that plain clients (nc, telnet) are in at first." },
	{ SERVE_MOTD_FILE, "serve", "motd-file", 0, VALUE_PATH, RELOAD, FOR_SERVE, 0, PATH_MOST, "",
	    "FILE", NULL, "Text file with the message of the day; empty: there is none." },
	{ SERVE_PASSWORD_FILE, "serve", "password-file", 0, VALUE_PATH, RELOAD, FOR_SERVE, 0,
	    PATH_MOST, "", "FILE", NULL,
	    "File whose first line is the password that everyone must give to come in; empty: none "
	    "is asked for." },
	{ SERVE_USER_MODES, "serve", "user-modes", 0, VALUE_LETTERS, RELOAD, FOR_SERVE, 0, 16, "",
	    "MODES", user_mode_letters,
	    "User modes that everybody has at first, such as i: not listed for those who share no "
	    "channel. Who does not want them takes them off." },
	{ SERVE_ADMIN, "serve", "admin", 0, VALUE_TEXT, RELOAD, FOR_SERVE, 0, TEXT_MOST, "", "TEXT",
	    NULL, "Who runs this server and how to reach them, shown by ADMIN." },
	{ SERVE_OPERATOR, "serve", "operator", 0, VALUE_OPERATOR, LIST | RELOAD, FOR_SERVE, 5, 512,
	    "", "\"NAME MASK HASH\"", NULL,
	    "Someone who may become server operator by OPER NAME and a password: the name, a mask "
	    "that user@host must match (*@* for anyone), and the password's crypt(3) hash as "
	    "mkpasswd(1) or openssl-passwd(1) make it." },
	{ SERVE_UNIX_OPERATOR, "serve", "unix-operator", 0, VALUE_WORD, LIST | RELOAD, FOR_SERVE, 1,
	    64, "", "USER|@GROUP", NULL,
	    "Local user, or @ and a group, by name or number, who is server operator without a "
	    "password: whoever comes over a Unix socket and is that user, or in that group, by the "
	    "kernel's word." },
	{ SERVE_PROXY_FROM, "serve", "proxy-from", 0, VALUE_NETWORK, LIST | RELOAD, FOR_SERVE, 1,
	    64, "", "ADDRESS[/BITS]|unix", NULL,
	    "Proxies that say by the PROXY protocol, version 1 or 2, where a connection comes "
	    "from: an address, a network, or unix for all that come over a Unix socket. From "
	    "anywhere else it is not understood." },
	{ SERVE_PROXY_REQUIRED, "serve", "proxy-required", 0, VALUE_BOOLEAN, RELOAD, FOR_SERVE, 0,
	    1, "yes", NULL, NULL,
	    "A connection from --proxy-from that begins with no PROXY header is closed. no: it "
	    "is taken for one of somebody on that machine." },
	{ SERVE_WEBIRC, "serve", "webirc", 0, VALUE_WEBIRC, LIST | RELOAD, FOR_SERVE, 5, 512, "",
	    "\"NAME ADDRESS[/BITS]|unix|* HASH\"", NULL,
	    "A gateway that says by WEBIRC where its users come from: its name, the address or "
	    "network that it connects from (unix: a Unix socket, *: anywhere), and its "
	    "password's crypt(3) hash." },
	{ SERVE_CLOAK, "serve", "cloak", 0, VALUE_ENUMERATION, RELOAD, FOR_SERVE, 0, 2, "address",
	    "HOW", cloak_names,
	    "What others see in place of an address. address: a keyed hash of it and its networks, "
	    "which masks can name. account: of who is logged in the account, of others the same "
	    "hash. none: the address. Of who comes from this machine nothing is hidden. For those "
	    "who come from now on." },
	{ SERVE_CLOAK_SUFFIX, "serve", "cloak-suffix", 0, VALUE_WORD, RELOAD, FOR_SERVE, 1, 30,
	    "users", "NAME", NULL,
	    "With --cloak account, who is logged in is shown with the host ACCOUNT.NAME." },
	{ SERVE_CLOAK_KEY_FILE, "serve", "cloak-key-file", 0, VALUE_PATH, 0, FOR_SERVE, 0,
	    PATH_MOST, "", "FILE", NULL,
	    "File with the key of the hashes, made when it is missing; empty: the key is in the "
	    "store. With another key all cloaks change, and masks of the old ones fit nobody." },
	{ SERVE_SHOW_MESSAGES, "serve", "show-messages", 0, VALUE_BOOLEAN, RELOAD, FOR_SERVE, 0, 1,
	    "no", NULL, NULL, "Print each message on standard output as NAME -> TARGET: TEXT." },
	{ SERVE_LOG_LEVEL, "serve", "log-level", 0, VALUE_ENUMERATION, RELOAD, FOR_SERVE, 0, 4,
	    "info", "LEVEL", level_names,
	    "Least important kind of entry that the log on standard error holds." },
	{ SERVE_LOG_FORMAT, "serve", "log-format", 0, VALUE_ENUMERATION, RELOAD, FOR_SERVE, 0, 1,
	    "text", "FORMAT", format_names,
	    "Log entries as key=value fields, or as one JSON object a line." },
	{ SERVE_STORE, "serve", "store", 0, VALUE_PATH, 0, FOR_SERVE, 0, PATH_MOST, "", "FILE",
	    NULL,
	    "File that messages, accounts and channels are kept in; \"memory\": they are kept "
	    "until the server ends. Empty: sockchat.db in the folder of the service manager, else "
	    "your own ($XDG_STATE_HOME/sockchat or ~/.local/state/sockchat). One server at a time "
	    "can use it." },
	{ SERVE_SHUTDOWN_TIMEOUT, "serve", "shutdown-timeout", 0, VALUE_DURATION, RELOAD, FOR_SERVE,
	    0, HOUR, "2s", "TIME", NULL,
	    "How long the goodbyes may take at the end; who has not read theirs by then is cut "
	    "off." },

	{ STORE_DURABILITY, "store", "durability", 0, VALUE_ENUMERATION, 0, FOR_SERVE, 0, 2, "full",
	    "HOW", durability_names,
	    "What the acknowledgement of a message means. full: it is on the disk, and a power cut "
	    "loses nothing. normal: it is written, and a crash of the server loses nothing, but a "
	    "power cut may lose the last seconds. none: as normal, and the system alone decides "
	    "when anything reaches the disk; a power cut may damage the file." },
	{ STORE_KEEP_TIME, "store", "keep-time", 0, VALUE_DURATION, RELOAD, FOR_SERVE, 0,
	    INT64_C(36500) * DAY, "0", "TIME", NULL,
	    "How long messages are kept; 0: for ever. Older ones are deleted little by little." },
	{ STORE_KEEP_MESSAGES, "store", "keep-messages", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0,
	    1000000000, "0", "N", NULL,
	    "Messages kept of each channel and conversation, and what else happened there; 0: any "
	    "number (in memory 1000). The oldest are deleted." },
	{ STORE_KEEP_SIZE, "store", "keep-size", 0, VALUE_SIZE, RELOAD, FOR_SERVE, 0,
	    INT64_C(1024) * GIB, "0", "SIZE", NULL,
	    "Size of the file beyond which the oldest messages of all are deleted; 0: any." },
	{ STORE_CHECK, "store", "check-store", 0, VALUE_BOOLEAN, ACTION, FOR_SERVE, 0, 1, "no",
	    NULL, NULL,
	    "Read the whole store, say what is in it and whether it is undamaged, and end: with "
	    "code 6 when it is not. A server may be using it." },
	{ STORE_BACKUP, "store", "backup", 0, VALUE_PATH, ACTION, FOR_SERVE, 0, PATH_MOST, "",
	    "FILE", NULL,
	    "Copy the store, as it is at one moment, into this new file, and end. A server may be "
	    "using it." },
	{ STORE_EXPORT, "store", "export", 0, VALUE_BOOLEAN, ACTION, FOR_SERVE, 0, 1, "no", NULL,
	    NULL,
	    "Print what is kept on standard output, one JSON object a line, and end. A server may "
	    "be using the store." },
	{ STORE_CHANNEL, "store", "channel", 0, VALUE_WORD, ACTION, FOR_SERVE, 0, 160, "",
	    "CHANNEL", NULL,
	    "Export this channel alone, or the private conversation NICK,NICK; empty: all." },
	{ STORE_SINCE, "store", "since", 0, VALUE_WORD, ACTION, FOR_SERVE, 0, 32, "", "TIME", NULL,
	    "Export what is not older: 2026-11-21 or 2026-11-21T03:04:05 (UTC), or how long ago, "
	    "such as 90m, 12h or 7d; empty: all." },

	{ HISTORY_LIMIT, "history", "history-limit", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 5000,
	    "500", "N", NULL,
	    "Messages that one CHATHISTORY may ask for. Who asks for more gets as many." },
	{ HISTORY_REPLAY, "history", "replay", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0, 1000, "20",
	    "N", NULL,
	    "The last messages of a channel that are shown at a join to clients that cannot ask "
	    "for history by themselves (without draft/chathistory, or plain); 0: none." },
	{ HISTORY_REPLAY_MISSED, "history", "replay-missed", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0,
	    5000, "500", "N", NULL,
	    "Of those clients, one with an account is shown what was said since it left the "
	    "channel or the server stopped, and at most this many messages; 0: the same as "
	    "anybody. When it comes, it is shown as many of the private messages that it missed "
	    "(always-on, or another device was there); 0: none." },
	{ HISTORY_REDACT_TIME, "history", "redact-time", 0, VALUE_DURATION, RELOAD, FOR_SERVE, 0,
	    INT64_C(36500) * DAY, "1d", "TIME", NULL,
	    "How long their author can delete a message (REDACT); 0: always. Operators of a "
	    "channel can delete any of its messages at any time." },

	{ LIMIT_NAME_LENGTH, "limits", "name-length", 0, VALUE_INTEGER, RELOAD, LENGTHS, 1, 64,
	    "32", "N", NULL,
	    "Longest name of a person. A longer one is refused, and another asked for." },
	{ LIMIT_MESSAGE_LENGTH, "limits", "message-length", 0, VALUE_INTEGER, RELOAD, LENGTHS, 0,
	    4096, "0", "N", NULL,
	    "Longest message, in characters; 0: what an IRC line holds (peer: any length). A "
	    "longer one is refused with a sentence to its author, and reaches nobody." },
	{ LIMIT_CHANNEL_LENGTH, "limits", "channel-length", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 2,
	    64, "64", "N", NULL,
	    "Longest name of a channel, # included. A longer one is refused as no channel's "
	    "name." },
	{ LIMIT_TOPIC_LENGTH, "limits", "topic-length", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 390,
	    "390", "N", NULL, "Longest topic, in bytes. The rest of a longer one is cut off." },
	{ LIMIT_KICK_LENGTH, "limits", "kick-length", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 390,
	    "390", "N", NULL,
	    "Longest reason of a KICK, in bytes. The rest of a longer one is cut off." },
	{ LIMIT_AWAY_LENGTH, "limits", "away-length", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 390,
	    "390", "N", NULL,
	    "Longest away message, in bytes. The rest of a longer one is cut off." },
	{ LIMIT_CHANNELS, "limits", "channels", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 10000,
	    "100", "N", NULL,
	    "Channels that one user may be in. Joining one more is refused (numeric 405)." },
	{ LIMIT_LIST_MODES, "limits", "list-modes", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 10000,
	    "100", "N", NULL,
	    "Entries that each list of a channel (bans, exceptions, invitations) may hold. One "
	    "more is refused (numeric 478)." },
	{ LIMIT_TARGETS, "limits", "targets", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1, 100, "10",
	    "N", NULL,
	    "Targets that one command may name. The command does nothing for those beyond (numeric "
	    "407)." },
	{ LIMIT_NICK_CHANGES, "limits", "nick-changes", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0,
	    10000, "20", "N", NULL,
	    "Changes of name that a user may make in a minute; 0: any number. One more is refused "
	    "for now (numeric 438)." },
	{ LIMIT_CLIENTS, "limits", "clients", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0, 10000000, "0",
	    "N", NULL,
	    "Clients in all; 0: as many as there are file descriptors. A newcomer beyond it is "
	    "told so in one line and closed; everyone else stays." },
	{ LIMIT_CLIENTS_PER_ADDRESS, "limits", "clients-per-address", 0, VALUE_INTEGER, RELOAD,
	    FOR_SERVE, 0, 10000000, "100", "N", NULL,
	    "Clients from one address (an IPv6 /64 counts as one; on a Unix socket: of one user); "
	    "0: any number. A newcomer beyond it is told so in one line and closed." },
	{ LIMIT_REGISTRATION_TIMEOUT, "limits", "registration-timeout", 0, VALUE_DURATION, RELOAD,
	    FOR_SERVE, 100, HOUR, "30s", "TIME", NULL,
	    "How long a newcomer may take to say who they are. Who takes longer is told so and "
	    "closed." },
	{ LIMIT_PING_INTERVAL, "limits", "ping-interval", 0, VALUE_DURATION, RELOAD, FOR_SERVE, 100,
	    DAY, "2m", "TIME", NULL,
	    "How long an IRC client may say nothing before it is sent a PING." },
	{ LIMIT_PING_TIMEOUT, "limits", "ping-timeout", 0, VALUE_DURATION, RELOAD, FOR_SERVE, 100,
	    DAY, "1m", "TIME", NULL,
	    "How long it may take to answer that PING. Who says nothing until then is closed: "
	    "\"Ping timeout\"." },
	{ LIMIT_SEND_QUEUE, "limits", "send-queue", 0, VALUE_SIZE, RELOAD, FOR_SERVE, 4 * KIB, GIB,
	    "4M", "SIZE", NULL,
	    "Bytes that may wait for a client that reads too slowly, beside about 128 KiB that the "
	    "kernel takes of a TCP connection. When there would be more, what channels said is "
	    "taken from the store when it reads again; when private messages and "
	    "answers alone are more, it is closed: \"send queue exceeded\"." },
	{ LIMIT_INPUT_BUFFER, "limits", "input-buffer", 0, VALUE_SIZE, RELOAD, FOR_SERVE, 8 * KIB,
	    64 * KIB, "20K", "SIZE", NULL,
	    "Bytes of a client that may wait to be handled. When it is full nothing more is read "
	    "from that client until there is room; nothing is dropped." },
	{ LIMIT_INPUT_RATE, "limits", "input-rate", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0, 1000000,
	    "50", "N", NULL,
	    "Lines a second that one client may send; 0: any number. Who sends more is read more "
	    "slowly; nothing is dropped." },
	{ LIMIT_INPUT_BURST, "limits", "input-burst", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1,
	    1000000, "200", "N", NULL,
	    "Lines that may come at once before input-rate counts. Those beyond it are read at "
	    "that rate." },
	{ LIMIT_MULTILINE_BYTES, "limits", "multiline-bytes", 0, VALUE_SIZE, RELOAD, FOR_SERVE, 512,
	    64 * KIB, "4K", "SIZE", NULL,
	    "Longest message of several lines (draft/multiline). A longer one is refused." },
	{ LIMIT_MULTILINE_LINES, "limits", "multiline-lines", 0, VALUE_INTEGER, RELOAD, FOR_SERVE,
	    1, 100, "32", "N", NULL, "Lines of such a message. One with more is refused." },
	{ LIMIT_KNOCK_INTERVAL, "limits", "knock-interval", 0, VALUE_DURATION, RELOAD, FOR_SERVE, 0,
	    DAY, "1m", "TIME", NULL,
	    "Time between two KNOCKs of one user, and on one channel; 0: none. One that comes "
	    "sooner is refused (numeric 712)." },
	{ LIMIT_ACCEPT, "limits", "accept", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0, 1000, "100",
	    "N", NULL,
	    "People that one user may accept messages from (ACCEPT, user modes g and R). One more "
	    "is refused (numeric 456)." },
	{ LIMIT_MONITOR, "limits", "monitor", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0, 1000, "100",
	    "N", NULL,
	    "Nicks that one client may watch (MONITOR); 0: none. More are refused (numeric 734)." },
	{ LIMIT_METADATA_KEYS, "limits", "metadata-keys", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1,
	    100, "20", "N", NULL,
	    "Keys of metadata that a user or channel may have. One more is refused." },
	{ LIMIT_METADATA_VALUE, "limits", "metadata-value", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1,
	    256, "256", "N", NULL,
	    "Longest value of such a key, in bytes. A longer one is refused." },
	{ LIMIT_METADATA_SUBS, "limits", "metadata-subs", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 1,
	    100, "50", "N", NULL,
	    "Keys of metadata that one client may hear of (METADATA SUB). One more is refused." },
	{ LIMIT_METADATA_CHANGES, "limits", "metadata-changes", 0, VALUE_INTEGER, RELOAD, FOR_SERVE,
	    0, 10000, "60", "N", NULL,
	    "Changes of metadata that one client may make in a minute; 0: any number. One more is "
	    "refused for now." },

	{ ACCOUNTS_REGISTRATION, "accounts", "registration", 0, VALUE_ENUMERATION, RELOAD,
	    FOR_SERVE, 0, 2, "open", "WHO", registration_names,
	    "Who may make accounts. open: everyone, one of their own name. operator: operators of "
	    "the server (NickServ ADD). closed: nobody, but with sockchat serve --add-account." },
	{ ACCOUNTS_BEFORE_CONNECT, "accounts", "before-connect", 0, VALUE_BOOLEAN, RELOAD,
	    FOR_SERVE, 0, 1, "yes", NULL, NULL,
	    "Accounts may be made (REGISTER) by who is not in the chat yet." },
	{ ACCOUNTS_EMAIL, "accounts", "registration-email", 0, VALUE_ENUMERATION, RELOAD, FOR_SERVE,
	    0, 1, "no", "HOW", email_names,
	    "Whether who makes an account has to give a mail address. required: it is looked at "
	    "for its form, kept with the account and shown to its owner and to operators; no mail "
	    "is sent, so nobody knows that it is theirs. no: one that is given is not kept." },
	{ ACCOUNTS_PASSWORD_LENGTH, "accounts", "password-length", 0, VALUE_INTEGER, RELOAD,
	    FOR_SERVE, 1, 100, "8", "N", NULL,
	    "Characters that a new password has at least. A shorter one is refused." },
	{ ACCOUNTS_ITERATIONS, "accounts", "iterations", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 4096,
	    10000000, "100000", "COUNT", NULL,
	    "How often a new password is hashed (SCRAM-SHA-256). More makes guessing from a stolen "
	    "store slower, and each login too, on the server (PLAIN) or at the client (SCRAM)." },
	{ ACCOUNTS_ATTEMPTS, "accounts", "attempts", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0, 100000,
	    "10", "N", NULL,
	    "Wrong passwords that may come from one address in a minute (on a Unix socket: from "
	    "one user); 0: any number. More attempts are refused until the minute is over." },
	{ ACCOUNTS_ACCOUNT_ATTEMPTS, "accounts", "account-attempts", 0, VALUE_INTEGER, RELOAD,
	    FOR_SERVE, 0, 100000, "30", "N", NULL,
	    "Wrong passwords that may be given for one account in a minute, from anywhere; 0: any "
	    "number. More attempts are refused until the minute is over, the owner's too." },
	{ ACCOUNTS_REGISTRATIONS, "accounts", "registrations", 0, VALUE_INTEGER, RELOAD, FOR_SERVE,
	    0, 100000, "10", "N", NULL,
	    "Accounts that may be made from one address in an hour; 0: any number. One more is "
	    "refused until the hour is over. Operators may make any number." },
	{ ACCOUNTS_RESERVE_NICKS, "accounts", "reserve-nicks", 0, VALUE_BOOLEAN, RELOAD, FOR_SERVE,
	    0, 1, "yes", NULL, NULL,
	    "A nick that is an account's name is for who is logged in to it; others are refused "
	    "(numeric 433)." },
	{ ACCOUNTS_UNIX_LOGIN, "accounts", "unix-login", 0, VALUE_BOOLEAN, RELOAD, FOR_SERVE, 0, 1,
	    "no", NULL, NULL,
	    "Who comes by a Unix socket is logged in to the account of their name on this machine, "
	    "without a password. It is made when there is none; one that was made otherwise is "
	    "not theirs." },

	{ ACCOUNTS_ALWAYS_ON, "accounts", "always-on", 0, VALUE_ENUMERATION, RELOAD, FOR_SERVE, 0,
	    2, "opt-in", "WHEN", always_on_names,
	    "Who has an account may stay, in their channels, while they are not connected: no: "
	    "nobody; opt-in: who says NickServ SET ALWAYS-ON yes; opt-out: all but those who say "
	    "no." },
	{ ACCOUNTS_CHANNELS, "accounts", "account-channels", 0, VALUE_INTEGER, RELOAD, FOR_SERVE, 0,
	    100000, "20", "N", NULL,
	    "Channels that one account may register; 0: any number. One more is refused." },
	{ ACCOUNTS_ADD, "accounts", "add-account", 0, VALUE_WORD, ACTION, FOR_SERVE, 0, 64, "",
	    "NAME", NULL,
	    "Make this account in the store, with the first line of standard input for a password, "
	    "and end. No server may be using the store." },
	{ ACCOUNTS_REMOVE, "accounts", "remove-account", 0, VALUE_WORD, ACTION, FOR_SERVE, 0, 64,
	    "", "NAME", NULL, "Remove this account from the store, and end." },
	{ ACCOUNTS_SET_PASSWORD, "accounts", "set-password", 0, VALUE_WORD, ACTION, FOR_SERVE, 0,
	    64, "", "NAME", NULL,
	    "Give this account in the store another password, the first line of standard input, "
	    "and end." },

	{ CONNECT_NAME, "connect", "name", 'n', VALUE_WORD, 0, FOR_CONNECT, 0, 64, "", "NAME", NULL,
	    "Your name in the chat; empty: your login name. When it is taken, your login name gets "
	    "a number behind it, but a name given here does not: the program ends with code 5." },
	{ CONNECT_CHANNEL, "connect", "channel", 0, VALUE_CHANNEL, LIST, FOR_CONNECT, 2, 64,
	    "#lobby", "CHANNEL", NULL,
	    "Channel to join; empty: none. What you type goes to the first." },
	{ CONNECT_TO, "connect", "to", 0, VALUE_WORD, 0, FOR_CONNECT, 0, 64, "", "NAME", NULL,
	    "Write to this person in private instead of to a channel." },
	{ CONNECT_UNIX, "connect", "unix", 'U', VALUE_SOCKET, 0, FOR_CONNECT, 0, SOCKET_MOST, "",
	    "PATH", NULL, "Connect to this Unix socket; @NAME is an abstract one (Linux)." },
	{ CONNECT_SOURCE, "connect", "source", 's', VALUE_ADDRESS, 0, FOR_CONNECT, 0, HOST_MOST, "",
	    "ADDRESS", NULL, "Connect from this address of this machine; empty: any." },
	{ CONNECT_INTERFACE, "connect", "interface", 0, VALUE_INTERFACE, 0, FOR_CONNECT, 0,
	    INTERFACE_MOST, "", "NAME", NULL,
	    "Connect from an address of this network interface; empty: any." },
	{ CONNECT_TIMEOUT, "connect", "timeout", 0, VALUE_DURATION, 0, FOR_CONNECT, 100, HOUR,
	    "10s", "TIME", NULL, "How long connecting may take." },
	{ CONNECT_JSON, "connect", "json", 0, VALUE_BOOLEAN, 0, FOR_CONNECT, 0, 1, "no", NULL, NULL,
	    "As a filter: print what arrives as one JSON object a line." },
	{ CONNECT_ONCE, "connect", "once", 0, VALUE_BOOLEAN, 0, FOR_CONNECT, 0, 1, "no", NULL, NULL,
	    "Send one message, print one reply, and end." },
	{ CONNECT_RECONNECT, "connect", "reconnect", 0, VALUE_BOOLEAN, 0, FOR_CONNECT, 0, 1, "yes",
	    NULL, NULL, "Connect again when the connection is lost." },
	{ CONNECT_PASSWORD_FILE, "connect", "password-file", 0, VALUE_PATH, 0, FOR_CONNECT, 0,
	    PATH_MOST, "", "FILE", NULL,
	    "File whose first line is the server's password; empty: none is given." },
	{ CONNECT_ACCOUNT, "connect", "account", 0, VALUE_WORD, 0, FOR_CONNECT, 0, 64, "", "NAME",
	    NULL,
	    "Log in to this account; empty: to none. The password is read from one of the places "
	    "below, else asked for at the terminal, else (on a Unix socket) the server asks the "
	    "kernel who you are. When the server does not let you log in, the program ends with "
	    "code 5." },
	{ CONNECT_ACCOUNT_MECHANISM, "connect", "account-mechanism", 0, VALUE_ENUMERATION, 0,
	    FOR_CONNECT, 0, 3, "any", "NAME", mechanism_names,
	    "How to log in (SASL). any: the best that the server has. external: without a "
	    "password, as who the kernel says one is, on a Unix socket." },
	{ CONNECT_ACCOUNT_PASSWORD_FILE, "connect", "account-password-file", 0, VALUE_PATH, 0,
	    FOR_CONNECT, 0, PATH_MOST, "", "FILE", NULL,
	    "File whose first line is the password of the account; empty: none." },
	{ CONNECT_ACCOUNT_PASSWORD_FD, "connect", "account-password-fd", 0, VALUE_INTEGER, 0,
	    FOR_CONNECT, -1, 1023, "-1", "N", NULL,
	    "Open file descriptor whose first line is the password of the account; -1: none. With "
	    "0 the lines behind it are messages." },
	{ CONNECT_ACCOUNT_PASSWORD_COMMAND, "connect", "account-password-command", 0, VALUE_TEXT, 0,
	    FOR_CONNECT, 0, TEXT_MOST, "", "COMMAND", NULL,
	    "Shell command whose first line of output is the password of the account; empty: "
	    "none." },
	{ CONNECT_DURABLE, "connect", "durable", 0, VALUE_BOOLEAN, 0, FOR_CONNECT, 0, 1, "no", NULL,
	    NULL,
	    "Talk only where an acknowledged line is on the server's disk and outlives a power "
	    "cut; elsewhere the program ends with code 5." },
	{ CONNECT_HISTORY, "connect", "history", 0, VALUE_INTEGER, 0, FOR_CONNECT, 0, 200, "20",
	    "N", NULL,
	    "Lines of a channel's past that are shown on joining it at a terminal, when the server "
	    "keeps them; 0: none." },
	{ CONNECT_RESUME, "connect", "resume", 0, VALUE_BOOLEAN, 0, FOR_CONNECT, 0, 1, "no", NULL,
	    NULL,
	    "Keep between runs how far you have read, and begin with what was said since. The "
	    "server must keep the history." },
	{ CONNECT_REPLY_TIMEOUT, "connect", "reply-timeout", 0, VALUE_DURATION, 0, FOR_CONNECT, 0,
	    DAY, "0", "TIME", NULL,
	    "With --once: how long the reply may take, from when the message was acknowledged; 0: "
	    "as long as it takes. When none came, the program ends with code 4." },
	{ CONNECT_STORE_TIMEOUT, "connect", "store-timeout", 0, VALUE_DURATION, 0, FOR_CONNECT, 0,
	    DAY, "2m", "TIME", NULL,
	    "As a filter: how long lines that the server cannot store now are sent again; 0: until "
	    "it can. After that the program ends with code 6." },

	{ PEER_LISTEN, "peer", "listen", 'l', VALUE_LISTEN, 0, FOR_PEER, 0, HOST_MOST, "",
	    "[ADDRESS:]PORT", NULL,
	    "Wait for the other side on this TCP port, on this address or interface only when one "
	    "is given. 0 picks a free port and prints it." },
	{ PEER_UNIX, "peer", "unix", 'U', VALUE_SOCKET, 0, FOR_PEER, 0, SOCKET_MOST, "", "PATH",
	    NULL,
	    "Meet at this Unix socket: the first to come waits, the second joins. Nobody but you "
	    "can come to it, unless it is an abstract one (Linux): @NAME." },
	{ PEER_BIND, "peer", "bind", 0, VALUE_BIND, 0, FOR_PEER, 0, HOST_MOST, "", "ADDRESS", NULL,
	    "With --listen: the address or network interface to wait on; empty: all." },
	{ PEER_SOURCE, "peer", "source", 's', VALUE_ADDRESS, 0, FOR_PEER, 0, HOST_MOST, "",
	    "ADDRESS", NULL, "Connect from this address of this machine; empty: any." },
	{ PEER_INTERFACE, "peer", "interface", 0, VALUE_INTERFACE, 0, FOR_PEER, 0, INTERFACE_MOST,
	    "", "NAME", NULL, "Connect from an address of this network interface; empty: any." },
	{ PEER_KEEP, "peer", "keep", 'k', VALUE_BOOLEAN, 0, FOR_PEER, 0, 1, "no", NULL, NULL,
	    "When the other side has left, wait for the next one." },
	{ PEER_TURNS, "peer", "turns", 0, VALUE_BOOLEAN, 0, FOR_PEER, 0, 1, "no", NULL, NULL,
	    "Write in turns: after your message it is the other side's turn." },
	{ PEER_NAME, "peer", "name", 'n', VALUE_WORD, 0, FOR_PEER, 0, 64, "", "NAME", NULL,
	    "Exchange names first: send this one, and show the other side's before its messages." },
	{ PEER_BACKLOG, "peer", "backlog", 0, VALUE_INTEGER, 0, FOR_PEER, 1, 65535, "5", "N", NULL,
	    "Callers that the kernel holds while you talk to one." },
	{ PEER_TIMEOUT, "peer", "timeout", 0, VALUE_DURATION, 0, FOR_PEER, 100, HOUR, "10s", "TIME",
	    NULL, "How long connecting may take." },
};

const struct common_row common_rows[COMMON_COUNT] = {
	[COMMON_CONFIG] = { "config", 0, "FILE",
	    "Read this configuration file instead of the usual ones." },
	[COMMON_CHECK] = { "check-config", 0, NULL,
	    "Read the configuration, say what is wrong with it, and end." },
	[COMMON_PRINT] = { "print-config", 0, NULL,
	    "Print the settings in effect and where each comes from, and end." },
	[COMMON_HELP] = { "help", 'h', NULL, "Print this help, and end." },
};

const struct setting_row *
row_by_key(struct str section, struct str key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		if ((r->flags & ROW_ACTION) == 0 && str_eq(section, str_from(r->section)) &&
		    str_eq(key, str_from(r->key)))
			return r;
	}
	return NULL;
}

const struct setting_row *
row_by_flag(enum command_bit command, struct str key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		if ((r->commands & command) != 0 && str_eq(key, str_from(r->key)))
			return r;
	}
	return NULL;
}

bool
section_exists(struct str section)
{
	for (size_t i = 0; setting_sections[i] != NULL; i++) {
		if (str_eq(section, str_from(setting_sections[i])))
			return true;
	}
	return false;
}

static void
add_upper(const char *word, struct buf *out)
{
	for (; *word != '\0'; word++) {
		char c = *word;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		buf_add_char(out, c == '-' ? '_' : c);
	}
}

void
row_variable(const struct setting_row *r, struct buf *out)
{
	buf_add_str(out, STR("SOCKCHAT_"));
	add_upper(r->section, out);
	buf_add_char(out, '_');
	add_upper(r->key, out);
}
