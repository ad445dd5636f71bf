/*
 * Kept presences: a user of an account that wants it stays, in its channels, while no device is
 * connected, also over a restart. The store keeps a state text for each ("presence/ACCOUNT").
 */
#ifndef SERVE_PRESENCE_H
#define SERVE_PRESENCE_H

#include "serve/session.h"

enum presence_policy { PRESENCE_NO, PRESENCE_OPT_IN, PRESENCE_OPT_OUT };

/* Whether the user stays when its last device leaves. */
bool presence_is_kept(const struct server *sv, const struct user *u);
/* Those that the store has are users again, in their channels. Behind accounts and channels. */
int presence_open(struct server *sv, struct err *e);

/* The event took effect and is settled: what it changed of somebody who is kept goes to the
 * store. */
void presence_note(struct server *sv, const struct event *ev);
/* The same of an event that ends a user, before it is settled. */
void presence_note_end(struct server *sv, const struct event *ev);
/* The account's wish, or the setting, has changed. */
void presence_changed(struct server *sv, const struct user *u);
/* Nobody is to be restored for this account. */
void presence_forget(struct server *sv, struct str account);
/* The account is removed: whoever only its presence kept here leaves. */
void presence_end(struct server *sv, struct str account);

#endif
