/* Users that stay while nobody is connected for them. */
#include "serve/presence.h"

#include <stdio.h>

#include "base/log.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/cloak.h"
#include "serve/login.h"

#define PREFIX "presence/"

enum { KEY_ROOM = 300, TEXT_MOST = 256 * 1024, CHANGES = 2 };

bool
presence_is_kept(const struct server *sv, const struct user *u)
{
	enum presence_policy policy = (enum presence_policy)setting_number(
	    sv->cli->settings, ACCOUNTS_ALWAYS_ON);
	const struct account *a = u->account ? server_account(sv, str_from(u->account)) : NULL;

	if (a == NULL || policy == PRESENCE_NO)
		return false;
	if (a->always_on == ACCOUNT_UNSAID)
		return policy == PRESENCE_OPT_OUT;
	return a->always_on == ACCOUNT_YES;
}

/* ---- as texts -------------------------------------------------------------------------------- */

/* Those that have an account. */
static void
write_accepted(const struct user *u, struct buf *out)
{
	const struct user_extra *x = user_extra(u);

	for (uint32_t i = 0; i < x->accepted_count; i++)
		if (x->accepted[i].id == 0 && !x->accepted[i].written_to)
			buf_printf(out, "accept %s\n", x->accepted[i].name);
}

/* Lines "field value". */
static void
write_presence(const struct server *sv, const struct user *u, struct buf *out)
{
	buf_printf(out, "nick %s\nuser %s\nhost %s\nreal %s\n", u->nick, user_true_name(u),
	    user_true_host(u), u->real);
	if (!cloak_is_shown(sv, u) || !str_eq(str_from(u->name), str_from(user_true_name(u))))
		buf_printf(out, "shown %s@%s\n", u->name, u->host);
	if (u->away != NULL)
		buf_printf(out, "away %s\n", u->away);
	for (const struct user_mode *m = user_modes; m->letter != 0; m++)
		if (m->settable && user_is(u, m->flag))
			buf_printf(out, "mode %c\n", m->letter);
	write_accepted(u, out);
	for (uint32_t i = 0; i < u->membership_count; i++) {
		const struct membership *m = u->memberships[i];
		buf_printf(out, "channel %s ", m->channel->name);
		for (const struct channel_mode *row = channel_modes; row->letter != 0; row++)
			if (row->kind == MODE_PREFIX && member_is(m, (enum member_flag)row->which))
				buf_add_char(out, row->letter);
		buf_add_char(out, '\n');
	}
}

static void
put(struct server *sv, struct str account, struct str text)
{
	char key[KEY_ROOM], folded[IRC_NAME_ROOM * 4];
	struct str name = name_fold(str_first(account, sizeof(folded)), folded);
	int n = snprintf(key, sizeof(key), PREFIX STR_FMT, STR_ARG(name));

	sv->ticket = store_put(sv->store, (struct str){ key, (size_t)n }, text);
}

static void
keep(struct server *sv, const struct user *u)
{
	struct buf text = BUF_INIT(TEXT_MOST);

	write_presence(sv, u, &text);
	if (text.truncated)
		log_error("presence-lost", LOG_TEXT("account", u->account));
	else
		put(sv, str_from(u->account), buf_str(&text));
	buf_free(&text);
}

void
presence_forget(struct server *sv, struct str account)
{
	put(sv, account, (struct str){ 0 });
}

void
presence_changed(struct server *sv, const struct user *u)
{
	if (presence_is_kept(sv, u))
		keep(sv, u);
	else if (u->account != NULL)
		presence_forget(sv, str_from(u->account));
}

static void
note_user(struct server *sv, const struct user *u)
{
	if (u != NULL && u->account != NULL && presence_is_kept(sv, u))
		keep(sv, u);
}

void
presence_note(struct server *sv, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_NICK:
	case EVENT_JOIN:
	case EVENT_PART:
	case EVENT_AWAY:
	case EVENT_SETNAME:
	case EVENT_ACCOUNT:
	case EVENT_ACCEPT:
		note_user(sv, ev->actor);
		break;
	case EVENT_KICK:
	case EVENT_HOST:
		note_user(sv, ev->user);
		break;
	case EVENT_MODE:
		note_user(sv, ev->user);
		for (unsigned i = 0; i < ev->change_count; i++)
			if (ev->changes[i].verdict == VERDICT_OK)
				note_user(sv, ev->changes[i].member);
		break;
	case EVENT_RENAME:
		for (uint32_t i = 0; i < ev->channel->member_count; i++)
			note_user(sv, ev->channel->members[i]->user);
		break;
	default:
		break;
	}
}

void
presence_note_end(struct server *sv, const struct event *ev)
{
	if ((ev->kind == EVENT_QUIT || ev->kind == EVENT_KILL) && !sv->stopping &&
	    presence_is_kept(sv, ev->user))
		presence_forget(sv, str_from(ev->user->account));
}

void
presence_end(struct server *sv, struct str account)
{
	struct table_walk w = hub_users(sv->hub);
	struct user *u, *found = NULL;

	while ((u = hub_next_of(&w, account)) != NULL)
		if (session_of(u) == NULL)
			found = u;
	presence_forget(sv, account);
	if (found != NULL) {
		struct event quit = {
			.kind = EVENT_QUIT, .actor = found, .text = STR("The account is removed")
		};
		server_event(sv, NULL, &quit);
	}
}

/* ---- at start -------------------------------------------------------------------------------- */

/* Applied without a word: nobody is here to be told, and it happened before. */
static bool
apply(struct server *sv, struct event *ev)
{
	enum verdict v = hub_apply(sv->hub, ev);

	if (v == VERDICT_OK)
		hub_settle(sv->hub, ev);
	return v == VERDICT_OK;
}

/* The prefix modes become those of the text: who makes a channel is its operator at first. */
static void
restore_flags(struct server *sv, struct user *u, struct str channel, struct str letters)
{
	struct mode_change changes[CHANGES];
	struct event ev = {
		.kind = EVENT_MODE, .target = channel, .forced = true, .changes = changes
	};

	for (const struct channel_mode *row = channel_modes; row->letter != 0; row++)
		if (row->kind == MODE_PREFIX && ev.change_count < CHANGES)
			changes[ev.change_count++] = (struct mode_change){
				.add = str_find(letters, row->letter) < letters.len,
				.letter = row->letter,
				.param = user_nick(u)
			};
	apply(sv, &ev);
}

static void
restore_channel(struct server *sv, struct user *u, struct str words)
{
	struct str channel = str_cut(&words, ' ');
	struct event join = { .kind = EVENT_JOIN, .actor = u, .target = channel, .forced = true };

	if (apply(sv, &join))
		restore_flags(sv, u, channel, words);
}

static void
restore_mode(struct server *sv, struct user *u, struct str letter)
{
	struct mode_change change = { .add = true, .letter = letter.len ? letter.p[0] : 0 };
	struct event ev = { .kind = EVENT_MODE,
		.actor = u,
		.target = user_nick(u),
		.forced = true,
		.changes = &change,
		.change_count = 1 };

	apply(sv, &ev);
}

/* The value of the first line of that field; empty: there is none. */
static struct str
field(struct str text, struct str name)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n'), key = str_cut(&line, ' ');
		if (str_eq(key, name))
			return line;
	}
	return (struct str){ 0 };
}

/* "user@host" */
static void
restore_shown(struct server *sv, struct user *u, struct str place)
{
	struct event ev = {
		.kind = EVENT_HOST, .object = user_nick(u), .text = str_cut(&place, '@')
	};

	ev.host = place;
	apply(sv, &ev);
}

static void
restore_rest(struct server *sv, struct user *u, struct str text)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n'), key = str_cut(&line, ' ');
		struct event away = { .kind = EVENT_AWAY, .actor = u, .text = line };
		struct event accept = { .kind = EVENT_ACCEPT,
			.actor = u,
			.object = line,
			.text = STR("+"),
			.forced = true };
		if (str_eq(key, STR("channel")))
			restore_channel(sv, u, line);
		else if (str_eq(key, STR("mode")))
			restore_mode(sv, u, line);
		else if (str_eq(key, STR("shown")))
			restore_shown(sv, u, line);
		else if (str_eq(key, STR("away")))
			apply(sv, &away);
		else if (str_eq(key, STR("accept")))
			apply(sv, &accept);
	}
}

static void
restore(void *arg, struct str key, struct str text)
{
	struct server *sv = arg;
	const struct account *a = server_account(sv, str_from_byte(key, sizeof(PREFIX) - 1));
	struct event ev = { .kind = EVENT_CONNECT,
		.forced = true, /* with the modes that it had, and no others */
		.target = field(text, STR("nick")),
		.object = field(text, STR("user")),
		.host = field(text, STR("host")),
		.text = field(text, STR("real")) };
	struct event account = { .kind = EVENT_ACCOUNT };
	struct cloak cloak = { "", "" };
	struct addr from;

	if (a != NULL)
		cloak_of(sv, addr_numeric(ev.host, 0, &from) ? &from : NULL, a->name, &cloak);
	ev.cloak = str_from(cloak.address);
	ev.shown = str_from(cloak.shown);
	if (a == NULL || !host_valid(ev.host) || !user_name_valid(ev.object) ||
	    hub_apply(sv->hub, &ev) != VERDICT_OK) {
		log_error("presence-lost", LOG_STR("key", key));
		return;
	}
	account.actor = ev.actor;
	account.text = str_from(a->name);
	apply(sv, &account);
	if (presence_is_kept(sv, ev.actor)) {
		restore_rest(sv, ev.actor, text);
	} else { /* the setting has changed */
		struct event quit = { .kind = EVENT_QUIT, .actor = ev.actor };
		apply(sv, &quit);
	}
}

int
presence_open(struct server *sv, struct err *e)
{
	return store_state_each(sv->store, STR(PREFIX), restore, sv, e);
}
