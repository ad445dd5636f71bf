/* Questions to the store, asked for a session. */
#include "serve/question.h"

#include <stdlib.h>

#include "serve/guard.h"
#include "serve/keep.h"
#include "serve/playback.h"

enum { CONVERSATIONS_MOST = 1000 };

struct question *
question_new(struct session *s, const struct question_kind *kind)
{
	struct question *q = calloc(1, kind->size);

	if (q == NULL)
		return NULL;
	q->kind = kind;
	q->session = s;
	q->next = s->questions;
	q->at = &s->questions;
	if (q->next != NULL)
		q->next->at = &q->next;
	s->questions = q;
	return q;
}

static void
question_free(struct question *q)
{
	*q->at = q->next;
	if (q->next != NULL)
		q->next->at = q->at;
	if (q->kind->free != NULL)
		q->kind->free(q);
	free(q->label);
	free(q);
}

/* What was kept for the late answer is given back; input goes on. */
static void
answered(struct question *q)
{
	struct session *s = q->session;

	bool late = q->late;

	if (late)
		conn_close_place(s->conn, q->place);
	question_free(q);
	if (late)
		session_release(s);
}

void
question_hold(struct question *q)
{
	q->depth++;
}

void
question_let_go(struct question *q)
{
	if (--q->depth == 0 && q->open == 0)
		answered(q);
}

/* It will take a while: the queue keeps a place, the label waits with the question. */
static void
become_late(struct question *q)
{
	struct session *s = q->session;
	struct gather *g = &s->server->gather;

	q->late = true;
	q->place = conn_place(s->conn);
	session_hold(s);
	if (!q->kind->command || !gathering_for(s))
		return;
	q->label = str_dup(g->label);
	g->session = NULL;
}

static void
on_answer(void *arg, const struct record *rows, size_t count, const char *why)
{
	struct question *q = arg;
	struct session *s = q->session;
	bool late = q->late;

	q->asked = NULL;
	q->open--;
	question_hold(q);
	if (late)
		late_begin(s);
	if (q->label != NULL)
		gather_begin(s, str_from(q->label));
	q->kind->rows(q, rows, count, why);
	if (q->label != NULL && q->open == 0)
		gather_end(s->server);
	if (late) {
		s->server->gather.session = NULL;
		late_end(s, q->place);
	}
	question_let_go(q);
}

void
question_ask(struct question *q, const struct store_query *query)
{
	struct store_asked *asked;

	question_hold(q);
	q->open++;
	asked = store_ask(q->session->server->store, query, on_answer, q);
	if (asked != NULL)
		q->asked = asked;
	if (asked != NULL && !q->late)
		become_late(q);
	question_let_go(q);
}

void
question_ask_conversations(struct question *q)
{
	const struct session *s = q->session;
	char room[IDENTITY_ROOM];
	struct store_query query = { .what = STORE_TARGETS,
		.target = identity_of(s->user, room),
		.after = guard_own(s->server, s->user),
		.before = UINT64_MAX,
		.kinds = PLAYBACK_MESSAGES,
		.limit = CONVERSATIONS_MOST,
		.newest = true };

	question_ask(q, &query);
}

void
questions_forget(struct session *s)
{
	struct question *q, *next;

	for (q = s->questions; q != NULL; q = next) {
		next = q->next;
		if (q->asked != NULL)
			store_forget(q->asked);
		question_free(q);
	}
}
