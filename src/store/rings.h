/*
 * The rows of the memory store: a ring for each target, in the order of their numbers, and all of
 * them in one list by age, for the bounds that hold for all.
 */
#ifndef STORE_RINGS_H
#define STORE_RINGS_H

#include "row.h"

struct kept {
	struct kept *older, *newer; /* of all rows */
	struct ring *ring;
	/* its row follows */
};

struct ring {
	struct kept **rows; /* those at [first, first + count) */
	size_t first, count, cap;
	char *target; /* owned */
	size_t target_len;
};

struct rings {
	struct table *by_target;
	struct kept *oldest, *newest;
	size_t count;
	uint64_t bytes; /* that the rows take */
};

struct row *kept_row(const struct kept *k);

bool rings_init(struct rings *all); /* false: memory is short */
void rings_free(struct rings *all);

struct ring *rings_find(const struct rings *all, struct str target); /* NULL: none */
/* NULL: memory is short. */
struct kept *rings_add(struct rings *all, const struct record *r);
/* The row as it is: of the target that it has now. */
void kept_view(const struct kept *k, struct record *r);
/* The rows of `from` are those of `to`, and those that `to` had nobody's. False: no memory. */
bool rings_rename(struct rings *all, struct str from, struct str to, uint64_t number);
void rings_drop(struct rings *all, struct kept *k); /* a ring without rows goes, too */
void rings_drop_number(struct rings *all, uint64_t number);

/* The place of the first row with a number above `after`: 0..count. */
size_t ring_above(const struct ring *r, uint64_t after);
struct kept *ring_at(const struct ring *r, size_t i);

#endif
