/* How long to wait before connecting again. */
#include "connect/backoff.h"

int64_t
backoff_next(struct backoff *b, uint32_t chance)
{
	int64_t delay = BACKOFF_FIRST;

	for (unsigned i = 0; i < b->attempts && delay < BACKOFF_MOST; i++)
		delay *= 2;
	if (delay > BACKOFF_MOST)
		delay = BACKOFF_MOST;
	b->attempts++;
	return delay / 2 + (int64_t)chance % (delay / 2 + 1);
}
