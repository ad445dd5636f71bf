/*
 * The line framer: any bytes in any pieces give the lines that they give in one piece. The first
 * byte is the limit, the second how the rest is cut.
 */
#include <stdint.h>

#include "must.h"
#include "net/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
without_end(struct str line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* What is expected of the rest of the input, one line at a time. */
struct expected {
	struct str rest;
	bool said; /* the line at the front was called overlong already */
};

/* Past the overlong line at the front, if its end is there. */
static void
pass_overlong(struct expected *e)
{
	if (!e->said || str_find(e->rest, '\n') == e->rest.len)
		return;
	(void)str_cut(&e->rest, '\n');
	e->said = false;
}

static void
expect_line(struct expected *e, struct str line, size_t limit)
{
	struct str want;

	pass_overlong(e);
	must(!e->said && str_find(e->rest, '\n') < e->rest.len);
	want = without_end(str_cut(&e->rest, '\n'));
	must(want.len <= limit && str_eq(line, want));
}

static void
expect_overlong(struct expected *e, size_t limit)
{
	struct str front;

	pass_overlong(e);
	must(!e->said);
	front = str_first(e->rest, str_find(e->rest, '\n'));
	must(without_end(front).len > limit);
	e->said = true;
}

static void
expect_end(struct expected *e, const struct frame *f, struct str left, size_t limit)
{
	pass_overlong(e);
	must(e->said || str_find(e->rest, '\n') == e->rest.len);
	must(f->overlong == e->said);
	must(e->said ? left.len == 0 : str_eq(left, e->rest));
	must(without_end(left).len <= limit);
}

/* Everything there is to take from these bytes; they are moved to a place of their own first. */
static size_t
take_lines(struct frame *f, struct str window, size_t limit, struct expected *e)
{
	struct str own = exact(window), in = own, line;
	enum frame_result result;
	size_t left, turns = 0;

	while ((result = frame_next(f, &in, limit, &line)) != FRAME_MORE) {
		must(++turns <= 2 * own.len + 1);
		must_be_inside(own, in);
		if (result == FRAME_LINE) {
			must_be_inside(own, line);
			expect_line(e, line, limit);
		} else {
			expect_overlong(e, limit);
		}
	}
	/* It waits with all of it seen, and never with more than a line and its CR. */
	must(f->scanned == in.len && in.len <= limit + 1);
	left = in.len;
	must_be_inside(own, in);
	free((void *)(uintptr_t)own.p);
	return left;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f = { 0 };
	struct expected e;
	struct str all, window;
	uint32_t seed;
	size_t limit;

	if (size < 2 || size > 1 << 14)
		return 0;
	limit = data[0] % 64u;
	seed = data[1];
	all = (struct str){ (const char *)data + 2, size - 2 };
	e = (struct expected){ all, false };
	window = str_first(all, 0);
	while (window.p + window.len < all.p + all.len) {
		size_t more = (size_t)(all.p + all.len - window.p) - window.len, left;
		size_t piece = data[1] == 0 ? more : 1 + (seed >> 16) % (data[1] % 32u + 1);

		seed = seed * 1103515245u + 12345u;
		window.len += piece < more ? piece : more;
		left = take_lines(&f, window, limit, &e);
		window = str_from_byte(window, window.len - left);
	}
	expect_end(&e, &f, window, limit);
	return 0;
}
