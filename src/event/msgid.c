/* Message ids. */
#include "event/msgid.h"

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

enum { BASE = sizeof(digits) - 1 };

struct str
msgid_text(uint64_t number, char out[MSGID_LENGTH])
{
	for (size_t at = MSGID_LENGTH; at > 0; number /= BASE)
		out[--at] = digits[number % BASE];
	return (struct str){ out, MSGID_LENGTH };
}

static bool
digit_value(char c, uint64_t *out)
{
	if (c >= '0' && c <= '9')
		*out = (uint64_t)(c - '0');
	else if (c >= 'a' && c <= 'z')
		*out = (uint64_t)(c - 'a') + 10;
	else
		return false;
	return true;
}

bool
msgid_number(struct str text, uint64_t *out)
{
	uint64_t number = 0, value;

	if (text.len != MSGID_LENGTH)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!digit_value(text.p[i], &value) || number > (UINT64_MAX - value) / BASE)
			return false;
		number = number * BASE + value;
	}
	*out = number;
	return true;
}
