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
clock_micros(void)
{
	struct timespec t;

	if (fake_monotonic >= 0 || clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		return clock_monotonic() * 1000;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
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

/* ---- reading --------------------------------------------------------------------------------- */

/* Takes `count` digits and then `end` (0: nothing) off the front. */
static bool
eat_number(struct str *text, size_t count, char end, int *out)
{
	int64_t number;
	struct str digits = str_first(*text, count);

	for (size_t i = 0; i < digits.len; i++)
		if (!ascii_is_digit(digits.p[i]))
			return false;
	if (digits.len != count || !str_to_int64(digits, &number))
		return false;
	*out = (int)number;
	*text = str_from_byte(*text, count);
	return end == 0 || str_eat(text, end);
}

/* ".678": thousandths; what is finer is dropped. */
static bool
eat_fraction(struct str *text, int *thousandths)
{
	int scale = 100;
	size_t digits = 0;

	*thousandths = 0;
	if (!str_eat(text, '.'))
		return true;
	for (; text->len > 0 && ascii_is_digit(text->p[0]); digits++, scale /= 10) {
		*thousandths += (text->p[0] - '0') * scale;
		*text = str_from_byte(*text, 1);
	}
	return digits > 0 && digits <= 9;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Since 1970-01-01. */
static int64_t
days_before(int year, int month, int day)
{
	int past = year - 1;
	int64_t days = (int64_t)(year - 1970) * 365 + (past / 4 - past / 100 + past / 400) -
		       (1969 / 4 - 1969 / 100 + 1969 / 400);

	for (int m = 1; m < month; m++)
		days += days_of_month(year, m);
	return days + day - 1;
}

bool
clock_parse(struct str text, int64_t *wall)
{
	int year, month, day, hour, minute, second, thousandths;

	if (!eat_number(&text, 4, '-', &year) || !eat_number(&text, 2, '-', &month) ||
	    !eat_number(&text, 2, 'T', &day) || !eat_number(&text, 2, ':', &hour) ||
	    !eat_number(&text, 2, ':', &minute) || !eat_number(&text, 2, 0, &second) ||
	    !eat_fraction(&text, &thousandths) || !str_eat(&text, 'Z') || text.len > 0)
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
	    hour > 23 || minute > 59 || second > 60)
		return false;
	*wall = ((days_before(year, month, day) * 24 + hour) * 60 + minute) * 60000 +
		second * 1000 + thousandths;
	return true;
}
