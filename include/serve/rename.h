/* A channel got another name: who is told, and what else goes by the name. */
#ifndef SERVE_RENAME_H
#define SERVE_RENAME_H

#include "serve/session.h"

/* RENAME to those who know it, and plain clients; the others leave and come again. */
void announce_rename(struct server *sv, struct session *by, struct event *ev);
/* History, notes, registration and presences follow the name. */
void rename_note(struct server *sv, const struct event *ev);

#endif
