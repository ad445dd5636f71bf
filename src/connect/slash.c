/* What a person types. */
#include "connect/slash.h"

#include <stdlib.h>
#include <string.h>

#include "irc/names.h"

static void
answer(struct session *s, struct str text)
{
	session_tell(
	    s, &(struct news){ .kind = NEWS_REPLY, .time = -1, .text = text, .server = true });
}

/* Words that become parameters: one that starts with ':' would be taken for the last. */
static int
check_name(struct str name, struct err *e)
{
	if (name.len > 0 && name.len <= ROSTER_NAME_MOST && name.p[0] != ':')
		return 0;
	return err_set(e, "'" STR_FMT "' is no name", STR_ARG(str_first(name, 60)));
}

static int
say(struct session *s, enum outgoing_kind kind, struct str target, struct str text, uint64_t number,
    struct err *e)
{
	if (outbox_full(&s->outbox))
		return err_set(e, "%d lines wait to be sent: wait until they are", OUTBOX_LINES);
	if (!session_say(s, kind, target, text, number))
		return err_set(e, "out of memory");
	return 0;
}

static int
say_here(
    struct session *s, enum outgoing_kind kind, struct str text, uint64_t number, struct err *e)
{
	if (s->current[0] == '\0')
		return err_set(e, "nobody to talk to: /join CHANNEL or /msg NAME first");
	return say(s, kind, str_from(s->current), text, number, e);
}

/* The channel that a command is about: its first word when that is one, else the current one. */
static int
which_channel(struct session *s, struct str *words, struct str *channel, struct err *e)
{
	struct str rest = *words, first = str_word(&rest);

	*channel = str_from(s->current);
	if (session_is_channel(s, first)) {
		*channel = first;
		*words = str_trim(rest);
	}
	if (channel->len == 0 || !session_is_channel(s, *channel))
		return err_set(e, "which channel? You are not talking in one");
	return check_name(*channel, e);
}

/* ---- the commands ---------------------------------------------------------------------------- */

static int
run_away(struct session *s, struct str words, struct err *e)
{
	(void)e;
	if (words.len > 0)
		session_send(s, "AWAY :" STR_FMT, STR_ARG(words));
	else
		session_send(s, "AWAY%s", s->away ? "" : " :away");
	return 0;
}

static void
help_line(struct session *s, const struct slash_command *row)
{
	char text[256];
	struct buf out = BUF_INIT(sizeof(text));

	buf_printf(&out, "/%s%s%s  %s", row->name, row->usage[0] ? " " : "", row->usage, row->help);
	answer(s, buf_str(&out));
	buf_free(&out);
}

static int
run_help(struct session *s, struct str words, struct err *e)
{
	struct str name = words;
	const struct slash_command *row;

	str_eat(&name, '/');
	if (name.len > 0) {
		row = slash_find(name);
		if (row == NULL)
			return err_set(
			    e, "there is no command /" STR_FMT, STR_ARG(str_first(name, 60)));
		help_line(s, row);
		return 0;
	}
	for (size_t i = 0; i < slash_command_count; i++)
		help_line(s, &slash_commands[i]);
	answer(s, STR("//text  says a text that starts with a slash; exit or \\quit alone leave"));
	return 0;
}

static int
run_join(struct session *s, struct str words, struct err *e)
{
	struct str channel = str_word(&words), key = str_word(&words);
	struct room *room;

	if (!session_is_channel(s, channel) || check_name(channel, e) == -1)
		return err_set(e, "'" STR_FMT "' is no channel: its name starts with #",
		    STR_ARG(str_first(channel, 60)));
	room = roster_find(&s->roster, channel);
	if (room != NULL && room->joined) {
		session_talk(s, str_from(room->name));
		return 0;
	}
	if (key.len > 0 && roster_add(&s->roster, channel, key) == NULL)
		return err_set(e, "the key is too long");
	session_send(
	    s, "JOIN " STR_FMT "%s" STR_FMT, STR_ARG(channel), key.len ? " " : "", STR_ARG(key));
	return 0;
}

static int
run_list(struct session *s, struct str words, struct err *e)
{
	struct str pattern = str_word(&words);

	if (pattern.len > 0 && check_name(pattern, e) == -1)
		return -1;
	session_send(s, "LIST%s" STR_FMT, pattern.len ? " " : "", STR_ARG(pattern));
	return 0;
}

static int
run_me(struct session *s, struct str words, struct err *e)
{
	return say_here(s, OUTGOING_ACTION, words, 0, e);
}

static int
run_msg(struct session *s, struct str words, struct err *e)
{
	struct str to = str_word(&words);
	struct room *room;

	words = str_trim(words);
	if (check_name(to, e) == -1)
		return -1;
	if (words.len > 0)
		return say(s, OUTGOING_MESSAGE, to, words, 0, e);
	room = roster_find(&s->roster, to);
	if (session_is_channel(s, to) && (room == NULL || !room->joined))
		return err_set(e, "you are not in " STR_FMT ": /join it", STR_ARG(to));
	session_talk(s, to);
	return 0;
}

static int
run_names(struct session *s, struct str words, struct err *e)
{
	struct str channel;
	struct room *room;

	if (which_channel(s, &words, &channel, e) == -1)
		return -1;
	room = roster_find(&s->roster, channel);
	if (room != NULL)
		room->asked = true;
	session_send(s, "NAMES " STR_FMT, STR_ARG(channel));
	return 0;
}

static int
run_nick(struct session *s, struct str words, struct err *e)
{
	struct str nick = str_word(&words);

	if (check_name(nick, e) == -1)
		return -1;
	session_send(s, "NICK " STR_FMT, STR_ARG(nick));
	return 0;
}

static int
run_part(struct session *s, struct str words, struct err *e)
{
	struct str channel;

	if (which_channel(s, &words, &channel, e) == -1)
		return -1;
	session_send(s, "PART " STR_FMT "%s" STR_FMT, STR_ARG(channel), words.len ? " :" : "",
	    STR_ARG(words));
	return 0;
}

static int
run_quit(struct session *s, struct str words, struct err *e)
{
	(void)e;
	session_quit(s, words);
	s->leaving = true;
	return 0;
}

static int
run_topic(struct session *s, struct str words, struct err *e)
{
	struct str channel;

	if (which_channel(s, &words, &channel, e) == -1)
		return -1;
	session_send(s, "TOPIC " STR_FMT "%s" STR_FMT, STR_ARG(channel), words.len ? " :" : "",
	    STR_ARG(words));
	return 0;
}

static int
run_who(struct session *s, struct str words, struct err *e)
{
	struct str mask = str_word(&words);

	if (mask.len == 0)
		mask = str_from(s->current);
	if (mask.len == 0)
		return err_set(e, "who? /who NAME or /who CHANNEL");
	if (check_name(mask, e) == -1)
		return -1;
	session_send(s, "WHO " STR_FMT, STR_ARG(mask));
	return 0;
}

const struct slash_command slash_commands[] = {
	{ "away", "[WHY]", "says that you are away; again without a reason: that you are back",
	    true, false, run_away },
	{ "help", "[COMMAND]", "lists the commands, or tells about one", false, false, run_help },
	{ "join", "CHANNEL [KEY]", "joins a channel and talks there; switches when you are in it",
	    true, true, run_join },
	{ "list", "[PATTERN]", "lists the channels of the server", true, false, run_list },
	{ "me", "TEXT", "says what you do: * alice waves", false, true, run_me },
	{ "msg", "NAME [TEXT]", "says it to one person; without a text: talks there from now on",
	    false, true, run_msg },
	{ "names", "[CHANNEL]", "lists who is in the channel", true, false, run_names },
	{ "nick", "NAME", "changes your name", true, true, run_nick },
	{ "part", "[CHANNEL] [WHY]", "leaves the channel", true, false, run_part },
	{ "quit", "[WHY]", "leaves", false, false, run_quit },
	{ "topic", "[CHANNEL] [TEXT]", "shows the topic of the channel, or changes it", true, false,
	    run_topic },
	{ "who", "[NAME|CHANNEL]", "tells who somebody is, or who is in a channel", true, false,
	    run_who },
};
const size_t slash_command_count = sizeof(slash_commands) / sizeof(slash_commands[0]);

/* ---- from a line to one of them -------------------------------------------------------------- */

static int
compare_row(const void *key, const void *row)
{
	return str_compare_nocase(
	    *(const struct str *)key, str_from(((const struct slash_command *)row)->name));
}

const struct slash_command *
slash_find(struct str name)
{
	return bsearch(
	    &name, slash_commands, slash_command_count, sizeof(slash_commands[0]), compare_row);
}

/* The one that a misspelt name is nearest to, when it is near. */
static const struct slash_command *
nearest(struct str name)
{
	const struct slash_command *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < slash_command_count; i++) {
		unsigned distance = str_distance(name, str_from(slash_commands[i].name));
		if (distance < least && distance < name.len) {
			least = distance;
			best = &slash_commands[i];
		}
	}
	return best;
}

struct slash
slash_parse(struct str line)
{
	struct slash out = { .kind = SLASH_TEXT, .text = line };
	struct str rest = line, word = str_trim(line);

	if (word.len == 0)
		return (struct slash){ .kind = SLASH_NOTHING };
	if (str_eq(word, STR("exit")) || str_eq(word, STR("\\quit")))
		return (struct slash){ .kind = SLASH_LEAVE };
	if (!str_eat(&rest, '/'))
		return out;
	if (rest.len > 0 && rest.p[0] == '/') {
		out.text = rest;
		return out;
	}
	word = str_first(rest, str_find(rest, ' '));
	out.text = str_trim(str_from_byte(rest, word.len));
	out.row = slash_find(word);
	out.kind = SLASH_COMMAND;
	if (out.row == NULL)
		out = (struct slash){ .kind = SLASH_UNKNOWN,
			.row = nearest(word),
			.text = str_first(line, word.len + 1) };
	return out;
}

static int
run_command(struct session *s, const struct slash *c, struct err *e)
{
	if (c->row->online && !session_online(s))
		return err_set(e, "/%s needs a connection: wait until there is one", c->row->name);
	if (c->row->needs_words && c->text.len == 0)
		return err_set(e, "/%s %s: it needs more", c->row->name, c->row->usage);
	return c->row->run(s, c->text, e);
}

int
slash_enter(struct session *s, struct str line, uint64_t number, bool *leave, struct err *e)
{
	struct slash c = slash_parse(line);
	int result = 0;

	if (c.kind == SLASH_TEXT)
		return say_here(s, OUTGOING_MESSAGE, c.text, number, e);
	if (c.kind == SLASH_UNKNOWN && c.row != NULL)
		return err_set(e, "there is no command " STR_FMT "; do you mean /%s?",
		    STR_ARG(str_first(c.text, 60)), c.row->name);
	if (c.kind == SLASH_UNKNOWN)
		return err_set(e,
		    "there is no command " STR_FMT
		    "; /help lists them, and // says a text that starts with a slash",
		    STR_ARG(str_first(c.text, 60)));
	if (c.kind == SLASH_LEAVE)
		result = run_quit(s, STR(""), e);
	else if (c.kind == SLASH_COMMAND)
		result = run_command(s, &c, e);
	*leave = s->leaving;
	return result;
}
