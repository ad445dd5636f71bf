/*
 * Work for a helper thread, and its way back to the loop. The thread owns no chat state: a job
 * carries copies in, and results out. `done` runs on the loop's thread.
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <stdbool.h>

#include "base/err.h"

struct job {
	void (*work)(struct job *j); /* on the helper thread */
	void (*done)(struct job *j); /* on the loop's thread, from mailbox_deliver; frees the job */
	bool cancelled;              /* set when it was never worked on: the mailbox ended first */
	struct job *next;            /* the mailbox's */
};

struct mailbox;

/* Starts one helper thread. NULL on failure. */
struct mailbox *mailbox_new(struct err *e);
/*
 * Waits for the job in work, starts no other; every job still held gets its done(). NULL is
 * allowed.
 */
void mailbox_free(struct mailbox *m);

/* Readable when results wait: to be watched by the loop, which then calls mailbox_deliver. */
int mailbox_fd(const struct mailbox *m);
/* The job is taken; false when MAILBOX_LIMIT jobs wait already: then it is still the caller's. */
bool mailbox_post(struct mailbox *m, struct job *j);
void mailbox_deliver(struct mailbox *m);

enum { MAILBOX_LIMIT = 64 };

#endif
