/* Standard input as lines. */
#include "connect/inflow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "connect/split.h"

enum { A_READ = 16 * 1024 };

static void
read_some(struct inflow *i)
{
	size_t space = INFLOW_LINE_MOST - i->buf.len;
	size_t want = space < A_READ ? space : A_READ;
	char *room = want > 0 ? buf_room(&i->buf, want) : NULL;
	ssize_t n;

	if (room == NULL)
		return;
	n = read(i->source.fd, room, want);
	if (n > 0) {
		i->buf.len += (size_t)n;
		return;
	}
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	i->ended = true;
	i->error = n == -1 ? errno : 0;
	loop_remove(i->loop, &i->source);
}

static void
on_ready(struct source *s, unsigned events)
{
	struct inflow *i = (struct inflow *)((char *)s - offsetof(struct inflow, source));

	(void)events;
	read_some(i);
	i->more(i);
}

static const struct source_kind inflow_source = { .ready = on_ready };

int
inflow_open(struct inflow *i, struct loop *l, int fd, void (*more)(struct inflow *i), struct err *e)
{
	*i = (struct inflow){ .loop = l, .buf = BUF_INIT(INFLOW_LINE_MOST), .more = more };
	i->source = (struct source){ .fd = fd, .kind = &inflow_source };
	return loop_add(l, &i->source, 0, e);
}

void
inflow_close(struct inflow *i)
{
	if (i->loop != NULL)
		loop_remove(i->loop, &i->source);
	buf_free(&i->buf);
	i->ended = true;
}

void
inflow_want(struct inflow *i, bool want)
{
	if (i->loop != NULL && !i->ended)
		loop_change(
		    i->loop, &i->source, want && i->buf.len < INFLOW_LINE_MOST ? LOOP_READ : 0);
}

static bool
whole_line(struct inflow *i, size_t len, struct str *line, size_t *used)
{
	*line = str_first(buf_str(&i->buf), len);
	*used = len < i->buf.len ? len + 1 : len;
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	if (!i->inside)
		i->number++;
	i->inside = false;
	return true;
}

bool
inflow_line(struct inflow *i, struct str *line, size_t *used)
{
	struct str text = buf_str(&i->buf);
	size_t at = i->scanned + str_find(str_from_byte(text, i->scanned), '\n');

	if (at < text.len || (i->ended && text.len > 0))
		return whole_line(i, at, line, used);
	i->scanned = text.len;
	if (text.len < INFLOW_LINE_MOST)
		return false;
	/* No end in sight: a part of it. One byte less than is there, so that it is cut between
	 * words. */
	*used = split_first(text, text.len - 1);
	*line = str_first(text, *used);
	i->number += i->inside ? 0 : 1;
	i->inside = true;
	return true;
}

void
inflow_drop(struct inflow *i, size_t used)
{
	buf_drop(&i->buf, used);
	i->scanned = 0;
}

bool
inflow_done(const struct inflow *i)
{
	return i->ended && i->buf.len == 0;
}

bool
inflow_left(struct inflow *i)
{
	struct pollfd p = { .fd = i->source.fd, .events = POLLIN };

	if (i->buf.len == 0 && !i->ended && poll(&p, 1, 0) == 1)
		read_some(i);
	return i->buf.len > 0;
}
