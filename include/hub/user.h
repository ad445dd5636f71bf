/* A user: an identity that others see. It may be spoken for by sessions, which the hub does not
 * know. */
#ifndef HUB_USER_H
#define HUB_USER_H

#include <stdint.h>

#include "hub/metadata.h"
#include "hub/modes.h"

struct channel;

/* A user in a channel. Both hold it in a dense array; it knows its places, so leaving needs no
 * search. */
struct membership {
	struct user *user;
	struct channel *channel;
	uint32_t user_slot, channel_slot;
	/* `banned` was found at this generation of the channel's lists; 0: never */
	uint32_t ban_generation;
	uint8_t flags; /* bits of enum member_flag */
	bool banned;   /* matches a ban and no exception: may not speak unless + or @ */
};

struct invitation {
	uint64_t channel_id;
	char *channel_name;
};

enum { USER_INVITATIONS = 20 }; /* the oldest gives way */

/* Who may write to a user with mode g or R. */
struct accepted {
	uint64_t id;     /* that user's; 0: whoever is logged in to the account `name` */
	char *name;      /* the nick at that time, or the account; owned */
	bool written_to; /* was written to, no more: gives way when there is no room */
};

/* What few users have; made when some of it is first needed: user_extra() to look at it. */
struct user_extra {
	struct invitation *invitations; /* USER_INVITATIONS places, or NULL */
	int64_t knocked;                /* wall ms of the last KNOCK */
	struct accepted *accepted;
	uint32_t accepted_count;
	int64_t caller_told;      /* wall ms: when it was last told who was refused (mode g) */
	struct metadata metadata; /* of who has no account: hub_metadata() */
};

struct user {
	uint64_t id; /* the number of the event that brought it */
	char *nick;  /* and behind it, in the same allocation, user_folded() */
	/* One allocation: user name (with ~ when it is only claimed), host, real name, as they are
	 * shown; of who is disguised behind them what differs of the true user name and host, and
	 * of the cloak. */
	char *name, *host, *real;
	char *account;         /* as registered; NULL: none */
	char *away;            /* NULL: here */
	char *operator_name;   /* as configured; NULL: no operator */
	int64_t since, active; /* wall ms: connected, last said something */
	struct membership **memberships;
	struct user_extra *extra; /* NULL: none of it */
	uint64_t nick_number;     /* of the event that gave it this nick */
	uint32_t membership_count;
	uint8_t nick_length; /* bytes; asked for so often that strlen shows */
	uint8_t modes;       /* bits of enum user_flag */
	bool disguised : 1;  /* user name or host are not the true ones */
	bool cloaked : 1;    /* the host that is shown is the cloak */
	bool leaving;        /* QUIT or KILL was applied; gone after hub_settle */
	void *front;         /* serve's: who speaks for this user */
};

struct str user_nick(const struct user *u);
struct str user_folded(const struct user *u); /* of the nick: the key in the hub's table */
struct str user_mask(const struct user *u, char *out, size_t size); /* nick!name@host */
/* Where it is from in truth, whatever is shown; for operators, bans and the log. */
const char *user_true_name(const struct user *u);
const char *user_true_host(const struct user *u);
struct str user_true_mask(const struct user *u, char *out, size_t size);
/* With the cloak where another host is shown; else empty. */
struct str user_cloak_mask(const struct user *u, char *out, size_t size);
/* The host that is shown in place of the true one, when no other was chosen; "": there is none. */
const char *user_cloak(const struct user *u);
const struct user_extra *user_extra(const struct user *u); /* never NULL */
bool user_is(const struct user *u, enum user_flag f);
/* "+iw"; out has USER_MODES_ROOM bytes. */
const char *user_mode_text(const struct user *u, char *out);
/* NULL when not a member. O(number of channels of u), which [limits] channels bounds. */
struct membership *user_membership(const struct user *u, const struct channel *c);
bool member_is(const struct membership *m, enum member_flag f);
/* Of an auditorium (mode u) only operators are shown those members who are neither + nor @. */
bool member_hidden(const struct membership *m);
bool member_shown(const struct membership *m, const struct user *to);
/* Whether they are in a channel in which b is shown to a. */
bool user_shares_channel(const struct user *a, const struct user *b);

#endif
