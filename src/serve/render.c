/* Events as IRC lines; the plain dialect's are in render_plain.c. */
#include "serve/render.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "event/msgid.h"
#include "hub/channel.h"
#include "irc/multiline.h"
#include "render_plain.h"

static bool
has(const struct form *f, enum cap c)
{
	return (f->caps & CAP_BIT(c)) != 0;
}

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

static void
add_tags(struct line *l, const struct event *ev, enum line_kind kind, const struct form *f,
    const struct render_extra *extra, enum own_tags own)
{
	const struct user *source = source_of(ev, kind);

	if (extra->batch.len > 0) {
		begin_tag(l);
		LINE_LIT(l, "batch=");
		line_str(l, extra->batch);
	}
	if (has(f, CAP_SERVER_TIME)) {
		begin_tag(l);
		LINE_LIT(l, "time=");
		line_str(l, time_text(ev->time));
	}
	if (has(f, CAP_ACCOUNT_TAG) && source != NULL && source->account != NULL) {
		begin_tag(l);
		LINE_LIT(l, "account=");
		add_tag_value(l, source->account);
	}
	if (has(f, CAP_MESSAGE_TAGS) && source != NULL && user_is(source, USER_BOT)) {
		begin_tag(l);
		LINE_LIT(l, "bot");
	}
	if (has(f, CAP_MESSAGE_TAGS) && own != NO_TAGS)
		add_own_tags(l, ev, own);
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

static void
add_trailing(struct line *l, struct str text)
{
	LINE_LIT(l, " :");
	line_str(l, text);
}

static void
add_channel(struct line *l, const struct event *ev)
{
	line_text(l, ev->channel->name);
}

static void
add_join(struct line *l, const struct event *ev, const struct user *u, const struct form *f)
{
	add_channel(l, ev);
	if (has(f, CAP_EXTENDED_JOIN)) {
		line_char(l, ' ');
		line_text(l, u->account ? u->account : "*");
		add_trailing(l, str_from(u->real));
	}
}

static void
line_join(struct line *l, const struct event *ev, const struct form *f)
{
	add_join(l, ev, ev->actor, f);
}

static void
line_part(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_channel(l, ev);
	if (ev->text.len > 0)
		add_trailing(l, ev->text);
}

static void
line_kick(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_channel(l, ev);
	line_char(l, ' ');
	line_text(l, ev->user->nick);
	add_trailing(l, ev->text);
}

static void
line_mode(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	line_char(l, ' ');
	line_str(l, ev->text);
}

static void
line_topic(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_channel(l, ev);
	add_trailing(l, ev->text);
}

static void
line_invite(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->user->nick);
	line_char(l, ' ');
	add_channel(l, ev);
}

static void
line_message(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	if (ev->status)
		line_char(l, ev->status);
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	if (ev->kind != EVENT_TAGMSG)
		add_trailing(l, ev->text);
}

static void
line_rename(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_str(l, ev->old_nick);
	line_char(l, ' ');
	add_channel(l, ev);
	add_trailing(l, ev->text);
}

static void
line_redact(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	line_char(l, ' ');
	line_str(l, ev->object);
	if (ev->text.len > 0)
		add_trailing(l, ev->text);
}

static void
line_nick(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_str(l, ev->target);
}

static void
line_trailing(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_char(l, ':');
	line_str(l, ev->text);
}

static void
line_away(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	if (ev->actor->away == NULL)
		return;
	line_char(l, ':');
	line_text(l, ev->actor->away);
}

static void
line_account(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->actor->account ? ev->actor->account : "*");
}

static void
line_host(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->user->name);
	line_char(l, ' ');
	line_text(l, ev->user->host);
}

/* As a numeric that answers nobody: the same line for all. */
static void
line_metadata(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->text.p ? "761 * " : "766 * ");
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	line_char(l, ' ');
	line_str(l, ev->object);
	if (ev->text.p != NULL)
		LINE_LIT(l, " *");
	add_trailing(l, ev->text.p ? ev->text : STR("Key is not set"));
}

static void
line_kill(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->user->nick);
	add_trailing(l, ev->text);
}

/* One row an event: its verb and what follows, the capability without which it is not shown, and
 * whether it has a msgid: where one event is one row of history and one line. Some lines are for
 * those who lack a capability alone. */
static const struct irc_row {
	struct str verb;
	void (*rest)(struct line *l, const struct event *ev, const struct form *f);
	cap_set needs;
	bool id;
	cap_set lacks;
} rows[EVENT_KIND_COUNT] = {
	[EVENT_NICK] = { { " NICK :", 7 }, line_nick, 0, false, 0 }, /* ii wants the colon */
	[EVENT_QUIT] = { { " QUIT ", 6 }, line_trailing, 0, false, 0 },
	[EVENT_JOIN] = { { " JOIN ", 6 }, line_join, 0, true, 0 },
	[EVENT_PART] = { { " PART ", 6 }, line_part, 0, true, 0 },
	[EVENT_KICK] = { { " KICK ", 6 }, line_kick, 0, true, 0 },
	[EVENT_MODE] = { { " MODE ", 6 }, line_mode, 0, false, 0 },
	[EVENT_TOPIC] = { { " TOPIC ", 7 }, line_topic, 0, true, 0 },
	[EVENT_INVITE] = { { " INVITE ", 8 }, line_invite, 0, false, 0 },
	[EVENT_MESSAGE] = { { " PRIVMSG ", 9 }, line_message, 0, true, 0 },
	[EVENT_NOTICE] = { { " NOTICE ", 8 }, line_message, 0, true, 0 },
	[EVENT_TAGMSG] = { { " TAGMSG ", 8 }, line_message, CAP_BIT(CAP_MESSAGE_TAGS), true, 0 },
	[EVENT_AWAY] = { { " AWAY ", 6 }, line_away, CAP_BIT(CAP_AWAY_NOTIFY), false, 0 },
	[EVENT_SETNAME] = { { " SETNAME ", 9 }, line_trailing, CAP_BIT(CAP_SETNAME), false, 0 },
	[EVENT_WALLOPS] = { { " WALLOPS ", 9 }, line_trailing, 0, false, 0 },
	[EVENT_ACCOUNT] = { { " ACCOUNT ", 9 }, line_account, CAP_BIT(CAP_ACCOUNT_NOTIFY), false,
	    0 },
	[EVENT_KILL] = { { " KILL ", 6 }, line_kill, 0, false, 0 },
	[EVENT_REDACT] = { { " REDACT ", 8 }, line_redact, CAP_BIT(CAP_REDACTION), false, 0 },
	[EVENT_RENAME] = { { " RENAME ", 8 }, line_rename, 0, false, 0 },
	[EVENT_HOST] = { { " CHGHOST ", 9 }, line_host, CAP_BIT(CAP_CHGHOST), false, 0 },
	[EVENT_METADATA] = { { " ", 1 }, line_metadata, 0, false, 0 },
};
static const struct irc_row away_row = { { " AWAY ", 6 }, line_away, CAP_BIT(CAP_AWAY_NOTIFY),
	false, 0 };
static const struct irc_row invited_row = { { " INVITE ", 8 }, line_invite,
	CAP_BIT(CAP_INVITE_NOTIFY), false, 0 };

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

/* The one who is killed quits, for all others. */
static void
line_killed_quit(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	LINE_LIT(l, ":Killed (");
	line_text(l, ev->actor ? ev->actor->nick : "server");
	LINE_LIT(l, " (");
	line_str(l, ev->text);
	LINE_LIT(l, "))");
}
static const struct irc_row quit_row = { { " QUIT ", 6 }, line_killed_quit, 0, false, 0 };

/* Whose host is changed quits and comes again, for those who know no other way. */
static void
line_host_quit(struct line *l, const struct event *ev, const struct form *f)
{
	(void)ev;
	(void)f;
	LINE_LIT(l, ":Changing host");
}

static void
line_again(struct line *l, const struct event *ev, const struct form *f)
{
	add_join(l, ev, ev->user, f);
}

static void
line_again_status(struct line *l, const struct event *ev, const struct form *f)
{
	unsigned count = 0;

	(void)f;
	add_channel(l, ev);
	LINE_LIT(l, " +");
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++)
		if (m->kind == MODE_PREFIX &&
		    member_is(ev->membership, (enum member_flag)m->which)) {
			line_char(l, m->letter);
			count++;
		}
	for (; count > 0; count--) {
		line_char(l, ' ');
		line_str(l, user_nick(ev->user));
	}
}

static void
line_again_away(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_trailing(l, str_from(ev->user->away));
}

#define CHGHOST CAP_BIT(CAP_CHGHOST)
static const struct irc_row host_quit_row = { { " QUIT ", 6 }, line_host_quit, 0, false, CHGHOST };
static const struct irc_row again_rows[] = {
	[LINE_AGAIN] = { { " JOIN ", 6 }, line_again, 0, false, CHGHOST },
	[LINE_AGAIN_STATUS] = { { " MODE ", 6 }, line_again_status, 0, false, CHGHOST },
	[LINE_AGAIN_AWAY] = { { " AWAY", 5 }, line_again_away, CAP_BIT(CAP_AWAY_NOTIFY), false,
	    CHGHOST },
};

/* To those who watch the nick (MONITOR): the same line for all of them. */
static void
line_online(struct line *l, const struct event *ev, const struct form *f)
{
	char mask[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];

	(void)f;
	line_char(l, ':');
	line_str(l, user_mask(ev->actor, mask, sizeof(mask)));
}

static void
line_offline(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_char(l, ':');
	line_str(l, ev->kind == EVENT_NICK ? ev->old_nick : user_nick(ev->user));
}

static const struct irc_row online_row = { { " 730 * ", 7 }, line_online, 0, false, 0 };
static const struct irc_row offline_row = { { " 731 * ", 7 }, line_offline, 0, false, 0 };

static const struct irc_row *
row_of(const struct event *ev, enum line_kind kind)
{
	switch (kind) {
	case LINE_AWAY:
		return &away_row;
	case LINE_INVITED:
		return &invited_row;
	case LINE_QUIT:
		return ev->kind == EVENT_HOST ? &host_quit_row : &quit_row;
	case LINE_AGAIN:
	case LINE_AGAIN_STATUS:
	case LINE_AGAIN_AWAY:
		return &again_rows[kind];
	case LINE_ONLINE:
		return &online_row;
	case LINE_OFFLINE:
		return &offline_row;
	case LINE_EVENT:
		break;
	}
	return &rows[ev->kind];
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
	line_str(l, rows[ev->kind].verb);
	line_message(l, &bare, NULL);
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
		add_trailing(&l, part);
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

	if (has(f, CAP_MULTILINE))
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
		add_trailing(&l, one.text);
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
	const struct irc_row *row = row_of(ev, kind);
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
