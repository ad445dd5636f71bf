/* Events as lines: the same event in each form. No state but a cache of the time's text. */
#ifndef SERVE_RENDER_H
#define SERVE_RENDER_H

#include "event/event.h"
#include "serve/form.h"
#include "serve/line.h"

/* Which line of an event: most have one. */
enum line_kind {
	LINE_EVENT,   /* what happened */
	LINE_AWAY,    /* the actor of a JOIN is away */
	LINE_INVITED, /* invite-notify: told to others */
	LINE_QUIT,    /* KILL, to all others; HOST, to those without chghost */
	/* HOST, to those without chghost: the user comes again */
	LINE_AGAIN,        /* JOIN */
	LINE_AGAIN_STATUS, /* MODE: what it is there */
	LINE_AGAIN_AWAY,
	LINE_ONLINE,  /* MONITOR, of CONNECT and NICK: 730 with whom it is now */
	LINE_OFFLINE, /* of QUIT, KILL and NICK: 731 with whom it was */
};

struct render_names {
	struct str server; /* the server's name */
	struct str lobby;  /* plain lines name the channel unless it is this one */
};

/* The bytes that the event's line may need, or lines, of a message of several. */
size_t render_room(const struct event *ev);
/*
 * Writes the whole line, its end included, into `room` (render_room bytes); returns its length: 0
 * when this form does not show it. An IRC line is cut to 512 bytes without its tags. A message of
 * several lines (irc/multiline.h) is several lines, as a batch where the form knows that.
 */
size_t render_event(const struct render_names *names, const struct event *ev, enum line_kind kind,
    const struct form *f, char *room);

/* What a line has besides the event's own. */
struct render_extra {
	struct str batch; /* the reference of the batch that it is part of; empty: none */
	bool past;        /* it is told again: any kind of event has its msgid */
};
/* The same with it. The plain dialect knows nothing of it. */
size_t render_with(const struct render_names *names, const struct event *ev, enum line_kind kind,
    const struct form *f, const struct render_extra *extra, char *room);

/* The tags of a line that is no event's: "@time=... " for those who have server-time, else
 * nothing. */
void render_reply_tags(struct line *l, cap_set caps);
/* Cuts the text behind `body` to 510 bytes, adds CR LF. */
void line_finish(struct line *l, char *body);

/* Appends s without what a terminal could take for more than text: for the plain dialect. */
void line_plain_text(struct line *l, struct str s);

#endif
