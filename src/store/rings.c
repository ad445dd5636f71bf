/* Rows in memory, by target and by age. */
#include "rings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

bool
rings_init(struct rings *all)
{
	*all = (struct rings){ .by_target = table_new() };
	return all->by_target != NULL;
}

static void
ring_free(struct ring *r)
{
	free(r->rows);
	free(r->target);
	free(r);
}

struct row *
kept_row(const struct kept *k)
{
	return (struct row *)(void *)((char *)(uintptr_t)k + sizeof(*k));
}

void
rings_free(struct rings *all)
{
	struct kept *k, *newer;
	struct table_walk w;
	struct ring *r;

	for (k = all->oldest; k != NULL; k = newer) {
		newer = k->newer;
		free(k);
	}
	if (all->by_target == NULL)
		return;
	w = table_walk(all->by_target);
	while ((r = table_next(&w)) != NULL)
		ring_free(r);
	table_free(all->by_target);
}

struct ring *
rings_find(const struct rings *all, struct str target)
{
	return table_get(all->by_target, target);
}

struct kept *
ring_at(const struct ring *r, size_t i)
{
	return r->rows[r->first + i];
}

size_t
ring_above(const struct ring *r, uint64_t after)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (kept_row(ring_at(r, middle))->number > after)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct ring *
ring_new(struct rings *all, struct str target)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->target = str_dup(target);
	r->target_len = target.len;
	if (r->target != NULL &&
	    table_put(all->by_target, (struct str){ r->target, target.len }, r))
		return r;
	ring_free(r);
	return NULL;
}

static void
ring_end(struct rings *all, struct ring *r)
{
	table_take(all->by_target, (struct str){ r->target, r->target_len });
	ring_free(r);
}

/* Room for one more at the end: what was dropped at the front is used first. */
static bool
ring_make_room(struct ring *r)
{
	size_t cap = r->cap ? r->cap * 2 : 4;
	struct kept **grown;

	if (r->first + r->count < r->cap)
		return true;
	if (r->first > r->cap / 2) {
		memmove(r->rows, r->rows + r->first, r->count * sizeof(struct kept *));
		r->first = 0;
		return true;
	}
	grown = realloc(r->rows, cap * sizeof(struct kept *));
	if (grown == NULL)
		return false;
	r->rows = grown;
	r->cap = cap;
	return true;
}

static void
ring_insert(struct ring *r, struct kept *k)
{
	uint64_t number = kept_row(k)->number;
	bool last = r->count == 0 || kept_row(ring_at(r, r->count - 1))->number < number;
	size_t place = last ? r->count : ring_above(r, number), behind = r->count - place;
	struct kept **at = r->rows + r->first + place;

	memmove(at + 1, at, behind * sizeof(struct kept *));
	*at = k;
	r->count++;
	k->ring = r;
}

static void
ring_remove(struct ring *r, struct kept *k)
{
	size_t place = 0; /* mostly: the oldest goes */
	struct kept **at;

	if (ring_at(r, 0) != k)
		place = ring_above(r, kept_row(k)->number) - 1;
	while (ring_at(r, place) != k) {
		assert(place > 0);
		place--;
	}
	at = r->rows + r->first + place;
	if (place == 0)
		r->first++;
	else
		memmove(at, at + 1, (r->count - place - 1) * sizeof(struct kept *));
	r->count--;
}

static size_t
bytes_of(const struct kept *k)
{
	return sizeof(*k) + sizeof(k) + kept_row(k)->size;
}

/* Rows come in the order of their numbers, nearly always. */
static void
list_insert(struct rings *all, struct kept *k)
{
	struct kept *older = all->newest;

	while (older != NULL && kept_row(older)->number > kept_row(k)->number)
		older = older->older;
	k->older = older;
	k->newer = older ? older->newer : all->oldest;
	*(k->older ? &k->older->newer : &all->oldest) = k;
	*(k->newer ? &k->newer->older : &all->newest) = k;
	all->count++;
	all->bytes += bytes_of(k);
}

struct kept *
rings_add(struct rings *all, const struct record *r)
{
	struct ring *ring = rings_find(all, r->target);
	size_t size = row_size(r);
	struct kept *k;

	if (ring == NULL && (ring = ring_new(all, r->target)) == NULL)
		return NULL;
	k = ring_make_room(ring) ? malloc(sizeof(*k) + size) : NULL;
	if (k == NULL) {
		if (ring->count == 0)
			ring_end(all, ring);
		return NULL;
	}
	row_pack(kept_row(k), size, r);
	ring_insert(ring, k);
	list_insert(all, k);
	return k;
}

void
rings_drop(struct rings *all, struct kept *k)
{
	*(k->older ? &k->older->newer : &all->oldest) = k->newer;
	*(k->newer ? &k->newer->older : &all->newest) = k->older;
	all->count--;
	all->bytes -= bytes_of(k);
	ring_remove(k->ring, k);
	if (k->ring->count == 0)
		ring_end(all, k->ring);
	free(k);
}

void
rings_drop_number(struct rings *all, uint64_t number)
{
	struct table_walk w = table_walk(all->by_target);
	struct ring *r;

	while ((r = table_next(&w)) != NULL) {
		size_t place = ring_above(r, number);
		if (place > 0 && kept_row(ring_at(r, place - 1))->number == number) {
			rings_drop(all, ring_at(r, place - 1));
			return;
		}
	}
}

void
kept_view(const struct kept *k, struct record *r)
{
	row_view(kept_row(k), r);
	r->target = (struct str){ k->ring->target, k->ring->target_len };
}

/* A ring gets another name, which no other has. */
static bool
ring_rename(struct rings *all, struct ring *r, struct str name)
{
	char *copy = str_dup(name);

	if (copy == NULL || !table_put(all->by_target, (struct str){ copy, name.len }, r)) {
		free(copy);
		return false;
	}
	table_take(all->by_target, (struct str){ r->target, r->target_len });
	free(r->target);
	r->target = copy;
	r->target_len = name.len;
	return true;
}

bool
rings_rename(struct rings *all, struct str from, struct str to, uint64_t number)
{
	struct ring *old = rings_find(all, from), *there = rings_find(all, to);
	char aside[STORE_TARGET_MOST + 24]; /* no channel has a space in its name */
	int n = snprintf(
	    aside, sizeof(aside), STR_FMT " %llu", STR_ARG(to), (unsigned long long)number);

	if (there != NULL && !ring_rename(all, there, (struct str){ aside, (size_t)n }))
		return false;
	return old == NULL || ring_rename(all, old, to);
}
