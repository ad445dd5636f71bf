/* Records in one run of bytes. */
#include "row.h"

#include <stdlib.h>
#include <string.h>

/* The texts of a record, in the order in which they are packed. */
static const size_t texts[ROW_TEXTS] = {
	offsetof(struct record, target),
	offsetof(struct record, shown),
	offsetof(struct record, source),
	offsetof(struct record, account),
	offsetof(struct record, object),
	offsetof(struct record, text),
	offsetof(struct record, tags),
	offsetof(struct record, identity),
	offsetof(struct record, client_id),
};

static const struct str *
text_of(const struct record *r, size_t i)
{
	return (const struct str *)(const void *)((const char *)r + texts[i]);
}

size_t
row_size(const struct record *r)
{
	size_t size = offsetof(struct row, bytes);

	for (size_t i = 0; i < ROW_TEXTS; i++)
		size += text_of(r, i)->len;
	return (size + ROW_ALIGN - 1) & ~(size_t)(ROW_ALIGN - 1);
}

void
row_pack(struct row *at, const struct record *r)
{
	char *to = at->bytes;

	at->number = r->number;
	at->kind = (uint8_t)r->kind;
	at->status = r->status;
	for (size_t i = 0; i < ROW_TEXTS; i++) {
		const struct str *s = text_of(r, i);
		at->lengths[i] = (uint32_t)s->len;
		if (s->len > 0)
			memcpy(to, s->p, s->len);
		to += s->len;
	}
}

void
row_view(const struct row *row, struct record *r)
{
	const char *from = row->bytes;

	r->number = row->number;
	r->kind = (enum event_kind)row->kind;
	r->status = row->status;
	for (size_t i = 0; i < ROW_TEXTS; i++) {
		struct str *s = (struct str *)(void *)((char *)r + texts[i]);
		*s = (struct str){ from, row->lengths[i] };
		from += row->lengths[i];
	}
}

struct row *
row_new(const struct record *r)
{
	struct row *row = malloc(row_size(r));

	if (row != NULL)
		row_pack(row, r);
	return row;
}

bool
row_is_message(enum event_kind kind)
{
	return kind == EVENT_MESSAGE || kind == EVENT_NOTICE || kind == EVENT_TAGMSG;
}

bool
row_kind_in(enum event_kind kind, uint64_t kinds)
{
	return (unsigned)kind < 64 && (kinds >> (unsigned)kind & 1) != 0;
}

struct str
row_nick(struct str source)
{
	return str_cut(&source, '!');
}
