/* WebSocket frames: lines become messages, and messages lines, however they are cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#include "net/ws.h"

/* ---- going out ------------------------------------------------------------------------------- */

static void
test_headers(void **state)
{
	static const struct {
		uint64_t length;
		struct str want;
	} cases[] = {
		{ 0, BYTES("\201\000") },
		{ 125, BYTES("\201\175") },
		{ 126, BYTES("\201\176\000\176") },
		{ 65535, BYTES("\201\176\377\377") },
		{ 65536, BYTES("\201\177\000\000\000\000\000\001\000\000") },
	};
	char out[WS_HEADER_MOST];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = ws_header(out, WS_TEXT, cases[i].length);
		expect_int("length", (long long)n, (long long)cases[i].want.len);
		assert_memory_equal(out, cases[i].want.p, n);
	}
}

static const struct {
	enum ws_opcode opcode;
	struct str lines, want;
} framings[] = {
	{ WS_TEXT, BYTES(""), BYTES("") },
	{ WS_TEXT, BYTES("PING\r\n"), BYTES("\201\4PING") },
	{ WS_BINARY, BYTES("PING\r\n"), BYTES("\202\4PING") },
	{ WS_TEXT, BYTES("a: b\n"), BYTES("\201\4a: b") },
	{ WS_TEXT, BYTES("x\n"), BYTES("\201\1x") },
	{ WS_TEXT, BYTES("a\nb\nc\n"), BYTES("\201\1a\201\1b\201\1c") },
	{ WS_TEXT, BYTES("one\r\ntwo\r\n"), BYTES("\201\3one\201\3two") },
	{ WS_TEXT, BYTES("caf\351 \303\251\r\n"), BYTES("\201\7caf? \303\251") },
	{ WS_TEXT, BYTES("\303\r\n\377\r\n"), BYTES("\201\1?\201\1?") },
	{ WS_BINARY, BYTES("caf\351\r\n"), BYTES("\202\4caf\351") },
};

static void
test_lines_become_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(framings); i++) {
		size_t len = framings[i].lines.len, room = ws_frame_room(len);
		char *text = malloc(room); /* of this size: a sanitizer sees what is beyond */
		assert_non_null(text);
		memcpy(text, framings[i].lines.p, len);
		len = ws_frame_lines(framings[i].opcode, text, len);
		expect_str(framings[i].lines.p, (struct str){ text, len }, framings[i].want);
		assert_true(len <= room);
		free(text);
	}
}

/* Many lines of each length, so that each header's is among them. */
static void
test_long_lines(void **state)
{
	enum { LINES = 40 };
	static const size_t lengths[] = { 1, 124, 125, 126, 127, 500, 8000 };
	static char room[2 * LINES * 8002];

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t n = lengths[i], head = n < 126 ? 2 : 4, at = 0;
		for (int k = 0; k < LINES; k++) {
			memset(room + at, 'a' + k % 26, n);
			memcpy(room + at + n, "\r\n", 2);
			at += n + 2;
		}
		expect_int("length", (long long)ws_frame_lines(WS_TEXT, room, at),
		    (long long)(LINES * (n + head)));
		for (int k = 0; k < LINES; k++) {
			const char *message = room + (size_t)k * (n + head) + head;
			expect_int("first", message[0], 'a' + k % 26);
			expect_int("last", message[n - 1], 'a' + k % 26);
		}
	}
}

static void
test_close(void **state)
{
	char out[WS_CLOSE_ROOM], reason[200];

	(void)state;
	assert_int_equal(ws_close_frame(out, WS_NORMAL, STR("bye")), 7);
	assert_memory_equal(out, "\210\5\3\350bye", 7);
	memset(reason, 'x', sizeof(reason));
	memcpy(reason + WS_REASON_MOST - 1, "\303\251", 2); /* would be cut in two */
	assert_int_equal(ws_close_frame(out, WS_POLICY, (struct str){ reason, 200 }), 4 + 122);
	assert_int_equal(out[1], 124);
	assert_int_equal(ws_close_frame(out, WS_POLICY, STR("\377")), 4);
}

/* ---- coming in ------------------------------------------------------------------------------- */

/* A client's frame; of the mask 01 02 03 04 unless it is to have none. */
struct sent {
	unsigned first; /* FIN, reserved bits and opcode */
	const char *payload;
	bool bare;        /* not masked */
	long long length; /* what the header says; 0: the truth */
};

enum { FIN = 0x80, CONT = 0, TEXT = 1, BINARY = 2, CLOSING = 8, PING = 9, PONG = 10 };

static size_t
put_frame(char *out, const struct sent *f)
{
	static const char mask[] = { 1, 2, 3, 4 };
	size_t size = strlen(f->payload), n;

	n = ws_header(out, 0, f->length ? (uint64_t)f->length : size);
	out[0] = (char)f->first;
	if (!f->bare) {
		out[1] = (char)(out[1] | 0x80);
		memcpy(out + n, mask, 4);
		n += 4;
	}
	for (size_t i = 0; i < size; i++)
		out[n + i] = (char)(f->payload[i] ^ (f->bare ? 0 : mask[i % 4]));
	return n + size;
}

static const struct {
	const char *name;
	struct sent frames[6]; /* up to the first without a payload */
	const char *lines, *replies;
	bool open;
} scripts[] = {
	{ "a message", { { FIN | TEXT, "PING x", 0, 0 } }, "PING x\n", "", true },
	{ "binary", { { FIN | BINARY, "caf\351", 0, 0 } }, "caf\351\n", "", true },
	{ "an empty one", { { FIN | TEXT, "", 0, 0 }, { FIN | TEXT, "a", 0, 0 } }, "\na\n", "",
	    true },
	{ "in parts", { { TEXT, "PI", 0, 0 }, { CONT, "", 0, 0 }, { FIN | CONT, "NG", 0, 0 } },
	    "PING\n", "", true },
	{ "a character in parts", { { TEXT, "\303", 0, 0 }, { FIN | CONT, "\251", 0, 0 } },
	    "\303\251\n", "", true },
	{ "a ping", { { FIN | PING, "hi", 0, 0 } }, "", "\212\2hi", true },
	{ "a pong", { { FIN | PONG, "hi", 0, 0 } }, "", "", true },
	{ "a ping between the parts",
	    { { TEXT, "a", 0, 0 }, { FIN | PING, "?", 0, 0 }, { FIN | CONT, "b", 0, 0 } }, "ab\n",
	    "\212\1?", true },
	{ "a close", { { FIN | TEXT, "a", 0, 0 }, { FIN | CLOSING, "\3\350ok", 0, 0 } }, "a\n",
	    "\210\4\3\350ok", false },
	{ "nothing behind a close",
	    { { FIN | CLOSING, "\3\350", 0, 0 }, { FIN | TEXT, "a", 0, 0 } }, "", "\210\2\3\350",
	    false },
	{ "a close of no such code", { { FIN | CLOSING, "\3\355", 0, 0 } }, "", "\210\2\3\352",
	    false },
	{ "not masked", { { FIN | TEXT, "a", true, 0 } }, "", "\210\2\3\352", false },
	{ "a reserved bit", { { FIN | 0x40 | TEXT, "a", 0, 0 } }, "", "\210\2\3\352", false },
	{ "a reserved opcode", { { FIN | 3, "a", 0, 0 } }, "", "\210\2\3\352", false },
	{ "a reserved control opcode", { { FIN | 11, "a", 0, 0 } }, "", "\210\2\3\352", false },
	{ "a part of nothing", { { FIN | CONT, "a", 0, 0 } }, "", "\210\2\3\352", false },
	{ "a message in a message", { { TEXT, "a", 0, 0 }, { FIN | TEXT, "b", 0, 0 } }, "a",
	    "\210\2\3\352", false },
	{ "a ping in parts", { { PING, "a", 0, 0 } }, "", NULL, false },
	{ "a long ping", { { FIN | PING, "a", 0, 126 } }, "", NULL, false },
	{ "text that is not UTF-8", { { FIN | TEXT, "caf\351", 0, 0 } }, "", "\210\2\3\357",
	    false },
	{ "text that is cut", { { FIN | TEXT, "caf\303", 0, 0 } }, "", "\210\2\3\357", false },
	{ "the largest message", { { FIN | TEXT, "a", 0, WS_MESSAGE_MOST } }, "a", "", true },
	{ "a larger one", { { FIN | TEXT, "a", 0, WS_MESSAGE_MOST + 1 } }, "", "\210\2\3\361",
	    false },
	{ "larger than anything", { { FIN | TEXT, "a", 0, INT64_MAX } }, "", "\210\2\3\361",
	    false },
};

/* The script cut in two; what came of it is gathered. */
static bool
decode_in_two(struct ws *w, struct str in, size_t cut, struct buf *lines, struct buf *replies)
{
	struct str parts[] = { str_first(in, cut), str_from_byte(in, cut) };
	bool open = true;

	for (size_t i = 0; i < 2 && open; i++) {
		char *out = malloc(parts[i].len + 1);
		size_t len;
		assert_non_null(out);
		open = ws_decode(w, parts[i], out, &len, replies);
		assert_true(len <= parts[i].len + 1);
		buf_add(lines, out, len);
		free(out);
	}
	return open;
}

static void
expect_script(size_t i, struct str in, size_t cut)
{
	struct buf lines = BUF_INIT(4096), replies = BUF_INIT(4096);
	struct ws w = { .framed = true };
	bool open = decode_in_two(&w, in, cut, &lines, &replies);
	struct str got = buf_str(&replies);

	expect_int(scripts[i].name, open, scripts[i].open);
	/* part of a line that is not to be may have come: nobody takes it for one */
	if (scripts[i].open || scripts[i].lines[0] != '\0')
		expect_text(scripts[i].name, buf_str(&lines), scripts[i].lines);
	else
		assert_int_equal(str_find(buf_str(&lines), '\n'), lines.len);
	if (scripts[i].replies == NULL) /* what is wrong is said in words, too */
		assert_true(str_contains(got, STR("\3\352A frame")));
	else
		expect_text(scripts[i].name, str_first(got, strlen(scripts[i].replies)),
		    scripts[i].replies);
	ws_free(&w);
	buf_free(&lines);
	buf_free(&replies);
}

static void
test_messages_become_lines(void **state)
{
	char text[512];

	(void)state;
	if (ws_library[0] == '\0')
		skip();
	for (size_t i = 0; i < COUNT(scripts); i++) {
		size_t len = 0;
		for (size_t k = 0; k < COUNT(scripts[i].frames); k++)
			if (scripts[i].frames[k].payload != NULL)
				len += put_frame(text + len, &scripts[i].frames[k]);
		for (size_t cut = 0; cut <= len; cut++)
			expect_script(i, (struct str){ text, len }, cut);
	}
	ws_pool_free();
}

/* A message is measured with all its parts. */
static void
test_many_parts(void **state)
{
	struct ws w = { .framed = true };
	struct buf replies = BUF_INIT(4096);
	struct sent part = { TEXT, "0123456789abcdef", false, 0 };
	char text[64], out[65];
	size_t len, all = 0;

	(void)state;
	if (ws_library[0] == '\0')
		skip();
	for (;; part.first = CONT, all += len) {
		size_t n = put_frame(text, &part);
		if (!ws_decode(&w, (struct str){ text, n }, out, &len, &replies))
			break;
		assert_true(all < 2 * WS_MESSAGE_MOST);
	}
	assert_int_equal(all, WS_MESSAGE_MOST);
	assert_memory_equal(replies.data + 2, "\3\361The message", 13);
	ws_free(&w);
	buf_free(&replies);
}

/* Nothing is held for a connection between two messages. */
static void
test_idle_holds_nothing(void **state)
{
	struct ws w = { .framed = true };
	struct buf replies = BUF_INIT(4096);
	struct sent whole = { FIN | TEXT, "line", false, 0 };
	char text[64], out[65];
	size_t len, n = put_frame(text, &whole);

	(void)state;
	if (ws_library[0] == '\0')
		skip();
	for (size_t cut = 1; cut < n; cut++) {
		assert_true(ws_decode(&w, (struct str){ text, cut }, out, &len, &replies));
		assert_non_null(w.reader);
		assert_true(
		    ws_decode(&w, (struct str){ text + cut, n - cut }, out, &len, &replies));
		assert_null(w.reader);
	}
	ws_free(&w);
	ws_pool_free();
	buf_free(&replies);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_lines_become_messages),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_messages_become_lines),
		cmocka_unit_test(test_many_parts),
		cmocka_unit_test(test_idle_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
