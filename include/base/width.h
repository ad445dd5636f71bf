/* What Unicode says of one code point: from utf8proc (width_utf8proc.c) or libc (width_none.c). */
#ifndef BASE_WIDTH_H
#define BASE_WIDTH_H

#include <stdbool.h>
#include <stdint.h>

unsigned width_of(uint32_t cp); /* 0..2 columns; control characters 0 */
/* Whether a grapheme cluster may end between a and b. *state starts at 0 for each new cluster. */
bool width_breaks(uint32_t a, uint32_t b, int32_t *state);
extern const char width_library[]; /* "utf8proc" or "" */

#endif
