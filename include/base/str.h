/* A borrowed view of bytes: it owns nothing, and need not end with a NUL. To keep text, copy it. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *p; /* may be NULL when len is 0 */
	size_t len;    /* bytes */
};

/* A string literal as a view. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

/* For printf's "%.*s"; the precision is capped at INT_MAX. */
#define STR_FMT "%.*s"
#define STR_ARG(s) str_int(s), ((s).p ? (s).p : "")

int str_int(struct str s);
struct str str_from(const char *z); /* a NUL-terminated string; NULL gives the empty view */

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
int str_compare(struct str a, struct str b);        /* <0, 0, >0: by bytes */
int str_compare_nocase(struct str a, struct str b); /* ... ASCII letters fold */

/* The part of s from byte `from` (clamped), and the part of at most `len` bytes from its start. */
static inline struct str str_from_byte(struct str s, size_t from);
static inline struct str str_first(struct str s, size_t len);
struct str str_trim(struct str s); /* without leading and trailing spaces and tabs */

/* The offset of the first `c` in s, or s.len when there is none. */
size_t str_find(struct str s, char c);
bool str_has_any(struct str s, const char *bytes); /* whether any of them is in it */
bool str_contains(struct str s, struct str part);

/*
 * Views that advance. _eat: takes one leading `c`, says whether it was there. _skip: drops every
 * leading `c`. _cut: returns what stands before the first `c` and moves *s behind it (without one
 * the whole of *s is returned and *s becomes empty).
 */
static inline bool str_eat(struct str *s, char c);
void str_skip(struct str *s, char c);
struct str str_cut(struct str *s, char c);
/* The next word between any white space (space, tab); empty at the end. */
struct str str_word(struct str *s);

/* A whole decimal number, nothing else around it: true and *out, or false (also on overflow). */
bool str_to_int64(struct str s, int64_t *out);

/* A NUL-terminated copy from malloc, owned by the caller; NULL when memory is short. */
char *str_dup(struct str s);
/*
 * Copies as much as fits into a buffer of `size` bytes and ends it with NUL; returns the length
 * copied.
 */
size_t str_copy(char *out, size_t size, struct str s);

/*
 * The Damerau-Levenshtein distance (restricted), ASCII case folded; texts over 64 bytes count as
 * far.
 */
unsigned str_distance(struct str a, struct str b);

static inline char ascii_lower(char c);
static inline bool ascii_is_alpha(char c);
static inline bool ascii_is_digit(char c);

/* In the header because parsing and folding call them for every byte of every message. */

static inline struct str
str_from_byte(struct str s, size_t from)
{
	if (from > s.len)
		from = s.len;
	if (from == 0)
		return s; /* whose p may be NULL */
	return (struct str){ s.p + from, s.len - from };
}

static inline struct str
str_first(struct str s, size_t len)
{
	return (struct str){ s.p, len < s.len ? len : s.len };
}

static inline bool
str_eat(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->len--;
	return true;
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
ascii_is_alpha(char c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

#endif
