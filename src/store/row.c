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

	for (size_t i = 0; i < ROW_TEXTS; i++) {
		size_t len = text_of(r, i)->len;
		size += len + 1;
		for (; len > 127; len >>= 7)
			size++;
	}
	return (size + ROW_ALIGN - 1) & ~(size_t)(ROW_ALIGN - 1);
}

static char *
put_length(char *to, size_t len)
{
	for (; len > 127; len >>= 7)
		*to++ = (char)(len | 128);
	*to++ = (char)len;
	return to;
}

static const char *
get_length(const char *from, size_t *len)
{
	unsigned shift = 0;

	*len = 0;
	for (; (*from & 128) != 0; from++, shift += 7)
		*len |= (size_t)(*from & 127) << shift;
	*len |= (size_t)*from << shift;
	return from + 1;
}

void
row_pack(struct row *at, size_t size, const struct record *r)
{
	char *to = at->bytes;

	at->number = r->number;
	at->size = (uint32_t)size;
	at->kind = (uint8_t)r->kind;
	at->status = r->status;
	for (size_t i = 0; i < ROW_TEXTS; i++)
		to = put_length(to, text_of(r, i)->len);
	for (size_t i = 0; i < ROW_TEXTS; i++) {
		const struct str *s = text_of(r, i);
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
		from = get_length(from, &s->len);
	}
	for (size_t i = 0; i < ROW_TEXTS; i++) {
		struct str *s = (struct str *)(void *)((char *)r + texts[i]);
		s->p = from;
		from += s->len;
	}
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
