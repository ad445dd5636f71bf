/* Time in milliseconds, real or fake. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t fake_monotonic = -1, fake_wall = -1;

static int64_t
now(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) == -1)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_monotonic(void)
{
	return fake_monotonic >= 0 ? fake_monotonic : now(CLOCK_MONOTONIC);
}

int64_t
clock_wall(void)
{
	return fake_wall >= 0 ? fake_wall : now(CLOCK_REALTIME);
}

void
clock_fake(int64_t monotonic, int64_t wall)
{
	fake_monotonic = monotonic;
	fake_wall = wall;
}

size_t
clock_iso(int64_t wall, char out[CLOCK_ISO_SIZE])
{
	time_t seconds = (time_t)(wall / 1000);
	struct tm tm;
	char text[80];

	if (gmtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(wall % 1000));
	snprintf(out, CLOCK_ISO_SIZE, "%.24s", text);
	return CLOCK_ISO_SIZE - 1;
}
