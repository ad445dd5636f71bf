/* How much each device of an account was shown. */
#include "serve/seen.h"

#include "serve/notes.h"

/* As the number of the last event: it is in the channel. */
#define INSIDE UINT64_MAX

enum { WHERE_ROOM = 2 * sizeof(struct addr_key) };

struct device {
	uint64_t number;
	struct str host; /* where_from() */
};

struct seen {
	struct device devices[SEEN_DEVICES];
	size_t count;
};

/* The device's own address, as a word: 47f000001. Its user's host may be another's. */
static struct str
where_from(const struct session *s, char out[WHERE_ROOM])
{
	static const char digits[] = "0123456789abcdef";
	struct str key = addr_key_str(&s->key);
	size_t n = 0;

	for (size_t i = 0; i < key.len && n + 2 < WHERE_ROOM; i++) {
		unsigned char c = (unsigned char)key.p[i];
		if (i > 0)
			out[n++] = digits[c >> 4];
		out[n++] = i > 0 ? digits[c & 15] : (char)c;
	}
	return (struct str){ out, n };
}

static struct str
seen_key(char room[NOTE_KEY_ROOM], struct str account, struct str where)
{
	return note_key(room, "seen", account, where);
}

/* The hosts are lent by the note: the value is whole before it is put. */
static struct seen
seen_read(struct str value)
{
	struct seen all = { .count = 0 };
	struct str host, number;

	while (all.count < SEEN_DEVICES && (host = str_word(&value)).len > 0) {
		number = str_cut(&host, '@');
		all.devices[all.count++] = (struct device){
			str_eq(number, STR("+")) ? INSIDE : note_number(number), host
		};
	}
	return all;
}

static void
seen_write(struct server *sv, struct str key, const struct seen *all)
{
	enum { TEXT_MOST = SEEN_DEVICES * 64 };
	struct buf text = BUF_INIT(TEXT_MOST);

	for (size_t i = 0; i < all->count; i++) {
		const struct device *d = &all->devices[i];
		if (d->number == INSIDE)
			buf_add_char(&text, '+');
		else
			buf_printf(&text, "%llu", (unsigned long long)d->number);
		buf_printf(&text, "@" STR_FMT " ", STR_ARG(d->host));
	}
	if (!text.truncated)
		notes_put(sv, key, str_trim(buf_str(&text)));
	buf_free(&text);
}

static bool
any_inside(const struct seen *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->devices[i].number == INSIDE)
			return true;
	return false;
}

/* The one that left last, of this host or (NULL) of any; NULL: there is none. */
static struct device *
last_away(struct seen *all, const struct str *host)
{
	struct device *found = NULL;

	for (size_t i = 0; i < all->count; i++) {
		struct device *d = &all->devices[i];
		if (d->number != INSIDE && (host == NULL || str_eq(d->host, *host)) &&
		    (found == NULL || d->number > found->number))
			found = d;
	}
	return found;
}

static struct device *
inside_of(struct seen *all, struct str host)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->devices[i].number == INSIDE && str_eq(all->devices[i].host, host))
			return &all->devices[i];
	return NULL;
}

/* In the place of the one that was away longest when there are as many as may be; NULL: all of
 * them are here. */
static struct device *
add(struct seen *all, struct str host)
{
	struct device *room = NULL;

	if (all->count < SEEN_DEVICES) {
		room = &all->devices[all->count++];
	} else {
		for (size_t i = 0; i < all->count; i++) {
			struct device *d = &all->devices[i];
			if (d->number != INSIDE && (room == NULL || d->number < room->number))
				room = d;
		}
	}
	if (room != NULL)
		room->host = host;
	return room;
}

struct seen_place
seen_enter(struct session *s, struct str where)
{
	char room[NOTE_KEY_ROOM], from[WHERE_ROOM];
	struct str key = seen_key(room, str_from(s->user->account), where);
	struct str host = where_from(s, from);
	struct seen all = seen_read(notes_get(s->server->notes, key));
	struct device *mine = last_away(&all, &host);
	const struct device *like = mine ? mine : last_away(&all, NULL);
	struct seen_place place = { like ? like->number : 0, mine != NULL || !any_inside(&all) };

	if (mine == NULL)
		mine = add(&all, host);
	if (mine != NULL)
		mine->number = INSIDE;
	seen_write(s->server, key, &all);
	return place;
}

void
seen_leave(struct session *s, struct str where, uint64_t number)
{
	char room[NOTE_KEY_ROOM], from[WHERE_ROOM];
	struct str key = seen_key(room, str_from(s->user->account), where);
	struct str host = where_from(s, from);
	struct seen all = seen_read(notes_get(s->server->notes, key));
	struct device *mine = inside_of(&all, host);

	if (mine == NULL)
		mine = last_away(&all, &host); /* it logged in when it was inside already */
	if (mine == NULL)
		mine = add(&all, host);
	if (mine == NULL)
		return;
	mine->number = number;
	seen_write(s->server, key, &all);
}

static void
settle(struct server *sv, struct str key, struct str value, uint64_t number)
{
	struct seen all = seen_read(value);

	if (!any_inside(&all))
		return;
	for (size_t i = 0; i < all.count; i++)
		if (all.devices[i].number == INSIDE)
			all.devices[i].number = number;
	seen_write(sv, key, &all);
}

void
seen_end(struct server *sv, struct str account, struct str where, uint64_t number)
{
	char room[NOTE_KEY_ROOM];
	struct str key = seen_key(room, account, where);

	settle(sv, key, notes_get(sv->notes, key), number);
}

void
seen_after_restart(struct server *sv, uint64_t last_number)
{
	struct table_walk w = notes_walk(sv->notes);
	struct str key, value;

	while (notes_next(&w, &key, &value))
		if (str_starts(key, STR("seen/")))
			settle(sv, key, value, last_number);
}
