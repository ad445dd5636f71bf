/* Texts by key, in memory and in the store. */
#include "serve/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "irc/names.h"
#include "serve/server.h"

struct note {
	char *value; /* owned */
	struct owner *owner;
	char key[];
};

/* All notes of one kind of one account: what stands before the comma. */
struct owner {
	size_t count;
	char name[];
};

struct notes {
	struct table *notes, *owners;
};

struct notes *
notes_new(void)
{
	struct notes *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->notes = table_new();
	all->owners = table_new();
	if (all->notes == NULL || all->owners == NULL) {
		notes_free(all);
		return NULL;
	}
	return all;
}

static struct owner *
owner_get(struct notes *all, struct str key)
{
	struct str name = str_first(key, str_find(key, ','));
	struct owner *o = table_get(all->owners, name);

	if (o != NULL)
		return o;
	o = calloc(1, sizeof(*o) + name.len + 1);
	if (o == NULL)
		return NULL;
	memcpy(o->name, name.p, name.len);
	if (table_put(all->owners, str_from(o->name), o))
		return o;
	free(o);
	return NULL;
}

static void
owner_let_go(struct notes *all, struct owner *o)
{
	if (o->count > 0)
		return;
	table_take(all->owners, str_from(o->name));
	free(o);
}

static void
drop(struct notes *all, struct note *n)
{
	struct owner *o = n->owner;

	table_take(all->notes, str_from(n->key));
	o->count--;
	owner_let_go(all, o);
	free(n->value);
	free(n);
}

void
notes_free(struct notes *all)
{
	struct table_walk w;
	struct note *n;

	if (all == NULL)
		return;
	if (all->notes != NULL) {
		w = table_walk(all->notes);
		while ((n = table_next(&w)) != NULL)
			drop(all, n);
	}
	table_free(all->notes);
	table_free(all->owners);
	free(all);
}

static bool
add(struct notes *all, struct str key, char *value /* taken when true */)
{
	struct owner *o = owner_get(all, key);
	struct note *n = NULL;

	if (o != NULL &&
	    o->count < (str_ends(str_from(o->name), STR("/")) ? NOTES_OF_NOBODY : NOTES_AN_ACCOUNT))
		n = calloc(1, sizeof(*n) + key.len + 1);
	if (n != NULL) {
		memcpy(n->key, key.p, key.len);
		n->value = value;
		n->owner = o;
		if (table_put(all->notes, str_from(n->key), n)) {
			o->count++;
			return true;
		}
		free(n);
	}
	if (o != NULL)
		owner_let_go(all, o);
	return false;
}

struct str
notes_get(const struct notes *all, struct str key)
{
	const struct note *n = table_get(all->notes, key);

	return str_from(n ? n->value : NULL);
}

/* As notes_put, but the store is not told. */
static bool
set(struct notes *all, struct str key, struct str value)
{
	struct note *n = table_get(all->notes, key);
	char *copy = NULL;

	if (value.len == 0) {
		if (n != NULL)
			drop(all, n);
		return true;
	}
	if (key.len == 0 || (copy = str_dup(value)) == NULL)
		return false;
	if (n != NULL) {
		free(n->value);
		n->value = copy;
		return true;
	}
	if (add(all, key, copy))
		return true;
	free(copy);
	return false;
}

bool
notes_put(struct server *sv, struct str key, struct str value)
{
	if (str_eq(notes_get(sv->notes, key), value))
		return true;
	if (!set(sv->notes, key, value))
		return false;
	sv->ticket = store_put(sv->store, key, value);
	return true;
}

bool
notes_put_number(struct server *sv, struct str key, uint64_t number, const char *suffix)
{
	char text[48];
	int n = snprintf(text, sizeof(text), "%llu%s", (unsigned long long)number, suffix);

	return notes_put(sv, key, (struct str){ text, (size_t)n });
}

uint64_t
note_number(struct str value)
{
	uint64_t number = 0;

	for (size_t i = 0; i < value.len && ascii_is_digit(value.p[i]); i++)
		number = number * 10 + (uint64_t)(value.p[i] - '0');
	return number;
}

struct str
note_key(char out[NOTE_KEY_ROOM], const char *prefix, struct str who, struct str what)
{
	int n = snprintf(
	    out, NOTE_KEY_ROOM, "%s/" STR_FMT "," STR_FMT, prefix, STR_ARG(who), STR_ARG(what));
	struct str key = { out, n < NOTE_KEY_ROOM ? (size_t)n : 0 };

	return name_fold(key, out);
}

void
notes_forget_account(struct server *sv, struct str account)
{
	static const char *const kinds[] = { "read", "seen" };
	struct table_walk w = table_walk(sv->notes->notes);
	struct str prefixes[2];
	char rooms[2][NOTE_KEY_ROOM];
	struct note *n;

	for (int k = 0; k < 2; k++)
		prefixes[k] = note_key(rooms[k], kinds[k], account, (struct str){ 0 });
	while ((n = table_next(&w)) != NULL) {
		struct str key = str_from(n->key);
		if (!str_starts(key, prefixes[0]) && !str_starts(key, prefixes[1]))
			continue;
		sv->ticket = store_put(sv->store, key, (struct str){ 0 });
		drop(sv->notes, n);
	}
}

/* "prefix/who,what": the place of what in it. */
static size_t
what_of(struct str key)
{
	size_t comma = str_find(key, ',');

	return comma < key.len ? comma + 1 : key.len;
}

/* Lines "key value" of those about the name, which are forgotten. */
static void
take_all(struct server *sv, struct str name, struct buf *out)
{
	struct table_walk w = table_walk(sv->notes->notes);
	struct note *n;

	while ((n = table_next(&w)) != NULL) {
		struct str key = str_from(n->key);
		if (!str_eq(str_from_byte(key, what_of(key)), name))
			continue;
		if (out != NULL)
			buf_printf(out, "%s\n%s\n", n->key, n->value);
		sv->ticket = store_put(sv->store, key, (struct str){ 0 });
		drop(sv->notes, n);
	}
}

void
notes_rename(struct server *sv, struct str old, struct str name)
{
	enum { TEXT_MOST = 64 * 1024 * 1024 };
	struct buf taken = BUF_INIT(TEXT_MOST);
	char room[NOTE_KEY_ROOM];
	struct str rest;

	take_all(sv, name, NULL);
	take_all(sv, old, &taken);
	for (rest = buf_str(&taken); rest.len > 0;) {
		struct str key = str_cut(&rest, '\n'), value = str_cut(&rest, '\n');
		size_t what = what_of(key);
		int n = snprintf(room, sizeof(room), STR_FMT STR_FMT, STR_ARG(str_first(key, what)),
		    STR_ARG(name));
		if (n > 0 && (size_t)n < sizeof(room))
			notes_put(sv, (struct str){ room, (size_t)n }, value);
	}
	buf_free(&taken);
}

/* ---- all of them ----------------------------------------------------------------------------- */

struct loading {
	struct notes *all;
	bool failed;
};

static void
on_state(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;

	if (!set(l->all, key, value))
		l->failed = true;
}

int
notes_load(struct notes *all, struct store *store, struct err *e)
{
	static const struct str prefixes[] = { { "guard/", 6 }, { "read/", 5 }, { "seen/", 5 } };
	struct loading l = { all, false };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (store_state_each(store, prefixes[i], on_state, &l, e) == -1)
			return -1;
	return l.failed ? err_set(e, "the server is short of memory") : 0;
}

struct table_walk
notes_walk(const struct notes *all)
{
	return table_walk(all->notes);
}

bool
notes_next(struct table_walk *w, struct str *key, struct str *value)
{
	const struct note *n = table_next(w);

	if (n == NULL)
		return false;
	*key = str_from(n->key);
	*value = str_from(n->value);
	return true;
}
