/*
 * A session is one connection's protocol state: dialect, capabilities, label, flood tokens, and the
 * user it speaks for once it is registered.
 */
#ifndef SERVE_SESSION_H
#define SERVE_SESSION_H

#include "irc/caps.h"
#include "irc/message.h"
#include "net/frame.h"
#include "serve/server.h"

/* HTTP: the request for a WebSocket is not answered yet (web.h). */
enum dialect { DIALECT_UNDECIDED, DIALECT_IRC, DIALECT_PLAIN, DIALECT_HTTP };

/* What is needed until the session is registered, and then freed. */
struct registration {
	char *nick, *name, *real;
	char *account;        /* logged in to; NULL: none */
	char *away;           /* AWAY's text, "" back; NULL: it said nothing of that */
	bool nick_taken;      /* the nick asked for last is somebody else's */
	bool cap_negotiating; /* CAP LS or REQ came, CAP END not yet */
	bool password_given;  /* the right one, or none is needed */
	bool asked_password;  /* plain: the next line is the password */
	bool asked_account;   /* plain: ... is that of the account of this name */
	bool awaits_proxy;    /* nothing is said before it has told where this comes from */
	bool through_gateway; /* WEBIRC was taken */
	int64_t opened_at;    /* monotonic ms */
};

/* A command that something else works on: the session's next one waits for its answer. First in
 * what the command needs for it. */
struct waiting {
	void (*forget)(struct waiting *w); /* no answer will be wanted; what w holds is freed */
	struct gather_pause pause;         /* of a labelled command */
	int64_t since;                     /* monotonic ms */
};

struct question; /* serve/question.h */

/* A place in an audience: one for each channel of the user. */
struct audience;
struct behind;
struct left_channel;
struct seat {
	struct audience *audience;
	uint32_t place; /* in the lane of the session's form */
};

struct authentication;
struct marker;
struct multiline_batch;
struct monitor;
struct handshake;
struct hearing;

/* What few sessions have, or have before they are registered; each 0 or NULL mostly. */
struct session_extra {
	struct behind *behind;                 /* it reads too slowly */
	struct left_channel *left;             /* lines of these may be queued */
	struct authentication *authentication; /* a SASL exchange under way */
	struct marker *markers;                /* cmd_marker.c: without an account */
	struct multiline_batch *batch;         /* cmd_batch.c: a message of several lines */
	struct monitor *monitors;              /* cmd_monitor.c: the nicks it watches */
	char *email;                           /* of the account that is being made; owned */
	struct handshake *handshake;           /* web.c: the request for a WebSocket; owned */
	struct hearing *hearing;               /* serve/metadata.h: what it hears of */
	char *plain_target;                    /* plain: the channel that lines go to; owned */
	char *unix_name;    /* from the kernel (SO_PEERCRED); owned; not on TCP */
	uint32_t unix_user; /* with unix_name: the user id */
	unsigned marker_count;
	unsigned monitor_count;
	unsigned nick_changes; /* in the minute that began at nick_minute */
	int64_t nick_minute;   /* monotonic ms */
};

struct session {
	struct server *server;
	struct conn *conn;
	uint64_t serial;             /* no other session of this run has it */
	struct user *user;           /* NULL until registered */
	struct session *next_device; /* of the same user */
	struct form *form;
	struct registration *reg;       /* NULL afterwards */
	struct session *next, **at;     /* in server->sessions */
	struct seat *seats, first_seat; /* most are in one channel */
	struct session_extra *extra;    /* NULL: it has none of it; see session_extra() */
	cap_set caps;
	int64_t input_at;   /* monotonic ms of the last input */
	int64_t tokens_at;  /* when `tokens` was reckoned */
	uint64_t heard;     /* the last mark that it was told */
	struct timer timer; /* the earliest of everything that is due */
	struct frame frame;
	/* a command whose answer comes later: input waits; or NULL */
	struct waiting *waiting;
	struct question *questions; /* to the store, for it: input waits for the answers */
	struct addr_key key;
	uint16_t port;  /* of the client; 0 on a Unix socket */
	int32_t tokens; /* thousandths of a line */
	uint32_t seat_count;
	uint16_t cap_version; /* 302 when the client said so */
	uint8_t dialect : 2;  /* enum dialect */
	bool ping_sent : 1;
	bool greeted : 1;      /* was told to type a name */
	bool newline_seen : 1; /* plain: only newlines end lines from now on */
	bool throttled : 1;    /* input waits for tokens */
	bool overfull : 1;     /* input waits until the out-queue is sent */
	bool closing : 1;      /* ERROR was sent */
	bool lost : 1;         /* the connection broke, or nothing came for too long */
	bool given_up : 1;     /* it heard nothing when another device of its user came */
	bool counted : 1;      /* in server->addresses */
	bool unattended : 1;   /* nobody is there (serve/away.h) */
};

/* To look at what few have. */
const struct session_extra *session_extra(const struct session *s);
/* To change it; NULL: memory is short. Not so when some of it is there. */
struct session_extra *session_extra_make(struct session *s);

/* A newcomer; the descriptor is taken. */
void session_accept(struct server *sv, int fd, const struct addr *peer, const struct listener *by);
/* Where it comes from is known, or has changed: it may stay, or (false) was told why not. */
bool session_admit(struct session *s);

/* Ends it: QUIT for others, ERROR (or a plain line) for itself, flush, close. */
void session_end(struct session *s, struct str reason);

/* It speaks for the user, with others that do so already; and no longer. */
void session_attach(struct session *s, struct user *u);
void session_detach(struct session *s);
/* When everything for it is there (nick, user, password, CAP END), makes the user. */
void session_try_register(struct session *s);
void session_set_caps(struct session *s, cap_set caps);

/* Input waits; and goes on. */
void session_hold(struct session *s);
void session_release(struct session *s);
/*
 * The command's answer comes later: w (from malloc) is taken, input waits. When it has come:
 * session_answer(), the replies (they carry the label), session_answered(), which frees w.
 */
void session_wait(struct session *s, struct waiting *w);
struct waiting *session_answer(struct session *s);
void session_answered(struct session *s, struct waiting *w);
/* The timer is set for the earliest of what is due; call it after anything that could be due
 * sooner. */
void session_schedule(struct session *s);

bool session_registered(const struct session *s);
struct str session_nick(const struct session *s); /* "*" before it has one */
void session_forget_waiting(struct session *s);   /* the answer will not be wanted */
/* A line of input, in its dialect. */
void dialect_line(struct session *s, struct str line);
/* Input without a newline, and silence: whether it was used as a line. */
bool dialect_silence(struct session *s, struct str rest);
/* Whether the bytes could still become a registration verb's line. */
bool dialect_may_be_irc(struct str rest);
void plain_welcome(struct session *s);
void irc_welcome(struct session *s);
/* The IRC side of one line: parse, look up, check what every row asks for, run. */
void irc_line(struct session *s, struct str line);
void plain_line(struct session *s, struct str line);
void plain_first_line(struct session *s, struct str line);

#endif
