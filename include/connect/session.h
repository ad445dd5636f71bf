/*
 * One client's side of the protocol: what it knows and what it says. Lines from the server go in,
 * lines for the server gather in `out`, news go to the handler. It outlives connections: what it
 * means to be (its name, its channels) and the lines not yet acknowledged stay. No I/O.
 *
 * A connection:  session_open -> session_line... -> session_closed The stage:     OFFLINE ->
 * REGISTERING -> JOINING -> READY;  REFUSED from any but OFFLINE
 */
#ifndef CONNECT_SESSION_H
#define CONNECT_SESSION_H

#include "auth/sasl.h"
#include "base/buf.h"
#include "connect/backoff.h"
#include "connect/catchup.h"
#include "connect/news.h"
#include "connect/outbox.h"
#include "connect/roster.h"
#include "irc/caps.h"
#include "irc/message.h"

enum {
	SESSION_OUT_MOST = 256 * 1024, /* bytes for the server that the owner has not fetched */
	SESSION_NICK_TRIES = 99,       /* names tried when ours are taken */
	SESSION_BATCHES = 16, /* batches open at one time; those beyond are not told apart */
	SESSION_WHY_MOST = 400,
	SESSION_SMALL = 64,
};

enum session_stage {
	SESSION_OFFLINE,
	SESSION_REGISTERING,
	SESSION_JOINING, /* registered; the channels are being joined */
	SESSION_READY,   /* lines are sent */
	SESSION_REFUSED, /* the server does not want us: `why` says */
};

struct session_handler {
	void (*news)(void *owner, const struct news *n);
	/* A line of ours is acknowledged whole, or refused (line->why). It is freed afterwards. */
	void (*acked)(void *owner, const struct outgoing *line);
	void (*failed)(void *owner, const struct outgoing *line);
	/* The server could not store the line; it is sent again in `delay` ms. May be NULL. */
	void (*put_off)(void *owner, const struct outgoing *line, const char *why, int64_t delay);
	/* Nothing is missing any more: catchup_behind is false. May be NULL. */
	void (*caught_up)(void *owner);
};

/* Copied where they are kept. */
struct session_config {
	struct str nick;
	bool nick_given; /* asked for by the person: no other name will do */
	struct str user, realname;
	struct str password; /* empty: none */
	/* To log in to; empty: to none. Without a password of it the server asks the kernel
	 * (EXTERNAL). */
	struct str account, account_password;
	unsigned mechanism; /* 0: the best; else that one or none: 1 + enum sasl_mechanism */
	unsigned past;      /* lines of a channel's past to be shown on joining */
	bool resume;        /* a server without history is of no use */
	bool durable;       /* nor is one that acknowledges what a power cut may take */
};

enum session_login { LOGIN_NOT, LOGIN_RUNNING, LOGIN_PROVED, LOGIN_DONE };

struct session_batch {
	char name[SESSION_SMALL];
	uint64_t token; /* of the piece that it answers; 0: of none */
	enum catchup_batch kind;
	uint64_t page; /* the question that it answers */
};

struct session {
	const struct session_handler *handler;
	void *owner;
	struct buf out;
	enum session_stage stage;
	char why[SESSION_WHY_MOST + 1]; /* REFUSED, or the server's ERROR; "" nothing */
	bool nick_busy; /* REFUSED because the name is taken: it may be free later */
	bool was_ready; /* once at least */
	bool leaving;   /* QUIT was said */

	/* What we mean to be. */
	char wanted[ROSTER_NAME_MOST + 1]; /* nick */
	bool wanted_given;
	char user[IRC_USER_MOST + 1];
	char realname[IRC_REAL_MOST + 1];
	char password[IRC_LINE_MOST];
	char account[ROSTER_NAME_MOST + 1];
	char account_password[SASL_PASSWORD_MOST + 1];
	unsigned mechanism; /* as in session_config */
	char current[ROSTER_NAME_MOST +
		     1]; /* channel or person that typed text goes to; "" nobody */
	bool must_be_durable;
	struct roster roster;
	struct outbox outbox;
	struct catchup catchup;

	/* The server cannot store lines now. */
	struct backoff retry; /* since it stored one last */
	int64_t retry_at;     /* clock_monotonic() ms: nothing is sent until then; 0: all is well */
	bool probing;         /* one piece is on its way to find out */

	/* What this connection is like. */
	char nick[ROSTER_NAME_MOST + 1];
	char server[IRC_LINE_MOST]; /* as it calls itself */
	unsigned nick_tries;
	size_t nick_room; /* most bytes of a name, as the server let us see; 0 unknown */
	size_t userhost;  /* bytes of "user@host" as others see us; 0 unknown */
	size_t line_most; /* bytes of a line with its CR LF */
	char chantypes[SESSION_SMALL];
	char prefixes[SESSION_SMALL]; /* signs before names in lists: "@+" */
	cap_set offered, caps;
	unsigned caps_asked; /* CAP REQ not yet answered */
	bool negotiating;    /* CAP END was not sent */
	enum session_login login;
	struct sasl *sasl;              /* while that runs */
	struct buf sasl_message;        /* of the server, as far as it is here */
	char mechanisms[SESSION_SMALL]; /* as the server lists them; "" it does not */
	char durable[SESSION_SMALL];    /* what an acknowledgement is worth: sockchat-irc(7) */
	bool away;
	uint64_t sequence; /* for tokens of our own pings */
	uint64_t ready_token;
	struct session_batch batches[SESSION_BATCHES];

	/* The line in work. */
	uint64_t token; /* of the piece it answers; 0 none */
	int64_t time;
	bool timed; /* by the server */
	struct str id;
	enum catchup_batch batch;
};

void session_init(struct session *s, const struct session_config *c,
    const struct session_handler *handler, void *owner);
void session_free(struct session *s);

void session_open(struct session *s);                  /* a connection is there: says who we are */
void session_line(struct session *s, struct str line); /* without its CR LF */
/* `orderly`: the server ended it, and all it had said before came in. Then it has not seen more of
 * our lines than it acknowledged, but for one where acknowledgements trail behind. */
void session_closed(struct session *s, bool orderly);

/* The channels to be in; a first one becomes current. False: the name is too long, or they are too
 * many. */
bool session_mean(struct session *s, struct str channel, struct str key);
void session_talk(struct session *s, struct str target); /* it becomes current */
/* Takes a line over, to be sent as soon as possible. False: outbox_add. No NUL, CR, LF. */
bool session_say(struct session *s, enum outgoing_kind kind, struct str target, struct str text,
    uint64_t number);
void session_send(struct session *s, const char *fmt, ...)
    PRINTF_LIKE(2, 3); /* one line, unless offline */
/* When session_retry is due, clock_monotonic() ms; -1: it is not. */
int64_t session_deadline(const struct session *s);
void session_retry(struct session *s); /* nothing, unless it is due */
void session_ping(struct session *s);  /* to hear whether the server is alive */
void session_quit(struct session *s, struct str reason);

bool session_online(const struct session *s); /* JOINING or READY: commands can be sent */
bool session_is_channel(const struct session *s, struct str name);
bool session_is_self(const struct session *s, struct str nick);
bool session_has(const struct session *s, enum cap c);
/* Whether the news belong to the conversation that is current. */
bool session_is_current(const struct session *s, const struct news *n);
/* Bytes of text that arrive whole in one line to that target. */
size_t session_room(const struct session *s, enum outgoing_kind kind, struct str target);

/* For handle.c, catchup.c. */
bool session_parse_time(struct str text, int64_t *wall); /* IRCv3 server-time */
void session_handle(struct session *s, const struct irc_message *m);
/* The commands that have handlers of their own, in order, for a test; NULL behind the last. */
const char *session_command(size_t i);
void session_tell(struct session *s, const struct news *n);
void session_refuse(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void session_pump(struct session *s); /* sends what the window allows */
void session_settle(struct session *s, struct piece *p);
/* The channel is ours no longer; when it was current, another one is. */
void session_forget(struct session *s, struct room *room);

#endif
