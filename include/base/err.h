/* Why something failed, as one sentence for a person, and the program's exit codes. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/compat.h"

/* Exit codes: each means one thing; listed in sockchat(1). */
enum exit_code {
	EXIT_DONE = 0,     /* as a filter: every line was acknowledged */
	EXIT_INTERNAL = 1, /* memory, a bug, a system call that cannot fail */
	EXIT_USAGE = 2,
	EXIT_CONFIG = 3,
	EXIT_NETWORK = 4, /* refused, unresolved, unreachable, in use, timed out */
	EXIT_REFUSED = 5, /* the server refused, or the end came with lines unacknowledged */
	EXIT_STORE = 6,
};

struct err {
	char text[512]; /* one sentence, no newline; "" when nothing failed */
};

/* Both set the text (over-long text is cut) and return -1, so that a function can end with them. */
int err_set(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ... and ": " and what errno means. errno is kept. */
int err_errno(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
