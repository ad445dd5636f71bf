/* Events that were refused: what the one who asked is told. */
#include <stdio.h>

#include "base/utf8.h"
#include "serve/announce.h"
#include "serve/bans.h"
#include "serve/metadata.h"
#include "serve/reply.h"

/* Which words of the event the numeric's format takes, in order. */
enum words { NO_WORDS, TARGET, OBJECT, OBJECT_TARGET };

static const struct row {
	int numeric;
	enum words words;
} rows[VERDICT_COUNT] = {
	[VERDICT_NO_SUCH_CHANNEL] = { ERR_NOSUCHCHANNEL, TARGET },
	[VERDICT_NOT_ON_CHANNEL] = { ERR_NOTONCHANNEL, TARGET },
	[VERDICT_TARGET_NOT_ON_CHANNEL] = { ERR_USERNOTINCHANNEL, OBJECT_TARGET },
	[VERDICT_TARGET_ON_CHANNEL] = { ERR_USERONCHANNEL, OBJECT_TARGET },
	[VERDICT_CANNOT_SEND] = { ERR_CANNOTSENDTOCHAN, TARGET },
	[VERDICT_NOT_CHANNEL_OPERATOR] = { ERR_CHANOPRIVSNEEDED, TARGET },
	[VERDICT_BANNED] = { ERR_BANNEDFROMCHAN, TARGET },
	[VERDICT_INVITE_ONLY] = { ERR_INVITEONLYCHAN, TARGET },
	[VERDICT_BAD_KEY] = { ERR_BADCHANNELKEY, TARGET },
	[VERDICT_FULL] = { ERR_CHANNELISFULL, TARGET },
	[VERDICT_TOO_MANY_CHANNELS] = { ERR_TOOMANYCHANNELS, TARGET },
	[VERDICT_BAD_CHANNEL_NAME] = { ERR_NOSUCHCHANNEL, TARGET },
	[VERDICT_BAD_NICK] = { ERR_ERRONEUSNICKNAME, TARGET },
	[VERDICT_ON_CHANNEL] = { ERR_KNOCKONCHAN, TARGET },
	[VERDICT_OPEN] = { ERR_CHANOPEN, TARGET },
	[VERDICT_NO_KNOCK] = { ERR_CANNOTKNOCK, TARGET },
	[VERDICT_NEEDS_ACCOUNT] = { ERR_NEEDREGGEDNICK, TARGET },
	[VERDICT_CALLER_ID] = { ERR_TARGUMODEG, TARGET },
	[VERDICT_NO_CTCP] = { ERR_CANTSENDTOUSER, TARGET },
	[VERDICT_ACCEPTED] = { ERR_ACCEPTEXIST, OBJECT },
	[VERDICT_NOT_ACCEPTED] = { ERR_ACCEPTNOT, OBJECT },
	[VERDICT_ACCEPT_FULL] = { ERR_ACCEPTFULL, NO_WORDS },
	[VERDICT_NICK_IN_USE] = { ERR_NICKNAMEINUSE, TARGET },
	[VERDICT_NOT_PERMITTED] = { ERR_NOPRIVILEGES, NO_WORDS },
	[VERDICT_OTHER_USER] = { ERR_USERSDONTMATCH, NO_WORDS },
};

/* What was asked for, as one word that is safe to repeat; never empty. */
static const char *
word(struct str s)
{
	s = str_first(s, utf8_prefix(s, 64));
	s = str_first(s, str_find(s, ' '));
	return s.len > 0 && s.p[0] != ':' ? reply_text(s) : "*";
}

static const char *
command_of(const struct event *ev)
{
	static const char *const names[EVENT_KIND_COUNT] = { [EVENT_MESSAGE] = "PRIVMSG",
		[EVENT_NOTICE] = "NOTICE",
		[EVENT_TAGMSG] = "TAGMSG",
		[EVENT_JOIN] = "JOIN",
		[EVENT_TOPIC] = "TOPIC",
		[EVENT_MODE] = "MODE",
		[EVENT_NICK] = "NICK",
		[EVENT_AWAY] = "AWAY",
		[EVENT_SETNAME] = "SETNAME",
		[EVENT_INVITE] = "INVITE",
		[EVENT_HOST] = "CHGHOST",
		[EVENT_KNOCK] = "KNOCK",
		[EVENT_ACCEPT] = "ACCEPT",
		[EVENT_RENAME] = "RENAME" };

	if (ev->relayed.len > 0)
		return "RELAYMSG";
	return names[ev->kind] ? names[ev->kind] : "*";
}

/* Why a channel is not given another name; NULL: that is not why. */
static const char *
refused_name(enum verdict v)
{
	switch (v) {
	case VERDICT_NAME_IN_USE:
		return "There is a channel of that name already";
	case VERDICT_BAD_NEW_NAME:
		return "That is no name for a channel: # and more, no space or comma, not too long";
	case VERDICT_NOT_FOUNDER:
		return "The channel is registered: only its founder can give it another name";
	case VERDICT_RENAMED_JUST_NOW:
		return "The channel was given another name just now; wait some seconds";
	default:
		return NULL;
	}
}

/* In how many seconds somebody may knock again. */
static int64_t
too_soon(const struct session *by, const struct event *ev)
{
	int64_t own = user_extra(by->user)->knocked, last = channel_extra(ev->channel)->knocked;
	int64_t left = hub_rules(by->server->hub)->knock_interval - ev->time;

	return (left + (own > last ? own : last) + 999) / 1000;
}

/* Bans hold: those of a channel the nick that one has, those of the server the one asked for. */
static void
refuse_nick(struct session *by, const struct event *ev)
{
	char why[BAN_TEXT_ROOM];

	if (ev->ban == NULL) {
		reply_numeric(by, ERR_BANNICKCHANGE, word(ev->target), ev->channel->name);
		return;
	}
	reply_numeric(by, ERR_ERRONEUSNICKNAME, word(ev->target));
	reply_notice(by, "The nick %s is banned here " STR_FMT, word(ev->target),
	    STR_ARG(ban_text(ev->ban, why)));
}

static void
refuse_odd(struct session *by, const struct event *ev, enum verdict v)
{
	char text[160];
	size_t most = hub_rules(by->server->hub)->message_length;
	bool to_user = ev->kind == EVENT_KILL || ev->kind == EVENT_KICK ||
		       ev->kind == EVENT_INVITE || ev->kind == EVENT_HOST ||
		       ev->kind == EVENT_ACCEPT;

	if (v == VERDICT_NO_SUCH_NICK) {
		reply_numeric(by, ERR_NOSUCHNICK, word(to_user ? ev->object : ev->target));
		return;
	}
	if (refused_name(v) != NULL) {
		snprintf(text, sizeof(text), "%s %s", word(ev->target), word(ev->object));
		reply_standard(by, "FAIL", "RENAME",
		    v == VERDICT_NAME_IN_USE ? "CHANNEL_NAME_IN_USE" : "CANNOT_RENAME", text,
		    refused_name(v));
		return;
	}
	if (v == VERDICT_TOO_SOON) {
		reply_numeric(by, ERR_TOOMANYKNOCK, word(ev->target), (long long)too_soon(by, ev));
		return;
	}
	if (v == VERDICT_NICK_HELD || v == VERDICT_NICK_BANNED) {
		refuse_nick(by, ev);
		return;
	}
	if (v == VERDICT_LIST_FULL) {
		reply_notice(
		    by, "There are %d bans, which is the most: lift some", SERVER_BANS_MOST);
		return;
	}
	if (v == VERDICT_TOO_LONG) {
		snprintf(text, sizeof(text), "The message has %zu characters; the most is %zu",
		    utf8_count(ev->text), most);
		reply_standard(
		    by, "FAIL", command_of(ev), "MESSAGE_TOO_LONG", word(ev->target), text);
		return;
	}
	if (v == VERDICT_BAD_HOST) {
		reply_standard(by, "FAIL", command_of(ev), "INVALID_HOST", word(ev->object),
		    "A host is letters, digits and - _ . : /, a user name letters, digits and - _ "
		    ".");
		return;
	}
	if (v == VERDICT_NOT_STORED) {
		reply_standard(by, "FAIL", command_of(ev), "STORE_UNAVAILABLE", word(ev->target),
		    "The message was not sent: the server cannot store it now; try again later");
		return;
	}
	reply_numeric(by, ERR_UNKNOWNERROR, command_of(ev), "The server is short of memory");
}

/* Mode g: the one who was not written to is told of it, now and then, and the other that it was. */
static void
tell_called(struct session *by, const struct user *u)
{
	reply_numeric(by, RPL_TARGNOTIFY, u->nick);
	for (struct session *s = session_of(u); s != NULL; s = s->next_device)
		reply_numeric(s, RPL_UMODEGMSG, by->user->nick, by->user->name, by->user->host);
}

/* Who types is no caller, and gets no answer to it. */
static bool
is_passed_over(const struct event *ev, enum verdict v)
{
	return ev->kind == EVENT_TAGMSG && ev->user != NULL &&
	       (v == VERDICT_CALLER_ID || v == VERDICT_NEEDS_ACCOUNT);
}

/* The answers of the draft; false: it has none for that. */
static bool
refuse_relayed(struct session *by, const struct event *ev, enum verdict v)
{
	if (ev->relayed.len == 0)
		return false;
	if (v == VERDICT_NOT_CHANNEL_OPERATOR)
		reply_fail(by, "RELAYMSG", "PRIVS_NEEDED", "",
		    "Only operators of the channel and of the server may relay messages");
	else if (v == VERDICT_BAD_NICK)
		reply_fail(by, "RELAYMSG", "INVALID_NICK", "",
		    "The name is not like a nick with a / in it, such as ada/elsewhere");
	else
		return false;
	return true;
}

void
announce_refusal(struct session *by, const struct event *ev, enum verdict v)
{
	const struct row *row = &rows[v];

	if (ev->kind == EVENT_METADATA) {
		metadata_refused(by, ev, v);
		return;
	}
	/* A NOTICE is never answered (RFC 2812, 3.3.2), nor is a message without text. */
	if (ev->kind == EVENT_NOTICE && by->dialect == DIALECT_IRC && v != VERDICT_TOO_LONG &&
	    v != VERDICT_NOT_STORED)
		return;
	if (is_passed_over(ev, v) || refuse_relayed(by, ev, v))
		return;
	if (row->numeric == 0)
		refuse_odd(by, ev, v);
	else if (row->words == NO_WORDS)
		reply_numeric(by, row->numeric);
	else if (row->words == OBJECT_TARGET)
		reply_numeric(by, row->numeric, word(ev->object), word(ev->target));
	else
		reply_numeric(
		    by, row->numeric, word(row->words == TARGET ? ev->target : ev->object));
	if (ev->informs)
		tell_called(by, ev->user);
}

void
announce_mode_refusal(struct session *by, const struct event *ev, const struct mode_change *m)
{
	char letter[2] = { m->letter, '\0' };
	const char *target = word(ev->target);

	switch (m->verdict) {
	case VERDICT_OK:
	case VERDICT_NOTHING:
		break;
	case VERDICT_UNKNOWN_MODE:
		if (ev->channel != NULL)
			reply_numeric(by, ERR_UNKNOWNMODE, letter);
		else
			reply_numeric(by, ERR_UMODEUNKNOWNFLAG);
		break;
	case VERDICT_NO_SUCH_NICK:
		reply_numeric(by, ERR_NOSUCHNICK, word(m->param));
		break;
	case VERDICT_TARGET_NOT_ON_CHANNEL:
		reply_numeric(by, ERR_USERNOTINCHANNEL, word(m->param), target);
		break;
	case VERDICT_NOT_CHANNEL_OPERATOR: /* of the channel that is named */
		reply_numeric(by, ERR_CHANOPRIVSNEEDED, word(m->param));
		break;
	case VERDICT_LIST_FULL:
		reply_numeric(by, ERR_BANLISTFULL, target, letter);
		break;
	case VERDICT_INVALID_KEY:
		reply_numeric(by, ERR_INVALIDKEY, target);
		break;
	case VERDICT_NEEDS_PARAM:
		reply_numeric(
		    by, ERR_INVALIDMODEPARAM, target, letter, "*", "You must give a parameter");
		break;
	case VERDICT_BAD_MODE_PARAM:
		reply_numeric(by, ERR_INVALIDMODEPARAM, target, letter, word(m->param),
		    "That is not a valid parameter");
		break;
	default:
		reply_numeric(by, ERR_UNKNOWNERROR, "MODE", "The server is short of memory");
	}
}
