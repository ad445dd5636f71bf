/*
 * The session's connection: made, kept alive, made again when it is lost. Bytes come from net,
 * lines go to the session, and what the session has to say is sent at the end of each turn.
 */
#ifndef CONNECT_CLIENT_H
#define CONNECT_CLIENT_H

#include "connect/session.h"
#include "connect/target.h"
#include "net/loop.h"

enum {
	CLIENT_IDLE = 60000,     /* ms of silence before the server is asked whether it is alive */
	CLIENT_PATIENCE = 30000, /* ms that its answer may take */
	CLIENT_GOODBYE = 2000,   /* ms that it may take to end the connection after QUIT */
};

struct client_handler {
	/* The session is READY: for the first time, or again. */
	void (*ready)(void *owner);
	/* The connection was lost, or not made again; the next attempt is in `delay` ms. */
	void (*lost)(void *owner, const char *why, int64_t delay);
	/* It is over, for good; the last call. `why` is "" after client_leave. */
	void (*over)(void *owner, enum exit_code code, const char *why);
};

/* The texts are copied. */
struct client_config {
	struct target target;
	struct str source, interface; /* empty: any */
	int64_t timeout;              /* ms to connect, and again as much to be greeted */
	bool reconnect;
	unsigned attempts; /* to connect again, in a row; 0: any number */
};

struct client;

/* `session` and `handler` are lent for the client's life. NULL when memory is short. */
struct client *client_new(struct loop *l, const struct client_config *config,
    struct session *session, const struct client_handler *handler, void *owner, struct err *e);
void client_free(struct client *c); /* NULL is allowed */

void client_start(struct client *c); /* over() may be called from in here */
/* Reads no more from the server, or again. */
void client_pause(struct client *c, bool pause);
/* Says QUIT, hears the server out (a bounded time), then over(). May be called again. */
void client_leave(struct client *c, struct str reason);
/* Where it connects to, for people: "127.0.0.1:5000". */
const char *client_where(const struct client *c);

#endif
