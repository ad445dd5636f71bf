/* Lines on their way to the server. */
#include "connect/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

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

/* 128 random bits in base64url (RFC 4648, 5), without padding. */
static void
make_key(char out[OUTBOX_KEY + 1])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char bits[OUTBOX_KEY]; /* six of each are used */

	out[0] = '\0';
	if (!random_bytes(bits, sizeof(bits)))
		return;
	for (size_t i = 0; i < OUTBOX_KEY; i++)
		out[i] = digits[bits[i] & 63];
	out[OUTBOX_KEY] = '\0';
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
	make_key(line->key);
	str_copy(line->target, sizeof(line->target), target);
	*o->end = line;
	o->end = &line->next;
	o->count++;
	return true;
}

static bool
window_open(const struct outbox *o)
{
	return o->flight_bytes < OUTBOX_FLIGHT_BYTES;
}

static size_t
weight(const struct piece *p)
{
	return p->to - p->from + OUTBOX_OVERHEAD;
}

struct piece *
outbox_again(struct outbox *o)
{
	for (size_t i = 0; window_open(o) && i < o->flight_count; i++)
		if (o->flight[i].again)
			return &o->flight[i];
	return NULL;
}

void
outbox_resend(struct outbox *o, struct piece *p)
{
	p->again = p->echoed = false;
	p->token = ++o->last_token;
	o->flight_bytes += weight(p);
}

struct outgoing *
outbox_due(const struct outbox *o)
{
	if (o->flight_count == OUTBOX_FLIGHT || !window_open(o))
		return NULL;
	for (size_t i = 0; i < o->flight_count; i++)
		if (o->flight[i].again)
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
	o->flight_bytes += weight(p);
	return p;
}

struct str
piece_text(const struct piece *p)
{
	return (struct str){ p->line->text + p->from, p->to - p->from };
}

size_t
piece_key(const struct piece *p, char out[OUTBOX_KEY_MOST + 1])
{
	int n;

	out[0] = '\0';
	if (p->line->key[0] == '\0')
		return 0;
	if (p->from == 0 && p->to == p->line->len)
		return str_copy(out, OUTBOX_KEY_MOST + 1, str_from(p->line->key));
	n = snprintf(out, OUTBOX_KEY_MOST + 1, "%s-%zu-%zu", p->line->key, p->from, p->to);
	return (size_t)n;
}

struct piece *
outbox_find(struct outbox *o, uint64_t token)
{
	for (size_t i = 0; token != 0 && i < o->flight_count; i++)
		if (o->flight[i].token == token)
			return &o->flight[i];
	return NULL;
}

struct piece *
outbox_oldest(struct outbox *o)
{
	for (size_t i = 0; i < o->flight_count; i++)
		if (!o->flight[i].again)
			return &o->flight[i];
	return NULL;
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

static void
remove_piece(struct outbox *o, struct piece *p)
{
	size_t at = (size_t)(p - o->flight);

	if (!p->again)
		o->flight_bytes -= weight(p);
	p->line->in_flight--;
	o->flight_count--;
	memmove(p, p + 1, (o->flight_count - at) * sizeof(*p));
}

struct outgoing *
outbox_settle(struct outbox *o, struct piece *p)
{
	struct outgoing *line = p->line;

	remove_piece(o, p);
	if (line->in_flight > 0 || (!line->failed && line->sent < line->len))
		return NULL;
	unlink_line(o, line);
	return line;
}

bool
outbox_recut(struct outbox *o, struct piece *p)
{
	struct outgoing *line = p->line;

	for (struct piece *q = p; q < o->flight + o->flight_count && q->line == line; q++)
		if (!q->again)
			return false;
	line->sent = p->from;
	line->uncertain = line->uncertain || p->doubtful;
	while (p < o->flight + o->flight_count && p->line == line)
		remove_piece(o, p);
	return true;
}

void
outbox_put_off(struct outbox *o, struct piece *p)
{
	o->flight_bytes -= weight(p);
	p->again = true;
	p->echoed = p->not_now = false;
	p->token = 0;
}

void
outbox_lost(struct outbox *o, size_t uncertain)
{
	size_t left = 0, seen = 0;

	for (size_t i = 0; i < o->flight_count; i++) {
		struct piece *p = &o->flight[i];
		if (!p->again && seen++ < uncertain)
			p->doubtful = true;
		p->again = true;
		p->echoed = p->not_now = false;
		p->token = 0;
		if (p->line->failed)
			p->line->in_flight--;
		else
			o->flight[left++] = *p;
	}
	o->flight_count = left;
	o->flight_bytes = 0;
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
