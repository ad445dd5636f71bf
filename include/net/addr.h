/*
 * Where a socket is: an IPv4 or IPv6 address with its port, or a Unix path. Texts become addresses
 * and addresses become texts here and nowhere else.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/str.h"

struct addr {
	struct sockaddr_storage sa;
	socklen_t len; /* bytes of sa that count; 0: no address */
};

enum {
	ADDR_TEXT = 160,     /* room for any address as text and its NUL */
	ADDR_LIST_MOST = 64, /* addresses one text may stand for; the rest is dropped */
	ADDR_PORT_DEFAULT = 5000,
};

struct addr_list {
	struct addr *at; /* owned: addr_list_free */
	size_t count;
};
void addr_list_free(struct addr_list *list); /* empty afterwards */
int addr_list_one(struct addr_list *out, const struct addr *a, struct err *e);
/* Lets the families take turns, the first address's one first; the order within each stays (RFC
 * 8305). */
void addr_list_interleave(struct addr_list *list);

/*
 * "ADDRESS[:PORT]" cut in two: "1.2.3.4", "1.2.3.4:5000", "host:5000", "[::1]:5000", "[::1]",
 * "::1" (an unbracketed IPv6 address has no port). *port is -1 when none is given. The views
 * point into `text`.
 */
int addr_split(struct str text, struct str *host, int *port, struct err *e);

/* A numeric IPv4 or IPv6 address ("fe80::1%eth0" too); false for anything else. Never asks a name
 * server. */
bool addr_numeric(struct str host, uint16_t port, struct addr *out);
/* A Unix path; "@name" is abstract. -1 when it does not fit into a socket address. */
int addr_unix(struct str path, struct addr *out, struct err *e);
/*
 * A host name, by getaddrinfo: it may block for many seconds. Only before the loop runs or on a
 * helper thread (dial.h does). In the order that the system prefers. At least one address on
 * success.
 */
int addr_resolve(struct str host, uint16_t port, struct addr_list *out, struct err *e);
/*
 * The addresses that an interface ("eth0") or a label of one ("wlan0:1") has, as getifaddrs names
 * them. A label's address is not among those of its interface: they count as two, as ifconfig
 * shows them. -1 when there is no such interface (the sentence lists those that are) or it has no
 * address.
 */
int addr_of_interface(struct str name, uint16_t port, struct addr_list *out, struct err *e);
bool addr_is_interface(struct str name); /* an interface or a label of one is called so */

uint16_t addr_port(const struct addr *a); /* 0 for a Unix path */
void addr_set_port(struct addr *a, uint16_t port);
bool addr_is_unix(const struct addr *a);
bool addr_is_any(const struct addr *a);                      /* 0.0.0.0 or :: */
bool addr_equal(const struct addr *a, const struct addr *b); /* port included */
/* ::ffff:1.2.3.4 becomes 1.2.3.4; any other address stays as it is. */
void addr_unmap(struct addr *a);

/*
 * For people. _text: "127.0.0.1:5000", "[::1]:5000", "/tmp/chat.sock", "@name", "unix" (a socket
 * without a name: the far side of most Unix connections). _host: the same without port and
 * brackets. IPv4 in IPv6 is shown as IPv4. Both return the length; control characters in a path
 * become '?'.
 */
size_t addr_text(const struct addr *a, char out[ADDR_TEXT]);
size_t addr_host(const struct addr *a, char out[ADDR_TEXT]);

/* What one party is counted by: an IPv4 address, an IPv6 network (/64; a link-local address
 * itself), or a user id. Equal parties have equal bytes. */
struct addr_key {
	uint8_t len;    /* of what is counted by */
	char bytes[17]; /* a letter and the whole address */
};
struct addr_key addr_key(const struct addr *a); /* every Unix address gives one and the same key */
struct addr_key addr_key_of_user(uint32_t uid);
/* The address that a key was made of, without port and scope; false: of a Unix socket. */
bool addr_of_key(const struct addr_key *k, struct addr *out);
struct str addr_key_str(const struct addr_key *k); /* a view into *k */

#endif
