/* Events as rows of the store. */
#include "serve/keep.h"

#include <stdio.h>

#include "event/msgid.h"
#include "irc/message.h"
#include "irc/names.h"
#include "serve/announce.h"
#include "serve/bans.h"
#include "serve/behind.h"
#include "serve/line.h"
#include "serve/metadata.h"
#include "serve/sent.h"

/* Of a user's id in base 32, which needs no division: there are two in each private message. */
enum { ID_DIGITS = 13 };

enum { MASK_ROOM = IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8 };

struct str
identity_of(const struct user *u, char out[IDENTITY_ROOM])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t id = u->id;

	if (u->account != NULL)
		return name_fold(str_first(str_from(u->account), IDENTITY_ROOM), out);
	out[0] = '!';
	for (unsigned i = ID_DIGITS; i > 0; id >>= 5)
		out[i--] = digits[id & 31];
	return (struct str){ out, 1 + ID_DIGITS };
}

struct str
conversation_between(struct str a, struct str b, char out[STORE_TARGET_MOST])
{
	bool swap = str_compare(a, b) > 0; /* identities are folded */
	struct str first = swap ? b : a, second = swap ? a : b;
	struct line l = { out, out, out + STORE_TARGET_MOST, false };

	line_str(&l, first);
	line_char(&l, ',');
	line_str(&l, second);
	return (struct str){ out, (size_t)(l.at - out) };
}

struct str
conversation_of(const struct user *a, const struct user *b, char out[STORE_TARGET_MOST])
{
	char one[IDENTITY_ROOM], other[IDENTITY_ROOM];

	return conversation_between(identity_of(a, one), identity_of(b, other), out);
}

struct str
conversation_other(struct str target, struct str own)
{
	struct str first = str_cut(&target, ',');

	return str_eq(first, own) ? target : first;
}

/* What all rows of an event have in common. */
struct keeping {
	struct server *sv;
	const struct event *ev;
	struct record row;
	unsigned rows;
	char mask[MASK_ROOM], target[STORE_TARGET_MOST], identity[SENDER_ROOM];
};

static void
put_row(struct keeping *k)
{
	k->row.number = k->rows++ == 0 ? k->ev->number : hub_next_number(k->sv->hub, k->ev->time);
	k->sv->ticket = store_append(k->sv->store, &k->row);
}

static void
put_in_channel(struct keeping *k, const struct channel *c)
{
	k->row.target = str_from(c->folded);
	k->row.shown = str_from(c->name);
	put_row(k);
}

/* The source is not always the actor: who is killed quits. */
static void
come_from(struct keeping *k, const struct user *u, struct str nick)
{
	struct line l = { k->mask, k->mask, k->mask + sizeof(k->mask), false };

	if (u == NULL)
		return;
	line_str(&l, nick);
	line_char(&l, '!');
	line_text(&l, u->name);
	line_char(&l, '@');
	line_text(&l, u->host);
	k->row.source = (struct str){ k->mask, (size_t)(l.at - l.start) };
	k->row.account = str_from(u->account);
}

/* What a part of a channel is told: a target of its own, which is nobody's history. */
static void
put_in_part(struct keeping *k, const struct channel *c, char status)
{
	int n = snprintf(k->target, sizeof(k->target), "%c%s", status, c->folded);

	k->row.target = (struct str){ k->target, (size_t)n };
	k->row.shown = str_from(c->name);
	put_row(k);
}

static void
put_of_member(struct keeping *k, const struct membership *m)
{
	if (member_hidden(m))
		put_in_part(k, m->channel, '@');
	else
		put_in_channel(k, m->channel);
}

/* The rows that somebody may be shown are one after the other. */
static void
in_each_channel(struct keeping *k, const struct user *u)
{
	for (int hidden = 0; hidden < 2; hidden++)
		for (uint32_t i = 0; i < u->membership_count; i++)
			if (member_hidden(u->memberships[i]) == hidden)
				put_of_member(k, u->memberships[i]);
}

static void
keep_in_channel(struct keeping *k)
{
	put_in_channel(k, k->ev->channel);
}

static void
keep_part(struct keeping *k)
{
	put_of_member(k, k->ev->membership);
}

static void
keep_join(struct keeping *k)
{
	k->row.text = str_from(k->ev->actor->real);
	put_of_member(k, k->ev->membership);
}

static void
keep_kick(struct keeping *k)
{
	k->row.object = user_nick(k->ev->user);
	put_of_member(k, k->ev->membership);
}

/* A line for each row, as it was announced. */
static void
keep_mode(struct keeping *k)
{
	char text[IRC_TEXT_MOST];

	for (unsigned next = 0; k->ev->channel != NULL && next < k->ev->change_count;) {
		k->row.text = announce_mode_changes(k->sv, k->ev, &next, text);
		if (k->row.text.len > 0)
			put_in_channel(k, k->ev->channel);
	}
}

static void
keep_nick(struct keeping *k)
{
	come_from(k, k->ev->actor, k->ev->old_nick);
	k->row.object = k->ev->target;
	in_each_channel(k, k->ev->actor);
}

static void
keep_quit(struct keeping *k)
{
	in_each_channel(k, k->ev->user);
}

static void
keep_kill(struct keeping *k)
{
	char text[IRC_TEXT_MOST];

	k->row.kind = EVENT_QUIT;
	k->row.text = announce_kill_reason(k->sv, k->ev, text);
	come_from(k, k->ev->user, user_nick(k->ev->user));
	in_each_channel(k, k->ev->user);
}

static void
keep_message(struct keeping *k)
{
	const struct event *ev = k->ev;

	k->row.client_id = ev->client_id;
	if (ev->client_id.len > 0)
		k->row.identity = sender_identity(ev->actor, k->identity);
	if (ev->status != 0 || ev->narrowed) {
		put_in_part(k, ev->channel, ev->status ? ev->status : '@');
	} else if (ev->channel != NULL) {
		put_in_channel(k, ev->channel);
	} else {
		k->row.target = conversation_of(ev->actor, ev->user, k->target);
		k->row.shown = user_nick(ev->user);
		put_row(k);
	}
}

/* Reactions and the like; that somebody types is soon of no interest. */
static void
keep_tagmsg(struct keeping *k)
{
	static const struct str worth[] = { { "+draft/react", 12 }, { "+draft/unreact", 14 },
		{ "+draft/reply", 12 }, { "+draft/persist", 14 }, { "+react", 6 },
		{ "+unreact", 8 }, { "+reply", 6 } };
	struct str value;

	for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++)
		if (irc_tag_find(k->ev->tags, worth[i], &value)) {
			keep_message(k);
			return;
		}
}

/* The message is gone for good; that it was deleted is told to those who had it. */
static void
keep_redact(struct keeping *k)
{
	uint64_t number;

	if (!msgid_number(k->ev->object, &number))
		return;
	k->row.object = k->ev->object;
	keep_message(k);
	k->sv->ticket = store_erase(k->sv->store, number);
	behind_withdrawn(k->sv, k->ev->target, number);
}

/* No rows of history. */
static void
keep_metadata(struct keeping *k)
{
	metadata_keep(k->sv, k->ev);
}

static void
keep_ban(struct keeping *k)
{
	bans_keep(k->sv, k->ev);
}

static void (*const keepers[EVENT_KIND_COUNT])(struct keeping *k) = {
	[EVENT_NICK] = keep_nick,
	[EVENT_QUIT] = keep_quit,
	[EVENT_KILL] = keep_kill,
	[EVENT_JOIN] = keep_join,
	[EVENT_PART] = keep_part,
	[EVENT_KICK] = keep_kick,
	[EVENT_MODE] = keep_mode,
	[EVENT_TOPIC] = keep_in_channel,
	[EVENT_MESSAGE] = keep_message,
	[EVENT_NOTICE] = keep_message,
	[EVENT_TAGMSG] = keep_tagmsg,
	[EVENT_REDACT] = keep_redact,
	[EVENT_ACCOUNT] = keep_metadata,
	[EVENT_METADATA] = keep_metadata,
	[EVENT_BAN] = keep_ban,
	[EVENT_UNBAN] = keep_ban,
};

bool
keep_event(struct server *sv, const struct event *ev)
{
	struct keeping k;

	if (keepers[ev->kind] == NULL)
		return false;
	k.sv = sv;
	k.ev = ev;
	k.rows = 0;
	k.row = (struct record){
		.kind = ev->kind, .status = ev->status, .text = ev->text, .tags = ev->tags
	};
	come_from(&k, ev->actor, ev->actor ? user_nick(ev->actor) : (struct str){ 0 });
	if (ev->relayed.len > 0) {
		come_from(&k, ev->actor, ev->relayed);
		k.row.account = (struct str){ 0 };
	}
	keepers[ev->kind](&k);
	return k.rows > 0;
}
