/* Who may write to a user in private: modes g, R and T, and the list of those who may anyway. */
#include <stdlib.h>
#include <string.h>

#include "irc/names.h"
#include "state.h"

enum { TELL_INTERVAL = 60 * 1000 }; /* ms between two words to a user about who was refused */

static bool
is_about(const struct accepted *a, const struct user *u)
{
	if (a->id != 0)
		return a->id == u->id;
	return u->account != NULL && name_eq(str_from(a->name), str_from(u->account));
}

static struct accepted *
find_user(const struct user *u, const struct user *other)
{
	const struct user_extra *x = user_extra(u);

	for (uint32_t i = 0; i < x->accepted_count; i++)
		if (is_about(&x->accepted[i], other))
			return &x->accepted[i];
	return NULL;
}

static struct accepted *
find_name(const struct user *u, struct str name)
{
	const struct user_extra *x = user_extra(u);

	for (uint32_t i = 0; i < x->accepted_count; i++)
		if (name_eq(str_from(x->accepted[i].name), name))
			return &x->accepted[i];
	return NULL;
}

static void
take_out(struct user *u, struct accepted *a)
{
	struct accepted *end = u->extra->accepted + --u->extra->accepted_count;

	free(a->name);
	memmove(a, a + 1, (size_t)(end - a) * sizeof(*a));
}

/* The first that is there only because it was written to gives way. */
static bool
make_place(struct user *u)
{
	struct user_extra *x = u->extra;

	for (uint32_t i = 0; i < x->accepted_count; i++)
		if (x->accepted[i].written_to) {
			take_out(u, &x->accepted[i]);
			return true;
		}
	return false;
}

/* One more; id 0: the name is an account's. */
static enum verdict
put_in(const struct hub *h, struct user *u, uint64_t id, struct str name, bool written_to)
{
	struct user_extra *x = user_extra_make(u);
	struct accepted *grown;
	char *copy;

	if (x == NULL)
		return VERDICT_NO_MEMORY;
	if (x->accepted_count >= h->rules.accepts && !make_place(u))
		return VERDICT_ACCEPT_FULL;
	grown = realloc(x->accepted, (x->accepted_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return VERDICT_NO_MEMORY;
	x->accepted = grown;
	copy = str_dup(name);
	if (copy == NULL)
		return VERDICT_NO_MEMORY;
	grown[x->accepted_count++] = (struct accepted){ id, copy, written_to };
	return VERDICT_OK;
}

/* Who is logged in is known by the account, over reconnecting too; others by this connection. */
static enum verdict
put_user(const struct hub *h, struct user *u, const struct user *other, bool written_to)
{
	if (other->account != NULL)
		return put_in(h, u, 0, str_from(other->account), written_to);
	return put_in(h, u, other->id, user_nick(other), written_to);
}

static enum verdict
add(struct hub *h, struct event *ev)
{
	struct user *u = ev->actor, *other = hub_user(h, ev->object);
	struct accepted *there;

	if (ev->forced) /* at start: an account, whose owner may not be here */
		return put_in(h, u, 0, ev->object, false);
	if (other == NULL)
		return VERDICT_NO_SUCH_NICK;
	there = find_user(u, other);
	if (there == NULL)
		return put_user(h, u, other, false);
	if (!there->written_to)
		return VERDICT_ACCEPTED;
	there->written_to = false;
	return VERDICT_OK;
}

enum verdict
apply_accept(struct hub *h, struct event *ev)
{
	const struct user *other;
	struct accepted *there;

	if (ev->text.len > 0 && ev->text.p[0] == '+')
		return add(h, ev);
	other = hub_user(h, ev->object);
	there = other ? find_user(ev->actor, other) : NULL;
	if (there == NULL)
		there = find_name(ev->actor, ev->object);
	if (there == NULL)
		return VERDICT_NOT_ACCEPTED;
	take_out(ev->actor, there);
	return VERDICT_OK;
}

void
accepts_free(struct user_extra *x)
{
	while (x->accepted_count > 0)
		free(x->accepted[--x->accepted_count].name);
	free(x->accepted);
}

/* Who stays while not connected is told of the next caller once it is here. */
static enum verdict
call(struct user *u, struct event *ev)
{
	bool tells = ev->kind == EVENT_MESSAGE && u->front != NULL;
	struct user_extra *x = tells ? user_extra_make(u) : NULL;

	if (x != NULL && ev->time - x->caller_told >= TELL_INTERVAL) {
		x->caller_told = ev->time;
		ev->informs = true;
	}
	return VERDICT_CALLER_ID;
}

enum verdict
may_write(struct hub *h, struct event *ev)
{
	struct user *u = ev->user, *by = ev->actor;

	if (ev->forced || u == by)
		return VERDICT_OK;
	if (user_is(u, USER_NO_CTCP) && ev->kind == EVENT_MESSAGE && is_ctcp(ev->text))
		return VERDICT_NO_CTCP;
	if ((u->modes & USER_CHOOSY) != 0 && !user_is(by, USER_OPERATOR) &&
	    find_user(u, by) == NULL) {
		if (user_is(u, USER_ACCOUNTS_ONLY) && by->account == NULL)
			return VERDICT_NEEDS_ACCOUNT;
		if (user_is(u, USER_CALLER_ID))
			return call(u, ev);
	}
	/* Whom one writes to may answer. Without memory, or room, one is asked (717). */
	if ((by->modes & USER_CHOOSY) != 0 && ev->kind != EVENT_TAGMSG && find_user(by, u) == NULL)
		(void)put_user(h, by, u, true);
	return VERDICT_OK;
}
