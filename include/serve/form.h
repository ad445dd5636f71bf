/*
 * A form is everything that changes how a line looks: the rendering capabilities, the dialect, and
 * whether lines go out as they are or as messages of a WebSocket.
 * Sessions with equal forms share one rendering of each line. Forms are interned: few exist.
 */
#ifndef SERVE_FORM_H
#define SERVE_FORM_H

#include "irc/caps.h"
#include "net/chunk.h"
#include "net/wsframe.h"

struct form {
	cap_set caps; /* those of FORM_CAPS only */
	bool plain;   /* the plain dialect */
	uint8_t wrap; /* enum ws_opcode of the messages that lines are; 0: lines as they are */
	uint16_t id;  /* place in the table */
	/* The rendering of one event for single recipients: made once, pushed to each. */
	uint64_t rendered;  /* number of that event; 0: none */
	uint32_t rendering; /* which of the event's lines; events may have several */
	struct chunk *chunk;
	uint32_t from, to;
};

/* The capabilities that decide how, or whether, a line is shown. */
#define FORM_CAPS                                                                             \
	(CAP_BIT(CAP_MESSAGE_TAGS) | CAP_BIT(CAP_SERVER_TIME) | CAP_BIT(CAP_EXTENDED_JOIN) |  \
	    CAP_BIT(CAP_AWAY_NOTIFY) | CAP_BIT(CAP_INVITE_NOTIFY) | CAP_BIT(CAP_SETNAME) |    \
	    CAP_BIT(CAP_ACCOUNT_NOTIFY) | CAP_BIT(CAP_ACCOUNT_TAG) | CAP_BIT(CAP_REDACTION) | \
	    CAP_BIT(CAP_MULTILINE) | CAP_BIT(CAP_CHGHOST) | CAP_BIT(CAP_RELAYMSG))

/* 2^12 of IRC, but a quarter that is like another, and one plain, each in three ways: never full */
enum { FORMS_MOST = 3 * 3073 };

struct forms {
	struct form at[FORMS_MOST];
	unsigned count;
};

static inline bool
form_has(const struct form *f, enum cap c)
{
	return (f->caps & CAP_BIT(c)) != 0;
}

struct form *form_get(struct forms *all, cap_set caps, bool plain, unsigned wrap);

/* What is rendered are lines; as the form has them they need so much room, */
static inline size_t
form_room(const struct form *f, size_t len)
{
	return f->wrap == 0 ? len : ws_frame_room(len);
}

/* and are made so, in place: the last that is done to them. Returns their length. */
static inline size_t
form_wrap(const struct form *f, char *room, size_t len)
{
	return f->wrap == 0 ? len : ws_frame_lines((enum ws_opcode)f->wrap, room, len);
}

#endif
