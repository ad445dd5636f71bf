/*
 * The line parser, tags, names and masks. The input is a line, a mask and a text, each ended by LF;
 * a line that starts with '<' is read as a server's.
 */
#include <stdint.h>

#include "base/utf8.h"
#include "irc/caps.h"
#include "irc/message.h"
#include "irc/names.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_tags(struct str tags)
{
	struct str rest = tags, key, value, last, again;
	size_t turns = 0;

	while (irc_tag_next(&rest, &key, &value)) {
		must(++turns <= tags.len);
		must_be_inside(tags, key);
		must_be_inside(tags, value);
		must(key.len > 0 && str_find(key, ';') == key.len && str_find(key, '=') == key.len);
		must(str_find(value, ';') == value.len);
		must(irc_tag_find(tags, key, &last));
		/* The value found is that of the last tag of this key. */
		for (struct str r = tags, k; irc_tag_next(&r, &k, &again);)
			if (turns < 50 && str_eq(k, key))
				must(again.p <= last.p);
		(void)irc_tag_key_valid(key);
		if (turns >= 50)
			return; /* the loop above is quadratic */
	}
	must(rest.len == 0);
}

static void
check_escapes(struct str text)
{
	struct buf plain = BUF_INIT(1 << 16), escaped = BUF_INIT(1 << 16),
		   again = BUF_INIT(1 << 16);

	if (text.len > 1 << 14)
		return;
	must(irc_tag_unescape(&plain, text) && plain.len <= text.len);
	must(irc_tag_escape(&escaped, text) && escaped.len <= 2 * text.len);
	for (size_t i = 0; i < escaped.len; i++)
		must(escaped.data[i] != ' ' && escaped.data[i] != ';' && escaped.data[i] != '\r' &&
		     escaped.data[i] != '\n');
	must(irc_tag_unescape(&again, buf_str(&escaped)) && str_eq(buf_str(&again), text));
	/* To the byte: one less does not fit, and nothing is left of it. */
	if (escaped.len > 0) {
		struct buf tight = BUF_INIT(escaped.len - 1);
		must(!irc_tag_escape(&tight, text) && tight.len == 0);
		buf_free(&tight);
	}
	buf_free(&plain);
	buf_free(&escaped);
	buf_free(&again);
}

static void
check_views(struct str line, bool from_server, const struct irc_message *m)
{
	struct str nick = irc_source_nick(m->source);

	must_be_inside(line, m->tags);
	must_be_inside(line, m->source);
	must_be_inside(line, m->command);
	must(m->command.len > 0 && m->count <= IRC_PARAMS_MOST);
	must(str_find(line, '\0') == line.len);
	must(str_find(m->tags, ' ') == m->tags.len && str_find(m->source, ' ') == m->source.len);
	must(str_find(nick, '!') == nick.len && str_find(nick, '@') == nick.len);
	must(m->tags.len <= (from_server ? IRC_TAGS_MOST - 2 : IRC_CLIENT_TAGS_MOST));
	must(from_server || line.len <= IRC_INPUT_MOST);
	for (unsigned i = 0; i < m->count; i++) {
		struct str p = m->params[i];
		must_be_inside(line, p);
		must(str_eq(irc_param(m, i), p));
		if (i + 1 < m->count)
			must(p.len > 0 && p.p[0] != ':' && str_find(p, ' ') == p.len);
	}
	must(irc_param(m, m->count).len == 0);
}

/* What came apart can be put together and comes apart again. */
static void
check_build(struct str line, const struct irc_message *m)
{
	struct buf out = BUF_INIT(1 << 21);
	struct irc_message again;

	if (!irc_build(&out, m)) {
		must(str_find(line, '\r') < line.len &&
		     out.len == 0); /* a CR only can be in the way */
		buf_free(&out);
		return;
	}
	out.len -= 2;
	must(irc_parse(buf_str(&out), true, &again) == IRC_OK);
	must(str_eq(again.tags, m->tags) && str_eq(again.source, m->source));
	must(str_eq(again.command, m->command) && again.count == m->count);
	for (unsigned i = 0; i < m->count; i++)
		must(str_eq(again.params[i], m->params[i]));
	buf_free(&out);
}

static void
check_line(struct str line)
{
	bool from_server = str_eat(&line, '<');
	struct irc_message m;
	enum irc_result result = irc_parse(line, from_server, &m);
	struct str rest = line;

	str_skip(&rest, ' ');
	must(
	    (result == IRC_EMPTY) == (rest.len == 0 && (from_server || line.len <= IRC_TEXT_MOST)));
	check_escapes(line);
	check_tags(line);
	if (result != IRC_OK)
		return;
	check_views(line, from_server, &m);
	check_tags(m.tags);
	check_build(line, &m);
	(void)cap_find(m.command);
}

enum { MODEL_MOST = 200 };

/* Where each character of s starts, by the rule of ?: a code point, or a byte that is no UTF-8. */
static size_t
cut_points(struct str s, struct str points[MODEL_MOST])
{
	size_t count = 0;
	uint32_t cp;

	while (s.len > 0) {
		size_t n = utf8_decode(s, &cp);
		n = n > 0 ? n : 1;
		points[count++] = str_first(s, n);
		s = str_from_byte(s, n);
	}
	return count;
}

/* The slow and plain way: can the first i characters of the mask match the first j of the text? */
static bool
model_match(struct str mask, struct str text)
{
	static bool can[MODEL_MOST + 1][MODEL_MOST + 1];
	struct str points[MODEL_MOST], letters[MODEL_MOST];
	size_t columns = cut_points(text, points), rows = cut_points(mask, letters);

	for (size_t i = 0; i <= rows; i++)
		for (size_t j = 0; j <= columns; j++) {
			bool star = i > 0 && letters[i - 1].p[0] == '*';
			bool any = i > 0 && letters[i - 1].p[0] == '?';
			can[i][j] = i == 0 && j == 0;
			if (star)
				can[i][j] = can[i - 1][j] || (j > 0 && can[i][j - 1]);
			else if (i > 0 && j > 0)
				can[i][j] = can[i - 1][j - 1] &&
					    (any || name_eq(letters[i - 1], points[j - 1]));
		}
	return can[rows][columns];
}

static void
check_masks(struct str mask, struct str text)
{
	char full[IRC_MASK_MOST + 1], again[IRC_MASK_MOST + 1];
	bool matches = mask_match(mask, text);

	/* In other than UTF-8 single bytes of a character may match: the model cuts otherwise. */
	if (mask.len <= MODEL_MOST && text.len <= MODEL_MOST && utf8_valid(mask) &&
	    utf8_valid(text))
		must(matches == model_match(mask, text));
	if (!mask_complete(mask, full, sizeof(full)))
		return;
	must(strlen(full) <= IRC_MASK_MOST && strchr(full, '!') != NULL &&
	     strchr(full, '@') != NULL);
	must(strpbrk(full, " \t\r\n") == NULL && strstr(full, "**") == NULL && full[0] != ':');
	must(mask_complete(str_from(full), again, sizeof(again)) && strcmp(full, again) == 0);
	must(!mask_complete(mask, again, strlen(full)));
}

/* A name that is valid comes through a line as what it was. */
static void
check_names(struct str name)
{
	char bytes[IRC_NAME_ROOM * 4], folded[IRC_NAME_ROOM * 4], user[IRC_USER_MOST + 1];
	struct buf line = BUF_INIT(4096);
	struct irc_message m;
	size_t n = user_clean(name, user);

	must(n > 0 && n <= IRC_USER_MOST && user[n] == '\0' && strlen(user) == n);
	if (name.len <= sizeof(bytes)) {
		struct str once = name_fold(name, bytes);
		must(name_eq(once, name) && str_eq(name_fold(once, folded), once));
	}
	must(!nick_valid(name, 0) && !channel_valid(name, 1));
	if (nick_valid(name, 32)) {
		must(utf8_valid(name) && utf8_count(name) <= 32 && name.len <= IRC_NAME_ROOM);
		must(!channel_valid(name, 32) && !mask_match(STR("*[!@*?,. ]*"), name));
		must(buf_printf(
		    &line, ":" STR_FMT "!u@h NICK " STR_FMT, STR_ARG(name), STR_ARG(name)));
		must(irc_parse(buf_str(&line), false, &m) == IRC_OK);
		must(str_eq(irc_source_nick(m.source), name) && str_eq(m.params[0], name));
	} else if (channel_valid(name, 64)) {
		must(channel_looks(name) && utf8_valid(name) && name.len <= IRC_CHANNEL_ROOM);
		must(buf_printf(&line, "JOIN " STR_FMT " x", STR_ARG(name)));
		must(irc_parse(buf_str(&line), false, &m) == IRC_OK && m.count == 2);
		must(str_eq(m.params[0], name));
	}
	buf_free(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct str line = exact(str_cut(&in, '\n'));
	struct str mask = exact(str_cut(&in, '\n'));
	struct str text = exact(str_cut(&in, '\n'));

	check_line(line);
	check_masks(mask, text);
	check_names(mask);
	check_names(text);
	free((void *)(uintptr_t)line.p);
	free((void *)(uintptr_t)mask.p);
	free((void *)(uintptr_t)text.p);
	return 0;
}
