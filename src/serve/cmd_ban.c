/* BAN and UNBAN, under all their names. */
#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "net/subnet.h"
#include "serve/announce.h"
#include "serve/bans.h"
#include "serve/commands.h"
#include "serve/origin.h"
#include "serve/reply.h"

enum { REASON_MOST = 300, MASK_ROOM = 320, V6_NETWORK = 64, NAMES_ROOM = 200 };

/* ---- what was asked for ---------------------------------------------------------------------- */

/* "90m", "1d12h": ms. False: it is none. */
static bool
add_units(struct str text, int64_t *out)
{
	static const struct str units = { "smhdw", 5 };
	static const int64_t lengths[] = { 1000, 60000, 3600000, 86400000, 604800000 };
	int64_t number;

	for (*out = 0; text.len > 0;) {
		size_t digits = 0, unit;
		while (digits < text.len && ascii_is_digit(text.p[digits]))
			digits++;
		if (digits == text.len || digits > 6 ||
		    !str_to_int64(str_first(text, digits), &number))
			return false;
		unit = str_find(units, ascii_lower(text.p[digits]));
		if (unit == units.len)
			return false;
		*out += number * lengths[unit];
		text = str_from_byte(text, digits + 1);
	}
	return true;
}

/* A bare number is minutes, as KLINE has it; 0: for good. */
static bool
read_duration(struct str text, bool unit_needed, int64_t *out)
{
	enum { MINUTE = 60 * 1000, MINUTES_MOST = 1000 * 1000 * 1000 };
	int64_t number;

	if (text.len == 0 || text.len > 64 || !ascii_is_digit(text.p[0]))
		return false;
	if (!unit_needed && str_to_int64(text, &number) && number <= MINUTES_MOST) {
		*out = number * MINUTE;
		return true;
	}
	if (!add_units(text, &number))
		return false;
	*out = number;
	return true;
}

/* "10.1.2.3", "10.0.0.0/8"; also behind "*@", as others want it. */
static bool
read_address(struct str text, char *out)
{
	struct subnet n;

	if (str_starts(text, STR("*!*@")))
		text = str_from_byte(text, 4);
	else if (str_starts(text, STR("*@")))
		text = str_from_byte(text, 2);
	if (!subnet_parse(text, &n) || n.family == AF_UNIX)
		return false;
	subnet_text(&n, out);
	return true;
}

/* Somebody who is here: by the address (of IPv6 the network), else by the local user's name. */
static bool
read_nick(const struct session *s, struct str nick, char *out)
{
	const struct user *u = hub_user(s->server->hub, nick);
	const struct session *its = u ? session_of(u) : NULL;
	struct subnet n;
	struct addr a;

	if (u == NULL)
		return false;
	if (its != NULL ? session_address(its, &a)
			: addr_numeric(str_from(user_true_host(u)), 0, &a)) {
		n = subnet_of(&a, UINT8_MAX);
		n = subnet_of(&a, subnet_most(&n) > 32 ? V6_NETWORK : UINT8_MAX);
		subnet_text(&n, out);
	} else {
		snprintf(out, MASK_ROOM, "*!%s@%s", user_true_name(u), user_true_host(u));
	}
	return true;
}

/* The text that stands for it (hub/server_ban.h); false: it is nothing that can be banned. */
static bool
read_mask(const struct session *s, struct str text, char out[MASK_ROOM])
{
	struct str account = text, prefix = str_cut(&account, ':');
	char folded[IRC_NAME_ROOM * 4];
	struct addr a;

	if (str_eq_nocase(prefix, STR("account")) && prefix.len < text.len) {
		if (!nick_valid(account, IRC_NAME_ROOM))
			return false;
		account = name_fold(account, folded);
		snprintf(out, MASK_ROOM, "account:" STR_FMT, STR_ARG(account));
		return true;
	}
	if (read_address(text, out))
		return true;
	if (addr_numeric(str_first(text, str_find(text, '/')), 0, &a)) /* with wrong bits */
		return false;
	if (str_has_any(text, "!@*?."))
		return mask_complete(text, out, MASK_ROOM);
	return read_nick(s, text, out);
}

struct wish {
	bool force;
	int64_t duration; /* ms; 0: for good */
	struct str what;
	char reason[REASON_MOST + 1];
};

static void
join_words(const struct irc_message *m, unsigned from, char out[REASON_MOST + 1])
{
	size_t n = 0;

	for (unsigned i = from; i < m->count && n < REASON_MOST; i++) {
		struct str word = m->params[i];
		if (i > from)
			out[n++] = ' ';
		word = str_first(word, utf8_prefix(word, REASON_MOST - n));
		n += str_copy(out + n, REASON_MOST + 1 - n, word);
	}
	out[n] = '\0';
	if (n == 0)
		str_copy(out, REASON_MOST + 1, STR("no reason given"));
}

/* [--force] [duration] what [duration] [reason] */
static bool
read_wish(const struct irc_message *m, struct wish *w)
{
	bool timed;
	unsigned i = 0;

	w->duration = 0;
	w->force = str_eq_nocase(irc_param(m, i), STR("--force"));
	i += w->force;
	timed = read_duration(irc_param(m, i), false, &w->duration);
	i += timed;
	w->what = irc_param(m, i++);
	if (!timed && m->count > i && read_duration(irc_param(m, i), true, &w->duration))
		i++;
	join_words(m, i, w->reason);
	return w->what.len > 0;
}

/* ---- the commands ---------------------------------------------------------------------------- */

static void
list(struct session *s)
{
	struct table_walk w = hub_bans(s->server->hub);
	const struct server_ban *b;
	char text[BAN_TEXT_ROOM], since[CLOCK_ISO_SIZE];

	while ((b = table_next(&w)) != NULL) {
		clock_iso(b->since, since);
		since[sizeof("2026-11-21") - 1] = '\0';
		reply_notice(s, "%s (by %s on %s) " STR_FMT, b->mask, b->by, since,
		    STR_ARG(ban_text(b, text)));
	}
	reply_notice(s, "%zu ban%s", hub_ban_count(s->server->hub),
	    hub_ban_count(s->server->hub) == 1 ? "" : "s");
}

void
stats_bans(struct session *s)
{
	struct table_walk w = hub_bans(s->server->hub);
	const struct server_ban *b;

	if (!user_is(s->user, USER_OPERATOR))
		return;
	while ((b = table_next(&w)) != NULL)
		reply_numeric(
		    s, RPL_STATSKLINE, b->mask, (long long)b->until / 1000, b->by, b->reason);
}

/* Operators who would be hit: the asker among them, mostly by mistake. */
static bool
hits_operators(const struct server *sv, struct str mask, char names[NAMES_ROOM])
{
	size_t n = 0;

	names[0] = '\0';
	for (const struct session *s = sv->sessions; s != NULL; s = s->next) {
		if (s->closing || s->user == NULL || !user_is(s->user, USER_OPERATOR) ||
		    !ban_matches(mask, s))
			continue;
		if (n > 0)
			n += str_copy(names + n, NAMES_ROOM - n, STR(", "));
		n += str_copy(names + n, NAMES_ROOM - n, user_nick(s->user));
	}
	return n > 0;
}

void
cmd_ban(struct session *s, const struct irc_message *m)
{
	char mask[MASK_ROOM], names[NAMES_ROOM];
	struct wish w;
	struct event ev = { .kind = EVENT_BAN, .actor = s->user, .object = user_nick(s->user) };

	if (m->count == 0) {
		list(s);
		return;
	}
	if (!read_wish(m, &w)) {
		reply_numeric(s, ERR_NEEDMOREPARAMS, "BAN");
		return;
	}
	if (!read_mask(s, w.what, mask)) {
		reply_notice(s,
		    "%s is nobody here, and nothing else that can be banned: give an address, a "
		    "network such as 10.0.0.0/8, a mask such as *!user@host, account:NAME or a "
		    "nick",
		    reply_cut(w.what, 64));
		return;
	}
	if (!w.force && hits_operators(s->server, str_from(mask), names)) {
		reply_notice(s,
		    "%s was not banned, for it would be operators: %s. If you mean it: BAN "
		    "--force ...",
		    mask, names);
		return;
	}
	ev.target = str_from(mask);
	ev.text = str_from(w.reason);
	ev.until = w.duration > 0 ? clock_wall() + w.duration : 0;
	server_event(s->server, s, &ev);
}

void
cmd_unban(struct session *s, const struct irc_message *m)
{
	char mask[MASK_ROOM];
	struct event ev = { .kind = EVENT_UNBAN, .actor = s->user, .object = user_nick(s->user) };

	if (!read_mask(s, m->params[0], mask) || hub_ban(s->server->hub, str_from(mask)) == NULL) {
		reply_notice(s, "%s is not banned; BAN lists what is",
		    reply_cut(m->params[0], IRC_MASK_MOST));
		return;
	}
	ev.target = str_from(mask);
	server_event(s->server, s, &ev);
}
