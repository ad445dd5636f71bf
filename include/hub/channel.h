/* A channel: name, modes, lists, topic and members. It exists while somebody is in it, or while it
 * is registered. */
#ifndef HUB_CHANNEL_H
#define HUB_CHANNEL_H

#include <stdint.h>

#include "base/buf.h"
#include "hub/metadata.h"
#include "hub/user.h"
#include "irc/limits.h"

struct list_entry {
	char *mask, *by; /* one allocation */
	int64_t time;    /* wall ms */
};

struct list {
	struct list_entry *entries;
	uint32_t count, cap;
};

/* What few channels have; made when some of it is first needed: channel_extra() to look at it. */
struct channel_extra {
	int64_t renamed;       /* wall ms of the last RENAME */
	int64_t knocked;       /* wall ms of the last KNOCK */
	struct list operators; /* accounts (as masks) that are operators when they come */
	struct metadata metadata;
};

struct channel {
	uint64_t id;
	char *name, *folded; /* one allocation */
	int64_t created;     /* wall ms */
	char *topic, *topic_by;
	int64_t topic_time;
	char *key;               /* with CHANNEL_KEY */
	uint32_t limit;          /* with CHANNEL_LIMIT */
	uint32_t modes;          /* bits of enum channel_flag */
	char *forward;           /* with CHANNEL_FORWARD: the name of another */
	uint64_t said;           /* messages and notices to all of it, so far */
	uint32_t ban_generation; /* grows with every change of the ban and exception lists */
	bool bans_move;          /* some of them hold an EXTBAN_MOVES */
	struct list lists[LIST_COUNT];
	char *founder;               /* account; NULL: not registered */
	struct channel_extra *extra; /* NULL: none of it */
	struct membership **members;
	uint32_t member_count;
	void *front; /* serve's: the audience */
};

const struct channel_extra *channel_extra(const struct channel *c); /* never NULL */
bool channel_is(const struct channel *c, enum channel_flag f);
/* Whether u may see that the channel and its members exist: not secret, or in it. */
bool channel_visible(const struct channel *c, const struct user *u);
enum { CHANNEL_MODE_ROOM = 2 * IRC_CHANNEL_ROOM + IRC_KEY_MOST + 32 };
/* "+ntk key" as u may see it: the key is shown to members only. Cut at size. */
struct str channel_mode_text(const struct channel *c, const struct user *u, char *out, size_t size);
/* Whether the account of u makes it an operator of a registered channel. */
bool channel_trusts(const struct channel *c, const struct user *u);
/* A registered channel as a text, lines "field value": without its members. */
void channel_write(const struct channel *c, struct buf *out);

/* What a mask of a list is asked for: mutes are only about what is said. */
enum ban_use { BAN_JOIN, BAN_SPEAK };
/* As shown or in truth: who is shown differently gets around no ban. */
bool channel_list_matches(
    const struct channel *c, enum list_kind kind, const struct user *u, enum ban_use use);
/* Banned, and no exception holds. */
bool channel_bans(const struct channel *c, const struct user *u, enum ban_use use);

#endif
