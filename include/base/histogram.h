/* How often values of which size came: powers of two, so that any range takes a few bytes. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 33 };

/* Zeroed: empty. Step 0 counts zeros, step n values of 2^(n-1) and less than 2^n; the last all that
 * are greater, too. */
struct histogram {
	uint64_t counts[HISTOGRAM_STEPS];
	uint64_t total, greatest;
};

void histogram_add(struct histogram *h, uint64_t value);
/* A bound that so many of a thousand values are below, or at: the step's, the greatest at most.
 * 0: it is empty. */
uint64_t histogram_bound(const struct histogram *h, unsigned per_thousand);

#endif
