/* This build writes no JSON. */
#include "connect/json.h"

const char json_library[] = "";

bool
json_news(struct buf *out, const struct news *n)
{
	(void)out;
	(void)n;
	return false;
}
