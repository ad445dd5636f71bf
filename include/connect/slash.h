/* What a person types: text for the conversation, or a /command. Rows in a table; no I/O. */
#ifndef CONNECT_SLASH_H
#define CONNECT_SLASH_H

#include "base/err.h"
#include "connect/session.h"

enum slash_kind {
	SLASH_TEXT,    /* text: to be said ("//x" is the text "/x") */
	SLASH_COMMAND, /* row, text: what stands behind it */
	SLASH_UNKNOWN, /* text: the command as typed; row: what it may be meant to be, or NULL */
	SLASH_LEAVE,   /* "exit" or "\quit" alone */
	SLASH_NOTHING, /* an empty line */
};

struct slash_command {
	const char *name; /* without the slash */
	const char *usage;
	const char *help; /* a sentence without its full stop */
	bool online;      /* needs a connection */
	bool needs_words; /* nothing behind it is an error */
	/* -1 and a sentence: nothing was done. Answers for the person go through session_tell. */
	int (*run)(struct session *s, struct str words, struct err *e);
};

struct slash {
	enum slash_kind kind;
	const struct slash_command *row;
	struct str text;
};

extern const struct slash_command slash_commands[]; /* sorted by name */
extern const size_t slash_command_count;

struct slash slash_parse(struct str line);
const struct slash_command *slash_find(struct str name); /* any case; NULL when there is none */

/* What the line asks for is done: said, commanded. -1 and a sentence for the person when it cannot
 * be, and the line is to be kept. *leave: the person wants to go (QUIT is said). `number` goes with
 * a line that is said. */
int slash_enter(struct session *s, struct str line, uint64_t number, bool *leave, struct err *e);

#endif
