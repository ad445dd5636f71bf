/* Registered channels: they belong to an account, outlive their members, and are kept as texts. */
#include <stdlib.h>
#include <string.h>

#include "irc/names.h"
#include "state.h"

bool
channel_trusts(const struct channel *c, const struct user *u)
{
	if (c->founder == NULL || u->account == NULL)
		return false;
	return name_eq(str_from(c->founder), str_from(u->account)) ||
	       list_find(&channel_extra(c)->operators, str_from(u->account)) != NULL;
}

bool
is_founder(const struct channel *c, const struct user *u)
{
	return c->founder != NULL && u != NULL && u->account != NULL &&
	       name_eq(str_from(c->founder), str_from(u->account));
}

static void
forget_operators(struct channel *c)
{
	struct list *l = c->extra ? &c->extra->operators : NULL;

	while (l != NULL && l->count > 0)
		list_remove(l, &l->entries[l->count - 1]);
}

/* Registered by an operator of it who is logged in; given up by its founder. */
enum verdict
apply_owner(struct hub *h, struct event *ev)
{
	enum verdict v = find_channel(h, ev);
	struct channel *c = ev->channel;

	if (v != VERDICT_OK)
		return v;
	if (ev->text.len > 0 && c->founder != NULL && !ev->forced)
		return VERDICT_NOT_PERMITTED;
	if (ev->text.len > 0 && !ev->forced &&
	    (ev->membership == NULL || !member_is(ev->membership, MEMBER_OPERATOR)))
		return VERDICT_NOT_CHANNEL_OPERATOR;
	if (ev->text.len == 0 && c->founder == NULL)
		return VERDICT_NOTHING;
	if (ev->text.len == 0 && !ev->forced && !is_founder(c, ev->actor))
		return VERDICT_NOT_PERMITTED;
	if (!text_replace(&c->founder, ev->text))
		return VERDICT_NO_MEMORY;
	if (c->founder == NULL)
		forget_operators(c);
	return VERDICT_OK;
}

enum verdict
apply_access(struct hub *h, struct event *ev)
{
	enum verdict v = find_channel(h, ev);
	struct list *l;
	struct list_entry *old;

	if (v != VERDICT_OK)
		return v;
	if (ev->channel->founder == NULL || (!ev->forced && !is_founder(ev->channel, ev->actor)))
		return VERDICT_NOT_PERMITTED;
	if (channel_extra_make(ev->channel) == NULL)
		return VERDICT_NO_MEMORY;
	l = &ev->channel->extra->operators;
	old = list_find(l, ev->object);
	if ((ev->text.len > 0) == (old != NULL))
		return VERDICT_NOTHING;
	if (old != NULL)
		list_remove(l, old);
	else if (l->count >= h->rules.list_modes)
		return VERDICT_LIST_FULL;
	else if (!list_add(
		     l, ev->object, str_from(ev->actor ? ev->actor->account : NULL), ev->time))
		return VERDICT_NO_MEMORY;
	return VERDICT_OK;
}

/* ---- as a text: one line a field --------------------------------------------------------------
 */
/* The names of the fields that hold lists; the rest of their line is "mask by time". */
static const char *const list_names[LIST_COUNT] = {
	[LIST_BAN] = "ban", [LIST_EXCEPT] = "except", [LIST_INVITE] = "invite"
};

static void
write_list(const struct list *l, const char *name, struct buf *out)
{
	for (uint32_t i = 0; i < l->count; i++)
		buf_printf(out, "%s %s %s %lld\n", name, l->entries[i].mask,
		    l->entries[i].by[0] ? l->entries[i].by : "server",
		    (long long)l->entries[i].time);
}

void
channel_write(const struct channel *c, struct buf *out)
{
	buf_printf(out, "name %s\nfounder %s\ncreated %lld\nmodes ", c->name, c->founder,
	    (long long)c->created);
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++)
		if (m->kind == MODE_FLAG && channel_is(c, (enum channel_flag)m->which))
			buf_add_char(out, m->letter);
	buf_add_char(out, '\n');
	if (channel_is(c, CHANNEL_KEY))
		buf_printf(out, "key %s\n", c->key);
	if (channel_is(c, CHANNEL_LIMIT))
		buf_printf(out, "limit %u\n", (unsigned)c->limit);
	if (channel_is(c, CHANNEL_FORWARD))
		buf_printf(out, "forward %s\n", c->forward);
	if (c->topic != NULL)
		buf_printf(out, "topic-by %s\ntopic-time %lld\ntopic %s\n", c->topic_by,
		    (long long)c->topic_time, c->topic);
	metadata_write(&channel_extra(c)->metadata, "metadata ", out);
	write_list(&channel_extra(c)->operators, "operator", out);
	for (int k = 0; k < LIST_COUNT; k++)
		write_list(&c->lists[k], list_names[k], out);
}

static bool
read_modes(struct channel *c, struct str letters)
{
	c->modes = 0;
	for (size_t i = 0; i < letters.len; i++) {
		const struct channel_mode *m = channel_mode_find(letters.p[i]);
		if (m == NULL || m->kind != MODE_FLAG)
			return false;
		c->modes |= 1u << m->which;
	}
	return true;
}

static bool
read_founder(struct channel *c, struct str text)
{
	return text_replace(&c->founder, text);
}

static bool
read_created(struct channel *c, struct str text)
{
	return str_to_int64(text, &c->created);
}

static bool
read_key(struct channel *c, struct str text)
{
	c->modes |= 1u << CHANNEL_KEY;
	return text.len > 0 && text.len <= IRC_KEY_MOST && text_replace(&c->key, text);
}

static bool
read_forward(struct channel *c, struct str text)
{
	c->modes |= 1u << CHANNEL_FORWARD;
	return channel_valid(text, IRC_CHANNEL_ROOM) && text_replace(&c->forward, text);
}

static bool
read_limit(struct channel *c, struct str text)
{
	int64_t limit;

	if (!str_to_int64(text, &limit) || limit < 1 || limit > UINT32_MAX)
		return false;
	c->limit = (uint32_t)limit;
	c->modes |= 1u << CHANNEL_LIMIT;
	return true;
}

static bool
read_topic(struct channel *c, struct str text)
{
	return text_replace(&c->topic, text);
}

static bool
read_topic_by(struct channel *c, struct str text)
{
	return text_replace(&c->topic_by, text);
}

static bool
read_topic_time(struct channel *c, struct str text)
{
	return str_to_int64(text, &c->topic_time);
}

static bool
read_entry(struct list *l, struct str text)
{
	struct str mask = str_word(&text), by = str_word(&text);
	int64_t time;

	return mask.len > 0 && by.len > 0 && str_to_int64(str_word(&text), &time) &&
	       list_add(l, mask, by, time);
}

static bool
read_operator(struct channel *c, struct str text)
{
	return channel_extra_make(c) != NULL && read_entry(&c->extra->operators, text);
}

static bool
read_ban(struct channel *c, struct str text)
{
	return read_entry(&c->lists[LIST_BAN], text);
}

static bool
read_except(struct channel *c, struct str text)
{
	return read_entry(&c->lists[LIST_EXCEPT], text);
}

static bool
read_invite(struct channel *c, struct str text)
{
	return read_entry(&c->lists[LIST_INVITE], text);
}

static bool
read_metadata(struct channel *c, struct str text)
{
	return channel_extra_make(c) != NULL && metadata_read(&c->extra->metadata, text);
}

static const struct {
	const char *name;
	bool (*read)(struct channel *c, struct str text);
} fields[] = {
	{ "ban", read_ban },
	{ "created", read_created },
	{ "except", read_except },
	{ "forward", read_forward },
	{ "founder", read_founder },
	{ "invite", read_invite },
	{ "key", read_key },
	{ "limit", read_limit },
	{ "metadata", read_metadata },
	{ "modes", read_modes },
	{ "operator", read_operator },
	{ "topic", read_topic },
	{ "topic-by", read_topic_by },
	{ "topic-time", read_topic_time },
};

/* What a later version may have added is passed over. */
static bool
read_field(struct channel *c, struct str name, struct str text)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq(name, str_from(fields[i].name)))
			return fields[i].read(c, text);
	return true;
}

static bool
is_whole(const struct channel *c)
{
	return c->founder != NULL && (c->topic == NULL) == (c->topic_by == NULL);
}

int
hub_read_channel(struct hub *h, struct str text, struct err *e)
{
	struct str line = str_cut(&text, '\n'), key = str_cut(&line, ' ');
	struct channel *c;
	bool good = true;

	if (!str_eq(key, STR("name")) || !channel_valid(line, IRC_CHANNEL_ROOM))
		return err_set(e, "not the text of a channel");
	c = channel_new(line);
	if (c == NULL)
		return err_errno(e, "restoring a channel");
	c->id = hub_next_number(h, 0);
	while (good && text.len > 0) {
		line = str_cut(&text, '\n');
		key = str_cut(&line, ' ');
		good = read_field(c, key, line);
	}
	channel_bans_changed(c);
	if (good && is_whole(c) && table_put(h->channels, str_from(c->folded), c))
		return 0;
	channel_free(c);
	return err_set(e, "not the text of a channel, or there are two of its name");
}
