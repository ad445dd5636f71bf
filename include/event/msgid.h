/* The message id of an event (message-ids): its number, so that ids sort as the events do. */
#ifndef EVENT_MSGID_H
#define EVENT_MSGID_H

#include "base/str.h"

enum { MSGID_LENGTH = 13 }; /* base 36, lower case, zeros in front */

/* Writes MSGID_LENGTH characters and no NUL; returns the view of them. */
struct str msgid_text(uint64_t number, char out[MSGID_LENGTH]);
/* The number of a msgid; false when it is none of ours. */
bool msgid_number(struct str text, uint64_t *out);

#endif
