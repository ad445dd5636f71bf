/* Listening sockets: what was asked for becomes addresses, and those become sockets. */
#include "net/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/accept.h"
#include "net/inherit.h"
#include "net/place.h"
#include "net/sockfile.h"
#include "net/tcp.h"

enum { PICK_TRIES = 16 }; /* for a port number that is free on all addresses */

struct listener {
	struct acceptor acceptor; /* first: it is found by it */
	struct addr addr;
	struct sockfile file; /* of the Unix socket that we made */
	bool inherited, websocket;
	bool both; /* IPv6, and takes IPv4 as well */
};

struct listeners {
	struct listener all[LISTEN_MOST];
	size_t count;
	struct accepting accepting;
	struct listen_handler handler;
	void *arg;
	struct listen_config config; /* while opening: its texts are lent */
};

/* Addresses to be opened with one port. */
struct group {
	struct place place;
	uint16_t port;      /* 0: any, the same for all where possible */
	const char *option; /* to choose another port with */
	bool web;
};

static struct listener *
add(struct listeners *ls, int fd, const struct addr *a)
{
	struct listener *li = &ls->all[ls->count++];

	*li = (struct listener){ .addr = *a };
	li->acceptor.source.fd = fd;
	return li;
}

static int
room_check(const struct listeners *ls, struct err *e)
{
	if (ls->count < LISTEN_MOST)
		return 0;
	return err_set(e, "more than %d addresses to listen on; give fewer", LISTEN_MOST);
}

static void
close_last(struct listeners *ls)
{
	struct listener *li = &ls->all[--ls->count];

	close(li->acceptor.source.fd);
	sockfile_remove(&li->file);
}

/* Whoever connects to `a` is met by `li` already. */
static bool
covers(const struct listener *li, const struct addr *a)
{
	struct addr any = li->addr;

	if (addr_is_unix(a) || addr_port(a) == 0 || addr_port(a) != addr_port(&li->addr))
		return addr_is_unix(a) && addr_equal(a, &li->addr);
	if (addr_equal(a, &any))
		return true;
	return addr_is_any(&any) && (li->both || any.sa.ss_family == a->sa.ss_family);
}

static struct listener *
covering(struct listeners *ls, const struct addr *a)
{
	for (size_t i = 0; i < ls->count; i++)
		if (covers(&ls->all[i], a))
			return &ls->all[i];
	return NULL;
}

/* The address is listened on already: that may be what is wanted. */
static int
met_by(struct listener *li, bool web, struct err *e)
{
	char text[ADDR_TEXT];

	if (web && li->inherited)
		li->websocket = true;
	if (!web || li->websocket)
		return 0;
	addr_text(&li->addr, text);
	errno = EINVAL;
	return err_set(e,
	    "%s: IRC clients are to come here already; choose another port or path for WebSockets "
	    "with --websocket",
	    text);
}

/* The one from the service manager that has this port, on whatever address; NULL when none has. */
static const struct listener *
inherited_with(const struct listeners *ls, uint16_t port)
{
	for (size_t i = 0; i < ls->count; i++)
		if (ls->all[i].inherited && addr_port(&ls->all[i].addr) == port)
			return &ls->all[i];
	return NULL;
}

/* errno is kept. */
static int
open_failed(const struct listeners *ls, const struct group *g, const struct addr *a, struct err *e)
{
	const struct listener *other = inherited_with(ls, addr_port(a));
	char host[ADDR_TEXT], theirs[ADDR_TEXT];

	if (errno != EADDRINUSE || other == NULL)
		return tcp_listen_failed(a, g->option, e);
	addr_host(a, host);
	addr_host(&other->addr, theirs);
	err_set(e,
	    "port %u on %s: the service manager has opened it on %s already (LISTEN_FDS); "
	    "leave it to one of the two",
	    (unsigned)addr_port(a), host, theirs);
	errno = EADDRINUSE;
	return -1;
}

static int
open_one(struct listeners *ls, const struct group *g, struct addr *a, struct err *e)
{
	int fd, backlog = ls->config.backlog > 0 ? ls->config.backlog : LISTEN_BACKLOG;

	if (room_check(ls, e) == -1) {
		errno = EINVAL;
		return -1;
	}
	fd = tcp_listen(a, g->place.from_interface, backlog);
	if (fd == -1)
		return open_failed(ls, g, a, e);
	a->len = sizeof(a->sa);
	if (getsockname(fd, (struct sockaddr *)&a->sa, &a->len) == -1) {
		err_errno(e, "asking for the port that was picked");
		close(fd);
		return -1;
	}
	add(ls, fd, a)->websocket = g->web;
	return 0;
}

static bool
is_not_here(int code)
{
	return code == EADDRNOTAVAIL || code == EAFNOSUPPORT;
}

/* -1 and errno when one could not be opened; what was opened before it stays for the caller. */
static int
open_all(struct listeners *ls, const struct group *g, bool same, struct err *e)
{
	uint16_t port = g->port;
	size_t met = 0;

	for (size_t i = 0; i < g->place.to.count; i++) {
		struct addr a = g->place.to.at[i];
		struct listener *li;
		addr_set_port(&a, port);
		li = covering(ls, &a);
		if ((li ? met_by(li, g->web, e) : open_one(ls, g, &a, e)) == -1) {
			if (g->place.some && is_not_here(errno))
				continue;
			return -1;
		}
		met++;
		if (same)
			port = addr_port(&a);
	}
	return met > 0 ? 0 : -1;
}

/* Port 0: the number that the first address is given may be taken on the next; then all begin
 * again. */
static int
group_open(struct listeners *ls, const struct group *g, struct err *e)
{
	size_t before = ls->count;

	for (int tries = g->port == 0 ? PICK_TRIES : 0;; tries--) {
		if (open_all(ls, g, tries > 0, e) == 0)
			return 0;
		if (tries == 0 || errno != EADDRINUSE)
			return -1;
		while (ls->count > before)
			close_last(ls);
	}
}

static int
wildcard_open(struct listeners *ls, uint16_t port, bool web, const char *option, struct err *e)
{
	struct addr any[2];
	struct group g = { .place = { .to = { any, 2 }, .some = true },
		.port = port,
		.option = option,
		.web = web };

	addr_numeric(STR("0.0.0.0"), 0, &any[0]);
	addr_numeric(STR("::"), 0, &any[1]);
	return group_open(ls, &g, e);
}

static int
loopback_open(struct listeners *ls, const char *option, struct err *e)
{
	struct addr loopback[2];
	struct group g = { .place = { .to = { loopback, 2 }, .some = true },
		.port = ADDR_PORT_DEFAULT,
		.option = option };

	addr_numeric(STR("127.0.0.1"), 0, &loopback[0]);
	addr_numeric(STR("::1"), 0, &loopback[1]);
	return group_open(ls, &g, e);
}

/* Its own port, or each of those asked for, or the default. */
static int
bind_ports_open(struct listeners *ls, struct group *g, struct err *e)
{
	const struct listen_config *c = &ls->config;
	int port = g->place.port;

	if (port >= 0 || c->port_count == 0) {
		g->port = port >= 0 ? (uint16_t)port : ADDR_PORT_DEFAULT;
		if (port >= 0)
			g->option = "--bind";
		return group_open(ls, g, e);
	}
	for (size_t i = 0; i < c->port_count; i++) {
		g->port = c->ports[i];
		if (group_open(ls, g, e) == -1)
			return -1;
	}
	return 0;
}

static int
bind_open(struct listeners *ls, struct str text, const char *option, struct err *e)
{
	struct group g = { .option = option };
	int result = place_read(&g.place, text, e);

	if (result == 0)
		result = bind_ports_open(ls, &g, e);
	addr_list_free(&g.place.to);
	return result;
}

/* --port stands for all interfaces, unless a --bind without a port says which. */
static bool
ports_are_restricted(const struct listen_config *c)
{
	for (size_t i = 0; i < c->bind_count; i++)
		if (!place_names_port(c->binds[i]))
			return true;
	return false;
}

static int
internet_open(struct listeners *ls, struct err *e)
{
	const struct listen_config *c = &ls->config;
	const char *option = c->port_option ? c->port_option : "--port";

	for (size_t i = 0; i < c->port_count && !ports_are_restricted(c); i++)
		if (wildcard_open(ls, c->ports[i], false, option, e) == -1)
			return -1;
	for (size_t i = 0; i < c->bind_count; i++)
		if (bind_open(ls, c->binds[i], option, e) == -1)
			return -1;
	if (ls->count == 0 && c->bind_count + c->port_count + c->path_count + c->web_count == 0)
		return loopback_open(ls, option, e);
	return 0;
}

static int
path_open(struct listeners *ls, struct str path, bool web, struct err *e)
{
	const struct listen_config *c = &ls->config;
	struct sockfile_look look = { .mode = c->unix_mode, .group = c->unix_group };
	struct sockfile file;
	struct listener *li;
	int fd, backlog = c->backlog > 0 ? c->backlog : LISTEN_BACKLOG;

	if (room_check(ls, e) == -1 || addr_unix(path, &file.addr, e) == -1)
		return -1;
	if ((li = covering(ls, &file.addr)) != NULL)
		return met_by(li, web, e);
	fd = sockfile_listen(&file, path, &look, backlog, e);
	if (fd == -1)
		return -1;
	li = add(ls, fd, &file.addr);
	li->file = file;
	li->websocket = web;
	return 0;
}

static int
paths_open(struct listeners *ls, bool nothing_given, struct err *e)
{
	const struct listen_config *c = &ls->config;
	char path[ADDR_TEXT];

	for (size_t i = 0; i < c->path_count; i++)
		if (path_open(ls, c->paths[i], false, e) == -1)
			return -1;
	if (!nothing_given)
		return 0;
	if (listen_default_path(path, true, e) == -1)
		return -1;
	return path_open(ls, str_from(path), false, e);
}

static int
web_open(struct listeners *ls, struct str text, struct err *e)
{
	struct group g = { .option = "--websocket", .web = true };
	int64_t port;
	int result;

	if (text.len > 0 && (text.p[0] == '/' || text.p[0] == '@'))
		return path_open(ls, text, true, e);
	if (str_to_int64(text, &port) && port >= 0 && port <= UINT16_MAX)
		return wildcard_open(ls, (uint16_t)port, true, g.option, e);
	result = place_read(&g.place, text, e);
	g.port = g.place.port >= 0 ? (uint16_t)g.place.port : 0;
	if (result == 0)
		result = group_open(ls, &g, e);
	addr_list_free(&g.place.to);
	return result;
}

static int
webs_open(struct listeners *ls, struct err *e)
{
	for (size_t i = 0; i < ls->config.web_count; i++)
		if (web_open(ls, ls->config.webs[i], e) == -1)
			return -1;
	return 0;
}

static int
inherited_add(struct listeners *ls, int fd, struct err *e)
{
	struct addr a = { .len = sizeof(a.sa) };
	struct listener *li;
	int only = 1;
	socklen_t len = sizeof(only);

	if (getsockname(fd, (struct sockaddr *)&a.sa, &a.len) == -1)
		return err_errno(e, "descriptor %d, announced by LISTEN_FDS", fd);
	li = add(ls, fd, &a);
	li->inherited = true;
	if (addr_is_unix(&a))
		return 0;
	if (tcp_options(fd) == -1)
		return err_errno(e, "descriptor %d, announced by LISTEN_FDS", fd);
	if (a.sa.ss_family == AF_INET6 &&
	    getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0)
		li->both = only == 0;
	return 0;
}

static int
inherited_open(struct listeners *ls, struct err *e)
{
	int fds[LISTEN_MOST], count;

	if (!ls->config.inherit)
		return 0;
	count = inherit_sockets(fds, LISTEN_MOST, e);
	for (int i = 0; i < count; i++)
		if (inherited_add(ls, fds[i], e) == -1)
			return -1;
	return count < 0 ? -1 : 0;
}

struct listeners *
listeners_open(const struct listen_config *c, struct err *e)
{
	struct listeners *ls = calloc(1, sizeof(*ls));
	bool nothing_given;

	if (ls == NULL) {
		err_errno(e, "listening");
		return NULL;
	}
	ls->config = *c;
	if (inherited_open(ls, e) == -1)
		goto fail;
	nothing_given = ls->count + c->port_count + c->bind_count + c->path_count + c->web_count ==
			0;
	if (internet_open(ls, e) == -1 || paths_open(ls, nothing_given, e) == -1 ||
	    webs_open(ls, e) == -1)
		goto fail;
	ls->config = (struct listen_config){ .backlog = 0 };
	return ls;
fail:
	listeners_free(ls);
	return NULL;
}

static void
accepted(struct acceptor *a, int fd, const struct addr *peer)
{
	struct listeners *ls = (struct listeners *)((char *)a->of -
						    offsetof(struct listeners, accepting));

	ls->handler.accepted(ls->arg, fd, peer, (const struct listener *)a);
}

static struct str
full(const struct acceptor *a)
{
	const struct listeners *ls = (const struct listeners *)((const char *)a->of -
								offsetof(
								    struct listeners, accepting));

	return ls->handler.full ? ls->handler.full(ls->arg, (const struct listener *)a) : STR("");
}

int
listeners_start(struct listeners *ls, struct loop *l, const struct listen_handler *handler,
    void *arg, struct err *e)
{
	ls->handler = *handler;
	ls->arg = arg;
	ls->accepting.accepted = accepted;
	ls->accepting.full = full;
	if (accepting_begin(&ls->accepting, l, e) == -1)
		return -1;
	for (size_t i = 0; i < ls->count; i++)
		if (accepting_add(&ls->accepting, &ls->all[i].acceptor, e) == -1) {
			accepting_end(&ls->accepting);
			return -1;
		}
	return 0;
}

void
listeners_hold(struct listeners *ls)
{
	accepting_hold(&ls->accepting);
}

void
listeners_resume(struct listeners *ls)
{
	accepting_resume(&ls->accepting);
}

bool
listeners_paused(const struct listeners *ls)
{
	return ls->accepting.paused;
}

void
listeners_close(struct listeners *ls)
{
	accepting_end(&ls->accepting);
	while (ls->count > 0)
		close_last(ls);
}

void
listeners_free(struct listeners *ls)
{
	if (ls == NULL)
		return;
	listeners_close(ls);
	free(ls);
}

size_t
listeners_count(const struct listeners *ls)
{
	return ls->count;
}

const struct listener *
listeners_at(const struct listeners *ls, size_t i)
{
	return &ls->all[i];
}

const struct addr *
listener_addr(const struct listener *li)
{
	return &li->addr;
}

bool
listener_is_websocket(const struct listener *li)
{
	return li->websocket;
}

bool
listener_is_inherited(const struct listener *li)
{
	return li->inherited;
}
