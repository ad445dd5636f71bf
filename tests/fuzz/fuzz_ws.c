/*
 * WebSockets: the request, frames that come, lines that go. Whatever the pieces, the same comes of
 * it as of the whole, and never more than there is room for. The first byte says which of the
 * three, the second how the rest is cut.
 */
#include <stdint.h>

#include "must.h"
#include "net/handshake.h"
#include "net/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MOST = 1 << 17 };

/* Lengths of pieces, by a seed; 0: all in one. */
struct cutter {
	uint32_t seed, most;
};

static size_t
next_length(struct cutter *c, size_t left)
{
	size_t n;

	if (c->most == 0)
		return left;
	c->seed = c->seed * 1103515245u + 12345u;
	n = 1 + (c->seed >> 16) % c->most;
	return n < left ? n : left;
}

/* ---- the request ----------------------------------------------------------------------------- */

static struct handshake
take_request(struct str all, struct cutter cut)
{
	struct handshake h = { 0 };
	struct str window = str_first(all, 0);

	while (h.status == 0 && window.p + window.len < all.p + all.len) {
		size_t left = (size_t)(all.p + all.len - window.p) - window.len;
		struct str own, in;
		window.len += next_length(&cut, left);
		own = in = exact(window);
		handshake_take(&h, &in);
		must_be_inside(own, in);
		window = str_from_byte(window, own.len - in.len);
		free((void *)(uintptr_t)own.p);
	}
	return h;
}

static void
fuzz_request(struct str all, struct cutter cut)
{
	struct handshake whole = take_request(all, (struct cutter){ 0, 0 });
	struct handshake pieces = take_request(all, cut);
	struct buf text = BUF_INIT(HANDSHAKE_ANSWER_ROOM);

	/* what comes behind a good one may come after the answer */
	if (pieces.status != HTTP_SWITCHING)
		must(whole.status == pieces.status);
	must(str_eq(str_from(whole.host), str_from(pieces.host)) || whole.status != 0);
	if (whole.status == 0)
		return;
	handshake_answer(&whole, &text);
	must(!text.truncated && str_ends(buf_str(&text), STR("\n")));
	(void)handshake_same_host(&whole, STR("chat.example"));
	buf_free(&text);
}

/* ---- frames that come ------------------------------------------------------------------------ */

struct decoded {
	struct buf lines, replies;
	bool open;
};

static struct decoded
decode(struct str all, struct cutter cut)
{
	struct decoded d = { BUF_INIT(2 * INPUT_MOST), BUF_INIT(2 * INPUT_MOST), true };
	struct ws w = { .framed = true };

	while (d.open && all.len > 0) {
		struct str piece = str_first(all, next_length(&cut, all.len)), own = exact(piece);
		char *out = malloc(piece.len + 1);
		size_t len;
		must(out != NULL);
		d.open = ws_decode(&w, own, out, &len, &d.replies);
		must(len <= piece.len + 1);
		must(buf_add(&d.lines, out, len));
		free(out);
		free((void *)(uintptr_t)own.p);
		all = str_from_byte(all, piece.len);
	}
	ws_free(&w);
	must(!d.replies.truncated);
	return d;
}

/* The whole lines of it: what there was of another that is wrong may differ. */
static struct str
whole_lines(const struct buf *b)
{
	struct str all = buf_str(b);

	while (all.len > 0 && all.p[all.len - 1] != '\n')
		all.len--;
	return all;
}

/* Frames of a server, one after the other, whole and not masked. */
static void
must_be_frames(struct str all)
{
	while (all.len > 0) {
		size_t head = 2, length;
		must(all.len >= 2 && ((unsigned char)all.p[0] & 0x80) != 0);
		length = (unsigned char)all.p[1];
		must(length < 127);
		if (length == 126) {
			head = 4;
			must(all.len >= 4);
			length = (size_t)(unsigned char)all.p[2] << 8 | (unsigned char)all.p[3];
		}
		must(all.len >= head + length);
		all = str_from_byte(all, head + length);
	}
}

static void
fuzz_frames(struct str all, struct cutter cut)
{
	struct decoded whole = decode(all, (struct cutter){ 0, 0 }), pieces = decode(all, cut);

	/* wslay judges the reason of a Close otherwise when it comes in pieces: it is over
	 * anyway. */
	if (str_find(all, (char)0x88) == all.len)
		must(whole.open == pieces.open);
	/* of a message that is wrong in the end, lines before that are there if they came before */
	must(str_starts(whole_lines(&pieces.lines), whole_lines(&whole.lines)));
	if (whole.open)
		must(str_eq(whole_lines(&pieces.lines), whole_lines(&whole.lines)));
	must_be_frames(buf_str(&whole.replies));
	must_be_frames(buf_str(&pieces.replies));
	buf_free(&whole.lines);
	buf_free(&whole.replies);
	buf_free(&pieces.lines);
	buf_free(&pieces.replies);
	ws_pool_free();
}

/* ---- lines that go --------------------------------------------------------------------------- */

static void
fuzz_lines(struct str all, enum ws_opcode opcode)
{
	size_t room = ws_frame_room(all.len), len;
	char *text;

	for (size_t i = 0; i + 1 < all.len; i++) /* none is empty */
		if (all.p[i] == '\n' && (all.p[i + 1] == '\n' || all.p[i + 1] == '\r'))
			return;
	if (all.len == 0 || all.p[0] == '\n' || all.p[0] == '\r')
		return;
	text = malloc(room);
	must(text != NULL);
	memcpy(text, all.p, all.len);
	len = ws_frame_lines(opcode, text, all.len);
	must(len <= room);
	must_be_frames((struct str){ text, len });
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all;
	struct cutter cut;

	if (size < 2 || size > INPUT_MOST)
		return 0;
	all = (struct str){ (const char *)data + 2, size - 2 };
	cut = (struct cutter){ data[1], data[1] % 64u };
	if (data[0] % 4 == 0)
		fuzz_request(all, cut);
	else if (data[0] % 4 == 1 && ws_library[0] != '\0')
		fuzz_frames(all, cut);
	else if (data[0] % 4 > 1 && all.len <= UINT16_MAX)
		fuzz_lines(all, data[0] % 4 == 2 ? WS_TEXT : WS_BINARY);
	return 0;
}
