/* Lines entered before. */
#include "term/history.h"

#include <stdlib.h>
#include <string.h>

void
history_init(struct history *h, size_t line_most)
{
	*h = (struct history){ .draft = BUF_INIT(line_most) };
}

void
history_free(struct history *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->lines[i]);
	h->count = h->at = 0;
	buf_free(&h->draft);
}

void
history_leave(struct history *h)
{
	h->at = h->count;
	buf_clear(&h->draft);
}

void
history_add(struct history *h, struct str line)
{
	char *copy;

	if (line.len == 0 || (h->count > 0 && str_eq(str_from(h->lines[h->count - 1]), line)))
		return;
	copy = str_dup(line);
	if (copy == NULL)
		return;
	if (h->count == HISTORY_MOST) {
		free(h->lines[0]);
		memmove(h->lines, h->lines + 1, (HISTORY_MOST - 1) * sizeof(h->lines[0]));
		h->count--;
	}
	h->lines[h->count++] = copy;
	history_leave(h);
}

bool
history_older(struct history *h, struct str now, struct str *shown)
{
	if (h->at == 0)
		return false;
	if (h->at == h->count) {
		buf_clear(&h->draft);
		if (!buf_add_str(&h->draft, now))
			return false;
	}
	*shown = str_from(h->lines[--h->at]);
	return true;
}

bool
history_newer(struct history *h, struct str *shown)
{
	if (h->at == h->count)
		return false;
	h->at++;
	*shown = h->at == h->count ? buf_str(&h->draft) : str_from(h->lines[h->at]);
	return true;
}
