/*
 * What changed of users and has no row in the store: away, account, real name, shown host. Whoever
 * could not be told of it, because it reads too slowly, is told once what these have come to.
 *
 * Remembered is one entry for each user: the last change of all of these. They are let go when
 * nobody is left who may have to be told.
 */
#ifndef SERVE_CHANGES_H
#define SERVE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHANGES_FEW = 64,        /* so many are nothing to think about */
	CHANGES_AGE = 10 * 1000, /* ms: younger ones may still be queued for anybody */
	CHANGES_PAGE = 8 * 1024, /* bytes of lines that are told at once */
};

struct event;
struct server;
struct session;
struct user;

struct changes {
	struct table *users; /* struct change by user; the latest change last. NULL: none yet */
	size_t most;         /* with so many, those that nobody needs are looked for */
	uint64_t blind;      /* a change up to this event was not remembered: memory was short */
};

/* The event took effect. */
void changes_note(struct server *sv, const struct event *ev);
/* The user leaves. */
void changes_forget(struct server *sv, const struct user *u);
void changes_free(struct changes *all);

/*
 * Tells the session how users it shares a channel with are now, of those that changed behind event
 * *after; a page at a time, whose bytes are *told. *after becomes the last it was told of. True: it
 * knows all.
 */
bool changes_tell(struct session *s, uint64_t *after, size_t *told);

#endif
