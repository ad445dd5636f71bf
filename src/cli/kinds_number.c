/* Kinds of values that are numbers, or names with a place. */
#include <inttypes.h>

#include "kinds.h"

struct unit {
	const char *name;
	int64_t size;
};

static const struct unit duration_units[] = { /* largest first */
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 }
};

static const struct unit size_units[] = { { "G", 1073741824 }, { "M", 1048576 }, { "K", 1024 },
	{ "", 1 }, { NULL, 0 } };

struct word_value {
	const char *word;
	int64_t value;
};

static const struct word_value booleans[] = { { "0", 0 }, { "1", 1 }, { "false", 0 }, { "no", 0 },
	{ "off", 0 }, { "on", 1 }, { "true", 1 }, { "yes", 1 } };

/* ---- read ---- */

static const char *
in_range(const struct setting_row *r, int64_t number)
{
	if (number < r->min)
		return "is too small";
	return number > r->max ? "is too large" : NULL;
}

static bool
all_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!ascii_is_digit(text.p[i]))
			return false;
	}
	return text.len > 0;
}

/* Digits that int64_t cannot hold are a number all the same: too large. */
static const char *
parse_digits(struct str text, int64_t *number)
{
	struct str digits = text;

	str_eat(&digits, '-');
	if (!all_digits(digits))
		return "is not a whole number";
	if (str_to_int64(text, number))
		return NULL;
	return digits.len == text.len ? "is too large" : "is too small";
}

static const char *
parse_integer(const struct setting_row *r, struct str text, int64_t *number)
{
	const char *wrong = parse_digits(text, number);

	return wrong != NULL ? wrong : in_range(r, *number);
}

static const char *
parse_mode(const struct setting_row *r, struct str text, int64_t *number)
{
	*number = 0;
	if (text.len == 0)
		return "is not an octal number";
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '7')
			return "is not an octal number";
		if (*number <= r->max)
			*number = *number * 8 + (text.p[i] - '0');
	}
	return in_range(r, *number);
}

static const char *
parse_unit(const struct setting_row *r, const struct unit *units, const char *wrong,
    struct str text, int64_t *number)
{
	size_t digits = 0;
	const char *why;

	while (digits < text.len &&
	       (ascii_is_digit(text.p[digits]) || (digits == 0 && text.p[0] == '-')))
		digits++;
	if (digits == 0)
		return wrong;
	while (units->name != NULL &&
	       !str_eq_nocase(str_from_byte(text, digits), str_from(units->name)))
		units++;
	why = parse_digits(str_first(text, digits), number);
	if (why == NULL && units->name == NULL && (*number != 0 || digits < text.len))
		return wrong;
	if (why == NULL && *number < 0)
		return "is too small";
	if (why == NULL && *number > r->max / (units->name != NULL ? units->size : 1))
		return "is too large";
	if (why == NULL && units->name != NULL)
		*number *= units->size;
	return why != NULL ? why : in_range(r, *number);
}

static const char *
parse_size(const struct setting_row *r, struct str text, int64_t *number)
{
	return parse_unit(r, size_units, "is not a size", text, number);
}

static const char *
parse_duration(const struct setting_row *r, struct str text, int64_t *number)
{
	return parse_unit(r, duration_units, all_digits(text) ? "has no unit" : "is not a duration",
	    text, number);
}

static const char *
parse_boolean(const struct setting_row *r, struct str text, int64_t *number)
{
	(void)r;
	for (size_t i = 0; i < sizeof(booleans) / sizeof(booleans[0]); i++) {
		if (str_eq_nocase(text, str_from(booleans[i].word))) {
			*number = booleans[i].value;
			return NULL;
		}
	}
	return "is neither yes nor no";
}

static const char *
parse_enumeration(const struct setting_row *r, struct str text, int64_t *number)
{
	for (int64_t i = 0; r->names[i] != NULL; i++) {
		if (str_eq_nocase(text, str_from(r->names[i]))) {
			*number = i;
			return NULL;
		}
	}
	return "is none of those known";
}

/* ---- shown ---- */

static void
show_integer(int64_t number, struct buf *out)
{
	buf_printf(out, "%" PRId64, number);
}

static void
show_mode(int64_t number, struct buf *out)
{
	buf_printf(out, "%04" PRIo64, (uint64_t)number);
}

static void
show_unit(const struct unit *units, int64_t number, struct buf *out)
{
	while (number % units->size != 0)
		units++;
	buf_printf(out, "%" PRId64 "%s", number / units->size, units->name);
}

static void
show_size(int64_t number, struct buf *out)
{
	if (number == 0)
		buf_add_char(out, '0');
	else
		show_unit(size_units, number, out);
}

static void
show_duration(int64_t number, struct buf *out)
{
	if (number == 0)
		buf_add_char(out, '0');
	else
		show_unit(duration_units, number, out);
}

static void
show_boolean(int64_t number, struct buf *out)
{
	buf_add_str(out, number != 0 ? STR("yes") : STR("no"));
}

/* ---- allowed, in words ---- */

static void
allow_range(const struct setting_row *r, const char *what, struct buf *out)
{
	buf_printf(out, "%s from ", what);
	value_number_show(r, r->min, out);
	buf_add_str(out, STR(" to "));
	value_number_show(r, r->max, out);
}

static void
allow_integer(const struct setting_row *r, struct buf *out)
{
	allow_range(r, "a whole number", out);
}

static void
allow_mode(const struct setting_row *r, struct buf *out)
{
	allow_range(r, "an octal number", out);
}

static void
allow_size(const struct setting_row *r, struct buf *out)
{
	allow_range(r, "a size", out);
	buf_add_str(out, STR(", such as 65536, 64K, 4M or 1G"));
}

static void
allow_duration(const struct setting_row *r, struct buf *out)
{
	allow_range(r, "a duration", out);
	buf_add_str(out, STR(", such as 500ms, 30s, 2m, 1h or 1d"));
}

static void
allow_boolean(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(out, STR("yes or no (on, off, true, false, 1, 0)"));
}

static void
allow_enumeration(const struct setting_row *r, struct buf *out)
{
	for (size_t i = 0; r->names[i] != NULL; i++) {
		const char *join = i == 0 ? "" : r->names[i + 1] != NULL ? ", " : " or ";
		buf_printf(out, "%s%s", join, r->names[i]);
	}
}

const struct kind kind_integer = { parse_integer, show_integer, allow_integer };
const struct kind kind_mode = { parse_mode, show_mode, allow_mode };
const struct kind kind_size = { parse_size, show_size, allow_size };
const struct kind kind_duration = { parse_duration, show_duration, allow_duration };
const struct kind kind_boolean = { parse_boolean, show_boolean, allow_boolean };
const struct kind kind_enumeration = { parse_enumeration, NULL, allow_enumeration };
