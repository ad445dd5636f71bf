/* Lines of ours on the way out. For the session's files. */
#ifndef CONNECT_SENDING_H
#define CONNECT_SENDING_H

#include "connect/session.h"

enum { SENDING_LINE_MOST = 8192 }; /* bytes of a line, whatever the server allows */

/* A line that left the box: acknowledged, or refused. */
void sending_settled(struct session *s, struct outgoing *line /* taken */);

#endif
