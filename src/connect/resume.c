/* Positions in a file. */
#include "connect/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "connect/session.h"

static const char first_line[] = "sockchat-resume 1";

/* ---- where ----------------------------------------------------------------------------------- */

/* FNV-1a: the same in every run, and no more than a distinction. */
static uint64_t
hash(struct str text, uint64_t h)
{
	for (size_t i = 0; i < text.len; i++)
		h = (h ^ (unsigned char)text.p[i]) * 1099511628211u;
	return h;
}

static void
add_safe(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		if (ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '_')
			buf_add_char(out, c);
		else
			buf_printf(out, "%%%02x", (unsigned char)c);
	}
}

void
resume_name(struct buf *out, struct str server, struct str who)
{
	struct buf name = BUF_INIT(64 * 1024);

	buf_add_str(&name, STR("resume-"));
	add_safe(&name, server);
	buf_add_char(&name, '-');
	add_safe(&name, who);
	if (name.len <= RESUME_NAME_MOST)
		buf_add_str(out, buf_str(&name));
	else
		buf_printf(out, STR_FMT "-%016llx",
		    STR_ARG(str_first(buf_str(&name), RESUME_NAME_MOST - 17)),
		    (unsigned long long)hash(buf_str(&name), 14695981039346656037u));
	buf_free(&name);
}

/* XDG Base Directory Specification: a relative path is to be ignored. */
static int
state_folder(struct buf *out, struct err *e)
{
	struct str base = str_from(getenv("XDG_STATE_HOME"));
	struct str home = str_from(getenv("HOME"));

	if (base.len > 0 && base.p[0] == '/')
		buf_printf(out, STR_FMT "/sockchat", STR_ARG(base));
	else if (home.len > 0 && home.p[0] == '/')
		buf_printf(out, STR_FMT "/.local/state/sockchat", STR_ARG(home));
	else
		return err_set(e, "--resume: neither XDG_STATE_HOME nor HOME says where to keep "
				  "the position");
	return 0;
}

static int
make_folders(char *path, struct err *e)
{
	for (char *at = path + 1;; at++) {
		char c = *at;
		if (c != '/' && c != '\0')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			return err_errno(e, "%s: making the folder for the position", path);
		*at = c;
		if (c == '\0')
			return 0;
	}
}

int
resume_path(char out[RESUME_PATH_MOST], struct str server, struct str who, struct err *e)
{
	struct buf b = BUF_INIT(RESUME_PATH_MOST - 16); /* for what stands beside it */
	int result = state_folder(&b, e);

	if (result == 0) {
		str_copy(out, RESUME_PATH_MOST, buf_str(&b));
		result = make_folders(out, e);
	}
	buf_add_char(&b, '/');
	resume_name(&b, server, who);
	if (result == 0 && b.truncated)
		result = err_set(e, "%s: the path is too long", out);
	if (result == 0)
		str_copy(out, RESUME_PATH_MOST, buf_str(&b));
	buf_free(&b);
	return result;
}

/* ---- the text -------------------------------------------------------------------------------- */

static void
add_time(struct buf *out, int64_t time)
{
	char when[CLOCK_ISO_SIZE];

	clock_iso(time, when);
	buf_printf(out, "%s\n", when);
}

bool
resume_write(struct buf *out, const struct positions *p)
{
	const struct position *at;

	buf_printf(out, "%s\n", first_line);
	if (p->since > 0) {
		buf_add_str(out, STR("since "));
		add_time(out, p->since);
	}
	if (p->table != NULL)
		for (struct table_walk w = table_walk(p->table); (at = table_next(&w)) != NULL;) {
			buf_printf(out, "at " STR_FMT " %s ", STR_ARG(at->target),
			    at->id[0] != '\0' ? at->id : "-");
			add_time(out, at->time);
		}
	return !out->truncated;
}

static bool
parse_line(struct positions *p, struct str line)
{
	struct str word = str_word(&line), target, id;
	int64_t time;

	if (str_eq(word, STR("since")))
		return session_parse_time(str_word(&line), &p->since);
	if (!str_eq(word, STR("at")))
		return false;
	target = str_word(&line);
	id = str_word(&line);
	if (id.len == 0 || !session_parse_time(str_word(&line), &time))
		return false;
	positions_move(p, target, strchr("#&+!", target.p[0]) != NULL,
	    str_eq(id, STR("-")) ? STR("") : id, time);
	return true;
}

int
resume_parse(struct positions *p, struct str text, struct err *e)
{
	unsigned number = 1;

	if (!str_eq(str_cut(&text, '\n'), str_from(first_line)))
		return err_set(e,
		    "line 1: '%s' is expected: it is of another version, or not from "
		    "here; without it, what was missed is not known",
		    first_line);
	while (text.len > 0) {
		number++;
		if (!parse_line(p, str_cut(&text, '\n')))
			return err_set(e,
			    "line %u cannot be understood; without the file, what "
			    "was missed is not known",
			    number);
	}
	p->changed = false;
	return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static int
read_all(int fd, struct buf *text)
{
	ssize_t n = 1;

	while (n > 0) {
		char *room = buf_room(text, 4096);
		if (room == NULL) {
			errno = EFBIG;
			return -1;
		}
		n = read(fd, room, 4096);
		if (n > 0)
			text->len += (size_t)n;
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	return n == 0 ? 0 : -1;
}

int
resume_load(struct positions *p, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(RESUME_TEXT_MOST + 4096);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct err why = { .text = "" };
	int result;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1)
		return err_errno(e, "%s: reading the position", path);
	result = read_all(fd, &text);
	if (result == -1)
		err_errno(e, "%s: reading the position", path);
	close(fd);
	if (result == 0 && resume_parse(p, buf_str(&text), &why) == -1)
		result = err_set(e, "%s: %s", path, why.text);
	buf_free(&text);
	return result;
}

static bool
write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.p, text.len);
		if (n == -1 && errno != EINTR)
			return false;
		if (n > 0)
			text = str_from_byte(text, (size_t)n);
	}
	return fsync(fd) == 0;
}

/* The new name is safe when its folder is. */
static bool
sync_folder(const char *path)
{
	char folder[RESUME_PATH_MOST];
	int fd;
	bool ok;

	str_copy(folder, sizeof(folder), str_from(path));
	*strrchr(folder, '/') = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

int
resume_save(const char *path, struct str text, struct err *e)
{
	char beside[RESUME_PATH_MOST + 8];
	bool ok;
	int fd;

	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_errno(e, "%s: keeping the position", beside);
	ok = write_all(fd, text);
	if (!ok)
		err_errno(e, "%s: keeping the position", beside);
	if (close(fd) == -1 && ok)
		return err_errno(e, "%s: keeping the position", beside);
	if (!ok)
		return -1;
	if (rename(beside, path) == -1 || !sync_folder(path))
		return err_errno(e, "%s: keeping the position", path);
	return 0;
}
