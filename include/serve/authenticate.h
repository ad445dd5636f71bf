/* A SASL exchange of a session: AUTHENTICATE and what ends it. */
#ifndef SERVE_AUTHENTICATE_H
#define SERVE_AUTHENTICATE_H

#include "serve/session.h"

/* "PLAIN,SCRAM-SHA-256", and EXTERNAL on a Unix socket; empty: this build has none. */
struct str authentication_mechanisms(const struct session *s, char *out, size_t size);
void authentication_end(struct session *s);   /* says nothing; safe when there is none */
void authentication_abort(struct session *s); /* 906, when there is one */

#endif
