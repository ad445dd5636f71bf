/* Messages, told to those concerned: who hears them, the echo, and that one is taken back. */
#include "announce.h"

#include <stdio.h>
#include <unistd.h>

#include "base/output.h"
#include "base/utf8.h"
#include "serve/audience.h"
#include "serve/reply.h"

/* What one device says in private the others see, too: sender and target tell it from what comes.
 * Plain lines have no place for a target. */
static void
deliver_to_own(const struct session *by, const struct event *ev)
{
	for (struct session *s = session_of(ev->actor); s != NULL; s = s->next_device)
		if (s != by && s->dialect == DIALECT_IRC)
			deliver(s, ev, LINE_EVENT);
}

/* A message to oneself comes twice: as what it is, and as the echo, which alone carries the
 * label. */
static void
deliver_message(struct server *sv, const struct session *by, const struct event *ev)
{
	struct session *labelled = sv->gather.session;

	sv->gather.session = NULL;
	deliver_user(ev->user, ev, LINE_EVENT);
	sv->gather.session = labelled;
	if (ev->actor != NULL && ev->actor != ev->user)
		deliver_to_own(by, ev);
}

/* What one device says to those that it is not one of, the others see, too. */
static void
deliver_to_devices(const struct session *by, const struct event *ev)
{
	for (struct session *s = session_of(ev->actor); s != NULL; s = s->next_device)
		if (s != by)
			deliver(s, ev, LINE_EVENT);
}

/* STATUSMSG: those with the prefix or a higher one; what is narrowed is for operators alone. */
static void
tell_status(struct session *by, const struct event *ev)
{
	const struct channel *c = ev->channel;
	uint8_t who = 1u << MEMBER_OPERATOR;
	struct session *s;

	if (ev->status == '+' && !ev->narrowed)
		who |= 1u << MEMBER_VOICE;
	for (uint32_t i = 0; i < c->member_count; i++) {
		s = (c->members[i]->flags & who) != 0 ? session_of(c->members[i]->user) : NULL;
		for (; s != NULL; s = s->next_device)
			if (s != by)
				deliver(s, ev, LINE_EVENT);
	}
	if (ev->membership == NULL || (ev->membership->flags & who) == 0)
		deliver_to_devices(by, ev);
}

static void
tell_members(struct server *sv, struct session *by, const struct event *ev)
{
	audience_tell(sv, ev->channel, ev, LINE_EVENT, by);
	if (ev->membership == NULL)
		deliver_to_devices(by, ev);
}

static void
echo(struct session *by, const struct event *ev)
{
	if (by != NULL && (by->caps & CAP_BIT(CAP_ECHO_MESSAGE)) != 0)
		deliver(by, ev, LINE_EVENT);
}

/* Whoever watches may have stopped reading: the chat goes on. */
static void
show_message(struct server *sv, const struct event *ev)
{
	struct buf line = BUF_INIT(OUTPUT_MOST - 1);
	char missing[64];
	int n;

	if (ev->kind == EVENT_TAGMSG)
		return;
	buf_printf(&line,
	    STR_FMT " -> %s: ", STR_ARG(ev->relayed.len > 0 ? ev->relayed : user_nick(ev->actor)),
	    ev->channel ? ev->channel->name : ev->user->nick);
	utf8_show(&line, ev->text);
	line.max = OUTPUT_MOST;
	buf_add_char(&line, '\n');
	n = snprintf(missing, sizeof(missing), "(%u messages were not shown)\n", sv->not_shown);
	if (sv->not_shown > 0 && output_try(STDOUT_FILENO, (struct str){ missing, (size_t)n }))
		sv->not_shown = 0;
	if (sv->not_shown > 0 || !output_try(STDOUT_FILENO, buf_str(&line)))
		sv->not_shown++;
	buf_free(&line);
}

/* "*" is no reason that a person would want to read. */
static void
reply_away(struct session *s, const struct user *u)
{
	bool unsaid = str_eq(str_from(u->away), STR("*"));

	if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* %s is away%s%s%s", u->nick, unsaid ? "" : " (",
		    unsaid ? "" : u->away, unsaid ? "" : ")");
	reply_numeric(s, RPL_AWAY, u->nick, u->away);
}

void
announce_message(struct server *sv, struct session *by, struct event *ev)
{
	bool echoes = by != NULL && (by->caps & CAP_BIT(CAP_ECHO_MESSAGE)) != 0;

	struct audience *a = ev->channel ? ev->channel->front : NULL;

	sv->messages++;
	if (a != NULL && ev->kind != EVENT_TAGMSG)
		a->spoken = ev->number;
	if (sv->show_messages)
		show_message(sv, ev);
	if (ev->channel != NULL && ev->status == 0 && !ev->narrowed && echoes &&
	    told_apart(by) == NULL && ev->membership != NULL) {
		audience_tell(sv, ev->channel, ev, LINE_EVENT, NULL);
		return;
	}
	if (ev->channel == NULL)
		deliver_message(sv, by, ev);
	else if (ev->status != 0 || ev->narrowed)
		tell_status(by, ev);
	else
		tell_members(sv, by, ev);
	echo(by, ev);
	if (by == NULL || ev->channel != NULL || ev->kind != EVENT_MESSAGE || !ev->user->away)
		return;
	reply_away(by, ev->user);
}

void
announce_redact(struct server *sv, struct session *by, struct event *ev)
{
	if (ev->channel != NULL) {
		tell_channel(sv, by, ev);
		return;
	}
	if (ev->user != ev->actor)
		deliver_user(ev->user, ev, LINE_EVENT);
	deliver_user(ev->actor, ev, LINE_EVENT);
}
