/*
 * Readers that have fallen behind: more waits for them than [limits] send-queue, and their kernel
 * takes nothing. What channels said is taken out of their queue, and they leave the audiences; what
 * is private stays, in its place among the gaps. When they read again, the gaps are filled from the
 * store, a page at a time, until nothing is left that they have not seen: then they are live again.
 *
 * One of them holds at most: send-queue of private lines and one page; 16 bytes for each run of
 * lines that was taken out; and for each gap some 4 KiB, where single lines lie between them.
 *
 *     queue:  [rest of a line] (gap: events 10-57) [PONG] (gap: events 58-90)
 */
#ifndef SERVE_BEHIND_H
#define SERVE_BEHIND_H

#include "serve/session.h"

enum {
	BEHIND_PAGE = 64 * 1024, /* bytes of lines that are queued from the store at once */
	BEHIND_ROWS = 512,       /* rows that are asked for at once, at most */
	BEHIND_ROWS_FIRST = 64,
	/* Who was told of a gap in so few pages is live again: what is said while the next gap is
	 * filled waits in its queue, which costs less than another row each. */
	BEHIND_NEAR = 8,
	/* Gaps in one queue: where there would be more, what is private comes later than it was. */
	BEHIND_GAPS = 256,
	BEHIND_RETRY = 1000, /* ms after which a store that could not answer is asked again */
	/* Channels left while lines of theirs were queued that are remembered. */
	BEHIND_LEFT = 16,
};

struct behind;
struct left_channel;

/* Handlers of the connection (conn_handler), and what a session is to call with them. */
bool behind_overfull(struct conn *c);
void behind_reached(struct conn *c, uint32_t place);
void behind_drained(struct session *s);
/* When a moment is reached at which the store is asked again. */
void behind_retry(struct session *s, int64_t now);
int64_t behind_due(const struct session *s); /* INT64_MAX: never */

/* It hears nothing for now: it is in no audience, and its input waits. */
bool behind_away(const struct session *s);
/* While it is away: it has come into a channel. False: no memory. */
bool behind_joins(struct session *s, const struct channel *c);
/* It leaves one, away or not; the event has been told. */
void behind_leaves(struct session *s, const struct channel *c);
/* A private line is to be queued. */
void behind_private(struct session *s);
/* Whether it took any of what was sent to it since this was asked last. */
bool behind_took(struct session *s);
/* Up to which event it has been told all, of what happened up to `number`. */
uint64_t behind_told(const struct session *s, uint64_t number);
/* The message to the target, as it was written, was not kept, or is no longer. */
void behind_withdrawn(struct server *sv, struct str target, uint64_t number);
/* A channel's name has changed, both folded: so have its rows. False: no memory. */
bool behind_rename(struct session *s, struct str old, struct str name);
void behind_forget(struct session *s);

#endif
