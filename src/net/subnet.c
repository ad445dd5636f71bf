/* Networks. */
#include "net/subnet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { V4_BITS = 32, V6_BITS = 128 };

unsigned
subnet_most(const struct subnet *n)
{
	return n->family == AF_INET ? V4_BITS : n->family == AF_INET6 ? V6_BITS : 0;
}

/* The bits behind the first n->bits become 0. */
static void
clear_rest(struct subnet *n)
{
	for (unsigned i = n->bits; i < V6_BITS; i++)
		n->bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
}

struct subnet
subnet_of(const struct addr *a, unsigned bits)
{
	struct addr plain = *a;
	struct subnet n = { .family = AF_UNIX };

	addr_unmap(&plain);
	if (plain.sa.ss_family == AF_INET) {
		n.family = AF_INET;
		memcpy(n.bytes, &((const struct sockaddr_in *)&plain.sa)->sin_addr, 4);
	} else if (plain.sa.ss_family == AF_INET6) {
		n.family = AF_INET6;
		memcpy(n.bytes, &((const struct sockaddr_in6 *)&plain.sa)->sin6_addr, 16);
	}
	n.bits = (uint8_t)(bits < subnet_most(&n) ? bits : subnet_most(&n));
	clear_rest(&n);
	return n;
}

bool
subnet_parse(struct str text, struct subnet *out)
{
	bool all = str_find(text, '/') == text.len;
	struct str host = str_cut(&text, '/');
	int64_t bits = V6_BITS;
	struct addr a;
	bool mapped;

	if (all && str_eq_nocase(host, STR("unix"))) {
		*out = (struct subnet){ .family = AF_UNIX };
		return true;
	}
	if (str_find(host, '%') < host.len || !addr_numeric(host, 0, &a) ||
	    (!all && (text.len > 3 || !str_to_int64(text, &bits) || bits < 0)))
		return false;
	mapped = a.sa.ss_family == AF_INET6;
	*out = subnet_of(&a, V6_BITS);
	mapped = mapped && out->family == AF_INET;
	if (mapped && !all) /* ::ffff:10.0.0.0/104 */
		bits -= V6_BITS - V4_BITS;
	if (!all && (bits < 0 || bits > (int64_t)subnet_most(out)))
		return false;
	*out = subnet_of(&a, (unsigned)bits);
	return true;
}

bool
subnet_has(const struct subnet *n, const struct addr *a)
{
	struct subnet other = subnet_of(a, n->bits);

	return other.family == n->family && memcmp(other.bytes, n->bytes, sizeof(n->bytes)) == 0;
}

size_t
subnet_text(const struct subnet *n, char out[ADDR_TEXT])
{
	size_t used;

	if (n->family == AF_UNIX)
		return str_copy(out, ADDR_TEXT, STR("unix"));
	inet_ntop(n->family, n->bytes, out, ADDR_TEXT);
	used = strlen(out);
	if (n->bits < subnet_most(n))
		used += (size_t)snprintf(out + used, ADDR_TEXT - used, "/%u", (unsigned)n->bits);
	return used;
}
