/* How long to wait before connecting again: twice as long each time, with chance in it. */
#ifndef CONNECT_BACKOFF_H
#define CONNECT_BACKOFF_H

#include <stdint.h>

enum {
	BACKOFF_FIRST = 1000, /* ms; of each delay between half and all is used, by chance, */
	BACKOFF_MOST = 30000, /* so that a thousand clients do not come back in one moment */
};

/* All zero is the state at the start, and after success. */
struct backoff {
	unsigned attempts;
};

/* The delay before the next attempt in ms, which it counts; `chance` is any random number. */
int64_t backoff_next(struct backoff *b, uint32_t chance);

#endif
