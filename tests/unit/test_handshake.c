/* The request for a WebSocket: good ones, and what is wrong with the others; however it is cut. */
#include <stdio.h>
#include <string.h>

#include "expect.h"

#include "base/sha1.h"
#include "net/handshake.h"

static void
test_sha1(void **state)
{
	static const struct {
		size_t a; /* so many times the letter a */
		const char *text, *sum;
	} cases[] = {
		{ 0, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ 0, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ 0, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
		{ 55, "", "c1c8bbdc22796e28c0e15163d20899b65621d65a" },
		{ 56, "", "c2db330f6083854c99d4b5bfb6e8f29f201be699" },
		{ 64, "", "0098ba824b5c16427bd7a1122a5a442a25ec644d" },
	};
	static char many[64];
	unsigned char sum[SHA1_SIZE];
	char hex[2 * SHA1_SIZE + 1];

	(void)state;
	memset(many, 'a', sizeof(many));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str text = cases[i].a ? (struct str){ many, cases[i].a }
					     : str_from(cases[i].text);
		sha1(text, sum);
		for (size_t k = 0; k < SHA1_SIZE; k++)
			snprintf(hex + 2 * k, 3, "%02x", sum[k]);
		expect_text(cases[i].sum, str_from(hex), cases[i].sum);
	}
}

/* RFC 6455, section 1.3. */
static void
test_accept(void **state)
{
	char accept[HANDSHAKE_ACCEPT + 1];

	(void)state;
	handshake_accept(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: chat.example:8067\r\n"
#define UP "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define V13 "Sec-WebSocket-Version: 13\r\n"
#define GOOD GET HOST UP KEY V13

static const struct {
	const char *request;
	enum http_status status;
	enum ws_protocol protocol;
} requests[] = {
	{ GOOD "\r\n", HTTP_SWITCHING, WS_NO_PROTOCOL },
	{ "GET /any/where?x=1 HTTP/1.1\nHost:h\nupgrade:WebSocket\nCONNECTION:keep-alive , upgrade"
	  "\nsec-websocket-key:\t AAAAAAAAAAAAAAAAAAAAAA== \nSEC-WEBSOCKET-VERSION:13\n\n",
	    HTTP_SWITCHING, WS_NO_PROTOCOL },
	{ GOOD "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n", HTTP_SWITCHING, WS_PROTOCOL_TEXT },
	{ GOOD "Sec-WebSocket-Protocol: chat, binary.ircv3.net,text.ircv3.net\r\n\r\n",
	    HTTP_SWITCHING, WS_PROTOCOL_BINARY },
	{ GOOD "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n\r\n",
	    HTTP_SWITCHING, WS_PROTOCOL_TEXT },
	{ GOOD "Sec-WebSocket-Protocol: TEXT.ircv3.net\r\n\r\n", HTTP_SWITCHING, WS_NO_PROTOCOL },
	{ GOOD "Sec-WebSocket-Extensions: permessage-deflate\r\nContent-Length: 0\r\n\r\n",
	    HTTP_SWITCHING, WS_NO_PROTOCOL },
	/* not whole */
	{ "", HTTP_NOT_YET, 0 },
	{ "GET /", HTTP_NOT_YET, 0 },
	{ GOOD, HTTP_NOT_YET, 0 },
	/* the first line */
	{ "NICK al\r\n", HTTP_BAD, 0 },
	{ "\026\003\001", HTTP_BAD, 0 },
	{ "\r\n", HTTP_BAD, 0 },
	{ "_GET / HTTP/1.1", HTTP_BAD, 0 },
	{ "GET /\r\n", HTTP_BAD, 0 },
	{ "GET / HTTP/1\r\n", HTTP_BAD, 0 },
	{ "GET  / HTTP/1.1\r\n", HTTP_BAD, 0 },
	{ "GET / HTTP/1.1 \r\n", HTTP_BAD, 0 },
	{ "GET /\001 HTTP/1.1\r\n", HTTP_BAD, 0 },
	{ "GET / HTTP/1.0\r\n", HTTP_VERSION, 0 },
	{ "PRI * HTTP/2.0\r\n", HTTP_VERSION, 0 },
	{ "POST / HTTP/1.1\r\n", HTTP_METHOD, 0 },
	{ "get / HTTP/1.1\r\n", HTTP_METHOD, 0 },
	/* no WebSocket */
	{ GET HOST "\r\n", HTTP_UPGRADE, 0 },
	{ "GET /?a HTTP/1.1\r\n" HOST "\r\n", HTTP_UPGRADE, 0 },
	{ "GET /favicon.ico HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_FOUND, 0 },
	{ GET HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", HTTP_UPGRADE, 0 },
	/* fields */
	{ GET UP KEY V13 "\r\n", HTTP_BAD, 0 },
	{ GOOD HOST "\r\n", HTTP_BAD, 0 },
	{ GET HOST "Upgrade: websocket\r\n" KEY V13 "\r\n", HTTP_BAD, 0 },
	{ GET HOST UP V13 "\r\n", HTTP_BAD, 0 },
	{ GOOD KEY "\r\n", HTTP_BAD, 0 },
	{ GET HOST UP V13 "Sec-WebSocket-Key: short==\r\n\r\n", HTTP_BAD, 0 },
	{ GET HOST UP V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!\r\n\r\n", HTTP_BAD, 0 },
	{ GET HOST UP V13 "Sec-WebSocket-Key: dGhl\"HNhbXBsZSBub25jZQ==\r\n\r\n", HTTP_BAD, 0 },
	{ GET HOST UP V13 "Sec-WebSocket-Key:\r\n\r\n", HTTP_BAD, 0 },
	{ GET HOST UP KEY "\r\n", HTTP_UPGRADE, 0 },
	{ GET HOST UP KEY "Sec-WebSocket-Version: 8\r\n\r\n", HTTP_UPGRADE, 0 },
	{ GOOD "Origin: http://a\r\nOrigin: http://b\r\n\r\n", HTTP_BAD, 0 },
	{ GOOD "Origin: \r\n\r\n", HTTP_BAD, 0 },
	{ GOOD "Content-Length: 5\r\n\r\n", HTTP_BAD, 0 },
	{ GOOD "Transfer-Encoding: chunked\r\n\r\n", HTTP_BAD, 0 },
	{ GET "no field\r\n", HTTP_BAD, 0 },
	{ GET ": nothing\r\n", HTTP_BAD, 0 },
	{ GET "Host : a\r\n", HTTP_BAD, 0 },
	{ GOOD " folded\r\n", HTTP_BAD, 0 },
	{ GET "X: \001\r\n", HTTP_BAD, 0 },
	{ GOOD "\r\n\201\200", HTTP_BAD, 0 },
};

/* As a connection does: what is not used comes again, with more behind it. */
static enum http_status
take_in_two(struct handshake *h, struct str text, size_t cut)
{
	struct str in = str_first(text, cut);
	enum http_status status = handshake_take(h, &in);

	if (status != HTTP_NOT_YET)
		return status;
	in = (struct str){ in.p, in.len + (text.len - cut) };
	return handshake_take(h, &in);
}

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct str text = str_from(requests[i].request);
		for (size_t cut = 0; cut <= text.len; cut++) {
			struct handshake h = { 0 };
			/* what comes behind a good one may come after its answer */
			if (str_ends(text, STR("\201\200")) && cut >= text.len - 2)
				break;
			expect_int(text.p, take_in_two(&h, text, cut), requests[i].status);
			expect_int(text.p, h.protocol, requests[i].protocol);
			expect_int(text.p, h.why != NULL,
			    h.status != HTTP_NOT_YET && h.status != HTTP_SWITCHING);
		}
	}
}

static enum http_status
take_many(const char *field, size_t times, size_t *taken)
{
	struct handshake h = { 0 };
	struct str in = STR(GET);
	enum http_status status = handshake_take(&h, &in);

	*taken = 0;
	for (size_t i = 0; i < times && status == HTTP_NOT_YET; i++) {
		in = str_from(field);
		*taken += in.len;
		status = handshake_take(&h, &in);
	}
	return status;
}

static void
test_large_ones(void **state)
{
	static char line[2 * HANDSHAKE_LINE_MOST];
	size_t taken;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "Cookie: ", 8);
	memcpy(line + HANDSHAKE_LINE_MOST, "\r\n", 3);
	expect_int("longest line", take_many(line, 1, &taken), HTTP_NOT_YET);
	expect_int("many", take_many(line, 100, &taken), HTTP_TOO_LARGE);
	assert_true(taken < HANDSHAKE_MOST + HANDSHAKE_LINE_MOST);
	memcpy(line + HANDSHAKE_LINE_MOST, "x\r\n", 4);
	expect_int("longer line", take_many(line, 1, &taken), HTTP_TOO_LARGE);
	expect_int("small ones", take_many("a:b\r\n", 100000, &taken), HTTP_TOO_LARGE);
	assert_in_range(taken, HANDSHAKE_MOST - 100, HANDSHAKE_MOST + 10);
}

static void
test_answers(void **state)
{
	struct buf text = BUF_INIT(HANDSHAKE_ANSWER_ROOM);
	struct str in = STR(GOOD "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n");
	struct handshake h = { 0 };

	(void)state;
	handshake_take(&h, &in);
	handshake_answer(&h, &text);
	assert_string_equal(buf_cstr(&text),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	    "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n");
	buf_clear(&text);
	h = (struct handshake){ 0 };
	in = STR("DELETE / HTTP/1.1\r\n");
	handshake_take(&h, &in);
	handshake_answer(&h, &text);
	assert_true(str_starts(
	    buf_str(&text), STR("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Type")));
	assert_true(str_ends(buf_str(&text), STR("\r\n\r\nA WebSocket is asked for with GET.\n")));
	assert_true(str_contains(buf_str(&text), STR("\r\nContent-Length: 35\r\n")));
	assert_false(text.truncated);
	buf_free(&text);
}

static const struct {
	const char *origin, *host;
	bool same;
} origins[] = {
	{ "http://127.0.0.1:8000", "127.0.0.1:8067", true },
	{ "https://127.0.0.1", "127.0.0.1", true },
	{ "http://[::1]:8000", "[::1]:8067", true },
	{ "http://localhost:8000", "localhost:8067", true },
	{ "http://LOCALHOST", "localhost:8067", true },
	{ "https://Chat.example", "chat.example:8067", true },
	{ "http://127.0.0.1", "127.0.0.2", false },
	{ "http://localhost.evil.example", "localhost:8067", false },
	{ "http://evil.example", "localhost:8067", false },
	/* anybody may let their own name lead here */
	{ "http://evil.example", "evil.example:8067", false },
	{ "http://127.0.0.1.evil.example", "127.0.0.1.evil.example", false },
	{ "null", "null", false },
	{ "null", "localhost", false },
	{ "file://", "localhost", false },
	{ "file://", ":8067", false },
	{ "", "", false },
	{ "http:/localhost", "localhost", false },
	{ "http://[::1", "[::1]", true },
};

static void
test_same_host(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(origins); i++) {
		struct handshake h = { .origin_given = true };
		str_copy(h.origin, sizeof(h.origin), str_from(origins[i].origin));
		str_copy(h.host, sizeof(h.host), str_from(origins[i].host));
		expect_int(origins[i].origin, handshake_same_host(&h, STR("chat.example")),
		    origins[i].same);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha1),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_large_ones),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_same_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
