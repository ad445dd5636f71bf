/* The values in effect, and where each came from. */
#include "cli/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/effective.h"
#include "cli/values.h"

struct item {
	char *text; /* owned */
	size_t len;
	int64_t number;
};

struct value {
	struct item *items; /* owned; exactly one unless a list */
	size_t count;
	struct origin from;
};

struct settings {
	struct value values[SETTING_COUNT];
	char *file; /* owned; NULL: none was read */
};

enum { LIST_MOST = 1000 }; /* items of one list */

static void
value_clear(struct value *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->items[i].text);
	free(v->items);
	v->items = NULL;
	v->count = 0;
}

static int
value_add(struct value *v, struct str text, int64_t number, struct err *e)
{
	struct item *grown;
	char *copy;

	if (v->count == LIST_MOST)
		return err_set(e, "is a list of more than %d items", LIST_MOST);
	copy = str_dup(text);
	if (copy == NULL)
		return err_set(e, "out of memory");
	grown = realloc(v->items, (v->count + 1) * sizeof(*grown));
	if (grown == NULL) {
		free(copy);
		return err_set(e, "out of memory");
	}
	v->items = grown;
	v->items[v->count++] = (struct item){ copy, text.len, number };
	return 0;
}

static bool
item_is(const struct setting_row *r, const struct item *item, struct str text, int64_t number)
{
	if (r->kind == VALUE_INTEGER)
		return number != 0 &&
		       item->number == number; /* 0 is any free port: that may be twice */
	return str_eq((struct str){ item->text, item->len }, text);
}

static int
add_item(const struct setting_row *r, struct value *v, struct str text, struct err *e)
{
	int64_t number;

	if (value_parse(r, text, &number, e) == -1)
		return -1;
	for (size_t i = 0; i < v->count; i++) {
		if (item_is(r, &v->items[i], text, number))
			return err_set(e, "'" STR_FMT "' is in the list twice; allowed is once",
			    STR_ARG(str_first(text, 100)));
	}
	return value_add(v, text, number, e);
}

/* Items between commas; nothing at all is the empty list. */
static int
add_items(const struct setting_row *r, struct value *v, struct str text, struct err *e)
{
	bool more = str_trim(text).len > 0;

	while (more) {
		more = str_find(text, ',') < text.len;
		if (add_item(r, v, str_trim(str_cut(&text, ',')), e) == -1)
			return -1;
	}
	return 0;
}

static int
copy_items(struct value *to, const struct value *from, struct err *e)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct item *item = &from->items[i];
		if (value_add(to, (struct str){ item->text, item->len }, item->number, e) == -1)
			return -1;
	}
	return 0;
}

int
settings_put(struct settings *s, const struct setting_row *r, struct origin from, struct str text,
    struct err *e)
{
	struct value *old = &s->values[r->id];
	struct value v = { NULL, 0, from };
	bool extends = (r->flags & ROW_LIST) != 0 && old->from.layer == from.layer &&
		       from.layer != LAYER_DEFAULT;

	if (extends) {
		v.from = old->from;
		if (copy_items(&v, old, e) == -1)
			goto fail;
	}
	if ((r->flags & ROW_LIST) != 0 ? add_items(r, &v, text, e) : add_item(r, &v, text, e))
		goto fail;
	if (old->from.layer > from.layer) {
		value_clear(&v);
		return 0;
	}
	value_clear(old);
	*old = v;
	return 0;
fail:
	value_clear(&v);
	return -1;
}

struct settings *
settings_new(void)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct err e;

	for (size_t i = 0; s != NULL && i < SETTING_COUNT; i++) {
		const struct setting_row *r = &setting_rows[i];
		struct origin from = { LAYER_DEFAULT, 0 };
		if (settings_put(s, r, from, str_from(r->initial), &e) == -1) {
			settings_free(s);
			return NULL;
		}
	}
	return s;
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < SETTING_COUNT; i++)
		value_clear(&s->values[i]);
	free(s->file);
	free(s);
}

struct origin
setting_origin(const struct settings *s, enum setting id)
{
	return s->values[id].from;
}

bool
settings_set_file(struct settings *s, const char *file)
{
	free(s->file);
	s->file = str_dup(str_from(file));
	return s->file != NULL;
}

const char *
settings_file(const struct settings *s)
{
	return s->file != NULL ? s->file : "";
}

static bool
is_list(enum setting id)
{
	return (setting_rows[id].flags & ROW_LIST) != 0;
}

int64_t
setting_number(const struct settings *s, enum setting id)
{
	assert(!is_list(id));
	return s->values[id].items[0].number;
}

int64_t
setting_item_number(const struct settings *s, enum setting id, size_t i)
{
	assert(i < s->values[id].count);
	return s->values[id].items[i].number;
}

bool
setting_on(const struct settings *s, enum setting id)
{
	assert(setting_rows[id].kind == VALUE_BOOLEAN);
	return setting_number(s, id) != 0;
}

struct str
setting_text(const struct settings *s, enum setting id)
{
	assert(!is_list(id));
	return setting_item(s, id, 0);
}

size_t
setting_count(const struct settings *s, enum setting id)
{
	return s->values[id].count;
}

struct str
setting_item(const struct settings *s, enum setting id, size_t i)
{
	assert(i < s->values[id].count);
	return (struct str){ s->values[id].items[i].text, s->values[id].items[i].len };
}

static bool
item_equal(enum setting id, const struct item *a, const struct item *b)
{
	if (setting_rows[id].kind <= VALUE_ENUMERATION)
		return a->number == b->number; /* 64K is 65536 */
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool
setting_equal(const struct settings *a, const struct settings *b, enum setting id)
{
	const struct value *x = &a->values[id], *y = &b->values[id];

	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++) {
		if (!item_equal(id, &x->items[i], &y->items[i]))
			return false;
	}
	return true;
}

bool
setting_given(const struct settings *s, enum setting id)
{
	return s->values[id].from.layer != LAYER_DEFAULT;
}

bool
setting_flagged(const struct settings *s, enum setting id)
{
	return s->values[id].from.layer == LAYER_FLAG;
}

const char *
setting_name(enum setting id)
{
	static char names[SETTING_COUNT][40];
	struct buf name = BUF_INIT(sizeof(names[0]) - 1);

	if (names[id][0] == '\0') {
		buf_printf(&name, "[%s] %s", setting_rows[id].section, setting_rows[id].key);
		str_copy(names[id], sizeof(names[id]), buf_str(&name));
		buf_free(&name);
	}
	return names[id];
}

bool
setting_reloadable(enum setting id)
{
	return (setting_rows[id].flags & ROW_RELOAD) != 0;
}
