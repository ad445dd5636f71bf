/* Messages out of what an unknown program sends. */
#include "peer/lines.h"

void
lines_init(struct lines *l)
{
	*l = (struct lines){ .text = BUF_INIT(LINES_MOST) };
}

void
lines_free(struct lines *l)
{
	buf_free(&l->text);
	lines_init(l);
}

static void
begin(struct lines *l)
{
	if (l->given)
		buf_clear(&l->text);
	l->given = false;
}

static bool
give(struct lines *l, struct str *line)
{
	*line = buf_str(&l->text);
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	l->given = true;
	return true;
}

/* The bytes before the next newline or NUL, as many as there is room for. */
static struct str
plain_part(const struct lines *l, struct str in)
{
	struct str part = str_first(in, LINES_MOST - l->text.len);

	part = str_first(part, str_find(part, '\n'));
	return str_first(part, str_find(part, '\0'));
}

bool
lines_next(struct lines *l, struct str *in, struct str *line)
{
	begin(l);
	while (in->len > 0) {
		struct str part = plain_part(l, *in);
		if (!buf_add_str(&l->text, part) || l->text.len == LINES_MOST) {
			*in = str_from_byte(*in, part.len);
			return give(l, line);
		}
		*in = str_from_byte(*in, part.len);
		if (str_eat(in, '\n')) {
			l->newlines = true;
			return give(l, line);
		}
		if (str_eat(in, '\0') && !l->newlines && l->text.len > 0)
			return give(l, line);
	}
	return false;
}

bool
lines_waiting(const struct lines *l)
{
	return !l->newlines && !l->given && l->text.len > 0;
}

bool
lines_end(struct lines *l, struct str *line)
{
	begin(l);
	return l->text.len > 0 && give(l, line);
}
