/*
 * The text of a message of several lines (IRCv3 draft/multiline) as one string: LF begins a new
 * line, CR a part that continues the line before it. Neither can be in a line of IRC.
 */
#ifndef IRC_MULTILINE_H
#define IRC_MULTILINE_H

#include "base/str.h"

enum { MULTILINE_NEW = '\n', MULTILINE_JOINED = '\r' };

bool multiline_is(struct str text);        /* has more than one part */
unsigned multiline_count(struct str text); /* parts: at least 1 */

/* for (struct multiline w = multiline_walk(text); multiline_next(&w, &part);) w.joined: the part
 * continues the line before it. */
struct multiline {
	struct str rest;
	bool more, joined;
	bool joins; /* the next one will */
};
struct multiline multiline_walk(struct str text);
bool multiline_next(struct multiline *w, struct str *part);

#endif
