/*
 * The store: what is kept of events, and the word on when it is safe. Events gather in a batch,
 * which has a number, its ticket; lines that tell of them leave when their ticket is durable.
 *
 * Written once so far: memory.c keeps nothing beyond the process, so every ticket is durable when
 * its batch is handed over.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "event/event.h"

struct store;

struct store *store_memory_new(struct err *e);
void store_free(struct store *s);

/* Takes note of an event that took effect; returns the ticket of the batch that it is in. */
uint64_t store_append(struct store *s, const struct event *ev);
/* Hands the gathered batch over; returns the highest durable ticket. Once a turn. */
uint64_t store_commit(struct store *s);

#endif
