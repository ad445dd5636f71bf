/* Commands of the connection itself: capabilities, nick, user, password, ping, quit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/caps.h"
#include "serve/commands.h"
#include "serve/devices.h"
#include "serve/login.h"
#include "serve/reply.h"

enum { CAP_LINE_ROOM = 400, MINUTE = 60000 };

/* ---- CAP ------------------------------------------------------------------------------------- */

/* The names of a set, as few lines as fit; all but the last carry "*". Who knows no version 302
 * takes each line for the whole: the first names, as many as fit, are all it is told. */
static void
reply_caps(struct session *s, const char *verb, cap_set caps, bool values)
{
	struct buf names = BUF_INIT(4096);
	const char *nick = reply_text(session_nick(s));
	char room[CAP_VALUE_ROOM];
	struct str value = { 0 };
	bool several = s->cap_version >= 302;
	size_t most = several ? CAP_LINE_ROOM
			      : IRC_TEXT_MOST - strlen(s->server->name) - strlen(nick) -
				    strlen(":  CAP   :") - strlen(verb);

	for (unsigned c = 0; c < CAP_COUNT; c++) {
		if ((caps & CAP_BIT(c)) == 0)
			continue;
		if (values)
			value = cap_value(s, (enum cap)c, room);
		if (names.len + strlen(cap_name((enum cap)c)) + value.len + 1 > most) {
			if (!several)
				break;
			reply_line(s, "CAP %s %s * :%s", nick, verb, buf_cstr(&names));
			buf_clear(&names);
		}
		buf_printf(&names, "%s%s%s" STR_FMT, names.len ? " " : "", cap_name((enum cap)c),
		    value.len ? "=" : "", STR_ARG(value));
	}
	reply_line(s, "CAP %s %s :%s", nick, verb, buf_cstr(&names));
	buf_free(&names);
}

static void
cap_ls(struct session *s, struct str version)
{
	int64_t number;

	if (s->reg != NULL)
		s->reg->cap_negotiating = true;
	if (str_to_int64(version, &number) && number > s->cap_version && number <= UINT16_MAX)
		s->cap_version = (uint16_t)number;
	if (s->cap_version >= 302) /* implied by the specification */
		session_set_caps(s, s->caps | CAP_BIT(CAP_CAP_NOTIFY));
	reply_caps(s, "LS", caps_offered(s), s->cap_version >= 302);
}

static void
cap_list(struct session *s, struct str unused)
{
	(void)unused;
	reply_caps(s, "LIST", s->caps, false);
}

/* All of the request or none of it. */
static void
cap_req(struct session *s, struct str wanted)
{
	struct str words = wanted, word;
	cap_set caps = s->caps, offered = caps_offered(s);
	bool known = true;

	if (s->reg != NULL)
		s->reg->cap_negotiating = true;
	while ((word = str_word(&words)).len > 0) {
		bool off = str_eat(&word, '-');
		enum cap c = cap_find(word);
		if (c == CAP_COUNT || (offered & CAP_BIT(c)) == 0 ||
		    (off && c == CAP_CAP_NOTIFY && s->cap_version >= 302)) {
			known = false;
			break;
		}
		caps = off ? caps & ~CAP_BIT(c) : caps | CAP_BIT(c);
	}
	reply_line(s, "CAP %s %s :" STR_FMT, reply_text(session_nick(s)), known ? "ACK" : "NAK",
	    STR_ARG(wanted));
	if (known)
		session_set_caps(s, caps);
}

static void
cap_end(struct session *s, struct str unused)
{
	(void)unused;
	if (s->reg == NULL)
		return;
	s->reg->cap_negotiating = false;
	session_try_register(s);
}

static const struct {
	struct str name;
	void (*run)(struct session *s, struct str rest);
} cap_commands[] = { { { "LS", 2 }, cap_ls }, { { "LIST", 4 }, cap_list },
	{ { "REQ", 3 }, cap_req }, { { "END", 3 }, cap_end } };

void
cmd_cap(struct session *s, const struct irc_message *m)
{
	for (size_t i = 0; i < sizeof(cap_commands) / sizeof(cap_commands[0]); i++)
		if (str_eq_nocase(m->params[0], cap_commands[i].name)) {
			cap_commands[i].run(s, irc_param(m, 1));
			return;
		}
	reply_numeric(s, ERR_INVALIDCAPCMD, reply_cut(m->params[0], 32));
}

/* ---- registration ---------------------------------------------------------------------------- */

/* False: too many changes this minute. */
static bool
may_change_nick(struct session *s)
{
	size_t most = s->server->limits.nick_changes;
	struct session_extra *x = most > 0 ? session_extra_make(s) : NULL;
	int64_t now = clock_monotonic();

	if (x == NULL)
		return most == 0;
	if (now - x->nick_minute >= MINUTE) {
		x->nick_minute = now;
		x->nick_changes = 0;
	}
	if (x->nick_changes >= most)
		return false;
	x->nick_changes++;
	return true;
}

static void
change_nick(struct session *s, struct str nick)
{
	struct event ev = { .kind = EVENT_NICK, .actor = s->user, .target = nick };

	if (nick_is_reserved(s, nick))
		reply_reserved(s, nick);
	else if (!may_change_nick(s))
		reply_numeric(s, ERR_NICKTOOFAST, reply_text(nick),
		    (long long)(session_extra(s)->nick_minute + MINUTE - clock_monotonic() + 999) /
			1000);
	else
		server_event(s->server, s, &ev);
}

void
cmd_nick(struct session *s, const struct irc_message *m)
{
	struct str nick = irc_param(m, 0);

	if (nick.len == 0) {
		reply_numeric(s, ERR_NONICKNAMEGIVEN);
		return;
	}
	if (s->user != NULL) {
		change_nick(s, nick);
		return;
	}
	if (!nick_valid(nick, hub_rules(s->server->hub)->name_length)) {
		struct event ev = { .kind = EVENT_NICK, .target = nick };
		announce_refusal(s, &ev, VERDICT_BAD_NICK);
	} else if (nick_is_anothers(s, nick)) {
		s->reg->nick_taken = true;
		reply_numeric(s, ERR_NICKNAMEINUSE, reply_text(nick));
	} else {
		s->reg->nick_taken = false;
		free(s->reg->nick);
		s->reg->nick = str_dup(nick);
		session_try_register(s);
	}
}

void
cmd_user(struct session *s, const struct irc_message *m)
{
	struct str real = m->params[3];

	if (s->user != NULL || s->reg->name != NULL) {
		reply_numeric(s, ERR_ALREADYREGISTERED);
		return;
	}
	if (m->params[0].len == 0 || real.len == 0) {
		reply_numeric(s, ERR_NEEDMOREPARAMS, "USER");
		return;
	}
	s->reg->name = str_dup(m->params[0]);
	s->reg->real = str_dup(str_first(real, utf8_prefix(real, IRC_REAL_MOST)));
	if (s->reg->name == NULL || s->reg->real == NULL)
		session_end(s, STR("The server is short of memory"));
	else
		session_try_register(s);
}

/* The same time whatever differs. */
static bool
same_secret(struct str a, struct str b)
{
	unsigned char differs = a.len != b.len;

	for (size_t i = 0; i < a.len; i++)
		differs |= (unsigned char)(a.p[i] ^ b.p[b.len ? i % b.len : 0]);
	return differs == 0;
}

void
cmd_pass(struct session *s, const struct irc_message *m)
{
	if (s->user != NULL)
		reply_numeric(s, ERR_ALREADYREGISTERED);
	else if (m->params[0].len == 0)
		reply_numeric(s, ERR_NEEDMOREPARAMS, "PASS");
	else if (s->server->password.len > 0)
		s->reg->password_given = same_secret(m->params[0], s->server->password);
}

/* ---- signs of life and the end --------------------------------------------------------------- */

void
cmd_ping(struct session *s, const struct irc_message *m)
{
	if (m->count == 0)
		reply_numeric(s, ERR_NEEDMOREPARAMS, "PING");
	else if (m->params[0].len == 0)
		reply_numeric(s, ERR_NOORIGIN);
	else
		reply_line(s, "PONG %s :" STR_FMT, s->server->name, STR_ARG(m->params[0]));
}

void
cmd_pong(struct session *s, const struct irc_message *m)
{
	(void)s; /* any input shows that the client lives */
	(void)m;
}

void
cmd_quit(struct session *s, const struct irc_message *m)
{
	char reason[IRC_TEXT_MOST];
	struct str text = irc_param(m, 0);
	int n;

	text = str_first(text, utf8_prefix(text, IRC_KICK_MOST));
	n = snprintf(reason, sizeof(reason), text.len > 0 ? "Quit: " STR_FMT : "Quit" STR_FMT,
	    STR_ARG(text));
	session_end(s, (struct str){ reason, (size_t)n });
}

void
cmd_error(struct session *s, const struct irc_message *m)
{
	(void)s;
	(void)m;
}
