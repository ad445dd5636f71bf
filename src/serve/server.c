/* A server without its listeners: the parts, their order, and the end of a turn. */
#include "serve/server.h"

#include <stdlib.h>

#include "base/clock.h"
#include "serve/audience.h"
#include "serve/configure.h"
#include "serve/reply.h"

/* The turn's books are closed: what was appended is sent when the store says that it is safe. */
static void
before_send(void *arg)
{
	struct server *sv = arg;

	audience_close_turn(sv);
	reply_close_turn(sv);
	conns_set_durable(sv->conns, store_commit(sv->store));
}

static void
on_mailbox(struct source *s, unsigned events)
{
	struct server *sv = (struct server *)((char *)s - offsetof(struct server, mailbox_source));

	(void)events;
	mailbox_deliver(sv->mailbox);
}

/* The parts, in the order in which they need each other. */
static int
make_parts(struct server *sv, struct err *e)
{
	struct hub_rules rules = hub_rules_of(sv->cli->settings);
	struct conns_limits limits = conns_limits_of(sv->cli->settings);
	struct store_config memory = { .path = STR("") };

	if ((sv->loop = loop_new(e)) == NULL ||
	    (sv->conns = conns_new(sv->loop, &limits, e)) == NULL ||
	    (sv->hub = hub_new(&rules, e)) == NULL ||
	    (sv->store = store_open(&memory, NULL, e)) == NULL ||
	    (sv->mailbox = mailbox_new(e)) == NULL)
		return -1;
	sv->addresses = table_new();
	return sv->addresses ? 0 : err_errno(e, "starting the server");
}

int
server_open(struct server *sv, struct cli *cli, struct err *e)
{
	*sv = (struct server){ .cli = cli, .notify = { .fd = -1 } };
	sv->started = clock_monotonic();
	sv->started_wall = clock_wall();
	if (make_parts(sv, e) == -1 || server_name(sv, cli->settings, e) == -1)
		return EXIT_INTERNAL;
	if (server_configure(sv, cli->settings, e) == -1)
		return EXIT_CONFIG;
	conns_before_send(sv->conns, before_send, sv);
	sv->mailbox_source = (struct source){ .fd = mailbox_fd(sv->mailbox), .ready = on_mailbox };
	if (loop_add(sv->loop, &sv->mailbox_source, LOOP_READ, e) == -1)
		return EXIT_INTERNAL;
	return EXIT_DONE;
}

static void
free_addresses(struct server *sv)
{
	struct table_walk w;
	void *count;

	if (sv->addresses == NULL)
		return;
	w = table_walk(sv->addresses);
	while ((count = table_next(&w)) != NULL)
		free(count);
	table_free(sv->addresses);
}

/* Safe at any stage of a start that failed. */
void
server_close(struct server *sv)
{
	listeners_free(sv->listeners);
	sv->listeners = NULL;
	conns_free(sv->conns);
	mailbox_free(sv->mailbox);
	notify_close(&sv->notify);
	hub_free(sv->hub);
	store_close(sv->store);
	free_addresses(sv);
	audience_close_turn(sv);
	reply_close_turn(sv);
	chunk_pool_free();
	loop_free(sv->loop);
	buf_free(&sv->gather.first);
	free(sv->open_lanes);
	free((char *)sv->motd.p);
	free((char *)sv->password.p);
	free(sv->name);
	free(sv->network);
	free(sv->lobby);
	free(sv->description);
	free(sv->admin);
	free(sv->run_prefix);
	free(sv->isupport);
}
