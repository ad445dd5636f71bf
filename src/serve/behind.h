/* Between behind.c (who is behind, and what is missed) and catchup.c (how it is told) alone. */
#ifndef SRC_SERVE_BEHIND_H
#define SRC_SERVE_BEHIND_H

#include "serve/behind.h"
#include "store/store.h"

/* Events that are told from the store, from a place in the queue on. */
struct gap {
	uint32_t place;
	uint64_t after, upto; /* numbers: after the one, up to the other */
};

/* Numbers of lines that were taken out of the queue. */
struct span {
	uint64_t first, last;
};

/* A channel that it was in: what happened there after `from` and up to `upto` is for it. */
struct watch {
	struct str folded;   /* owned */
	uint64_t from, upto; /* numbers; UINT64_MAX: it is still in it, and away */
	uint64_t said;       /* channel->said when that began */
};

struct behind {
	struct session *session;
	bool away;      /* in no audience; else it is live, but for gaps that are being filled */
	bool near;      /* the last gap took few pages: it has nearly caught up */
	uint64_t tail;  /* events up to this one are in the queue, or have their gap there */
	uint64_t stays; /* the event whose line was left in the queue when others were taken out */
	struct span *spans; /* in the order of numbers, as the gaps are */
	size_t span_count, span_cap;
	struct gap *gaps; /* in the order of the queue */
	size_t gap_first, gap_count, gap_cap;
	struct watch *watches;
	size_t watch_count, watch_cap;
	uint64_t
	    summed;   /* of what has no rows it knows all up to this event; 0: nothing missed yet */
	int64_t owed; /* messages that it is to be told, less those that it was told */
	/* Filling the first gap: what the store was asked. */
	struct store_asked *asked;
	bool asking;
	uint64_t asked_upto;
	unsigned rows;    /* so many at once; as many as fill a page */
	unsigned pages;   /* of this gap so far */
	size_t page;      /* bytes of the last page, as long as they may be in the queue */
	int64_t retry_at; /* monotonic ms; 0: it need not */
	/* The last row of the gap that was read, and whether a row of its event was told. */
	uint64_t row_source;
	enum event_kind row_kind;
	bool row_told;
	uint64_t shown;   /* rows */
	uint64_t written; /* bytes_written and conn_untaken when it was asked last (behind_took) */
	size_t untaken;
	int64_t began; /* monotonic ms */
};

/* Whether the line with this number was taken out of the queue. */
bool behind_taken(const struct behind *b, uint64_t number);
/* Whether it was in the channel then, and away. */
bool behind_watched(const struct behind *b, struct str folded, uint64_t number);
/* The first gap is filled; session_extra(s)->behind may be gone. */
void behind_gap_filled(struct session *s);

#endif
