/* Questions about users: WHO, WHOIS, WHOWAS, ISON, USERHOST. */
#include <stdio.h>

#include "base/clock.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/commands.h"
#include "serve/metadata.h"
#include "serve/origin.h"
#include "serve/reply.h"

/* ---- WHO and WHOX ---------------------------------------------------------------------------- */

/* The WHOX fields that were asked for, in the order in which they are answered. */
static const char whox_order[] = "tcuihsnfdlaor";

struct who {
	struct session *session;
	struct str fields; /* after '%'; empty: an ordinary WHO */
	struct str token;
	bool operators; /* only those */
};

/* The address that somebody comes from: for themselves, operators, and where it is shown to all. */
static const char *
address_shown(const struct session *s, const struct user *u)
{
	const char *host = user_true_host(u);

	if (u->disguised && u != s->user && !user_is(s->user, USER_OPERATOR))
		return "255.255.255.255";
	return str_eq(str_from(host), STR("localhost")) ? "127.0.0.1" : host;
}

static bool
wants(const struct who *w, char field)
{
	return str_find(w->fields, field) < w->fields.len;
}

static struct str
who_flags(const struct who *w, const struct user *u, const struct membership *m, char out[8])
{
	struct line l = { out, out, out + 8, false };
	char prefixes[3];
	bool all = w->fields.len > 0 || (w->session->caps & CAP_BIT(CAP_MULTI_PREFIX)) != 0;

	line_char(&l, u->away ? 'G' : 'H');
	if (user_is(u, USER_OPERATOR))
		line_char(&l, '*');
	if (m != NULL)
		line_str(&l, member_prefixes(m, all, prefixes));
	if (user_is(u, USER_BOT))
		line_char(&l, 'B');
	return (struct str){ out, (size_t)(l.at - out) };
}

static void
whox_field(const struct who *w, struct reply *r, char field, const struct user *u,
    const struct membership *m)
{
	char text[32];

	switch (field) {
	case 't':
		line_str(&r->line, w->token.len ? w->token : STR("0"));
		break;
	case 'c':
		line_text(&r->line, m ? m->channel->name : "*");
		break;
	case 'u':
		line_text(&r->line, u->name);
		break;
	case 'i':
		line_text(&r->line, address_shown(w->session, u));
		break;
	case 'h':
		line_text(&r->line, u->host);
		break;
	case 's':
		line_str(&r->line, w->session->server->names.server);
		break;
	case 'n':
		line_text(&r->line, u->nick);
		break;
	case 'f':
		line_str(&r->line, who_flags(w, u, m, text));
		break;
	case 'd':
		line_char(&r->line, '0');
		break;
	case 'l':
		snprintf(text, sizeof(text), "%lld", (long long)(clock_wall() - u->active) / 1000);
		line_text(&r->line, text);
		break;
	case 'a':
		line_text(&r->line, u->account ? u->account : "0");
		break;
	case 'o':
		line_text(&r->line, "n/a");
		break;
	default:
		line_char(&r->line, ':');
		line_text(&r->line, u->real);
	}
}

static void
reply_whox(const struct who *w, const struct user *u, const struct membership *m)
{
	struct reply r;

	reply_begin(&r, w->session);
	LINE_LIT(&r.line, "354 ");
	line_str(&r.line, session_nick(w->session));
	for (const char *f = whox_order; *f != '\0'; f++)
		if (wants(w, *f)) {
			line_char(&r.line, ' ');
			whox_field(w, &r, *f, u, m);
		}
	reply_end(&r);
}

static void
who_one(const struct who *w, const struct user *u, const struct membership *m)
{
	struct session *s = w->session;
	char flags[9] = "";

	if (w->operators && !user_is(u, USER_OPERATOR))
		return;
	if (w->fields.len > 0) {
		reply_whox(w, u, m);
		return;
	}
	flags[who_flags(w, u, m, flags).len] = '\0';
	reply_numeric(s, RPL_WHOREPLY, m ? m->channel->name : "*", u->name, u->host,
	    s->server->name, u->nick, flags, 0LL, u->real);
}

static void
who_channel(const struct who *w, const struct channel *c)
{
	const struct user *by = w->session->user;
	bool all = user_membership(by, c) != NULL || user_is(by, USER_OPERATOR);

	for (uint32_t i = 0; i < c->member_count; i++)
		if ((all || !user_is(c->members[i]->user, USER_INVISIBLE)) &&
		    member_shown(c->members[i], w->session->user))
			who_one(w, c->members[i]->user, c->members[i]);
}

static bool
may_see(const struct session *s, const struct user *u)
{
	return !user_is(u, USER_INVISIBLE) || u == s->user || user_is(s->user, USER_OPERATOR) ||
	       user_shares_channel(s->user, u);
}

/* Whether the asker may know of this membership: not of a secret channel, nor of any of somebody
 * invisible, unless they share the channel; nor of one that an auditorium hides. */
static bool
may_see_in(const struct session *s, const struct membership *m)
{
	if (m->user != s->user && !member_shown(m, s->user))
		return false;
	return (!channel_is(m->channel, CHANNEL_SECRET) && !user_is(m->user, USER_INVISIBLE)) ||
	       user_membership(s->user, m->channel) != NULL;
}

/* The first channel that the asker may know the user to be in; NULL: none. */
static const struct membership *
seen_in(const struct session *s, const struct user *u)
{
	for (uint32_t i = 0; i < u->membership_count; i++)
		if (may_see_in(s, u->memberships[i]))
			return u->memberships[i];
	return NULL;
}

static bool
who_matches(const struct session *s, const struct user *u, struct str mask)
{
	return mask_match(mask, user_nick(u)) || mask_match(mask, str_from(u->name)) ||
	       mask_match(mask, str_from(u->host)) || mask_match(mask, str_from(u->real)) ||
	       mask_match(mask, s->server->names.server) ||
	       (user_is(s->user, USER_OPERATOR) && mask_match(mask, str_from(user_true_host(u))));
}

static void
who_mask(const struct who *w, struct str mask)
{
	struct table_walk walk = hub_users(w->session->server->hub);
	struct user *u;

	if (str_eq(mask, STR("0")))
		mask = STR("*");
	while ((u = table_next(&walk)) != NULL)
		if (may_see(w->session, u) && who_matches(w->session, u, mask))
			who_one(w, u, seen_in(w->session, u));
}

/* A plain nick names one user, invisible or not: who knows the nick may ask. */
static void
who_name(const struct who *w, struct str mask)
{
	const struct user *u = hub_user(w->session->server->hub, mask);

	if (u != NULL)
		who_one(w, u, NULL);
	else
		who_mask(w, mask);
}

/* One to three digits, or none. */
static struct str
whox_token(struct str s)
{
	int64_t number;

	return s.len <= 3 && str_to_int64(s, &number) && number >= 0 ? s : str_first(s, 0);
}

void
cmd_who(struct session *s, const struct irc_message *m)
{
	struct who w = { .session = s };
	struct str mask = irc_param(m, 0), options = irc_param(m, 1);
	const struct channel *c = hub_channel(s->server->hub, mask);

	w.operators = str_first(options, str_find(options, '%')).len > 0 &&
		      str_find(str_first(options, str_find(options, '%')), 'o') < options.len;
	str_cut(&options, '%');
	w.fields = str_cut(&options, ',');
	w.token = whox_token(options);
	if (mask.len == 0)
		mask = STR("*");
	if (channel_looks(mask)) {
		if (c != NULL && channel_visible(c, s->user))
			who_channel(&w, c);
	} else if (str_find(mask, '*') == mask.len && str_find(mask, '?') == mask.len &&
		   !str_eq(mask, STR("0"))) {
		who_name(&w, mask);
	} else {
		who_mask(&w, mask);
	}
	reply_numeric(s, RPL_ENDOFWHO, reply_cut(mask, IRC_MASK_MOST));
}

/* ---- WHOIS ----------------------------------------------------------------------------------- */

static void
whois_channels(struct session *s, const struct user *u)
{
	struct reply_words words;
	char text[IRC_CHANNEL_ROOM + 8], prefixes[3];

	reply_words_begin(&words, s, "319 %s %s :", s->user->nick, u->nick);
	for (uint32_t i = 0; i < u->membership_count; i++) {
		const struct membership *m = u->memberships[i];
		int n;
		if (!may_see_in(s, m))
			continue;
		n = snprintf(text, sizeof(text), "%s%s",
		    member_prefixes(m, (s->caps & CAP_BIT(CAP_MULTI_PREFIX)) != 0, prefixes).p,
		    m->channel->name);
		reply_word(&words, (struct str){ text, (size_t)n });
	}
	reply_words_end(&words);
}

/* Of each device, if it is another's than the one before. */
static void
whois_addresses(struct session *s, const struct user *u)
{
	char host[IRC_HOST_MOST + 1], before[IRC_HOST_MOST + 1] = "";
	struct addr a;

	for (const struct session *its = session_of(u); its != NULL; its = its->next_device) {
		if (!session_address(its, &a))
			continue;
		origin_host(&a, host);
		if (!str_eq(str_from(host), str_from(before)))
			reply_numeric(s, RPL_WHOISACTUALLY, u->nick, user_true_name(u), host, host);
		str_copy(before, sizeof(before), str_from(host));
	}
}

static void
whois_private(struct session *s, const struct user *u)
{
	const struct session *its = session_of(u);
	char modes[USER_MODES_ROOM];

	if (u != s->user && !user_is(s->user, USER_OPERATOR))
		return;
	reply_numeric(s, RPL_WHOISMODES, u->nick, user_mode_text(u, modes));
	whois_addresses(s, u);
	if (its != NULL || u->disguised) {
		char from[IRC_USER_MOST + IRC_HOST_MOST + 4];
		const char *host = user_true_host(u);
		snprintf(from, sizeof(from), "%s@%s", user_true_name(u), host);
		reply_numeric(s, RPL_WHOISHOST, u->nick, from, host);
	}
}

static void
whois(struct session *s, const struct user *u)
{
	const struct session *its = session_of(u);
	char text[64];

	reply_numeric(s, RPL_WHOISUSER, u->nick, u->name, u->host, u->real);
	whois_channels(s, u);
	reply_numeric(s, RPL_WHOISSERVER, u->nick, s->server->name, s->server->description);
	if (u->account != NULL)
		reply_numeric(s, RPL_WHOISACCOUNT, u->nick, u->account);
	if (user_is(u, USER_OPERATOR))
		reply_numeric(s, RPL_WHOISOPERATOR, u->nick);
	if (user_is(u, USER_BOT))
		reply_numeric(s, RPL_WHOISBOT, u->nick);
	if (u->away != NULL)
		reply_numeric(s, RPL_AWAY, u->nick, u->away);
	if (its != NULL && session_extra(its)->unix_name != NULL) {
		snprintf(text, sizeof(text), "is the local user %s (Unix socket)",
		    session_extra(its)->unix_name);
		reply_numeric(s, RPL_WHOISSPECIAL, u->nick, text);
	}
	metadata_whois(s, u);
	whois_private(s, u);
	reply_numeric(s, RPL_WHOISIDLE, u->nick, (long long)(clock_wall() - u->active) / 1000,
	    (long long)u->since / 1000);
}

void
cmd_whois(struct session *s, const struct irc_message *m)
{
	struct str nick = irc_param(m, m->count > 1 ? 1 : 0);
	const struct user *u;

	nick = str_cut(&nick, ',');
	if (nick.len == 0) {
		reply_numeric(s, ERR_NONICKNAMEGIVEN);
		return;
	}
	u = hub_user(s->server->hub, nick);
	if (u != NULL)
		whois(s, u);
	else
		reply_numeric(s, ERR_NOSUCHNICK, reply_cut(nick, IRC_NAME_ROOM));
	reply_numeric(s, RPL_ENDOFWHOIS, reply_cut(nick, IRC_NAME_ROOM));
}

void
cmd_whowas(struct session *s, const struct irc_message *m)
{
	struct str nick = irc_param(m, 0);
	int64_t most = 0, found = 0;
	const struct whowas *w;
	char time[CLOCK_ISO_SIZE];

	if (nick.len == 0) {
		reply_numeric(s, ERR_NONICKNAMEGIVEN);
		return;
	}
	if (!str_to_int64(irc_param(m, 1), &most) || most <= 0)
		most = IRC_WHOWAS_MOST;
	for (size_t i = 0; found < most && (w = hub_whowas(s->server->hub, i)) != NULL; i++) {
		if (!name_eq(str_from(w->nick), nick))
			continue;
		found++;
		clock_iso(w->time, time);
		reply_numeric(s, RPL_WHOWASUSER, w->nick, w->name, w->host, w->real);
		if (user_is(s->user, USER_OPERATOR))
			reply_numeric(s, RPL_WHOISACTUALLY, w->nick, w->name, w->from, w->from);
		reply_numeric(s, RPL_WHOISSERVER, w->nick, s->server->name, time);
	}
	if (found == 0)
		reply_numeric(s, ERR_WASNOSUCHNICK, reply_cut(nick, IRC_NAME_ROOM));
	reply_numeric(s, RPL_ENDOFWHOWAS, reply_cut(nick, IRC_NAME_ROOM));
}

/* ---- the short ones -------------------------------------------------------------------------- */

void
cmd_ison(struct session *s, const struct irc_message *m)
{
	struct reply r;
	bool any = false;

	reply_begin(&r, s);
	LINE_LIT(&r.line, "303 ");
	line_str(&r.line, session_nick(s));
	LINE_LIT(&r.line, " :");
	for (unsigned i = 0; i < m->count; i++) {
		struct str nicks = m->params[i], nick;
		while ((nick = str_word(&nicks)).len > 0) {
			const struct user *u = hub_user(s->server->hub, nick);
			if (u == NULL || reply_left(&r) < user_nick(u).len + 1)
				continue;
			if (any)
				line_char(&r.line, ' ');
			line_text(&r.line, u->nick);
			any = true;
		}
	}
	reply_end(&r);
}

typedef const char *place_fn(const struct session *s, const struct user *u);

static const char *
host_shown(const struct session *s, const struct user *u)
{
	(void)s;
	return u->host;
}

/* "nick=+user@place" of each that is here. */
static void
reply_places(struct session *s, const struct irc_message *m, const char *numeric, place_fn *place)
{
	enum { NICKS = 5 };
	struct reply r;
	char text[IRC_NAME_ROOM + IRC_USER_MOST + IRC_HOST_MOST + 8];
	bool any = false;
	int n;

	reply_begin(&r, s);
	line_text(&r.line, numeric);
	line_str(&r.line, session_nick(s));
	LINE_LIT(&r.line, " :");
	for (unsigned i = 0; i < m->count && i < NICKS; i++) {
		const struct user *u = hub_user(s->server->hub, m->params[i]);
		if (u == NULL)
			continue;
		n = snprintf(text, sizeof(text), "%s%s%s=%c%s@%s", any ? " " : "", u->nick,
		    user_is(u, USER_OPERATOR) ? "*" : "", u->away ? '-' : '+', u->name,
		    place(s, u));
		if (n < 0 || (size_t)n > reply_left(&r))
			continue;
		line_str(&r.line, (struct str){ text, (size_t)n });
		any = true;
	}
	reply_end(&r);
}

void
cmd_userhost(struct session *s, const struct irc_message *m)
{
	reply_places(s, m, "302 ", host_shown);
}

void
cmd_userip(struct session *s, const struct irc_message *m)
{
	reply_places(s, m, "340 ", address_shown);
}
