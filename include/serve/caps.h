/* The capabilities that this server offers to a session, and their values. */
#ifndef SERVE_CAPS_H
#define SERVE_CAPS_H

#include "serve/session.h"

enum { CAP_VALUE_ROOM = 128 };

cap_set caps_offered(const struct session *s);
/* What follows "=" in CAP LS 302; empty: nothing does. */
struct str cap_value(const struct session *s, enum cap c, char out[CAP_VALUE_ROOM]);

#endif
