/* Kinds of values that are texts. What holds for every text is checked in values.c. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "kinds.h"

static const char *
parse_text(const struct setting_row *r, struct str text, int64_t *number)
{
	(void)r;
	(void)text;
	(void)number;
	return NULL;
}

static const char *
parse_word(const struct setting_row *r, struct str text, int64_t *number)
{
	(void)r;
	(void)number;
	return str_find(text, ' ') < text.len ? "holds white space" : NULL;
}

static const char *
parse_channel(const struct setting_row *r, struct str text, int64_t *number)
{
	if (text.p[0] != '#')
		return "does not begin with '#'";
	return parse_word(r, text, number);
}

static bool
is_numeric_address(struct str host)
{
	char text[64];
	struct in6_addr any;

	host = str_first(host, str_find(host, '%')); /* the scope is the kernel's to judge */
	if (str_copy(text, sizeof(text), host) < host.len)
		return false;
	return inet_pton(AF_INET6, text, &any) == 1 || inet_pton(AF_INET, text, &any) == 1;
}

static const char *
parse_address(const struct setting_row *r, struct str text, int64_t *number)
{
	(void)r;
	(void)number;
	return is_numeric_address(text) ? NULL : "is not a numeric address";
}

static const char *
parse_interface(const struct setting_row *r, struct str text, int64_t *number)
{
	if (str_find(text, '/') < text.len)
		return "is not an interface name";
	return parse_word(r, text, number);
}

static bool
all_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!ascii_is_digit(text.p[i]))
			return false;
	}
	return text.len > 0;
}

static bool
is_port(struct str text)
{
	int64_t port;

	return all_digits(text) && str_to_int64(text, &port) && port <= 65535;
}

static bool
made_of(struct str text, const char *bytes)
{
	for (size_t i = 0; i < text.len; i++) {
		if (str_find(str_from(bytes), text.p[i]) == strlen(bytes))
			return false;
	}
	return true;
}

static const char *
parse_letters(const struct setting_row *r, struct str text, int64_t *number)
{
	(void)number;
	return made_of(text, r->names[0]) ? NULL : "has a letter that cannot be set";
}

/* Meant as an address in numbers, and no name of a host or interface. */
static bool
looks_numeric(struct str text)
{
	struct str behind = text;

	if (made_of(text, "0123456789."))
		return true;
	str_cut(&behind, ':');
	return str_find(behind, ':') < behind.len && made_of(text, "0123456789abcdefABCDEF:.");
}

/* A numeric address, a host name, or an interface; whether the last two exist is known at start. */
static const char *
check_host(struct str host)
{
	if (is_numeric_address(host))
		return NULL;
	if (host.len == 0)
		return "names no address";
	return looks_numeric(host) ? "is not an address" : NULL;
}

static const char *
check_bracketed(struct str text, bool port_needed)
{
	bool closed = str_find(text, ']') < text.len;
	struct str host = str_cut(&text, ']');

	str_eat(&host, '[');
	if (!closed || !is_numeric_address(host) || str_find(host, ':') == host.len)
		return "is not an IPv6 address in brackets";
	if (text.len == 0)
		return port_needed ? "names no port" : NULL;
	if (!str_eat(&text, ':'))
		return "has something other than ':PORT' behind the bracket";
	return is_port(text) ? NULL : "has a wrong port";
}

/* The text's last colon and what is behind it; its length when there is none. */
static size_t
last_colon(struct str text)
{
	size_t at = text.len;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == ':')
			at = i;
	}
	return at;
}

static const char *
parse_bind(const struct setting_row *r, struct str text, int64_t *number)
{
	size_t colon = last_colon(text);
	const char *wrong = parse_word(r, text, number);
	struct str behind = str_from_byte(text, colon + 1);

	if (wrong != NULL || is_numeric_address(text))
		return wrong;
	if (text.p[0] == '[')
		return check_bracketed(text, false);
	/* "wlan0:1" is a label and "wlan0:5000" a port; both are digits. */
	if (colon < text.len && all_digits(behind) && !is_port(behind))
		return "has a wrong port";
	return check_host(str_first(text, colon));
}

static const char *
parse_listen(const struct setting_row *r, struct str text, int64_t *number)
{
	size_t colon = last_colon(text);
	const char *wrong = parse_word(r, text, number);

	if (wrong != NULL)
		return wrong;
	if (text.p[0] == '[')
		return check_bracketed(text, true);
	if (colon == text.len)
		return is_port(text) ? NULL : "is not a port";
	if (is_numeric_address(text))
		return "has no brackets around the IPv6 address";
	if (!is_port(str_from_byte(text, colon + 1)))
		return "has a wrong port";
	return check_host(str_first(text, colon));
}

static const char *
parse_websocket(const struct setting_row *r, struct str text, int64_t *number)
{
	enum { SOCKET_MOST = 107 };
	const char *wrong;

	if (text.p[0] == '/' || text.p[0] == '@')
		return text.len > SOCKET_MOST ? "is too long for a socket's path" : NULL;
	wrong = parse_listen(r, text, number);
	return wrong != NULL && str_find(text, '/') < text.len ? "does not begin with '/'" : wrong;
}

static const char *
parse_operator(const struct setting_row *r, struct str text, int64_t *number)
{
	unsigned words = 0;

	(void)r;
	(void)number;
	while (str_word(&text).len > 0)
		words++;
	return words == 3 ? NULL : "is not three words";
}

/* The bits are the server's to count. */
static const char *
parse_network(const struct setting_row *r, struct str text, int64_t *number)
{
	bool all = str_find(text, '/') == text.len;
	struct str host = str_cut(&text, '/');
	int64_t bits = 0;

	(void)r;
	(void)number;
	if (all && str_eq(host, STR("unix")))
		return NULL;
	if (!is_numeric_address(host) || str_find(host, '%') < host.len)
		return "is not an address or network";
	if (!all && (!all_digits(text) || !str_to_int64(text, &bits) ||
			bits > (str_find(host, ':') < host.len ? 128 : 32)))
		return "has a wrong number of bits";
	return NULL;
}

static const char *
parse_webirc(const struct setting_row *r, struct str text, int64_t *number)
{
	const char *wrong = parse_operator(r, text, number);
	struct str from;

	if (wrong != NULL)
		return wrong;
	str_word(&text);
	from = str_word(&text);
	return str_eq(from, STR("*")) ? NULL : parse_network(r, from, number);
}

/* ---- allowed, in words ---- */

static void
allow_most(const struct setting_row *r, const char *what, struct buf *out)
{
	buf_printf(out, "%s of at most %" PRId64 " bytes", what, r->max);
}

static void
allow_text(const struct setting_row *r, struct buf *out)
{
	allow_most(r, "a text", out);
}

static void
allow_word(const struct setting_row *r, struct buf *out)
{
	allow_most(r, "one word", out);
}

static void
allow_letters(const struct setting_row *r, struct buf *out)
{
	buf_printf(out, "any of the letters %s", r->names[0]);
}

static void
allow_channel(const struct setting_row *r, struct buf *out)
{
	allow_most(r, "'#' and a name,", out);
}

static void
allow_path(const struct setting_row *r, struct buf *out)
{
	allow_most(r, "a path", out);
}

static void
allow_socket(const struct setting_row *r, struct buf *out)
{
	allow_most(r, "a path or @NAME,", out);
}

static void
allow_address(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(out, STR("an IPv4 or IPv6 address in numbers"));
}

static void
allow_interface(const struct setting_row *r, struct buf *out)
{
	allow_most(r, "the name of a network interface,", out);
}

static void
allow_bind(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(
	    out, STR("ADDRESS, ADDRESS:PORT, [IPV6]:PORT or the name of a network interface"));
}

static void
allow_listen(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(out, STR("PORT, ADDRESS:PORT or [IPV6]:PORT, the port from 0 to 65535"));
}

static void
allow_websocket(const struct setting_row *r, struct buf *out)
{
	allow_listen(r, out);
	buf_add_str(out, STR(", or /PATH or @NAME of a Unix socket"));
}

static void
allow_operator(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(out, STR("a name, a mask such as *@* and a crypt(3) hash, spaces between"));
}

static void
allow_network(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(out, STR("ADDRESS, ADDRESS/BITS or unix"));
}

static void
allow_webirc(const struct setting_row *r, struct buf *out)
{
	(void)r;
	buf_add_str(out, STR("a name, an address, network, unix or *, and a crypt(3) hash, spaces "
			     "between"));
}

const struct kind kind_text = { parse_text, NULL, allow_text };
const struct kind kind_word = { parse_word, NULL, allow_word };
const struct kind kind_letters = { parse_letters, NULL, allow_letters };
const struct kind kind_channel = { parse_channel, NULL, allow_channel };
const struct kind kind_path = { parse_text, NULL, allow_path };
const struct kind kind_socket = { parse_text, NULL, allow_socket };
const struct kind kind_address = { parse_address, NULL, allow_address };
const struct kind kind_interface = { parse_interface, NULL, allow_interface };
const struct kind kind_bind = { parse_bind, NULL, allow_bind };
const struct kind kind_listen = { parse_listen, NULL, allow_listen };
const struct kind kind_websocket = { parse_websocket, NULL, allow_websocket };
const struct kind kind_operator = { parse_operator, NULL, allow_operator };
const struct kind kind_network = { parse_network, NULL, allow_network };
const struct kind kind_webirc = { parse_webirc, NULL, allow_webirc };
