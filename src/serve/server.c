/* A server without its listeners: the parts, their order, an event's way, and the end of a turn. */
#include "serve/server.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/ws.h"
#include "serve/announce.h"
#include "serve/audience.h"
#include "serve/bans.h"
#include "serve/cloak.h"
#include "serve/configure.h"
#include "serve/hashing.h"
#include "serve/keep.h"
#include "serve/login.h"
#include "serve/metadata.h"
#include "serve/monitor.h"
#include "serve/notes.h"
#include "serve/origin.h"
#include "serve/presence.h"
#include "serve/registered.h"
#include "serve/rename.h"
#include "serve/reply.h"
#include "serve/seen.h"
#include "serve/sent.h"
#include "serve/state_place.h"

/* The turn's books are closed: what was appended is sent when the store says that it is safe. */
static void
before_send(void *arg)
{
	struct server *sv = arg;
	uint64_t settled;

	audience_close_turn(sv);
	reply_close_turn(sv);
	settled = store_commit(sv->store);
	withhold_settled(sv, settled);
	conns_set_durable(sv->conns, settled);
}

/* ---- the store ------------------------------------------------------------------------------- */

static void
tell_operators(struct server *sv, const char *text, const char *why)
{
	struct table_walk w = hub_users(sv->hub);
	struct user *u;

	while ((u = table_next(&w)) != NULL)
		for (struct session *s = session_of(u); s && user_is(u, USER_OPERATOR);
		     s = s->next_device)
			reply_notice(s, "%s%s", text, why);
}

static void
on_store_failed(void *arg, uint64_t ticket, const char *why)
{
	withhold_failed(arg, ticket, why);
}

static void
on_store_down(void *arg, const char *why)
{
	struct server *sv = arg;

	sv->store_down = true;
	log_error("store-down", LOG_TEXT("reason", why));
	tell_operators(sv, "Messages are refused, for they cannot be stored: ", why);
}

static void
on_store_back(void *arg)
{
	struct server *sv = arg;

	sv->store_down = false;
	log_info("store-back", LOG_TEXT("effect", "messages are stored again"));
	tell_operators(sv, "Messages are stored again", "");
}

static void
on_store(struct source *s, unsigned events)
{
	struct server *sv = (struct server *)((char *)s - offsetof(struct server, store_source));

	(void)events;
	store_deliver(sv->store);
}

static const struct source_kind store_kind = { .ready = on_store };

static void
say_progress(const char *sentence)
{
	log_info("store", LOG_TEXT("progress", sentence));
}

/* The store, and what it remembers. Returns an exit code. */
static int
open_store(struct server *sv, struct err *e)
{
	static const struct store_handler handler = { on_store_failed, on_store_down,
		on_store_back };
	const struct settings *st = sv->cli->settings;
	struct store_config c;
	char *path = state_place(st, e);

	if (path == NULL)
		return EXIT_STORE;
	c = (struct store_config){ str_from(path),
		(enum store_durability)setting_number(st, STORE_DURABILITY), retention_of(st) };
	sv->store = store_open(&c, say_progress, e);
	free(path);
	if (sv->store == NULL || sent_load(sv->sent, sv->store, e) == -1 ||
	    notes_load(sv->notes, sv->store, e) == -1 || cloaks_open(sv, e) == -1 ||
	    bans_open(sv, e) == -1 || logins_open(sv, e) == -1)
		return EXIT_STORE;
	hub_continue_after(sv->hub, store_last_number(sv->store));
	seen_after_restart(sv, store_last_number(sv->store));
	if (registered_open(sv, e) == -1 || metadata_open(sv, e) == -1 ||
	    presence_open(sv, e) == -1)
		return EXIT_STORE;
	store_handle(sv->store, &handler, sv);
	sv->store_source = (struct source){ .fd = store_fd(sv->store), .kind = &store_kind };
	if (sv->store_source.fd != -1 && loop_add(sv->loop, &sv->store_source, LOOP_READ, e) == -1)
		return EXIT_INTERNAL;
	return EXIT_DONE;
}

/* ---- an event -------------------------------------------------------------------------------- */

static bool
is_message(enum event_kind k)
{
	return k == EVENT_MESSAGE || k == EVENT_NOTICE || k == EVENT_TAGMSG;
}

enum verdict
server_event(struct server *sv, struct session *by, struct event *ev)
{
	enum verdict v = VERDICT_NOT_STORED;

	if (!sv->store_down || !is_message(ev->kind))
		v = hub_apply(sv->hub, ev);
	if (v == VERDICT_OK) {
		bool kept = keep_event(sv, ev);
		if (ev->kind == EVENT_RENAME)
			rename_note(sv, ev);
		if (is_message(ev->kind)) {
			sent_remember(sv, ev);
			if (kept)
				withhold_begin(sv, by, ev);
		}
		announce(sv, by, ev);
		withhold_end(sv);
		monitor_note(sv, ev);
		changes_note(sv, ev);
		registered_note(sv, ev);
		cloak_note(sv, ev);
		bans_note(sv, ev);
		presence_note_end(sv, ev);
		if (ev->kind == EVENT_QUIT || ev->kind == EVENT_KILL)
			changes_forget(sv, ev->user);
		hub_settle(sv->hub, ev);
		presence_note(sv, ev);
	} else if (by != NULL && v != VERDICT_NOTHING) {
		announce_refusal(by, ev, v);
	}
	return v;
}

/* ---- open and close -------------------------------------------------------------------------- */

static void
on_mailbox(struct source *s, unsigned events)
{
	struct server *sv = (struct server *)((char *)s - offsetof(struct server, mailbox_source));

	(void)events;
	mailbox_deliver(sv->mailbox);
	hashing_go_on(sv);
}

static const struct source_kind mailbox_kind = { .ready = on_mailbox };

/* The parts, in the order in which they need each other. */
static int
make_parts(struct server *sv, struct err *e)
{
	struct hub_rules rules = hub_rules_of(sv->cli->settings);
	struct conns_limits limits = conns_limits_of(sv->cli->settings);

	if ((sv->loop = loop_new(e)) == NULL ||
	    (sv->conns = conns_new(sv->loop, &limits, e)) == NULL ||
	    (sv->hub = hub_new(&rules, e)) == NULL || (sv->mailbox = mailbox_new(e)) == NULL)
		return -1;
	sv->addresses = table_new();
	sv->sent = sent_new();
	sv->notes = notes_new();
	return sv->addresses && sv->sent && sv->notes ? 0 : err_errno(e, "starting the server");
}

int
server_open(struct server *sv, struct cli *cli, struct err *e)
{
	int code;

	*sv = (struct server){ .cli = cli, .notify = { .fd = -1 } };
	sv->started = clock_monotonic();
	sv->started_wall = clock_wall();
	if (make_parts(sv, e) == -1 || server_name(sv, cli->settings, e) == -1)
		return EXIT_INTERNAL;
	if (server_configure(sv, cli->settings, e) == -1)
		return EXIT_CONFIG;
	if ((code = open_store(sv, e)) != EXIT_DONE)
		return code;
	conns_before_send(sv->conns, before_send, sv);
	sv->mailbox_source = (struct source){ .fd = mailbox_fd(sv->mailbox),
		.kind = &mailbox_kind };
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
	hashing_close(sv);
	logins_close(sv);
	bans_close(sv);
	local_operators_free(&sv->local_operators);
	origins_free(&sv->origins);
	hub_free(sv->hub);
	store_close(sv->store);
	sent_free(sv->sent);
	notes_free(sv->notes);
	withhold_free(&sv->withholding);
	changes_free(&sv->changes);
	free_addresses(sv);
	audience_close_turn(sv);
	reply_close_turn(sv);
	chunk_pool_free();
	ws_pool_free();
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
	free(sv->isupport);
}
