/* Addresses by the bits that they begin with: "10.0.0.0/8", "2001:db8::/32", a single address, or
 * every Unix socket. */
#ifndef NET_SUBNET_H
#define NET_SUBNET_H

#include "net/addr.h"

struct subnet {
	uint8_t family;    /* AF_INET, AF_INET6 or AF_UNIX (which has no bits) */
	uint8_t bits;      /* that count, from the front; the others are 0 */
	uint8_t bytes[16]; /* in network order; an IPv4 address has four */
};

/* ADDRESS, ADDRESS/BITS or "unix". IPv4 written as IPv6 is taken for IPv4. False: it is none. */
bool subnet_parse(struct str text, struct subnet *out);
/* The network of this address with so many bits; more than it has are all. */
struct subnet subnet_of(const struct addr *a, unsigned bits);
bool subnet_has(const struct subnet *n, const struct addr *a);
unsigned subnet_most(const struct subnet *n); /* bits of an address of its family */
/* "10.0.0.0/8", "10.1.2.3" (a single one), "unix". Returns the length. */
size_t subnet_text(const struct subnet *n, char out[ADDR_TEXT]);

#endif
