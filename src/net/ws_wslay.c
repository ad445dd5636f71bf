/* WebSocket by wslay: frames come apart here; only Close and Pong are made here. */
#include "net/ws.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

const char ws_library[] = "wslay";

int
ws_usable(struct err *e)
{
	(void)e;
	return 0;
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* One in the middle of a message; 5 KB, so an idle connection has none. */
struct ws_reader {
	wslay_event_context_ptr context;
	struct str in;       /* what is still to be taken */
	char *out;           /* where the lines go */
	size_t len;          /* of the lines */
	struct buf *replies; /* where pongs and the Close go */
	uint64_t fed;        /* bytes that wslay has taken */
	uint64_t frames;     /* bytes of the frames that have begun, all of them */
	uint64_t message;    /* bytes of the message so far */
	bool in_frame, in_message;
	bool data, last; /* the frame is a message's, or its last part */
	bool too_big;
};

/* One that is between two messages is as good as a new one. */
static struct ws_reader *spare;

static ssize_t
on_wanted(wslay_event_context_ptr context, uint8_t *data, size_t len, int flags, void *arg)
{
	struct ws_reader *r = arg;
	struct str part = str_first(r->in, len);

	(void)flags;
	if (part.len == 0) {
		wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(data, part.p, part.len);
	r->in = str_from_byte(r->in, part.len);
	r->fed += part.len;
	return (ssize_t)part.len;
}

static ssize_t
on_reply(wslay_event_context_ptr context, const uint8_t *data, size_t len, int flags, void *arg)
{
	struct ws_reader *r = arg;

	(void)flags;
	if (buf_add(r->replies, data, len))
		return (ssize_t)len;
	wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

/* Bytes of a client's header: a length of 0, 2 or 8 bytes and the mask behind the first two. */
static uint64_t
header_length(uint64_t payload)
{
	return payload < 126 ? 6 : payload <= UINT16_MAX ? 8 : 14;
}

static void
on_frame(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_start_arg *frame,
    void *arg)
{
	struct ws_reader *r = arg;

	r->frames += header_length(frame->payload_length) + frame->payload_length;
	r->in_frame = true;
	r->data = !wslay_is_ctrl_frame(frame->opcode);
	r->last = frame->fin != 0;
	if (!r->data)
		return;
	if (!r->in_message)
		r->message = 0;
	r->in_message = true;
	r->message += frame->payload_length;
	if (r->message > WS_MESSAGE_MOST) {
		r->too_big = true;
		wslay_event_shutdown_read(context);
	}
}

static void
on_part(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_chunk_arg *part,
    void *arg)
{
	struct ws_reader *r = arg;

	(void)context;
	if (!r->data || r->too_big || part->data_length == 0)
		return;
	memcpy(r->out + r->len, part->data, part->data_length);
	r->len += part->data_length;
}

static void
on_frame_end(wslay_event_context_ptr context, void *arg)
{
	struct ws_reader *r = arg;

	(void)context;
	r->in_frame = false;
	if (!r->data || !r->last || r->too_big)
		return;
	r->in_message = false;
	r->out[r->len++] = '\n';
}

static void
reader_free(struct ws_reader *r)
{
	if (r == NULL)
		return;
	wslay_event_context_free(r->context);
	free(r);
}

static struct ws_reader *
reader_get(void)
{
	static const struct wslay_event_callbacks callbacks = { .recv_callback = on_wanted,
		.send_callback = on_reply,
		.on_frame_recv_start_callback = on_frame,
		.on_frame_recv_chunk_callback = on_part,
		.on_frame_recv_end_callback = on_frame_end };
	struct ws_reader *r = spare;

	spare = NULL;
	if (r != NULL)
		return r;
	r = calloc(1, sizeof(*r));
	if (r == NULL || wslay_event_context_server_init(&r->context, &callbacks, r) != 0) {
		free(r);
		return NULL;
	}
	wslay_event_config_set_no_buffering(r->context, 1);
	wslay_event_config_set_max_recv_msg_length(r->context, WS_MESSAGE_MOST);
	return r;
}

/* Between two messages it is let go. */
static void
reader_put(struct ws *w)
{
	struct ws_reader *r = w->reader;

	if (r->in_frame || r->in_message || r->fed != r->frames)
		return;
	w->reader = NULL;
	if (spare == NULL)
		spare = r;
	else
		reader_free(r);
}

static bool
end_with(struct buf *replies, enum ws_code code, const char *reason)
{
	char frame[WS_CLOSE_ROOM];

	buf_add(replies, frame, ws_close_frame(frame, code, str_from(reason)));
	return false;
}

/* What wslay has found wrong it says itself, but for headers and memory. */
static bool
go_on(struct ws_reader *r)
{
	int result = wslay_event_recv(r->context);

	if (result == WSLAY_ERR_NOMEM)
		return end_with(r->replies, WS_INTERNAL, "The server is short of memory");
	if (r->too_big)
		return end_with(r->replies, WS_TOO_BIG, "The message is too long");
	if (result != 0)
		return end_with(r->replies, WS_PROTOCOL_ERROR, "A frame is not as it should be");
	return wslay_event_send(r->context) == 0 && wslay_event_get_read_enabled(r->context);
}

bool
ws_decode(struct ws *w, struct str in, char *out, size_t *len, struct buf *replies)
{
	struct ws_reader *r;

	*len = 0;
	if (w->reader == NULL)
		w->reader = reader_get();
	r = w->reader;
	if (r == NULL)
		return end_with(replies, WS_INTERNAL, "The server is short of memory");
	r->in = in;
	r->out = out;
	r->len = 0;
	r->replies = replies;
	if (!go_on(r)) {
		*len = r->len;
		ws_free(w);
		return false;
	}
	*len = r->len;
	reader_put(w);
	return true;
}

void
ws_free(struct ws *w)
{
	reader_free(w->reader);
	w->reader = NULL;
}

void
ws_pool_free(void)
{
	reader_free(spare);
	spare = NULL;
}

/* ---- the transport --------------------------------------------------------------------------- */

void
ws_begin(struct conn *c)
{
	struct ws *w = transport_state(c);

	w->framed = true;
}

void
ws_close(struct conn *c, enum ws_code code, struct str reason)
{
	struct ws *w = transport_state(c);
	char frame[WS_CLOSE_ROOM];

	if (!w->framed || w->over)
		return;
	w->over = true;
	conn_write(c, (struct str){ frame, ws_close_frame(frame, code, reason) });
}

/* Nothing but the Close is sent from here on, and no more will be read. */
static void
end_of_messages(struct conn *c, struct ws *w)
{
	w->over = true;
	c->readable = true; /* the end of input is still to be told */
	conn_shut(c);
}

static ssize_t
lines_of(struct conn *c, struct ws *w, struct str raw, char *lines)
{
	struct buf replies = BUF_INIT(4 * WS_READ);
	size_t len;
	bool open = ws_decode(w, raw, lines, &len, &replies);

	if (!open || conn_queued(c) <= WS_PONGS_QUEUED)
		conn_write(c, buf_str(&replies));
	buf_free(&replies);
	if (!open)
		end_of_messages(c, w);
	return (ssize_t)len;
}

static ssize_t
ws_read(struct conn *c, void *data, size_t len)
{
	static char raw[WS_READ];
	struct ws *w = transport_state(c);
	size_t most = len - 1 < sizeof(raw) ? len - 1 : sizeof(raw);
	ssize_t n;

	if (!w->framed || c->state != CONN_OPEN)
		return transport_plain.read(c, data, len);
	if (w->over)
		return 0;
	n = transport_plain.read(c, raw, most);
	if (n <= 0)
		return n;
	/* After a hang-up no edge would tell of the end that is behind these bytes. */
	if ((size_t)n < most && !c->hangup)
		c->readable = false;
	n = lines_of(c, w, (struct str){ raw, (size_t)n }, data);
	if (n > 0 || (w->over && c->readable))
		return n;
	errno = c->readable ? EINTR : EAGAIN;
	return -1;
}

static ssize_t
ws_write(struct conn *c, const struct iovec *parts, int count)
{
	return transport_plain.write(c, parts, count);
}

static int
ws_shut(struct conn *c)
{
	return transport_plain.shut(c);
}

static void
ws_end(struct conn *c)
{
	ws_free(transport_state(c));
}

const struct transport transport_ws = {
	.read = ws_read,
	.write = ws_write,
	.shut = ws_shut,
	.end = ws_end,
	.state = sizeof(struct ws),
	.name = "websocket",
};
