/* Messages by the ids that their clients chose. */
#include "serve/sent.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "irc/names.h"

/* One message, in two queues: the oldest of all and the oldest of its sender go first. */
struct sent_message {
	struct sent_message *older, *newer; /* of all */
	struct sent_message *next;          /* of the sender, the next one to go */
	struct sender *sender;
	uint64_t number;
	size_t key_length;
	char key[]; /* identity, target and id, with NULs between */
};

struct sender {
	struct sent_message *first, *last;
	size_t count;
	char identity[]; /* ends with a NUL */
};

struct sent {
	struct table *messages, *senders; /* by key, by identity */
	struct sent_message *oldest, *newest;
	size_t count;
};

struct sent *
sent_new(void)
{
	struct sent *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->messages = table_new();
	all->senders = table_new();
	if (all->messages == NULL || all->senders == NULL) {
		sent_free(all);
		return NULL;
	}
	return all;
}

static struct str
key_of(const struct sent_message *m)
{
	return (struct str){ m->key, m->key_length };
}

static void
drop_from_all(struct sent *all, struct sent_message *m)
{
	if (m == all->oldest)
		all->oldest = m->newer;
	else
		m->older->newer = m->newer;
	if (m == all->newest)
		all->newest = m->older;
	else
		m->newer->older = m->older;
	all->count--;
}

static void
drop_from_sender(struct sent *all, struct sent_message *m)
{
	struct sender *s = m->sender;
	struct sent_message **at = &s->first, *before = NULL;

	while (*at != m) {
		before = *at;
		at = &(*at)->next;
	}
	*at = m->next;
	if (s->last == m)
		s->last = before;
	if (--s->count > 0)
		return;
	table_take(all->senders, str_from(s->identity));
	free(s);
}

/* The oldest goes quickly; another one (it was not kept) is looked for among its sender's. */
static void
drop(struct sent *all, struct sent_message *m)
{
	table_take(all->messages, key_of(m));
	drop_from_all(all, m);
	drop_from_sender(all, m);
	free(m);
}

void
sent_free(struct sent *all)
{
	if (all == NULL)
		return;
	while (all->oldest != NULL)
		drop(all, all->oldest);
	table_free(all->messages);
	table_free(all->senders);
	free(all);
}

struct str
sender_identity(const struct user *u, char out[SENDER_ROOM])
{
	struct str nick;

	if (u->account != NULL)
		return name_fold(str_first(str_from(u->account), SENDER_ROOM - 1), out);
	out[0] = '!';
	nick = name_fold(user_nick(u), out + 1);
	return (struct str){ out, nick.len + 1 };
}

bool
sent_id_valid(struct str id)
{
	if (id.len < SENT_ID_LEAST || id.len > SENT_ID_MOST)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (!ascii_is_alpha(id.p[i]) && !ascii_is_digit(id.p[i]) && id.p[i] != '-' &&
		    id.p[i] != '_')
			return false;
	return true;
}

enum { KEY_ROOM = SENDER_ROOM + STORE_TARGET_MOST + SENT_ID_MOST + 2 };

/* Empty: it would not fit, which no target that exists does. */
static struct str
make_key(struct str identity, struct str target, struct str id, char out[KEY_ROOM])
{
	size_t n = identity.len;

	if (identity.len >= SENDER_ROOM || target.len > STORE_TARGET_MOST || id.len > SENT_ID_MOST)
		return (struct str){ 0 };
	memcpy(out, identity.p, n);
	out[n++] = '\0';
	n += name_fold(target, out + n).len;
	out[n++] = '\0';
	memcpy(out + n, id.p, id.len);
	return (struct str){ out, n + id.len };
}

static struct sender *
sender_get(struct sent *all, struct str identity)
{
	struct sender *s = table_get(all->senders, identity);

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s) + identity.len + 1);
	if (s == NULL)
		return NULL;
	memcpy(s->identity, identity.p, identity.len);
	if (table_put(all->senders, str_from(s->identity), s))
		return s;
	free(s);
	return NULL;
}

static void
forget_old(struct sent *all, int64_t now)
{
	while (all->oldest != NULL &&
	       (all->count >= SENT_MOST || event_time(all->oldest->number) < now - SENT_AGE))
		drop(all, all->oldest);
}

static void
link_message(struct sent *all, struct sender *s, struct sent_message *m)
{
	m->sender = s;
	m->older = all->newest;
	if (all->newest != NULL)
		all->newest->newer = m;
	else
		all->oldest = m;
	all->newest = m;
	all->count++;
	if (s->last != NULL)
		s->last->next = m;
	else
		s->first = m;
	s->last = m;
	s->count++;
	if (s->count > SENT_A_SENDER)
		drop(all, s->first);
}

static void
remember(struct sent *all, struct str identity, struct str target, struct str id, uint64_t number)
{
	char room[KEY_ROOM];
	struct str key = make_key(identity, target, id, room);
	struct sent_message *m = NULL;
	struct sender *s;

	forget_old(all, event_time(number));
	if (key.len == 0 || table_get(all->messages, key) != NULL)
		return;
	s = sender_get(all, identity);
	if (s != NULL)
		m = calloc(1, sizeof(*m) + key.len);
	if (m != NULL) {
		m->number = number;
		m->key_length = key.len;
		memcpy(m->key, key.p, key.len);
		if (table_put(all->messages, key_of(m), m)) {
			link_message(all, s, m);
			return;
		}
	}
	free(m);
	if (s != NULL && s->count == 0) {
		table_take(all->senders, str_from(s->identity));
		free(s);
	}
}

static struct str
target_of(const struct event *ev)
{
	return ev->channel ? str_from(ev->channel->name) : user_nick(ev->user);
}

void
sent_remember(struct server *sv, const struct event *ev)
{
	char identity[SENDER_ROOM];

	if (ev->client_id.len > 0)
		remember(sv->sent, sender_identity(ev->actor, identity), target_of(ev),
		    ev->client_id, ev->number);
}

uint64_t
sent_before(
    const struct sent *all, const struct user *u, struct str id, struct str target, int64_t now)
{
	char identity[SENDER_ROOM], room[KEY_ROOM];
	struct str key = make_key(sender_identity(u, identity), target, id, room);
	const struct sent_message *m = key.len ? table_get(all->messages, key) : NULL;

	return m != NULL && event_time(m->number) >= now - SENT_AGE ? m->number : 0;
}

/* It was one of the last. */
void
sent_forget(struct sent *all, uint64_t number)
{
	struct sent_message *m = all->newest;

	while (m != NULL && m->number > number)
		m = m->older;
	if (m != NULL && m->number == number)
		drop(all, m);
}

static void
on_stored(void *arg, const struct record *r)
{
	remember(arg, r->identity, r->shown, r->client_id, r->number);
}

int
sent_load(struct sent *all, struct store *store, struct err *e)
{
	int64_t from = clock_wall() - SENT_AGE;

	return store_ids_each(
	    store, (uint64_t)from << EVENT_COUNT_BITS, SENT_MOST, on_stored, all, e);
}
