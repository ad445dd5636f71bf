/* Operators of the server: OPER, KILL, CHGHOST, WALLOPS, REHASH, DIE. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/utf8.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/cloak.h"
#include "serve/commands.h"
#include "serve/reply.h"
#include "serve/verify.h"

/* One item of [serve] operator: NAME MASK HASH. */
struct operator_row {
	struct str name, mask, hash;
};

static bool
operator_at(const struct settings *st, size_t i, struct operator_row *row)
{
	struct str text;

	if (i >= setting_count(st, SERVE_OPERATOR))
		return false;
	text = setting_item(st, SERVE_OPERATOR, i);
	row->name = str_word(&text);
	row->mask = str_word(&text);
	row->hash = str_word(&text);
	return true;
}

void
stats_operators(struct session *s)
{
	struct operator_row row;

	if (!user_is(s->user, USER_OPERATOR))
		return;
	for (size_t i = 0; operator_at(s->server->cli->settings, i, &row); i++)
		reply_line(s, "243 %s O " STR_FMT " * " STR_FMT " 0 0", s->user->nick,
		    STR_ARG(row.mask), STR_ARG(row.name));
	for (size_t i = 0; i < s->server->local_operators.count; i++)
		reply_line(s, "243 %s O *@localhost * %s 0 0", s->user->nick,
		    s->server->local_operators.rows[i].name);
}

/* The row for this name whose mask matches; *named: some row has the name. */
static bool
operator_find(struct session *s, struct str name, struct operator_row *row, bool *named)
{
	char text[512], mask[IRC_MASK_MOST * 2];
	struct str user = user_true_mask(s->user, text, sizeof(text));

	*named = false;
	for (size_t i = 0; operator_at(s->server->cli->settings, i, row); i++) {
		if (!str_eq(row->name, name))
			continue;
		*named = true;
		if (mask_complete(row->mask, mask, sizeof(mask)) &&
		    mask_match(str_from(mask), user))
			return true;
	}
	return false;
}

/* A password is being verified for OPER. */
struct oper_check {
	struct verifying verifying;
	char name[]; /* the operator name it is for */
};

static void
verified(void *arg, bool match)
{
	struct session *s = arg;
	struct oper_check *w = (struct oper_check *)session_answer(s);
	struct event ev = { .kind = EVENT_OPER, .actor = s->user, .text = str_from(w->name) };

	log_info("oper", LOG_TEXT("nick", s->user->nick), LOG_TEXT("name", w->name),
	    LOG_TEXT("result", match ? "accepted" : "refused"));
	if (match)
		server_event(s->server, s, &ev);
	else
		reply_numeric(s, ERR_PASSWDMISMATCH);
	session_answered(s, &w->verifying.waiting);
}

/* False: busy, or short of memory. */
static bool
verify(struct session *s, const struct operator_row *row, struct str password)
{
	struct oper_check *w = calloc(1, sizeof(*w) + row->name.len + 1);

	if (w != NULL)
		str_copy(w->name, row->name.len + 1, row->name);
	return session_verify(s, w ? &w->verifying : NULL, password, row->hash, verified);
}

void
cmd_oper(struct session *s, const struct irc_message *m)
{
	const struct local_operator *local = local_operator_of(s);
	struct operator_row row;
	bool named;

	if (local != NULL) { /* the kernel's word is better than any password */
		local_operator_make(s, local);
		return;
	}
	if (!operator_find(s, m->params[0], &row, &named)) {
		if (named)
			reply_numeric(s, ERR_NOOPERHOST);
		else
			reply_numeric(s, ERR_PASSWDMISMATCH);
		return;
	}
	if (!verify(s, &row, m->params[1]))
		reply_numeric(s, RPL_TRYAGAIN, "OPER");
}

void
cmd_kill(struct session *s, const struct irc_message *m)
{
	struct str reason = irc_param(m, 1);
	struct event ev = { .kind = EVENT_KILL,
		.actor = s->user,
		.object = m->params[0],
		.text = reason.len ? str_first(reason, utf8_prefix(reason, IRC_KICK_MOST))
				   : STR("no reason given") };

	if (str_eq_nocase(m->params[0], s->server->names.server)) {
		reply_numeric(s, ERR_CANTKILLSERVER);
		return;
	}
	log_info("kill", LOG_TEXT("by", s->user->nick), LOG_STR("nick", m->params[0]));
	server_event(s->server, s, &ev);
}

/* Another host, "user@host", or none: what would be shown without. */
void
cmd_chghost(struct session *s, const struct irc_message *m)
{
	struct str host = irc_param(m, 1), name = str_first(host, str_find(host, '@'));
	struct event ev = { .kind = EVENT_HOST, .actor = s->user, .object = m->params[0] };
	const struct user *u = hub_user(s->server->hub, m->params[0]);
	struct cloak room;

	if (name.len > 0 && name.len + 1 < host.len) {
		ev.text = name;
		host = str_from_byte(host, name.len + 1);
	}
	ev.host = host;
	if (host.len == 0 && u != NULL && cloak_of_account(s->server, u, &room)[0] != '\0') {
		ev.text = str_from(user_true_name(u));
		ev.host = str_from(room.shown);
	}
	log_info("chghost", LOG_TEXT("by", s->user->nick), LOG_STR("nick", m->params[0]),
	    LOG_STR("user", ev.text), LOG_STR("host", host));
	server_event(s->server, s, &ev);
}

void
cmd_wallops(struct session *s, const struct irc_message *m)
{
	struct event ev = { .kind = EVENT_WALLOPS, .actor = s->user, .text = m->params[0] };

	server_event(s->server, s, &ev);
}

void
cmd_rehash(struct session *s, const struct irc_message *m)
{
	(void)m;
	reply_numeric(s, RPL_REHASHING, "sockchat.ini");
	server_reload(s->server, s);
}

void
cmd_die(struct session *s, const struct irc_message *m)
{
	char reason[IRC_TEXT_MOST];
	struct str text = irc_param(m, 0);

	log_info("die", LOG_TEXT("by", s->user->nick));
	snprintf(reason, sizeof(reason), "Stopped by %s%s" STR_FMT, s->user->nick,
	    text.len ? ": " : "", STR_ARG(text));
	server_stop(s->server, reason);
}
