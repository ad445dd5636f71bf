/* The index of words: rows join it in small steps, off the way of commits. */
#include <stdio.h>

#include "row.h"
#include "writer.h"

enum {
	INDEX_STEP = 500, /* rows: a few milliseconds */
	SENDER_MOST = PLACE_ROOM - 24,
};

bool
writer_indexes(int64_t kind)
{
	return kind == EVENT_MESSAGE || kind == EVENT_NOTICE;
}

struct str
writer_sender(struct str nick, char out[PLACE_ROOM])
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	out[used++] = 'n';
	for (size_t i = 0; i < nick.len && used + 2 <= SENDER_MOST; i++) {
		unsigned char c = (unsigned char)ascii_lower(nick.p[i]);
		out[used++] = digits[c >> 4];
		out[used++] = digits[c & 15];
	}
	return (struct str){ out, used };
}

struct str
writer_place(int64_t target, struct str source, char out[PLACE_ROOM])
{
	char sender[PLACE_ROOM];
	int len = snprintf(out, PLACE_ROOM, "t%lld " STR_FMT, (long long)target,
	    STR_ARG(writer_sender(row_nick(source), sender)));

	return (struct str){ out, (size_t)len };
}

/* The row that the statement stands on. */
static int
add_row(struct writer *w, struct statement *row, struct err *e)
{
	struct statement *st = w->st[WRITER_INDEX];
	char place[PLACE_ROOM];

	if (!writer_indexes(db_column(row, 2)))
		return 0;
	db_bind(st, 1, db_column(row, 0));
	db_bind_text(st, 2, db_column_text(row, 4));
	db_bind_text(st, 3, writer_place(db_column(row, 1), db_column_text(row, 3), place));
	return db_run(st, e);
}

/* Returns how many rows it went over; -1. */
static int
add_rows(struct writer *w, uint64_t *last, struct err *e)
{
	struct statement *rows = w->st[WRITER_UNINDEXED];
	int count = 0, got;

	db_bind(rows, 1, (int64_t)w->indexed);
	db_bind(rows, 2, INDEX_STEP);
	for (; (got = db_step(rows, e)) == 1; count++) {
		*last = (uint64_t)db_column(rows, 0);
		if (add_row(w, rows, e) == -1) {
			db_reset(rows);
			return -1;
		}
	}
	return got == -1 ? -1 : count;
}

int
writer_index(struct writer *w, struct err *e)
{
	uint64_t last = w->indexed;
	int count;

	if (writer_begin(w, e) == -1)
		return -1;
	count = add_rows(w, &last, e);
	if (count == -1)
		return -1;
	db_bind(w->st[WRITER_SET_INDEXED], 1, (int64_t)last);
	if (db_run(w->st[WRITER_SET_INDEXED], e) == -1 || writer_commit(w, e) == -1)
		return -1;
	w->indexed = last;
	return count == INDEX_STEP;
}
