/* A record in one run of bytes: to be kept, or carried to another thread. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "store/record.h"

enum { ROW_TEXTS = 9, ROW_ALIGN = 8 };

struct row {
	uint64_t number;
	uint32_t size; /* bytes, all of it: a multiple of ROW_ALIGN */
	uint8_t kind;
	char status;
	/* The lengths of the texts, in the order of struct record, seven bits a byte (the last one
	 * of a length is below 128); then the texts. */
	char bytes[];
};

size_t row_size(const struct record *r); /* the bytes that its row takes */
/* Writes it to `at`, which has as many bytes (its row_size()) and is aligned. */
void row_pack(struct row *at, size_t size, const struct record *r);
void row_view(const struct row *row, struct record *r); /* the views are into the row */

/* What a store takes back when it could not be kept: MESSAGE, NOTICE, TAGMSG. */
bool row_is_message(enum event_kind kind);
/* A question asks for it. */
bool row_kind_in(enum event_kind kind, uint64_t kinds);
struct str row_nick(struct str source); /* what stands before the '!' */

#endif
