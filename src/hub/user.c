/* Users and memberships. */
#include "hub/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/channel.h"
#include "irc/names.h"
#include "state.h"

struct str
user_nick(const struct user *u)
{
	return (struct str){ u->nick, u->nick_length };
}

struct str
user_folded(const struct user *u)
{
	return (struct str){ u->nick + u->nick_length + 1, u->nick_length };
}

struct str
user_mask(const struct user *u, char *out, size_t size)
{
	int n = snprintf(out, size, "%s!%s@%s", u->nick, u->name, u->host);

	return (struct str){ out, n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1 };
}

/* The text number `place` behind what is shown of who is disguised; `same` when it is empty. */
static const char *
hidden_text(const struct user *u, int place, const char *same)
{
	const char *text = u->real;

	if (!u->disguised)
		return same;
	for (; place >= 0; place--)
		text += strlen(text) + 1;
	return text[0] != '\0' ? text : same;
}

const char *
user_true_name(const struct user *u)
{
	return hidden_text(u, 0, u->name);
}

const char *
user_true_host(const struct user *u)
{
	return hidden_text(u, 1, u->host);
}

const char *
user_cloak(const struct user *u)
{
	return u->cloaked ? u->host : hidden_text(u, 2, "");
}

struct str
user_cloak_mask(const struct user *u, char *out, size_t size)
{
	const char *cloak = user_cloak(u);
	int n;

	if (u->cloaked || cloak[0] == '\0')
		return (struct str){ 0 };
	n = snprintf(out, size, "%s!%s@%s", u->nick, user_true_name(u), cloak);
	return (struct str){ out, n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1 };
}

struct str
user_true_mask(const struct user *u, char *out, size_t size)
{
	int n = snprintf(out, size, "%s!%s@%s", u->nick, user_true_name(u), user_true_host(u));

	return (struct str){ out, n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1 };
}

bool
user_is(const struct user *u, enum user_flag f)
{
	return u->modes >> f & 1;
}

const char *
user_mode_text(const struct user *u, char *out)
{
	size_t n = 1;

	out[0] = '+';
	for (const struct user_mode *m = user_modes; m->letter != 0; m++)
		if (user_is(u, m->flag))
			out[n++] = m->letter;
	out[n] = '\0';
	return out;
}

bool
member_is(const struct membership *m, enum member_flag f)
{
	return m->flags >> f & 1;
}

struct membership *
user_membership(const struct user *u, const struct channel *c)
{
	for (uint32_t i = 0; i < u->membership_count; i++)
		if (u->memberships[i]->channel == c)
			return u->memberships[i];
	return NULL;
}

bool
member_hidden(const struct membership *m)
{
	return m->flags == 0 && channel_is(m->channel, CHANNEL_AUDITORIUM);
}

bool
member_shown(const struct membership *m, const struct user *to)
{
	const struct membership *own;

	if (!member_hidden(m))
		return true;
	own = user_membership(to, m->channel);
	return own != NULL && member_is(own, MEMBER_OPERATOR);
}

bool
user_shares_channel(const struct user *a, const struct user *b)
{
	for (uint32_t i = 0; i < a->membership_count; i++) {
		const struct membership *m = user_membership(b, a->memberships[i]->channel);
		if (m != NULL && member_shown(m, a))
			return true;
	}
	return false;
}

bool
text_replace(char **text, struct str with)
{
	char *copy = NULL;

	if (with.len > 0 && (copy = str_dup(with)) == NULL)
		return false;
	free(*text);
	*text = copy;
	return true;
}

void
forget_bans(struct user *u)
{
	for (uint32_t i = 0; i < u->membership_count; i++)
		u->memberships[i]->ban_generation = 0;
}

bool
user_rename(struct user *u, struct str nick)
{
	char *both = malloc(2 * nick.len + 2);

	if (both == NULL)
		return false;
	memcpy(both, nick.p, nick.len);
	both[nick.len] = '\0';
	name_fold(nick, both + nick.len + 1);
	both[2 * nick.len + 1] = '\0';
	free(u->nick);
	u->nick = both;
	u->nick_length = (uint8_t)nick.len;
	forget_bans(u);
	return true;
}

struct description
user_description(const struct user *u)
{
	return (struct description){ str_from(u->name), str_from(u->host), str_from(u->real),
		str_from(user_true_name(u)), str_from(user_true_host(u)), str_from(user_cloak(u)) };
}

/* Behind what is at *at; returns where it is. */
static char *
put_text(char **at, struct str text)
{
	char *start = *at;

	*at += str_copy(start, text.len + 1, text) + 1;
	return start;
}

/* Nothing where both are the same. */
static struct str
unless(struct str hidden, struct str shown)
{
	return str_eq(hidden, shown) ? (struct str){ 0 } : hidden;
}

bool
user_describe(struct user *u, const struct description *d)
{
	struct str hidden[] = { unless(d->true_name, d->name), unless(d->true_host, d->host),
		unless(d->cloak, d->host) };
	size_t size = d->name.len + d->host.len + d->real.len + 3;
	bool disguised = hidden[0].len + hidden[1].len + hidden[2].len > 0;
	char *at, *old = u->name;

	for (int i = 0; disguised && i < 3; i++)
		size += hidden[i].len + 1;
	at = malloc(size);
	if (at == NULL)
		return false;
	u->name = put_text(&at, d->name);
	u->host = put_text(&at, d->host);
	u->real = put_text(&at, d->real);
	for (int i = 0; disguised && i < 3; i++)
		put_text(&at, hidden[i]);
	u->disguised = disguised;
	u->cloaked = d->cloak.len > 0 && hidden[2].len == 0;
	free(old); /* the views may have been of it */
	forget_bans(u);
	return true;
}

struct user *
user_new(struct str nick, const struct description *d)
{
	struct user *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	if (!user_describe(u, d) || !user_rename(u, nick)) {
		user_free(u);
		return NULL;
	}
	return u;
}

const struct user_extra *
user_extra(const struct user *u)
{
	static const struct user_extra nothing;

	return u->extra ? u->extra : &nothing;
}

struct user_extra *
user_extra_make(struct user *u)
{
	if (u->extra == NULL)
		u->extra = calloc(1, sizeof(*u->extra));
	return u->extra;
}

static void
extra_free(struct user_extra *x)
{
	for (int i = 0; x->invitations != NULL && i < USER_INVITATIONS; i++)
		free(x->invitations[i].channel_name);
	free(x->invitations);
	accepts_free(x);
	metadata_clear(&x->metadata);
	free(x);
}

void
user_free(struct user *u)
{
	free(u->nick);
	free(u->name);
	free(u->account);
	free(u->away);
	free(u->operator_name);
	free(u->memberships);
	if (u->extra != NULL)
		extra_free(u->extra);
	free(u);
}

bool
invitation_add(struct user *u, const struct channel *c)
{
	struct user_extra *x = user_extra_make(u);
	struct invitation *list;
	char *name;

	if (x == NULL || invitation_take(u, c, false))
		return x != NULL;
	if (x->invitations == NULL)
		x->invitations = calloc(USER_INVITATIONS, sizeof(*x->invitations));
	list = x->invitations;
	name = str_dup(str_from(c->name));
	if (list == NULL || name == NULL) {
		free(name);
		return false;
	}
	free(list[USER_INVITATIONS - 1].channel_name);
	memmove(list + 1, list, (USER_INVITATIONS - 1) * sizeof(*list));
	list[0] = (struct invitation){ c->id, name };
	return true;
}

bool
invitation_take(struct user *u, const struct channel *c, bool remove)
{
	struct invitation *list = user_extra(u)->invitations;

	for (int i = 0; list != NULL && i < USER_INVITATIONS; i++) {
		if (list[i].channel_name == NULL || list[i].channel_id != c->id)
			continue;
		if (remove) {
			free(list[i].channel_name);
			memmove(list + i, list + i + 1,
			    (size_t)(USER_INVITATIONS - 1 - i) * sizeof(*list));
			list[USER_INVITATIONS - 1] = (struct invitation){ 0 };
		}
		return true;
	}
	return false;
}

/* An array has room for a power of two: for as many as it holds, or more. */
static bool
room_for_one(struct membership ***array, uint32_t count)
{
	struct membership **grown;

	if ((count & (count - 1)) != 0)
		return true;
	grown = realloc(*array, (count ? 2 * (size_t)count : 1) * sizeof(struct membership *));
	if (grown == NULL)
		return false;
	*array = grown;
	return true;
}

struct membership *
membership_new(struct user *u, struct channel *c)
{
	struct membership *m;

	if (!room_for_one(&u->memberships, u->membership_count) ||
	    !room_for_one(&c->members, c->member_count))
		return NULL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->user = u;
	m->channel = c;
	m->user_slot = u->membership_count++;
	m->channel_slot = c->member_count++;
	u->memberships[m->user_slot] = m;
	c->members[m->channel_slot] = m;
	return m;
}

void
membership_free(struct membership *m)
{
	struct user *u = m->user;
	struct channel *c = m->channel;
	struct membership *last = u->memberships[--u->membership_count];

	u->memberships[m->user_slot] = last;
	last->user_slot = m->user_slot;
	last = c->members[--c->member_count];
	c->members[m->channel_slot] = last;
	last->channel_slot = m->channel_slot;
	free(m);
}
