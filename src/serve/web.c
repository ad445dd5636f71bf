/* The way in for WebSockets. */
#include "serve/web.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "irc/names.h"
#include "serve/origin.h"
#include "serve/reply.h"

#define UNAVAILABLE "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"

bool
web_expect(struct session *s)
{
	struct session_extra *x = session_extra_make(s);

	s->dialect = DIALECT_HTTP;
	if (x != NULL)
		x->handshake = calloc(1, sizeof(*x->handshake));
	return x != NULL && x->handshake != NULL;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void
answer(struct session *s)
{
	struct buf text = BUF_INIT(HANDSHAKE_ANSWER_ROOM);

	handshake_answer(s->extra->handshake, &text);
	conn_write(s->conn, buf_str(&text));
	buf_free(&text);
	free(s->extra->handshake);
	s->extra->handshake = NULL;
}

static void
answer_error(struct session *s)
{
	const struct handshake *h = s->extra->handshake;

	log_info("websocket-refused", LOG_TEXT("host", session_host(s)), LOG_INT("port", s->port),
	    LOG_INT("status", h->status), LOG_TEXT("origin", h->origin),
	    LOG_TEXT("reason", h->why));
	answer(s);
}

void
web_goodbye(struct session *s, struct str reason)
{
	if (session_extra(s)->handshake == NULL)
		return;
	handshake_refuse(s->extra->handshake, HTTP_UNAVAILABLE, reply_text(reason));
	answer_error(s);
}

void
web_refuse(struct session *s, enum http_status status, const char *why)
{
	handshake_refuse(s->extra->handshake, status, why);
	answer_error(s);
	session_end(s, str_from(why));
}

struct str
web_full(void)
{
	return STR(UNAVAILABLE "The server has no room for more connections; try again later\n");
}

struct str
web_banned(const char *text, char out[WEB_BANNED_ROOM])
{
	int n = snprintf(
	    out, WEB_BANNED_ROOM, UNAVAILABLE "You are banned from this server %s\n", text);

	return (struct str){ out, n < WEB_BANNED_ROOM ? (size_t)n : (size_t)WEB_BANNED_ROOM - 1 };
}

/* ---- who may come ---------------------------------------------------------------------------- */

/* No page from elsewhere may chat through the browser of who looks at it. Who sends no Origin is no
 * browser. */
static bool
origin_is_allowed(const struct session *s, const struct handshake *h)
{
	const struct settings *st = s->server->cli->settings;
	struct str origin = str_from(h->origin);

	if (!h->origin_given || handshake_same_host(h, str_from(s->server->name)))
		return true;
	for (size_t i = 0; i < setting_count(st, SERVE_WEBSOCKET_ORIGIN); i++)
		if (mask_match(setting_item(st, SERVE_WEBSOCKET_ORIGIN, i), origin))
			return true;
	return false;
}

/* The request is answered: it is a session like any other. */
static void
begin(struct session *s)
{
	bool binary = s->extra->handshake->protocol == WS_PROTOCOL_BINARY;

	answer(s);
	ws_begin(s->conn);
	s->form = form_get(&s->server->forms, 0, false, binary ? WS_BINARY : WS_TEXT);
	s->dialect = DIALECT_UNDECIDED;
	s->newline_seen = true; /* messages are lines, however long the parts of one take */
	session_schedule(s);
}

size_t
web_bytes(struct session *s, struct str in)
{
	struct handshake *h = session_extra(s)->handshake;
	size_t given = in.len;
	enum http_status status;

	if (h == NULL)
		return given;
	status = handshake_take(h, &in);
	if (status == HTTP_SWITCHING && origin_is_allowed(s, h))
		begin(s);
	else if (status == HTTP_SWITCHING)
		web_refuse(s, HTTP_FORBIDDEN,
		    "Pages from this origin may not chat here; whoever runs the server can allow "
		    "it "
		    "with the setting websocket-origin.");
	else if (status != HTTP_NOT_YET)
		web_refuse(s, status, h->why);
	return given - in.len;
}

/* ---- the end --------------------------------------------------------------------------------- */

static enum ws_code
code_of(const struct session *s, struct str reason)
{
	if (s->server->stopping)
		return WS_GOING_AWAY;
	if (str_starts(reason, STR("Quit")) || str_starts(reason, STR("Connection closed")))
		return WS_NORMAL;
	return str_eq(reason, STR("The server is short of memory")) ? WS_INTERNAL : WS_POLICY;
}

void
web_close(struct session *s, struct str reason)
{
	if (s->form->wrap != 0)
		ws_close(s->conn, code_of(s, reason), reason);
}
