/*
 * Lines on their way to the server, from the moment they are taken over until they are
 * acknowledged. A line is sent in pieces that fit; the pieces in flight are a bounded window, the
 * rest waits. A piece that was not answered, or answered with "not now", stays as it was cut: it is
 * sent again with the same text under the same id, and nothing new before it. Pure.
 *
 *     lines:   [oldest: acked | in flight | unsent] -> [unsent] -> ...
 *     flight:  token 17 -> to be sent again -> token 18 -> ...        in the order of the text
 */
#ifndef CONNECT_OUTBOX_H
#define CONNECT_OUTBOX_H

#include "base/str.h"

enum {
	OUTBOX_LINES = 256, /* lines held in all */
	OUTBOX_FLIGHT = 32, /* pieces sent and not answered */
	/* Likewise bytes on the wire: InspIRCd cuts off who is 4096 bytes ahead of it, unless told
	 * otherwise. The window closes when it is passed, so one line more fits under that. */
	OUTBOX_FLIGHT_BYTES = 2048,
	OUTBOX_OVERHEAD = 64,     /* of a piece: command, target, label or PING */
	OUTBOX_TARGET_MOST = 200, /* bytes of a channel's or person's name (RFC 2812, 1.3) */
	OUTBOX_WHY_MOST = 255,
	OUTBOX_ID_MOST = 128,
	OUTBOX_KEY = 22,      /* characters of 128 bits in base64url */
	OUTBOX_KEY_MOST = 64, /* of a piece: sockchat-irc(7), sockchat/id */
};

enum outgoing_kind { OUTGOING_MESSAGE, OUTGOING_ACTION };

struct outgoing {
	struct outgoing *next;
	enum outgoing_kind kind;
	uint64_t number; /* the giver's: which line of the input */
	char target[OUTBOX_TARGET_MOST + 1];
	char *text; /* owned */
	size_t len;
	size_t sent;        /* bytes handed out as pieces */
	unsigned in_flight; /* pieces */
	bool failed;        /* refused: `why` says; nothing more of it is sent */
	bool uncertain;     /* some of it was sent twice, and both may have arrived */
	char
	    key[OUTBOX_KEY + 1]; /* chosen by chance, once; "" when there was no chance to be had */
	char why[OUTBOX_WHY_MOST + 1];
	int64_t time; /* of its last piece as the server tells it, wall ms; 0 unknown */
	char id[OUTBOX_ID_MOST + 1]; /* msgid of that; "" unknown */
};

struct piece {
	struct outgoing *line;
	uint64_t token;  /* what its acknowledgement will say; never used again; 0 when `again` */
	size_t from, to; /* bytes of the line's text */
	bool echoed;
	bool not_now;    /* the answer to come is known: it could not be taken now (line->why) */
	bool again;      /* it is to be sent again */
	uint64_t sender; /* whom the server knows it from by its key; 0: it knows no keys */
	bool doubtful;   /* it may have arrived, though no answer came */
};

struct outbox {
	struct outgoing *first, **end;
	size_t count;
	struct piece flight[OUTBOX_FLIGHT];
	size_t flight_count, flight_bytes;
	uint64_t last_token;
};

void outbox_init(struct outbox *o);
void outbox_free(struct outbox *o);

/* Takes a copy. False when OUTBOX_LINES are held already, the target is too long, the text is
 * empty, or memory is short. */
bool outbox_add(
    struct outbox *o, enum outgoing_kind kind, struct str target, struct str text, uint64_t number);
bool outbox_full(const struct outbox *o);

/* The oldest piece to be sent again, if the window allows. Nothing new is due before it is. */
struct piece *outbox_again(struct outbox *o);
void outbox_resend(struct outbox *o, struct piece *p); /* it is in flight, with a new token */
/* It does not fit into a message any more: it and what follows of its line are cut anew. False:
 * some of that is on its way. */
bool outbox_recut(struct outbox *o, struct piece *p);

/* The line of which more is to be sent now; NULL when all is sent or the window is closed. */
struct outgoing *outbox_due(const struct outbox *o);
/* The next `len` bytes of that line are in flight. Lent until the next change. */
struct piece *outbox_take(struct outbox *o, struct outgoing *line, size_t len);
struct str piece_text(const struct piece *p);
/* What a repeat is known by, the same whenever it is sent; returns its length, 0: it has none. */
size_t piece_key(const struct piece *p, char out[OUTBOX_KEY_MOST + 1]);

struct piece *outbox_find(struct outbox *o, uint64_t token); /* in flight; else NULL */
struct piece *outbox_oldest(struct outbox *o);               /* likewise */

/* The server said no to (a piece of) this line: its rest is not sent. The first reason stays. */
void outgoing_fail(struct outgoing *line, struct str why);
/* A piece is answered. Returns its line when that was the last answer it waited for: it left the
 * box and is the caller's, to be freed by outgoing_free; else NULL. */
struct outgoing *outbox_settle(struct outbox *o, struct piece *p);
void outgoing_free(struct outgoing *line);

/* The answer to a piece is "not now": it is to be sent again. */
void outbox_put_off(struct outbox *o, struct piece *p);
/* The connection is gone: what was in flight is to be sent again. The first `uncertain` pieces may
 * have arrived. */
void outbox_lost(struct outbox *o, size_t uncertain);
/* A refused line whose other pieces will not be answered any more leaves the box; NULL when there
 * is none. */
struct outgoing *outbox_take_failed(struct outbox *o);

#endif
