/* Several connections that are one user. */
#include "serve/devices.h"

#include "irc/names.h"
#include "serve/announce.h"
#include "serve/audience.h"
#include "serve/commands.h"
#include "serve/login.h"
#include "serve/metadata.h"
#include "serve/replay.h"
#include "serve/reply.h"

static bool
is_of(const struct user *u, const char *account)
{
	return u != NULL && u->account != NULL && name_eq(str_from(u->account), str_from(account));
}

/* Whoever has the account does not want to share a user among connections. */
static bool
is_for_one(const struct server *sv, const char *account)
{
	const struct account *a = server_account(sv, str_from(account));

	return a != NULL && a->multiclient == ACCOUNT_NO;
}

struct user *
device_user(const struct session *s)
{
	const char *account = session_account(s);
	const struct hub *h = s->server->hub;
	struct user *u;

	if (account == NULL)
		return NULL;
	u = hub_user(h, str_from(s->reg->nick)); /* of several, the one it asks for */
	if (!is_of(u, account))
		u = hub_user_of(h, str_from(account));
	return u != NULL && session_of(u) != NULL && is_for_one(s->server, account) ? NULL : u;
}

bool
nick_is_anothers(const struct session *s, struct str nick)
{
	const struct user *holder = hub_user(s->server->hub, nick);

	if (holder == NULL)
		return false;
	if (holder->account == NULL || session_owns(s, str_from(holder->account)))
		return holder->account == NULL;
	if (s->dialect == DIALECT_PLAIN) /* is asked for the password next */
		return !name_eq(nick, str_from(holder->account)) || !nick_is_reserved(s, nick);
	return s->reg == NULL || !s->reg->cap_negotiating;
}

/* As if it had just joined, for this device alone. */
static void
enter_channel(struct session *s, struct channel *c)
{
	struct event ev = { .kind = EVENT_JOIN, .actor = s->user, .channel = c };

	ev.number = hub_next_number(s->server->hub, 0);
	ev.time = event_time(ev.number);
	if (!audience_join(s, c)) {
		conn_break(s->conn);
		return;
	}
	deliver(s, &ev, LINE_EVENT);
	reply_entered(s, c);
	metadata_joined(s, c);
	replay_entered(s, c);
}

void
device_enter(struct session *s, uint32_t channels)
{
	const struct user *u = s->user;

	if (u->away != NULL && s->dialect == DIALECT_IRC)
		reply_numeric(s, RPL_NOWAWAY);
	for (uint32_t i = 0; i < channels && i < u->membership_count; i++)
		enter_channel(s, u->memberships[i]->channel);
}
