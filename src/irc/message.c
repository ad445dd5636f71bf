/* One IRC line as views into its bytes, and lines built from parts. */
#include "irc/message.h"

#include <string.h>

/* What stands before the first space; *rest moves behind that space and those that follow it. */
static struct str
cut_word(struct str *rest)
{
	const char *end = rest->p + rest->len;
	const char *at = memchr(rest->p, ' ', rest->len);
	struct str word;

	if (at == NULL)
		at = end;
	word = (struct str){ rest->p, (size_t)(at - rest->p) };
	while (at < end && *at == ' ')
		at++;
	*rest = (struct str){ at, (size_t)(end - at) };
	return word;
}

static bool
command_valid(struct str s)
{
	size_t letters = 0, digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		letters += ascii_is_alpha(s.p[i]);
		digits += ascii_is_digit(s.p[i]);
	}
	return s.len > 0 && (letters == s.len || (digits == 3 && s.len == 3));
}

/* The parameter that ends the line: behind a ':' as it is, else without the spaces at its end. */
static struct str
last_param(struct str rest)
{
	if (str_eat(&rest, ':'))
		return rest;
	while (rest.len > 0 && rest.p[rest.len - 1] == ' ')
		rest.len--;
	return rest;
}

static void
cut_params(struct str rest, struct irc_message *m)
{
	while (rest.len > 0) {
		if (rest.p[0] == ':' || m->count == IRC_PARAMS_MOST - 1) {
			m->params[m->count++] = last_param(rest);
			return;
		}
		m->params[m->count++] = cut_word(&rest);
	}
}

/* Takes "@tags " off the front, one space only: what follows it counts as text. */
static enum irc_result
cut_tags(struct str *line, bool from_server, struct irc_message *m)
{
	size_t most = from_server ? IRC_TAGS_MOST - 2 : IRC_CLIENT_TAGS_MOST;

	if (!str_eat(line, '@'))
		return IRC_OK;
	m->tags = str_cut(line, ' ');
	return m->tags.len > most ? IRC_TAGS_LONG : IRC_OK;
}

enum irc_result
irc_parse(struct str line, bool from_server, struct irc_message *m)
{
	struct str rest = line;
	enum irc_result result;

	m->tags = m->source = m->command = str_first(line, 0);
	m->count = 0;
	result = cut_tags(&rest, from_server, m);
	if (result != IRC_OK)
		return result;
	if (rest.len > IRC_TEXT_MOST && !from_server)
		return IRC_LONG;
	if (line.len > 0 && memchr(line.p, '\0', line.len) != NULL)
		return IRC_BAD;
	str_skip(&rest, ' ');
	if (rest.len == 0)
		return line.len > 0 && line.p[0] == '@' ? IRC_BAD : IRC_EMPTY;
	if (str_eat(&rest, ':'))
		m->source = rest.len > 0 ? cut_word(&rest) : rest;
	if (rest.len > 0)
		m->command = cut_word(&rest);
	if (!command_valid(m->command))
		return IRC_BAD;
	cut_params(rest, m);
	return IRC_OK;
}

struct str
irc_param(const struct irc_message *m, unsigned i)
{
	return i < m->count ? m->params[i] : (struct str){ NULL, 0 };
}

/* Whether s can stand in a line: no byte that would end it, no space unless it may. */
static bool
part_valid(struct str s, bool spaces)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || s.p[i] == '\r' || s.p[i] == '\n' ||
		    (s.p[i] == ' ' && !spaces))
			return false;
	return true;
}

static bool
message_valid(const struct irc_message *m)
{
	if (!command_valid(m->command) || !part_valid(m->tags, false) ||
	    !part_valid(m->source, false))
		return false;
	for (unsigned i = 0; i < m->count; i++) {
		struct str p = m->params[i];
		bool last = i + 1 == m->count;
		if (!part_valid(p, last) || (!last && (p.len == 0 || p.p[0] == ':')))
			return false;
	}
	return m->count <= IRC_PARAMS_MOST;
}

static bool
add_param(struct buf *out, struct str p, bool last)
{
	bool colon = last && (p.len == 0 || p.p[0] == ':' || str_find(p, ' ') < p.len);

	return buf_add_str(out, colon ? STR(" :") : STR(" ")) && buf_add_str(out, p);
}

static bool
add_message(struct buf *out, const struct irc_message *m)
{
	bool ok = true;

	if (m->tags.len > 0)
		ok = buf_add_char(out, '@') && buf_add_str(out, m->tags) && buf_add_char(out, ' ');
	if (m->source.len > 0)
		ok = ok && buf_add_char(out, ':') && buf_add_str(out, m->source) &&
		     buf_add_char(out, ' ');
	ok = ok && buf_add_str(out, m->command);
	for (unsigned i = 0; i < m->count && ok; i++)
		ok = add_param(out, m->params[i], i + 1 == m->count);
	return ok && buf_add_str(out, STR("\r\n"));
}

bool
irc_build(struct buf *out, const struct irc_message *m)
{
	size_t before = out->len;

	if (message_valid(m) && add_message(out, m))
		return true;
	out->len = before;
	return false;
}

bool
irc_tag_next(struct str *tags, struct str *key, struct str *value)
{
	while (tags->len > 0) {
		*value = str_cut(tags, ';');
		*key = str_cut(value, '=');
		if (key->len > 0)
			return true;
	}
	return false;
}

bool
irc_tag_find(struct str tags, struct str key, struct str *value)
{
	struct str k, v;
	bool found = false;

	while (irc_tag_next(&tags, &k, &v))
		if (str_eq(k, key)) {
			*value = v;
			found = true;
		}
	return found;
}

/* The characters that a tag value cannot hold, and the letter that stands for each behind a
 * backslash. */
static const struct escape {
	char plain, letter;
} escapes[] = {
	{ ';', ':' },
	{ ' ', 's' },
	{ '\\', '\\' },
	{ '\r', 'r' },
	{ '\n', 'n' },
};
enum { ESCAPES = sizeof(escapes) / sizeof(escapes[0]) };

static char
escape_letter(char plain)
{
	for (size_t i = 0; i < ESCAPES; i++)
		if (escapes[i].plain == plain)
			return escapes[i].letter;
	return '\0';
}

/* What does not need escaping stands for itself. */
static char
escape_plain(char letter)
{
	for (size_t i = 0; i < ESCAPES; i++)
		if (escapes[i].letter == letter)
			return escapes[i].plain;
	return letter;
}

bool
irc_tag_unescape(struct buf *out, struct str value)
{
	size_t before = out->len;
	bool ok = true;

	while (value.len > 0 && ok) {
		size_t plain = str_find(value, '\\');
		ok = buf_add(out, value.p, plain);
		value = str_from_byte(value, plain);
		if (value.len > 1) /* one at the very end stands for nothing */
			ok = ok && buf_add_char(out, escape_plain(value.p[1]));
		value = str_from_byte(value, 2);
	}
	if (!ok)
		out->len = before;
	return ok;
}

bool
irc_tag_escape(struct buf *out, struct str text)
{
	size_t before = out->len;
	bool ok = true;

	for (size_t i = 0; i < text.len && ok; i++) {
		char letter = escape_letter(text.p[i]);
		ok = letter ? buf_add_char(out, '\\') && buf_add_char(out, letter)
			    : buf_add_char(out, text.p[i]);
	}
	if (!ok)
		out->len = before;
	return ok;
}

static bool
all_of(struct str s, const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alpha(s.p[i]) && !ascii_is_digit(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(others, s.p[i]) == NULL))
			return false;
	return s.len > 0;
}

bool
irc_tag_key_valid(struct str key)
{
	str_eat(&key, '+');
	if (str_find(key, '/') < key.len && !all_of(str_cut(&key, '/'), "-."))
		return false;
	return all_of(key, "-");
}

struct str
irc_source_nick(struct str source)
{
	size_t n = 0;

	while (n < source.len && source.p[n] != '!' && source.p[n] != '@')
		n++;
	return str_first(source, n);
}
