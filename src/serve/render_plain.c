/* Events as lines of the plain dialect: "name: text", "[name -> you] text", "* name joined". */
#include "render_plain.h"

#include "base/utf8.h"
#include "hub/channel.h"
#include "irc/names.h"

static bool
is_safe(uint32_t cp)
{
	return cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0) && !(cp >= 0x202a && cp <= 0x202e) &&
	       !(cp >= 0x2066 && cp <= 0x2069) && cp != 0x2028 && cp != 0x2029;
}

void
line_plain_text(struct line *l, struct str s)
{
	uint32_t cp;

	while (s.len > 0) {
		size_t n = utf8_decode(s, &cp);
		if (n > 0 && is_safe(cp))
			line_str(l, str_first(s, n));
		else if (n == 0)
			line_char(l, '?');
		s = str_from_byte(s, n ? n : 1);
	}
}

static void
add_nick(struct line *l, const struct user *u)
{
	line_text(l, u ? u->nick : "server");
}

/* " in #channel" unless it is the lobby, where plain clients live. */
static void
add_place(
    struct line *l, const struct render_names *names, const struct event *ev, const char *word)
{
	if (ev->channel == NULL || name_eq(str_from(ev->channel->name), names->lobby))
		return;
	line_text(l, word);
	line_text(l, ev->channel->name);
}

static void
add_reason(struct line *l, struct str text)
{
	if (text.len == 0)
		return;
	LINE_LIT(l, " (");
	line_plain_text(l, text);
	line_char(l, ')');
}

static void
add_speaker(struct line *l, const struct event *ev)
{
	if (ev->relayed.len > 0)
		line_str(l, ev->relayed);
	else
		add_nick(l, ev->actor);
}

static void
plain_message(struct line *l, const struct render_names *names, const struct event *ev)
{
	struct str text = ev->text;
	bool action = str_starts(text, STR("\001ACTION "));

	if (action) {
		text = str_from_byte(text, 8);
		if (str_ends(text, STR("\001")))
			text.len--;
	}
	if (ev->channel != NULL && !name_eq(str_from(ev->channel->name), names->lobby)) {
		line_text(l, ev->channel->name);
		line_char(l, ' ');
	}
	if (ev->channel == NULL) {
		line_char(l, '[');
		add_speaker(l, ev);
		LINE_LIT(l, " -> you] ");
		if (action) {
			LINE_LIT(l, "* ");
			add_speaker(l, ev);
			line_char(l, ' ');
		}
	} else if (action) {
		LINE_LIT(l, "* ");
		add_speaker(l, ev);
		line_char(l, ' ');
	} else {
		if (ev->kind == EVENT_NOTICE)
			line_char(l, '-');
		add_speaker(l, ev);
		line_text(l, ev->kind == EVENT_NOTICE ? "- " : ": ");
	}
	line_plain_text(l, text);
}

static void
plain_join(struct line *l, const struct render_names *names, const struct event *ev)
{
	add_nick(l, ev->actor);
	LINE_LIT(l, " joined");
	add_place(l, names, ev, " ");
}

static void
plain_part(struct line *l, const struct render_names *names, const struct event *ev)
{
	add_nick(l, ev->actor);
	LINE_LIT(l, " left");
	add_place(l, names, ev, " ");
	add_reason(l, ev->text);
}

static void
plain_quit(struct line *l, const struct render_names *names, const struct event *ev)
{
	(void)names;
	add_nick(l, ev->user);
	LINE_LIT(l, " left");
	add_reason(l, ev->text);
}

static void
plain_kick(struct line *l, const struct render_names *names, const struct event *ev)
{
	add_nick(l, ev->user);
	LINE_LIT(l, " was removed");
	add_place(l, names, ev, " from ");
	LINE_LIT(l, " by ");
	add_nick(l, ev->actor);
	add_reason(l, ev->text);
}

static void
plain_nick(struct line *l, const struct render_names *names, const struct event *ev)
{
	(void)names;
	line_str(l, ev->old_nick);
	LINE_LIT(l, " is now ");
	line_str(l, ev->target);
}

static void
plain_mode(struct line *l, const struct render_names *names, const struct event *ev)
{
	add_nick(l, ev->actor);
	LINE_LIT(l, " set ");
	line_plain_text(l, ev->text);
	add_place(l, names, ev, " on ");
}

static void
plain_topic(struct line *l, const struct render_names *names, const struct event *ev)
{
	add_nick(l, ev->actor);
	line_text(l, ev->text.len ? " set the topic" : " cleared the topic");
	add_place(l, names, ev, " of ");
	if (ev->text.len > 0) {
		LINE_LIT(l, ": ");
		line_plain_text(l, ev->text);
	}
}

static void
plain_rename(struct line *l, const struct render_names *names, const struct event *ev)
{
	(void)names;
	add_nick(l, ev->actor);
	LINE_LIT(l, " renamed ");
	line_str(l, ev->old_nick);
	LINE_LIT(l, " to ");
	line_text(l, ev->channel->name);
	add_reason(l, ev->text);
}

static void
plain_invite(struct line *l, const struct render_names *names, const struct event *ev)
{
	(void)names;
	add_nick(l, ev->actor);
	LINE_LIT(l, " invites you to ");
	line_text(l, ev->channel->name);
}

static void
plain_wallops(struct line *l, const struct render_names *names, const struct event *ev)
{
	(void)names;
	add_nick(l, ev->actor);
	LINE_LIT(l, " to all: ");
	line_plain_text(l, ev->text);
}

static void
plain_kill(struct line *l, const struct render_names *names, const struct event *ev)
{
	(void)names;
	LINE_LIT(l, "you were removed by ");
	add_nick(l, ev->actor);
	add_reason(l, ev->text);
}

/* Kinds without a row are not shown. */
static const struct {
	void (*write)(struct line *l, const struct render_names *names, const struct event *ev);
	bool starred;
} rows[EVENT_KIND_COUNT] = {
	[EVENT_NICK] = { plain_nick, true },
	[EVENT_QUIT] = { plain_quit, true },
	[EVENT_JOIN] = { plain_join, true },
	[EVENT_PART] = { plain_part, true },
	[EVENT_KICK] = { plain_kick, true },
	[EVENT_MODE] = { plain_mode, true },
	[EVENT_TOPIC] = { plain_topic, true },
	[EVENT_INVITE] = { plain_invite, true },
	[EVENT_RENAME] = { plain_rename, true },
	[EVENT_MESSAGE] = { plain_message, false },
	[EVENT_NOTICE] = { plain_message, false },
	[EVENT_WALLOPS] = { plain_wallops, true },
	[EVENT_KILL] = { plain_kill, true },
};

size_t
render_plain(
    const struct render_names *names, const struct event *ev, enum line_kind kind, char *room)
{
	struct line l = { room, room, room + LINE_ROOM - 2, false };

	if (kind == LINE_AWAY || kind == LINE_INVITED || kind == LINE_ONLINE ||
	    kind == LINE_OFFLINE || rows[ev->kind].write == NULL)
		return 0;
	if (rows[ev->kind].starred)
		LINE_LIT(&l, "* ");
	if (kind == LINE_QUIT)
		plain_quit(&l, names, ev);
	else
		rows[ev->kind].write(&l, names, ev);
	l.end += 2;
	line_char(&l, '\n');
	return (size_t)(l.at - room);
}
