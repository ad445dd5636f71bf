/* What an IRC line says behind its source: a row for each event, and for its other lines. */
#ifndef SRC_SERVE_RENDER_ROWS_H
#define SRC_SERVE_RENDER_ROWS_H

#include "serve/render.h"

/* The verb and what follows, the capabilities without which it is not shown, and whether it has a
 * msgid: where one event is one row of history and one line. Some lines are for those who lack a
 * capability alone. */
struct irc_row {
	struct str verb;
	void (*rest)(struct line *l, const struct event *ev, const struct form *f);
	cap_set needs;
	bool id;
	cap_set lacks;
};

/* Never NULL. */
const struct irc_row *render_row(const struct event *ev, enum line_kind kind);

static inline void
line_add_trailing(struct line *l, struct str text)
{
	LINE_LIT(l, " :");
	line_str(l, text);
}

#endif
