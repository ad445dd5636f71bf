/*
 * The hub: all users, channels and memberships, and the only code that changes them. Every change
 * is an event: hub_apply checks the rules and changes the state in one step, the caller announces
 * the outcome, hub_settle lets go of what the event ended. The same events in the same order give
 * the same hub.
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "base/err.h"
#include "base/table.h"
#include "event/event.h"
#include "hub/channel.h"
#include "hub/verdict.h"

/* Limits that the rules know ([limits] of the settings). */
struct hub_rules {
	size_t name_length, channel_length, topic_length, kick_length, away_length;
	size_t message_length; /* code points; 0: any */
	size_t channels, list_modes, accepts;
	uint8_t user_modes;     /* of newcomers: bits of enum user_flag */
	int64_t knock_interval; /* ms between two of a user, and on a channel; 0: any */
	size_t metadata_keys, metadata_value; /* of one user or channel; bytes */
};

struct hub;

struct hub *hub_new(const struct hub_rules *rules, struct err *e);
void hub_free(struct hub *h);
void hub_set_rules(struct hub *h, const struct hub_rules *rules);
const struct hub_rules *hub_rules(const struct hub *h);

/* Gives the event its number and time, changes the state or says why not. */
enum verdict hub_apply(struct hub *h, struct event *ev);
/* After the outcome was announced: frees the membership, user or channel that the event ended. */
void hub_settle(struct hub *h, struct event *ev);

struct user *hub_user(const struct hub *h, struct str nick); /* NULL: nobody */
/* Who is logged in to the account; one of them, if several are; NULL: nobody. */
struct user *hub_user_of(const struct hub *h, struct str account);
size_t hub_users_of(const struct hub *h, struct str account);      /* how many they are */
struct channel *hub_channel(const struct hub *h, struct str name); /* NULL: none */
size_t hub_user_count(const struct hub *h);
size_t hub_channel_count(const struct hub *h);
size_t hub_users_most(const struct hub *h); /* the most there were at once */
size_t hub_users_with(const struct hub *h, enum user_flag f);
uint64_t hub_last_number(const struct hub *h);
/* Numbers of events given from now on are above this one: the greatest that the store has. */
void hub_continue_after(struct hub *h, uint64_t number);
/* A number as an event's, for one more row that tells of an event. time 0: now. */
uint64_t hub_next_number(struct hub *h, int64_t time);

/* At start: a channel as channel_write told it. -1: it is none, or memory is short. */
int hub_read_channel(struct hub *h, struct str text, struct err *e);

/* Never NULL. */
const struct metadata *hub_metadata(const struct hub *h, const struct user *u);
const struct metadata *hub_metadata_of(const struct hub *h, struct str account);
/* At start: the metadata of an account as metadata_write told it. */
int hub_read_metadata(struct hub *h, struct str account, struct str text, struct err *e);
/* The account is gone, and nobody is logged in to it. */
void hub_forget_metadata(struct hub *h, struct str account);

/* for (struct table_walk w = hub_users(h); (u = table_next(&w));) */
struct table_walk hub_users(const struct hub *h);
struct table_walk hub_channels(const struct hub *h);
/* The next of the users that is logged in to the account: hub_users_of() says when to look. */
struct user *hub_next_of(struct table_walk *w, struct str account);

/* People who left, the latest first: i from 0; NULL past the end. */
struct whowas {
	char *nick, *name, *host, *real, *from; /* one allocation; from: the true host */
	int64_t time;
};
const struct whowas *hub_whowas(const struct hub *h, size_t i);

#endif
