/* What the unit tests share: cmocka in the order that it wants, and comparisons that name their
 * case. */
#ifndef TESTS_UNIT_EXPECT_H
#define TESTS_UNIT_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/* A literal, NULs and all, as the struct str of a table. */
#define BYTES(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* `what` is the case: the input, mostly. */
static inline void
expect_str(const char *what, struct str got, struct str want)
{
	if (!str_eq(got, want))
		fail_msg("\"%s\": got \"" STR_FMT "\", want \"" STR_FMT "\"", what, STR_ARG(got),
		    STR_ARG(want));
}

static inline void
expect_text(const char *what, struct str got, const char *want)
{
	expect_str(what, got, str_from(want));
}

static inline void
expect_int(const char *what, long long got, long long want)
{
	if (got != want)
		fail_msg("\"%s\": got %lld, want %lld", what, got, want);
}

#endif
