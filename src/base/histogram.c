/* How often values of which size came. */
#include "base/histogram.h"

void
histogram_add(struct histogram *h, uint64_t value)
{
	unsigned step = 0;

	for (uint64_t left = value; left > 0 && step < HISTOGRAM_STEPS - 1; left >>= 1)
		step++;
	h->counts[step]++;
	h->total++;
	if (value > h->greatest)
		h->greatest = value;
}

uint64_t
histogram_bound(const struct histogram *h, unsigned per_thousand)
{
	uint64_t seen = 0, bound;

	for (unsigned step = 0; step < HISTOGRAM_STEPS - 1; step++) {
		seen += h->counts[step];
		bound = ((uint64_t)1 << step) - 1;
		if (seen * 1000 >= h->total * per_thousand)
			return bound < h->greatest ? bound : h->greatest;
	}
	return h->greatest;
}
