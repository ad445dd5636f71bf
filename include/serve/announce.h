/* The only code that turns an event into lines: who hears it, and what the one who asked is
 * told. */
#ifndef SERVE_ANNOUNCE_H
#define SERVE_ANNOUNCE_H

#include "serve/session.h"

/* The event took effect: its audience hears it, each in its form. `by` asked for it (NULL: the
 * server). */
void announce(struct server *sv, struct session *by, struct event *ev);
/* It was refused: a numeric to the one who asked. */
void announce_refusal(struct session *by, const struct event *ev, enum verdict v);

/* One change of a MODE did not take effect; OK and NOTHING say nothing. */
void announce_mode_refusal(struct session *by, const struct event *ev, const struct mode_change *m);

/* What took effect of a MODE's changes from *next on, as one line has room for; empty: nothing. */
struct str announce_mode_changes(
    const struct server *sv, const struct event *ev, unsigned *next, char out[IRC_TEXT_MOST]);
/* Why somebody quits whom a KILL ended, as all are told. */
struct str announce_kill_reason(
    const struct server *sv, const struct event *ev, char out[IRC_TEXT_MOST]);

/* Who speaks for a user: one of its devices, which are a list by next_device. NULL: nobody. */
struct session *session_of(const struct user *u);

/* What who has come into a channel is told of it: topic, read marker, and who is there, but for
 * those who do not want that last (no-implicit-names). */
void reply_entered(struct session *s, const struct channel *c);
/* NAMES of one channel, as the session may see it, end included. */
void reply_names(struct session *s, const struct channel *c);
void reply_topic(struct session *s, const struct channel *c, bool even_none);

#endif
