/* What Unicode says of a code point, from libc: wcwidth() of the current locale. */
#include <wchar.h>

#include "base/width.h"

const char width_library[] = "";

unsigned
width_of(uint32_t cp)
{
	int w = wcwidth((wchar_t)cp);

	if (w >= 0)
		return (unsigned)w;
	/* Not known to libc, or to the C locale: most likely one column. */
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? 0 : 1;
}

bool
width_breaks(uint32_t a, uint32_t b, int32_t *state)
{
	bool joins = b == 0x200d || *state == 0x200d; /* ZERO WIDTH JOINER, on either side */

	(void)a;
	*state = (int32_t)b;
	return !joins && (b < 0x300 || wcwidth((wchar_t)b) != 0);
}
