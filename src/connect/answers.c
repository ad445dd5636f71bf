/* Answers of the server: acknowledgements, refusals, lists. */
#include <stdio.h>
#include <string.h>

#include "handle.h"
#include "irc/names.h"

/* ---- acknowledgements ------------------------------------------------------------------------ */

void
handle_ping(struct session *s, const struct irc_message *m)
{
	session_send(s, "PONG :" STR_FMT, STR_ARG(m->params[m->count - 1]));
}

/* All that was sent before that ping is done, too. */
static void
settle_up_to(struct session *s, uint64_t token)
{
	struct piece *p;

	while ((p = outbox_oldest(&s->outbox)) != NULL && p->token <= token)
		session_settle(s, p);
}

void
handle_pong(struct session *s, const struct irc_message *m)
{
	struct str token = m->params[m->count - 1];
	bool ready = str_eat(&token, 'r'), page = !ready && str_eat(&token, 'h');
	int64_t n;

	if (!str_to_int64(token, &n))
		return;
	if (ready && (uint64_t)n == s->ready_token)
		handle_ready(s);
	else if (page)
		catchup_answered(s, (uint64_t)n);
	else if (!ready)
		settle_up_to(s, (uint64_t)n);
}

static struct session_batch *
find_batch(struct session *s, struct str name)
{
	for (size_t i = 0; i < SESSION_BATCHES; i++)
		if (str_eq(str_from(s->batches[i].name), name))
			return &s->batches[i];
	return NULL;
}

static void
batch_begins(struct session *s, struct str name, const struct irc_message *m)
{
	struct session_batch *b = find_batch(s, STR(""));

	if (b == NULL || name.len == 0 || name.len >= sizeof(b->name))
		return;
	str_copy(b->name, sizeof(b->name), name);
	b->token = s->token;
	b->kind = catchup_batch(s, irc_param(m, 1), irc_param(m, 2));
	b->page = catchup_question(s);
}

void
handle_batch(struct session *s, const struct irc_message *m)
{
	struct str name = m->params[0];
	struct session_batch *b;
	struct piece *p;
	bool ends = str_eat(&name, '-');

	if (!ends) {
		if (str_eat(&name, '+'))
			batch_begins(s, name, m);
		return;
	}
	b = name.len > 0 ? find_batch(s, name) : NULL;
	if (b == NULL)
		return;
	b->name[0] = '\0';
	p = b->token ? outbox_find(&s->outbox, b->token) : NULL;
	/* A batch inside another has its token, too: the outer one ends the answer. */
	if (p != NULL && s->token == 0)
		session_settle(s, p);
}

/* "TARGETS <target> <time>", in a batch */
void
handle_chathistory(struct session *s, const struct irc_message *m)
{
	if (str_eq_nocase(m->params[0], STR("TARGETS")))
		catchup_listed(s, m->params[1], m->params[2]);
}

/* ---- refusals -------------------------------------------------------------------------------- */

/* Whether a refusal without a label is about that piece: it names its target, or its command. */
static bool
concerns(const struct piece *p, const struct irc_message *m)
{
	static const char *const about_text[] = { "411", "412", "417" };

	for (size_t i = 0; i < sizeof(about_text) / sizeof(about_text[0]); i++)
		if (str_eq(m->command, str_from(about_text[i])))
			return true;
	for (unsigned i = 0; i + 1 < m->count && i < 3; i++)
		if (name_eq(m->params[i], str_from(p->line->target)) ||
		    str_eq_nocase(m->params[i], STR("PRIVMSG")))
			return true;
	return false;
}

/* The piece that a refusal is about; NULL: none of ours. */
static struct piece *
blamed(struct session *s, const struct irc_message *m)
{
	struct piece *p = NULL;

	if (s->token != 0)
		p = outbox_find(&s->outbox, s->token);
	else if (!session_has(s, CAP_LABELED_RESPONSE))
		p = outbox_oldest(&s->outbox);
	return p != NULL && s->token == 0 && !concerns(p, m) ? NULL : p;
}

/* True: one of our lines is refused by this, and will be told of as such. */
static bool
blame_line(struct session *s, const struct irc_message *m)
{
	struct piece *p = blamed(s, m);

	if (p != NULL)
		outgoing_fail(p->line, m->params[m->count - 1]);
	return p != NULL;
}

/* The server has no place for our line now: it stays ours. */
static bool
put_off(struct session *s, const struct irc_message *m)
{
	struct piece *p = NULL;

	if (str_eq(m->params[1], STR("STORE_UNAVAILABLE")))
		p = blamed(s, m);
	if (p == NULL || p->line->failed)
		return false;
	p->not_now = true;
	str_copy(p->line->why, sizeof(p->line->why), m->params[m->count - 1]);
	return true;
}

/* "<client> [about...] :text" */
void
handle_error(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_ERROR, m);
	char about[IRC_LINE_MOST];
	struct irc_message named = *m;

	if (m->count == 0 || blame_line(s, m))
		return;
	named.count = m->count - 1;
	n.to = handle_joined(&named, 1, about, sizeof(about));
	n.text = m->params[m->count - 1];
	if (s->stage == SESSION_REGISTERING && str_eq(m->command, STR("421")))
		return; /* a server that knows no CAP */
	session_tell(s, &n);
}

void
handle_join_refused(struct session *s, const struct irc_message *m)
{
	struct room *room = roster_find(&s->roster, m->params[1]);

	if (room != NULL && !room->joined)
		session_forget(s, room);
	handle_error(s, m);
}

/* FAIL <command> <code> [about...] :text */
void
handle_fail(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_ERROR, m);

	if (str_eq_nocase(m->params[0], STR("CHATHISTORY")) &&
	    catchup_refused(s, m->params[m->count - 1]))
		return;
	if (put_off(s, m) || blame_line(s, m))
		return;
	n.to = m->params[0];
	n.text = m->params[m->count - 1];
	session_tell(s, &n);
}

void
handle_error_line(struct session *s, const struct irc_message *m)
{
	str_copy(s->why, sizeof(s->why), m->params[0]);
}

/* ---- answers to questions -------------------------------------------------------------------- */

static void
tell_reply(struct session *s, const struct irc_message *m, enum news_kind kind, struct str text)
{
	struct news n = handle_news(s, kind, m);

	n.text = text;
	session_tell(s, &n);
}

void
handle_reply(struct session *s, const struct irc_message *m)
{
	char text[IRC_LINE_MOST];

	tell_reply(s, m, NEWS_REPLY, handle_joined(m, 1, text, sizeof(text)));
}

void
handle_note(struct session *s, const struct irc_message *m)
{
	tell_reply(s, m, NEWS_REPLY, m->params[m->count - 1]);
}

void
handle_motd(struct session *s, const struct irc_message *m)
{
	tell_reply(s, m, NEWS_MOTD, m->params[1]);
}

void
handle_away_of(struct session *s, const struct irc_message *m)
{
	char text[IRC_LINE_MOST];

	snprintf(text, sizeof(text), STR_FMT " is away: " STR_FMT, STR_ARG(m->params[1]),
	    STR_ARG(m->params[2]));
	tell_reply(s, m, NEWS_REPLY, str_from(text));
}

void
handle_away_own(struct session *s, const struct irc_message *m)
{
	s->away = str_eq(m->command, STR("306"));
	handle_reply(s, m);
}

void
handle_topic_reply(struct session *s, const struct irc_message *m)
{
	struct news n = handle_news(s, NEWS_TOPIC, m);

	n.to = m->params[1];
	n.text = m->params[2];
	session_tell(s, &n);
}

/* "<client> <channel> <user> <host> <server> <nick> <flags> :<hops> <real name>" */
void
handle_who(struct session *s, const struct irc_message *m)
{
	char text[IRC_LINE_MOST];
	struct str real = m->params[7];

	str_cut(&real, ' ');
	snprintf(text, sizeof(text), STR_FMT " (" STR_FMT "@" STR_FMT ") %s" STR_FMT "%s" STR_FMT,
	    STR_ARG(m->params[5]), STR_ARG(m->params[2]), STR_ARG(m->params[3]),
	    m->params[6].len > 0 && ascii_lower(m->params[6].p[0]) == 'g' ? "is away, " : "",
	    STR_ARG(real), str_eq(m->params[1], STR("*")) ? "" : " ",
	    STR_ARG(str_eq(m->params[1], STR("*")) ? STR("") : m->params[1]));
	tell_reply(s, m, NEWS_REPLY, str_from(text));
}

/* ---- names ----------------------------------------------------------------------------------- */

/* "@+alice!user@host": without the signs and what follows the name. */
static struct str
bare_name(const struct session *s, struct str name)
{
	while (name.len > 0 && strchr(s->prefixes, name.p[0]) != NULL)
		name = str_from_byte(name, 1);
	return irc_source_nick(name);
}

/* "<client> <kind> <channel> :<names>" */
void
handle_names(struct session *s, const struct irc_message *m)
{
	struct room *room = roster_find(&s->roster, m->params[2]);
	struct str names = m->params[3];

	if (room == NULL || !room->joined) {
		char text[IRC_LINE_MOST];
		snprintf(text, sizeof(text), STR_FMT ": " STR_FMT, STR_ARG(m->params[2]),
		    STR_ARG(names));
		tell_reply(s, m, NEWS_REPLY, str_from(text));
		return;
	}
	while (names.len > 0)
		room_enter(room, bare_name(s, str_word(&names)));
}

void
handle_names_end(struct session *s, const struct irc_message *m)
{
	struct room *room = roster_find(&s->roster, m->params[1]);
	struct news n = handle_news(s, NEWS_NAMES, m);

	if (room == NULL || !room->asked)
		return;
	room->asked = false;
	n.to = str_from(room->name);
	session_tell(s, &n);
}
