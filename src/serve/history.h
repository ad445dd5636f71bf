/* What the files of CHATHISTORY share. */
#ifndef SRC_SERVE_HISTORY_H
#define SRC_SERVE_HISTORY_H

#include "serve/chathistory.h"
#include "serve/session.h"

/* CHATHISTORY TARGETS. */
void history_targets(struct session *s, const struct history_request *r);
/* FAIL CHATHISTORY MESSAGE_ERROR. */
void history_failed(struct session *s, const char *subcommand, struct str target, const char *why);

#endif
