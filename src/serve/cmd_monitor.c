/* MONITOR (IRCv3 monitor, extended-monitor): when nicks come and go, and what changes of them. */
#include "serve/monitor.h"

#include <stdlib.h>

#include "irc/names.h"
#include "serve/announce.h"
#include "serve/commands.h"
#include "serve/metadata.h"
#include "serve/reply.h"

/* A nick that somebody watches. */
struct monitored {
	struct monitor *first;
	char folded[]; /* the key in the table */
};

/* That a session watches a nick. */
struct monitor {
	struct session *session;
	struct monitored *nick;
	struct monitor *next, **at; /* who else watches the nick */
	struct monitor *next_own;   /* what else the session watches */
	char name[];                /* as it was asked for */
};

/* ---- the table ------------------------------------------------------------------------------- */

static struct monitored *
find(const struct server *sv, struct str nick)
{
	char folded[IRC_NAME_ROOM * 4];

	if (sv->monitored == NULL || nick.len > sizeof(folded))
		return NULL;
	return table_get(sv->monitored, name_fold(nick, folded));
}

/* The entry of the nick, made when there is none; NULL: no memory. */
static struct monitored *
find_or_make(struct server *sv, struct str nick)
{
	struct monitored *n = find(sv, nick);

	if (n != NULL)
		return n;
	if (sv->monitored == NULL && (sv->monitored = table_new()) == NULL)
		return NULL;
	n = calloc(1, sizeof(*n) + nick.len + 1);
	if (n == NULL)
		return NULL;
	name_fold(nick, n->folded);
	if (table_put(sv->monitored, str_from(n->folded), n))
		return n;
	free(n);
	return NULL;
}

/* Without entries there is no table, so that there is nothing to ask when something happens. */
static void
drop_unwatched(struct server *sv, struct monitored *n)
{
	if (n->first == NULL) {
		table_take(sv->monitored, str_from(n->folded));
		free(n);
	}
	if (table_count(sv->monitored) == 0) {
		table_free(sv->monitored);
		sv->monitored = NULL;
	}
}

/* Where the session's list has it, or ends. */
static struct monitor **
place_of(struct session_extra *x, const struct monitored *n)
{
	struct monitor **at = &x->monitors;

	while (*at != NULL && (*at)->nick != n)
		at = &(*at)->next_own;
	return at;
}

/* One more at the end of the session's list; false: no memory. */
static bool
watch(struct session *s, struct monitor **end, struct monitored *n, struct str name)
{
	struct monitor *m = calloc(1, sizeof(*m) + name.len + 1);

	if (m == NULL)
		return false;
	str_copy(m->name, name.len + 1, name);
	m->session = s;
	m->nick = n;
	m->next = n->first;
	m->at = &n->first;
	if (m->next != NULL)
		m->next->at = &m->next;
	n->first = m;
	*end = m;
	s->extra->monitor_count++;
	return true;
}

static void
unwatch(struct session *s, struct monitor **at)
{
	struct monitor *m = *at;

	*at = m->next_own;
	*m->at = m->next;
	if (m->next != NULL)
		m->next->at = m->at;
	s->extra->monitor_count--;
	drop_unwatched(s->server, m->nick);
	free(m);
}

void
monitor_forget(struct session *s)
{
	while (session_extra(s)->monitors != NULL)
		unwatch(s, &s->extra->monitors);
}

/* ---- events ---------------------------------------------------------------------------------- */

struct monitor_walk
monitor_walk(const struct server *sv, const struct user *u)
{
	const struct monitored *n = find(sv, user_nick(u));

	return (struct monitor_walk){ u, n ? n->first : NULL };
}

struct session *
monitor_next(struct monitor_walk *w)
{
	const struct monitor *m;

	while ((m = w->next) != NULL) {
		const struct user *watcher = m->session->user;
		w->next = m->next;
		if ((m->session->caps & CAP_BIT(CAP_EXTENDED_MONITOR)) != 0 && watcher != NULL &&
		    watcher != w->user && !user_shares_channel(watcher, w->user))
			return m->session;
	}
	return NULL;
}

struct session *
monitor_next_any(struct monitor_walk *w)
{
	const struct monitor *m = w->next;

	if (m == NULL)
		return NULL;
	w->next = m->next;
	return m->session;
}

bool
monitor_watches(const struct session *s, const struct user *u)
{
	const struct monitor *m = session_extra(s)->monitors;

	while (m != NULL && !str_eq(str_from(m->nick->folded), user_folded(u)))
		m = m->next_own;
	return m != NULL;
}

struct user *
monitor_next_seen(const struct session *s, const struct monitor **after)
{
	const struct monitor *m = *after ? (*after)->next_own : session_extra(s)->monitors;
	struct user *u = NULL;

	for (; m != NULL && u == NULL; m = m->next_own) {
		u = hub_user(s->server->hub, str_from(m->nick->folded));
		*after = m;
	}
	return u;
}

static void
tell(const struct server *sv, struct str nick, const struct event *ev, enum line_kind kind)
{
	const struct monitored *n = find(sv, nick);

	for (const struct monitor *m = n ? n->first : NULL; m != NULL; m = m->next)
		deliver(m->session, ev, kind);
}

/* Of somebody who just came to have the nick. */
static void
tell_metadata(const struct server *sv, const struct user *u)
{
	struct session *s;

	for (struct monitor_walk w = monitor_walk(sv, u); (s = monitor_next_any(&w)) != NULL;)
		metadata_tell(s, u);
}

static void
tell_change(const struct server *sv, const struct user *u, const struct event *ev)
{
	struct session *s;

	for (struct monitor_walk w = monitor_walk(sv, u); (s = monitor_next(&w)) != NULL;)
		deliver(s, ev, LINE_EVENT);
}

void
monitor_tell(struct server *sv, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_CONNECT:
		tell(sv, user_nick(ev->user), ev, LINE_ONLINE);
		break;
	case EVENT_QUIT:
	case EVENT_KILL:
		tell(sv, user_nick(ev->user), ev, LINE_OFFLINE);
		break;
	case EVENT_NICK:
		if (name_eq(ev->old_nick, ev->target))
			break;
		tell(sv, ev->old_nick, ev, LINE_OFFLINE);
		tell(sv, ev->target, ev, LINE_ONLINE);
		tell_metadata(sv, ev->actor);
		break;
	case EVENT_AWAY:
	case EVENT_ACCOUNT:
	case EVENT_SETNAME:
		tell_change(sv, ev->actor, ev);
		break;
	case EVENT_HOST:
		tell_change(sv, ev->user, ev);
		break;
	default:
		break;
	}
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Who of some nicks is here, and who is not: lines of each. */
struct status {
	struct session *session;
	struct reply_words online, offline;
};

static void
begin_lines(struct reply_words *w, struct session *s, enum numeric number)
{
	reply_words_begin(w, s, "%d %s :", number, s->user->nick);
	w->separator = ',';
}

static void
status_begin(struct status *st, struct session *s)
{
	st->session = s;
	begin_lines(&st->online, s, RPL_MONONLINE);
	begin_lines(&st->offline, s, RPL_MONOFFLINE);
}

static void
status_add(struct status *st, struct str nick)
{
	char mask[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];
	const struct user *u = hub_user(st->session->server->hub, nick);

	if (u != NULL)
		reply_word(&st->online, user_mask(u, mask, sizeof(mask)));
	else
		reply_word(&st->offline, nick);
}

static void
status_end(struct status *st)
{
	reply_words_end(&st->online);
	reply_words_end(&st->offline);
}

/* What did not fit into the list: as many lines as it takes. */
static void
tell_full(struct session *s, struct buf *nicks)
{
	if (nicks->len > 0)
		reply_numeric(
		    s, ERR_MONLISTFULL, (long long)s->server->limits.monitor, buf_cstr(nicks));
	buf_clear(nicks);
}

static void
add_refused(struct session *s, struct buf *nicks, struct str nick)
{
	if (nicks->len + nick.len > IRC_TEXT_MOST / 2)
		tell_full(s, nicks);
	buf_printf(nicks, "%s" STR_FMT, nicks->len ? "," : "", STR_ARG(nick));
}

static void
add_one(struct session *s, struct status *st, struct buf *refused, struct str nick)
{
	struct session_extra *x = session_extra_make(s);
	struct monitored *n = x ? find_or_make(s->server, nick) : NULL;
	struct monitor **at;
	bool known;

	if (n == NULL) {
		reply_numeric(s, ERR_UNKNOWNERROR, "MONITOR", "The server is short of memory");
		return;
	}
	at = place_of(x, n);
	known = *at != NULL;
	if (!known && x->monitor_count >= s->server->limits.monitor) {
		add_refused(s, refused, nick);
		drop_unwatched(s->server, n);
	} else if (!known && !watch(s, at, n, nick)) {
		reply_numeric(s, ERR_UNKNOWNERROR, "MONITOR", "The server is short of memory");
		drop_unwatched(s->server, n);
	} else {
		status_add(st, nick);
	}
}

static void
monitor_add(struct session *s, struct str nicks)
{
	size_t most = hub_rules(s->server->hub)->name_length;
	struct buf refused = BUF_INIT(IRC_TEXT_MOST);
	struct str again = nicks, nick;
	const struct user *u;
	struct status st;

	status_begin(&st, s);
	while (list_next(&nicks, &nick)) {
		struct event ev = { .kind = EVENT_NICK, .target = nick };
		if (nick_valid(nick, most))
			add_one(s, &st, &refused, nick);
		else
			announce_refusal(s, &ev, VERDICT_BAD_NICK);
	}
	status_end(&st);
	tell_full(s, &refused);
	buf_free(&refused);
	while (list_next(&again, &nick))
		if ((u = hub_user(s->server->hub, nick)) != NULL && monitor_watches(s, u))
			metadata_tell(s, u);
}

static void
monitor_remove(struct session *s, struct str nicks)
{
	struct str nick;

	while (list_next(&nicks, &nick)) {
		struct monitored *n = find(s->server, nick);
		struct monitor **at = n && s->extra ? place_of(s->extra, n) : NULL;
		if (at != NULL && *at != NULL)
			unwatch(s, at);
	}
}

static void
monitor_clear(struct session *s, struct str nothing)
{
	(void)nothing;
	monitor_forget(s);
}

static void
monitor_list(struct session *s, struct str nothing)
{
	struct reply_words names;

	(void)nothing;
	begin_lines(&names, s, RPL_MONLIST);
	for (const struct monitor *m = session_extra(s)->monitors; m != NULL; m = m->next_own)
		reply_word(&names, str_from(m->name));
	reply_words_end(&names);
	reply_numeric(s, RPL_ENDOFMONLIST);
}

static void
monitor_status(struct session *s, struct str nothing)
{
	struct status st;

	(void)nothing;
	status_begin(&st, s);
	for (const struct monitor *m = session_extra(s)->monitors; m != NULL; m = m->next_own)
		status_add(&st, str_from(m->name));
	status_end(&st);
}

static const struct {
	char letter;
	bool nicks; /* it needs some */
	void (*run)(struct session *s, struct str nicks);
} verbs[] = {
	{ '+', true, monitor_add },
	{ '-', true, monitor_remove },
	{ 'c', false, monitor_clear },
	{ 'l', false, monitor_list },
	{ 's', false, monitor_status },
};

void
cmd_monitor(struct session *s, const struct irc_message *m)
{
	struct str verb = m->params[0], nicks = irc_param(m, 1);
	char letter = verb.len == 1 ? ascii_lower(verb.p[0]) : 0;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].letter != letter)
			continue;
		if (verbs[i].nicks && nicks.len == 0)
			reply_numeric(s, ERR_NEEDMOREPARAMS, "MONITOR");
		else
			verbs[i].run(s, nicks);
		return;
	}
	reply_standard(s, "FAIL", "MONITOR", "INVALID_PARAMS", "",
	    "MONITOR is followed by + or - and nicks, or by C, L or S");
}
