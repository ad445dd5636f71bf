/* Rows of the store as the lines that their events had. */
#ifndef SERVE_PLAYBACK_H
#define SERVE_PLAYBACK_H

#include "serve/reply.h"

/* The kinds of events that are messages, and all that a channel or conversation is made of: bits
 * of store_query.kinds. */
#define PLAYBACK_KIND(k) ((uint64_t)1 << (k))
#define PLAYBACK_MESSAGES (PLAYBACK_KIND(EVENT_MESSAGE) | PLAYBACK_KIND(EVENT_NOTICE))
#define PLAYBACK_EVENTS                                                                         \
	(PLAYBACK_KIND(EVENT_TAGMSG) | PLAYBACK_KIND(EVENT_JOIN) | PLAYBACK_KIND(EVENT_PART) |  \
	    PLAYBACK_KIND(EVENT_QUIT) | PLAYBACK_KIND(EVENT_KICK) | PLAYBACK_KIND(EVENT_MODE) | \
	    PLAYBACK_KIND(EVENT_TOPIC) | PLAYBACK_KIND(EVENT_NICK))

/* The kinds that this session may be shown, by its capabilities. */
uint64_t playback_kinds(const struct session *s);

/* Lines that gather for one session. */
struct playback {
	struct session *session;
	bool batched; /* they are to be one batch; without the capability they are not */
	char ref[BATCH_REF_ROOM]; /* its reference */
	struct buf lines;
	struct buf starts; /* size_t: where each row's lines begin in `lines` */
};

void playback_begin(struct playback *p, struct session *s);
void playback_end(struct playback *p); /* frees */
/* Nothing is added for a row that the session's form does not show. */
void playback_add(struct playback *p, const struct record *r);
/* A line that is no row's: "CHATHISTORY TARGETS ..."; ":server " and tags come before it. */
void playback_add_line(struct playback *p, struct str text);
/* Replies with them: as a batch of this type ("chathistory #c") if the session knows batches. What
 * is more than a connection may be made to hold is left out: the rows furthest from what was asked
 * for, the first ones if `newest`. Memory that was short ends the connection. */
void playback_send(struct playback *p, struct str type, bool newest);

/* Replies with the rows as ordinary lines, to those who did not ask for history: the messages, with
 * the time before the text unless they have server-time. */
void playback_retell(struct session *s, const struct record *rows, size_t count);

/* Adds the row's line or lines as they would have been told when it happened. False: no memory. */
bool playback_live(const struct session *s, const struct record *r, struct buf *lines);

#endif
