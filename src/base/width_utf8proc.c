/* What Unicode says of a code point, from utf8proc. */
#include <utf8proc.h>

#include "base/width.h"

const char width_library[] = "utf8proc";

unsigned
width_of(uint32_t cp)
{
	int w = utf8proc_charwidth((utf8proc_int32_t)cp);

	return w > 0 ? (unsigned)w : 0;
}

bool
width_breaks(uint32_t a, uint32_t b, int32_t *state)
{
	return utf8proc_grapheme_break_stateful(
	    (utf8proc_int32_t)a, (utf8proc_int32_t)b, (utf8proc_int32_t *)state);
}
