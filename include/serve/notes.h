/*
 * Short texts that the server remembers for people and channels beside their history, by key; they
 * are state texts of the store (store.h). The keys, folded:
 *
 *     read/ACCOUNT,TARGET   how far it was read (cmd_marker.c)
 *     seen/ACCOUNT,CHANNEL  how much of it was shown (seen.c)
 *     seen/ACCOUNT,*        ... of what was said in private
 *     guard/,CHANNEL        from where on it may be read (guard.c)
 */
#ifndef SERVE_NOTES_H
#define SERVE_NOTES_H

#include "base/err.h"
#include "base/table.h"

enum {
	NOTE_KEY_ROOM = 384,     /* bytes: a prefix, an account, a comma, a target */
	NOTES_AN_ACCOUNT = 2000, /* of one kind */
	NOTES_OF_NOBODY = 100000,
};

struct notes;
struct server;
struct store;

struct notes *notes_new(void); /* NULL: no memory */
void notes_free(struct notes *all);
/* Those that the store has. -1: it could not be read. */
int notes_load(struct notes *all, struct store *store, struct err *e);

/* "prefix/who,what", folded. Empty: it would be too long, which no names that exist are. */
struct str note_key(char out[NOTE_KEY_ROOM], const char *prefix, struct str who, struct str what);
struct str notes_get(const struct notes *all, struct str key); /* lent; empty: none */
/* Remembers it, for good; an empty value forgets it. False: memory is short, or the account has as
 * many as it may. Nothing is written when it says so already. */
bool notes_put(struct server *sv, struct str key, struct str value);
/* ... a number, in decimal. */
bool notes_put_number(struct server *sv, struct str key, uint64_t number, const char *suffix);
uint64_t note_number(struct str value); /* that it begins with; 0: none */

/* What is remembered of a channel follows its name; what was of one that had this before is
 * forgotten. Both folded. */
void notes_rename(struct server *sv, struct str old, struct str name);

/* All that is remembered for an account: it is removed, or another one of its name begins. */
void notes_forget_account(struct server *sv, struct str account);

/* for (struct table_walk w = notes_walk(all); notes_next(&w, &key, &value);): the one just returned
 * may be forgotten or given another value meanwhile. */
struct table_walk notes_walk(const struct notes *all);
bool notes_next(struct table_walk *w, struct str *key, struct str *value);

#endif
