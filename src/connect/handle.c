/* What the server says, to news: a table of commands, and the handlers of what people do. */
#include "handle.h"

#include <stdlib.h>
#include <string.h>

#include "irc/names.h"

struct news
handle_news(const struct session *s, enum news_kind kind, const struct irc_message *m)
{
	struct str nick = irc_source_nick(m->source);
	bool bare = str_find(m->source, '!') == m->source.len;
	enum fill_kind page = s->batch == CATCHUP_A_PAGE ? s->catchup.first->kind : FILL_TARGETS;

	return (struct news){
		.kind = kind,
		.time = s->time,
		.timed = s->timed,
		.id = s->id,
		.missed = page == FILL_AFTER,
		.past = page == FILL_LATEST,
		.from = nick,
		.server = bare && (s->stage < SESSION_JOINING || m->source.len == 0 ||
				      str_eq(m->source, str_from(s->server)) ||
				      str_find(m->source, '.') < m->source.len),
		.own = session_is_self(s, nick),
	};
}

struct str
handle_joined(const struct irc_message *m, unsigned from, char *out, size_t size)
{
	size_t n = 0;

	for (unsigned i = from; i < m->count; i++) {
		if (i > from && n + 1 < size)
			out[n++] = ' ';
		n += str_copy(out + n, size - n, m->params[i]);
	}
	return (struct str){ out, n };
}

void
handle_note_userhost(struct session *s, struct str source)
{
	size_t bang = str_find(source, '!');

	if (bang < source.len)
		s->userhost = source.len - bang - 1;
}

/* ---- messages -------------------------------------------------------------------------------- */

static struct piece *
find_echoed(struct session *s, const struct news *n)
{
	struct piece *p = s->token ? outbox_find(&s->outbox, s->token) : NULL;

	for (size_t i = 0;
	     p == NULL && session_has(s, CAP_ECHO_MESSAGE) && i < s->outbox.flight_count; i++) {
		struct piece *candidate = &s->outbox.flight[i];
		if (!candidate->echoed && !candidate->again &&
		    str_eq(piece_text(candidate), n->text) &&
		    name_eq(str_from(candidate->line->target), n->to))
			p = candidate;
	}
	return p;
}

/* Our own line comes back: the server has it, and at what time. False: it is not one in flight. */
static bool
take_echo(struct session *s, const struct news *n)
{
	struct piece *p = find_echoed(s, n);

	if (p == NULL)
		return false;
	p->echoed = true;
	p->line->time = n->time;
	str_copy(p->line->id, sizeof(p->line->id), n->id);
	catchup_echo(s, n);
	return true;
}

/* "\1ACTION waves\1" -> an action "waves"; other requests between clients are shown as they are. */
static void
unwrap(struct news *n)
{
	struct str text = n->text;

	if (!str_eat(&text, '\001') || !str_starts(text, STR("ACTION")))
		return;
	text = str_from_byte(text, sizeof("ACTION") - 1);
	if (text.len > 0 && text.p[text.len - 1] == '\001')
		text.len--;
	if (text.len > 0 && !str_eat(&text, ' '))
		return;
	n->kind = NEWS_ACTION;
	n->text = text;
}

static void
handle_privmsg(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_MESSAGE, m);

	n.to = irc_param(m, 0);
	n.text = irc_param(m, 1);
	unwrap(&n);
	if (s->batch != CATCHUP_NONE) {
		session_tell(s, &n);
		return;
	}
	if (n.own) {
		handle_note_userhost(s, m->source);
		if (take_echo(s, &n))
			return;
	} else {
		roster_spoke(&s->roster, n.to, n.from);
	}
	session_tell(s, &n);
}

static void
handle_notice(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_NOTICE, m);

	n.to = irc_param(m, 0);
	n.text = irc_param(m, 1);
	session_tell(s, &n);
}

/* ---- coming, going, changing ----------------------------------------------------------------- */

static void
joined_ourselves(struct session *s, const struct irc_message *m)
{
	struct str name = irc_param(m, 0);
	struct room *room = roster_add(&s->roster, name, STR(""));

	handle_note_userhost(s, m->source);
	if (room == NULL)
		return;
	room_clear(room);
	room->joined = room->asked = true;
	/* Asked for with /join, or made to by the server: that is where the talk is now. */
	if (s->stage == SESSION_READY || s->current[0] == '\0')
		session_talk(s, name);
}

static void
handle_join(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_JOIN, m);
	struct room *room;

	n.to = irc_param(m, 0);
	if (n.own)
		joined_ourselves(s, m);
	room = roster_find(&s->roster, n.to);
	if (room != NULL)
		room_enter(room, n.from);
	session_tell(s, &n);
	if (n.own)
		catchup_joined(s, n.to);
}

/* Out of one channel by our own wish: the talk goes on in another. */
static void
left_ourselves(struct session *s, struct room *room)
{
	bool was_current = name_eq(str_from(room->name), str_from(s->current));

	session_forget(s, room);
	for (size_t i = 0; was_current && i < s->roster.count; i++)
		if (s->roster.rooms[i]->joined) {
			session_talk(s, str_from(s->roster.rooms[i]->name));
			return;
		}
}

static void
handle_part(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_PART, m);
	struct room *room = roster_find(&s->roster, irc_param(m, 0));

	n.to = irc_param(m, 0);
	n.text = irc_param(m, 1);
	session_tell(s, &n);
	if (n.own)
		catchup_left(s, n.to);
	if (room != NULL && n.own)
		left_ourselves(s, room);
	else if (room != NULL)
		room_leave(room, n.from);
}

static void
handle_kick(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_KICK, m);
	struct room *room = roster_find(&s->roster, irc_param(m, 0));

	n.to = irc_param(m, 0);
	n.object = irc_param(m, 1);
	n.text = irc_param(m, 2);
	n.own = session_is_self(s, n.object);
	if (room != NULL && n.own)
		session_forget(s, room);
	else if (room != NULL)
		room_leave(room, n.object);
	session_tell(s, &n);
}

static void
handle_quit(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_QUIT, m);

	n.text = irc_param(m, 0);
	for (size_t i = 0; i < s->roster.count; i++)
		room_leave(s->roster.rooms[i], n.from);
	session_tell(s, &n);
}

static void
handle_nick(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_NICK, m);

	n.to = irc_param(m, 0);
	for (size_t i = 0; i < s->roster.count; i++)
		room_rename(s->roster.rooms[i], n.from, n.to);
	if (n.own) {
		str_copy(s->nick, sizeof(s->nick), n.to);
		str_copy(s->wanted, sizeof(s->wanted), n.to);
	} else if (name_eq(n.from, str_from(s->current))) {
		session_talk(s, n.to);
	}
	session_tell(s, &n);
}

static void
handle_topic(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_TOPIC, m);

	n.to = irc_param(m, 0);
	n.text = irc_param(m, 1);
	session_tell(s, &n);
}

static void
handle_mode(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_MODE, m);
	char text[IRC_LINE_MOST];

	n.to = irc_param(m, 0);
	n.text = handle_joined(m, 1, text, sizeof(text));
	if (session_is_channel(s, n.to)) /* what the server sets on us concerns nobody */
		session_tell(s, &n);
}

static void
handle_invite(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_INVITE, m);

	n.to = irc_param(m, 0);
	n.object = irc_param(m, 1);
	session_tell(s, &n);
}

static void
handle_nothing(struct session *s, const struct irc_message *m)
{
	(void)s;
	(void)m;
}

/* ---- the table ------------------------------------------------------------------------------- */

struct handler {
	const char *command;
	unsigned least; /* parameters; a line with fewer is ignored */
	handler_function *handle;
};

/* Sorted by command: a unit test says so. Numerics that are not here: handle_numeric. */
static const struct handler handlers[] = {
	{ "001", 1, handle_welcome },
	{ "002", 0, handle_nothing },
	{ "003", 0, handle_nothing },
	{ "004", 0, handle_nothing },
	{ "005", 2, handle_isupport },
	{ "042", 0, handle_nothing }, /* InspIRCd: a unique id */
	{ "250", 0, handle_nothing }, /* counts of users, told to everybody who comes */
	{ "251", 0, handle_nothing },
	{ "252", 0, handle_nothing },
	{ "253", 0, handle_nothing },
	{ "254", 0, handle_nothing },
	{ "255", 0, handle_nothing },
	{ "265", 0, handle_nothing },
	{ "266", 0, handle_nothing },
	{ "301", 3, handle_away_of },
	{ "305", 1, handle_away_own },
	{ "306", 1, handle_away_own },
	{ "315", 1, handle_note },
	{ "321", 0, handle_nothing },
	{ "323", 1, handle_note },
	{ "329", 0, handle_nothing },
	{ "332", 3, handle_topic_reply },
	{ "333", 0, handle_nothing },
	{ "352", 8, handle_who },
	{ "353", 4, handle_names },
	{ "366", 2, handle_names_end },
	{ "372", 2, handle_motd },
	{ "375", 0, handle_nothing },
	{ "376", 0, handle_nothing },
	{ "396", 2, handle_host },
	{ "403", 2, handle_join_refused },
	{ "405", 2, handle_join_refused },
	{ "422", 0, handle_nothing },
	{ "431", 1, handle_nick_bad },
	{ "432", 1, handle_nick_bad },
	{ "433", 1, handle_nick_taken },
	{ "436", 1, handle_nick_taken },
	{ "437", 1, handle_nick_taken },
	{ "464", 1, handle_refused },
	{ "465", 1, handle_refused },
	{ "470", 2, handle_join_refused }, /* forwarded to another channel */
	{ "471", 2, handle_join_refused },
	{ "473", 2, handle_join_refused },
	{ "474", 2, handle_join_refused },
	{ "475", 2, handle_join_refused },
	{ "476", 2, handle_join_refused },
	{ "477", 2, handle_join_refused }, /* only those with an account may join */
	{ "479", 2, handle_join_refused },
	{ "480", 2, handle_join_refused },
	{ "489", 2, handle_join_refused }, /* only over TLS */
	{ "520", 2, handle_join_refused }, /* operators only */
	{ "900", 1, handle_nothing },      /* in words what 903 says */
	{ "901", 1, handle_nothing },
	{ "902", 1, handle_login_failed },
	{ "903", 1, handle_logged_in },
	{ "904", 1, handle_login_failed },
	{ "905", 1, handle_login_failed },
	{ "906", 1, handle_login_failed },
	{ "907", 1, handle_login_failed },
	{ "908", 2, handle_mechanisms },
	{ "ACCOUNT", 0, handle_nothing },
	{ "ACK", 0, handle_nothing }, /* its label says all */
	{ "AUTHENTICATE", 1, handle_authenticate },
	{ "AWAY", 0, handle_nothing },
	{ "BATCH", 1, handle_batch },
	{ "CAP", 3, handle_cap },
	{ "CHATHISTORY", 3, handle_chathistory },
	{ "CHGHOST", 0, handle_nothing },
	{ "ERROR", 1, handle_error_line },
	{ "FAIL", 2, handle_fail },
	{ "INVITE", 2, handle_invite },
	{ "JOIN", 1, handle_join },
	{ "KICK", 2, handle_kick },
	{ "MODE", 2, handle_mode },
	{ "NICK", 1, handle_nick },
	{ "NOTE", 2, handle_note },
	{ "NOTICE", 2, handle_notice },
	{ "PART", 1, handle_part },
	{ "PING", 1, handle_ping },
	{ "PONG", 1, handle_pong },
	{ "PRIVMSG", 2, handle_privmsg },
	{ "QUIT", 0, handle_quit },
	{ "SETNAME", 0, handle_nothing },
	{ "TAGMSG", 0, handle_nothing },
	{ "TOPIC", 2, handle_topic },
	{ "WALLOPS", 1, handle_note },
	{ "WARN", 2, handle_note },
};

static int
compare_handler(const void *key, const void *row)
{
	const struct str *command = key;

	return str_compare_nocase(*command, str_from(((const struct handler *)row)->command));
}

const char *
session_command(size_t i)
{
	return i < sizeof(handlers) / sizeof(handlers[0]) ? handlers[i].command : NULL;
}

/* A numeric without a row is a refusal or an answer. */
static void
handle_numeric(struct session *s, const struct irc_message *m)
{
	int64_t n;

	if (!str_to_int64(m->command, &n))
		return; /* a command of some extension that we did not ask for */
	if ((n >= 400 && n < 600) || n == 696 || n == 716 || n == 717)
		handle_error(s, m);
	else
		handle_reply(s, m);
}

void
session_handle(struct session *s, const struct irc_message *m)
{
	const struct handler *row = bsearch(&m->command, handlers,
	    sizeof(handlers) / sizeof(handlers[0]), sizeof(handlers[0]), compare_handler);

	if (row == NULL)
		handle_numeric(s, m);
	else if (m->count >= row->least)
		row->handle(s, m);
}
