/* Questions about the server, and the lines a newcomer is met with. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "serve/announce.h"
#include "serve/commands.h"
#include "serve/metadata.h"
#include "serve/playback.h"
#include "serve/reply.h"

static void
text_of_time(int64_t wall, char *out, size_t size)
{
	time_t seconds = (time_t)(wall / 1000);
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(out, size, "%a, %d %b %Y %H:%M:%S UTC", &tm);
}

/* ---- ISUPPORT -------------------------------------------------------------------------------- */

static void
add_mode_letters(struct buf *b, enum mode_class kind)
{
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++)
		if (m->kind == kind)
			buf_add_char(b, m->letter);
}

static void
add_chanmodes(struct buf *b)
{
	buf_add_str(b, STR(" CHANMODES="));
	for (int kind = MODE_LIST; kind <= MODE_FLAG; kind++) {
		if (kind != MODE_LIST)
			buf_add_char(b, ',');
		add_mode_letters(b, (enum mode_class)kind);
	}
}

/* The letters of extended masks; those of accounts again, as ACCOUNTEXTBAN. */
static void
add_extbans(struct buf *b, bool accounts)
{
	bool first = true;

	for (const struct extban *e = extbans; e->letter != 0; e++) {
		if (accounts && e->use != EXTBAN_ACCOUNT)
			continue;
		if (accounts && !first)
			buf_add_char(b, ',');
		buf_add_char(b, e->letter);
		first = false;
	}
}

static void
add_prefixes(struct buf *b)
{
	buf_add_str(b, STR(" PREFIX=("));
	add_mode_letters(b, MODE_PREFIX);
	buf_add_char(b, ')');
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++)
		if (m->kind == MODE_PREFIX)
			buf_add_char(b, m->prefix);
}

static void
add_targets(struct buf *b, int most)
{
	for (size_t i = 0; i < irc_command_count; i++)
		if (irc_commands[i].access == TARGETS)
			buf_printf(b, "%s:%d,", irc_commands[i].name, most);
}

char *
isupport_tokens(const struct server *sv)
{
	const struct hub_rules *r = hub_rules(sv->hub);
	struct buf b = BUF_INIT(4096);
	int targets = (int)sv->limits.targets;
	char *tokens;

	buf_printf(&b, "ACCEPT=%zu ACCOUNTEXTBAN=", r->accepts);
	add_extbans(&b, true);
	buf_printf(&b, " AWAYLEN=%zu BOT=B CALLERID=g CASEMAPPING=ascii CHANLIMIT=#:%zu",
	    r->away_length, r->channels);
	add_chanmodes(&b);
	buf_printf(&b, " CHANNELLEN=%zu CHANTYPES=# CHATHISTORY=%zu ELIST=CMNTU EXCEPTS=e EXTBAN=,",
	    r->channel_length, sv->limits.history);
	add_extbans(&b, false);
	buf_printf(&b,
	    " HOSTLEN=%d INVEX=I KEYLEN=%d KICKLEN=%zu KNOCK LINELEN=%d MAXLIST=beI:%zu "
	    "MAXTARGETS=%d"
	    " MODES=%d MONITOR=%zu MSGREFTYPES=msgid,timestamp NAMELEN=%d NETWORK=%s NICKLEN=%zu",
	    IRC_HOST_MOST, IRC_KEY_MOST, r->kick_length, IRC_LINE_MOST, r->list_modes, targets,
	    IRC_MODES_A_LINE, sv->limits.monitor, IRC_REAL_MOST, sv->network, r->name_length);
	add_prefixes(&b);
	buf_printf(&b, " SAFELIST STATUSMSG=@+ TARGMAX=");
	add_targets(&b, targets);
	buf_printf(&b, "WHOIS:1 TOPICLEN=%zu USERLEN=%d UTF8ONLY WHOX", r->topic_length,
	    IRC_USER_MOST + 1);
	tokens = b.truncated ? NULL : str_dup(buf_str(&b));
	buf_free(&b);
	return tokens;
}

/* The next line's worth of tokens; false: there are no more. */
static bool
next_tokens(struct str *rest, struct buf *line)
{
	buf_clear(line);
	for (int i = 0; i < IRC_TOKENS_A_LINE && rest->len > 0; i++) {
		struct str token = str_cut(rest, ' ');
		buf_printf(line, "%s" STR_FMT, i ? " " : "", STR_ARG(token));
	}
	return line->len > 0;
}

static void
isupport_batch(struct session *s, struct str tokens, struct buf *line)
{
	struct playback lines;
	char text[IRC_LINE_MOST];
	int n;

	playback_begin(&lines, s);
	while (next_tokens(&tokens, line)) {
		n = snprintf(text, sizeof(text), "%03d " STR_FMT " ", RPL_ISUPPORT,
		    STR_ARG(session_nick(s)));
		n += snprintf(text + n, sizeof(text) - (size_t)n, numeric_format(RPL_ISUPPORT),
		    buf_cstr(line));
		playback_add_line(&lines, (struct str){ text, (size_t)n });
	}
	playback_send(&lines, STR("draft/isupport"), false);
	playback_end(&lines);
}

void
reply_isupport(struct session *s)
{
	const cap_set batched = CAP_BIT(CAP_BATCH) | CAP_BIT(CAP_EXTENDED_ISUPPORT);
	struct str rest = str_from(s->server->isupport);
	struct buf line = BUF_INIT(512);

	if ((s->caps & batched) == batched)
		isupport_batch(s, rest, &line);
	else
		while (next_tokens(&rest, &line))
			reply_numeric(s, RPL_ISUPPORT, buf_cstr(&line));
	buf_free(&line);
}

/* ---- the welcome ----------------------------------------------------------------------------- */

static void
mode_letters(struct buf *users, struct buf *all, struct buf *with_value)
{
	for (const struct user_mode *m = user_modes; m->letter != 0; m++)
		buf_add_char(users, m->letter);
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++) {
		buf_add_char(all, m->letter);
		if (m->kind != MODE_FLAG)
			buf_add_char(with_value, m->letter);
	}
}

static void
reply_myinfo(struct session *s)
{
	struct buf users = BUF_INIT(64), all = BUF_INIT(64), with_value = BUF_INIT(64);

	mode_letters(&users, &all, &with_value);
	reply_numeric(s, RPL_MYINFO, s->server->name, "sockchat-" SOCKCHAT_VERSION,
	    buf_cstr(&users), buf_cstr(&all), buf_cstr(&with_value));
	buf_free(&users);
	buf_free(&all);
	buf_free(&with_value);
}

void
irc_welcome(struct session *s)
{
	struct server *sv = s->server;
	char mask[256], when[64], modes[USER_MODES_ROOM];

	user_mask(s->user, mask, sizeof(mask));
	text_of_time(sv->started_wall, when, sizeof(when));
	reply_numeric(s, RPL_WELCOME, sv->network, mask);
	reply_numeric(s, RPL_YOURHOST, sv->name, "sockchat-" SOCKCHAT_VERSION);
	reply_numeric(s, RPL_CREATED, when);
	reply_myinfo(s);
	reply_isupport(s);
	reply_lusers(s);
	if (s->user->disguised)
		reply_numeric(s, RPL_VISIBLEHOST, s->user->host);
	metadata_welcome(s);
	reply_motd(s);
	if (s->user->modes != 0)
		reply_numeric(s, RPL_UMODEIS, user_mode_text(s->user, modes));
}

void
reply_lusers(struct session *s)
{
	const struct server *sv = s->server;
	const struct hub *h = sv->hub;
	long long users = (long long)hub_user_count(h), most = (long long)hub_users_most(h);
	long long invisible = (long long)hub_users_with(h, USER_INVISIBLE);
	long long operators = (long long)hub_users_with(h, USER_OPERATOR);
	long long unknown = (long long)sv->unknown_count;

	reply_numeric(s, RPL_LUSERCLIENT, users - invisible, invisible, 1LL);
	reply_numeric(s, RPL_LUSEROP, operators);
	if (unknown > 0)
		reply_numeric(s, RPL_LUSERUNKNOWN, unknown);
	if (hub_channel_count(h) > 0)
		reply_numeric(s, RPL_LUSERCHANNELS, (long long)hub_channel_count(h));
	reply_numeric(s, RPL_LUSERME, users, 0LL);
	reply_numeric(s, RPL_LOCALUSERS, users, most, users, most);
	reply_numeric(s, RPL_GLOBALUSERS, users, most, users, most);
}

void
reply_motd(struct session *s)
{
	struct str rest = s->server->motd;

	if (rest.len == 0) {
		reply_numeric(s, ERR_NOMOTD);
		return;
	}
	reply_numeric(s, RPL_MOTDSTART, s->server->name);
	while (rest.len > 0) {
		char text[IRC_TEXT_MOST];
		struct str line = str_cut(&rest, '\n');
		if (str_ends(line, STR("\r")))
			line.len--;
		snprintf(text, sizeof(text), "- " STR_FMT, STR_ARG(line));
		reply_numeric(s, RPL_MOTD, text);
	}
	reply_numeric(s, RPL_ENDOFMOTD);
}

/* ---- commands -------------------------------------------------------------------------------- */

void
cmd_lusers(struct session *s, const struct irc_message *m)
{
	(void)m;
	reply_lusers(s);
}

/* A server's name may be given: this one is the only one. */
static bool
is_here(struct session *s, struct str server)
{
	if (server.len == 0 || str_eq_nocase(server, s->server->names.server) ||
	    str_eq(server, STR("*")) || str_eq(server, user_nick(s->user)))
		return true;
	reply_numeric(s, ERR_NOSUCHSERVER, reply_cut(server, 64));
	return false;
}

void
cmd_motd(struct session *s, const struct irc_message *m)
{
	if (is_here(s, irc_param(m, 0)))
		reply_motd(s);
}

void
cmd_version(struct session *s, const struct irc_message *m)
{
	if (!is_here(s, irc_param(m, 0)))
		return;
	reply_numeric(s, RPL_VERSION, "sockchat-" SOCKCHAT_VERSION, s->server->name, "");
	reply_isupport(s);
}

void
cmd_isupport(struct session *s, const struct irc_message *m)
{
	(void)m;
	reply_isupport(s);
}

void
cmd_time(struct session *s, const struct irc_message *m)
{
	int64_t now = clock_wall();
	char text[64];

	if (!is_here(s, irc_param(m, 0)))
		return;
	text_of_time(now, text, sizeof(text));
	reply_numeric(s, RPL_TIME, s->server->name, (long long)now / 1000, text);
}

void
cmd_admin(struct session *s, const struct irc_message *m)
{
	if (!is_here(s, irc_param(m, 0)))
		return;
	if (s->server->admin[0] == '\0') {
		reply_numeric(s, ERR_NOADMININFO, s->server->name);
		return;
	}
	reply_numeric(s, RPL_ADMINME, s->server->name);
	reply_numeric(s, RPL_ADMINLOC1, s->server->description);
	reply_numeric(s, RPL_ADMINLOC2, s->server->network);
	reply_numeric(s, RPL_ADMINEMAIL, s->server->admin);
}

void
cmd_info(struct session *s, const struct irc_message *m)
{
	char when[64];

	if (!is_here(s, irc_param(m, 0)))
		return;
	text_of_time(s->server->started_wall, when, sizeof(when));
	reply_numeric(
	    s, RPL_INFO, "sockchat " SOCKCHAT_VERSION ": a small chat for a host, a LAN or a team");
	reply_numeric(s, RPL_INFO, "Any IRC client, nc and `sockchat connect` talk here.");
	reply_numeric(s, RPL_INFO, when);
	reply_numeric(s, RPL_ENDOFINFO);
}

void
cmd_links(struct session *s, const struct irc_message *m)
{
	(void)m;
	reply_numeric(
	    s, RPL_ENDOFLINKS); /* nothing is linked: one server is all, services included */
}

static void
help_index(struct session *s)
{
	struct reply_words words;

	reply_numeric(s, RPL_HELPSTART, "*", "The commands here; HELP <command> tells more.");
	reply_words_begin(&words, s, "705 %s * :", s->user->nick);
	for (size_t i = 0; i < irc_command_count; i++)
		reply_word(&words, str_from(irc_commands[i].name));
	reply_words_end(&words);
	reply_numeric(s, RPL_ENDOFHELP, "*", "End of help");
}

void
cmd_help(struct session *s, const struct irc_message *m)
{
	struct str name = irc_param(m, 0);
	const struct irc_command *c = irc_command_find(name);
	char usage[256];

	if (name.len == 0) {
		help_index(s);
		return;
	}
	if (c == NULL) {
		reply_numeric(s, ERR_HELPNOTFOUND, reply_cut(name, 64));
		return;
	}
	snprintf(usage, sizeof(usage), "%s %s", c->name, c->usage);
	reply_numeric(s, RPL_HELPSTART, c->name, usage);
	reply_numeric(s, RPL_HELPTXT, c->name, c->help);
	reply_numeric(s, RPL_ENDOFHELP, c->name, "End of help");
}

static void
stats_commands(struct session *s)
{
	for (size_t i = 0; i < irc_command_count; i++)
		if (s->server->command_counts[i] > 0)
			reply_numeric(s, RPL_STATSCOMMANDS, irc_commands[i].name,
			    (long long)s->server->command_counts[i]);
}

static void
stats_uptime(struct session *s)
{
	long long up = (long long)(clock_monotonic() - s->server->started) / 1000;

	reply_numeric(s, RPL_STATSUPTIME, up / 86400, up / 3600 % 24, up / 60 % 60, up % 60);
}

/* Turns of the loop by how long they took: what nobody else was served in. */
static void
stats_turns(struct session *s)
{
	const struct histogram *h = loop_turns(s->server->loop);
	char text[128];

	for (unsigned i = 0; i < HISTOGRAM_STEPS; i++) {
		if (h->counts[i] == 0)
			continue;
		snprintf(text, sizeof(text), "%llu turns took less than %llu us",
		    (unsigned long long)h->counts[i], (unsigned long long)1 << i);
		reply_numeric(s, RPL_STATSDEBUG, "t", text);
	}
	snprintf(text, sizeof(text), "%llu turns in all, the longest took %llu us",
	    (unsigned long long)h->total, (unsigned long long)h->greatest);
	reply_numeric(s, RPL_STATSDEBUG, "t", text);
}

static const struct {
	char letter;
	void (*answer)(struct session *s);
} stats[] = {
	{ 'k', stats_bans },
	{ 'm', stats_commands },
	{ 'o', stats_operators },
	{ 't', stats_turns },
	{ 'u', stats_uptime },
};

void
cmd_stats(struct session *s, const struct irc_message *m)
{
	struct str letter = irc_param(m, 0);

	if (letter.len == 0) {
		reply_numeric(s, ERR_NEEDMOREPARAMS, "STATS");
		return;
	}
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++)
		if (letter.p[0] == stats[i].letter)
			stats[i].answer(s);
	reply_numeric(s, RPL_ENDOFSTATS, reply_cut(letter, 1));
}
