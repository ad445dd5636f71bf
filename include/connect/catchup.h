/*
 * What was said while we were not there: asked for page by page, and told before what is said now.
 *
 * From the moment a channel is joined (people: from the first line of a new connection) until its
 * gap is filled, what is said there is held; then it follows, without what a page had already. A
 * PING follows each question: its answer says that the page is over, whatever the server made of
 * the question. A gap that is still open when the connection ends is filled after the next one.
 */
#ifndef CONNECT_CATCHUP_H
#define CONNECT_CATCHUP_H

#include "connect/news.h"
#include "connect/positions.h"
#include "irc/message.h"

enum {
	CATCHUP_PAGE = 200,  /* lines asked for at one time, unless the server gives fewer */
	CATCHUP_HELD = 1000, /* news held in all; then they are dropped, and come by a page */
	CATCHUP_HELD_BYTES = 1 << 20,
	CATCHUP_FILLS = 2048, /* gaps at one time; those beyond are not filled */
	CATCHUP_WHY_MOST = 255,
};

enum fill_kind {
	FILL_AFTER,   /* all that was said after a message or a time */
	FILL_LATEST,  /* the last lines, for who comes new */
	FILL_TARGETS, /* not what was said, but with whom */
};

struct fill {
	struct fill *next;
	enum fill_kind kind;
	char target[ROSTER_NAME_MOST + 1];
	char id[POSITION_ID_MOST + 1]; /* where it goes on: behind that message; "" by the time */
	int64_t time;                  /* wall ms */
	uint64_t token;                /* of the question on its way; 0: not asked yet */
	bool moved;                    /* the page brought it on */
	bool failed;                   /* the answer was a refusal: `why` */
	bool dropped;                  /* held news of it were dropped: to be asked for once more */
	char why[CATCHUP_WHY_MOST + 1];
};

struct held;
struct session;

struct catchup {
	unsigned past; /* lines of a channel's past to be shown on joining */
	bool resume;   /* positions outlive the session: a channel that is left keeps its own */
	struct positions positions;

	/* Of this connection. */
	unsigned limit; /* lines that the server gives for one question; 0: it did not say */
	bool people;    /* with whom there was talk is not known yet */
	struct fill *first, **end;
	struct held *held, **held_end;
	size_t fill_count, held_count, held_bytes;
};

enum catchup_batch { CATCHUP_NONE, CATCHUP_A_PAGE, CATCHUP_PLAYBACK, CATCHUP_A_LIST };

void catchup_init(struct catchup *h);
void catchup_free(struct catchup *h);

void catchup_open(struct session *s);   /* a connection begins */
void catchup_closed(struct session *s); /* it ended: what was held will be asked for */
void catchup_joined(struct session *s, struct str channel);
void catchup_left(struct session *s, struct str channel); /* by our own wish */
void catchup_ready(struct session *s);                    /* channels are joined */
/* Something may be missing yet: lines of ours wait until it is not. */
bool catchup_behind(const struct session *s);

/* What a batch of that type holds. PLAYBACK: of the past, but not asked for. */
enum catchup_batch catchup_batch(const struct session *s, struct str type, struct str target);
/* The question that is on its way; 0: none. */
uint64_t catchup_question(const struct session *s);
/* A line from the server, before it is handled and after that. */
void catchup_begin_line(struct session *s);
void catchup_end_line(struct session *s);
/* News on the way to the handler; true: not now (held), or not again (seen before). */
bool catchup_take(struct session *s, const struct news *n);
/* Our own line came back from the server. */
void catchup_echo(struct session *s, const struct news *n);
void catchup_listed(struct session *s, struct str target, struct str when); /* by TARGETS */
bool catchup_refused(struct session *s, struct str why); /* false: nothing was asked */
void catchup_answered(struct session *s, uint64_t token);

#endif
