/* Rows as lines: an event with stand-ins for those it was about, rendered like any other. */
#include "serve/playback.h"

#include <stdio.h>

#include "base/clock.h"
#include "hub/channel.h"
#include "irc/multiline.h"
#include "irc/names.h"
#include "serve/render.h"

enum {
	STAND_IN_ROOM = 2048, /* bytes of all names of one row */
	STAMP_ROOM = 24,
};

/* The event that a row tells of. Those who took part may be gone, or be called otherwise. */
struct stand_in {
	struct event ev;
	struct user source, other;
	struct channel channel;
	char names[STAND_IN_ROOM];
	size_t used;
};

static char *
keep_name(struct stand_in *in, struct str text)
{
	char *at = in->names + in->used;
	size_t n = str_copy(at, sizeof(in->names) - in->used, text);

	if (in->used + n + 1 < sizeof(in->names))
		in->used += n + 1;
	return at;
}

static void
be_called(struct stand_in *in, struct user *u, struct str nick)
{
	nick = str_first(nick, UINT8_MAX);
	u->nick = keep_name(in, nick);
	u->nick_length = (uint8_t)nick.len;
}

/* nick!user@host */
static void
stand_in_source(struct stand_in *in, const struct record *r)
{
	struct str source = r->source, nick = str_cut(&source, '!');

	if (nick.len == 0)
		return; /* the server itself */
	be_called(in, &in->source, nick);
	in->source.name = keep_name(in, str_cut(&source, '@'));
	in->source.host = keep_name(in, source);
	in->source.real = keep_name(in, r->kind == EVENT_JOIN ? r->text : (struct str){ 0 });
	if (r->account.len > 0)
		in->source.account = keep_name(in, r->account);
	in->ev.actor = &in->source;
	in->ev.old_nick = user_nick(&in->source);
}

static void
stand_in_target(struct stand_in *in, const struct record *r)
{
	if (channel_looks(r->shown)) {
		in->channel.name = keep_name(in, r->shown);
		in->ev.channel = &in->channel;
	} else {
		be_called(in, &in->other, r->shown);
		in->ev.user = &in->other;
	}
}

static void
stand_in_begin(struct stand_in *in, const struct record *r)
{
	*in = (struct stand_in){ .ev = { .kind = r->kind,
				     .number = r->number,
				     .time = event_time(r->number),
				     .text = r->text,
				     .tags = r->tags,
				     .object = r->object,
				     .status = r->status } };
	stand_in_source(in, r);
	stand_in_target(in, r);
	if (r->kind == EVENT_QUIT)
		in->ev.user = in->ev.actor;
	if (r->kind == EVENT_NICK)
		in->ev.target = r->object;
	if (r->kind == EVENT_KICK) {
		be_called(in, &in->other, r->object);
		in->ev.user = &in->other;
	}
}

/* Whether the row has all that its kind's line tells of: a file may have been tampered with. */
static bool
complete(const struct stand_in *in)
{
	const struct event *ev = &in->ev;
	bool message = ev->kind == EVENT_MESSAGE || ev->kind == EVENT_NOTICE ||
		       ev->kind == EVENT_TAGMSG || ev->kind == EVENT_REDACT;

	if (message)
		return ev->actor != NULL;
	if (ev->kind == EVENT_MODE || ev->kind == EVENT_TOPIC || ev->kind == EVENT_KICK)
		return ev->channel != NULL;
	return ev->channel != NULL && ev->actor != NULL;
}

/* What was said before the channel got its name is told under that. */
static void
rename_stand_in(const struct session *s, struct stand_in *in, const struct record *r)
{
	const struct channel *c;

	if (!channel_looks(r->shown) || name_eq(r->shown, r->target))
		return;
	c = hub_channel(s->server->hub, r->target);
	if (c != NULL)
		in->channel.name = c->name;
}

uint64_t
playback_kinds(const struct session *s)
{
	uint64_t kinds = PLAYBACK_MESSAGES;

	if ((s->caps & CAP_BIT(CAP_EVENT_PLAYBACK)) != 0)
		kinds |= PLAYBACK_EVENTS;
	if ((s->caps & CAP_BIT(CAP_REDACTION)) != 0)
		kinds |= PLAYBACK_KIND(EVENT_REDACT);
	return kinds;
}

/* ---- what was asked for ---------------------------------------------------------------------- */

void
playback_begin(struct playback *p, struct session *s)
{
	enum { LINES_MOST = 64 * 1024 * 1024 };

	*p = (struct playback){ .session = s,
		.batched = (s->caps & CAP_BIT(CAP_BATCH)) != 0,
		.lines = BUF_INIT(LINES_MOST),
		.starts = BUF_INIT(LINES_MOST) };
	if (p->batched)
		reply_batch_ref(s->server, p->ref);
}

void
playback_end(struct playback *p)
{
	buf_free(&p->lines);
	buf_free(&p->starts);
}

static struct str
batch_of(const struct playback *p)
{
	return str_from(p->batched ? p->ref : "");
}

static void
mark_start(struct playback *p)
{
	size_t start = p->lines.len;

	buf_add(&p->starts, &start, sizeof(start));
}

void
playback_add(struct playback *p, const struct record *r)
{
	const struct session *s = p->session;
	struct render_extra extra = { .batch = batch_of(p), .past = true };
	struct stand_in in;
	char *room;

	stand_in_begin(&in, r);
	rename_stand_in(s, &in, r);
	if (!complete(&in) || (room = buf_room(&p->lines, render_room(&in.ev))) == NULL)
		return;
	mark_start(p);
	p->lines.len += render_with(&s->server->names, &in.ev, LINE_EVENT, s->form, &extra, room);
}

void
playback_add_line(struct playback *p, struct str text)
{
	char tags[CLOCK_ISO_SIZE + 16];
	struct line l = { tags, tags, tags + sizeof(tags), false };

	mark_start(p);
	render_reply_tags(&l, p->session->caps);
	if (p->batched)
		buf_printf(&p->lines, "@batch=%s%c", p->ref, l.at > tags ? ';' : ' ');
	buf_add_str(&p->lines,
	    str_from_byte((struct str){ tags, (size_t)(l.at - tags) }, p->batched ? 1 : 0));
	buf_printf(&p->lines, ":%s " STR_FMT "\r\n", p->session->server->name, STR_ARG(text));
}

static size_t
start_of(const struct playback *p, size_t row)
{
	size_t at;

	memcpy(&at, p->starts.data + row * sizeof(at), sizeof(at));
	return at;
}

/* What one connection may be made to hold at once, but a row at least. */
static struct str
not_too_much(const struct playback *p, bool newest)
{
	size_t most = p->session->server->limits.send_queue / 2;
	size_t rows = p->starts.len / sizeof(size_t), i = 1;
	struct str all = buf_str(&p->lines);

	if (all.len <= most || rows < 2)
		return all;
	if (newest) {
		while (i + 1 < rows && all.len - start_of(p, i) > most)
			i++;
		return str_from_byte(all, start_of(p, i));
	}
	while (i + 1 < rows && start_of(p, i + 1) <= most)
		i++;
	return str_first(all, start_of(p, i));
}

void
playback_send(struct playback *p, struct str type, bool newest)
{
	struct str lines = not_too_much(p, newest), line;

	if (p->lines.truncated || p->starts.truncated) {
		conn_break(p->session->conn);
	} else if (p->batched) {
		reply_batch(p->session, str_from(p->ref), type, lines);
	} else {
		while (lines.len > 0) {
			line = str_first(lines, str_find(lines, '\n') + 1);
			reply_bytes(p->session, line);
			lines = str_from_byte(lines, line.len);
		}
	}
}

/* ---- what is told unasked -------------------------------------------------------------------- */

/* "[2026-11-21 07:30] " */
static struct str
stamp(int64_t time, char out[STAMP_ROOM])
{
	char iso[CLOCK_ISO_SIZE];
	int n;

	clock_iso(time, iso);
	n = snprintf(out, STAMP_ROOM, "[%.10s %.5s] ", iso, iso + 11);
	return (struct str){ out, (size_t)n };
}

/* A program would answer a request that it was told of again. */
static bool
is_request(struct str text)
{
	struct multiline w = multiline_walk(text);
	struct str line;

	while (multiline_next(&w, &line))
		if (str_starts(line, STR("\001")) && !str_starts(line, STR("\001ACTION ")))
			return true;
	return false;
}

static void
stamp_text(struct event *ev, struct buf *text)
{
	char room[STAMP_ROOM];
	struct str rest = ev->text;

	if (str_starts(rest, STR("\001ACTION "))) {
		buf_add_str(text, str_first(rest, 8));
		rest = str_from_byte(rest, 8);
	}
	buf_add_str(text, stamp(ev->time, room));
	buf_add_str(text, rest);
	if (!text->truncated)
		ev->text = buf_str(text);
}

static void
retell(struct session *s, const struct record *r, struct buf *text, struct buf *line)
{
	static const struct render_extra extra = { .past = true };
	struct stand_in in;
	char front[STAMP_ROOM], *room;

	stand_in_begin(&in, r);
	rename_stand_in(s, &in, r);
	if (!complete(&in) || is_request(r->text))
		return;
	if (s->dialect == DIALECT_PLAIN)
		buf_add_str(line, stamp(in.ev.time, front));
	else if ((s->caps & CAP_BIT(CAP_SERVER_TIME)) == 0)
		stamp_text(&in.ev, text);
	room = buf_room(line, render_room(&in.ev));
	if (room == NULL)
		return;
	line->len += render_with(&s->server->names, &in.ev, LINE_EVENT, s->form, &extra, room);
	reply_bytes(s, buf_str(line));
}

void
playback_retell(struct session *s, const struct record *rows, size_t count)
{
	struct buf text = BUF_INIT(CHUNK_MOST), line = BUF_INIT(CHUNK_MOST);

	for (size_t i = 0; i < count; i++) {
		buf_clear(&text);
		buf_clear(&line);
		retell(s, &rows[i], &text, &line);
	}
	buf_free(&text);
	buf_free(&line);
}

/* ---- what is told late ----------------------------------------------------------------------- */

bool
playback_live(const struct session *s, const struct record *r, struct buf *lines)
{
	struct stand_in in;
	char *room;

	stand_in_begin(&in, r);
	if (!complete(&in))
		return true;
	room = buf_room(lines, form_room(s->form, render_room(&in.ev)));
	if (room == NULL)
		return false;
	lines->len += form_wrap(
	    s->form, room, render_event(&s->server->names, &in.ev, LINE_EVENT, s->form, room));
	return true;
}
