/* What SASL over IRC needs beside the mechanisms: their names, the choice, the parts of lines. */
#include "auth/sasl.h"

static const char *const names[SASL_MECHANISM_COUNT] = {
	[SASL_PLAIN] = "PLAIN",
	[SASL_SCRAM_SHA_256] = "SCRAM-SHA-256",
	[SASL_EXTERNAL] = "EXTERNAL",
};

const char *
sasl_name(enum sasl_mechanism m)
{
	return m < SASL_MECHANISM_COUNT ? names[m] : "";
}

enum sasl_mechanism
sasl_find(struct str name)
{
	enum sasl_mechanism m = 0;

	while (m < SASL_MECHANISM_COUNT && !str_eq_nocase(name, str_from(names[m])))
		m++;
	return m;
}

static bool
is_offered(struct str offered, enum sasl_mechanism m)
{
	if (offered.len == 0)
		return true;
	while (offered.len > 0)
		if (sasl_find(str_cut(&offered, ',')) == m)
			return true;
	return false;
}

enum sasl_mechanism
sasl_choose(struct str offered, bool password, enum sasl_mechanism only)
{
	static const struct {
		enum sasl_mechanism mechanism;
		bool password;
	} best_first[] = {
		{ SASL_SCRAM_SHA_256, true },
		{ SASL_PLAIN, true },
		{ SASL_EXTERNAL, false },
	};

	for (size_t i = 0; i < sizeof(best_first) / sizeof(best_first[0]); i++) {
		enum sasl_mechanism m = best_first[i].mechanism;
		if (best_first[i].password == password &&
		    (only == SASL_MECHANISM_COUNT || only == m) && is_offered(offered, m))
			return m;
	}
	return SASL_MECHANISM_COUNT;
}

bool
sasl_keys_same(const struct sasl_keys *a, const struct sasl_keys *b)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < SASL_KEY; i++)
		differs |= (unsigned char)(a->stored[i] ^ b->stored[i]);
	return differs == 0;
}

bool
sasl_part_cut(struct str *rest, struct str *part)
{
	*part = str_first(*rest, SASL_PART);
	*rest = str_from_byte(*rest, part->len);
	if (part->len == SASL_PART)
		return true;
	if (part->len == 0)
		*part = STR("+");
	return false;
}

enum sasl_gathered
sasl_part_add(struct buf *message, struct str part)
{
	if (str_eq(part, STR("+")))
		return SASL_PART_WHOLE;
	if (part.len > SASL_PART || message->len + part.len > message->max ||
	    !buf_add_str(message, part))
		return SASL_PART_TOO_LONG;
	return part.len == SASL_PART ? SASL_PART_MORE : SASL_PART_WHOLE;
}
