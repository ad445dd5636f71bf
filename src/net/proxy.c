/* The PROXY protocol: the header, and the transport that takes it off. */
#include "net/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- the header ------------------------------------------------------------------------------ */

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

enum { V2_FIXED = 16, PORTS = 4 };

/* Families of version 2 whose addresses are understood: STREAM of each, and none. */
static const struct v2_family {
	uint8_t code; /* family and protocol */
	uint8_t size; /* of both addresses and ports */
	uint8_t address;
	int family;
} families[] = {
	{ 0x00, 0, 0, AF_UNSPEC },
	{ 0x11, 2 * 4 + PORTS, 4, AF_INET },
	{ 0x21, 2 * 16 + PORTS, 16, AF_INET6 },
	{ 0x31, 2 * 108, 108, AF_UNIX },
};

static enum proxy_result
bad(const char **why, const char *text)
{
	*why = text;
	return PROXY_BAD;
}

/* A decimal number from 0 to 65535 with nothing around it. */
static bool
read_port(struct str text, uint16_t *port)
{
	int64_t n;

	if (text.len == 0 || text.len > 5 || !ascii_is_digit(text.p[0]) ||
	    !str_to_int64(text, &n) || n > UINT16_MAX)
		return false;
	*port = (uint16_t)n;
	return true;
}

static bool
read_address(struct str text, int family, uint16_t port, struct addr *out)
{
	return str_find(text, '%') == text.len && addr_numeric(text, port, out) &&
	       out->sa.ss_family == family;
}

/* "TCP4 SOURCE DESTINATION PORT PORT", behind "PROXY ". */
static bool
read_v1(struct str rest, struct proxy_header *h)
{
	struct str family = str_cut(&rest, ' '), from = str_cut(&rest, ' ');
	struct str to = str_cut(&rest, ' '), from_port = str_cut(&rest, ' ');
	uint16_t port, to_port;
	struct addr unused;
	int kind;

	if (str_eq(family, STR("UNKNOWN")))
		return true;
	kind = str_eq(family, STR("TCP4"))   ? AF_INET
	       : str_eq(family, STR("TCP6")) ? AF_INET6
					     : AF_UNSPEC;
	h->known = kind != AF_UNSPEC && read_port(from_port, &port) && read_port(rest, &to_port) &&
		   read_address(from, kind, port, &h->from) &&
		   read_address(to, kind, to_port, &unused);
	return h->known;
}

static enum proxy_result
parse_v1(struct str in, struct proxy_header *h, const char **why)
{
	size_t end = str_find(in, '\n');

	if (end == in.len && in.len < PROXY_V1_MOST)
		return PROXY_MORE;
	if (end >= PROXY_V1_MOST || in.p[end - 1] != '\r')
		return bad(why, "the PROXY header has no proper end");
	h->length = end + 1;
	if (!read_v1(str_from_byte(str_first(in, end - 1), strlen("PROXY ")), h))
		return bad(why, "the PROXY header is malformed");
	return PROXY_DONE;
}

static void
read_v2(const struct v2_family *f, const char *addresses, struct proxy_header *h)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&h->from.sa;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&h->from.sa;
	const char *ports = addresses + 2 * f->address;

	h->known = f->family != AF_UNSPEC;
	h->from = (struct addr){ .len = sizeof(sa_family_t) };
	h->from.sa.ss_family = (sa_family_t)f->family;
	if (f->family == AF_INET) {
		h->from.len = sizeof(*four);
		memcpy(&four->sin_addr, addresses, f->address);
		memcpy(&four->sin_port, ports, sizeof(four->sin_port));
	} else if (f->family == AF_INET6) {
		h->from.len = sizeof(*six);
		memcpy(&six->sin6_addr, addresses, f->address);
		memcpy(&six->sin6_port, ports, sizeof(six->sin6_port));
	}
}

static enum proxy_result
parse_v2(struct str in, struct proxy_header *h, const char **why)
{
	const unsigned char *bytes = (const unsigned char *)in.p;
	const struct v2_family *f = NULL;
	size_t length;

	if (in.len < V2_FIXED)
		return PROXY_MORE;
	length = (size_t)bytes[14] << 8 | bytes[15];
	h->length = V2_FIXED + length;
	if (bytes[12] >> 4 != 2 || (bytes[12] & 15) > 1)
		return bad(why, "the PROXY header is of an unknown version or command");
	if (h->length > PROXY_V2_MOST)
		return bad(why, "the PROXY header is too long");
	if ((bytes[12] & 15) == 0) /* LOCAL: whatever follows */
		return PROXY_DONE;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].code == bytes[13])
			f = &families[i];
	if (f == NULL)
		return bad(why, "the PROXY header is of an unknown family or protocol");
	if (length < f->size)
		return bad(why, "the PROXY header is too short for its addresses");
	if (in.len < (size_t)V2_FIXED + f->size)
		return PROXY_MORE;
	read_v2(f, in.p + V2_FIXED, h);
	addr_unmap(&h->from);
	return PROXY_DONE;
}

static bool
may_begin(struct str in, struct str with)
{
	return str_starts(in, with) || str_starts(with, in);
}

enum proxy_result
proxy_parse(struct str in, struct proxy_header *h, const char **why)
{
	struct str v1 = STR("PROXY "), v2 = STR(SIGNATURE);

	*h = (struct proxy_header){ 0 };
	if (may_begin(in, v1))
		return in.len < v1.len ? PROXY_MORE : parse_v1(in, h, why);
	if (may_begin(in, v2))
		return parse_v2(in, h, why);
	return PROXY_NONE;
}

/* ---- the transport --------------------------------------------------------------------------- */

/* Taken off the connection when the header was read. */
struct proxied {
	struct transport transport; /* first: it is found by it */
	const struct transport *below;
	bool required;
	struct proxy_header header;
	size_t skip;      /* bytes of the header that are still to come, and to be dropped */
	size_t held_size; /* of what was taken from the kernel already */
	char held[PROXY_HELD_MOST];
};

static struct proxied *
of(const struct conn *c)
{
	return (struct proxied *)(void *)c->transport;
}

static ssize_t
receive(const struct conn *c, void *data, size_t len, int flags)
{
	ssize_t n;

	do
		n = recv(c->source.fd, data, len, flags);
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
refuse(struct conn *c, const char *why)
{
	conn_kill(c, why);
	errno = EAGAIN;
	return -1;
}

/* The transport above the header is the connection's own from here on. */
static void
let_go(struct conn *c, const struct addr *from)
{
	struct proxied *p = of(c);

	c->transport = p->below;
	if (c->handler->came_from != NULL)
		c->handler->came_from(c, from);
	free(p);
}

/* There is no header: what was taken for the beginning of one goes where it belongs. */
static ssize_t
give_back(struct conn *c, char *data, size_t len)
{
	struct proxied *p = of(c);
	size_t held = p->held_size;
	ssize_t n;

	if (p->required)
		return refuse(c, "a PROXY header is required from this address, and none came");
	if (held > len || (held > 0 && p->below != &transport_plain))
		return refuse(c, "neither a PROXY header nor anything else that is understood");
	memcpy(data, p->held, held);
	let_go(c, NULL);
	if (c->state != CONN_OPEN) {
		errno = EAGAIN;
		return -1;
	}
	n = c->transport->read(c, data + held, len - held);
	return held == 0 ? n : (ssize_t)held + (n > 0 ? n : 0);
}

/* Takes what belongs to the header from the kernel, and no byte more. 1: the header is over. */
static int
take(struct conn *c, enum proxy_result *result, const char **why)
{
	struct proxied *p = of(c);
	char *at = p->held + p->held_size;
	ssize_t n = receive(c, at, sizeof(p->held) - p->held_size, MSG_PEEK);
	size_t here;

	if (n <= 0)
		return (int)n;
	*result = proxy_parse((struct str){ p->held, p->held_size + (size_t)n }, &p->header, why);
	if (*result == PROXY_NONE || *result == PROXY_BAD)
		return 1;
	here = (size_t)n;
	if (*result == PROXY_DONE && p->header.length < p->held_size + here)
		here = p->header.length - p->held_size;
	n = here > 0 ? receive(c, at, here, 0) : 0;
	if (n < 0)
		return -1;
	p->held_size += (size_t)n;
	p->skip = *result == PROXY_DONE ? p->header.length - p->held_size : 0;
	return 1;
}

/* 1: nothing of it is left. */
static int
skip_rest(struct conn *c)
{
	struct proxied *p = of(c);
	char unread[512];

	while (p->skip > 0) {
		size_t most = p->skip < sizeof(unread) ? p->skip : sizeof(unread);
		ssize_t n = receive(c, unread, most, 0);
		if (n <= 0)
			return (int)n;
		p->skip -= (size_t)n;
	}
	return 1;
}

static ssize_t
proxied_read(struct conn *c, void *data, size_t len)
{
	struct proxied *p = of(c);
	enum proxy_result result = p->skip > 0 ? PROXY_DONE : PROXY_MORE;
	const char *why = NULL;
	struct addr from;
	bool known;
	int n = 1;

	while (n == 1 && result == PROXY_MORE)
		n = take(c, &result, &why);
	if (n == 1 && result == PROXY_NONE)
		return give_back(c, data, len);
	if (n == 1 && result == PROXY_BAD)
		return refuse(c, why);
	if (n == 1)
		n = skip_rest(c);
	if (n != 1)
		return n;
	from = p->header.from;
	known = p->header.known;
	let_go(c, known ? &from : NULL);
	if (c->state == CONN_OPEN)
		return c->transport->read(c, data, len);
	errno = EAGAIN;
	return -1;
}

static ssize_t
proxied_write(struct conn *c, const struct iovec *parts, int count)
{
	return of(c)->below->write(c, parts, count);
}

static int
proxied_shut(struct conn *c)
{
	return of(c)->below->shut(c);
}

static void
proxied_end(struct conn *c)
{
	struct proxied *p = of(c);

	c->transport = p->below;
	free(p);
	if (c->transport->end != NULL)
		c->transport->end(c);
}

int
proxy_expect(struct conn *c, bool required)
{
	struct proxied *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	p->transport = (struct transport){ .read = proxied_read,
		.write = proxied_write,
		.shut = proxied_shut,
		.end = proxied_end,
		.name = "proxied" };
	p->below = c->transport;
	p->required = required;
	c->transport = &p->transport;
	return 0;
}
