/*
 * One run of `sockchat peer`, shared by the files of this folder alone: peer.c (the run and what it
 * says), talk.c (a person at a terminal), pass.c (a filter). Of the two the console decides.
 */
#ifndef PEER_STATE_H
#define PEER_STATE_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/settings.h"
#include "net/conn.h"
#include "net/loop.h"
#include "peer/lines.h"
#include "peer/meet.h"
#include "term/console.h"

enum {
	PEER_QUEUE_MOST = 256 *
			  1024,  /* bytes that the other side has not taken: no more are read */
	PEER_NAME_MOST = 64 * 4, /* bytes of a name: [limits] name-length is in characters */
};

/* A conversation of a person. */
struct talk {
	struct lines lines;    /* what comes */
	struct timer silence;  /* ends a message of a program that knows no newlines */
	struct buf name;       /* ours, "" none */
	struct buf their_name; /* "" none, or not known yet */
	bool asking;           /* for our name, before anything else */
	bool name_due;         /* ours goes with our first message */
	bool name_awaited;     /* their next message is their name, if it can be one */
	bool my_turn;
	bool over; /* the end was said by one of the two */
	struct source terminal;
	struct timer escape;
};

/* Bytes from standard input to the other side, and from there to standard output. */
struct pass {
	struct source in, out;
	struct buf safe; /* for a terminal: made safe, not yet written */
	bool in_ended;   /* standard input is */
	bool finished;   /* both directions ended in order */
	uint64_t given;  /* bytes queued for this conversation */
};

struct peer {
	struct cli *cli;
	const struct settings *settings;
	struct loop *loop;
	struct conns *conns;
	struct meet *meet;
	struct console *console; /* NULL: a filter */
	struct conn *conn;       /* NULL while there is nobody */
	bool waited;             /* it came to us: a client; else it is a server */
	bool leaving;            /* this conversation is the last thing */
	int64_t since;           /* when the conversation began, clock_monotonic() */
	struct timer bound;      /* on the time that leaving takes */
	struct talk talk;
	struct pass pass;
	int status;     /* enum exit_code */
	struct err why; /* said at the end, when it is not "" */
};

/* ---- peer.c: for talk.c and pass.c ---- */

/* A line that the program says; as a filter on standard error, and then only to a person. */
void peer_say(struct peer *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
void peer_meet(struct peer *p); /* begins to look for the other side */
/* Ends the run with this status and sentence; the connection's end is cut short. */
void peer_fail(struct peer *p, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Ends the run in order: what is queued is sent first, for a bounded time. */
void peer_leave(struct peer *p);
/* From closed(): the summary; then the next one, or the end of the run. */
void peer_conversation_over(struct peer *p);
const char *peer_role(const struct peer *p); /* what the other side is: "client", "server" */

/* ---- talk.c ---- */
extern const struct conn_handler talk_conn_handler;
int talk_open(struct peer *p, struct err *e); /* the console */
void talk_close(struct peer *p);
void talk_begin(struct peer *p); /* somebody is there: p->conn */
void talk_show(struct peer *p);  /* prompt and screen as they should be; after anything happened */
bool talk_name_valid(const struct peer *p, struct str name, struct err *e);

/* ---- pass.c ---- */
extern const struct conn_handler pass_conn_handler;
void pass_begin(struct peer *p);
void pass_end(struct peer *p); /* the run's */

#endif
