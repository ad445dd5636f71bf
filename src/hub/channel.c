/* Channels: what they are and what they show. */
#include "hub/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irc/names.h"
#include "state.h"

bool
channel_is(const struct channel *c, enum channel_flag f)
{
	return c->modes >> f & 1;
}

bool
channel_visible(const struct channel *c, const struct user *u)
{
	return !channel_is(c, CHANNEL_SECRET) || user_membership(u, c) != NULL;
}

/* The value of a mode that has one and is set. */
static const char *
mode_value(const struct channel *c, enum channel_flag f, char *number, size_t size)
{
	if (f == CHANNEL_KEY)
		return c->key;
	if (f == CHANNEL_FORWARD)
		return c->forward;
	snprintf(number, size, "%u", c->limit);
	return number;
}

struct str
channel_mode_text(const struct channel *c, const struct user *u, char *out, size_t size)
{
	bool inside = u == NULL || user_membership(u, c) != NULL;
	char letters[32] = "+", params[CHANNEL_MODE_ROOM] = "", number[16];
	size_t count = 1, used = 0;
	int n;

	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++) {
		if (m->kind == MODE_LIST || m->kind == MODE_PREFIX || !channel_is(c, m->which))
			continue;
		letters[count++] = m->letter;
		if (m->kind == MODE_FLAG)
			continue;
		n = snprintf(params + used, sizeof(params) - used, " %s",
		    inside || m->which != CHANNEL_KEY
			? mode_value(c, (enum channel_flag)m->which, number, sizeof(number))
			: "*");
		used += n > 0 ? (size_t)n : 0;
	}
	letters[count] = '\0';
	n = snprintf(out, size, "%s%s", letters, params);
	return (struct str){ out, n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1 };
}

bool
channel_rename(struct channel *c, struct str name)
{
	char *both = malloc(2 * name.len + 2);

	if (both == NULL)
		return false;
	str_copy(both, name.len + 1, name);
	name_fold(name, both + name.len + 1);
	both[2 * name.len + 1] = '\0';
	free(c->name);
	c->name = both;
	c->folded = both + name.len + 1;
	return true;
}

struct channel *
channel_new(struct str name)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	if (!channel_rename(c, name)) {
		free(c);
		return NULL;
	}
	c->modes = 1u << CHANNEL_NO_EXTERNAL | 1u << CHANNEL_TOPIC_LOCK;
	c->ban_generation = 1;
	return c;
}

const struct channel_extra *
channel_extra(const struct channel *c)
{
	static const struct channel_extra nothing;

	return c->extra ? c->extra : &nothing;
}

struct channel_extra *
channel_extra_make(struct channel *c)
{
	if (c->extra == NULL)
		c->extra = calloc(1, sizeof(*c->extra));
	return c->extra;
}

static void
list_free(struct list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		free(l->entries[i].mask);
	free(l->entries);
}

void
channel_free(struct channel *c)
{
	for (int k = 0; k < LIST_COUNT; k++)
		list_free(&c->lists[k]);
	if (c->extra != NULL) {
		list_free(&c->extra->operators);
		metadata_clear(&c->extra->metadata);
		free(c->extra);
	}
	free(c->founder);
	free(c->name);
	free(c->topic);
	free(c->topic_by);
	free(c->key);
	free(c->forward);
	free(c->members);
	free(c);
}
