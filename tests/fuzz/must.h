/* What the fuzz targets share: a promise that ends the program when it is broken. */
#ifndef TESTS_FUZZ_MUST_H
#define TESTS_FUZZ_MUST_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static inline void
must(bool promise)
{
	if (!promise)
		abort();
}

/* A copy of exactly its size, so that a sanitizer sees a read past its end; the caller frees it. */
static inline struct str
exact(struct str s)
{
	char *copy = malloc(s.len > 0 ? s.len : 1);

	must(copy != NULL);
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return (struct str){ copy, s.len };
}

static inline void
must_be_inside(struct str whole, struct str part)
{
	if (part.len > 0)
		must(part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

#endif
