/*
 * A store's file looked at from outside, by a program of its own; a server may be using it. All
 * return -1 with a sentence in *e.
 */
#ifndef STORE_TOOLS_H
#define STORE_TOOLS_H

#include "base/err.h"
#include "store/record.h"

struct store_counts {
	int64_t rows, messages, targets, state, bans, bytes; /* bans are of the state */
	uint64_t first, last;                                /* numbers of rows; 0: none */
};

/* Reads everything. problem() hears of each damage; then *damaged is set, and the result is 0. */
int store_check(const char *path, struct store_counts *counts,
    void (*problem)(void *arg, const char *sentence), void *arg, bool *damaged, struct err *e);

/* Into a file that is not there yet: all as it is at one moment. */
int store_backup(const char *path, const char *to,
    void (*tell)(void *arg, int64_t done, int64_t pages), void *arg, struct err *e);

/* The rows with numbers above `after`, in order, of one target or (empty) of all; until fn() says
 * false. An unknown target is an error. */
int store_export(const char *path, struct str target, uint64_t after,
    bool (*fn)(void *arg, const struct record *r), void *arg, struct err *e);

/* State texts whose key starts with `prefix`, sorted by key; until fn() says false. */
int store_export_state(const char *path, struct str prefix,
    bool (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e);

#endif
