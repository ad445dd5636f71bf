/* RENAME, told to those in the channel, and what goes by its name. */
#include "serve/rename.h"

#include <stdlib.h>

#include "irc/names.h"
#include "serve/announce.h"
#include "serve/behind.h"
#include "serve/commands.h"
#include "serve/metadata.h"
#include "serve/notes.h"
#include "serve/registered.h"
#include "serve/reply.h"

/* ---- telling --------------------------------------------------------------------------------- */

/* For those who don't know RENAME it is another channel that they are in now. */
static void
come_again(struct session *s, const struct event *ev)
{
	char old[IRC_CHANNEL_ROOM + 1];
	struct channel left = { .name = old };
	struct event part = {
		.kind = EVENT_PART, .actor = s->user, .channel = &left, .text = ev->text
	};
	struct event join = { .kind = EVENT_JOIN, .actor = s->user, .channel = ev->channel };

	str_copy(old, sizeof(old), ev->old_nick);
	part.number = hub_next_number(s->server->hub, 0);
	part.time = event_time(part.number);
	deliver(s, &part, LINE_EVENT);
	join.number = hub_next_number(s->server->hub, 0);
	join.time = event_time(join.number);
	deliver(s, &join, LINE_EVENT);
	reply_entered(s, ev->channel);
	metadata_joined(s, ev->channel);
}

static bool
knows(const struct session *s)
{
	return s->dialect == DIALECT_PLAIN || (s->caps & CAP_BIT(CAP_CHANNEL_RENAME)) != 0;
}

void
announce_rename(struct server *sv, struct session *by, struct event *ev)
{
	const struct channel *c = ev->channel;
	bool same = name_eq(ev->old_nick, str_from(c->name));

	(void)sv;
	(void)by;
	for (uint32_t i = 0; i < c->member_count; i++) {
		struct session *s = session_of(c->members[i]->user);
		for (; s != NULL; s = s->next_device)
			if (knows(s))
				deliver(s, ev, LINE_EVENT);
			else if (!same)
				come_again(s, ev);
	}
}

/* ---- what goes by the name ------------------------------------------------------------------- */

static void
rename_of_session(struct session *s, struct str old, const struct channel *c)
{
	struct session_extra *x = s->extra;
	char *name;

	if (x == NULL)
		return;
	markers_rename(s, old, str_from(c->folded));
	if (!behind_rename(s, old, str_from(c->folded)))
		conn_break(s->conn); /* it could not be told what it missed */
	if (x->plain_target == NULL || !name_eq(str_from(x->plain_target), old))
		return;
	name = str_dup(str_from(c->name));
	if (name == NULL)
		return;
	free(x->plain_target);
	x->plain_target = name;
}

void
rename_note(struct server *sv, const struct event *ev)
{
	char room[IRC_CHANNEL_ROOM];
	struct str old = name_fold(str_first(ev->old_nick, sizeof(room)), room);
	struct str name = str_from(ev->channel->folded);

	if (!str_eq(old, name)) {
		sv->ticket = store_rename(sv->store, old, name, ev->number);
		notes_rename(sv, old, name);
	}
	for (struct session *s = sv->sessions; s != NULL; s = s->next)
		rename_of_session(s, old, ev->channel);
	registered_renamed(sv, ev->channel, old);
}
