/* Lines entered before, and the place of somebody walking through them. */
#ifndef TERM_HISTORY_H
#define TERM_HISTORY_H

#include "base/buf.h"

enum { HISTORY_MOST = 500 }; /* lines; the oldest goes */

struct history {
	char *lines[HISTORY_MOST]; /* owned; oldest first */
	size_t count;
	size_t at;        /* the line shown; count: the unfinished one */
	struct buf draft; /* the unfinished line, while another is shown */
};

void history_init(struct history *h, size_t line_most);
void history_free(struct history *h);
void history_add(struct history *h, struct str line); /* unless empty or the same as the last one */
/* back to the unfinished line, which is forgotten */
void history_leave(struct history *h);
/* One line older or newer; `now` is what is being typed. False: there is none, *shown is
 * unchanged. */
bool history_older(struct history *h, struct str now, struct str *shown);
bool history_newer(struct history *h, struct str *shown);

#endif
