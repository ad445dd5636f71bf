/* News as lines of text for other programs. */
#include "connect/print.h"

#include "base/utf8.h"

struct form {
	struct str before, behind; /* the name, in the current conversation */
	struct str mark;           /* before the text, elsewhere */
};

static const struct form forms[NEWS_KINDS] = {
	[NEWS_MESSAGE] = { { "", 0 }, { ": ", 2 }, { "", 0 } },
	[NEWS_ACTION] = { { "* ", 2 }, { " ", 1 }, { "* ", 2 } },
	[NEWS_NOTICE] = { { "-", 1 }, { "- ", 2 }, { "", 0 } },
};

static void
print_elsewhere(struct buf *out, const struct session *s, const struct news *n)
{
	buf_add_char(out, '[');
	utf8_show(out, n->from);
	buf_add_str(out, STR(" -> "));
	utf8_show(out, session_is_self(s, n->to) ? STR("you") : n->to);
	buf_add_str(out, STR("] "));
	buf_add_str(out, forms[n->kind].mark);
}

bool
print_news(struct buf *out, const struct session *s, const struct news *n)
{
	const struct form *form = &forms[n->kind];

	if (form->behind.p == NULL || n->server)
		return false;
	if (session_is_current(s, n)) {
		buf_add_str(out, form->before);
		utf8_show(out, n->from);
		buf_add_str(out, form->behind);
	} else {
		print_elsewhere(out, s, n);
	}
	utf8_show(out, n->text);
	buf_add_char(out, '\n');
	return true;
}
