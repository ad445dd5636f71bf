/*
 * Messages that are queued but not yet safe: where their lines are, so that they can be withdrawn
 * when the store could not keep them, and whom to tell. Every line of a message, its echo and what
 * acknowledges it are noted while it is announced.
 */
#ifndef SERVE_WITHHOLD_H
#define SERVE_WITHHOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "net/chunk.h"

struct server;
struct session;

/* A message of somebody's that waits for its ticket. */
struct withheld_author {
	uint64_t ticket, number, session;
	char *label;  /* owned; NULL: none */
	char *target; /* owned */
	enum event_kind kind;
};

struct withheld_line {
	uint64_t ticket;
	struct chunk_void part; /* a reference to the chunk is held */
};

/* Both in the order of their tickets; the settled ones at the front are dropped. */
struct withholding {
	struct withheld_line *lines;
	size_t line_count, line_cap, line_first;
	struct withheld_author *authors;
	size_t author_count, author_cap, author_first;
	bool noting;     /* a message is being announced */
	uint64_t ticket; /* ... that waits for this one */
	uint64_t blind;  /* of this ticket something could not be noted: memory was short */
};

/* Around the announcing of a message that was kept; `by` may be NULL. */
void withhold_begin(struct server *sv, const struct session *by, const struct event *ev);
void withhold_end(struct server *sv);
/* Instead of withhold_begin: what was sent before, under ev->number, is echoed again. */
void withhold_repeat(struct server *sv, const struct session *by, const struct event *ev);
/* These bytes were rendered while noting. */
void withhold_line(struct server *sv, struct chunk *c, uint32_t from, uint32_t to);

/* Tickets up to this one are safe: their lines are theirs who get them. */
void withhold_settled(struct server *sv, uint64_t ticket);
/* The batch was not kept: its messages are withdrawn, their authors told. */
void withhold_failed(struct server *sv, uint64_t ticket, const char *why);
void withhold_free(struct withholding *w);

#endif
