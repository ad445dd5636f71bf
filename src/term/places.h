/* Places in a text where a cursor may stand: byte offsets, on the boundaries of what looks like one
 * character (a cluster). `at` is such a place too, unless said otherwise. */
#ifndef SRC_TERM_PLACES_H
#define SRC_TERM_PLACES_H

#include "base/str.h"

size_t place_before(struct str text, size_t at); /* one cluster to the left; 0: none */
size_t place_after(struct str text, size_t at);  /* one to the right; the end: none */
/* The same, or the end of the cluster that `at`, any offset, is within. */
size_t place_snap(struct str text, size_t at);

/* Words of letters, digits and what is not ASCII; blanks and signs before them are passed over. */
size_t place_word_start(struct str text, size_t at);
size_t place_word_end(struct str text, size_t at);
/* Words between blanks; blanks before `at` are passed over. */
size_t place_blank_word_start(struct str text, size_t at);
/* The start of the run without blanks that ends at `at`. */
size_t place_solid_start(struct str text, size_t at);

#endif
