/*
 * Listening sockets: opened from what was asked for, watched by the loop, newcomers handed on.
 * Opening may block (host names, a moment's wait for a lock) and belongs before the loop runs.
 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "net/addr.h"
#include "net/loop.h"

enum {
	LISTEN_MOST = 64,        /* listening sockets in all */
	LISTEN_A_TURN = 256,     /* newcomers taken from one socket a turn */
	LISTEN_TELL_A_TURN = 16, /* newcomers told that no descriptor is left, then a pause */
	LISTEN_PAUSE = 250,      /* ms that accepting pauses when descriptors or memory run out */
	LISTEN_BACKLOG = 4096,   /* when the configuration says 0 */
};

/* What to listen on. All texts are copied. With no port, bind, path, web and inherited descriptor:
 * 127.0.0.1 and ::1 port 5000, and the user's default Unix socket. */
struct listen_config {
	const uint16_t *ports; /* on all interfaces, or the binds without a port; 0: picks one */
	size_t port_count;
	/* ADDRESS[:PORT], host name or interface; without a port: for each of ports, else 5000. */
	const struct str *binds;
	size_t bind_count;
	const struct str *paths; /* Unix sockets; "@name" is abstract */
	size_t path_count;
	/* Where WebSockets are spoken and nothing else: [ADDRESS:]PORT, a path or "@name". One that
	 * is inherited is marked so. */
	const struct str *webs;
	size_t web_count;
	unsigned unix_mode;    /* permissions of the socket files, such as 0600 */
	struct str unix_group; /* their group, name or number; empty: the user's */
	int backlog;
	bool inherit;            /* take the descriptors that LISTEN_FDS announces, too */
	const char *port_option; /* what messages say to choose another port with; NULL: "--port" */
};

struct listeners;
struct listener; /* one of them */

/*
 * Opens all or nothing: NULL with a sentence that says which address failed and what to do
 * (EXIT_NETWORK). Port 0 gets one number for all its addresses where that is possible.
 */
struct listeners *listeners_open(const struct listen_config *c, struct err *e);

struct listen_handler {
	/* A newcomer. fd is non-blocking and close-on-exec, and is taken. */
	void (*accepted)(void *arg, int fd, const struct addr *peer, const struct listener *by);
	/* What those are told, with its end, who come when no descriptor is left. May be NULL. */
	struct str (*full)(void *arg, const struct listener *by);
};
/* Begins to accept on the loop. -1 when the loop refuses. */
int listeners_start(struct listeners *ls, struct loop *l, const struct listen_handler *handler,
    void *arg, struct err *e);
/* Accepts nobody else until listeners_resume: the kernel holds as many as the backlog says.
 * Allowed inside accepted(). */
void listeners_hold(struct listeners *ls);
/* A descriptor was freed: accepts again at once if it paused for the lack of one. Cheap. */
void listeners_resume(struct listeners *ls);
bool listeners_paused(const struct listeners *ls);

/* Stops accepting, closes, and removes the socket files that are still ours. Twice is fine. */
void listeners_close(struct listeners *ls);
void listeners_free(struct listeners *ls); /* closes; NULL is allowed */

size_t listeners_count(const struct listeners *ls);
const struct listener *listeners_at(const struct listeners *ls, size_t i);
/* Where it listens, with the port that was picked: for addr_text. */
const struct addr *listener_addr(const struct listener *li);
bool listener_is_inherited(const struct listener *li); /* came with LISTEN_FDS */
bool listener_is_websocket(const struct listener *li);

/*
 * The user's own default Unix socket: $XDG_RUNTIME_DIR/sockchat.sock when that folder is the
 * user's, else /tmp/sockchat-UID/sockchat.sock; `create` makes the latter folder (0700). -1 when
 * the folder is not there or somebody else could have put something into it. For serve and connect
 * alike.
 */
int listen_default_path(char out[ADDR_TEXT], bool create, struct err *e);

#endif
