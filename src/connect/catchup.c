/* What was said while we were not there. */
#include "connect/catchup.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "connect/session.h"
#include "held.h"
#include "irc/names.h"

enum { DAY = 24 * 60 * 60 * 1000 };

void
catchup_init(struct catchup *h)
{
	h->end = &h->first;
	h->held_end = &h->held;
}

static void
forget_fills(struct catchup *h)
{
	while (h->first != NULL) {
		struct fill *f = h->first;
		h->first = f->next;
		free(f);
	}
	h->end = &h->first;
	h->fill_count = 0;
	held_drop(h);
}

void
catchup_free(struct catchup *h)
{
	forget_fills(h);
	positions_free(&h->positions);
}

static bool
can_ask(const struct session *s)
{
	return session_has(s, CAP_CHATHISTORY) && session_has(s, CAP_BATCH);
}

bool
catchup_behind(const struct session *s)
{
	return s->catchup.first != NULL || s->catchup.people;
}

static struct fill *
find_fill(const struct session *s, struct str target)
{
	for (struct fill *f = s->catchup.first; f != NULL; f = f->next)
		if (f->kind != FILL_TARGETS && name_eq(str_from(f->target), target))
			return f;
	return NULL;
}

/* ---- questions ------------------------------------------------------------------------------- */

static void
ask_after(struct session *s, const struct fill *f, unsigned limit)
{
	char when[CLOCK_ISO_SIZE];

	clock_iso(f->time - 1, when); /* others may have spoken in that same millisecond */
	session_send(s, "CHATHISTORY AFTER %s %s=%s %u", f->target,
	    f->id[0] ? "msgid" : "timestamp", f->id[0] ? f->id : when, limit);
}

static void
ask_targets(struct session *s, const struct fill *f, unsigned limit)
{
	char from[CLOCK_ISO_SIZE], to[CLOCK_ISO_SIZE];

	clock_iso(f->time - 1, from);
	clock_iso(clock_wall() + DAY, to); /* the server's clock may be ahead of ours */
	session_send(s, "CHATHISTORY TARGETS timestamp=%s timestamp=%s %u", from, to, limit);
}

/* The first gap's next question, unless one is on its way. */
static void
ask(struct session *s)
{
	struct catchup *h = &s->catchup;
	struct fill *f = h->first;
	unsigned limit = h->limit > 0 && h->limit < CATCHUP_PAGE ? h->limit : CATCHUP_PAGE;

	if (f == NULL || f->token != 0)
		return;
	if (f->kind == FILL_LATEST && f->dropped)
		f->kind = FILL_AFTER; /* more than the last lines are wanted now */
	f->moved = f->failed = f->dropped = false;
	if (f->kind == FILL_TARGETS)
		ask_targets(s, f, limit);
	else if (f->kind == FILL_AFTER)
		ask_after(s, f, limit);
	else
		session_send(
		    s, "CHATHISTORY LATEST %s * %u", f->target, h->past < limit ? h->past : limit);
	f->token = ++s->sequence;
	session_send(s, "PING :h%llu", (unsigned long long)f->token);
}

static void
add_fill(struct session *s, enum fill_kind kind, struct str target, struct str id, int64_t time)
{
	struct catchup *h = &s->catchup;
	struct fill *f = h->fill_count < CATCHUP_FILLS ? calloc(1, sizeof(*f)) : NULL;

	if (f == NULL)
		return; /* it is not behind then, and goes on with what is said now */
	h->fill_count++;
	f->kind = kind;
	f->time = time;
	str_copy(f->target, sizeof(f->target), target);
	str_copy(f->id, sizeof(f->id), id);
	*h->end = f;
	h->end = &f->next;
	ask(s);
}

static void
fill_after(struct session *s, struct str target)
{
	const struct position *at = positions_find(&s->catchup.positions, target);

	if (find_fill(s, target) != NULL)
		return;
	if (at != NULL)
		add_fill(s, FILL_AFTER, target, str_from(at->id), at->time);
	else if (s->catchup.positions.since > 0)
		add_fill(s, FILL_AFTER, target, STR(""), s->catchup.positions.since);
}

/* ---- what is said, in order ------------------------------------------------------------------ */

/* The channel or person that it is said to or by; empty when it concerns no conversation. */
static struct str
conversation(const struct session *s, const struct news *n)
{
	struct str to = n->to;

	if (n->kind > NEWS_MODE || n->server)
		return STR("");
	if (to.len > 1 && strchr(s->prefixes, to.p[0]) != NULL &&
	    session_is_channel(s, str_from_byte(to, 1)))
		to = str_from_byte(to, 1); /* "@#channel": to its operators */
	if (session_is_channel(s, to))
		return to;
	if (n->kind > NEWS_NOTICE)
		return STR("");
	return n->own ? to : n->from;
}

static bool
is_behind(const struct session *s, struct str target)
{
	if (!catchup_behind(s))
		return false;
	return (s->catchup.people && !session_is_channel(s, target)) ||
	       find_fill(s, target) != NULL;
}

/* True: it was seen before. */
static bool
seen(struct session *s, struct str target, const struct news *n)
{
	struct positions *p = &s->catchup.positions;
	bool again = n->kind <= NEWS_NOTICE && positions_seen(p, target, n->id);

	if (n->kind <= NEWS_NOTICE && (n->id.len > 0 || n->timed) && !s->leaving && !again)
		positions_move(p, target, session_is_channel(s, target), n->id, n->time);
	return again;
}

/* A line of ours that waits to be sent again turns out to have arrived: its acknowledgement shows
 * it. */
static bool
is_pending(struct session *s, const struct news *n)
{
	struct outbox *o = &s->outbox;

	if (!n->own && !name_eq(n->from, str_from(s->wanted)))
		return false;
	for (size_t i = 0; i < o->flight_count; i++) {
		struct piece *p = &o->flight[i];
		if (p->echoed || !str_eq(piece_text(p), n->text) ||
		    !name_eq(str_from(p->line->target), n->to))
			continue;
		p->echoed = true;
		return true;
	}
	return false;
}

/* A line of a page, whatever it says, is where the next page begins. */
void
catchup_begin_line(struct session *s)
{
	struct fill *f = s->catchup.first;
	struct str id = s->id.len < sizeof(f->id) ? s->id : STR("");

	if (s->batch != CATCHUP_A_PAGE || f == NULL || (!s->timed && id.len == 0) ||
	    (str_eq(str_from(f->id), id) && f->time == s->time))
		return;
	str_copy(f->id, sizeof(f->id), id);
	f->time = s->time;
	f->moved = true;
}

/* Private messages come in order, too: those before this line were told. */
void
catchup_end_line(struct session *s)
{
	struct catchup *h = &s->catchup;

	if (!s->timed || s->leaving || s->time <= h->positions.since || h->people)
		return;
	for (const struct fill *f = h->first; f != NULL; f = f->next)
		if (!session_is_channel(s, str_from(f->target)))
			return;
	h->positions.since = s->time;
	h->positions.changed = true;
}

bool
catchup_take(struct session *s, const struct news *n)
{
	struct str target = conversation(s, n);

	if (target.len == 0)
		return false;
	if (s->batch == CATCHUP_A_PAGE)
		return seen(s, target, n) || is_pending(s, n);
	if (s->batch == CATCHUP_PLAYBACK)
		return is_behind(s, target) ? positions_seen(&s->catchup.positions, target, n->id)
					    : seen(s, target, n);
	if (!is_behind(s, target)) {
		seen(s, target, n);
		return false;
	}
	held_add(s, target, n);
	return true;
}

void
catchup_echo(struct session *s, const struct news *n)
{
	struct str target = conversation(s, n);

	if (target.len == 0)
		return;
	if (is_behind(s, target))
		positions_seen(&s->catchup.positions, target, n->id);
	else
		seen(s, target, n);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* What was held follows, where nothing is missing any more. */
static void
release(struct session *s)
{
	struct catchup *h = &s->catchup;
	struct held **at = &h->held;

	while (*at != NULL) {
		struct held *x = *at;
		if (is_behind(s, x->target)) {
			at = &x->next;
			continue;
		}
		held_take(h, at);
		if (!seen(s, x->target, &x->news))
			s->handler->news(s->owner, &x->news);
		free(x);
	}
}

static void
finish(struct session *s)
{
	struct catchup *h = &s->catchup;
	struct fill *f = h->first;

	h->first = f->next;
	if (h->first == NULL)
		h->end = &h->first;
	if (f->kind == FILL_TARGETS)
		h->people = false;
	free(f);
	h->fill_count--;
	release(s);
	ask(s);
	if (catchup_behind(s))
		return;
	if (s->handler->caught_up != NULL)
		s->handler->caught_up(s->owner);
	session_pump(s);
}

static void
tell_refusal(struct session *s, const struct fill *f)
{
	struct news n = { .kind = NEWS_ERROR, .time = s->time, .server = true };
	char text[CATCHUP_WHY_MOST + 64];
	struct buf out = BUF_INIT(sizeof(text));

	buf_printf(&out, "what was said meanwhile is not to be had: %s", f->why);
	n.to = str_from(f->target);
	n.text = buf_str(&out);
	session_tell(s, &n);
	buf_free(&out);
}

void
catchup_answered(struct session *s, uint64_t token)
{
	struct fill *f = s->catchup.first;

	if (f == NULL || f->token != token)
		return;
	f->token = 0;
	if (f->failed && f->kind == FILL_AFTER && f->id[0] != '\0') {
		f->id[0] = '\0'; /* that message is not known there any more */
		ask(s);
	} else if (f->kind != FILL_LATEST && f->moved && !f->failed) {
		ask(s);
	} else if (f->dropped && !f->failed) {
		f->kind = f->kind == FILL_LATEST ? FILL_AFTER : f->kind;
		ask(s);
	} else {
		if (f->failed && f->kind != FILL_TARGETS)
			tell_refusal(s, f);
		finish(s);
	}
}

bool
catchup_refused(struct session *s, struct str why)
{
	struct fill *f = s->catchup.first;

	if (f == NULL || f->token == 0)
		return false;
	f->failed = true;
	str_copy(f->why, sizeof(f->why), why);
	return true;
}

void
catchup_listed(struct session *s, struct str target, struct str when)
{
	struct fill *f = s->catchup.first;
	const struct position *at = positions_find(&s->catchup.positions, target);
	int64_t time;

	if (s->batch != CATCHUP_A_LIST || !session_parse_time(when, &time))
		return;
	if (time > f->time) {
		f->time = time;
		f->moved = true;
	}
	if (!session_is_channel(s, target) && (at == NULL || at->time <= time))
		fill_after(s, target);
}

uint64_t
catchup_question(const struct session *s)
{
	return s->catchup.first != NULL ? s->catchup.first->token : 0;
}

enum catchup_batch
catchup_batch(const struct session *s, struct str type, struct str target)
{
	const struct fill *f = s->catchup.first;
	bool asked = f != NULL && f->token != 0;

	if (asked && f->kind == FILL_TARGETS)
		return str_ends(type, STR("chathistory-targets")) ? CATCHUP_A_LIST : CATCHUP_NONE;
	if (!str_ends(type, STR("chathistory")))
		return CATCHUP_NONE;
	return asked && name_eq(str_from(f->target), target) ? CATCHUP_A_PAGE : CATCHUP_PLAYBACK;
}

/* ---- a connection ---------------------------------------------------------------------------- */

void
catchup_open(struct session *s)
{
	s->catchup.limit = 0;
	s->catchup.people = s->catchup.positions.since > 0;
}

void
catchup_closed(struct session *s)
{
	forget_fills(&s->catchup);
}

void
catchup_joined(struct session *s, struct str channel)
{
	struct catchup *h = &s->catchup;
	bool known = positions_find(&h->positions, channel) != NULL;

	if (!known && s->timed)
		positions_move(&h->positions, channel, true, STR(""), s->time);
	if (!can_ask(s) || find_fill(s, channel) != NULL)
		return;
	if (known)
		fill_after(s, channel);
	else if (h->past > 0)
		add_fill(s, FILL_LATEST, channel, STR(""), s->time);
}

void
catchup_left(struct session *s, struct str channel)
{
	if (!s->catchup.resume)
		positions_forget(&s->catchup.positions, channel);
}

void
catchup_ready(struct session *s)
{
	struct catchup *h = &s->catchup;

	if (h->people && can_ask(s)) {
		add_fill(s, FILL_TARGETS, STR("*"), STR(""), h->positions.since);
	} else if (h->people) {
		h->people = false;
		release(s);
	}
}
