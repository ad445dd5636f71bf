/* Answers to one session, and the gathering of answers to a labelled command. */
#include "serve/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "serve/behind.h"

/* Where as many bytes of the turn's next private lines go. */
static char *
private_room(struct server *sv, size_t size)
{
	char *room = sv->replies ? chunk_room(sv->replies, size) : NULL;

	if (room == NULL) {
		chunk_done(sv->replies);
		sv->replies = chunk_new();
		room = sv->replies ? chunk_room(sv->replies, size) : NULL;
	}
	return room;
}

bool
gathering_for(const struct session *s)
{
	return s->server->gather.session == s;
}

static size_t
put_lines(const struct form *f, char *room, struct str lines)
{
	memcpy(room, lines.p, lines.len);
	return form_wrap(f, room, lines.len);
}

/* Straight to the connection, past the gathering. */
static void
send_bytes(struct session *s, struct str line)
{
	struct server *sv = s->server;
	size_t size = form_room(s->form, line.len);
	uint32_t from;
	char *room;

	if (sv->late.session == s) {
		room = buf_room(&sv->late.text, size);
		sv->late.text.len += room ? put_lines(s->form, room, line) : 0;
		return;
	}
	room = private_room(sv, size > LINE_ROOM ? size : LINE_ROOM);
	if (room == NULL) {
		conn_break(s->conn);
		return;
	}
	from = sv->replies->used;
	sv->replies->used += (uint32_t)put_lines(s->form, room, line);
	if (sv->withholding.noting)
		withhold_line(sv, sv->replies, from, sv->replies->used);
	if (behind_away(s))
		behind_private(s);
	conn_push(s->conn, sv->replies, from, sv->replies->used, sv->ticket);
	conn_hurry(s->conn);
}

/* One line of a labelled command's with one more tag in front of its own; of a message of several
 * lines the first, which begins their batch. */
static void
send_tagged(struct session *s, const char *key, struct str value, struct str line)
{
	struct buf text = BUF_INIT(CHUNK_MOST);

	buf_printf(
	    &text, "@%s=" STR_FMT "%c", key, STR_ARG(value), str_eat(&line, '@') ? ';' : ' ');
	if (buf_add_str(&text, line))
		send_bytes(s, buf_str(&text));
	else
		conn_break(s->conn);
	buf_free(&text);
}

static void
send_batched(struct session *s, const struct gather *g, struct str line)
{
	char ref[24];
	int n = snprintf(ref, sizeof(ref), "l%llu", (unsigned long long)g->reference);

	send_tagged(s, "batch", (struct str){ ref, (size_t)n }, line);
}

static void
begin_batch(struct session *s, struct gather *g)
{
	char text[256];
	int n;

	g->reference = ++g->batches;
	n = snprintf(text, sizeof(text), ":%s BATCH +l%llu labeled-response\r\n", s->server->name,
	    (unsigned long long)g->reference);

	send_tagged(s, "label", g->label, (struct str){ text, (size_t)n });
	send_batched(s, g, buf_str(&g->first));
}

void
reply_bytes(struct session *s, struct str line)
{
	struct gather *g = &s->server->gather;
	struct withholding *w = &s->server->withholding;
	bool noting = w->noting;

	if (g->session == s && g->ticket != 0) {
		w->noting = true;
		w->ticket = g->ticket;
	}
	if (g->session != s) {
		send_bytes(s, line);
	} else if (g->count++ == 0) {
		if (!buf_add_str(&g->first, line))
			conn_break(s->conn);
	} else {
		if (g->count == 2)
			begin_batch(s, g);
		send_batched(s, g, line);
	}
	w->noting = noting;
}

void
reply_begin(struct reply *r, struct session *s)
{
	r->session = s;
	r->line = (struct line){ r->room, r->room, r->room + LINE_ROOM - 2, false };
	render_reply_tags(&r->line, s->caps);
	r->body = r->line.at;
	line_char(&r->line, ':');
	line_str(&r->line, s->server->names.server);
	line_char(&r->line, ' ');
}

size_t
reply_left(const struct reply *r)
{
	size_t used = (size_t)(r->line.at - r->body);

	return used < IRC_TEXT_MOST ? IRC_TEXT_MOST - used : 0;
}

void
reply_end(struct reply *r)
{
	line_finish(&r->line, r->body);
	reply_bytes(r->session, (struct str){ r->room, (size_t)(r->line.at - r->room) });
}

static void
add_format(struct line *l, const char *fmt, va_list ap)
{
	size_t room = (size_t)(l->end - l->at);
	int n = vsnprintf(l->at, room, fmt, ap);

	if (n < 0)
		return;
	l->cut = (size_t)n >= room;
	l->at += l->cut ? room - 1 : (size_t)n;
}

static void
plain_text(struct session *s, struct str text)
{
	struct reply r;

	r.line = (struct line){ r.room, r.room, r.room + LINE_ROOM - 2, false };
	line_plain_text(&r.line, text);
	line_char(&r.line, '\n');
	reply_bytes(s, (struct str){ r.room, (size_t)(r.line.at - r.room) });
}

/* A numeric's parameters as a sentence: "! #chan: No such channel". */
static void
plain_error(struct session *s, struct str params)
{
	char text[LINE_ROOM];
	struct line l = { text, text, text + sizeof(text), false };

	LINE_LIT(&l, "! ");
	while (params.len > 0 && params.p[0] != ':') {
		line_str(&l, str_cut(&params, ' '));
		line_text(&l, params.len > 0 && params.p[0] == ':' ? ": " : " ");
	}
	line_str(&l, str_from_byte(params, 1));
	plain_text(s, (struct str){ text, (size_t)(l.at - text) });
}

const char *
reply_cut(struct str s, size_t most)
{
	return reply_text(str_first(s, utf8_prefix(s, most)));
}

const char *
reply_text(struct str s)
{
	static char ring[8][601];
	static unsigned next;
	char *out = ring[next++ % 8];

	str_copy(out, sizeof(ring[0]), str_first(s, utf8_prefix(s, sizeof(ring[0]) - 1)));
	return out;
}

void
reply_numeric(struct session *s, int numeric, ...)
{
	struct reply r;
	char digits[8];
	char *params;
	va_list ap;

	if (s->dialect == DIALECT_PLAIN && numeric < 400)
		return;
	reply_begin(&r, s);
	snprintf(digits, sizeof(digits), "%03d ", numeric);
	line_text(&r.line, digits);
	line_str(&r.line, session_nick(s));
	line_char(&r.line, ' ');
	params = r.line.at;
	va_start(ap, numeric);
	add_format(&r.line, numeric_format((enum numeric)numeric), ap);
	va_end(ap);
	if (s->dialect == DIALECT_PLAIN)
		plain_error(s, (struct str){ params, (size_t)(r.line.at - params) });
	else
		reply_end(&r);
}

void
reply_line(struct session *s, const char *fmt, ...)
{
	struct reply r;
	va_list ap;

	if (s->dialect == DIALECT_PLAIN)
		return;
	reply_begin(&r, s);
	va_start(ap, fmt);
	add_format(&r.line, fmt, ap);
	va_end(ap);
	reply_end(&r);
}

void
reply_notice(struct session *s, const char *fmt, ...)
{
	struct reply r;
	char *text;
	va_list ap;

	reply_begin(&r, s);
	LINE_LIT(&r.line, "NOTICE ");
	line_str(&r.line, session_nick(s));
	LINE_LIT(&r.line, " :");
	text = r.line.at;
	va_start(ap, fmt);
	add_format(&r.line, fmt, ap);
	va_end(ap);
	if (s->dialect == DIALECT_PLAIN)
		plain_text(s, (struct str){ text, (size_t)(r.line.at - text) });
	else
		reply_end(&r);
}

void
reply_standard(struct session *s, const char *type, const char *command, const char *code,
    const char *context, const char *text)
{
	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "%s%s", str_eq(str_from(type), STR("FAIL")) ? "! " : "* ", text);
	else if ((s->caps & CAP_BIT(CAP_STANDARD_REPLIES)) == 0)
		reply_notice(s, "%s", text);
	else
		reply_line(
		    s, "%s %s %s%s%s :%s", type, command, code, *context ? " " : "", context, text);
}

void
reply_fail(
    struct session *s, const char *command, const char *code, const char *context, const char *text)
{
	reply_line(s, "FAIL %s %s %s%s:%s", command, code, context, *context ? " " : "", text);
}

void
reply_words_begin(struct reply_words *w, struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->head, sizeof(w->head), fmt, ap);
	va_end(ap);
	w->reply.session = s;
	w->separator = ' ';
	w->any = false;
}

void
reply_word(struct reply_words *w, struct str word)
{
	if (w->any && word.len + 1 > reply_left(&w->reply))
		reply_words_end(w);
	if (!w->any) {
		reply_begin(&w->reply, w->reply.session);
		line_text(&w->reply.line, w->head);
	} else {
		line_char(&w->reply.line, w->separator);
	}
	line_str(&w->reply.line, word);
	w->any = true;
}

void
reply_words_end(struct reply_words *w)
{
	if (w->any)
		reply_end(&w->reply);
	w->any = false;
}

/* The form's rendering of this line of this event, made once. */
static struct form *
rendered(struct server *sv, struct form *f, const struct event *ev, enum line_kind kind)
{
	uint32_t which = (uint32_t)kind;
	char *room;

	if (f->rendered == ev->number && f->rendering == which && f->chunk == sv->replies)
		return f;
	room = private_room(sv, form_room(f, render_room(ev)));
	if (room == NULL)
		return NULL;
	f->rendered = ev->number;
	f->rendering = which;
	f->chunk = sv->replies;
	f->from = sv->replies->used;
	f->to = f->from + (uint32_t)form_wrap(f, room, render_event(&sv->names, ev, kind, f, room));
	sv->replies->used = f->to;
	if (sv->withholding.noting)
		withhold_line(sv, f->chunk, f->from, f->to);
	return f;
}

static void
deliver_gathered(struct session *s, const struct event *ev, enum line_kind kind)
{
	struct buf text = BUF_INIT(CHUNK_MOST);
	char *room = buf_room(&text, render_room(ev));

	if (room == NULL)
		conn_break(s->conn);
	else
		text.len = render_event(&s->server->names, ev, kind, s->form, room);
	if (text.len > 0)
		reply_bytes(s, buf_str(&text));
	buf_free(&text);
}

/* Who is behind is told of its own new name as of those of others: when their turn comes. */
static bool
told_by_rows(const struct session *s, const struct event *ev, enum line_kind kind)
{
	const struct user *u = ev->actor;

	if (!behind_away(s) || ev->kind != EVENT_NICK || kind != LINE_EVENT)
		return false;
	for (uint32_t i = 0; i < u->membership_count; i++)
		if (!member_hidden(u->memberships[i]))
			return true;
	return false;
}

static void
push_private(struct session *s, const struct form *f, uint64_t ticket)
{
	if (behind_away(s))
		behind_private(s);
	conn_push(s->conn, f->chunk, f->from, f->to, ticket);
}

void
deliver(struct session *s, const struct event *ev, enum line_kind kind)
{
	struct server *sv = s->server;
	struct form *f;

	if (s->conn == NULL || s->closing || told_by_rows(s, ev, kind))
		return;
	if (gathering_for(s)) {
		deliver_gathered(s, ev, kind);
		return;
	}
	f = rendered(sv, s->form, ev, kind);
	if (f == NULL)
		conn_break(s->conn);
	else if (f->to > f->from)
		push_private(s, f, sv->ticket);
}

/* ---- labeled-response ------------------------------------------------------------------------ */

void
gather_begin(struct session *s, struct str label)
{
	struct gather *g = &s->server->gather;

	g->session = s;
	g->label = label;
	g->count = 0;
	g->answered = false;
	g->ticket = 0;
	buf_clear(&g->first);
	g->first.max = CHUNK_MOST;
}

void
gather_end(struct server *sv)
{
	struct gather *g = &sv->gather;
	struct session *s = g->session;
	char text[128];
	int n;

	g->session = NULL;
	if (s == NULL)
		return;
	/* All of what answers a message goes when that was not kept: it is an acknowledgement. */
	sv->withholding.noting = g->ticket != 0;
	sv->withholding.ticket = g->ticket;
	if (g->count == 0 && g->answered) {
		g->answered = false;
	} else if (g->count == 0) {
		n = snprintf(text, sizeof(text), ":%s ACK\r\n", sv->name);
		send_tagged(s, "label", g->label, (struct str){ text, (size_t)n });
	} else if (g->count == 1) {
		send_tagged(s, "label", g->label, buf_str(&g->first));
	} else {
		n = snprintf(text, sizeof(text), ":%s BATCH -l%llu\r\n", sv->name,
		    (unsigned long long)g->reference);
		send_bytes(s, (struct str){ text, (size_t)n });
	}
	sv->withholding.noting = false;
}

/* ---- batches --------------------------------------------------------------------------------- */

struct str
reply_batch_ref(struct server *sv, char out[BATCH_REF_ROOM])
{
	int n = snprintf(out, BATCH_REF_ROOM, "h%llu", (unsigned long long)++sv->batches);

	return (struct str){ out, (size_t)n };
}

/* The line that begins or ends it; the first of a labelled answer has the label itself. */
static void
batch_line(struct session *s, char sign, struct str ref, struct str type)
{
	struct gather *g = &s->server->gather;
	struct reply r;

	reply_begin(&r, s);
	LINE_LIT(&r.line, "BATCH ");
	line_char(&r.line, sign);
	line_str(&r.line, ref);
	if (type.len > 0)
		line_char(&r.line, ' ');
	line_str(&r.line, type);
	line_finish(&r.line, r.body);
	if (gathering_for(s) && g->count == 0) {
		if (!g->answered)
			send_tagged(s, "label", g->label,
			    (struct str){ r.room, (size_t)(r.line.at - r.room) });
		else
			send_bytes(s, (struct str){ r.room, (size_t)(r.line.at - r.room) });
		g->answered = true;
		return;
	}
	reply_bytes(s, (struct str){ r.room, (size_t)(r.line.at - r.room) });
}

/* As many whole lines off the front as a chunk takes well. */
static struct str
some_lines(struct str *lines)
{
	enum { MOST = 32 * 1024 };
	struct str some = { lines->p, 0 };

	while (some.len < MOST && some.len < lines->len)
		some.len += str_find(str_from_byte(*lines, some.len), '\n') + 1;
	*lines = str_from_byte(*lines, some.len);
	return some;
}

void
reply_batch(struct session *s, struct str ref, struct str type, struct str lines)
{
	batch_line(s, '+', ref, type);
	while (lines.len > 0)
		send_bytes(s, some_lines(&lines));
	batch_line(s, '-', ref, (struct str){ 0 });
}

/* ---- answers that come late ------------------------------------------------------------------ */

void
late_begin(struct session *s)
{
	struct late_answer *l = &s->server->late;

	l->session = s;
	l->text.max = 64 * 1024 * 1024;
	buf_clear(&l->text);
}

void
late_end(struct session *s, uint32_t place)
{
	struct late_answer *l = &s->server->late;

	l->session = NULL;
	if (l->text.truncated)
		conn_break(s->conn);
	conn_fill(s->conn, place, buf_str(&l->text));
	buf_free(&l->text);
}

void
gather_put_off(struct server *sv, struct gather_pause *out)
{
	struct gather *g = &sv->gather;

	*out = (struct gather_pause){ .label = str_dup(g->label),
		.first = g->first,
		.ticket = g->ticket,
		.reference = g->reference,
		.count = g->count };
	g->session = NULL;
	g->first = (struct buf)BUF_INIT(LINE_ROOM);
}

void
gather_go_on(struct session *s, struct gather_pause *p)
{
	struct gather *g = &s->server->gather;

	if (p->label == NULL)
		return;
	gather_begin(s, str_from(p->label));
	buf_free(&g->first);
	g->first = p->first;
	g->ticket = p->ticket;
	g->count = p->count;
	g->reference = p->reference;
	p->first = (struct buf)BUF_INIT(0);
}

void
gather_pause_free(struct gather_pause *p)
{
	free(p->label);
	buf_free(&p->first);
}

void
reply_close_turn(struct server *sv)
{
	chunk_done(sv->replies);
	sv->replies = NULL;
	for (unsigned i = 0; i < sv->forms.count; i++)
		sv->forms.at[i].rendered = 0;
}
