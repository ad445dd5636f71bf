/* News that wait until what was said before them is here. */
#include "held.h"

#include <stdlib.h>
#include <string.h>

static struct str
keep(char **at, struct str text)
{
	struct str copy = { *at, text.len };

	if (text.p == NULL)
		return text;
	memcpy(*at, text.p, text.len);
	*at += text.len;
	return copy;
}

static size_t
size_of(struct str target, const struct news *n)
{
	return sizeof(struct held) + target.len + n->from.len + n->to.len + n->object.len +
	       n->text.len + n->id.len;
}

static struct held *
copy_of(struct str target, const struct news *n)
{
	struct held *x = malloc(size_of(target, n));
	char *at;

	if (x == NULL)
		return NULL;
	at = x->bytes;
	x->next = NULL;
	x->news = *n;
	x->target = keep(&at, target);
	x->news.from = keep(&at, n->from);
	x->news.to = keep(&at, n->to);
	x->news.object = keep(&at, n->object);
	x->news.text = keep(&at, n->text);
	x->news.id = keep(&at, n->id);
	return x;
}

void
held_add(struct session *s, struct str target, const struct news *n)
{
	struct catchup *h = &s->catchup;
	struct held *x = NULL;

	if (h->held_count < CATCHUP_HELD && h->held_bytes < CATCHUP_HELD_BYTES)
		x = copy_of(target, n);
	if (x == NULL) {
		held_drop(h);
		for (struct fill *f = h->first; f != NULL; f = f->next)
			f->dropped = true;
		return;
	}
	*h->held_end = x;
	h->held_end = &x->next;
	h->held_count++;
	h->held_bytes += size_of(target, n);
}

void
held_take(struct catchup *h, struct held **at)
{
	struct held *x = *at;

	*at = x->next;
	if (h->held_end == &x->next)
		h->held_end = at;
	h->held_count--;
	h->held_bytes -= size_of(x->target, &x->news);
}

void
held_drop(struct catchup *h)
{
	while (h->held != NULL) {
		struct held *x = h->held;
		held_take(h, &h->held);
		free(x);
	}
}
