/* Events as lines for people at a bare terminal. */
#ifndef SRC_SERVE_RENDER_PLAIN_H
#define SRC_SERVE_RENDER_PLAIN_H

#include "serve/render.h"

size_t render_plain(
    const struct render_names *names, const struct event *ev, enum line_kind kind, char *room);

#endif
