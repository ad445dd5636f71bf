/* Questions to the file of a store, by one thread at a time, beside the writer. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "base/buf.h"
#include "store/db.h"
#include "store/store.h"

/* A question with texts of its own. */
struct question {
	struct store_query query;
	uint64_t last; /* the greatest number that had been appended when it was asked */
	char *texts;   /* owned; the views of `query` are into it */
};

struct answer {
	struct record *rows; /* owned, in the order of numbers; the views are into `packed` */
	size_t count;
	struct buf packed;
	char why[512]; /* empty: it is one */
};

enum reader_statement {
	READER_TARGET,
	READER_FORWARD,
	READER_BACKWARD,
	READER_CONVERSATIONS,
	READER_WORDS_FORWARD,
	READER_WORDS_BACKWARD,
	READER_TARGET_OF, /* of the row with a number */
	READER_ROW,       /* the same, whole; its target's name is the column READER_NAME */
	READER_STATEMENTS
};

struct reader {
	const char *path; /* lent */
	struct db *db;    /* NULL: closed; it is opened when it is asked */
	struct statement *st[READER_STATEMENTS];
	/* Rows that may be in the file and are not to be: sorted. */
	uint64_t *doubts;
	size_t doubt_count;
};

bool question_copy(struct question *to, const struct store_query *q); /* false: memory is short */
void question_free(struct question *q);

void reader_close(struct reader *r);
void reader_answer(struct reader *r, const struct question *q, struct answer *a);
void answer_free(struct answer *a);

int reader_last_number(struct reader *r, uint64_t *out, struct err *e);
int reader_state_each(struct reader *r, struct str prefix,
    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e);
int reader_ids_each(struct reader *r, uint64_t after, size_t most,
    void (*fn)(void *arg, const struct record *r), void *arg, struct err *e);

/* The row that a statement stands on, of the columns READER_COLUMNS, all but its target. */
#define READER_COLUMNS                                                                 \
	"number, kind, status, shown, source, account, object, text, tags, identity, " \
	"client_id"
enum { READER_NAME = 11 };
void reader_record(struct statement *st, struct record *r);

/* For those that answer. */
/* 1: *id is the target's; 0: there is none. */
int reader_target(struct reader *r, struct str name, int64_t *id, struct err *e);
/* Whether the question is for the row that the statement stands on. */
bool reader_wants(const struct reader *r, const struct store_query *q, struct statement *st);
/* Adds that row to the answer. */
int reader_add(struct answer *a, struct statement *st, struct str target, struct err *e);
/* As a parameter of a statement. */
int64_t reader_bound(uint64_t number);
/* The number before which the answer ends: what was appended later is not in it. */
uint64_t reader_end(const struct question *q);

#endif
