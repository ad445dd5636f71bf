/*
 * The request that opens a WebSocket (RFC 6455, section 4.2): read line by line as it comes, judged
 * when it is whole, and answered. No I/O, no allocation.
 */
#ifndef NET_HANDSHAKE_H
#define NET_HANDSHAKE_H

#include "base/buf.h"
#include "net/frame.h"

enum {
	HANDSHAKE_LINE_MOST = 4096,   /* bytes of one line */
	HANDSHAKE_MOST = 16 * 1024,   /* bytes in all */
	HANDSHAKE_NAME_MOST = 255,    /* of Host and Origin */
	HANDSHAKE_ANSWER_ROOM = 1024, /* for any answer */
	HANDSHAKE_KEY = 24,           /* characters of Sec-WebSocket-Key */
	HANDSHAKE_ACCEPT = 28,        /* ... and of what answers it */
};

/* The subprotocols of the IRCv3 WebSocket specification. */
enum ws_protocol { WS_NO_PROTOCOL, WS_PROTOCOL_TEXT, WS_PROTOCOL_BINARY };

/* What is to be answered, by HTTP's numbers. */
enum http_status {
	HTTP_NOT_YET = 0, /* the request is not whole */
	HTTP_SWITCHING = 101,
	HTTP_BAD = 400,
	HTTP_FORBIDDEN = 403,
	HTTP_NOT_FOUND = 404,
	HTTP_METHOD = 405,
	HTTP_TIMEOUT = 408,
	HTTP_UPGRADE = 426,
	HTTP_TOO_LARGE = 431,
	HTTP_UNAVAILABLE = 503,
	HTTP_VERSION = 505,
};

struct handshake {
	struct frame frame;
	uint32_t taken;              /* bytes */
	uint16_t status;             /* enum http_status, once it is known */
	uint8_t protocol;            /* enum ws_protocol: the client's first that is known here */
	bool begun : 1, at_root : 1; /* the request line was read; it asks for / */
	bool upgrade : 1;            /* Upgrade: websocket */
	bool connection : 1;         /* Connection: upgrade */
	bool version_13 : 1, version_given : 1;
	bool host_given : 1, origin_given : 1, body : 1;
	const char *why;             /* what is wrong, as a sentence; static */
	char key[HANDSHAKE_KEY + 1]; /* "" when none was given */
	char host[HANDSHAKE_NAME_MOST + 1];
	char origin[HANDSHAKE_NAME_MOST + 1]; /* "" when none was given */
};

/*
 * Takes what it can off the front of *in; h is zeroed at first. HTTP_NOT_YET: come again with what
 * is left of *in and more behind it. HTTP_SWITCHING: the request is a good one, but for its Origin,
 * which is not judged here. Else h->why says what is wrong.
 */
enum http_status handshake_take(struct handshake *h, struct str *in);

/* What is wrong is known to the caller alone: h->why is the sentence from now on. */
void handshake_refuse(struct handshake *h, enum http_status status, const char *why);

/* The whole answer, by h->status. */
void handshake_answer(const struct handshake *h, struct buf *out);

/*
 * Whether the page is from the host that it speaks to, whatever the port, and that host is called
 * by a name that no foreign name server can give to it: an address in numbers, localhost, or
 * `own` (the server's own name; "": none). Else a page of evil.example could have that name
 * lead here.
 */
bool handshake_same_host(const struct handshake *h, struct str own);

/* What Sec-WebSocket-Accept must say to this key. */
void handshake_accept(struct str key, char out[HANDSHAKE_ACCEPT + 1]);

#endif
