/* Sessions: the newcomer, the registration, the goodbye. */
#include "session_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "irc/names.h"
#include "net/proxy.h"
#include "serve/audience.h"
#include "serve/authenticate.h"
#include "serve/away.h"
#include "serve/bans.h"
#include "serve/behind.h"
#include "serve/cloak.h"
#include "serve/commands.h"
#include "serve/devices.h"
#include "serve/login.h"
#include "serve/metadata.h"
#include "serve/monitor.h"
#include "serve/origin.h"
#include "serve/presence.h"
#include "serve/question.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/web.h"

static void on_closed(struct conn *c, const char *reason);
static void on_came_from(struct conn *c, const struct addr *from);

static const struct conn_handler handler = {
	.bytes = session_bytes,
	.end_of_input = session_end_of_input,
	.drained = session_drained,
	.overfull = behind_overfull,
	.came_from = on_came_from,
	.place_reached = behind_reached,
	.closed = on_closed,
};

bool
session_registered(const struct session *s)
{
	return s->user != NULL;
}

struct str
session_nick(const struct session *s)
{
	if (s->user != NULL)
		return user_nick(s->user);
	return s->reg != NULL && s->reg->nick != NULL ? str_from(s->reg->nick) : STR("*");
}

/* ---- newcomers ------------------------------------------------------------------------------- */

static void
session_link(struct session *s)
{
	struct server *sv = s->server;

	s->next = sv->sessions;
	s->at = &sv->sessions;
	if (s->next != NULL)
		s->next->at = &s->next;
	sv->sessions = s;
	if (++sv->session_count > sv->sessions_most)
		sv->sessions_most = sv->session_count;
	s->serial = ++sv->clients_seen;
	sv->unknown_count++;
}

static void
registration_free(struct registration *r)
{
	if (r == NULL)
		return;
	free(r->nick);
	free(r->name);
	free(r->real);
	free(r->account);
	free(r->away);
	free(r);
}

static const struct session_extra nothing;

const struct session_extra *
session_extra(const struct session *s)
{
	return s->extra ? s->extra : &nothing;
}

struct session_extra *
session_extra_make(struct session *s)
{
	if (s->extra == NULL)
		s->extra = calloc(1, sizeof(*s->extra));
	return s->extra;
}

static void
extra_free(struct session *s)
{
	if (s->extra == NULL)
		return;
	free(s->extra->unix_name);
	free(s->extra->plain_target);
	free(s->extra->email);
	free(s->extra->handshake);
	free(s->extra);
	s->extra = NULL;
}

static bool
extra_is_used(const struct session_extra *e)
{
	return e->behind || e->left || e->authentication || e->markers || e->batch || e->monitors ||
	       e->hearing || e->email || e->handshake || e->plain_target || e->unix_name ||
	       e->nick_changes > 0;
}

/* A login left it behind, for one. */
static void
extra_free_unused(struct session *s)
{
	if (s->extra != NULL && !extra_is_used(s->extra))
		extra_free(s);
}

static void
session_free(struct session *s)
{
	registration_free(s->reg);
	authentication_end(s);
	markers_free(s);
	multiline_free(s);
	metadata_free(s);
	audience_free_seats(s);
	extra_free(s);
	free(s);
}

static const char *
no_place(struct session *s)
{
	struct server *sv = s->server;

	if (sv->limits.clients > 0 && sv->session_count - sv->closing_count > sv->limits.clients)
		return "The server is full; try again later";
	if (!origin_count(s))
		return "Too many connections from your address";
	return sv->stopping ? "The server is stopping" : NULL;
}

bool
session_admit(struct session *s)
{
	const char *refusal;

	if (ban_of_origin(s))
		return false;
	refusal = no_place(s);
	if (refusal != NULL)
		session_end(s, str_from(refusal));
	else
		session_schedule(s);
	return refusal == NULL;
}

static void
on_came_from(struct conn *c, const struct addr *from)
{
	struct session *s = c->owner;

	if (s->closing)
		return;
	if (from != NULL)
		origin_change(s, from);
	s->reg->awaits_proxy = false;
	s->reg->opened_at = clock_monotonic();
	log_debug("proxied", LOG_TEXT("host", session_host(s)), LOG_INT("port", s->port));
	session_admit(s);
}

/* Whoever comes through a proxy is taken in when it has said from where. */
static void
begin(struct session *s, bool proxied)
{
	bool required = s->server->origins.proxy_required;

	if (!proxied) {
		session_admit(s);
		return;
	}
	s->reg->awaits_proxy = required;
	if (proxy_expect(s->conn, required) == -1)
		session_end(s, STR("The server is short of memory"));
	else
		session_schedule(s);
}

void
session_accept(struct server *sv, int fd, const struct addr *peer, const struct listener *by)
{
	struct session *s = calloc(1, sizeof(*s));
	bool web = by != NULL && listener_is_websocket(by);
	struct err e;

	if (s == NULL || (s->reg = calloc(1, sizeof(*s->reg))) == NULL) {
		free(s);
		close(fd);
		return;
	}
	s->server = sv;
	s->timer.fire = session_timer;
	s->form = form_get(&sv->forms, 0, false, 0);
	s->input_at = s->tokens_at = clock_monotonic();
	s->reg->opened_at = s->input_at;
	s->tokens = (int32_t)(sv->limits.input_burst * SESSION_TOKENS_A_LINE);
	s->reg->password_given = sv->password.len == 0;
	if (!origin_identify(s, fd, peer) || (web && !web_expect(s))) {
		session_free(s);
		close(fd);
		return;
	}
	s->conn = conn_open_over(
	    sv->conns, fd, web ? &transport_ws : &transport_plain, &handler, s, &e);
	if (s->conn == NULL) {
		log_warning("accept-failed", LOG_TEXT("reason", e.text));
		session_free(s);
		return;
	}
	session_link(s);
	log_debug("connected", LOG_TEXT("host", session_host(s)), LOG_INT("port", s->port),
	    LOG_TEXT("user", session_extra(s)->unix_name ? session_extra(s)->unix_name : ""));
	begin(s, origin_is_proxy(sv, peer));
}

/* ---- the goodbye ----------------------------------------------------------------------------- */

static void
say_goodbye(struct session *s, struct str reason)
{
	if (s->dialect == DIALECT_HTTP)
		web_goodbye(s, reason);
	else if (s->dialect == DIALECT_PLAIN)
		reply_notice(s, "* goodbye (" STR_FMT ")", STR_ARG(reason));
	else {
		struct reply r;
		reply_begin(&r, s);
		r.line.at = r.body;
		LINE_LIT(&r.line, "ERROR :Closing link: (");
		line_text(&r.line, session_host(s));
		LINE_LIT(&r.line, ") ");
		line_str(&r.line, reason);
		reply_end(&r);
	}
}

void
session_forget_waiting(struct session *s)
{
	struct waiting *w = s->waiting;

	if (w == NULL)
		return;
	s->waiting = NULL;
	w->forget(w);
	gather_pause_free(&w->pause);
	free(w);
}

void
session_wait(struct session *s, struct waiting *w)
{
	s->waiting = w;
	w->since = clock_monotonic();
	session_hold(s);
}

struct waiting *
session_answer(struct session *s)
{
	struct waiting *w = s->waiting;

	s->waiting = NULL;
	gather_go_on(s, &w->pause);
	return w;
}

void
session_answered(struct session *s, struct waiting *w)
{
	if (w->pause.label != NULL)
		gather_end(s->server);
	gather_pause_free(&w->pause);
	if (s->reg != NULL) /* that time was not the newcomer's */
		s->reg->opened_at += clock_monotonic() - w->since;
	free(w);
	session_release(s);
	session_schedule(s);
}

/* What somebody said on leaving is not for the log. */
static void
log_end(const struct session *s, struct str reason)
{
	if (str_starts(reason, STR("Quit: ")))
		reason.len = 4;
	log_info("disconnected", LOG_STR("nick", session_nick(s)),
	    LOG_TEXT("host", session_host(s)), LOG_STR("reason", reason),
	    LOG_INT("read", s->conn->bytes_read), LOG_INT("written", s->conn->bytes_written));
}

/* From here on it is nobody, and takes no place: who has had the goodbye may linger. */
static void
begin_closing(struct session *s, struct session *by, struct event *quit)
{
	bool last;

	s->closing = true;
	s->server->closing_count++;
	origin_uncount(s);
	monitor_forget(s);
	if (s->reg != NULL)
		s->server->unknown_count--;
	if (s->user == NULL)
		return;
	last = s->user->front == s && s->next_device == NULL;
	if (last && !presence_is_kept(s->server, s->user)) {
		server_event(s->server, by, quit);
		return;
	}
	if (last)
		replay_left_all(s->server, s->user, hub_last_number(s->server->hub));
	else
		replay_device_left(s, hub_last_number(s->server->hub));
	away_device_leaves(s); /* the user is still here */
	session_detach(s);
}

void
session_end(struct session *s, struct str reason)
{
	struct event quit = { .kind = EVENT_QUIT, .actor = s->user, .text = reason };
	int64_t patience = setting_number(s->server->cli->settings, SERVE_SHUTDOWN_TIMEOUT);

	if (s->closing)
		return;
	if (s->user != NULL || s->dialect == DIALECT_IRC || s->dialect == DIALECT_PLAIN)
		log_end(s, reason);
	say_goodbye(s, reason);
	if (gathering_for(s)) /* of a labelled command: nothing is taken once it finishes */
		gather_end(s->server);
	begin_closing(s, s, &quit);
	session_forget_waiting(s);
	questions_forget(s);
	loop_timer_cancel(s->server->loop, &s->timer);
	/* never in this turn, at the end of which the goodbye is sent */
	loop_timer_set(
	    s->server->loop, &s->timer, clock_monotonic() + (patience > 0 ? patience : 1));
	web_close(s, reason);
	conn_finish(s->conn);
}

/* The connection is over, whoever ended it. */
static void
on_closed(struct conn *c, const char *reason)
{
	struct session *s = c->owner;
	struct server *sv = s->server;
	struct event quit = { .kind = EVENT_QUIT, .actor = s->user, .text = str_from(reason) };

	if (!s->closing) {
		s->lost = true;
		log_end(s, str_from(reason));
		begin_closing(s, NULL, &quit);
	}
	if (sv->gather.session == s)
		sv->gather.session = NULL;
	session_forget_waiting(s);
	questions_forget(s);
	loop_timer_cancel(sv->loop, &s->timer);
	*s->at = s->next;
	if (s->next != NULL)
		s->next->at = s->at;
	sv->session_count--;
	sv->closing_count--;
	session_free(s);
	if (sv->listeners != NULL)
		listeners_resume(sv->listeners);
	if (sv->stopping && sv->session_count == 0)
		loop_stop(sv->loop);
}

/* ---- registration ---------------------------------------------------------------------------- */

static struct str
user_name(const struct session *s, char *out)
{
	size_t n;

	if (session_extra(s)->unix_name != NULL)
		return str_from(session_extra(s)->unix_name);
	out[0] = '~';
	n = user_clean(str_from(s->reg->name), out + 1);
	return (struct str){ out, n + 1 };
}

static bool
ready_to_register(const struct session *s)
{
	const struct registration *r = s->reg;

	return r != NULL && r->nick != NULL && r->name != NULL && !r->cap_negotiating &&
	       !s->closing && s->waiting == NULL;
}

/* The nick is somebody's: another one is to be taken. */
static void
refuse_nick(struct session *s)
{
	reply_reserved(s, str_from(s->reg->nick));
	free(s->reg->nick);
	s->reg->nick = NULL;
}

/* Logged in before it was a user. */
static void
take_account(struct session *s)
{
	struct event ev = { .kind = EVENT_ACCOUNT, .actor = s->user };

	if (s->reg->account == NULL)
		return;
	ev.text = str_from(s->reg->account);
	server_event(s->server, s, &ev);
}

void
session_attach(struct session *s, struct user *u)
{
	s->user = u;
	s->next_device = u->front;
	u->front = s;
}

void
session_detach(struct session *s)
{
	struct session *first = s->user->front, **at = &first;

	behind_forget(s);
	audience_leave_all(s);
	while (*at != s)
		at = &(*at)->next_device;
	*at = s->next_device;
	s->next_device = NULL;
	s->user->front = first;
	s->user = NULL;
}

static void
cloak_session(const struct session *s, struct cloak *out)
{
	struct addr from;
	bool known = session_address(s, &from);

	cloak_of(s->server, known ? &from : NULL, session_account(s), out);
}

void
session_try_register(struct session *s)
{
	struct server *sv = s->server;
	char name[IRC_USER_MOST + 2], host[IRC_HOST_MOST + 1];
	struct cloak cloak;
	struct event ev = { .kind = EVENT_CONNECT };
	struct user *u;
	uint32_t channels;
	bool device;

	if (!ready_to_register(s))
		return;
	if (!s->reg->password_given) {
		reply_numeric(s, ERR_PASSWDMISMATCH);
		session_end(s, STR("This server needs a password, and the one given is not right"));
		return;
	}
	authentication_abort(s);
	session_login_by_socket(s);
	if (s->closing) /* the account is banned */
		return;
	if (nick_is_reserved(s, str_from(s->reg->nick))) {
		refuse_nick(s);
		return;
	}
	ev.target = str_from(s->reg->nick);
	ev.object = user_name(s, name);
	ev.host = (struct str){ host, str_copy(host, sizeof(host), str_from(session_host(s))) };
	cloak_session(s, &cloak);
	ev.cloak = str_from(cloak.address);
	ev.shown = str_from(cloak.shown);
	ev.text = str_from(s->reg->real);
	if (ban_at_registration(s, &ev))
		return;
	u = device_user(s);
	device = u != NULL;
	if (u == NULL && server_event(sv, s, &ev) != VERDICT_OK) {
		free(s->reg->nick);
		s->reg->nick = NULL;
		return;
	}
	session_attach(s, device ? u : ev.actor);
	if (device)
		replay_device_came(s);
	else
		take_account(s);
	away_device_comes(s);
	metadata_entered(s);
	channels = s->user
		       ->membership_count; /* a plain one joins the lobby now, with all devices */
	registration_free(s->reg);
	s->reg = NULL;
	sv->unknown_count--;
	log_info("registered", LOG_TEXT("nick", s->user->nick),
	    LOG_TEXT("user", user_true_name(s->user)), LOG_TEXT("host", session_host(s)),
	    LOG_INT("port", s->port),
	    LOG_TEXT("dialect", s->dialect == DIALECT_PLAIN ? "plain" : "irc"));
	if (s->dialect == DIALECT_PLAIN)
		plain_welcome(s);
	else
		irc_welcome(s);
	if (device)
		device_enter(s, channels);
	local_operator_greet(s);
	replay_private(s);
	extra_free_unused(s);
	session_schedule(s);
}

void
session_set_caps(struct session *s, cap_set caps)
{
	struct form *f = form_get(
	    &s->server->forms, caps, s->dialect == DIALECT_PLAIN, s->form->wrap);
	uint32_t count = s->user ? s->user->membership_count : 0;

	s->caps = caps;
	if (f == s->form)
		return;
	audience_leave_all(s);
	s->form = f;
	for (uint32_t i = 0; i < count; i++)
		if (!audience_join(s, s->user->memberships[i]->channel))
			conn_break(s->conn);
}
