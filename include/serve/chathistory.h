/* What a CHATHISTORY command asks for (IRCv3 draft/chathistory): its words as numbers of events.
 * No I/O, no allocation. */
#ifndef SERVE_CHATHISTORY_H
#define SERVE_CHATHISTORY_H

#include "irc/message.h"

enum history_what { HISTORY_ROWS, HISTORY_AROUND, HISTORY_TARGETS };

struct history_request {
	enum history_what what;
	struct str target;      /* a channel or nick as it was written; not of TARGETS */
	uint64_t after, before; /* numbers, both exclusive; 0 and UINT64_MAX are open */
	uint64_t middle;        /* of AROUND: the first number that counts as behind it */
	bool newest;            /* those nearest to `before`, else nearest to `after` */
	unsigned limit;
};

enum history_fault {
	HISTORY_FINE,
	HISTORY_UNKNOWN, /* no such subcommand */
	HISTORY_TOO_FEW, /* parameters */
	HISTORY_TOO_MANY,
	HISTORY_NO_REFERENCE, /* neither timestamp= nor msgid=; of TARGETS also a msgid */
	HISTORY_BAD_TIMESTAMP,
	HISTORY_BAD_MSGID,
	HISTORY_BAD_LIMIT,
	HISTORY_FAULTS
};

/* m->params[0] is the subcommand. More than `most` rows asked for: `most`. On a fault, *wrong is
 * the word that is to blame, or empty. */
enum history_fault history_parse(
    const struct irc_message *m, unsigned most, struct history_request *out, struct str *wrong);
/* "timestamp=...": the moment in ms. False: it is none. */
bool history_timestamp(struct str word, int64_t *wall);
/* The least number that an event of this moment may have; moments out of reach: the nearest. */
uint64_t history_number_at(int64_t wall);
const char *history_fault_text(enum history_fault f); /* a sentence for people */

#endif
