/* What happened, or is asked to happen: the one form in which shared state is changed. */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdint.h>

#include "base/str.h"

/* The store keeps these numbers: new kinds go to the end. */
enum event_kind {
	/* target: nick; object: user name; host; cloak; shown; text: real name; gives actor */
	EVENT_CONNECT,
	EVENT_NICK,    /* target: the new nick */
	EVENT_QUIT,    /* text: why */
	EVENT_JOIN,    /* target: channel; text: key */
	EVENT_PART,    /* target: channel; text: why */
	EVENT_KICK,    /* target: channel; object: nick; text: why */
	EVENT_MODE,    /* target: channel or nick; modes */
	EVENT_TOPIC,   /* target: channel; text */
	EVENT_INVITE,  /* target: channel; object: nick */
	EVENT_MESSAGE, /* target: channel, @channel or nick; text; tags */
	EVENT_NOTICE,
	EVENT_TAGMSG,
	EVENT_AWAY,    /* text: empty: back */
	EVENT_SETNAME, /* text */
	EVENT_OPER,    /* text: the operator's configured name */
	EVENT_KILL,    /* object: nick; text: why */
	EVENT_WALLOPS, /* text */
	EVENT_ACCOUNT, /* text: the account's name; empty: logged out */
	EVENT_OWNER,   /* target: channel; text: the founder's account; empty: nobody's any more */
	EVENT_ACCESS,  /* target: channel; object: account; text: "+": an operator; empty: none */
	EVENT_REDACT,  /* target: channel or nick; object: msgid; text: why; own */
	/* object: nick; text: user name, empty: as it is; host; without one the user name becomes
	 * the true one again, and the host the cloak, or where there is none the true one */
	EVENT_HOST,
	EVENT_KNOCK,  /* target: channel; text: why */
	EVENT_ACCEPT, /* object: nick; text: "+": may write to the actor, "-": no more */
	/* target: what (hub/server_ban.h); object: by whom, empty: by time; of BAN text: why; since
	 * (0: now); until; give ban */
	EVENT_BAN,
	EVENT_UNBAN,
	EVENT_RENAME, /* target: channel; object: its new name; text: why */
	/* target: channel or nick, empty: the actor; object: key; text: value, its p NULL: unset;
	 * and with a key of *: all of them */
	EVENT_METADATA,
	EVENT_KIND_COUNT
};

struct user;
struct channel;
struct membership;
struct mode_change;
struct server_ban;
struct metadata;

/*
 * One global order, given by the hub: milliseconds since 1970, and a count within. So numbers sort
 * by time and go on after a restart. 43 bits of time last until the year 2248.
 */
enum { EVENT_COUNT_BITS = 20 };

static inline int64_t
event_time(uint64_t number)
{
	return (int64_t)(number >> EVENT_COUNT_BITS);
}

/* Text is lent for the time of hub_apply and announce. */
struct event {
	enum event_kind kind;
	uint64_t number;    /* given by the hub */
	int64_t time;       /* clock_wall() milliseconds: event_time(number) */
	struct user *actor; /* NULL: the server itself */
	struct str target, object, text, tags, host; /* as asked for; see the kinds */
	struct str cloak,
	    shown;            /* CONNECT: shown in place of the host, and of both; may be empty */
	struct str client_id; /* of a message: sockchat/id; empty: none */
	/* of a MESSAGE to a channel: who said it elsewhere, and is shown in place of the
	 * actor's nick; empty: nobody */
	struct str relayed;
	int64_t since, until; /* BAN: wall ms; until 0: for good */
	bool own;             /* REDACT: the message is the actor's */
	bool forced; /* by the server or an operator: the rules of channels are not asked */

	/* Filled in by hub_apply for announce. */
	struct channel *channel;
	struct user *user;             /* the one it is done to */
	struct server_ban *ban;        /* BAN, UNBAN; NICK: that refuses it */
	struct membership *membership; /* that came or ends */
	char status;                   /* STATUSMSG prefix '@' or '+', or 0 */
	bool narrowed;                 /* a message to all that only operators hear (mode U) */
	bool created;                  /* JOIN made the channel */
	bool informs;                  /* refused by mode g: `user` is to be told */
	const struct channel *asked;   /* JOIN: it was for this one, which forwards (mode f) */
	struct str old_nick;           /* NICK; RENAME: the old name of the channel */
	struct str old_place;          /* HOST: user@host */
	const struct metadata *metadata_before; /* ACCOUNT, METADATA *: until the next */
	/* MODE: what was asked; apply keeps those that took effect */
	struct mode_change *changes;
	unsigned change_count;
};

#endif
