/*
 * Whether anybody is at the devices of a user. AWAY with a text or without one is about the user,
 * whichever device it comes from. AWAY * (draft/pre-away) is about the device: nobody is there, as
 * if it were not connected. A user whose devices are all like that is away, with the text "*",
 * unless it said why; it is back when somebody is at one of them. Who is kept without any device
 * stays as it was when the last one left.
 */
#ifndef SERVE_AWAY_H
#define SERVE_AWAY_H

#include "serve/session.h"

/* AWAY; an empty text: back. It is answered. */
void away_say(struct session *s, struct str text);
/* The same before the end of registration, at which it takes effect. */
void away_say_early(struct session *s, struct str text);
/* A new device of its user, which may be new as well. */
void away_device_comes(struct session *s);
/* It is going to be detached from a user that stays, or from one that was just killed. */
void away_device_leaves(const struct session *s);

#endif
