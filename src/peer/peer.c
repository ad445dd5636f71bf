/* Two people, no server: the run of `sockchat peer`. */
#include "peer/peer.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/peercred.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "net/signals.h"
#include "state.h"
#include "term/term.h"

enum {
	LEAVE_TIME = 2000, /* ms to send what is queued when the run ends */
	SAY_MOST = 1024,   /* bytes of a sentence */
};

/* ---- what it says ---------------------------------------------------------------------------- */

const char *
peer_role(const struct peer *p)
{
	return p->waited ? "client" : "server";
}

static void
say(struct peer *p, const char *text)
{
	if (p->console == NULL) {
		fprintf(stderr, "%s\n", text);
		return;
	}
	view_begin(console_view(p->console), -1);
	view_add(console_view(p->console), VIEW_DIM, str_from(text));
	view_end(console_view(p->console));
}

void
peer_say(struct peer *p, const char *fmt, ...)
{
	char text[SAY_MOST];
	va_list ap;

	if (p->console == NULL && !isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(p, text);
}

static void
say_summary(struct peer *p)
{
	peer_say(p, "********Session********");
	peer_say(p, "Bytes written: %llu Bytes read: %llu",
	    (unsigned long long)p->conn->bytes_written, (unsigned long long)p->conn->bytes_read);
	peer_say(p, "Elapsed time: %lld secs", (long long)(clock_monotonic() - p->since) / 1000);
	peer_say(p, p->waited ? "Connection closed..." : "Connection closed");
}

/* Who it is: an address, or on a Unix socket a login name by the kernel's word. */
static void
say_connected(struct peer *p, int fd, const struct addr *other)
{
	char text[ADDR_TEXT];
	struct peercred cred;
	struct buf safe = BUF_INIT(ADDR_TEXT * 8);
	struct err ignored;

	addr_text(other, text);
	if (addr_is_unix(other) && peercred_get(fd, &cred, &ignored) == 0)
		utf8_show(&safe, str_from(cred.name));
	else
		utf8_show(&safe, str_from(text));
	peer_say(p, p->waited ? "Connected with client! (%s)" : "Connected to the server! (%s)",
	    buf_cstr(&safe));
	buf_free(&safe);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* At once. */
static void
stop(struct peer *p)
{
	p->leaving = true;
	if (p->conn != NULL)
		conn_kill(p->conn, "the run ends");
	if (p->loop != NULL)
		loop_stop(p->loop);
}

void
peer_fail(struct peer *p, int status, const char *fmt, ...)
{
	va_list ap;

	if (p->why.text[0] == '\0') {
		va_start(ap, fmt);
		vsnprintf(p->why.text, sizeof(p->why.text), fmt, ap);
		va_end(ap);
		p->status = status;
	}
	stop(p);
}

static void
time_is_up(struct timer *t)
{
	struct peer *p = (struct peer *)((char *)t - offsetof(struct peer, bound));

	if (p->conn != NULL)
		conn_kill(p->conn, "the other side takes no more");
}

void
peer_leave(struct peer *p)
{
	p->leaving = true;
	if (p->conn == NULL) {
		stop(p);
		return;
	}
	conn_finish(p->conn);
	loop_timer_set(p->loop, &p->bound, clock_monotonic() + LEAVE_TIME);
}

void
peer_conversation_over(struct peer *p)
{
	say_summary(p);
	p->conn = NULL;
	loop_timer_cancel(p->loop, &p->bound);
	if (p->leaving || !meet_again(p->meet))
		stop(p);
}

/* ---- meeting --------------------------------------------------------------------------------- */

static void
met(void *arg, int fd, const struct addr *other, bool waited)
{
	struct peer *p = arg;
	struct err e;

	p->waited = waited;
	p->since = clock_monotonic();
	say_connected(p, fd, other);
	p->conn = conn_open(
	    p->conns, fd, p->console ? &talk_conn_handler : &pass_conn_handler, p, &e);
	if (p->conn == NULL) {
		peer_fail(p, EXIT_INTERNAL, "%s", e.text);
		return;
	}
	if (p->console != NULL)
		talk_begin(p);
	else
		pass_begin(p);
}

/* As a filter on standard error in any case: it is how one learns of the port that was picked. */
static void
waiting(void *arg, const char *where)
{
	struct peer *p = arg;
	char text[SAY_MOST];

	snprintf(text, sizeof(text), "Waiting for a client to connect... (%s)", where);
	say(p, text);
	if (p->console != NULL)
		talk_show(p);
}

static void
not_met(void *arg, const char *why)
{
	peer_fail(arg, EXIT_NETWORK, "%s", why);
}

void
peer_meet(struct peer *p)
{
	struct err e;

	if (meet_begin(p->meet, &e) == -1)
		peer_fail(p, EXIT_NETWORK, "%s", e.text);
}

/* ---- what was asked for ---------------------------------------------------------------------- */

static struct str
without_brackets(struct str host)
{
	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		return str_first(str_from_byte(host, 1), host.len - 2);
	return host;
}

static struct meet_config
meet_config(const struct cli *cli, int64_t port)
{
	const struct settings *s = cli->settings;

	return (struct meet_config){
		.listen = setting_text(s, PEER_LISTEN),
		.bind = setting_text(s, PEER_BIND),
		.path = setting_text(s, PEER_UNIX),
		.host = cli->count > 0 ? without_brackets(str_from(cli->words[0])) : STR(""),
		.port = (uint16_t)port,
		.source = setting_text(s, PEER_SOURCE),
		.interface = setting_text(s, PEER_INTERFACE),
		.backlog = (int)setting_number(s, PEER_BACKLOG),
		.keep = setting_on(s, PEER_KEEP),
		.timeout = setting_number(s, PEER_TIMEOUT),
	};
}

/* Exactly one way to meet, and its parts whole. EXIT_DONE when it is so. */
static int
check_way(const struct cli *cli, int64_t *port)
{
	bool listen = setting_text(cli->settings, PEER_LISTEN).len > 0;
	bool path = setting_text(cli->settings, PEER_UNIX).len > 0;

	*port = 0;
	if (listen && path)
		return cli_usage_error(cli, "--listen and --unix exclude each other");
	if (cli->count > 0 && (listen || path))
		return cli_usage_error(
		    cli, "HOST PORT and %s exclude each other", listen ? "--listen" : "--unix");
	if (listen || path)
		return EXIT_DONE;
	if (cli->count == 0)
		return cli_usage_error(cli,
		    "nobody to talk to: --listen PORT waits for somebody, HOST "
		    "PORT goes to them, --unix PATH does either");
	if (cli->count == 1)
		return cli_usage_error(cli, "the port is missing behind '%s'", cli->words[0]);
	if (!str_to_int64(str_from(cli->words[1]), port) || *port < 1 || *port > 65535)
		return cli_usage_error(
		    cli, "'%s' is no port; allowed are 1 to 65535", cli->words[1]);
	return EXIT_DONE;
}

static int
check_rest(const struct peer *p, bool filter)
{
	const struct settings *s = p->settings;
	struct str listen = setting_text(s, PEER_LISTEN), name = setting_text(s, PEER_NAME);
	struct err e;

	if (setting_text(s, PEER_BIND).len > 0 && str_find(listen, ':') < listen.len)
		return cli_usage_error(
		    p->cli, "--bind and the address in --listen exclude each other");
	if (setting_on(s, PEER_KEEP) && p->cli->count > 0)
		return cli_usage_error(p->cli,
		    "--keep waits for the next one: it goes with --listen or "
		    "--unix");
	if (setting_on(s, PEER_TURNS) && filter)
		return cli_usage_error(p->cli,
		    "--turns is for a person: standard input and output must "
		    "be a terminal");
	if (setting_given(s, PEER_NAME) && name.len == 0 && filter)
		return cli_usage_error(
		    p->cli, "--name is empty, and there is no terminal to ask at");
	if (name.len > 0 && !talk_name_valid(p, name, &e))
		return cli_usage_error(p->cli, "--name: %s", e.text);
	return EXIT_DONE;
}

/* ---- the run --------------------------------------------------------------------------------- */

static void
caught(int number, void *arg)
{
	struct peer *p = arg;

	if (p->console != NULL && (number == SIGWINCH || number == SIGCONT || number == SIGTSTP)) {
		console_signal(p->console, number);
		talk_show(p);
		return;
	}
	if (p->leaving)
		stop(p);
	else
		peer_leave(p);
}

static int
watch_signals(struct peer *p, struct err *e)
{
	static const int person[] = { SIGTERM, SIGINT, SIGHUP, SIGWINCH, SIGCONT, SIGTSTP, 0 };
	static const int filter[] = { SIGTERM, SIGINT, SIGHUP, 0 };

	return signals_watch(p->loop, p->console ? person : filter, caught, p, e);
}

static int
start(struct peer *p, bool filter, struct err *e)
{
	struct conns_limits limits = { .input = CONNS_INPUT_MOST, .a_turn = CONNS_INPUT_MOST };

	p->bound.fire = time_is_up;
	p->loop = loop_new(e);
	if (p->loop == NULL)
		return -1;
	p->conns = conns_new(p->loop, &limits, e);
	if (p->conns == NULL)
		return -1;
	if (!filter && talk_open(p, e) == -1)
		return -1;
	return watch_signals(p, e);
}

static void
end(struct peer *p)
{
	meet_free(p->meet);
	pass_end(p);
	conns_free(p->conns);
	talk_close(p);
	if (p->loop != NULL)
		signals_end(p->loop);
	loop_free(p->loop);
	if (p->why.text[0] != '\0')
		fprintf(stderr, "sockchat peer: %s\n", p->why.text);
}

static void
run(struct peer *p, int64_t port)
{
	static const struct meet_handler handler = {
		.met = met, .waiting = waiting, .failed = not_met
	};
	struct meet_config config = meet_config(p->cli, port);
	struct err e;

	p->meet = meet_new(p->loop, &config, &handler, p);
	if (p->meet == NULL) {
		peer_fail(p, EXIT_INTERNAL, "out of memory");
		return;
	}
	if (!p->talk.asking)
		peer_meet(p);
	if (!p->leaving && loop_run(p->loop, &e) == -1)
		peer_fail(p, EXIT_INTERNAL, "%s", e.text);
}

int
peer_main(struct cli *cli)
{
	struct peer p = { .cli = cli, .settings = cli->settings };
	bool filter = term_kind() == TERM_NONE;
	struct err e;
	int64_t port;
	int status = check_way(cli, &port);

	if (status == EXIT_DONE)
		status = check_rest(&p, filter);
	if (status != EXIT_DONE)
		return status;
	if (start(&p, filter, &e) == -1)
		peer_fail(&p, EXIT_INTERNAL, "%s", e.text);
	else
		run(&p, port);
	end(&p);
	return p.status;
}
