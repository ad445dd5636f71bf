/* Saying who we are, and hearing what the server is like. */
#include <stdio.h>
#include <string.h>

#include "handle.h"
#include "irc/names.h"

/* What this client makes use of. */
static const cap_set useful = CAP_BIT(CAP_MESSAGE_TAGS) | CAP_BIT(CAP_SERVER_TIME) |
			      CAP_BIT(CAP_ECHO_MESSAGE) | CAP_BIT(CAP_LABELED_RESPONSE) |
			      CAP_BIT(CAP_BATCH) | CAP_BIT(CAP_CAP_NOTIFY) |
			      CAP_BIT(CAP_MULTI_PREFIX) | CAP_BIT(CAP_INVITE_NOTIFY) |
			      CAP_BIT(CAP_STANDARD_REPLIES) | CAP_BIT(CAP_CHATHISTORY) |
			      CAP_BIT(CAP_SASL) | CAP_BIT(CAP_SOCKCHAT_ID) |
			      CAP_BIT(CAP_SOCKCHAT_DURABLE);

/* ---- capabilities ---------------------------------------------------------------------------- */

/* The capabilities named in a list, "name=value" or "-name". */
static cap_set
parse_caps(struct str list, bool removed)
{
	cap_set set = 0;

	while (list.len > 0) {
		struct str name = str_word(&list);
		enum cap c;
		if (str_eat(&name, '-') != removed)
			continue;
		c = cap_find(str_cut(&name, '='));
		if (c < CAP_COUNT)
			set |= CAP_BIT(c);
	}
	return set;
}

static void
ask_caps(struct session *s, cap_set set, bool one_by_one)
{
	char list[IRC_LINE_MOST / 2];
	size_t n = 0;

	for (enum cap c = 0; c < CAP_COUNT; c++) {
		if (!(set & CAP_BIT(c)))
			continue;
		n += str_copy(list + n, sizeof(list) - n, str_from(n ? " " : ""));
		n += str_copy(list + n, sizeof(list) - n, str_from(cap_name(c)));
		if (one_by_one) {
			session_send(s, "CAP REQ :%s", list);
			s->caps_asked++;
			n = 0;
		}
	}
	if (n == 0)
		return;
	session_send(s, "CAP REQ :%s", list);
	s->caps_asked++;
}

/* Logging in comes first, when that is wanted. */
static void
end_negotiation(struct session *s)
{
	if (!s->negotiating || s->caps_asked > 0)
		return;
	if (login_wanted(s) && (s->login != LOGIN_NOT || login_begin(s)))
		return;
	if (s->stage == SESSION_REFUSED)
		return;
	s->negotiating = false;
	session_send(s, "CAP END");
}

void
handle_login_over(struct session *s)
{
	end_negotiation(s);
}

/* A label is of use only where an answer of several lines comes as a batch. */
static cap_set
wanted_caps(const struct session *s)
{
	cap_set set = s->offered & useful & ~s->caps;

	if (!(s->offered & CAP_BIT(CAP_BATCH)))
		set &= ~(CAP_BIT(CAP_LABELED_RESPONSE) | CAP_BIT(CAP_CHATHISTORY));
	if (s->account[0] == '\0')
		set &= ~CAP_BIT(CAP_SASL);
	return set;
}

/* What stands behind the names that have a value of use. */
static void
note_values(struct session *s, struct str list)
{
	while (list.len > 0) {
		struct str value = str_word(&list), name = str_cut(&value, '=');
		if (str_eq(name, STR("sasl")))
			str_copy(s->mechanisms, sizeof(s->mechanisms), value);
		else if (str_eq(name, STR("sockchat/durable")))
			str_copy(s->durable, sizeof(s->durable), value);
	}
}

static void
caps_offered(struct session *s, const struct irc_message *m)
{
	bool more = m->count > 3 && str_eq(m->params[2], STR("*"));

	note_values(s, m->params[m->count - 1]);
	s->offered |= parse_caps(m->params[m->count - 1], false);
	if (more)
		return;
	ask_caps(s, wanted_caps(s), false);
	end_negotiation(s);
}

static void
caps_granted(struct session *s, const struct irc_message *m)
{
	struct str list = m->params[m->count - 1];

	s->caps |= parse_caps(list, false);
	s->caps &= ~parse_caps(list, true);
	if (s->caps_asked > 0)
		s->caps_asked--;
	end_negotiation(s);
}

/* All or nothing was refused: perhaps one of them may not be had. */
static void
caps_refused(struct session *s, const struct irc_message *m)
{
	cap_set set = parse_caps(m->params[m->count - 1], false);

	if (s->caps_asked > 0)
		s->caps_asked--;
	if ((set & (set - 1)) != 0)
		ask_caps(s, set, true);
	else
		s->offered &= ~set;
	end_negotiation(s);
}

static void
caps_gone(struct session *s, const struct irc_message *m)
{
	cap_set set = parse_caps(m->params[m->count - 1], false);

	s->offered &= ~set;
	/* What was sent with a label will be answered without one: a ping behind it tells that it
	 * was. */
	if (s->caps & set & CAP_BIT(CAP_LABELED_RESPONSE))
		session_send(s, "PING :%llu", (unsigned long long)s->outbox.last_token);
	s->caps &= ~set;
}

static const struct {
	const char *name;
	handler_function *handle;
} cap_commands[] = {
	{ "ACK", caps_granted },
	{ "DEL", caps_gone },
	{ "LS", caps_offered },
	{ "NAK", caps_refused },
	{ "NEW", caps_offered },
};

void
handle_cap(struct session *s, const struct irc_message *m)
{
	for (size_t i = 0; i < sizeof(cap_commands) / sizeof(cap_commands[0]); i++)
		if (str_eq_nocase(m->params[1], str_from(cap_commands[i].name)))
			cap_commands[i].handle(s, m);
}

/* ---- names ----------------------------------------------------------------------------------- */

enum { SHORT_NICK = 9 }; /* what every server allows (RFC 2812, 1.2.1) */

static void
try_nick(struct session *s)
{
	char nick[ROSTER_NAME_MOST + 1], suffix[16] = "";
	struct str base = str_from(s->wanted);
	size_t room = s->nick_room ? s->nick_room : sizeof(nick) - 1;

	if (s->nick_tries > 0)
		snprintf(suffix, sizeof(suffix), "%u", s->nick_tries + 1);
	room -= strlen(suffix) < room ? strlen(suffix) : room;
	snprintf(nick, sizeof(nick), STR_FMT "%s", STR_ARG(str_first(base, room)), suffix);
	str_copy(s->nick, sizeof(s->nick), str_from(nick));
	session_send(s, "NICK %s", s->nick);
}

/* The server's sentence: the last parameter. */
static struct str
sentence(const struct irc_message *m)
{
	return irc_param(m, m->count - 1);
}

void
handle_nick_bad(struct session *s, const struct irc_message *m)
{
	if (s->stage != SESSION_REGISTERING) {
		handle_error(s, m);
		return;
	}
	if (s->wanted_given || str_eq(str_from(s->wanted), STR("guest"))) {
		session_refuse(s, "the server does not accept the name '%s': " STR_FMT, s->nick,
		    STR_ARG(sentence(m)));
		return;
	}
	/* Our login name, then: as every server allows it, and at last a name that is good
	 * anywhere. */
	if (strlen(s->wanted) > SHORT_NICK)
		s->wanted[SHORT_NICK] = '\0';
	else
		str_copy(s->wanted, sizeof(s->wanted), STR("guest"));
	try_nick(s);
}

/* A name may be taken by nobody who is there: an account has it. */
static void
refuse_taken(struct session *s, struct str why)
{
	bool account = (s->offered & CAP_BIT(CAP_SASL)) != 0 && s->account[0] == '\0';

	session_refuse(s, "the name '%s' is taken: " STR_FMT "%s", s->nick, STR_ARG(why),
	    account ? "; if it is that of an account of yours, log in with --account" : "");
}

void
handle_nick_taken(struct session *s, const struct irc_message *m)
{
	struct str named = irc_param(m, 1);

	if (s->stage != SESSION_REGISTERING) {
		handle_error(s, m);
		return;
	}
	if (s->wanted_given || s->nick_tries + 1 >= SESSION_NICK_TRIES) {
		refuse_taken(s, sentence(m));
		s->nick_busy = true;
		return;
	}
	/* It names less than we asked for: that is as long as a name may be here. */
	if (m->count > 2 && named.len < strlen(s->nick) && str_starts(str_from(s->nick), named))
		s->nick_room = named.len;
	s->nick_tries++;
	try_nick(s);
}

void
handle_refused(struct session *s, const struct irc_message *m)
{
	if (s->stage == SESSION_REGISTERING)
		session_refuse(s, "the server refused: " STR_FMT, STR_ARG(sentence(m)));
	else
		handle_error(s, m);
}

/* ---- the greeting ---------------------------------------------------------------------------- */

/* ":Welcome to the network nick!user@host": others see us so, on many servers. */
static void
find_own_host(struct session *s, struct str text)
{
	struct str word = { NULL, 0 };

	while (text.len > 0)
		word = str_word(&text);
	if (session_is_self(s, irc_source_nick(word)))
		handle_note_userhost(s, word);
}

void
handle_welcome(struct session *s, const struct irc_message *m)
{
	if (s->stage != SESSION_REGISTERING)
		return;
	if (login_wanted(s)) {
		session_refuse(
		    s, "the server let us in without asking for the account '%s'", s->account);
		return;
	}
	s->stage = SESSION_JOINING;
	s->negotiating = false;
	str_copy(s->nick, sizeof(s->nick), m->params[0]);
	str_copy(s->server, sizeof(s->server), m->source);
	find_own_host(s, sentence(m));
	for (size_t i = 0; i < s->roster.count; i++) {
		const struct room *room = s->roster.rooms[i];
		session_send(s, "JOIN %s%s%s", room->name, room->key[0] ? " " : "", room->key);
	}
	/* Its answer says that all of that is done. */
	s->ready_token = ++s->sequence;
	session_send(s, "PING :r%llu", (unsigned long long)s->ready_token);
}

/* For what this session is to do. */
static bool
is_of_use(struct session *s)
{
	if (s->catchup.resume && !session_has(s, CAP_CHATHISTORY))
		session_refuse(s,
		    "--resume: this server does not tell what was said while one was away "
		    "(it has no draft/chathistory)");
	else if (s->must_be_durable && !session_has(s, CAP_SOCKCHAT_DURABLE))
		session_refuse(s,
		    "--durable: this server does not keep what it acknowledges on a disk "
		    "(it has no sockchat/durable)");
	else if (s->must_be_durable && !str_eq(str_from(s->durable), STR("full")))
		session_refuse(s,
		    "--durable: a power cut may take what this server acknowledges (its "
		    "durability is '%s')",
		    s->durable);
	return s->stage != SESSION_REFUSED;
}

void
handle_ready(struct session *s)
{
	if (s->stage != SESSION_JOINING)
		return;
	for (size_t i = s->roster.count; i > 0; i--) {
		struct room *room = s->roster.rooms[i - 1];
		struct news n = { .kind = NEWS_ERROR, .time = s->time, .server = true };
		char name[ROSTER_NAME_MOST + 1];
		if (room->joined)
			continue;
		n.to = (struct str){ name, str_copy(name, sizeof(name), str_from(room->name)) };
		n.text = STR("the server did not let us in, and did not say why");
		session_forget(s, room);
		session_tell(s, &n);
	}
	if (!is_of_use(s))
		return;
	s->stage = SESSION_READY;
	s->was_ready = true;
	catchup_ready(s);
	session_pump(s);
}

static void
support_token(struct session *s, struct str token)
{
	struct str key = str_cut(&token, '=');
	int64_t n;

	if (str_eq(key, STR("CHANTYPES")))
		str_copy(s->chantypes, sizeof(s->chantypes), token);
	else if (str_eq(key, STR("CHATHISTORY")) && str_to_int64(token, &n) && n > 0)
		s->catchup.limit = n < CATCHUP_PAGE ? (unsigned)n : CATCHUP_PAGE;
	else if (str_eq(key, STR("LINELEN")) && str_to_int64(token, &n) && n > 0)
		s->line_most = (size_t)n;
	else if (str_eq(key, STR("PREFIX")) && str_eat(&token, '(')) {
		str_cut(&token, ')');
		str_copy(s->prefixes, sizeof(s->prefixes), token);
	}
}

void
handle_isupport(struct session *s, const struct irc_message *m)
{
	for (unsigned i = 1; i + 1 < m->count; i++)
		support_token(s, m->params[i]);
}

/* Our shown host changed: how much room it takes is not known until we are named by it. */
void
handle_host(struct session *s, const struct irc_message *m)
{
	(void)m;
	s->userhost = 0;
}
