/* What is wrong with a configuration, collected: everything is said at once. */
#ifndef CLI_PROBLEMS_H
#define CLI_PROBLEMS_H

#include "base/buf.h"

enum {
	PROBLEM_MOST = 6 * 1024, /* bytes of one: the longest path there is, and a sentence */
	PROBLEMS_MOST = 50,      /* so many are told; a file with more is hardly a configuration */
};

struct problems {
	size_t count;    /* all of them */
	struct buf text; /* one line each, a newline behind every one */
};

#define PROBLEMS_INIT                                    \
	{                                                \
		0, BUF_INIT(PROBLEMS_MOST *PROBLEM_MOST) \
	}

void problems_free(struct problems *p);
/* One sentence, no newline. */
void problems_add(struct problems *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The candidate nearest to a word that was not found, when it is near enough to be meant. */
enum { NEAREST_MOST = 64 }; /* bytes of a candidate */
struct nearest {
	struct str word;
	char best[NEAREST_MOST + 1]; /* "": none is near */
	unsigned distance;
};
#define NEAREST_INIT(w)     \
	{                   \
		.word = (w) \
	}
void nearest_try(struct nearest *n, struct str candidate);

#endif
