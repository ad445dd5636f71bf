/* The table of IRC commands, and the dispatcher: what all rows have in common is checked here,
 * once. */
#include "serve/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "serve/reply.h"

const struct irc_command irc_commands[] = {
	/* sorted by name: a unit test says so */
	{ "ACCEPT", REGISTERED, 0, "[[-]<nick>[,[-]<nick>...]]",
	    "Lets somebody write to you although you have mode g or R, or no more; alone, lists "
	    "them.",
	    cmd_accept },
	{ "ADMIN", REGISTERED, 0, "", "Who runs this server.", cmd_admin },
	{ "AUTHENTICATE", ANY, 1, "<mechanism>|<base64>|*", "Logs in to an account (SASL).",
	    cmd_authenticate },
	{ "AWAY", EARLY_AWAY, 0, "[text]", "Says that you are away; without a text, back.",
	    cmd_away },
	{ "BAN", OPERATOR, 0,
	    "[--force] [<duration>] <address>|<mask>|account:<name>|<nick> [<reason>]",
	    "Keeps somebody from the server, for 90m, 12h or 7d, or for good; alone, lists the "
	    "bans.",
	    cmd_ban },
	{ "BATCH", REGISTERED, 1, "+<reference> draft/multiline <target>, or -<reference>",
	    "Begins and ends a message of several lines.", cmd_batch },
	{ "CAP", ANY, 1, "LS|LIST|REQ|END [...]", "Negotiates capabilities.", cmd_cap },
	{ "CHANSERV", REGISTERED, 0, "<command> [...]", "The same as a message to ChanServ.",
	    cmd_chanserv },
	{ "CHATHISTORY", REGISTERED, 0,
	    "LATEST|BEFORE|AFTER|AROUND|BETWEEN <target> <place> [<place>] <limit>, or TARGETS "
	    "<time> <time> <limit>",
	    "What was said, in a channel or with a nick; a place is timestamp=TIME or msgid=ID.",
	    cmd_chathistory },
	{ "CHGHOST", OPERATOR, 1, "<nick> [[<user>@]<host>]",
	    "Changes the host that others see of somebody; without one, back to the true one.",
	    cmd_chghost },
	{ "CS", REGISTERED, 0, "<command> [...]", "The same as CHANSERV.", cmd_chanserv },
	{ "DIE", OPERATOR, 0, "[text]", "Stops the server.", cmd_die },
	{ "DLINE", OPERATOR, 0, "[<minutes>] <address> [<reason>]", "The same as BAN.", cmd_ban },
	{ "ERROR", ANY, 0, "", "Ignored: it is for servers.", cmd_error },
	{ "HELP", REGISTERED, 0, "[command]", "What commands there are, or what one does.",
	    cmd_help },
	{ "HELPOP", REGISTERED, 0, "[command]", "The same as HELP.", cmd_help },
	{ "INFO", REGISTERED, 0, "", "About this program.", cmd_info },
	{ "INVITE", REGISTERED, 0, "<nick> <channel>",
	    "Invites somebody to a channel; without parameters, lists your invitations.",
	    cmd_invite },
	{ "ISON", REGISTERED, 1, "<nick>...", "Which of these are here.", cmd_ison },
	{ "ISUPPORT", EARLY_ISUPPORT, 0, "", "What this server supports (005).", cmd_isupport },
	{ "JOIN", TARGETS, 1, "<channel>[,<channel>...] [<key>[,<key>...]]",
	    "Joins channels, making those that do not exist; JOIN 0 leaves all.", cmd_join },
	{ "KICK", TARGETS, 2, "<channel> <nick>[,<nick>...] [text]",
	    "Removes somebody from a channel.", cmd_kick },
	{ "KILL", OPERATOR, 1, "<nick> [text]", "Ends somebody's connection.", cmd_kill },
	{ "KLINE", OPERATOR, 0, "[<minutes>] <mask> [<reason>]", "The same as BAN.", cmd_ban },
	{ "KNOCK", REGISTERED, 1, "<channel> [text]",
	    "Asks the operators of a channel that one can't join for an invitation.", cmd_knock },
	{ "LINKS", REGISTERED, 0, "", "The servers linked to this one: none.", cmd_links },
	{ "LIST", REGISTERED, 0, "[<channel>[,<channel>...]] [<condition>[,<condition>...]]",
	    "Lists channels; conditions are >N, <N (members), C>N, C<N, T>N, T<N (minutes), mask, "
	    "!mask.",
	    cmd_list },
	{ "LUSERS", REGISTERED, 0, "", "How many are here.", cmd_lusers },
	{ "MARKREAD", REGISTERED, 0, "<target> [timestamp=<time>]",
	    "How far you have read a channel or conversation, or that you have.", cmd_markread },
	{ "METADATA", ANY, 2,
	    "<target>|* GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC [<key>...] [value]",
	    "Texts by key of users and channels: shows and changes them, and says which of them "
	    "you hear of.",
	    cmd_metadata },
	{ "MODE", REGISTERED, 1, "<channel>|<nick> [<modes> [<parameter>...]]",
	    "Shows or changes modes.", cmd_mode },
	{ "MONITOR", REGISTERED, 1, "+|- <nick>[,<nick>...], or C|L|S",
	    "Tells when nicks come and go; C clears the list of them, L shows it, S who is here.",
	    cmd_monitor },
	{ "MOTD", REGISTERED, 0, "", "The message of the day.", cmd_motd },
	{ "NAMES", TARGETS, 0, "[<channel>[,<channel>...]]", "Who is in a channel.", cmd_names },
	{ "NICK", ANY, 0, "<nick>", "Takes a nick.", cmd_nick },
	{ "NICKSERV", REGISTERED, 0, "<command> [...]", "The same as a message to NickServ.",
	    cmd_nickserv },
	{ "NOTICE", TARGETS, 0, "<target>[,<target>...] <text>",
	    "A message that nothing answers by itself.", cmd_notice },
	{ "NS", REGISTERED, 0, "<command> [...]", "The same as NICKSERV.", cmd_nickserv },
	{ "OPER", REGISTERED, 2, "<name> <password>", "Becomes an operator of the server.",
	    cmd_oper },
	{ "PART", TARGETS, 1, "<channel>[,<channel>...] [text]", "Leaves channels.", cmd_part },
	{ "PASS", ANY, 1, "<password>", "The server's password, before NICK and USER.", cmd_pass },
	{ "PING", ANY, 0, "<token>", "Answered by PONG with the token.", cmd_ping },
	{ "PONG", ANY, 0, "<token>", "The answer to PING.", cmd_pong },
	{ "PRIVMSG", TARGETS, 0, "<target>[,<target>...] <text>",
	    "A message to channels, @channels (their operators) or nicks.", cmd_privmsg },
	{ "QUIT", ANY, 0, "[text]", "Leaves.", cmd_quit },
	{ "REDACT", REGISTERED, 0, "<target> <msgid> [text]", "Deletes a message.", cmd_redact },
	{ "REGISTER", ANY, 3, "<account>|* <email>|* <password>", "Makes an account of your nick.",
	    cmd_register },
	{ "REHASH", OPERATOR, 0, "", "Reads the configuration again.", cmd_rehash },
	{ "RELAYMSG", REGISTERED, 3, "<channel> <name>/<place> <text>",
	    "A message from somebody elsewhere, for operators of the channel.", cmd_relaymsg },
	{ "RENAME", REGISTERED, 2, "<channel> <name> [text]", "Gives a channel another name.",
	    cmd_rename },
	{ "SEARCH", REGISTERED, 0, "<key>=<value>[;<key>=<value>...]",
	    "Finds messages; keys are text, from, in, after, before, limit.", cmd_search },
	{ "SETNAME", REGISTERED, 1, "<real name>", "Changes your real name.", cmd_setname },
	{ "STATS", REGISTERED, 0, "<letter>",
	    "k: bans; u: how long the server runs; m: commands used; o: operators; t: turns of its "
	    "loop.",
	    cmd_stats },
	{ "TAGMSG", TARGETS, 0, "<target>[,<target>...]", "A message of tags alone.", cmd_tagmsg },
	{ "TIME", REGISTERED, 0, "", "The server's time.", cmd_time },
	{ "TOPIC", REGISTERED, 1, "<channel> [text]", "Shows or sets the topic.", cmd_topic },
	{ "UNBAN", OPERATOR, 1, "<address>|<mask>|account:<name>|<nick>",
	    "Lifts a ban of the server.", cmd_unban },
	{ "UNDLINE", OPERATOR, 1, "<address>", "The same as UNBAN.", cmd_unban },
	{ "UNKLINE", OPERATOR, 1, "<mask>", "The same as UNBAN.", cmd_unban },
	{ "USER", ANY, 4, "<user> 0 * <real name>", "Who you are, at registration.", cmd_user },
	{ "USERHOST", REGISTERED, 1, "<nick>...", "Where these are from.", cmd_userhost },
	{ "USERIP", REGISTERED, 1, "<nick>...", "The addresses of these.", cmd_userip },
	{ "VERIFY", ANY, 2, "<account> <code>", "Would complete a REGISTER; none needs it here.",
	    cmd_verify },
	{ "VERSION", REGISTERED, 0, "", "The version of the server.", cmd_version },
	{ "WALLOPS", OPERATOR, 1, "<text>", "A message to all with user mode w.", cmd_wallops },
	{ "WEBIRC", ANY, 4, "<password> <gateway> <host> <address> [:<options>]",
	    "From a gateway, first of all: where its user comes from.", cmd_webirc },
	{ "WHO", REGISTERED, 0, "<mask> [%fields[,token]|o]",
	    "Who matches a mask or is in a channel.", cmd_who },
	{ "WHOIS", REGISTERED, 0, "[<server>] <nick>", "Who somebody is.", cmd_whois },
	{ "WHOWAS", REGISTERED, 0, "<nick> [<count>]", "Who somebody was.", cmd_whowas },
};
const size_t irc_command_count = sizeof(irc_commands) / sizeof(irc_commands[0]);
_Static_assert(sizeof(irc_commands) / sizeof(irc_commands[0]) <=
		   sizeof(((struct server *)0)->command_counts) / sizeof(uint64_t),
    "each command has its count");

const struct irc_command *
irc_command_find(struct str name)
{
	size_t from = 0, to = irc_command_count;

	while (from < to) {
		size_t middle = (from + to) / 2;
		int order = str_compare_nocase(name, str_from(irc_commands[middle].name));
		if (order == 0)
			return &irc_commands[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

bool
list_next(struct str *list, struct str *item)
{
	while (list->len > 0) {
		*item = str_cut(list, ',');
		if (item->len > 0)
			return true;
	}
	return false;
}

bool
target_next(struct session *s, struct targets *t, struct str *target)
{
	if (!list_next(&t->rest, target))
		return false;
	if (t->taken++ < s->server->limits.targets)
		return true;
	reply_numeric(s, ERR_TOOMANYTARGETS, reply_cut(*target, 64));
	return false;
}

/* What one must have to use the command before registration; 0: that does not help. */
static const cap_set early[ACCESS_COUNT] = {
	[EARLY_AWAY] = CAP_BIT(CAP_PRE_AWAY),
	[EARLY_ISUPPORT] = CAP_BIT(CAP_EXTENDED_ISUPPORT),
};

/* Whether the row may be used; says why not. */
static bool
may_run(struct session *s, const struct irc_command *c, const struct irc_message *m)
{
	if (c->access != ANY && !session_registered(s) && (s->caps & early[c->access]) == 0) {
		reply_numeric(s, ERR_NOTREGISTERED);
		return false;
	}
	if (c->access == OPERATOR && !user_is(s->user, USER_OPERATOR)) {
		reply_numeric(s, ERR_NOPRIVILEGES);
		return false;
	}
	if (m->count < c->least) {
		reply_numeric(s, ERR_NEEDMOREPARAMS, c->name);
		return false;
	}
	return true;
}

static bool
valid_utf8(const struct irc_message *m)
{
	if (!utf8_valid(m->tags) || !utf8_valid(m->command))
		return false;
	for (unsigned i = 0; i < m->count; i++)
		if (!utf8_valid(m->params[i]))
			return false;
	return true;
}

static void
run(struct session *s, const struct irc_message *m)
{
	const struct irc_command *c = irc_command_find(m->command);

	/* A standard reply even to those who did not ask for them (utf8only). */
	if (!valid_utf8(m)) {
		reply_line(s,
		    "FAIL " STR_FMT " INVALID_UTF8 :It was not sent: it is not valid UTF-8",
		    STR_ARG(c ? str_from(c->name) : STR("*")));
		return;
	}
	if (c == NULL) {
		if (session_registered(s))
			reply_numeric(s, ERR_UNKNOWNCOMMAND,
			    m->command.len ? reply_cut(m->command, 64) : "*");
		else
			reply_numeric(s, ERR_NOTREGISTERED);
		return;
	}
	s->server->command_counts[c - irc_commands]++;
	if (may_run(s, c, m) && !multiline_takes(s, m))
		c->run(s, m);
}

/* The label of a command, as the client wrote it (escaped); false when it has none or may not. */
static bool
label_of(const struct session *s, const struct irc_message *m, struct str *label)
{
	return m->tags.len > 0 && (s->caps & CAP_BIT(CAP_LABELED_RESPONSE)) != 0 &&
	       irc_tag_find(m->tags, STR("label"), label) && label->len > 0 &&
	       label->len <= IRC_LABEL_MOST && utf8_valid(*label);
}

static void
run_labelled(struct session *s, const struct irc_message *m, struct str label)
{
	gather_begin(s, label);
	run(s, m);
	if (s->waiting == NULL) {
		gather_end(s->server);
		return;
	}
	/* Its answer comes later: the label waits for it. */
	gather_put_off(s->server, &s->waiting->pause);
}

void
irc_line(struct session *s, struct str line)
{
	struct irc_message m;
	struct str label;
	enum irc_result r = irc_parse(line, false, &m);

	if (r == IRC_EMPTY)
		return;
	if (r == IRC_TAGS_LONG || r == IRC_LONG)
		reply_numeric(s, ERR_INPUTTOOLONG);
	else if (label_of(s, &m, &label))
		run_labelled(s, &m, label);
	else
		run(s, &m);
}
