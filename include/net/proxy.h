/*
 * The PROXY protocol, versions 1 and 2 (haproxy, doc/proxy-protocol.txt): a header in front of
 * everything else, by which a proxy says from where a connection came to it. The parser does no
 * I/O. The transport stands below any other: what comes behind the header is theirs.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "net/addr.h"
#include "net/conn.h"

enum {
	PROXY_V1_MOST = 107,        /* bytes of a header, its CR LF included */
	PROXY_V2_MOST = 16 * 1024,  /* bytes, with what it says beside the addresses (TLVs) */
	PROXY_HELD_MOST = 16 + 216, /* bytes from which it can always be told what a header says */
};

enum proxy_result {
	PROXY_MORE, /* it may become a header: more is needed */
	PROXY_NONE, /* it is none */
	PROXY_BAD,  /* it is one, and wrong: *why has the words */
	PROXY_DONE, /* it is one */
};

struct proxy_header {
	size_t length; /* in bytes, all of it; may be more than the parser was given */
	bool known; /* from is set; else the connection is the proxy's own, or it does not know */
	struct addr from;
};

/* Bytes that a connection begins with; PROXY_HELD_MOST are enough. */
enum proxy_result proxy_parse(struct str in, struct proxy_header *h, const char **why);

/*
 * Before anything is read: the connection begins with such a header, or (not `required`) may. Its
 * handler's came_from() is called once, before anything that came behind the header; without one
 * where it is required, or with a wrong one, the connection ends. -1: no memory.
 */
int proxy_expect(struct conn *c, bool required);

#endif
