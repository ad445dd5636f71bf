/* Events as IRC lines: tags and source, and messages of several lines. What follows the source is
 * in render_rows.c, the plain dialect in render_plain.c. */
#include "serve/render.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "event/msgid.h"
#include "hub/channel.h"
#include "irc/message.h"
#include "irc/multiline.h"
#include "render_plain.h"
#include "render_rows.h"

/* The text of a moment, made once a millisecond. */
static struct str
time_text(int64_t time)
{
	static int64_t last = -1;
	static char text[CLOCK_ISO_SIZE];

	if (time != last)
		clock_iso(time, text);
	last = time;
	return (struct str){ text, CLOCK_ISO_SIZE - 1 };
}

static void
begin_tag(struct line *l)
{
	line_char(l, l->at == l->start ? '@' : ';');
}

void
render_reply_tags(struct line *l, cap_set caps)
{
	if ((caps & CAP_BIT(CAP_SERVER_TIME)) == 0)
		return;
	LINE_LIT(l, "@time=");
	line_str(l, time_text(clock_wall()));
	line_char(l, ' ');
}

/* The value of a tag, escaped: names may have what ends it. */
static void
add_tag_value(struct line *l, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == ';')
			LINE_LIT(l, "\\:");
		else if (*text == '\\')
			LINE_LIT(l, "\\\\");
		else
			line_char(l, *text);
}

static const struct user *
source_of(const struct event *ev, enum line_kind kind)
{
	if (kind == LINE_AGAIN_STATUS || kind == LINE_ONLINE || kind == LINE_OFFLINE)
		return NULL;
	return kind == LINE_QUIT || ev->kind == EVENT_HOST ? ev->user : ev->actor;
}

/* What tells of the message itself: its msgid, and behind it the client's own tags. Those go with
 * its further lines too, unless they are long. */
enum own_tags { NO_TAGS, OWN_TAGS, FURTHER_TAGS };

static void
add_own_tags(struct line *l, const struct event *ev, enum own_tags own)
{
	char msgid[MSGID_LENGTH];

	if (own == OWN_TAGS) {
		begin_tag(l);
		LINE_LIT(l, "msgid=");
		line_str(l, msgid_text(ev->number, msgid));
	}
	if (ev->tags.len > 0 && (own == OWN_TAGS || ev->tags.len <= FURTHER_TAGS_MOST)) {
		begin_tag(l);
		line_str(l, ev->tags);
	}
}

/* For those who know no other tag of a message. */
static void
add_relay_tag(struct line *l, const struct event *ev)
{
	struct str relay;

	if (!irc_tag_find(ev->tags, STR("draft/relaymsg"), &relay))
		return;
	begin_tag(l);
	LINE_LIT(l, "draft/relaymsg=");
	line_str(l, relay);
}

static void
add_tags(struct line *l, const struct event *ev, enum line_kind kind, const struct form *f,
    const struct render_extra *extra, enum own_tags own)
{
	/* who is elsewhere has no account here, nor is a bot because that is one who tells */
	const struct user *source = ev->relayed.len > 0 ? NULL : source_of(ev, kind);

	if (extra->batch.len > 0) {
		begin_tag(l);
		LINE_LIT(l, "batch=");
		line_str(l, extra->batch);
	}
	if (form_has(f, CAP_SERVER_TIME)) {
		begin_tag(l);
		LINE_LIT(l, "time=");
		line_str(l, time_text(ev->time));
	}
	if (form_has(f, CAP_ACCOUNT_TAG) && source != NULL && source->account != NULL) {
		begin_tag(l);
		LINE_LIT(l, "account=");
		add_tag_value(l, source->account);
	}
	if (form_has(f, CAP_MESSAGE_TAGS) && source != NULL && user_is(source, USER_BOT)) {
		begin_tag(l);
		LINE_LIT(l, "bot");
	}
	if (form_has(f, CAP_MESSAGE_TAGS) && own != NO_TAGS)
		add_own_tags(l, ev, own);
	if (form_has(f, CAP_RELAYMSG) && ev->tags.len > 0)
		add_relay_tag(l, ev);
	if (l->at != l->start)
		line_char(l, ' ');
}

static void
add_source(
    struct line *l, const struct render_names *names, const struct event *ev, enum line_kind kind)
{
	const struct user *u = source_of(ev, kind);

	line_char(l, ':');
	if (u == NULL) {
		line_str(l, names->server);
		return;
	}
	if (ev->kind == EVENT_NICK)
		line_str(l, ev->old_nick);
	else if (ev->relayed.len > 0)
		line_str(l, ev->relayed);
	else
		line_str(l, user_nick(u));
	line_char(l, '!');
	if (ev->old_place.len > 0 && (kind == LINE_EVENT || kind == LINE_QUIT)) {
		line_str(l, ev->old_place);
		return;
	}
	line_text(l, u->name);
	line_char(l, '@');
	line_text(l, u->host);
}

void
line_finish(struct line *l, char *body)
{
	struct str text = { body, (size_t)(l->at - body) };

	if (l->cut || text.len > IRC_TEXT_MOST)
		l->at = body +
			utf8_prefix(text, text.len < IRC_TEXT_MOST ? text.len : IRC_TEXT_MOST);
	while (l->at > body && l->at[-1] == ' ' && l->cut)
		l->at--;
	l->end += 2;
	LINE_LIT(l, "\r\n");
}

/* ---- messages of several lines --------------------------------------------------------------- */

size_t
render_room(const struct event *ev)
{
	return LINE_ROOM + (multiline_count(ev->text) - 1) * FURTHER_LINE_ROOM;
}

/* ":source VERB target" of the message; its line begins at l->start, its body at *body. */
static void
line_head(struct line *l, const struct render_names *names, const struct event *ev, char **body)
{
	struct event bare = *ev;

	bare.kind = EVENT_TAGMSG; /* a line without text */
	*body = l->at;
	add_source(l, names, ev, LINE_EVENT);
	line_str(l, render_row(ev, LINE_EVENT)->verb);
	render_row(&bare, LINE_EVENT)->rest(l, &bare, NULL);
}

/* For those who know of such messages: BATCH, the lines as they were sent, blank ones too. */
static size_t
render_batch(const struct render_names *names, const struct event *ev, const struct form *f,
    const struct render_extra *extra, char *room)
{
	struct line l = { room, room, room + LINE_ROOM - 2, false };
	struct multiline w = multiline_walk(ev->text);
	char id[MSGID_LENGTH], *body;
	struct str ref = msgid_text(ev->number, id), part;

	add_tags(&l, ev, LINE_EVENT, f, extra, OWN_TAGS);
	body = l.at;
	add_source(&l, names, ev, LINE_EVENT);
	LINE_LIT(&l, " BATCH +");
	line_str(&l, ref);
	LINE_LIT(&l, " draft/multiline ");
	if (ev->status)
		line_char(&l, ev->status);
	line_text(&l, ev->channel ? ev->channel->name : ev->user->nick);
	line_finish(&l, body);
	while (multiline_next(&w, &part)) {
		l = (struct line){ l.at, l.at, l.at + FURTHER_LINE_ROOM - 2, false };
		LINE_LIT(&l, "@batch=");
		line_str(&l, ref);
		line_text(&l, w.joined ? ";draft/multiline-concat " : " ");
		line_head(&l, names, ev, &body);
		line_add_trailing(&l, part);
		line_finish(&l, body);
	}
	l = (struct line){ l.at, l.at, l.at + FURTHER_LINE_ROOM - 2, false };
	if (extra->batch.len > 0) {
		LINE_LIT(&l, "@batch=");
		line_str(&l, extra->batch);
		line_char(&l, ' ');
	}
	body = l.at;
	add_source(&l, names, ev, LINE_EVENT);
	LINE_LIT(&l, " BATCH -");
	line_str(&l, ref);
	line_finish(&l, body);
	return (size_t)(l.at - room);
}

/* For the others: a message for each line that is not blank, the first with the msgid. */
static size_t
render_lines(const struct render_names *names, const struct event *ev, const struct form *f,
    const struct render_extra *extra, char *room)
{
	struct multiline w = multiline_walk(ev->text);
	struct event one = *ev;
	bool first = true;
	char *at = room, *body;

	if (form_has(f, CAP_MULTILINE))
		return render_batch(names, ev, f, extra, room);
	while (multiline_next(&w, &one.text)) {
		struct line l = { at, at, at + (first ? LINE_ROOM : FURTHER_LINE_ROOM) - 2, false };
		if (one.text.len == 0)
			continue;
		if (f->plain) {
			at += render_plain(names, &one, LINE_EVENT, at);
			continue;
		}
		add_tags(&l, &one, LINE_EVENT, f, extra, first ? OWN_TAGS : FURTHER_TAGS);
		line_head(&l, names, ev, &body);
		line_add_trailing(&l, one.text);
		line_finish(&l, body);
		at = l.at;
		first = false;
	}
	return (size_t)(at - room);
}

size_t
render_with(const struct render_names *names, const struct event *ev, enum line_kind kind,
    const struct form *f, const struct render_extra *extra, char *room)
{
	const struct irc_row *row = render_row(ev, kind);
	struct line l = { room, room, room + LINE_ROOM - 2, false };
	char *body;

	if (multiline_is(ev->text))
		return render_lines(names, ev, f, extra, room);
	if (f->plain)
		return render_plain(names, ev, kind, room);
	if ((f->caps & row->needs) != row->needs || (f->caps & row->lacks) != 0)
		return 0;
	add_tags(&l, ev, kind, f, extra, row->id || extra->past ? OWN_TAGS : NO_TAGS);
	body = l.at;
	add_source(&l, names, ev, kind);
	line_str(&l, row->verb);
	row->rest(&l, ev, f);
	if (l.at > body && l.at[-1] == ' ' && ev->kind == EVENT_AWAY)
		l.at--;
	line_finish(&l, body);
	return (size_t)(l.at - room);
}

size_t
render_event(const struct render_names *names, const struct event *ev, enum line_kind kind,
    const struct form *f, char *room)
{
	static const struct render_extra none;

	return render_with(names, ev, kind, f, &none, room);
}
