/* The plain dialect: the first line is the name, every other line is a message. For nc, telnet, a
 * shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/away.h"
#include "serve/commands.h"
#include "serve/devices.h"
#include "serve/hashing.h"
#include "serve/login.h"
#include "serve/reply.h"
#include "serve/services.h"

enum { SOURCE_ROOM = 24 }; /* of a line besides source, target and text: " PRIVMSG  :" and change */

/* ---- the name and the password --------------------------------------------------------------- */

static void
ask_name(struct session *s, const char *why)
{
	reply_notice(s, "* %s; type a name and press Enter", why);
}

static const char *
what_is_wrong(const struct session *s, struct str name)
{
	static char text[128];
	size_t most = hub_rules(s->server->hub)->name_length;

	if (utf8_count(name) > most) {
		snprintf(text, sizeof(text), "a name has %zu characters at most", most);
		return text;
	}
	return "a name has letters, digits and signs like - and _, no spaces, and starts with a "
	       "letter";
}

/* Forgets what belongs to a name that this session is not going to have. */
static void
ask_other_name(struct session *s, const char *why)
{
	s->reg->asked_password = false;
	s->reg->asked_account = false;
	free(s->reg->nick);
	s->reg->nick = NULL;
	ask_name(s, why);
}

/* There is a name: what else is to be known? */
static void
ask_next(struct session *s)
{
	struct registration *r = s->reg;
	struct str name = str_from(r->nick);

	session_login_by_socket(s);
	r->asked_password = !r->password_given;
	r->asked_account = r->password_given && nick_is_reserved(s, name);
	if (r->asked_password)
		reply_notice(s, "* this server needs a password: type it and press Enter");
	else if (nick_is_anothers(s, name))
		ask_other_name(s, "that name was taken meanwhile");
	else if (!r->asked_account)
		session_try_register(s);
	else if (!account_has_password(server_account(s->server, name)))
		ask_other_name(s, "that name belongs to a user of this machine");
	else
		reply_notice(s,
		    "* %s is somebody's: type the password of the account and press "
		    "Enter; an empty line takes another name",
		    r->nick);
}

static void
verified(struct session *s, struct str name, const struct sasl_keys *made, const char *why)
{
	struct account *a = login_verified(s->server, name, made);

	(void)why;
	if (a == NULL) {
		ask_other_name(s, "that is not its password");
		return;
	}
	login_right(s, name);
	if (session_login(s, a))
		ask_next(s);
	else
		session_end(s, STR("The server is short of memory"));
}

static void
take_account_password(struct session *s, struct str password)
{
	struct str name = str_from(s->reg->nick);
	struct sasl_keys like;
	int64_t wait;

	if (password.len == 0) {
		ask_other_name(s, "all right");
		return;
	}
	wait = login_attempt(s, name);
	if (wait > 0) {
		reply_notice(s, "! too many attempts; try again in %lld seconds", (long long)wait);
		return;
	}
	login_keys(s->server, name, &like);
	if (!session_hash(s, name, password, &like, HASH_TO_LOG_IN, verified)) {
		login_right(s, name);
		reply_notice(s, "! the server is short of memory; type it again");
	}
	explicit_bzero(&like, sizeof(like));
}

static void
take_name(struct session *s, struct str name)
{
	struct registration *r = s->reg;

	if (!nick_valid(name, hub_rules(s->server->hub)->name_length)) {
		ask_name(s, what_is_wrong(s, name));
		return;
	}
	if (nick_is_anothers(s, name) || service_find(name) != NULL) {
		ask_name(s, "that name is taken");
		return;
	}
	free(r->nick);
	free(r->name);
	free(r->real);
	r->nick = str_dup(name);
	r->name = str_dup(name);
	r->real = str_dup(name);
	if (r->nick == NULL || r->name == NULL || r->real == NULL) {
		session_end(s, STR("The server is short of memory"));
	} else {
		ask_next(s);
	}
}

static void
take_password(struct session *s, struct str password)
{
	struct irc_message m = { .params = { password }, .count = 1 };

	cmd_pass(s, &m);
	if (s->reg->password_given)
		ask_next(s);
	else
		session_end(s, STR("that is not the password"));
}

void
plain_first_line(struct session *s, struct str line)
{
	char text[200];
	size_t most = hub_rules(s->server->hub)->name_length;
	int n;

	if (!nick_valid(line, most)) {
		n = snprintf(text, sizeof(text),
		    "This is a chat: the first line is your name, %zu characters at most, without "
		    "spaces; or use an IRC client",
		    most);
		session_end(s, (struct str){ text, (size_t)n });
		return;
	}
	s->dialect = DIALECT_PLAIN;
	session_set_caps(s, 0);
	take_name(s, line);
}

static bool
set_target(struct session *s, struct str name)
{
	struct session_extra *x = session_extra_make(s);

	if (x == NULL)
		return false;
	free(x->plain_target);
	x->plain_target = name.len ? str_dup(name) : NULL;
	return x->plain_target != NULL;
}

static void
join(struct session *s, struct str name)
{
	struct event ev = { .kind = EVENT_JOIN, .actor = s->user, .target = name };
	enum verdict v = server_event(s->server, s, &ev);

	if (v != VERDICT_OK && v != VERDICT_NOTHING)
		return;
	set_target(s, str_from(ev.channel->name));
	if (v == VERDICT_NOTHING)
		reply_notice(s, "* you speak in %s now", ev.channel->name);
}

void
plain_welcome(struct session *s)
{
	reply_notice(s,
	    "* welcome to %s, %s: what you type goes to %s; \"@name text\" is private; /help tells "
	    "more",
	    s->server->network, s->user->nick, s->server->lobby);
	join(s, s->server->names.lobby);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* How many bytes of text fit into one IRC line to this target. */
static size_t
text_room(const struct session *s, struct str target)
{
	char mask[512];
	size_t used = user_mask(s->user, mask, sizeof(mask)).len + target.len + SOURCE_ROOM;

	return used + 64 < IRC_TEXT_MOST ? IRC_TEXT_MOST - used : 64;
}

/* A long text goes in several messages, cut between characters. */
static bool
say(struct session *s, struct str target, struct str text, const char *before, const char *after)
{
	char whole[IRC_TEXT_MOST + 16];
	size_t room = text_room(s, target);

	do {
		struct str part = str_first(text, utf8_prefix(text, room));
		int n = snprintf(
		    whole, sizeof(whole), "%s" STR_FMT "%s", before, STR_ARG(part), after);
		struct event ev = { .kind = EVENT_MESSAGE,
			.actor = s->user,
			.target = target,
			.text = { whole, (size_t)n } };
		if (server_event(s->server, s, &ev) != VERDICT_OK)
			return false;
		text = str_from_byte(text, part.len);
	} while (text.len > 0);
	return true;
}

/* [limits] message-length counts the whole line that was typed, before it is cut for the wire. */
static bool
short_enough(struct session *s, struct str text)
{
	size_t most = hub_rules(s->server->hub)->message_length, count = utf8_count(text);

	if (most == 0 || count <= most)
		return true;
	reply_notice(
	    s, "! that message has %zu characters; the most is %zu; it was not sent", count, most);
	return false;
}

static void
to_channel(struct session *s, struct str text, const char *before, const char *after)
{
	if (session_extra(s)->plain_target == NULL)
		reply_notice(s, "! you are in no channel; /join #name");
	else if (text.len > 0 && short_enough(s, text))
		say(s, str_from(session_extra(s)->plain_target), text, before, after);
}

static void
to_name(struct session *s, struct str name, struct str text)
{
	text = str_trim(text);
	if (name.len == 0 || text.len == 0)
		reply_notice(s, "! write it as: @name text");
	else if (service_message(s, EVENT_MESSAGE, name, text))
		return;
	else if (channel_looks(name))
		reply_notice(s, "! @name is for one person; /join a channel to speak there");
	else if (short_enough(s, text) && say(s, name, text, "", ""))
		reply_notice(s, "[you -> " STR_FMT "] " STR_FMT, STR_ARG(name), STR_ARG(text));
}

/* ---- commands -------------------------------------------------------------------------------- */

static void
do_away(struct session *s, struct str rest)
{
	away_say(s, rest);
}

static void
do_join(struct session *s, struct str rest)
{
	struct str name = str_word(&rest);

	if (!channel_looks(name))
		reply_notice(s, "! the name of a channel starts with #: /join #name");
	else
		join(s, name);
}

static void
do_list(struct session *s, struct str rest)
{
	struct irc_message m = { .params = { rest }, .count = rest.len > 0 };

	cmd_list(s, &m);
}

static void
do_me(struct session *s, struct str rest)
{
	to_channel(s, rest, "\001ACTION ", "\001");
}

static void
do_msg(struct session *s, struct str rest)
{
	struct str name = str_word(&rest);

	to_name(s, name, rest);
}

/* The channel that is named, or else the current one; false (and said) when there is none. */
static bool
named_or_current(struct session *s, struct str *rest, struct str *name)
{
	*name = *rest;
	if (channel_looks(*rest))
		*name = str_word(rest);
	else
		*name = str_from(session_extra(s)->plain_target);
	*rest = str_trim(*rest);
	if (name->len == 0)
		reply_notice(s, "! you are in no channel; name one");
	return name->len > 0;
}

static void
do_names(struct session *s, struct str rest)
{
	const struct channel *c;
	struct str name;

	if (!named_or_current(s, &rest, &name))
		return;
	c = hub_channel(s->server->hub, name);
	if (c != NULL && channel_visible(c, s->user))
		reply_names(s, c);
	else
		reply_notice(s, "! there is no channel " STR_FMT, STR_ARG(name));
}

static void
do_nick(struct session *s, struct str rest)
{
	struct irc_message m = { .params = { str_word(&rest) }, .count = 1 };

	cmd_nick(s, &m);
}

static void
do_part(struct session *s, struct str rest)
{
	struct event ev = { .kind = EVENT_PART, .actor = s->user };
	char name[IRC_CHANNEL_ROOM + 1];

	if (!named_or_current(s, &rest, &ev.target))
		return;
	str_copy(name, sizeof(name), ev.target);
	ev.text = rest;
	if (server_event(s->server, s, &ev) != VERDICT_OK)
		return;
	if (session_extra(s)->plain_target != NULL &&
	    name_eq(str_from(session_extra(s)->plain_target), str_from(name)))
		set_target(s, s->user->membership_count
				  ? str_from(s->user->memberships[0]->channel->name)
				  : (struct str){ 0 });
	reply_notice(s,
	    session_extra(s)->plain_target ? "* you left %s; you speak in %s now" : "* you left %s",
	    name, session_extra(s)->plain_target ? session_extra(s)->plain_target : "");
}

static void
do_quit(struct session *s, struct str rest)
{
	struct irc_message m = { .params = { rest }, .count = 1 };

	cmd_quit(s, &m);
}

static void
do_topic(struct session *s, struct str rest)
{
	struct irc_message m = { .count = 1 };
	const struct channel *c;

	if (!named_or_current(s, &rest, &m.params[0]))
		return;
	m.params[1] = rest;
	m.count = rest.len > 0 ? 2 : 1;
	c = hub_channel(s->server->hub, m.params[0]);
	if (m.count == 1 && c != NULL && c->topic == NULL && channel_visible(c, s->user))
		reply_notice(s, "* %s has no topic", c->name);
	else
		cmd_topic(s, &m);
}

static void
do_who(struct session *s, struct str rest)
{
	const struct user *u = hub_user(s->server->hub, str_word(&rest));

	if (u == NULL)
		do_names(s, (struct str){ 0 });
	else
		reply_notice(s, "* %s is %s@%s (%s)%s%s", u->nick, u->name, u->host, u->real,
		    u->away ? ", away: " : "", u->away ? u->away : "");
}

static void do_help(struct session *s, struct str rest);

static const struct plain_command {
	const char *name, *usage, *help;
	void (*run)(struct session *s, struct str rest);
} plain_commands[] = {
	{ "away", "/away [text]", "you are away; without a text, back", do_away },
	{ "help", "/help", "this list", do_help },
	{ "join", "/join #name", "joins a channel and speaks there", do_join },
	{ "list", "/list", "the channels there are", do_list },
	{ "me", "/me text", "says what you do", do_me },
	{ "msg", "/msg name text", "the same as @name text", do_msg },
	{ "names", "/names [#name]", "who is in the channel", do_names },
	{ "nick", "/nick name", "takes another name", do_nick },
	{ "part", "/part [#name]", "leaves the channel", do_part },
	{ "quit", "/quit [text]", "leaves; so do \\quit and exit alone on a line", do_quit },
	{ "topic", "/topic [text]", "shows or sets the topic", do_topic },
	{ "who", "/who [name]", "who somebody is, or who is here", do_who },
};

enum { PLAIN_COMMANDS = sizeof(plain_commands) / sizeof(plain_commands[0]) };

static void
do_help(struct session *s, struct str rest)
{
	(void)rest;
	for (size_t i = 0; i < PLAIN_COMMANDS; i++)
		reply_notice(s, "* %-16s %s", plain_commands[i].usage, plain_commands[i].help);
	reply_notice(s, "* %-16s %s", "@name text", "to one person; //text says /text");
}

static void
run_command(struct session *s, struct str line)
{
	struct str name = str_word(&line);

	for (size_t i = 0; i < PLAIN_COMMANDS; i++)
		if (str_eq_nocase(name, str_from(plain_commands[i].name))) {
			plain_commands[i].run(s, str_trim(line));
			return;
		}
	reply_notice(s,
	    "! there is no command /" STR_FMT "; /help lists them; the line was not sent",
	    STR_ARG(str_first(name, utf8_prefix(name, 32))));
}

static void
registered_line(struct session *s, struct str line)
{
	if (str_eq(line, STR("\\quit")) || str_eq(line, STR("exit"))) {
		session_end(s, STR("Quit"));
	} else if (str_eat(&line, '@')) {
		struct str name = str_word(&line);
		to_name(s, name, line);
	} else if (str_starts(line, STR("//"))) {
		to_channel(s, str_from_byte(line, 1), "", "");
	} else if (str_eat(&line, '/')) {
		run_command(s, line);
	} else {
		to_channel(s, line, "", "");
	}
}

void
plain_line(struct session *s, struct str line)
{
	if (!utf8_valid(line))
		reply_notice(s, "! that line is not valid UTF-8; it was not sent");
	else if (s->user != NULL)
		registered_line(s, line);
	else if (s->reg->asked_account)
		take_account_password(s, line);
	else if (line.len == 0)
		return;
	else if (s->reg->asked_password)
		take_password(s, line);
	else
		take_name(s, line);
}
