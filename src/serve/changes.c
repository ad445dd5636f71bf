/* Changes that have no rows, for those who read too slowly. */
#include "serve/changes.h"

#include <stdlib.h>

#include "base/clock.h"
#include "serve/render.h"
#include "serve/reply.h"

enum change_kind { CHANGE_AWAY, CHANGE_ACCOUNT, CHANGE_REAL, CHANGE_HOST };

struct change {
	const struct user *user;
	uint64_t number; /* of the last event */
	unsigned kinds;  /* bits of enum change_kind */
};

static struct str
key_of(const struct user *const *u)
{
	return (struct str){ (const char *)u, sizeof(const struct user *) };
}

/* ---- remembering ----------------------------------------------------------------------------- */

/* What of the event has no row: bits of enum change_kind, and whose it is. */
static unsigned
unstored(const struct event *ev, const struct user **whose)
{
	*whose = ev->actor;
	switch (ev->kind) {
	case EVENT_AWAY:
		return 1u << CHANGE_AWAY;
	case EVENT_JOIN: /* that somebody who comes is away is told beside it */
		return ev->actor->away != NULL ? 1u << CHANGE_AWAY : 0;
	case EVENT_ACCOUNT:
		return 1u << CHANGE_ACCOUNT;
	case EVENT_SETNAME:
		return 1u << CHANGE_REAL;
	case EVENT_HOST:
		*whose = ev->user;
		return 1u << CHANGE_HOST;
	default:
		return 0;
	}
}

/* Somebody has missed something, or may yet: its kernel takes nothing. */
static bool
anybody_slow(const struct server *sv)
{
	for (const struct session *s = sv->sessions; s != NULL; s = s->next)
		if (session_extra(s)->behind != NULL || !s->conn->writable)
			return true;
	return false;
}

static void
let_go(struct server *sv)
{
	struct changes *all = &sv->changes;
	struct table_walk w = table_walk(all->users);
	int64_t before = clock_wall() - CHANGES_AGE;
	struct change *c;

	if (!anybody_slow(sv))
		while ((c = table_next(&w)) != NULL && event_time(c->number) < before) {
			table_take(all->users, key_of(&c->user));
			free(c);
		}
	all->most = CHANGES_FEW + 2 * table_count(all->users);
}

/* As the latest of all. False: no memory. */
static bool
put_last(struct changes *all, const struct user *u, uint64_t number, unsigned kinds)
{
	struct change *c;

	if (all->users == NULL && (all->users = table_new()) == NULL)
		return false;
	c = table_take(all->users, key_of(&u));
	if (c == NULL && (c = calloc(1, sizeof(*c))) == NULL)
		return false;
	*c = (struct change){ u, number, c->kinds | kinds };
	if (table_put(all->users, key_of(&c->user), c))
		return true;
	free(c);
	return false;
}

void
changes_note(struct server *sv, const struct event *ev)
{
	struct changes *all = &sv->changes;
	const struct user *u;
	unsigned kinds = unstored(ev, &u);

	if (kinds == 0 || u->membership_count == 0)
		return;
	if (!put_last(all, u, ev->number, kinds))
		all->blind = ev->number;
	else if (table_count(all->users) > (all->most ? all->most : CHANGES_FEW))
		let_go(sv);
}

void
changes_forget(struct server *sv, const struct user *u)
{
	if (sv->changes.users != NULL)
		free(table_take(sv->changes.users, key_of(&u)));
}

void
changes_free(struct changes *all)
{
	struct table_walk w;
	void *c;

	if (all->users == NULL)
		return;
	w = table_walk(all->users);
	while ((c = table_next(&w)) != NULL)
		free(c);
	table_free(all->users);
	all->users = NULL;
}

/* ---- telling --------------------------------------------------------------------------------- */

static size_t
tell_line(struct session *s, const struct event *ev, enum line_kind kind)
{
	char room[LINE_ROOM];
	size_t n = render_event(&s->server->names, ev, kind, s->form, room);

	if (n > 0)
		reply_bytes(s, (struct str){ room, n });
	return n;
}

/* For those without chghost: it comes again into each channel that they share. */
static size_t
tell_again(struct session *s, struct event *ev)
{
	const struct user *u = ev->user;
	size_t told = tell_line(s, ev, LINE_QUIT);

	for (uint32_t i = 0; told > 0 && i < u->membership_count; i++) {
		ev->membership = u->memberships[i];
		ev->channel = ev->membership->channel;
		if (user_membership(s->user, ev->channel) == NULL)
			continue;
		told += tell_line(s, ev, LINE_AGAIN);
		if (ev->membership->flags != 0)
			told += tell_line(s, ev, LINE_AGAIN_STATUS);
		if (u->away != NULL)
			told += tell_line(s, ev, LINE_AGAIN_AWAY);
	}
	return told;
}

static size_t
tell(struct session *s, const struct change *c)
{
	static const enum event_kind kinds[] = { [CHANGE_AWAY] = EVENT_AWAY,
		[CHANGE_ACCOUNT] = EVENT_ACCOUNT,
		[CHANGE_REAL] = EVENT_SETNAME,
		[CHANGE_HOST] = EVENT_HOST };
	struct user *u = (struct user *)c->user;
	struct event ev = { .number = c->number,
		.time = event_time(c->number),
		.actor = u,
		.user = u,
		.text = str_from(u->real) };
	size_t told = 0;
	bool again = false;

	/* what makes it come again is first: it would undo the others, and says who is away */
	for (int k = CHANGE_HOST; k >= 0; k--) {
		if ((c->kinds >> k & 1) == 0 || (k == CHANGE_AWAY && again))
			continue;
		ev.kind = kinds[k];
		told += tell_line(s, &ev, LINE_EVENT);
		if (k == CHANGE_HOST && (s->caps & CAP_BIT(CAP_CHGHOST)) == 0) {
			told += tell_again(s, &ev);
			again = true;
		}
	}
	return told;
}

bool
changes_tell(struct session *s, uint64_t *after, size_t *told)
{
	const struct changes *all = &s->server->changes;
	size_t most = s->server->limits.send_queue / 4;
	struct table_walk w;
	const struct change *c;

	*told = 0;
	if (all->blind > *after) /* it could not know that something is missing */
		conn_break(s->conn);
	if (all->users == NULL)
		return true;
	w = table_walk(all->users);
	while ((c = table_next(&w)) != NULL) {
		if (c->number <= *after || c->user == s->user)
			continue;
		if (*told >= (most < CHANGES_PAGE ? most : CHANGES_PAGE))
			return false;
		if (user_shares_channel(s->user, c->user))
			*told += tell(s, c);
		*after = c->number;
	}
	return true;
}
