/* From where on a channel's history may be read: "guard/,#c" is the number of the first event of
 * the channel that is there now (0: of any that ever was), with a + while it is closed to some.
 * When there are too many to be remembered, "guard/,*" is a number before which nothing may be read
 * in any channel that was made since. */
#include "serve/guard.h"

#include "serve/chathistory.h"
#include "serve/login.h"
#include "serve/notes.h"

static bool
is_closed(const struct channel *c)
{
	return channel_is(c, CHANNEL_INVITE_ONLY) || channel_is(c, CHANNEL_KEY) ||
	       channel_is(c, CHANNEL_SECRET) || channel_is(c, CHANNEL_ACCOUNTS_ONLY) ||
	       c->lists[LIST_BAN].count > 0;
}

static struct str
guard_key(const struct channel *c, char room[NOTE_KEY_ROOM])
{
	return note_key(room, "guard", (struct str){ 0 }, str_from(c->folded));
}

static struct str
floor_key(char room[NOTE_KEY_ROOM])
{
	return note_key(room, "guard", (struct str){ 0 }, STR("*"));
}

static void
put(struct server *sv, struct str key, uint64_t since, const char *suffix)
{
	char room[NOTE_KEY_ROOM];
	struct str floor = floor_key(room);

	/* It is there before it is needed: then it can be changed however many there are. */
	if (notes_get(sv->notes, floor).len == 0)
		notes_put_number(sv, floor, 0, "");
	if (!notes_put_number(sv, key, since, suffix))
		notes_put_number(sv, floor, hub_last_number(sv->hub), "");
}

void
guard_changed(struct server *sv, const struct channel *c)
{
	char room[NOTE_KEY_ROOM];
	struct str key = guard_key(c, room);
	uint64_t since = note_number(notes_get(sv->notes, key));

	if (is_closed(c))
		put(sv, key, since, "+");
	else if (since > 0)
		put(sv, key, since, "");
	else
		notes_put(sv, key, (struct str){ 0 });
}

void
guard_created(struct server *sv, const struct channel *c, uint64_t number)
{
	char room[NOTE_KEY_ROOM];
	struct str key = guard_key(c, room);

	if (str_ends(notes_get(sv->notes, key), STR("+")))
		put(sv, key, number, "");
}

uint64_t
guard_after(const struct server *sv, const struct channel *c)
{
	char room[NOTE_KEY_ROOM];
	uint64_t since = note_number(notes_get(sv->notes, guard_key(c, room)));
	uint64_t floor = note_number(notes_get(sv->notes, floor_key(room)));

	if (since == 0 && c->id > floor)
		return floor;
	return since > 0 ? since - 1 : 0;
}

uint64_t
guard_own(const struct server *sv, const struct user *u)
{
	const struct account *a;

	if (u->account == NULL)
		return 0; /* nobody else was this connection */
	a = server_account(sv, str_from(u->account));
	if (a == NULL) /* it is being removed */
		return hub_last_number(sv->hub);
	return a->created > 0 ? history_number_at(a->created) - 1 : 0;
}
