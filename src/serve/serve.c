/* `sockchat serve`: from the command line to the last goodbye. */
#include "serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/signals.h"
#include "serve/account_tools.h"
#include "serve/audience.h"
#include "serve/bans.h"
#include "serve/commands.h"
#include "serve/configure.h"
#include "serve/reply.h"
#include "serve/store_tools.h"
#include "serve/web.h"

/* ---- a turn ---------------------------------------------------------------------------------- */

static void
on_accepted(void *arg, int fd, const struct addr *peer, const struct listener *by)
{
	if (!ban_at_accept(arg, fd, peer, listener_is_websocket(by)))
		session_accept(arg, fd, peer, by);
}

static struct str
on_full(void *arg, const struct listener *by)
{
	(void)arg;
	if (listener_is_websocket(by))
		return web_full();
	return STR("ERROR :The server has no room for more connections; try again later\r\n");
}

/* ---- reload and stop ------------------------------------------------------------------------- */

static void
tell(struct session *by, const char *event, const char *setting, const char *effect)
{
	log_info(event, LOG_TEXT("setting", setting), LOG_TEXT("effect", effect));
	if (by != NULL)
		reply_notice(by, "%s: %s", setting, effect);
}

/* The setting is the same, but not what is in the file that it names. */
static bool
file_changed(const struct server *sv, enum setting id)
{
	return (id == SERVE_MOTD_FILE && sv->motd_changed) ||
	       (id == SERVE_PASSWORD_FILE && sv->password_changed);
}

void
server_reload(struct server *sv, struct session *by)
{
	struct settings *fresh, *old = sv->cli->settings;
	unsigned changed = 0;
	struct err e;

	notify_reloading(&sv->notify);
	fresh = settings_reload(sv->cli, &e);
	if (fresh == NULL || server_configure(sv, fresh, &e) == -1) {
		log_error("reload-failed", LOG_TEXT("reason", e.text));
		if (by != NULL)
			reply_notice(by, "Nothing was changed: %s", e.text);
		settings_free(fresh);
		notify_ready(&sv->notify);
		return;
	}
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting id = (enum setting)i;
		if (setting_equal(old, fresh, id) && !file_changed(sv, id))
			continue;
		changed++;
		tell(by, "reload", setting_name(id),
		    setting_reloadable(id) ? "changed" : "needs a restart");
	}
	sv->cli->settings = fresh;
	settings_free(old);
	log_info("reloaded", LOG_INT("changed", changed));
	if (by != NULL)
		reply_notice(by, "The configuration was read again: %u changed", changed);
	notify_ready(&sv->notify);
}

static void
on_patience_over(struct timer *t)
{
	struct server *sv = (struct server *)((char *)t - offsetof(struct server, patience));

	loop_stop(sv->loop);
}

void
server_stop(struct server *sv, const char *reason)
{
	struct session *s, *next;

	if (sv->stopping)
		return;
	sv->stopping = true;
	log_info("stopping", LOG_TEXT("reason", reason), LOG_INT("clients", sv->session_count));
	notify_stopping(&sv->notify);
	listeners_close(sv->listeners);
	for (s = sv->sessions; s != NULL; s = next) {
		next = s->next;
		session_end(s, str_from(reason));
	}
	sv->patience.fire = on_patience_over;
	loop_timer_set(sv->loop, &sv->patience,
	    clock_monotonic() + setting_number(sv->cli->settings, SERVE_SHUTDOWN_TIMEOUT));
	if (sv->session_count == 0)
		loop_stop(sv->loop);
}

static void
on_signal(int number, void *arg)
{
	struct server *sv = arg;

	if (number == SIGHUP)
		server_reload(sv, NULL);
	else if (sv->stopping)
		loop_stop(sv->loop);
	else
		server_stop(sv, "The server is stopping");
}

/* ---- start ----------------------------------------------------------------------------------- */

/* As many descriptors as the system allows us. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warning("descriptor-limit", LOG_TEXT("reason", strerror(errno)));
}

static struct listeners *
open_listeners(const struct settings *st, struct err *e)
{
	uint16_t ports[LISTEN_MOST];
	struct str binds[LISTEN_MOST], paths[LISTEN_MOST], webs[LISTEN_MOST];
	struct listen_config c = { .ports = ports,
		.binds = binds,
		.paths = paths,
		.webs = webs,
		.unix_mode = (unsigned)setting_number(st, SERVE_UNIX_MODE),
		.unix_group = setting_text(st, SERVE_UNIX_GROUP),
		.backlog = (int)setting_number(st, SERVE_BACKLOG),
		.inherit = true };

	if (setting_count(st, SERVE_PORT) > LISTEN_MOST ||
	    setting_count(st, SERVE_BIND) > LISTEN_MOST ||
	    setting_count(st, SERVE_UNIX) > LISTEN_MOST ||
	    setting_count(st, SERVE_WEBSOCKET) > LISTEN_MOST) {
		err_set(e, "too many listening addresses: %d at most", LISTEN_MOST);
		return NULL;
	}
	for (; c.port_count < setting_count(st, SERVE_PORT); c.port_count++)
		ports[c.port_count] = (uint16_t)setting_item_number(st, SERVE_PORT, c.port_count);
	for (; c.bind_count < setting_count(st, SERVE_BIND); c.bind_count++)
		binds[c.bind_count] = setting_item(st, SERVE_BIND, c.bind_count);
	for (; c.path_count < setting_count(st, SERVE_UNIX); c.path_count++)
		paths[c.path_count] = setting_item(st, SERVE_UNIX, c.path_count);
	for (; c.web_count < setting_count(st, SERVE_WEBSOCKET); c.web_count++)
		webs[c.web_count] = setting_item(st, SERVE_WEBSOCKET, c.web_count);
	if (c.web_count > 0 && ws_usable(e) == -1)
		return NULL;
	return listeners_open(&c, e);
}

static void
log_where(const struct listener *li)
{
	const struct addr *a = listener_addr(li);
	const char *speaks = listener_is_websocket(li) ? "websocket" : "irc";
	char text[ADDR_TEXT];

	addr_host(a, text);
	if (addr_is_unix(a))
		log_info("listening", LOG_TEXT("path", text), LOG_TEXT("speaks", speaks));
	else
		log_info("listening", LOG_TEXT("address", text), LOG_INT("port", addr_port(a)),
		    LOG_TEXT("speaks", speaks));
}

static void
print_way_in(const struct listener *li)
{
	const struct addr *a = listener_addr(li);
	char text[ADDR_TEXT];

	addr_host(a, text);
	if (listener_is_websocket(li) && addr_is_unix(a)) {
		printf("  a web server that passes WebSockets on to %s\n", text);
		return;
	}
	if (addr_is_any(a))
		str_copy(text, sizeof(text), strchr(text, ':') ? STR("::1") : STR("127.0.0.1"));
	if (listener_is_websocket(li))
		printf(strchr(text, ':') ? "  a web client: ws://[%s]:%u/\n"
					 : "  a web client: ws://%s:%u/\n",
		    text, addr_port(a));
	else if (addr_is_unix(a))
		printf("  sockchat connect --unix %s\n", text);
	else
		printf("  sockchat connect %s %u\n", text, addr_port(a));
}

/* The log first: on a terminal the two would be mixed. */
static void
say_where(const struct server *sv)
{
	size_t count = listeners_count(sv->listeners);

	for (size_t i = 0; i < count; i++)
		log_where(listeners_at(sv->listeners, i));
	printf("sockchat " SOCKCHAT_VERSION ": %s listens. To join:\n", sv->name);
	for (size_t i = 0; i < count; i++)
		print_way_in(listeners_at(sv->listeners, i));
	printf("or any IRC client, or nc. Ctrl-C ends the server.\n");
	if (fflush(stdout) != 0)
		clearerr(stdout);
}

/* Ears for signals, listeners, and the service manager. Returns an exit code. */
static int
listen_for_all(struct server *sv, struct err *e)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, 0 };
	static const struct listen_handler accepting = { on_accepted, on_full };

	raise_descriptor_limit();
	if (signals_watch(sv->loop, signals, on_signal, sv, e) == -1)
		return EXIT_INTERNAL;
	if ((sv->listeners = open_listeners(sv->cli->settings, e)) == NULL ||
	    listeners_start(sv->listeners, sv->loop, &accepting, sv, e) == -1)
		return EXIT_NETWORK;
	if (notify_open(&sv->notify, sv->loop, e) == -1)
		log_warning("notify", LOG_TEXT("reason", e->text));
	return EXIT_DONE;
}

static void
log_turns(const struct server *sv)
{
	const struct histogram *h = loop_turns(sv->loop);

	log_info("turns", LOG_INT("count", h->total), LOG_INT("p50-us", histogram_bound(h, 500)),
	    LOG_INT("p99-us", histogram_bound(h, 990)), LOG_INT("longest-us", h->greatest));
}

static void
say_summary(const struct server *sv)
{
	printf("******** Session ********\n"
	       "Clients: %llu Messages: %llu\n"
	       "Bytes written: %llu Bytes read: %llu\n"
	       "Elapsed time: %lld secs\n",
	    (unsigned long long)sv->clients_seen, (unsigned long long)sv->messages,
	    (unsigned long long)conns_bytes_written(sv->conns),
	    (unsigned long long)conns_bytes_read(sv->conns),
	    (long long)(clock_monotonic() - sv->started) / 1000);
	if (fflush(stdout) != 0)
		clearerr(stdout);
}

/* It ends well already: signals that come from here on must not turn that into something else. */
static void
hear_no_more_signals(struct server *sv)
{
	sigset_t late;

	sigemptyset(&late);
	sigaddset(&late, SIGTERM);
	sigaddset(&late, SIGINT);
	sigaddset(&late, SIGHUP);
	sigprocmask(SIG_BLOCK, &late, NULL);
	signals_end(sv->loop);
}

int
serve_main(struct cli *cli)
{
	struct server sv;
	struct err e = { "" };
	int code;

	log_setup((enum log_level)setting_number(cli->settings, SERVE_LOG_LEVEL),
	    (enum log_format)setting_number(cli->settings, SERVE_LOG_FORMAT));
	code = account_tools(cli);
	if (code < 0)
		code = store_tools(cli);
	if (code >= 0)
		return code;
	code = server_open(&sv, cli, &e);
	if (code == EXIT_DONE)
		code = listen_for_all(&sv, &e);
	if (code == EXIT_DONE) {
		say_where(&sv);
		notify_ready(&sv.notify);
		if (loop_run(sv.loop, &e) == -1)
			code = EXIT_INTERNAL;
		log_turns(&sv);
		say_summary(&sv);
	}
	if (code != EXIT_DONE)
		fprintf(stderr, "sockchat serve: %s\n", e.text);
	if (sv.loop != NULL)
		hear_no_more_signals(&sv);
	server_close(&sv);
	return code;
}
