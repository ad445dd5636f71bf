/* ChanServ: channels that belong to an account. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/login.h"
#include "serve/registered.h"
#include "serve/reply.h"
#include "serve/services.h"

#define say(s, ...) service_say(s, &chanserv, __VA_ARGS__)

/* The channel that the first word names, as far as the asker may know of it; said when not. */
static struct channel *
named(const struct service_call *call)
{
	struct session *s = call->session;
	struct channel *c = hub_channel(s->server->hub, call->words[0]);

	if (c != NULL && (channel_visible(c, s->user) || channel_trusts(c, s->user) ||
			     user_is(s->user, USER_OPERATOR)))
		return c;
	say(s, "There is no channel %s", reply_cut(call->words[0], IRC_CHANNEL_ROOM));
	return NULL;
}

/* ... and it is registered. */
static struct channel *
named_registered(const struct service_call *call)
{
	struct channel *c = named(call);

	if (c == NULL || c->founder != NULL)
		return c;
	say(call->session, "%s is not registered", c->name);
	return NULL;
}

static bool
may_keep(struct session *s)
{
	if (!s->server->store_down)
		return true;
	say(s, "The server can't keep anything at the moment; try again later");
	return false;
}

static bool
is_founder(const struct session *s, const struct channel *c)
{
	return session_owns(s, str_from(c->founder));
}

static void
do_register(struct service_call *call)
{
	struct session *s = call->session;
	struct channel *c = named(call);
	size_t most = (size_t)setting_number(s->server->cli->settings, ACCOUNTS_CHANNELS);
	struct event ev = { .kind = EVENT_OWNER, .actor = s->user, .target = call->words[0] };
	enum verdict v;

	if (c == NULL || !may_keep(s))
		return;
	if (c->founder != NULL) {
		say(s, "%s is registered already", c->name);
		return;
	}
	ev.text = str_from(session_account(s));
	if (most > 0 && registered_count(s->server, ev.text) >= most) {
		say(s, "You have %zu channels; more are not allowed", most);
		return;
	}
	v = server_event(s->server, NULL, &ev);
	if (v == VERDICT_OK) {
		log_info("channel-registered", LOG_TEXT("channel", c->name),
		    LOG_TEXT("account", session_account(s)));
		say(s, "%s is registered; it belongs to %s", c->name, c->founder);
	} else {
		say(s,
		    v == VERDICT_NOT_CHANNEL_OPERATOR ? "You are not an operator of %s"
						      : "%s was not registered",
		    c->name);
	}
}

static void
do_drop(struct service_call *call)
{
	struct session *s = call->session;
	struct channel *c = named_registered(call);
	struct event ev = { .kind = EVENT_OWNER, .actor = s->user, .target = call->words[0] };

	if (c == NULL || !may_keep(s))
		return;
	if (!is_founder(s, c) && !user_is(s->user, USER_OPERATOR)) {
		say(s, "%s belongs to %s", c->name, c->founder);
		return;
	}
	ev.forced = true;
	log_info("channel-dropped", LOG_TEXT("channel", c->name), LOG_TEXT("by", s->user->nick));
	say(s, "%s is not registered any more", c->name);
	server_event(s->server, NULL, &ev);
}

static void
list_operators(struct session *s, const struct channel *c)
{
	const struct list *l = &channel_extra(c)->operators;

	for (uint32_t i = 0; i < l->count; i++)
		say(s, "%s", l->entries[i].mask);
	say(s, "%s has %u operators by account, and its founder %s", c->name, l->count, c->founder);
}

static void
change_operators(struct session *s, struct channel *c, struct str account, bool add)
{
	struct event ev = { .kind = EVENT_ACCESS,
		.actor = s->user,
		.target = str_from(c->name),
		.object = account,
		.text = add ? STR("+") : (struct str){ 0 } };
	const struct account *a = server_account(s->server, account);
	const char *name = reply_cut(account, IRC_NAME_ROOM);
	enum verdict v;

	if (add && a == NULL) {
		say(s, "There is no account %s", name);
		return;
	}
	if (add)
		ev.object = str_from(name = a->name);
	v = server_event(s->server, NULL, &ev);
	if (v == VERDICT_OK)
		say(s,
		    add ? "%s is an operator of %s from now on"
			: "%s is no operator of %s any more",
		    name, c->name);
	else if (v == VERDICT_NOTHING)
		say(s, add ? "%s is an operator of %s already" : "%s is no operator of %s", name,
		    c->name);
	else if (v == VERDICT_NOT_PERMITTED)
		say(s, "%s belongs to %s", c->name, c->founder);
	else
		say(s, "%s has too many operators", c->name);
}

static void
do_aop(struct service_call *call)
{
	struct session *s = call->session;
	struct channel *c = named_registered(call);
	bool add = str_eq_nocase(call->words[1], STR("ADD"));

	if (c == NULL)
		return;
	if (str_eq_nocase(call->words[1], STR("LIST")))
		list_operators(s, c);
	else if ((add || str_eq_nocase(call->words[1], STR("DEL"))) && call->count > 2) {
		if (may_keep(s))
			change_operators(s, c, call->words[2], add);
	} else
		say(s, "Usage: AOP <channel> ADD|DEL|LIST [<account>]");
}

/* For who should be an operator, and is not at the moment. */
static void
do_op(struct service_call *call)
{
	struct session *s = call->session;
	struct channel *c = named_registered(call);

	if (c == NULL)
		return;
	if (!channel_trusts(c, s->user))
		say(s, "You are not an operator of %s by your account", c->name);
	else if (user_membership(s->user, c) == NULL)
		say(s, "You are not in %s", c->name);
	else
		registered_greet(s->server, s->user);
}

static void
do_info(struct service_call *call)
{
	struct session *s = call->session;
	const struct channel *c = named_registered(call);
	char time[CLOCK_ISO_SIZE];

	if (c == NULL)
		return;
	clock_iso(c->created, time);
	say(s, "%s belongs to %s; it was made at %s; %u are in it", c->name, c->founder, time,
	    c->member_count);
}

static const struct service_command commands[] = {
	{ "AOP", SERVICE_LOGGED_IN, 2, "<channel> ADD|DEL|LIST [<account>]",
	    "accounts that are operators when they join", do_aop },
	{ "DROP", SERVICE_ANYONE, 1, "<channel>", "gives a channel up", do_drop },
	{ "INFO", SERVICE_ANYONE, 1, "<channel>", "tells about a channel", do_info },
	{ "OP", SERVICE_LOGGED_IN, 1, "<channel>", "makes you an operator again", do_op },
	{ "REGISTER", SERVICE_LOGGED_IN, 1, "<channel>",
	    "makes a channel yours, of which you are an operator", do_register },
	{ NULL, SERVICE_ANYONE, 0, NULL, NULL, NULL },
};

const struct service chanserv = { "ChanServ",
	"ChanServ keeps channels: what belongs to an account outlives its members. "
	"/msg ChanServ <command>:",
	commands };
