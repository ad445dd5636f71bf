/* The request that opens a WebSocket. */
#include "net/handshake.h"

#include <string.h>

#include "base/sha1.h"
#include "net/addr.h"

/* ---- what is wrong --------------------------------------------------------------------------- */

static const struct status_row {
	enum http_status status;
	const char *phrase;
	const char *header; /* that this answer alone has, its end included */
} statuses[] = {
	{ HTTP_BAD, "Bad Request", "" },
	{ HTTP_FORBIDDEN, "Forbidden", "" },
	{ HTTP_NOT_FOUND, "Not Found", "" },
	{ HTTP_METHOD, "Method Not Allowed", "Allow: GET\r\n" },
	{ HTTP_TIMEOUT, "Request Timeout", "" },
	{ HTTP_UPGRADE, "Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" },
	{ HTTP_TOO_LARGE, "Request Header Fields Too Large", "" },
	{ HTTP_UNAVAILABLE, "Service Unavailable", "" },
	{ HTTP_VERSION, "HTTP Version Not Supported", "" },
};

static const char *const protocols[] = {
	[WS_NO_PROTOCOL] = "",
	[WS_PROTOCOL_TEXT] = "text.ircv3.net",
	[WS_PROTOCOL_BINARY] = "binary.ircv3.net",
};

void
handshake_refuse(struct handshake *h, enum http_status status, const char *why)
{
	h->status = (uint16_t)status;
	h->why = why;
}

static void
bad(struct handshake *h, const char *why)
{
	handshake_refuse(h, HTTP_BAD, why);
}

/* ---- the request line ------------------------------------------------------------------------ */

static bool
is_version(struct str s)
{
	return s.len == 8 && str_starts(s, STR("HTTP/")) && ascii_is_digit(s.p[5]) &&
	       s.p[6] == '.' && ascii_is_digit(s.p[7]);
}

static bool
is_visible(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.len > 0;
}

static void
no_request(struct handshake *h)
{
	bad(h, "This port is for WebSockets, and what came is no HTTP request; IRC clients and nc "
	       "are welcome on the server's other ports.");
}

static void
take_request(struct handshake *h, struct str line)
{
	struct str method = str_cut(&line, ' '), path = str_cut(&line, ' ');

	h->begun = true;
	if (!is_visible(method) || !is_visible(path) || !is_version(line))
		no_request(h);
	else if (!str_eq(line, STR("HTTP/1.1")))
		handshake_refuse(h, HTTP_VERSION, "A WebSocket is asked for with HTTP/1.1.");
	else if (!str_eq(method, STR("GET")))
		handshake_refuse(h, HTTP_METHOD, "A WebSocket is asked for with GET.");
	path = str_first(path, str_find(path, '?'));
	h->at_root = str_eq(path, STR("/"));
}

/* ---- header fields --------------------------------------------------------------------------- */

/* Whether the list "a, b" has the token, in any case. */
static bool
lists(struct str list, struct str token)
{
	while (list.len > 0)
		if (str_eq_nocase(str_trim(str_cut(&list, ',')), token))
			return true;
	return false;
}

static void
field_upgrade(struct handshake *h, struct str value)
{
	h->upgrade |= lists(value, STR("websocket"));
}

static void
field_connection(struct handshake *h, struct str value)
{
	h->connection |= lists(value, STR("upgrade"));
}

static void
field_version(struct handshake *h, struct str value)
{
	h->version_given = true;
	h->version_13 = str_eq(value, STR("13"));
}

static void
field_key(struct handshake *h, struct str value)
{
	if (h->key[0] != '\0')
		bad(h, "Sec-WebSocket-Key is given twice.");
	/* 16 bytes in base64 */
	else if (value.len != HANDSHAKE_KEY || !str_ends(value, STR("==")))
		bad(h, "Sec-WebSocket-Key is not 16 bytes in base64.");
	for (size_t i = 0; h->status == 0 && i < value.len - 2; i++)
		if (!ascii_is_alpha(value.p[i]) && !ascii_is_digit(value.p[i]) &&
		    value.p[i] != '+' && value.p[i] != '/')
			bad(h, "Sec-WebSocket-Key is not 16 bytes in base64.");
	if (h->status == 0)
		str_copy(h->key, sizeof(h->key), value);
}

static void
field_protocol(struct handshake *h, struct str value)
{
	while (value.len > 0 && h->protocol == WS_NO_PROTOCOL) {
		struct str one = str_trim(str_cut(&value, ','));
		for (unsigned i = WS_PROTOCOL_TEXT; i <= WS_PROTOCOL_BINARY; i++)
			if (str_eq(one, str_from(protocols[i])))
				h->protocol = (uint8_t)i;
	}
}

static void
field_host(struct handshake *h, struct str value)
{
	if (h->host_given || !is_visible(value) || value.len > HANDSHAKE_NAME_MOST)
		bad(h, "The request must name one host in its Host field.");
	h->host_given = true;
	str_copy(h->host, sizeof(h->host), value);
}

static void
field_origin(struct handshake *h, struct str value)
{
	if (h->origin_given || !is_visible(value) || value.len > HANDSHAKE_NAME_MOST)
		bad(h, "The request names no origin, or more than one, in its Origin field.");
	h->origin_given = true;
	str_copy(h->origin, sizeof(h->origin), value);
}

static void
field_body(struct handshake *h, struct str value)
{
	h->body |= !str_eq(value, STR("0"));
}

static const struct field_row {
	struct str name;
	void (*take)(struct handshake *h, struct str value);
} fields[] = {
	{ { "Connection", 10 }, field_connection },
	{ { "Content-Length", 14 }, field_body },
	{ { "Host", 4 }, field_host },
	{ { "Origin", 6 }, field_origin },
	{ { "Sec-WebSocket-Key", 17 }, field_key },
	{ { "Sec-WebSocket-Protocol", 22 }, field_protocol },
	{ { "Sec-WebSocket-Version", 21 }, field_version },
	{ { "Transfer-Encoding", 17 }, field_body },
	{ { "Upgrade", 7 }, field_upgrade },
};

static bool
has_controls(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
			return true;
	return false;
}

static void
take_field(struct handshake *h, struct str line)
{
	struct str value = line, name = str_cut(&value, ':');

	if (!is_visible(name) || name.len == line.len || has_controls(value)) {
		bad(h, "The request has a line that is no header field.");
		return;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq_nocase(name, fields[i].name))
			fields[i].take(h, str_trim(value));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void
judge(struct handshake *h)
{
	if (!h->upgrade && !h->at_root)
		handshake_refuse(h, HTTP_NOT_FOUND, "There is nothing here but a WebSocket at /.");
	else if (!h->host_given)
		bad(h, "The request must name one host in its Host field.");
	else if (!h->upgrade)
		handshake_refuse(h, HTTP_UPGRADE,
		    "This is the WebSocket of a sockchat server: connect to it with a web client, "
		    "or with new WebSocket(address, \"text.ircv3.net\"); each message is one line "
		    "of IRC.");
	else if (!h->connection || h->body)
		bad(h, h->body ? "A request for a WebSocket has no body."
			       : "The request lacks Connection: Upgrade.");
	else if (!h->version_13)
		handshake_refuse(h, HTTP_UPGRADE, "The version of the WebSocket must be 13.");
	else if (h->key[0] == '\0')
		bad(h, "The request lacks Sec-WebSocket-Key.");
	else
		h->status = HTTP_SWITCHING;
}

static void
take_line(struct handshake *h, struct str line)
{
	if (!h->begun)
		take_request(h, line);
	else if (line.len > 0)
		take_field(h, line);
	else
		judge(h);
}

/* Nobody waits for the end of a line that can be no request: of TLS, say. */
static void
look_ahead(struct handshake *h, struct str in)
{
	if (!h->begun && in.len > 0 && !ascii_is_alpha(in.p[0]))
		no_request(h);
}

enum http_status
handshake_take(struct handshake *h, struct str *in)
{
	size_t given = in->len;
	struct str line;

	look_ahead(h, *in);
	while (h->status == 0) {
		enum frame_result r = frame_next(&h->frame, in, HANDSHAKE_LINE_MOST, &line);
		if (r == FRAME_MORE && h->taken + given <= HANDSHAKE_MOST)
			break;
		if (r != FRAME_LINE || h->taken + (given - in->len) > HANDSHAKE_MOST)
			handshake_refuse(h, HTTP_TOO_LARGE, "The request is too large.");
		else
			take_line(h, line);
	}
	h->taken += (uint32_t)(given - in->len);
	/* Frames come when the answer has been seen, not before. */
	if (h->status == HTTP_SWITCHING && in->len > 0)
		bad(h, "Something came behind the request, before it was answered.");
	return (enum http_status)h->status;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void
base64(const unsigned char *in, size_t len, char *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = (uint32_t)in[i] << 16;
		if (i + 1 < len)
			three |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < len)
			three |= in[i + 2];
		*out++ = digits[three >> 18];
		*out++ = digits[three >> 12 & 63];
		*out++ = i + 1 < len ? digits[three >> 6 & 63] : '=';
		*out++ = i + 2 < len ? digits[three & 63] : '=';
	}
	*out = '\0';
}

void
handshake_accept(struct str key, char out[HANDSHAKE_ACCEPT + 1])
{
	static const struct str magic = { "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36 };
	char text[HANDSHAKE_KEY + 36];
	unsigned char sum[SHA1_SIZE];

	key = str_first(key, HANDSHAKE_KEY);
	memcpy(text, key.p, key.len);
	memcpy(text + key.len, magic.p, magic.len);
	sha1((struct str){ text, key.len + magic.len }, sum);
	base64(sum, sizeof(sum), out);
}

static void
answer_switching(const struct handshake *h, struct buf *out)
{
	char accept[HANDSHAKE_ACCEPT + 1];

	handshake_accept(str_from(h->key), accept);
	buf_printf(out,
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
	    accept);
	if (h->protocol != WS_NO_PROTOCOL)
		buf_printf(out, "Sec-WebSocket-Protocol: %s\r\n", protocols[h->protocol]);
	buf_add_str(out, STR("\r\n"));
}

void
handshake_answer(const struct handshake *h, struct buf *out)
{
	const struct status_row *row = statuses;

	if (h->status == HTTP_SWITCHING) {
		answer_switching(h, out);
		return;
	}
	while (row->status != h->status)
		row++;
	buf_printf(out,
	    "HTTP/1.1 %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\n"
	    "X-Content-Type-Options: nosniff\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
	    "Connection: %sclose\r\n\r\n%s\n",
	    row->status, row->phrase, row->header, strlen(h->why) + 1,
	    row->status == HTTP_UPGRADE ? "Upgrade, " : "", h->why);
}

/* ---- who may --------------------------------------------------------------------------------- */

/* "host", "host:port", "[::1]:port": without brackets and port. */
static struct str
host_of(struct str authority)
{
	struct str rest = authority;

	if (str_eat(&rest, '['))
		return str_cut(&rest, ']');
	return str_cut(&authority, ':');
}

bool
handshake_same_host(const struct handshake *h, struct str own)
{
	struct str origin = str_from(h->origin), host = host_of(str_from(h->host));
	struct addr numeric;

	str_cut(&origin, '/'); /* "https://" */
	if (!str_eat(&origin, '/') || !str_eq_nocase(host_of(origin), host))
		return false;
	return addr_numeric(host, 0, &numeric) || str_eq_nocase(host, STR("localhost")) ||
	       (own.len > 0 && str_eq_nocase(host, own));
}
