/* Whether anybody is at the devices of a user. */
#include "serve/away.h"

#include <stdlib.h>

#include "serve/announce.h"
#include "serve/reply.h"

static const struct str unsaid = { "*", 1 };

/* Nobody said why. */
static bool
is_unsaid(const char *away)
{
	return away != NULL && str_eq(str_from(away), unsaid);
}

static bool
is_about_device(const struct session *s, struct str text)
{
	return str_eq(text, unsaid) && (s->caps & CAP_BIT(CAP_PRE_AWAY)) != 0;
}

/* Somebody is at one of them; not looking at `except`. */
static bool
attended(const struct user *u, const struct session *except)
{
	for (const struct session *s = session_of(u); s != NULL; s = s->next_device)
		if (s != except && !s->unattended)
			return true;
	return false;
}

static void
set_away(struct session *by, struct server *sv, struct user *u, struct str text)
{
	struct event ev = { .kind = EVENT_AWAY, .actor = u, .text = text };

	server_event(sv, by, &ev);
}

/* The user becomes what its devices are; true when that was a change. */
static bool
settle(struct server *sv, struct user *u, struct session *by, const struct session *except)
{
	bool here = attended(u, except);

	if (here ? !is_unsaid(u->away) : u->away != NULL)
		return false;
	set_away(by, sv, u, here ? (struct str){ 0 } : unsaid);
	return true;
}

void
away_say(struct session *s, struct str text)
{
	s->unattended = is_about_device(s, text);
	if (!s->unattended)
		set_away(s, s->server, s->user, text);
	else if (!settle(s->server, s->user, s, NULL))
		reply_numeric(s, RPL_NOWAWAY);
}

void
away_say_early(struct session *s, struct str text)
{
	char *copy = str_dup(text);

	if (copy == NULL) {
		session_end(s, STR("The server is short of memory"));
		return;
	}
	free(s->reg->away);
	s->reg->away = copy;
	reply_numeric(s, text.len > 0 ? RPL_NOWAWAY : RPL_UNAWAY);
}

void
away_device_comes(struct session *s)
{
	struct str said = s->reg->away ? str_from(s->reg->away) : (struct str){ 0 };
	struct user *u = s->user;

	s->unattended = is_about_device(s, said);
	if (s->reg->away != NULL && !s->unattended && (said.len > 0 || u->away != NULL))
		set_away(NULL, s->server, u, said);
	else
		settle(s->server, u, NULL, NULL);
}

void
away_device_leaves(const struct session *s)
{
	const struct user *u = s->user;
	bool last = u->front == s && s->next_device == NULL;

	if (!last && !u->leaving && !s->server->stopping)
		settle(s->server, s->user, NULL, s);
}
