/* What only the hub's own files see: its state and the functions that change it. */
#ifndef SRC_HUB_STATE_H
#define SRC_HUB_STATE_H

#include "base/table.h"
#include "hub/channel.h"
#include "hub/hub.h"
#include "hub/server_ban.h"
#include "irc/limits.h"

enum { WHOWAS_MOST = IRC_WHOWAS_MOST };

struct hub {
	struct hub_rules rules;
	struct table *users, *channels; /* by folded name */
	struct table *bans;             /* struct server_ban by folded mask */
	struct table *holders;          /* of accounts, by folded name: accounts.c */
	struct table *metadata;         /* of accounts, by folded name: metadata.c */
	uint64_t number;                /* the last event's */
	size_t users_most;
	size_t with[USER_FLAG_COUNT];      /* users that have each enum user_flag */
	struct whowas whowas[WHOWAS_MOST]; /* a ring; the next goes to whowas_next */
	size_t whowas_next, whowas_count;
	/* Of the event being announced. */
	char old_nick[IRC_NAME_ROOM * 4 + 1], old_channel[IRC_CHANNEL_ROOM + 1],
	    old_place[IRC_USER_MOST + IRC_HOST_MOST + 4];
	struct metadata metadata_before;
};

/* Ends the program when the hub is not as it must be between two events (debug builds:
 * invariants.c). */
void hub_check(const struct hub *h);

/* The user leaves: of its account it is none any more. */
void account_let_go(struct hub *h, const struct user *u);

/* How one kind of event is applied; ev->actor is not NULL except for EVENT_CONNECT and the server's
 * own. */
typedef enum verdict apply_fn(struct hub *h, struct event *ev);
apply_fn apply_join, apply_part, apply_kick, apply_topic, apply_invite, apply_mode, apply_message;
apply_fn apply_ban, apply_unban;
apply_fn apply_knock, apply_accept, apply_rename, apply_owner, apply_access, apply_redact;
apply_fn apply_account, apply_metadata;

/* The actor's account was `old` (empty: none) and is another one now. */
void metadata_login(struct hub *h, struct event *ev, struct str old);
void metadata_free_all(struct hub *h);

/* Finds ev->channel by ev->target and the actor's membership in it (ev->membership; NULL: not in
 * it). */
enum verdict find_channel(struct hub *h, struct event *ev);
/* What somebody who is not in the channel is told: `why`, but of a secret one that it is not
 * there. */
enum verdict outsider(const struct channel *c, enum verdict why);
/* Of a registered channel; NULL: the server itself. */
bool is_founder(const struct channel *c, const struct user *u);
void user_set_flag(struct hub *h, struct user *u, enum user_flag f, bool on);

void forget_bans(struct user *u); /* it is looked up again whether any matches */
void user_free(struct user *u);
/* The new nick and its folded form; the caller has taken the old key out of the table. */
bool user_rename(struct user *u, struct str nick);
/* A user's texts: as shown, and in truth; and the cloak, or none. */
struct description {
	struct str name, host, real, true_name, true_host, cloak;
};
struct user *user_new(struct str nick, const struct description *d);
struct description user_description(const struct user *u);
/* New texts in place of the old; false: no memory, unchanged. */
bool user_describe(struct user *u, const struct description *d);
struct user_extra *user_extra_make(struct user *u);          /* to change it; NULL: no memory */
struct channel_extra *channel_extra_make(struct channel *c); /* the same */
bool text_replace(char **text, struct str with); /* empty: NULL; false: no memory, unchanged */

void accepts_free(struct user_extra *x);
/* A private message from and to somebody of whom one has a mode of USER_SCREENED. */
enum verdict may_write(struct hub *h, struct event *ev);
bool is_ctcp(struct str text); /* any line of it, but ACTION */

bool invitation_add(struct user *u, const struct channel *c);
bool invitation_take(struct user *u, const struct channel *c, bool remove);

/* By mask, case folded; NULL: not in it. False: no memory. */
struct list_entry *list_find(const struct list *l, struct str mask);
bool list_add(struct list *l, struct str mask, struct str by, int64_t time);
void list_remove(struct list *l, struct list_entry *at);

/* Completes a mask of that list, ordinary (mask_complete) or extended; false: it is none. */
bool ban_complete(struct str mask, enum list_kind kind, char *out, size_t size);
void channel_bans_changed(struct channel *c); /* masks came or went */
bool member_banned(struct membership *m);     /* as far as speaking goes; remembered */
/* Neither + nor @, and what it says would be refused. */
bool member_silenced(struct membership *m);

void server_ban_free(struct server_ban *b);
/* Of who would match a mask with this nick; NULL: none. */
struct server_ban *ban_of_nick(
    const struct hub *h, const struct user *u, struct str nick, int64_t now);

struct channel *channel_new(struct str name);
/* The caller has taken the old key out of the table. False: no memory, unchanged. */
bool channel_rename(struct channel *c, struct str name);
void channel_free(struct channel *c);
struct membership *membership_new(struct user *u, struct channel *c);
void membership_free(struct membership *m);

#endif
