/* Lines on their way to the server. */
#include "connect/outbox.h"

#include <stdlib.h>
#include <string.h>

void
outbox_init(struct outbox *o)
{
	*o = (struct outbox){ 0 };
	o->end = &o->first;
}

void
outbox_free(struct outbox *o)
{
	while (o->first != NULL) {
		struct outgoing *line = o->first;
		o->first = line->next;
		outgoing_free(line);
	}
	outbox_init(o);
}

void
outgoing_free(struct outgoing *line)
{
	free(line->text);
	free(line);
}

bool
outbox_full(const struct outbox *o)
{
	return o->count >= OUTBOX_LINES;
}

bool
outbox_add(
    struct outbox *o, enum outgoing_kind kind, struct str target, struct str text, uint64_t number)
{
	struct outgoing *line;

	if (outbox_full(o) || target.len > OUTBOX_TARGET_MOST || text.len == 0)
		return false;
	line = calloc(1, sizeof(*line));
	if (line == NULL)
		return false;
	line->text = str_dup(text);
	if (line->text == NULL) {
		free(line);
		return false;
	}
	line->len = text.len;
	line->kind = kind;
	line->number = number;
	str_copy(line->target, sizeof(line->target), target);
	*o->end = line;
	o->end = &line->next;
	o->count++;
	return true;
}

struct outgoing *
outbox_due(const struct outbox *o)
{
	if (o->flight_count == OUTBOX_FLIGHT || o->flight_bytes >= OUTBOX_FLIGHT_BYTES)
		return NULL;
	for (struct outgoing *line = o->first; line != NULL; line = line->next)
		if (!line->failed && line->sent < line->len)
			return line;
	return NULL;
}

struct piece *
outbox_take(struct outbox *o, struct outgoing *line, size_t len)
{
	struct piece *p = &o->flight[o->flight_count++];

	*p = (struct piece){ .line = line, .token = ++o->last_token, .from = line->sent };
	line->sent += len;
	line->in_flight++;
	p->to = line->sent;
	o->flight_bytes += len + OUTBOX_OVERHEAD;
	return p;
}

struct str
piece_text(const struct piece *p)
{
	return (struct str){ p->line->text + p->from, p->to - p->from };
}

struct piece *
outbox_find(struct outbox *o, uint64_t token)
{
	for (size_t i = 0; i < o->flight_count; i++)
		if (o->flight[i].token == token)
			return &o->flight[i];
	return NULL;
}

struct piece *
outbox_oldest(struct outbox *o)
{
	return o->flight_count > 0 ? &o->flight[0] : NULL;
}

void
outgoing_fail(struct outgoing *line, struct str why)
{
	if (line->failed)
		return;
	line->failed = true;
	str_copy(line->why, sizeof(line->why), why);
}

static void
unlink_line(struct outbox *o, struct outgoing *line)
{
	struct outgoing **at = &o->first;

	while (*at != line)
		at = &(*at)->next;
	*at = line->next;
	if (o->end == &line->next)
		o->end = at;
	line->next = NULL;
	o->count--;
}

struct outgoing *
outbox_settle(struct outbox *o, struct piece *p)
{
	struct outgoing *line = p->line;
	size_t at = (size_t)(p - o->flight);

	o->flight_bytes -= p->to - p->from + OUTBOX_OVERHEAD;
	o->flight_count--;
	memmove(p, p + 1, (o->flight_count - at) * sizeof(*p));
	line->in_flight--;
	if (line->in_flight > 0 || (!line->failed && line->sent < line->len))
		return NULL;
	unlink_line(o, line);
	return line;
}

void
outbox_lost(struct outbox *o, size_t uncertain)
{
	/* Backwards: the first piece of a line is the one to go on with. */
	for (size_t i = o->flight_count; i > 0; i--) {
		struct piece *p = &o->flight[i - 1];
		p->line->sent = p->from;
		p->line->in_flight = 0;
		if (i <= uncertain)
			p->line->uncertain = true;
	}
	o->flight_count = o->flight_bytes = 0;
}

struct outgoing *
outbox_take_failed(struct outbox *o)
{
	for (struct outgoing *line = o->first; line != NULL; line = line->next)
		if (line->failed && line->in_flight == 0) {
			unlink_line(o, line);
			return line;
		}
	return NULL;
}
