/*
 * Questions to the store, asked for a session. Its input waits for the answer. When that does not
 * come at once a place in the out-queue is kept for it, so that it stands where it was asked for,
 * and what is said meanwhile comes behind it: no gap, nothing twice.
 */
#ifndef SERVE_QUESTION_H
#define SERVE_QUESTION_H

#include "serve/session.h"

/* Embedded first in what its kind remembers. */
struct question {
	const struct question_kind *kind;
	struct session *session;
	struct store_asked *asked;   /* NULL: nothing is under way */
	struct question *next, **at; /* of the session's */
	char *label;                 /* of the command, when the answer is late; NULL: none */
	uint32_t place;              /* in the out-queue, when the answer is late; 0: none */
	unsigned depth, open;        /* calls in progress; answers to come */
	bool late;
};

struct question_kind {
	size_t size;  /* of the struct that embeds the question */
	bool command; /* it is the whole answer to the command that is being carried out */
	/* Rows are lent for the call; `why` as store_answer has it. It replies, or asks again. */
	void (*rows)(struct question *q, const struct record *rows, size_t count, const char *why);
	void (*free)(struct question *q); /* frees what the kind added; NULL: nothing */
};

/* Zeroed but for its own fields; NULL when memory is short. */
struct question *question_new(struct session *s, const struct question_kind *kind);
/* Asks. When nothing more is asked in rows(), that was the answer, and q is freed: not to be
 * touched behind this call, nor rows() behind its last one. */
void question_ask(struct question *q, const struct store_query *query);
/* ... for the last message of each of the session's own private conversations, the latest 1,000. */
void question_ask_conversations(struct question *q);
/* Between these it is not freed: for who asks several in a row. */
void question_hold(struct question *q);
void question_let_go(struct question *q);
void questions_forget(struct session *s); /* the session ends */

#endif
