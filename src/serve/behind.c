/* Readers that have fallen behind: what they miss, and from where on they are live again. */
#include "serve/behind.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "behind.h"
#include "irc/names.h"
#include "serve/audience.h"
#include "serve/keep.h"
#include "serve/metadata.h"
#include "serve/reply.h"

/* Room for one more in an array of this kind of elements; false: no memory. */
static bool
make_room(void **array, size_t size, size_t count, size_t *cap)
{
	size_t more = *cap ? *cap * 2 : 4;
	void *grown;

	if (*array != NULL && count < *cap)
		return true;
	grown = realloc(*array, more * size);
	if (grown == NULL)
		return false;
	*array = grown;
	*cap = more;
	return true;
}

/* ---- channels that were left ----------------------------------------------------------------- */

/* Lines of it may still be queued: all that is up to this byte of the connection's output. */
struct left_channel {
	struct left_channel *next;
	uint64_t until;
	size_t len;
	char folded[];
};

static void
forget_left(struct session *s, uint64_t written)
{
	struct left_channel **at = s->extra ? &s->extra->left : NULL, *l;
	unsigned kept = 0;

	if (at == NULL)
		return;
	while ((l = *at) != NULL) {
		if (l->until > written && ++kept < BEHIND_LEFT) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		free(l);
	}
}

static void
remember_left(struct session *s, const struct channel *c)
{
	size_t len = strlen(c->folded);
	struct session_extra *x = session_extra_make(s);
	struct left_channel *l = x ? malloc(sizeof(*l) + len) : NULL;

	if (l == NULL)
		return;
	forget_left(s, s->conn->bytes_written);
	*l = (struct left_channel){
		.next = x->left, .until = s->conn->bytes_written + conn_queued(s->conn), .len = len
	};
	memcpy(l->folded, c->folded, len);
	x->left = l;
}

/* ---- what is missed -------------------------------------------------------------------------- */

static bool
watch_add(struct behind *b, struct str folded, const struct watch *w)
{
	char *copy;

	if (!make_room((void **)&b->watches, sizeof(*w), b->watch_count, &b->watch_cap))
		return false;
	copy = str_dup(folded);
	if (copy == NULL)
		return false;
	b->watches[b->watch_count] = *w;
	b->watches[b->watch_count].folded = (struct str){ copy, folded.len };
	b->watch_count++;
	return true;
}

static struct watch *
watch_open(struct behind *b, const struct channel *c)
{
	for (size_t i = 0; i < b->watch_count; i++)
		if (b->watches[i].upto == UINT64_MAX &&
		    str_eq(b->watches[i].folded, str_from(c->folded)))
			return &b->watches[i];
	return NULL;
}

/* Of its messages so many are to be shown. */
static void
watch_close(struct behind *b, struct watch *w, const struct channel *c)
{
	w->upto = hub_last_number(b->session->server->hub);
	b->owed += (int64_t)(c->said - w->said);
}

static bool
watch_channels(struct behind *b)
{
	const struct user *u = b->session->user;
	struct watch w = { .from = b->tail, .upto = UINT64_MAX };

	for (uint32_t i = 0; i < u->membership_count; i++) {
		const struct channel *c = u->memberships[i]->channel;
		w.said = c->said;
		if (!watch_add(b, str_from(c->folded), &w))
			return false;
	}
	w.upto = b->tail;
	forget_left(b->session, b->session->conn->bytes_written);
	for (const struct left_channel *l = session_extra(b->session)->left; l != NULL; l = l->next)
		if (!watch_add(b, (struct str){ l->folded, l->len }, &w))
			return false;
	return true;
}

bool
behind_away(const struct session *s)
{
	return session_extra(s)->behind != NULL && session_extra(s)->behind->away;
}

bool
behind_joins(struct session *s, const struct channel *c)
{
	struct watch w = {
		.from = hub_last_number(s->server->hub) - 1, .upto = UINT64_MAX, .said = c->said
	};

	return watch_open(session_extra(s)->behind, c) != NULL ||
	       watch_add(session_extra(s)->behind, str_from(c->folded), &w);
}

void
behind_leaves(struct session *s, const struct channel *c)
{
	struct watch *w = behind_away(s) ? watch_open(session_extra(s)->behind, c) : NULL;

	if (w != NULL)
		watch_close(session_extra(s)->behind, w, c);
	else if (!behind_away(s))
		remember_left(s, c);
}

/* ---- gaps ------------------------------------------------------------------------------------ */

static struct gap *
last_gap(struct behind *b)
{
	return &b->gaps[b->gap_first + b->gap_count - 1];
}

static struct gap *
gap_add(struct behind *b, uint32_t place, uint64_t after, uint64_t upto)
{
	if (b->gap_first > 0) {
		memmove(b->gaps, b->gaps + b->gap_first, b->gap_count * sizeof(*b->gaps));
		b->gap_first = 0;
	}
	if (!make_room((void **)&b->gaps, sizeof(*b->gaps), b->gap_count, &b->gap_cap))
		return NULL;
	b->gaps[b->gap_count++] = (struct gap){ place, after, upto };
	return last_gap(b);
}

/* A gap at the end of the queue for all that has happened since the last. False: no memory. */
static bool
gap_at_end(struct behind *b)
{
	uint64_t now = hub_last_number(b->session->server->hub);
	uint32_t place;

	if (b->gap_count >= BEHIND_GAPS) {
		last_gap(b)->upto = now;
	} else {
		place = conn_place(b->session->conn);
		if (place == 0 || gap_add(b, place, b->tail, now) == NULL)
			return false;
	}
	b->tail = now;
	return true;
}

void
behind_private(struct session *s)
{
	if (session_extra(s)->behind->tail != hub_last_number(s->server->hub) &&
	    !gap_at_end(session_extra(s)->behind))
		conn_break(s->conn);
}

/* ---- falling behind -------------------------------------------------------------------------- */

static void
on_stays(void *arg, const struct chunk_mark *m)
{
	((struct behind *)arg)->stays = m->number;
}

static uint32_t
on_place(void *arg)
{
	struct behind *b = arg;
	struct gap *g;

	if (b->gap_count >= BEHIND_GAPS)
		return 0;
	g = gap_add(b, conn_place_number(b->session->conn), UINT64_MAX, 0);
	return g ? g->place : 0;
}

/* Rows of the event are shown when a gap is filled, all but what stays in the queue. */
static bool
on_taken(void *arg, const struct chunk_mark *m)
{
	struct behind *b = arg;
	uint64_t first = m->number > b->stays ? m->number : b->stays + 1;
	uint64_t last = m->number + m->more;
	struct span *s = b->span_count > 0 ? &b->spans[b->span_count - 1] : NULL;
	struct gap *g;

	if (b->gap_count == 0)
		return false; /* it could not be made: no memory */
	if (b->summed == 0 || b->summed >= m->number)
		b->summed = m->number - 1;
	if (first > last)
		return true;
	g = last_gap(b);
	if (g->after == UINT64_MAX)
		g->after = first - 1;
	g->upto = last;
	b->owed += m->counts;
	if (s != NULL && first <= s->last + 1) {
		s->last = last > s->last ? last : s->last;
		return true;
	}
	if (!make_room((void **)&b->spans, sizeof(*s), b->span_count, &b->span_cap))
		return false;
	b->spans[b->span_count++] = (struct span){ first, last };
	return true;
}

static struct behind *
behind_of(struct session *s)
{
	struct session_extra *x = session_extra_make(s);

	if (x == NULL || x->behind != NULL)
		return x ? x->behind : NULL;
	x->behind = calloc(1, sizeof(*x->behind));
	if (x->behind == NULL)
		return NULL;
	x->behind->session = s;
	s->server->behind_count++;
	x->behind->began = clock_monotonic();
	x->behind->rows = BEHIND_ROWS_FIRST;
	return x->behind;
}

static size_t
queue_most(const struct session *s, const struct behind *b)
{
	return s->server->limits.send_queue + b->page;
}

/* What is shared is taken out of the queue; false: that does not help. */
static bool
fall_behind(struct session *s, struct behind *b)
{
	struct outq_shedding to = { on_stays, on_place, on_taken, b };

	b->stays = 0;
	if (!conn_shed(s->conn, &to))
		return false;
	b->tail = hub_last_number(s->server->hub);
	if (b->summed == 0)
		b->summed = b->tail;
	if (!watch_channels(b) || conn_queued(s->conn) > queue_most(s, b))
		return false;
	audience_leave_all(s);
	b->away = true;
	b->near = false;
	session_hold(s);
	conn_want_drained(s->conn);
	log_info(
	    "behind", LOG_STR("nick", session_nick(s)), LOG_INT("queued", conn_queued(s->conn)));
	return true;
}

bool
behind_overfull(struct conn *c)
{
	struct session *s = c->owner;
	struct behind *b;

	if (s->user == NULL || s->closing)
		return false;
	b = behind_of(s);
	if (b == NULL)
		return false;
	if (conn_queued(c) <= queue_most(s, b))
		return true;
	return !b->away && fall_behind(s, b);
}

/* ---- live again ------------------------------------------------------------------------------ */

static void
finish(struct session *s)
{
	struct behind *b = session_extra(s)->behind;

	log_info("caught-up", LOG_STR("nick", session_nick(s)), LOG_INT("rows", b->shown),
	    LOG_INT("missing", b->owed > 0 ? b->owed : 0),
	    LOG_INT("ms", clock_monotonic() - b->began));
	if (b->owed > 0)
		reply_notice(s,
		    "%lld messages are missing: you were reading too slowly, and they are no "
		    "longer kept",
		    (long long)b->owed);
	behind_forget(s);
	metadata_caught_up(s);
}

/* All up to b->tail, the last that has happened, is queued or has its gap. */
static void
be_live(struct session *s)
{
	struct behind *b = session_extra(s)->behind;
	const struct user *u = s->user;

	for (uint32_t i = 0; i < u->membership_count; i++) {
		struct watch *w = watch_open(b, u->memberships[i]->channel);
		if (w != NULL)
			watch_close(b, w, u->memberships[i]->channel);
	}
	b->away = false;
	for (uint32_t i = 0; i < u->membership_count; i++)
		if (!audience_join(s, u->memberships[i]->channel))
			conn_break(s->conn);
	s->input_at = clock_monotonic();
	s->ping_sent = false;
	session_release(s);
	session_schedule(s);
}

/* What has no rows is told as it is by now. False: there is more, once that has been taken. */
static bool
sum_up(struct session *s)
{
	struct behind *b = session_extra(s)->behind;

	return changes_tell(s, &b->summed, &b->page);
}

void
behind_drained(struct session *s)
{
	struct behind *b = session_extra(s)->behind;

	if (!behind_away(s) || b->gap_count > 0)
		return;
	b->page = 0;
	if (b->tail == hub_last_number(s->server->hub)) {
		if (sum_up(s)) {
			be_live(s);
			finish(s);
		} else {
			conn_want_drained(s->conn);
		}
		return;
	}
	if (!gap_at_end(b)) {
		conn_break(s->conn);
		return;
	}
	if (b->near && sum_up(s))
		be_live(s);
	else
		conn_want_drained(s->conn);
	behind_reached(s->conn, last_gap(b)->place);
}

void
behind_gap_filled(struct session *s)
{
	struct behind *b = session_extra(s)->behind;
	uint32_t place = b->gaps[b->gap_first].place;

	b->near = b->pages <= BEHIND_NEAR;
	b->pages = 0;
	b->row_told = false; /* what the next one tells of is another event */
	b->gap_first++;
	b->gap_count--;
	conn_close_place(s->conn, place);
	if (b->gap_count == 0 && !b->away)
		finish(s);
}

/* ---- the rest of its life -------------------------------------------------------------------- */

bool
behind_took(struct session *s)
{
	struct behind *b = session_extra(s)->behind;
	size_t untaken;
	bool took;

	if (b == NULL)
		return false;
	/* The kernel takes more only when much of its buffer is free: minutes on a slow line. */
	untaken = conn_untaken(s->conn);
	took = s->conn->bytes_written != b->written || untaken < b->untaken;
	b->written = s->conn->bytes_written;
	b->untaken = untaken;
	return took;
}

bool
behind_taken(const struct behind *b, uint64_t number)
{
	size_t from = 0, to = b->span_count;

	while (from < to) { /* the first that ends at the number or later */
		size_t middle = from + (to - from) / 2;
		if (b->spans[middle].last < number)
			from = middle + 1;
		else
			to = middle;
	}
	return from < b->span_count && b->spans[from].first <= number;
}

bool
behind_watched(const struct behind *b, struct str folded, uint64_t number)
{
	for (size_t i = 0; i < b->watch_count; i++) {
		const struct watch *w = &b->watches[i];
		if (number > w->from && number <= w->upto && str_eq(w->folded, folded))
			return true;
	}
	return false;
}

uint64_t
behind_told(const struct session *s, uint64_t number)
{
	const struct behind *b = session_extra(s)->behind;
	uint64_t told = number;

	if (b != NULL && b->gap_count > 0)
		told = b->gaps[b->gap_first].after;
	else if (b != NULL && b->away)
		told = b->tail;
	return told < number ? told : number;
}

void
behind_withdrawn(struct server *sv, struct str target, uint64_t number)
{
	char folded[STORE_TARGET_MOST];
	struct str name = name_fold(str_first(target, sizeof(folded)), folded);

	if (sv->behind_count == 0)
		return;
	for (struct session *s = sv->sessions; s != NULL; s = s->next)
		if (number > behind_told(s, number) &&
		    (behind_taken(session_extra(s)->behind, number) ||
			behind_watched(session_extra(s)->behind, name, number)))
			session_extra(s)->behind->owed--;
}

static bool
rename_left(struct session *s, struct str old, struct str name)
{
	struct left_channel **at = &s->extra->left, *l;

	for (; (l = *at) != NULL; at = &l->next) {
		if (!str_eq((struct str){ l->folded, l->len }, old))
			continue;
		l = malloc(sizeof(*l) + name.len);
		if (l == NULL)
			return false;
		*l = (struct left_channel){ (*at)->next, (*at)->until, name.len };
		memcpy(l->folded, name.p, name.len);
		free(*at);
		*at = l;
	}
	return true;
}

/* The store may be asked by the old name, and come to it when that has no rows any more. */
static void
ask_again(struct behind *b)
{
	if (!b->asking)
		return;
	store_forget(b->asked);
	b->asked = NULL;
	b->asking = false;
	b->retry_at = clock_monotonic();
	session_schedule(b->session);
}

bool
behind_rename(struct session *s, struct str old, struct str name)
{
	struct behind *b = session_extra(s)->behind;

	if (s->extra == NULL || str_eq(old, name))
		return true;
	for (size_t i = 0; b != NULL && i < b->watch_count; i++) {
		struct watch *w = &b->watches[i];
		char *copy;
		if (!str_eq(w->folded, old))
			continue;
		if ((copy = str_dup(name)) == NULL)
			return false;
		free((char *)w->folded.p);
		w->folded = (struct str){ copy, name.len };
		ask_again(b);
	}
	return rename_left(s, old, name);
}

void
behind_forget(struct session *s)
{
	struct behind *b = session_extra(s)->behind;

	if (b != NULL)
		s->extra->behind = NULL;
	forget_left(s, UINT64_MAX);
	if (b == NULL)
		return;
	s->server->behind_count--;
	store_forget(b->asked);
	for (size_t i = 0; i < b->watch_count; i++)
		free((char *)b->watches[i].folded.p);
	free(b->watches);
	free(b->spans);
	free(b->gaps);
	free(b);
}
