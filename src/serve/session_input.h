/* Between session.c (how a session begins and ends) and session_input.c (how it goes on) alone. */
#ifndef SRC_SERVE_SESSION_INPUT_H
#define SRC_SERVE_SESSION_INPUT_H

#include "serve/session.h"

enum { SESSION_TOKENS_A_LINE = 1000 }; /* of session->tokens, that a line costs */

/* The connection's handlers (net/conn.h), and the timer's. */
size_t session_bytes(struct conn *c, struct str in);
void session_end_of_input(struct conn *c);
void session_drained(struct conn *c);
void session_timer(struct timer *t);

#endif
