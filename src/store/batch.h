/* What goes to the disk together: rows, state and erasures in one run of bytes, in their order. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "base/buf.h"
#include "store/record.h"

enum { BATCH_BYTES = 64 << 20, HELD_ROWS = 100 * 1000 };

enum item_kind { ITEM_ROW, ITEM_PUT, ITEM_ERASE, ITEM_RENAME };

struct item {
	enum item_kind kind;
	struct record record;  /* ROW */
	struct str key, value; /* PUT; RENAME: from, to */
	uint64_t number;       /* ERASE, RENAME */
};

struct batch {
	struct buf items;
	size_t rows;
	bool full; /* of what is held: nothing more finds room */
};

void batch_init(struct batch *b);
void batch_free(struct batch *b);
void batch_clear(struct batch *b); /* gives much memory back */
bool batch_empty(const struct batch *b);
/* False: over BATCH_BYTES, or memory is short. */
bool batch_row(struct batch *b, const struct record *r);
bool batch_put(struct batch *b, struct str key, struct str value);
bool batch_erase(struct batch *b, uint64_t number);
bool batch_rename(struct batch *b, struct str from, struct str to, uint64_t number);

/* Walks: *at begins at 0. The views are into the batch. False at the end. */
bool batch_next(const struct batch *b, size_t *at, struct item *item);

/*
 * What must not be lost while the disk takes nothing: the items of `from` that are not messages
 * join b; of rows up to HELD_ROWS, of state the latest of each key. Returns how many found no room.
 */
size_t batch_hold(struct batch *b, const struct batch *from);
size_t batch_hold_item(struct batch *b, const struct item *item);

#endif
