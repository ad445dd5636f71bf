/* Borrowed views of bytes. */
#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int
str_int(struct str s)
{
	return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

struct str
str_from(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_eq_nocase(struct str a, struct str b)
{
	return a.len == b.len && str_compare_nocase(a, b) == 0;
}

int
str_compare(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int
str_compare_nocase(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		int x = (unsigned char)ascii_lower(a.p[i]);
		int y = (unsigned char)ascii_lower(b.p[i]);
		if (x != y)
			return x - y;
	}
	return (a.len > b.len) - (a.len < b.len);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_first(s, prefix.len), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_from_byte(s, s.len - suffix.len), suffix);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = str_from_byte(s, 1);
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

size_t
str_find(struct str s, char c)
{
	const char *at = s.len ? memchr(s.p, c, s.len) : NULL;

	return at ? (size_t)(at - s.p) : s.len;
}

bool
str_has_any(struct str s, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		if (str_find(s, *bytes) < s.len)
			return true;
	return false;
}

bool
str_contains(struct str s, struct str part)
{
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (str_eq(str_first(str_from_byte(s, i), part.len), part))
			return true;
	return false;
}

void
str_skip(struct str *s, char c)
{
	while (str_eat(s, c))
		;
}

struct str
str_cut(struct str *s, char c)
{
	size_t at = str_find(*s, c);
	struct str head = str_first(*s, at);

	*s = str_from_byte(*s, at < s->len ? at + 1 : at);
	return head;
}

struct str
str_word(struct str *s)
{
	size_t n = 0;
	struct str word;

	while (s->len > 0 && is_blank(s->p[0]))
		*s = str_from_byte(*s, 1);
	while (n < s->len && !is_blank(s->p[n]))
		n++;
	word = str_first(*s, n);
	*s = str_from_byte(*s, n);
	return word;
}

bool
str_to_int64(struct str s, int64_t *out)
{
	bool negative = str_eat(&s, '-');
	int64_t value = 0; /* below zero, where there is room for one more */

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_digit(s.p[i]))
			return false;
		int digit = s.p[i] - '0';
		if (value < (INT64_MIN + digit) / 10)
			return false;
		value = value * 10 - digit;
	}
	if (!negative && value == INT64_MIN)
		return false;
	*out = negative ? value : -value;
	return true;
}

char *
str_dup(struct str s)
{
	char *copy = malloc(s.len + 1);

	if (copy == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return copy;
}

size_t
str_copy(char *out, size_t size, struct str s)
{
	size_t n;

	if (size == 0)
		return 0;
	n = s.len < size - 1 ? s.len : size - 1;
	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
	return n;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
str_distance(struct str a, struct str b)
{
	enum { MOST = 64 };
	unsigned rows[3][MOST + 1] = { { 0 } };
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	if (a.len > MOST || b.len > MOST)
		return MOST;
	for (size_t j = 0; j <= b.len; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			char x = ascii_lower(a.p[i - 1]), y = ascii_lower(b.p[j - 1]);
			row[j] = least(last[j - 1] + (x != y), least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x == ascii_lower(b.p[j - 2]) &&
			    ascii_lower(a.p[i - 2]) == y)
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b.len];
}
