/* WebSocket frames as a server sends them. */
#include "net/wsframe.h"

#include <string.h>

#include "base/utf8.h"

enum { FIN = 0x80, LENGTH_16 = 126, LENGTH_64 = 127 };

static size_t
header_length(uint64_t length)
{
	return length < LENGTH_16 ? 2 : length <= UINT16_MAX ? 4 : WS_HEADER_MOST;
}

size_t
ws_header(char out[WS_HEADER_MOST], enum ws_opcode opcode, uint64_t length)
{
	size_t n = header_length(length);

	out[0] = (char)(FIN | opcode);
	out[1] = (char)(n == 2 ? length : n == 4 ? LENGTH_16 : LENGTH_64);
	for (size_t i = n; i > 2; i--, length >>= 8)
		out[i - 1] = (char)(length & 0xff);
	return n;
}

size_t
ws_frame_room(size_t len)
{
	/* A line of two bytes, one of them its end, grows by one; longer ones by less of theirs. */
	return len + len / 2 + WS_HEADER_MOST;
}

/* The length of the first line, and *end of its end. */
static size_t
line_length(struct str rest, size_t *end)
{
	size_t n = str_find(rest, '\n');

	*end = n < rest.len;
	if (*end > 0 && n > 0 && rest.p[n - 1] == '\r') {
		*end = 2;
		n--;
	}
	return n;
}

static void
make_utf8(char *bytes, size_t len)
{
	struct str rest = { bytes, len };
	uint32_t cp;

	while (!utf8_valid(rest)) {
		size_t n;
		while ((n = utf8_decode(rest, &cp)) > 0)
			rest = str_from_byte(rest, n);
		bytes[len - rest.len] = '?';
		rest = str_from_byte(rest, 1);
	}
}

/* By how many bytes the lines grow. */
static size_t
growth_of(struct str rest)
{
	size_t growth = 0, n, end;

	while (rest.len > 0) {
		n = line_length(rest, &end);
		growth += header_length(n) - end;
		rest = str_from_byte(rest, n + end);
	}
	return growth;
}

size_t
ws_frame_lines(enum ws_opcode opcode, char *room, size_t len)
{
	size_t growth = growth_of((struct str){ room, len });
	struct str rest = { room + growth, len };
	char head[WS_HEADER_MOST], *at = room;

	if (opcode == WS_TEXT)
		make_utf8(room, len);
	/* From behind: what is written never reaches what is still to be read. */
	memmove(room + growth, room, len);
	while (rest.len > 0) {
		size_t end, n = line_length(rest, &end), h = ws_header(head, opcode, n);
		memmove(at + h, rest.p, n);
		memcpy(at, head, h);
		at += h + n;
		rest = str_from_byte(rest, n + end);
	}
	return (size_t)(at - room);
}

size_t
ws_close_frame(char out[WS_CLOSE_ROOM], enum ws_code code, struct str reason)
{
	size_t n;

	reason = str_first(reason, utf8_prefix(reason, WS_REASON_MOST));
	if (!utf8_valid(reason))
		reason.len = 0;
	n = ws_header(out, WS_CLOSE, 2 + reason.len);
	out[n++] = (char)(code >> 8);
	out[n++] = (char)(code & 0xff);
	if (reason.len > 0)
		memcpy(out + n, reason.p, reason.len);
	return n + reason.len;
}
