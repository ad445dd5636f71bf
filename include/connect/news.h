/* What the server told, in the form in which it is shown: on a screen, as text, as JSON. */
#ifndef CONNECT_NEWS_H
#define CONNECT_NEWS_H

#include "base/str.h"

enum news_kind {
	NEWS_MESSAGE,
	NEWS_ACTION, /* /me */
	NEWS_NOTICE, /* from a person or the server */
	NEWS_JOIN,   /* to: channel */
	NEWS_PART,   /* to: channel; text: why */
	NEWS_KICK,   /* to: channel; object: who has to go; text: why */
	NEWS_QUIT,   /* text: why */
	NEWS_NICK,   /* to: the new name */
	NEWS_TOPIC,  /* to: channel; text */
	NEWS_MODE,   /* to: channel or person; text */
	NEWS_INVITE, /* to: who is invited; object: channel */
	/* What follows is for a person at a terminal: answers, not events. */
	NEWS_NAMES, /* to: channel, of which the roster now knows all names */
	NEWS_REPLY, /* text: an answer of the server */
	NEWS_MOTD,  /* text: a line of the server's message of the day */
	NEWS_ERROR, /* to: what it is about, may be empty; text: what the server refuses, and why */
	NEWS_KINDS
};

/* The views live as long as the line that they came in. */
struct news {
	enum news_kind kind;
	int64_t time;    /* wall ms; as the server tells it (`timed`), else when it came */
	struct str from; /* nick, or the server's name */
	struct str to;
	struct str object;
	struct str text;
	struct str id; /* msgid; empty when the server gives none */
	bool timed;    /* the time is the server's */
	bool server;   /* from the server itself, not a person */
	bool own;      /* by or (KICK) to ourselves */
	bool missed;   /* said while we were not there, and fetched since */
	bool past;     /* said before we came, and shown on joining */
};

const char *news_kind_name(enum news_kind kind); /* "message": as in JSON; never NULL */

#endif
