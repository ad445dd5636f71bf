/*
 * Who hears a channel: the connections of its members in dense arrays ("lanes"), one for each form,
 * kept by the verdicts of joins and leaves. A line is rendered once for a lane, into its chunk of
 * this turn, and each connection of the lane gets the same range.
 *
 *     audience -> lane (form 0) [conn conn conn ...]  chunk "…:a PRIVMSG #c :hi\r\n…"
 *              -> lane (form 3) [conn conn]           chunk "@time=…;msgid=… :a PRIVMSG …"
 */
#ifndef SERVE_AUDIENCE_H
#define SERVE_AUDIENCE_H

#include "serve/session.h"

struct lane {
	struct form *form;
	struct conn **conns;
	uint32_t count, cap;
	struct chunk *chunk; /* NULL until something is said this turn */
};

struct audience {
	struct lane *lanes;
	uint32_t count, cap;
	uint32_t people; /* over all lanes */
	/* No message was said in the channel behind this number: where to look for the last ones
	 * without walking past all who joined since. 0: it is not known. */
	uint64_t spoken;
};

/* Takes a place in / leaves the channel's audience; an audience nobody is in is freed. False: no
 * memory. */
bool audience_join(struct session *s, struct channel *c);
void audience_leave(struct session *s, struct channel *c);
void audience_leave_all(struct session *s);
void audience_free_seats(struct session *s); /* of who has left all of them */

/* The line to all of the channel but `except` (NULL: none). */
void audience_tell(struct server *sv, const struct channel *c, const struct event *ev,
    enum line_kind kind, const struct session *except);
/* The line to all of the channel who are not `u`, and are shown it there. */
void audience_tell_others(struct server *sv, const struct channel *c, const struct user *u,
    const struct event *ev, enum line_kind kind);
/* The line to the channel's operators who are not `u`: of what an auditorium hides. */
void audience_tell_operators(struct server *sv, const struct channel *c, const struct user *u,
    const struct event *ev, enum line_kind kind);
/* The line to all who share a channel with `u` and are shown it there, once each, but not to
 * `u`. */
void audience_tell_common(
    struct server *sv, const struct user *u, const struct event *ev, enum line_kind kind);

/* At the end of a turn: nothing more is appended to its chunks. */
void audience_close_turn(struct server *sv);

#endif
