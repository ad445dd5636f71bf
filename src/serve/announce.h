/* Between announce.c (who is told of what) and announce_message.c (of messages) alone. */
#ifndef SRC_SERVE_ANNOUNCE_H
#define SRC_SERVE_ANNOUNCE_H

#include "serve/announce.h"

/* The line to all devices of the user. */
void deliver_user(const struct user *u, const struct event *ev, enum line_kind kind);
/* A labelled command's own line carries the label: the one who asked is told apart from the
 * rest. NULL: with the rest. */
struct session *told_apart(struct session *by);
void tell_channel(struct server *sv, struct session *by, const struct event *ev);

/* The rows of these events. */
void announce_message(struct server *sv, struct session *by, struct event *ev);
void announce_redact(struct server *sv, struct session *by, struct event *ev);

#endif
