/* The line editor and the view under it: any bytes from a terminal, in any pieces. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "term/edit.h"
#include "term/view.h"

enum { COLUMNS_MOST = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
candidates(void *arg, struct str line, size_t word, size_t cursor, struct buf *out)
{
	(void)arg;
	buf_printf(out, "%.*s!\n\u6f22e\u0301 \n\033\xff\n", (int)(cursor - word),
	    line.len > 0 ? line.p + word : "");
}

static void
must(bool true_thing)
{
	if (!true_thing)
		abort();
}

/* Where the cursor was put: ESC [ number C is written last. */
static unsigned long
last_column(struct str out)
{
	size_t at = out.len;

	while (at > 0 && out.p[at - 1] != '[')
		at--;
	return at > 0 && out.p[out.len - 1] == 'C' ? strtoul(out.p + at, NULL, 10) : 0;
}

/* The promises of edit.h and view.h. */
static void
check(const struct edit *e, struct view *v, struct buf *out)
{
	struct str text = edit_text(e), before = str_first(text, edit_cursor(e));

	must(utf8_valid(text) && utf8_valid(before) && edit_cursor(e) <= text.len);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		must(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f));
	}
	view_refresh(v, text, edit_cursor(e));
	must(out->len < 4096 + 8 * text.len);
	must(last_column(buf_str(out)) < COLUMNS_MOST);
	buf_clear(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view_options options = { true, true,
		size > 0 ? data[0] % (unsigned)COLUMNS_MOST : 0 };
	struct buf out = BUF_INIT(1 << 20);
	struct edit *e = edit_new();
	struct view *v = view_new(&out, &options);
	size_t step = size > 0 ? 1 + data[0] % 7u : 1, turns = 0;
	struct str in = { (const char *)data, size };

	if (e == NULL || v == NULL)
		abort();
	edit_complete_with(e, &(struct edit_completer){ candidates, NULL });
	view_prompt(v, STR("[2/3] "), STR("> "));
	while (in.len > 0) {
		struct str piece = str_first(in, step);
		enum edit_event event;
		in = str_from_byte(in, step);
		while ((event = edit_feed(e, &piece)) != EDIT_MORE) {
			if (event == EDIT_LINE && edit_line(e).len % 3 == 2)
				edit_refuse(e);
			else if (event == EDIT_LINE)
				edit_remember(e, edit_line(e));
			else if (event == EDIT_SUSPEND)
				edit_timeout(e);
			must(++turns < 4 * size + 16);
		}
		check(e, v, &out);
	}
	view_free(v);
	edit_free(e);
	buf_free(&out);
	return 0;
}
