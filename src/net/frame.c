/* Lines out of bytes. */
#include "net/frame.h"

static struct str
without_cr(struct str line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* No newline is here yet. */
static enum frame_result
wait_for_end(struct frame *f, struct str *in, size_t limit)
{
	bool first = !f->overlong;

	f->scanned = (uint32_t)in->len;
	if (!f->overlong && without_cr(*in).len <= limit)
		return FRAME_MORE;
	f->overlong = true;
	f->scanned = 0;
	*in = str_from_byte(*in, in->len);
	return first ? FRAME_OVERLONG : FRAME_MORE;
}

enum frame_result
frame_next(struct frame *f, struct str *in, size_t limit, struct str *line)
{
	for (;;) {
		struct str unseen = str_from_byte(*in, f->scanned);
		size_t at = str_find(unseen, '\n');
		bool overlong = f->overlong;

		if (at == unseen.len)
			return wait_for_end(f, in, limit);
		*line = without_cr(str_first(*in, f->scanned + at));
		*in = str_from_byte(unseen, at + 1);
		*f = (struct frame){ 0 };
		if (overlong)
			continue; /* the tail of a line that was complained about */
		return line->len > limit ? FRAME_OVERLONG : FRAME_LINE;
	}
}
