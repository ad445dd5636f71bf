/* One outgoing line being written into memory that was made large enough for any line. */
#ifndef SERVE_LINE_H
#define SERVE_LINE_H

#include <string.h>

#include "base/str.h"
#include "irc/limits.h"

enum {
	/* client tags that are repeated with the further lines of a message; longer ones are not */
	FURTHER_TAGS_MOST = 512,
	/* client tags, and time, msgid, label or batch */
	LINE_TAGS_ROOM = IRC_CLIENT_TAGS_MOST + 256,
	/* and the text: IRC's 512, or a plain line's more */
	LINE_ROOM = LINE_TAGS_ROOM + 4 * 1024,
	/* each further line of a message of several: its tags, text and end */
	FURTHER_LINE_ROOM = 256 + FURTHER_TAGS_MOST + IRC_LINE_MOST,
};

/* What does not fit before `end` is cut, at a character's boundary when the line is finished. */
struct line {
	char *start, *at, *end;
	bool cut;
};

static inline void
line_str(struct line *l, struct str s)
{
	size_t room = (size_t)(l->end - l->at);

	if (s.len > room) {
		l->cut = true;
		s.len = room;
	}
	if (s.len > 0)
		memcpy(l->at, s.p, s.len);
	l->at += s.len;
}

static inline void
line_text(struct line *l, const char *z)
{
	line_str(l, (struct str){ z, strlen(z) });
}

static inline void
line_char(struct line *l, char c)
{
	line_str(l, (struct str){ &c, 1 });
}

#define LINE_LIT(l, literal) line_str(l, STR(literal))

#endif
