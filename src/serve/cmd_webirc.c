/* WEBIRC: a gateway says from where the user of this connection comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "serve/commands.h"
#include "serve/origin.h"
#include "serve/reply.h"
#include "serve/verify.h"

/* A gateway's password is being verified. */
struct gateway_check {
	struct verifying verifying;
	struct addr from;
	uint64_t password, hash; /* hashed: the next time it is known, unless the row changed */
	char name[];             /* the gateway's */
};

/*
 * Whoever fails is not let in: others would be shown, counted and banned as what the gateway is.
 */
static void
refuse(struct session *s, const char *gateway, const char *why)
{
	char text[128];

	log_warning("webirc", LOG_TEXT("host", session_host(s)), LOG_TEXT("gateway", gateway),
	    LOG_TEXT("result", "refused"), LOG_TEXT("reason", why));
	snprintf(text, sizeof(text), "WEBIRC refused: %s", why);
	session_end(s, str_from(text));
}

static void
take(struct session *s, const char *gateway, const struct addr *from)
{
	char host[IRC_HOST_MOST + 1];

	origin_host(from, host);
	log_info("webirc", LOG_TEXT("host", host), LOG_TEXT("gateway", gateway),
	    LOG_TEXT("through", session_host(s)), LOG_TEXT("result", "accepted"));
	s->reg->through_gateway = true;
	origin_change(s, from);
	session_admit(s);
}

/* Verifying is slow by design, and a gateway has many users: what was right once is remembered. */
static void
remember(struct session *s, const struct gateway_check *w)
{
	struct gateway *g = origin_gateway(s, str_from(w->name));

	if (g != NULL && table_hash(str_from(g->hash)) == w->hash)
		g->right_once = w->password;
}

static void
verified(void *arg, bool match)
{
	struct session *s = arg;
	struct gateway_check *w = (struct gateway_check *)session_answer(s);

	if (match)
		remember(s, w);
	if (match)
		take(s, w->name, &w->from);
	else
		refuse(s, w->name, "the password is wrong");
	session_answered(s, &w->verifying.waiting);
}

/* False: busy, or short of memory. */
static bool
verify(struct session *s, const struct gateway *g, struct str password, const struct addr *from)
{
	size_t length = strlen(g->name) + 1;
	struct gateway_check *w = calloc(1, sizeof(*w) + length);

	if (w == NULL)
		return false;
	str_copy(w->name, length, str_from(g->name));
	w->from = *from;
	w->password = table_hash(password);
	w->hash = table_hash(str_from(g->hash));
	return session_verify(s, &w->verifying, password, str_from(g->hash), verified);
}

/* Of a client that has said nothing of itself yet. */
static bool
is_first(const struct session *s)
{
	const struct registration *r = s->reg;

	return r != NULL && !r->through_gateway && r->nick == NULL && r->name == NULL &&
	       r->account == NULL && session_extra(s)->authentication == NULL;
}

void
cmd_webirc(struct session *s, const struct irc_message *m)
{
	struct gateway *g = origin_gateway(s, m->params[1]);
	struct addr from;

	if (!is_first(s))
		reply_numeric(s, ERR_ALREADYREGISTERED);
	else if (g == NULL)
		refuse(s, "", "this address is none of a gateway's");
	else if (str_find(m->params[3], '%') < m->params[3].len ||
		 !addr_numeric(m->params[3], 0, &from))
		refuse(s, g->name, "the fourth parameter is no address");
	else if (g->right_once != 0 && g->right_once == table_hash(m->params[0]))
		take(s, g->name, &from);
	else if (!verify(s, g, m->params[0], &from))
		refuse(s, g->name, "the server is busy; try again");
}
