/* Nicks, channel names and masks: validity, case mapping, matching. */
#include "irc/names.h"

#include <string.h>

#include "base/utf8.h"

/* Code points that move the text around them or show nothing. */
static const struct unseen {
	uint32_t first, last;
	bool joins; /* makes up emoji and scripts: refused in nicks only, where it hides a twin */
} unseen[] = {
	{ 0x0000, 0x0020, false },   /* C0 controls, space */
	{ 0x007f, 0x00a0, false },   /* DEL, C1 controls, no-break space */
	{ 0x00ad, 0x00ad, true },    /* soft hyphen */
	{ 0x034f, 0x034f, true },    /* combining grapheme joiner */
	{ 0x061c, 0x061c, false },   /* arabic letter mark */
	{ 0x115f, 0x1160, true },    /* hangul fillers */
	{ 0x1680, 0x1680, false },   /* ogham space mark */
	{ 0x17b4, 0x17b5, true },    /* khmer inherent vowels */
	{ 0x180b, 0x180f, true },    /* mongolian variation selectors and vowel separator */
	{ 0x2000, 0x200b, false },   /* spaces of every width */
	{ 0x200c, 0x200d, true },    /* zero width non-joiner and joiner */
	{ 0x200e, 0x200f, false },   /* direction marks */
	{ 0x2028, 0x202f, false },   /* separators, bidi embeddings, narrow space */
	{ 0x205f, 0x206f, false },   /* space, word joiner, bidi isolates, old controls */
	{ 0x3000, 0x3000, false },   /* ideographic space */
	{ 0x3164, 0x3164, true },    /* hangul filler */
	{ 0xe000, 0xf8ff, true },    /* private use */
	{ 0xfe00, 0xfe0f, true },    /* variation selectors */
	{ 0xfeff, 0xfeff, false },   /* byte order mark */
	{ 0xffa0, 0xffa0, true },    /* halfwidth hangul filler */
	{ 0xfff0, 0xfffb, false },   /* unassigned, interlinear annotation */
	{ 0xfffe, 0xffff, false },   /* no characters */
	{ 0x1d173, 0x1d17a, false }, /* musical formatting */
	{ 0xe0000, 0xe0fff, true },  /* tags, variation selectors */
	{ 0xf0000, 0x10ffff, true }, /* private use */
};

static const struct unseen *
find_unseen(uint32_t cp)
{
	size_t from = 0, to = sizeof(unseen) / sizeof(unseen[0]);

	while (from < to) {
		size_t middle = (from + to) / 2;
		if (cp < unseen[middle].first)
			to = middle;
		else if (cp > unseen[middle].last)
			from = middle + 1;
		else
			return &unseen[middle];
	}
	return NULL;
}

/* Valid UTF-8 in which everything can be seen; *count is then its length in code points. */
static bool
visible(struct str s, bool joiners, size_t *count)
{
	const struct unseen *row;
	uint32_t cp;

	for (*count = 0; s.len > 0; (*count)++) {
		size_t n = utf8_decode(s, &cp);
		if (n == 0)
			return false;
		row = find_unseen(cp);
		if (row != NULL && !(joiners && row->joins))
			return false;
		s = str_from_byte(s, n);
	}
	return true;
}

struct str
name_fold(struct str s, char *out)
{
	for (size_t i = 0; i < s.len; i++)
		out[i] = ascii_lower(s.p[i]);
	return (struct str){ out, s.len };
}

bool
name_eq(struct str a, struct str b)
{
	return str_eq_nocase(a, b);
}

static bool
nick_formed(struct str nick, size_t most)
{
	size_t count;

	if (nick.len == 0 || nick.len > IRC_NAME_ROOM || str_has_any(nick, ",*?!@."))
		return false;
	if (ascii_is_digit(nick.p[0]) || str_has_any(str_first(nick, 1), "-#&:+%~$"))
		return false;
	return visible(nick, false, &count) && count <= most;
}

bool
nick_valid(struct str nick, size_t most)
{
	return nick_formed(nick, most) && !str_has_any(nick, "/");
}

bool
relayed_valid(struct str name, size_t most)
{
	return nick_formed(name, most) && str_has_any(name, "/");
}

bool
channel_valid(struct str name, size_t most)
{
	size_t count;

	if (name.len < 2 || name.len > most || name.len > IRC_CHANNEL_ROOM)
		return false;
	return channel_looks(name) && !str_has_any(name, ",") && visible(name, true, &count);
}

bool
metadata_key_valid(struct str key)
{
	for (size_t i = 0; i < key.len; i++) {
		char c = key.p[i];
		if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && c != '_' && c != '.' &&
		    c != '/' && c != '-')
			return false;
	}
	return key.len > 0 && key.len <= IRC_METADATA_KEY_MOST;
}

bool
channel_looks(struct str target)
{
	return target.len > 0 && target.p[0] == '#';
}

size_t
user_clean(struct str user, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < user.len && n < IRC_USER_MOST; i++) {
		char c = user.p[i];
		if (ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || c == '.')
			out[n++] = c;
	}
	out[n] = '\0';
	return n > 0 ? n : str_copy(out, IRC_USER_MOST + 1, STR("user"));
}

bool
user_name_valid(struct str user)
{
	char clean[IRC_USER_MOST + 1];
	size_t length;

	str_eat(&user, '~');
	length = user_clean(user, clean);
	return user.len > 0 && str_eq(user, (struct str){ clean, length });
}

bool
host_valid(struct str host)
{
	if (host.len == 0 || host.len > IRC_HOST_MOST || host.p[0] == ':')
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (!ascii_is_alpha(host.p[i]) && !ascii_is_digit(host.p[i]) &&
		    str_find(STR("-.:/_"), host.p[i]) == 5)
			return false;
	return true;
}

/* The bytes of the code point at the front of s, which is not empty; a byte that is no UTF-8 is
 * one. */
static size_t
point_length(struct str s)
{
	uint32_t cp;
	size_t n = (unsigned char)s.p[0] < 0x80 ? 1 : utf8_decode(s, &cp);

	return n > 0 ? n : 1;
}

/* How many bytes at the front of s the mask's first character stands for; 0 when it does not
 * fit. */
static size_t
match_one(struct str mask, struct str s)
{
	if (mask.len == 0 || s.len == 0)
		return 0;
	if (mask.p[0] == '?')
		return point_length(s);
	return ascii_lower(mask.p[0]) == ascii_lower(s.p[0]);
}

/*
 * Only the last star met has to be remembered: what stands between two stars is best matched as
 * early as it can be, so a later failure is cured by the later star or not at all.
 */
bool
mask_match(struct str mask, struct str s)
{
	struct str star_mask = { NULL, 0 }, star_s = { NULL, 0 };
	bool starred = false;
	size_t n;

	while (s.len > 0 || mask.len > 0) {
		if (str_eat(&mask, '*')) {
			str_skip(&mask, '*');
			if (mask.len == 0)
				return true;
			starred = true;
			star_mask = mask;
			star_s = s;
		} else if ((n = match_one(mask, s)) > 0) {
			mask = str_from_byte(mask, 1);
			s = str_from_byte(s, n);
		} else if (starred && star_s.len > 0) {
			star_s = str_from_byte(star_s, point_length(star_s));
			mask = star_mask;
			s = star_s;
		} else {
			return false;
		}
	}
	return true;
}

/* Appends a part, or * for an empty one, with runs of * made one. */
static bool
add_part(char *out, size_t size, size_t *used, struct str part)
{
	if (part.len == 0)
		part = STR("*");
	for (size_t i = 0; i < part.len; i++) {
		if (i > 0 && part.p[i] == '*' && part.p[i - 1] == '*')
			continue;
		if (*used + 1 >= size || *used >= IRC_MASK_MOST)
			return false;
		out[(*used)++] = part.p[i];
	}
	out[*used] = '\0';
	return true;
}

bool
mask_complete(struct str mask, char *out, size_t size)
{
	struct str nick = { NULL, 0 }, user = { NULL, 0 }, host = { NULL, 0 };
	bool has_nick = str_find(mask, '!') < mask.len, has_host = str_find(mask, '@') < mask.len;
	size_t used = 0, count;

	if (mask.len == 0 || mask.p[0] == ':' || !visible(mask, true, &count))
		return false;
	if (has_nick)
		nick = str_cut(&mask, '!');
	if (has_nick || has_host) {
		user = str_cut(&mask, '@');
		host = mask;
	} else if (str_has_any(mask, ".:")) {
		host = mask;
	} else {
		nick = mask;
	}
	return add_part(out, size, &used, nick) && add_part(out, size, &used, STR("!")) &&
	       add_part(out, size, &used, user) && add_part(out, size, &used, STR("@")) &&
	       add_part(out, size, &used, host);
}
