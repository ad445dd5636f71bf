/*
 * Metadata (IRCv3 draft/metadata-3) among sessions: who may see whose, who is told of what, and
 * what of it is kept in the store ("metadata/ACCOUNT"; a registered channel's is in its own text).
 * Somebody's is seen by those who share a channel with them or watch them (MONITOR), a channel's
 * by those in it, all by operators of the server. Of what they may see, sessions are told of the
 * keys that they subscribed to.
 */
#ifndef SERVE_METADATA_H
#define SERVE_METADATA_H

#include "serve/session.h"

enum {
	METADATA_PAGE = 500,     /* lines that one session is told at once */
	METADATA_SYNC_LATER = 1, /* seconds after which it may ask for more */
};

/* Keys: some that are asked about, or those that a session hears of. */
struct metadata_keys {
	const char **at;
	unsigned count;
};

/* What a session has that used METADATA; session_extra points to it. */
struct hearing {
	struct metadata_keys keys; /* sorted; subscribed to; owned */
	struct metadata early;     /* set before it was registered: its user gets it */
	uint64_t channel;          /* whose SYNC is not at its end; 0: none */
	uint32_t place;            /* ... members up to this one are left */
	unsigned changes;          /* in the minute that began at minute */
	int64_t minute;            /* monotonic ms */
	bool missed;               /* changes, because it read too slowly */
};

struct hearing *metadata_hearing(struct session *s); /* made if it is not there; NULL: no memory */
bool metadata_subscribes(const struct session *s, struct str key);
bool metadata_may_see(const struct session *s, const struct user *u);
bool metadata_may_see_channel(const struct session *s, const struct channel *c);

/* ---- changes --------------------------------------------------------------------------------- */
/* METADATA or ACCOUNT took effect: those concerned are told, but not `except`; and it is kept. */
void metadata_changed(struct server *sv, struct session *except, struct event *ev);
void metadata_keep(struct server *sv, const struct event *ev);
/* METADATA did not take effect. */
void metadata_refused(struct session *by, const struct event *ev, enum verdict v);
/* Somebody joined: the others are told what is set of a user whom they did not see before. */
void metadata_came(struct server *sv, const struct user *u, const struct channel *c);
int metadata_open(struct server *sv, struct err *e);
void metadata_forget(struct server *sv, struct str account); /* nobody has it any more */

/* ---- what is set, told to one session ------------------------------------------------------ */
/* Each tells those of its keys that it may see, and nothing when there is none: of a user it now
 * sees (MONITOR); of the channel it is in now and the people there; of everything, for these keys
 * alone, which it subscribed to just now. */
void metadata_tell(struct session *s, const struct user *u);
void metadata_joined(struct session *s, const struct channel *c);
void metadata_subscribed(struct session *s, const struct metadata_keys *keys);
/* The answer to SYNC; for a channel, the next part of it. */
void metadata_sync(struct session *s, const struct user *u);
void metadata_sync_channel(struct session *s, const struct channel *c);
/* The session has a user: what it set before is the user's. */
void metadata_entered(struct session *s);
void metadata_welcome(struct session *s);
void metadata_whois(struct session *s, const struct user *u);
/* It reads again: where it missed changes, it is told to ask. */
void metadata_caught_up(struct session *s);
void metadata_free(struct session *s);

#endif
