/*
 * MONITOR: who wants to know when a nick comes and goes. One table by nick, of those that anybody
 * watches, has the sessions that do; each session has a list of what it watches. Nothing is done
 * for a nick that nobody watches, nor for who watches none.
 */
#ifndef SERVE_MONITOR_H
#define SERVE_MONITOR_H

#include "serve/session.h"

/*
 * Those with extended-monitor who watch the user, are somebody else and share no channel with it:
 * who shares one is told anyway.
 * for (struct monitor_walk w = monitor_walk(sv, u); (s = monitor_next(&w)) != NULL;)
 */
struct monitor_walk {
	const struct user *user;
	const struct monitor *next;
};
struct monitor_walk monitor_walk(const struct server *sv, const struct user *u);
struct session *monitor_next(struct monitor_walk *w);
/* The same of all who watch the user, whatever they have and share. */
struct session *monitor_next_any(struct monitor_walk *w);
bool monitor_watches(const struct session *s, const struct user *u);
/* Those whom the session watches and who are here: with *after NULL at first; NULL at the end. */
struct user *monitor_next_seen(const struct session *s, const struct monitor **after);

/* The event took effect, and was announced: those who watch whom it concerns are told. */
void monitor_tell(struct server *sv, const struct event *ev);

static inline void
monitor_note(struct server *sv, const struct event *ev)
{
	if (sv->monitored != NULL)
		monitor_tell(sv, ev);
}

/* The session watches nobody any more. */
void monitor_forget(struct session *s);

#endif
