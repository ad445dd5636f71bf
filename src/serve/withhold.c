/* Messages that are queued but not yet safe. */
#include "serve/withhold.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "serve/behind.h"
#include "serve/reply.h"
#include "serve/sent.h"

/* Room for one more behind `*count` of them, which begin at *first; false: no memory. */
static bool
make_room(void **array, size_t size, size_t *first, size_t *count, size_t *cap)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *grown;

	if (*first + *count < *cap)
		return true;
	if (*first > 0) {
		memmove(*array, (char *)*array + *first * size, *count * size);
		*first = 0;
		return true;
	}
	grown = realloc(*array, more * size);
	if (grown == NULL)
		return false;
	*array = grown;
	*cap = more;
	return true;
}

void
withhold_line(struct server *sv, struct chunk *c, uint32_t from, uint32_t to)
{
	struct withholding *w = &sv->withholding;
	struct withheld_line *last;

	if (w->line_count > 0) {
		last = &w->lines[w->line_first + w->line_count - 1];
		if (last->ticket == w->ticket && last->part.chunk == c && last->part.to == from) {
			last->part.to = to;
			return;
		}
	}
	if (!make_room(
		(void **)&w->lines, sizeof(*last), &w->line_first, &w->line_count, &w->line_cap)) {
		w->blind = w->ticket;
		return;
	}
	chunk_ref(c);
	w->lines[w->line_first + w->line_count++] = (struct withheld_line){ w->ticket,
		{ c, from, to } };
}

static void
note_author(struct server *sv, const struct session *by, const struct event *ev)
{
	struct withholding *w = &sv->withholding;
	struct withheld_author a = { .ticket = w->ticket,
		.number = ev->number,
		.session = by ? by->serial : 0,
		.kind = ev->kind };

	if (!make_room((void **)&w->authors, sizeof(a), &w->author_first, &w->author_count,
		&w->author_cap)) {
		w->blind = w->ticket;
		return;
	}
	a.target = str_dup(ev->target);
	if (by != NULL && gathering_for(by))
		a.label = str_dup(sv->gather.label);
	w->authors[w->author_first + w->author_count++] = a;
}

static void
note(struct server *sv, const struct session *by, const struct event *ev, uint64_t ticket)
{
	sv->withholding.noting = true;
	sv->withholding.ticket = ticket;
	if (by != NULL && gathering_for(by))
		sv->gather.ticket = ticket;
	note_author(sv, by, ev);
}

void
withhold_begin(struct server *sv, const struct session *by, const struct event *ev)
{
	if (store_on_disk(sv->store))
		note(sv, by, ev, sv->ticket);
}

void
withhold_repeat(struct server *sv, const struct session *by, const struct event *ev)
{
	struct withholding *w = &sv->withholding;

	for (size_t i = 0; i < w->author_count; i++)
		if (w->authors[w->author_first + i].number == ev->number) {
			note(sv, by, ev, w->authors[w->author_first + i].ticket);
			return;
		}
}

void
withhold_end(struct server *sv)
{
	sv->withholding.noting = false;
}

static void
drop_line(struct withholding *w)
{
	chunk_unref(w->lines[w->line_first].part.chunk);
	w->line_first++;
	w->line_count--;
}

static void
drop_author(struct withholding *w)
{
	free(w->authors[w->author_first].label);
	free(w->authors[w->author_first].target);
	w->author_first++;
	w->author_count--;
}

void
withhold_settled(struct server *sv, uint64_t ticket)
{
	struct withholding *w = &sv->withholding;

	while (w->line_count > 0 && w->lines[w->line_first].ticket <= ticket)
		drop_line(w);
	while (w->author_count > 0 && w->authors[w->author_first].ticket <= ticket)
		drop_author(w);
	if (w->line_count == 0)
		w->line_first = 0;
	if (w->author_count == 0)
		w->author_first = 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct chunk_void *x = a, *y = b;

	if (x->chunk != y->chunk)
		return (uintptr_t)x->chunk < (uintptr_t)y->chunk ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* The lines that wait for the ticket leave every queue. False: no memory for that. */
static bool
withdraw(struct server *sv, uint64_t ticket)
{
	struct withholding *w = &sv->withholding;
	struct chunk_void *voids;
	size_t count = 0;

	if (w->line_count == 0)
		return true;
	voids = malloc(w->line_count * sizeof(*voids));
	if (voids == NULL)
		return false;
	for (size_t i = w->line_first; i < w->line_first + w->line_count; i++)
		if (w->lines[i].ticket == ticket)
			voids[count++] = w->lines[i].part;
	qsort(voids, count, sizeof(*voids), by_place);
	conns_withdraw(sv->conns, voids, count);
	free(voids);
	return true;
}

static struct session *
find_session(struct server *sv, uint64_t serial)
{
	struct session *s = serial ? sv->sessions : NULL;

	while (s != NULL && s->serial != serial)
		s = s->next;
	return s;
}

static const char *
command_of(enum event_kind k)
{
	return k == EVENT_MESSAGE ? "PRIVMSG" : k == EVENT_NOTICE ? "NOTICE" : "TAGMSG";
}

static void
add_failure(struct line *l, const struct session *s, const struct withheld_author *a,
    struct str target, const char *why)
{
	bool standard = (s->caps & CAP_BIT(CAP_STANDARD_REPLIES)) != 0;

	line_char(l, ':');
	line_str(l, s->server->names.server);
	if (standard) {
		LINE_LIT(l, " FAIL ");
		line_text(l, command_of(a->kind));
		LINE_LIT(l, " STORE_UNAVAILABLE ");
		line_str(l, target);
		LINE_LIT(l, " :The message");
	} else {
		LINE_LIT(l, " NOTICE ");
		line_str(l, session_nick(s));
		LINE_LIT(l, " :Your message to ");
		line_str(l, target);
	}
	LINE_LIT(l, " was not sent: the server cannot store it (");
	line_text(l, why);
	LINE_LIT(l, "); try again later");
}

static void
tell_author(struct server *sv, const struct withheld_author *a, const char *why)
{
	struct session *s = find_session(sv, a->session);
	struct str target = str_from(a->target);
	char text[LINE_ROOM + LINE_ROOM / 2 + WS_HEADER_MOST]; /* as form_room has it */
	struct line l = { text, text, text + LINE_ROOM - 2, false };
	size_t length;
	char *body;

	if (s == NULL)
		return;
	target = str_first(target, utf8_prefix(target, 64));
	if (s->dialect == DIALECT_PLAIN) {
		LINE_LIT(&l, "! your message to ");
		line_str(&l, target);
		LINE_LIT(&l, " was not sent: the server cannot store it (");
		line_text(&l, why);
		LINE_LIT(&l, "); try again later\n");
	} else {
		if (a->label != NULL) {
			LINE_LIT(&l, "@label=");
			line_text(&l, a->label);
			line_char(&l, ' ');
		}
		body = l.at;
		add_failure(&l, s, a, target, why);
		line_finish(&l, body);
	}
	length = form_wrap(s->form, text, (size_t)(l.at - text));
	conn_write_before(s->conn, a->ticket, (struct str){ text, length });
}

/* What cannot be withdrawn must not be sent either: without memory for more, everybody goes. */
static void
break_all(struct server *sv)
{
	for (struct session *s = sv->sessions; s != NULL; s = s->next)
		if (conn_queued(s->conn) > 0)
			conn_break(s->conn);
}

void
withhold_failed(struct server *sv, uint64_t ticket, const char *why)
{
	struct withholding *w = &sv->withholding;

	withhold_settled(sv, ticket - 1);
	if (w->blind == ticket || !withdraw(sv, ticket))
		break_all(sv);
	for (size_t i = 0; i < w->author_count; i++) {
		const struct withheld_author *a = &w->authors[w->author_first + i];
		if (a->ticket != ticket)
			continue;
		sent_forget(sv->sent, a->number);
		behind_withdrawn(sv, str_from(a->target), a->number);
		tell_author(sv, a, why);
	}
	withhold_settled(sv, ticket);
}

void
withhold_free(struct withholding *w)
{
	while (w->line_count > 0)
		drop_line(w);
	while (w->author_count > 0)
		drop_author(w);
	free(w->lines);
	free(w->authors);
}
