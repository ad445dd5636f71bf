/* Batches: what goes to the disk together. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "row.h"

enum { KEPT_MEMORY = 1 << 20 }; /* of an empty batch: more is given back */

struct head {
	uint32_t size; /* of head and item, a multiple of ROW_ALIGN */
	uint32_t kind;
};

struct put { /* and of RENAME */
	uint64_t number;
	uint32_t key_len, value_len;
	char bytes[];
};

void
batch_init(struct batch *b)
{
	*b = (struct batch){ BUF_INIT(BATCH_BYTES), 0, false };
}

void
batch_free(struct batch *b)
{
	buf_free(&b->items);
	b->rows = 0;
	b->full = false;
}

void
batch_clear(struct batch *b)
{
	if (b->items.cap > KEPT_MEMORY)
		buf_free(&b->items);
	buf_clear(&b->items);
	b->rows = 0;
	b->full = false;
}

bool
batch_empty(const struct batch *b)
{
	return b->items.len == 0;
}

/* Room for an item of that size; NULL: there is none. */
static void *
add(struct batch *b, enum item_kind kind, size_t size)
{
	struct head head = { 0, (uint32_t)kind };
	char *at;

	size = (sizeof(head) + size + ROW_ALIGN - 1) & ~(size_t)(ROW_ALIGN - 1);
	at = buf_room(&b->items, size);
	if (at == NULL)
		return NULL;
	head.size = (uint32_t)size;
	memcpy(at, &head, sizeof(head));
	b->items.len += size;
	return at + sizeof(head);
}

bool
batch_row(struct batch *b, const struct record *r)
{
	size_t size = row_size(r);
	struct row *row = add(b, ITEM_ROW, size);

	if (row == NULL)
		return false;
	row_pack(row, size, r);
	b->rows++;
	return true;
}

static bool
add_texts(struct batch *b, enum item_kind kind, struct str key, struct str value, uint64_t number)
{
	struct put *p = add(b, kind, sizeof(*p) + key.len + value.len);

	if (p == NULL)
		return false;
	p->number = number;
	p->key_len = (uint32_t)key.len;
	p->value_len = (uint32_t)value.len;
	if (key.len > 0)
		memcpy(p->bytes, key.p, key.len);
	if (value.len > 0)
		memcpy(p->bytes + key.len, value.p, value.len);
	return true;
}

bool
batch_put(struct batch *b, struct str key, struct str value)
{
	return add_texts(b, ITEM_PUT, key, value, 0);
}

bool
batch_rename(struct batch *b, struct str from, struct str to, uint64_t number)
{
	return add_texts(b, ITEM_RENAME, from, to, number);
}

bool
batch_erase(struct batch *b, uint64_t number)
{
	uint64_t *p = add(b, ITEM_ERASE, sizeof(*p));

	if (p != NULL)
		*p = number;
	return p != NULL;
}

bool
batch_next(const struct batch *b, size_t *at, struct item *item)
{
	const char *from = b->items.data + *at;
	const struct put *p;
	struct head head;

	if (*at >= b->items.len)
		return false;
	memcpy(&head, from, sizeof(head));
	*at += head.size;
	from += sizeof(head);
	item->kind = (enum item_kind)head.kind;
	switch (item->kind) {
	case ITEM_ROW:
		row_view((const struct row *)(const void *)from, &item->record);
		break;
	case ITEM_PUT:
	case ITEM_RENAME:
		p = (const struct put *)(const void *)from;
		item->key = (struct str){ p->bytes, p->key_len };
		item->value = (struct str){ p->bytes + p->key_len, p->value_len };
		item->number = p->number;
		break;
	case ITEM_ERASE:
		memcpy(&item->number, from, sizeof(item->number));
		break;
	}
	return true;
}

/* ---- held ------------------------------------------------------------------------------------ */

/* Copies those of b's items that are the latest of their key, rows and erasures all. */
static void
copy_latest(struct batch *to, const struct batch *b, struct table *last)
{
	struct item item;
	size_t from = 0;

	for (size_t at = 0; batch_next(b, &at, &item); from = at) {
		if (item.kind == ITEM_PUT && table_get(last, item.key) != b->items.data + from)
			continue;
		if (buf_add(&to->items, b->items.data + from, at - from) && item.kind == ITEM_ROW)
			to->rows++;
	}
}

/* State that was overwritten since is let go of. Nothing changes when memory is short. */
static void
forget_overwritten(struct batch *b)
{
	struct table *last = table_new();
	bool whole = last != NULL;
	struct batch latest;
	struct item item;
	size_t from = 0;

	for (size_t at = 0; whole && batch_next(b, &at, &item); from = at) {
		if (item.kind != ITEM_PUT)
			continue;
		table_take(last, item.key);
		whole = table_put(last, item.key, b->items.data + from);
	}
	batch_init(&latest);
	if (whole)
		copy_latest(&latest, b, last);
	table_free(last);
	if (!whole || latest.items.truncated) {
		batch_free(&latest);
		return;
	}
	batch_free(b);
	*b = latest;
}

/* State has the other half for itself. */
static bool
held_more_rows(const struct batch *b)
{
	return b->rows < HELD_ROWS && b->items.len < BATCH_BYTES / 2;
}

static bool
join(struct batch *b, const struct item *item)
{
	switch (item->kind) {
	case ITEM_ROW:
		return row_is_message(item->record.kind) ||
		       (b->rows < HELD_ROWS && batch_row(b, &item->record));
	case ITEM_PUT:
		return batch_put(b, item->key, item->value);
	case ITEM_ERASE:
		return batch_erase(b, item->number);
	case ITEM_RENAME:
		return batch_rename(b, item->key, item->value, item->number);
	}
	return true;
}

size_t
batch_hold_item(struct batch *b, const struct item *item)
{
	if (join(b, item))
		return 0;
	if (b->full || (item->kind == ITEM_ROW && !held_more_rows(b)))
		return 1;
	forget_overwritten(b);
	b->full = !join(b, item);
	return b->full ? 1 : 0;
}

size_t
batch_hold(struct batch *b, const struct batch *from)
{
	struct item item;
	size_t lost = 0;

	for (size_t at = 0; batch_next(from, &at, &item);)
		lost += batch_hold_item(b, &item);
	return lost;
}
