/* Which language a connection speaks: its first line decides, for good. */
#include <string.h>

#include "base/utf8.h"
#include "irc/names.h"
#include "serve/reply.h"

static const struct str verbs[] = { { "AUTHENTICATE", 12 }, { "CAP", 3 }, { "ERROR", 5 },
	{ "NICK", 4 }, { "PASS", 4 }, { "PING", 4 }, { "QUIT", 4 }, { "USER", 4 },
	{ "WEBIRC", 6 } };

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

/* The first word of what may be an IRC line: tags and source are passed over. */
static struct str
first_word(struct str line)
{
	if (line.len > 0 && line.p[0] == '@')
		str_cut(&line, ' ');
	str_skip(&line, ' ');
	if (line.len > 0 && line.p[0] == ':')
		str_cut(&line, ' ');
	str_skip(&line, ' ');
	return str_first(line, str_find(line, ' '));
}

static bool
is_verb(struct str word)
{
	for (size_t i = 0; i < VERBS; i++)
		if (str_eq_nocase(word, verbs[i]))
			return true;
	return false;
}

bool
dialect_may_be_irc(struct str rest)
{
	struct str word = first_word(rest);

	if (rest.len == 0 || rest.p[0] == '@' || rest.p[0] == ':')
		return true;
	for (size_t i = 0; i < VERBS; i++)
		if (word.len <= verbs[i].len && str_eq_nocase(word, str_first(verbs[i], word.len)))
			return word.len == verbs[i].len || word.len == rest.len;
	return false;
}

/* The length of a control character that IRC does not define, or 0: such are left out of what
 * others will see. C1 controls are two bytes; one of them begins what ESC [ begins. */
static size_t
unwanted(struct str s)
{
	static const char allowed[] = "\x01\x02\x03\x04\x09\x0f\x11\x16\x1d\x1e\x1f";
	unsigned char c = (unsigned char)s.p[0];

	if (c == 0xc2 && s.len > 1 && (unsigned char)s.p[1] < 0xa0)
		return 2;
	if (c >= 0x20)
		return c == 0x7f;
	return c == '\0' || strchr(allowed, c) == NULL;
}

static size_t
nul(struct str s)
{
	return s.p[0] == '\0';
}

/* The line without what `length` finds; lent until the next call. */
static struct str
without(size_t (*length)(struct str), struct str line)
{
	static char copy[IRC_INPUT_MOST + 2];
	size_t n = 0, skip;

	if (utf8_printable(line) == line.len || line.len > sizeof(copy))
		return line;
	for (size_t i = 0; i < line.len; i += skip ? skip : 1) {
		skip = length(str_from_byte(line, i));
		if (skip == 0)
			copy[n++] = line.p[i];
	}
	return (struct str){ copy, n };
}

/* A request whose method was chosen to look like a command: a script in a browser may do so. */
static bool
is_http(struct str line)
{
	return str_ends(line, STR(" HTTP/1.1")) || str_ends(line, STR(" HTTP/1.0"));
}

static void
decide(struct session *s, struct str line)
{
	if (is_verb(first_word(line)) && !is_http(line)) {
		s->dialect = DIALECT_IRC;
		irc_line(s, without(unwanted, line));
	} else {
		plain_first_line(s, line);
	}
}

void
dialect_line(struct session *s, struct str line)
{
	/* The first one is judged as it is, but for the NULs that some programs fill up with. */
	line = without(s->dialect == DIALECT_UNDECIDED ? nul : unwanted, line);
	if (s->dialect == DIALECT_IRC)
		irc_line(s, line);
	else if (s->dialect == DIALECT_PLAIN)
		plain_line(s, line);
	else if (line.len > 0)
		decide(s, line);
}

bool
dialect_silence(struct session *s, struct str rest)
{
	if (s->dialect == DIALECT_UNDECIDED && dialect_may_be_irc(rest))
		return false;
	dialect_line(s, rest);
	return true;
}
