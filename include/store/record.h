/* What is kept of one event: enough to show it again to those who may see it. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "event/event.h"

/*
 * The views are lent: to store_append for the call, from a page for the time of its done().
 * A channel's rows are found under its folded name. A private conversation's under the two
 * identities, sorted, with a comma between: no nick or account has one.
 */
struct record {
	uint64_t
	    number; /* of the event: unique, grows with time (event_time); the msgid tells it */
	enum event_kind kind;
	char status;        /* STATUSMSG prefix '@' or '+', or 0 */
	struct str target;  /* where it is found; at most STORE_TARGET_MOST bytes */
	struct str shown;   /* the channel or nick that it went to, as it was written */
	struct str source;  /* nick!user@host; empty: the server */
	struct str account; /* of the source; empty: none */
	struct str object;  /* KICK: nick; NICK: the new nick; MODE: "+o nick" is in text */
	struct str text, tags;
	struct str identity;  /* whose message this is for client_id: account, else "!" and nick */
	struct str client_id; /* of sockchat/id; empty: none */
};

enum { STORE_TARGET_MOST = 160 };

#endif
