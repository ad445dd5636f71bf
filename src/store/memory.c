/*
 * The store without a disk: rows in rings, state in a table, gone with the process. Every batch is
 * as safe as it will ever be when it is handed over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/table.h"
#include "impl.h"
#include "rings.h"
#include "words.h"

enum {
	ROWS_OF_TARGET = 1000, /* where no bound is set: memory must have one */
	BYTES_OF_ALL = 64 << 20,
};

struct text {                  /* of the state */
	struct str key, value; /* one allocation with this */
	char bytes[];
};

struct memory {
	struct store store;
	struct store_retention retention;
	struct rings rings;
	struct table *state;
	uint64_t gathering; /* the ticket of the batch that is open */
	size_t rows;        /* of the batch: the newest so many; fewer when the bounds took some */
	bool any;           /* something is in it */
	bool short_memory;  /* for something of it */
};

static struct memory *
memory_of(struct store *s)
{
	return (struct memory *)s;
}

static void
close_memory(struct store *s)
{
	struct memory *m = memory_of(s);
	struct table_walk w;
	struct text *t;

	rings_free(&m->rings);
	if (m->state != NULL) {
		w = table_walk(m->state);
		while ((t = table_next(&w)) != NULL)
			free(t);
		table_free(m->state);
	}
	free(m);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static void
drop_old(struct memory *m)
{
	const struct store_retention *r = &m->retention;
	int64_t oldest = r->age > 0 ? clock_wall() - r->age : INT64_MIN;

	while (m->rings.oldest != NULL &&
	       (m->rings.bytes > r->bytes ||
		   (r->age > 0 && event_time(kept_row(m->rings.oldest)->number) < oldest)))
		rings_drop(&m->rings, m->rings.oldest);
}

static void
hold_bounds(struct memory *m, struct ring *ring)
{
	while (ring->count > m->retention.rows)
		rings_drop(&m->rings, ring_at(ring, 0));
	if (m->rings.bytes > m->retention.bytes)
		drop_old(m);
}

static void
set_retention(struct store *s, const struct store_retention *r)
{
	struct memory *m = memory_of(s);
	struct table_walk w;
	struct ring *ring;

	m->retention = *r;
	if (r->rows == 0)
		m->retention.rows = ROWS_OF_TARGET;
	if (r->bytes == 0)
		m->retention.bytes = BYTES_OF_ALL;
	w = table_walk(m->rings.by_target);
	while ((ring = table_next(&w)) != NULL)
		while (ring->count > m->retention.rows) /* never 0: the ring stays */
			rings_drop(&m->rings, ring_at(ring, 0));
	drop_old(m);
}

/* ---- writing --------------------------------------------------------------------------------- */

static uint64_t
append(struct store *s, const struct record *r)
{
	struct memory *m = memory_of(s);
	struct kept *k = rings_add(&m->rings, r);

	m->any = true;
	if (k == NULL) {
		m->short_memory = true;
		return m->gathering;
	}
	m->rows++;
	hold_bounds(m, k->ring);
	if (m->rows > m->rings.count)
		m->rows = m->rings.count;
	return m->gathering;
}

static struct text *
text_new(struct str key, struct str value)
{
	struct text *t = malloc(sizeof(*t) + key.len + value.len);

	if (t == NULL)
		return NULL;
	memcpy(t->bytes, key.p, key.len);
	memcpy(t->bytes + key.len, value.p, value.len);
	t->key = (struct str){ t->bytes, key.len };
	t->value = (struct str){ t->bytes + key.len, value.len };
	return t;
}

static uint64_t
put(struct store *s, struct str key, struct str value)
{
	struct memory *m = memory_of(s);
	struct text *t = value.len > 0 ? text_new(key, value) : NULL;

	m->any = true;
	if (value.len > 0 && t == NULL) {
		m->short_memory = true;
		return m->gathering;
	}
	free(table_take(m->state, key));
	if (t != NULL && !table_put(m->state, t->key, t)) {
		m->short_memory = true;
		free(t);
	}
	return m->gathering;
}

static uint64_t
erase(struct store *s, uint64_t number)
{
	struct memory *m = memory_of(s);

	m->any = true;
	rings_drop_number(&m->rings, number);
	if (m->rows > m->rings.count)
		m->rows = m->rings.count;
	return m->gathering;
}

static uint64_t
rename_target(struct store *s, struct str from, struct str to, uint64_t number)
{
	struct memory *m = memory_of(s);

	m->any = true;
	if (!rings_rename(&m->rings, from, to, number))
		m->short_memory = true;
	return m->gathering;
}

/* The messages of the batch were not all kept: then none is. */
static void
withdraw(struct memory *m)
{
	struct kept *k = m->rings.newest, *older;

	for (; k != NULL && m->rows > 0; k = older, m->rows--) {
		older = k->older;
		if (row_is_message((enum event_kind)kept_row(k)->kind))
			rings_drop(&m->rings, k);
	}
	m->store.handler.failed(m->store.handler_arg, m->gathering, "the server's memory is short");
}

static uint64_t
commit(struct store *s)
{
	struct memory *m = memory_of(s);

	if (!m->any)
		return m->gathering - 1;
	if (m->short_memory)
		withdraw(m);
	if (m->retention.age > 0)
		drop_old(m);
	m->rows = 0;
	m->any = m->short_memory = false;
	return m->gathering++;
}

/* ---- reading --------------------------------------------------------------------------------- */

static uint64_t
last_number(struct store *s)
{
	const struct kept *k = memory_of(s)->rings.newest;

	return k ? kept_row(k)->number : 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct text *x = *(struct text *const *)a, *y = *(struct text *const *)b;

	return str_compare(x->key, y->key);
}

static int
state_each(struct store *s, struct str prefix,
    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e)
{
	const struct memory *m = memory_of(s);
	struct table_walk w = table_walk(m->state);
	struct text **found, *t;
	size_t count = 0;

	found = malloc((table_count(m->state) + 1) * sizeof(struct text *));
	if (found == NULL)
		return err_errno(e, "reading the store's state");
	while ((t = table_next(&w)) != NULL)
		if (str_starts(t->key, prefix))
			found[count++] = t;
	qsort(found, count, sizeof(struct text *), by_key);
	for (size_t i = 0; i < count; i++)
		fn(arg, found[i]->key, found[i]->value);
	free(found);
	return 0;
}

static int
ids_each(struct store *s, uint64_t after, size_t most,
    void (*fn)(void *arg, const struct record *r), void *arg, struct err *e)
{
	const struct kept *k, *first = NULL;
	struct record r;

	(void)e;
	for (k = memory_of(s)->rings.newest; k != NULL && kept_row(k)->number > after && most > 0;
	     k = k->older) {
		kept_view(k, &r);
		if (r.client_id.len == 0)
			continue;
		first = k;
		most--;
	}
	for (k = first; k != NULL; k = k->newer) {
		kept_view(k, &r);
		if (r.client_id.len > 0)
			fn(arg, &r);
	}
	return 0;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* What was found so far: rows out of order, and more of them than asked for, until it is cut. */
struct found {
	const struct store_query *query;
	struct record *rows;
	size_t count, cap;
	bool short_memory;
};

static void
found_add(struct found *f, const struct kept *k)
{
	size_t cap = f->cap ? f->cap * 2 : 64;
	struct record *grown;

	if (f->count == f->cap) {
		grown = realloc(f->rows, cap * sizeof(struct record));
		if (grown == NULL) {
			f->short_memory = true;
			return;
		}
		f->rows = grown;
		f->cap = cap;
	}
	kept_view(k, &f->rows[f->count++]);
}

static bool
wanted(const struct store_query *q, const struct kept *k)
{
	struct record r;

	if (!row_kind_in((enum event_kind)kept_row(k)->kind, q->kinds))
		return false;
	if (q->what != STORE_SEARCH)
		return true;
	kept_view(k, &r);
	return (q->sender.len == 0 || str_eq_nocase(row_nick(r.source), q->sender)) &&
	       words_match(r.text, q->text);
}

/* Up to `limit` of one ring's rows, those nearest to the bound that counts. */
static void
find_in(struct found *f, const struct ring *ring)
{
	const struct store_query *q = f->query;
	size_t from, to, left = q->limit;

	if (ring == NULL)
		return;
	from = ring_above(ring, q->after);
	to = q->before > 0 ? ring_above(ring, q->before - 1) : 0;
	for (; from < to && left > 0; q->newest ? to-- : from++) {
		const struct kept *k = ring_at(ring, q->newest ? to - 1 : from);
		if (wanted(q, k)) {
			found_add(f, k);
			left--;
		}
	}
}

/* The last row of the kinds asked for, when it lies between the bounds. */
static void
find_last(struct found *f, const struct ring *ring)
{
	for (size_t i = ring->count; i > 0; i--) {
		const struct kept *k = ring_at(ring, i - 1);
		if (!wanted(f->query, k))
			continue;
		if (kept_row(k)->number > f->query->after && kept_row(k)->number < f->query->before)
			found_add(f, k);
		return;
	}
}

static void
find_targets(const struct memory *m, struct found *f)
{
	struct table_walk w = table_walk(m->rings.by_target);
	struct ring *ring;

	while ((ring = table_next(&w)) != NULL)
		if (words_conversation(
			(struct str){ ring->target, ring->target_len }, f->query->target))
			find_last(f, ring);
}

static void
find_in_targets(const struct memory *m, struct found *f)
{
	for (size_t i = 0; i < f->query->target_count; i++)
		find_in(f, rings_find(&m->rings, f->query->targets[i]));
}

static void
find_rows(const struct memory *m, struct found *f)
{
	if (f->query->target_count > 0)
		find_in_targets(m, f);
	else
		find_in(f, rings_find(&m->rings, f->query->target));
}

static void (*const finders[])(const struct memory *m, struct found *f) = {
	[STORE_ROWS] = find_rows,
	[STORE_TARGETS] = find_targets,
	[STORE_SEARCH] = find_in_targets,
};

static int
by_number(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static struct store_asked *
ask(struct store *s, const struct store_query *q, store_answer *done, void *arg)
{
	struct found f = { .query = q };
	size_t count, from;

	finders[q->what](memory_of(s), &f);
	if (f.count > 1)
		qsort(f.rows, f.count, sizeof(struct record), by_number);
	count = f.count < q->limit ? f.count : q->limit;
	from = q->newest ? f.count - count : 0;
	if (f.short_memory)
		done(arg, NULL, 0, "the server's memory is short");
	else
		done(arg, count > 0 ? f.rows + from : NULL, count, NULL);
	free(f.rows);
	return NULL;
}

/* ---- the store ------------------------------------------------------------------------------- */

static int
no_fd(const struct store *s)
{
	(void)s;
	return -1;
}

static void
deliver_nothing(struct store *s)
{
	(void)s;
}

static const struct store_way memory_way = {
	.close = close_memory,
	.set_retention = set_retention,
	.last_number = last_number,
	.state_each = state_each,
	.ids_each = ids_each,
	.append = append,
	.put = put,
	.erase = erase,
	.rename = rename_target,
	.commit = commit,
	.fd = no_fd,
	.deliver = deliver_nothing,
	.ask = ask,
};

struct store *
memory_open(const struct store_config *c, struct err *e)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m == NULL || !rings_init(&m->rings) || (m->state = table_new()) == NULL) {
		err_errno(e, "preparing the store");
		if (m != NULL)
			close_memory(&m->store);
		return NULL;
	}
	m->store.way = &memory_way;
	m->store.level = c->durability;
	m->gathering = 1;
	set_retention(&m->store, &c->retention);
	return &m->store;
}
