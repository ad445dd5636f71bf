/* A growing run of bytes with a ceiling. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT(b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->truncated = false;
}

/* Room for `len` more bytes, whatever the ceiling; NULL when memory is short. */
static char *
grow(struct buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 64;
	char *grown;

	if (b->cap - b->len >= len && b->data != NULL)
		return b->data + b->len;
	while (cap - b->len < len)
		cap *= 2;
	grown = realloc(b->data, cap);
	if (grown == NULL) {
		b->truncated = true;
		return NULL;
	}
	b->data = grown;
	b->cap = cap;
	return b->data + b->len;
}

char *
buf_room(struct buf *b, size_t len)
{
	if (len > b->max || b->len > b->max - len) {
		b->truncated = true;
		return NULL;
	}
	return grow(b, len);
}

bool
buf_add(struct buf *b, const void *data, size_t len)
{
	char *at;

	if (len == 0)
		return true;
	at = buf_room(b, len);
	if (at == NULL)
		return false;
	memcpy(at, data, len);
	b->len += len;
	return true;
}

bool
buf_add_str(struct buf *b, struct str s)
{
	return buf_add(b, s.p, s.len);
}

bool
buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *at;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_room(b, (size_t)n) == NULL)
		return false;
	at = grow(b, (size_t)n + 1); /* vsnprintf ends with a NUL, which does not count */
	if (at == NULL)
		return false;
	va_start(ap, fmt);
	vsnprintf(at, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return true;
}

void
buf_drop(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->data, b->len };
}

const char *
buf_cstr(struct buf *b)
{
	char *at = grow(b, 1);

	if (at == NULL)
		return "";
	*at = '\0';
	return b->data;
}
