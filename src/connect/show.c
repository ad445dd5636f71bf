/* News as lines on a person's screen. */
#include "connect/show.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "irc/names.h"

static bool
is_word_byte(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '-' ||
	       (unsigned char)c >= 0x80;
}

bool
show_mentions(struct str text, struct str nick)
{
	for (size_t i = 0; nick.len > 0 && i + nick.len <= text.len; i++) {
		bool begins = i == 0 || !is_word_byte(text.p[i - 1]);
		bool ends = i + nick.len == text.len || !is_word_byte(text.p[i + nick.len]);
		if (begins && ends && name_eq(str_first(str_from_byte(text, i), nick.len), nick))
			return true;
	}
	return false;
}

/* ---- what is said ---------------------------------------------------------------------------- */

/* Where it was said, unless that is plain: "#other " or, behind the name, " -> you". */
static void
show_name(struct view *v, const struct session *s, const struct news *n)
{
	bool current = session_is_current(s, n);
	bool channel = session_is_channel(s, n->to);

	if (!current && channel) {
		view_add(v, VIEW_DIM, n->to);
		view_add(v, VIEW_PLAIN, STR(" "));
	}
	if (n->kind == NEWS_ACTION)
		view_add(v, VIEW_PLAIN, STR("* "));
	else if (n->kind == NEWS_NOTICE)
		view_add(v, VIEW_PLAIN, STR("-"));
	view_add_name(v, n->from);
	if (!current && !channel && !n->server) {
		view_add(v, VIEW_DIM, STR(" -> "));
		view_add(v, VIEW_DIM, session_is_self(s, n->to) ? STR("you") : n->to);
	}
	view_add(v, VIEW_PLAIN,
	    n->kind == NEWS_ACTION   ? STR(" ")
	    : n->kind == NEWS_NOTICE ? STR("- ")
				     : STR(": "));
}

static bool
show_said(struct view *v, const struct session *s, const struct news *n)
{
	bool private = session_is_self(s, n->to) && !n->server;
	bool news = private && !session_is_current(s, n);
	bool meant = !n->own && !n->past && (news || show_mentions(n->text, str_from(s->nick)));
	enum view_style plain = n->past ? VIEW_DIM : VIEW_PLAIN;

	view_begin(v, n->time);
	show_name(v, s, n);
	view_add(v, meant && !n->server ? VIEW_STRONG : plain, n->text);
	view_end(v);
	return meant && n->kind != NEWS_NOTICE;
}

/* ---- what happens ---------------------------------------------------------------------------- */

static struct str
who(const struct news *n)
{
	return n->own ? STR("you") : n->from;
}

static void
begin_event(struct view *v, const struct news *n)
{
	view_begin(v, n->time);
	view_add(v, VIEW_DIM, STR("* "));
	view_add(v, VIEW_DIM, who(n));
}

static void
end_event(struct view *v, struct str why)
{
	if (why.len > 0)
		view_printf(v, VIEW_DIM, " (" STR_FMT ")", STR_ARG(why));
	view_end(v);
}

static bool
show_join(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	begin_event(v, n);
	view_printf(v, VIEW_DIM, " joined " STR_FMT, STR_ARG(n->to));
	end_event(v, STR(""));
	return false;
}

static bool
show_part(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	begin_event(v, n);
	view_printf(v, VIEW_DIM, " left " STR_FMT, STR_ARG(n->to));
	end_event(v, n->text);
	return false;
}

static bool
show_quit(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	begin_event(v, n);
	view_add(v, VIEW_DIM, STR(" quit"));
	end_event(v, n->text);
	return false;
}

static bool
show_kick(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	view_begin(v, n->time);
	view_add(v, n->own ? VIEW_ERROR : VIEW_DIM, STR("* "));
	view_printf(v, n->own ? VIEW_ERROR : VIEW_DIM, STR_FMT " put " STR_FMT " out of " STR_FMT,
	    STR_ARG(n->from), STR_ARG(n->own ? STR("you") : n->object), STR_ARG(n->to));
	end_event(v, n->text);
	return n->own;
}

static bool
show_nick(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	begin_event(v, n);
	view_printf(v, VIEW_DIM, " %s now " STR_FMT, n->own ? "are" : "is", STR_ARG(n->to));
	end_event(v, STR(""));
	return false;
}

static bool
show_topic(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	view_begin(v, n->time);
	view_add(v, VIEW_DIM, STR("* "));
	if (!n->server)
		view_printf(v, VIEW_DIM, STR_FMT " set the topic of ", STR_ARG(who(n)));
	else
		view_add(v, VIEW_DIM, STR("topic of "));
	view_printf(v, VIEW_DIM, STR_FMT ": ", STR_ARG(n->to));
	view_add(v, VIEW_PLAIN, n->text);
	view_end(v);
	return false;
}

static bool
show_mode(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	begin_event(v, n);
	view_printf(
	    v, VIEW_DIM, " set modes of " STR_FMT ": " STR_FMT, STR_ARG(n->to), STR_ARG(n->text));
	end_event(v, STR(""));
	return false;
}

static bool
show_invite(struct view *v, const struct session *s, const struct news *n)
{
	bool us = session_is_self(s, n->to);

	begin_event(v, n);
	view_printf(v, us ? VIEW_STRONG : VIEW_DIM, " invited " STR_FMT " to " STR_FMT "%s",
	    STR_ARG(us ? STR("you") : n->to), STR_ARG(n->object), us ? ": /join it" : "");
	end_event(v, STR(""));
	return us;
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool
show_names(struct view *v, const struct session *s, const struct news *n)
{
	const struct room *room = roster_find(&s->roster, n->to);
	struct buf names = BUF_INIT(64 * 1024);
	struct str left;
	size_t count;

	if (room == NULL)
		return false;
	count = room_count(room);
	room_complete(room, STR(""), STR(""), SHOW_NAMES_MOST, &names);
	view_begin(v, n->time);
	view_printf(v, VIEW_DIM, "* " STR_FMT ", %zu here:", STR_ARG(n->to), count);
	for (left = buf_str(&names); left.len > 0;) {
		view_add(v, VIEW_PLAIN, STR(" "));
		view_add_name(v, str_cut(&left, '\n'));
	}
	if (count > SHOW_NAMES_MOST)
		view_printf(v, VIEW_DIM, " and %zu more", count - SHOW_NAMES_MOST);
	view_end(v);
	buf_free(&names);
	return false;
}

static bool
show_reply(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	view_begin(v, n->time);
	view_add(v, VIEW_DIM, n->text);
	view_end(v);
	return false;
}

static bool
show_error(struct view *v, const struct session *s, const struct news *n)
{
	(void)s;
	view_begin(v, n->time);
	if (n->to.len > 0)
		view_printf(v, VIEW_ERROR, STR_FMT ": ", STR_ARG(n->to));
	view_add(v, VIEW_ERROR, n->text);
	view_end(v);
	return false;
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool (*const shows[NEWS_KINDS])(
    struct view *v, const struct session *s, const struct news *n) = {
	[NEWS_MESSAGE] = show_said,
	[NEWS_ACTION] = show_said,
	[NEWS_NOTICE] = show_said,
	[NEWS_JOIN] = show_join,
	[NEWS_PART] = show_part,
	[NEWS_KICK] = show_kick,
	[NEWS_QUIT] = show_quit,
	[NEWS_NICK] = show_nick,
	[NEWS_TOPIC] = show_topic,
	[NEWS_MODE] = show_mode,
	[NEWS_INVITE] = show_invite,
	[NEWS_NAMES] = show_names,
	[NEWS_REPLY] = show_reply,
	[NEWS_MOTD] = show_reply,
	[NEWS_ERROR] = show_error,
};

bool
show_news(struct view *v, const struct session *s, const struct news *n)
{
	return shows[n->kind](v, s, n);
}

static int
day_of(int64_t wall, char date[16])
{
	time_t seconds = (time_t)(wall / 1000);
	struct tm tm = { 0 };

	localtime_r(&seconds, &tm);
	if (strftime(date, 16, "%Y-%m-%d", &tm) == 0)
		date[0] = '\0';
	return tm.tm_year * 366 + tm.tm_yday;
}

static void
show_headline(struct view *v, const struct news *n, struct str where)
{
	view_begin(v, n->time);
	view_printf(v, VIEW_DIM, "* %s in " STR_FMT ":", n->past ? "said before" : "missed",
	    STR_ARG(where));
	view_end(v);
}

void
show_fetched(struct view *v, const struct session *s, const struct news *n, struct fetched *last)
{
	struct str where = n->own || session_is_channel(s, n->to) ? n->to : n->from;
	char date[16];
	int day = day_of(n->time, date);

	if (!n->past && !n->missed) {
		last->is = last->is && n->kind > NEWS_NOTICE;
		return;
	}
	if (!last->is || last->past != n->past || !name_eq(str_from(last->where), where)) {
		show_headline(v, n, where);
		last->day = day_of(clock_wall(), (char[16]){ "" });
	}
	if (day != last->day)
		show_note(v, VIEW_DIM, "* %s", date);
	last->is = true;
	last->past = n->past;
	last->day = day;
	str_copy(last->where, sizeof(last->where), where);
}

void
show_own(struct view *v, const struct session *s, const struct outgoing *line)
{
	struct news n = {
		.kind = line->kind == OUTGOING_ACTION ? NEWS_ACTION : NEWS_MESSAGE,
		.time = line->time > 0 ? line->time : clock_wall(),
		.from = str_from(s->nick),
		.to = str_from(line->target),
		.text = { line->text, line->len },
		.own = true,
	};

	show_news(v, s, &n);
}

void
show_note(struct view *v, enum view_style style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	view_begin(v, clock_wall());
	view_add(v, style, str_from(text));
	view_end(v);
}
