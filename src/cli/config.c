/*
 * The configuration file. inih cuts lines into key and value; what it would let pass is looked at
 * before it sees it.
 */
#include "cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/values.h"

/* A file being read. */
struct reader {
	struct settings *settings;
	struct problems *wrong;
	const char *name;
	struct str rest;    /* not yet handed to inih */
	unsigned line;      /* number of the line that inih has */
	bool unanswered;    /* it ought to be "key = value", and inih has not found one in it */
	struct str section; /* as written; empty: none yet */
	bool section_known; /* else its keys are passed over: its own line was complained of */
	unsigned seen[SETTING_COUNT]; /* the line that gave it first; 0: none yet */
};

/* "FILE:LINE: [section] key: what", the key being what stands before '='. */
static void
complain(struct reader *r, struct str key, const char *what)
{
	struct buf place = BUF_INIT(PROBLEM_MOST);

	utf8_show(&place, str_from(r->name));
	buf_printf(&place, ":%u:", r->line);
	if (r->section.len > 0) {
		buf_add_str(&place, STR(" ["));
		value_quote(r->section, &place);
		buf_add_char(&place, ']');
	}
	if (key.len > 0) {
		buf_add_char(&place, ' ');
		value_quote(key, &place);
	}
	if (r->section.len > 0 || key.len > 0)
		buf_add_char(&place, ':');
	problems_add(r->wrong, "%s %s", buf_cstr(&place), what);
	buf_free(&place);
}

static struct str
key_of(struct str line)
{
	size_t equals = str_find(line, '=');

	return equals < line.len ? str_trim(str_first(line, equals)) : (struct str){ NULL, 0 };
}

/* ---- a line, before inih has it ---- */

static void
list_sections(struct buf *out)
{
	for (size_t i = 0; setting_sections[i] != NULL; i++)
		buf_printf(out, "%s[%s]", i == 0 ? "" : ", ", setting_sections[i]);
}

static void
section_unknown(struct reader *r)
{
	struct nearest near = NEAREST_INIT(r->section);
	struct buf what = BUF_INIT(256);

	for (size_t i = 0; setting_sections[i] != NULL; i++)
		nearest_try(&near, str_from(setting_sections[i]));
	buf_add_str(&what, STR("unknown section; "));
	if (near.best[0] != '\0') {
		buf_printf(&what, "did you mean [%s]?", near.best);
	} else {
		buf_add_str(&what, STR("allowed are "));
		list_sections(&what);
	}
	complain(r, (struct str){ NULL, 0 }, buf_cstr(&what));
	buf_free(&what);
}

/* Whether inih may have the line. */
static bool
begin_section(struct reader *r, struct str line)
{
	struct str name = str_first(line, line.len - 1);

	r->section_known =
	    false; /* until its name is known: its keys would land in the section before */
	r->section = (struct str){ NULL, 0 };
	if (!str_ends(line, STR("]")) || str_find(line, ']') != line.len - 1) {
		complain(r, r->section,
		    "a section line is wrong; allowed is [section] and nothing behind it");
		r->section = STR("?");
		return false;
	}
	str_eat(&name, '[');
	r->section = str_trim(name);
	if (r->section.len == 0)
		r->section = STR("?");
	r->section_known = section_exists(r->section);
	if (!r->section_known)
		section_unknown(r);
	return true;
}

static bool
has_inline_comment(struct str line)
{
	for (size_t i = 1; i < line.len; i++) {
		if (line.p[i] == ';' && (line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			return true;
	}
	return false;
}

static bool
has_control(struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

/* What makes a line of key and value unfit to be handed to inih, or NULL. */
static const char *
line_unfit(const struct reader *r, struct str line)
{
	if (line.len > CONFIG_LINE_MOST)
		return "the line is longer than 198 bytes; a list may be spread over several "
		       "lines, each with the key again";
	if (has_control(line))
		return "the line holds a control character; allowed is plain text";
	if (has_inline_comment(line))
		return "' ;' would cut the value off there; allowed is a comment on a line of its "
		       "own";
	if (r->section.len == 0)
		return "stands before any section; allowed is a line such as [serve] above it";
	return NULL;
}

/* The part of the line that inih is to see: all of it, or nothing. */
static struct str
look_at(struct reader *r, struct str line)
{
	static const struct str nothing = { "", 0 };
	struct str trimmed = str_trim(line); /* an indented key is a key, and continues no value */
	const char *unfit;

	if (str_find(line, '\0') < line.len) {
		complain(r, key_of(str_first(line, str_find(line, '\0'))),
		    "the line holds a NUL byte; allowed is plain text");
		return nothing;
	}
	if (trimmed.len == 0 || trimmed.p[0] == '#' || trimmed.p[0] == ';')
		return nothing;
	if (trimmed.p[0] == '[' && !has_control(trimmed))
		return begin_section(r, trimmed) && trimmed.len <= CONFIG_LINE_MOST ? trimmed
										    : nothing;
	unfit = line_unfit(r, trimmed);
	if (unfit != NULL) {
		complain(r, key_of(trimmed), unfit);
		return nothing;
	}
	r->unanswered = r->section_known;
	return trimmed;
}

static void
settle(struct reader *r)
{
	if (r->unanswered)
		complain(r, (struct str){ NULL, 0 }, "the line has no '='; allowed is key = value");
	r->unanswered = false;
}

/* inih's reader: the next line into out, as fgets would. */
static char *
next_line(char *out, int size, void *stream)
{
	struct reader *r = stream;
	struct str line;

	settle(r);
	if (r->rest.len == 0 || size <= 0)
		return NULL;
	line = str_cut(&r->rest, '\n');
	r->line++;
	if (str_ends(line, STR("\r")))
		line.len--;
	line = look_at(r, line);
	str_copy(out, (size_t)size, line);
	if (line.len >= (size_t)size) { /* an inih that was built with shorter lines than usual */
		complain(r, key_of(line), "the line is too long for this system's inih");
		out[0] = '\0';
		r->unanswered = false;
	}
	return out;
}

/* ---- key and value, from inih ---- */

static void
key_unknown(struct reader *r, struct str key)
{
	struct nearest near = NEAREST_INIT(key);
	const char *elsewhere = NULL;
	struct buf what = BUF_INIT(512);

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		if ((row->flags & ROW_ACTION) != 0)
			continue;
		if (str_eq(r->section, str_from(row->section)))
			nearest_try(&near, str_from(row->key));
		else if (str_eq(key, str_from(row->key)))
			elsewhere = row->section;
	}
	buf_add_str(&what, STR("unknown key; "));
	if (elsewhere != NULL)
		buf_printf(&what, "it belongs to [%s]", elsewhere);
	else if (near.best[0] != '\0')
		buf_printf(&what, "did you mean '%s'?", near.best);
	else
		buf_add_str(&what, STR("allowed are those of sockchat.ini(5)"));
	complain(r, key, buf_cstr(&what));
	buf_free(&what);
}

/* inih's handler; its section is not asked: begin_section has looked at it more closely. */
static int
take(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct str key = str_from(name);
	const struct setting_row *row = row_by_key(r->section, key);
	struct origin from = { LAYER_FILE, r->line };
	struct err e;

	(void)section;
	r->unanswered = false;
	if (!r->section_known)
		return 1;
	if (row == NULL) {
		key_unknown(r, key);
	} else if (r->seen[row->id] != 0 && (row->flags & ROW_LIST) == 0) {
		err_set(&e, "stands on line %u already; allowed is once", r->seen[row->id]);
		complain(r, key, e.text);
	} else {
		if (settings_put(r->settings, row, from, str_from(value), &e) == -1)
			complain(r, key, e.text);
		r->seen[row->id] = r->line;
	}
	return 1;
}

void
config_parse(struct settings *s, const char *name, struct str text, struct problems *wrong)
{
	struct reader r = { .settings = s, .wrong = wrong, .name = name, .rest = text };

	if (str_starts(text, STR("\xef\xbb\xbf")))
		r.rest = str_from_byte(text, 3);
	/* What is wrong with a line was said; below zero, inih had no memory. */
	if (ini_parse_stream(next_line, &r, take, &r) < 0)
		problems_add(wrong, "%s: out of memory", name);
	settle(&r);
}

/* ---- the file ---- */

static enum config_load
say(struct problems *wrong, const char *path, const char *what)
{
	struct buf shown = BUF_INIT(PROBLEM_MOST);

	utf8_show(&shown, str_from(path));
	problems_add(wrong, "%s: %s", buf_cstr(&shown), what);
	buf_free(&shown);
	return CONFIG_WRONG;
}

static enum config_load
open_failed(struct problems *wrong, const char *path)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return CONFIG_MISSING;
	if (errno == EACCES || errno == EPERM)
		return CONFIG_DENIED;
	return say(wrong, path, strerror(errno));
}

/* -1 with errno. */
static int
read_whole(int fd, struct buf *text)
{
	enum { PIECE = 16384 };

	for (;;) {
		char *room = buf_room(text, PIECE);
		if (room == NULL) {
			errno = EFBIG;
			return -1;
		}
		ssize_t n = read(fd, room, PIECE);
		if (n == 0)
			return 0;
		if (n > 0)
			text->len += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
}

static enum config_load
load_open(int fd, struct settings *s, const char *path, bool again, struct problems *wrong)
{
	struct buf text = BUF_INIT(CONFIG_FILE_MOST);
	struct stat st;
	enum config_load load = CONFIG_LOADED;

	if (fstat(fd, &st) == -1)
		return say(wrong, path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return say(wrong, path, "is a directory; allowed is a file of plain text");
	if (again && !S_ISREG(st.st_mode))
		return say(wrong, path, "is no ordinary file; only such a one can be read again");
	if (read_whole(fd, &text) == 0)
		config_parse(s, path, buf_str(&text), wrong);
	else if (errno == EFBIG)
		load = say(wrong, path, "is too large; allowed is less than one MiB");
	else
		load = say(wrong, path, strerror(errno));
	buf_free(&text);
	return load;
}

enum config_load
config_load(struct settings *s, const char *path, bool again, struct problems *wrong)
{
	/*
	 * A pipe is fine at the start (--config <(...)), but a running server must not wait for
	 * one.
	 */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (again ? O_NONBLOCK : 0));
	enum config_load load;

	if (fd == -1)
		return open_failed(wrong, path);
	load = load_open(fd, s, path, again, wrong);
	close(fd);
	return load;
}
