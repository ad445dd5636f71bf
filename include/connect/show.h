/* News as lines on a person's screen. */
#ifndef CONNECT_SHOW_H
#define CONNECT_SHOW_H

#include "connect/session.h"
#include "term/view.h"

enum { SHOW_NAMES_MOST = 200 }; /* names listed for one channel; more are counted */

/* What was fetched and shown last: a headline stands where that changes. */
struct fetched {
	bool is;   /* the last news were of the past */
	bool past; /* from before we came, rather than missed */
	char where[ROSTER_NAME_MOST + 1];
	int day; /* a number that differs from every other local day's */
};

/* The headline that these news need, if they were fetched. */
void show_fetched(
    struct view *v, const struct session *s, const struct news *n, struct fetched *last);
/* True when the person is meant: named, or addressed in private outside the current talk. */
bool show_news(struct view *v, const struct session *s, const struct news *n);
/* A line of our own that the server has. */
void show_own(struct view *v, const struct session *s, const struct outgoing *line);
/* What the program itself has to say. */
void show_note(struct view *v, enum view_style style, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Whether the text names the nick: as a word of its own, in any case. */
bool show_mentions(struct str text, struct str nick);

#endif
