/* BATCH: messages of several lines (IRCv3 draft/multiline). The lines gather here until the batch
 * is closed, and are one event then. */
#include <stdio.h>
#include <stdlib.h>

#include "irc/multiline.h"
#include "irc/names.h"
#include "serve/commands.h"
#include "serve/reply.h"

enum { REF_MOST = 64 };

struct multiline_batch {
	char ref[REF_MOST + 1];
	char target[IRC_NAME_ROOM * 4 + 2];
	char client_id[IRC_LABEL_MOST + 1];
	char *label;     /* of the command that began it; NULL: none, or it was answered */
	struct buf tags; /* client-only tags */
	struct buf text; /* irc/multiline.h */
	enum event_kind kind;
	size_t lines, bytes;
	bool refused;  /* and said so: what else comes of it is passed over */
	bool any_text; /* not all of its lines are blank */
};

void
multiline_free(struct session *s)
{
	struct multiline_batch *b = session_extra(s)->batch;

	if (b == NULL)
		return;
	buf_free(&b->tags);
	buf_free(&b->text);
	free(b->label);
	free(b);
	s->extra->batch = NULL;
}

static bool
ref_valid(struct str ref)
{
	for (size_t i = 0; i < ref.len; i++)
		if (!ascii_is_alpha(ref.p[i]) && !ascii_is_digit(ref.p[i]) && ref.p[i] != '-' &&
		    ref.p[i] != '_')
			return false;
	return ref.len > 0 && ref.len <= REF_MOST;
}

/* What is said of the whole batch bears the label that it was begun with, once. */
static void
label_begin(struct session *s)
{
	if (session_extra(s)->batch->label == NULL)
		return;
	gather_end(s->server);
	gather_begin(s, str_from(session_extra(s)->batch->label));
}

static void
label_end(struct session *s)
{
	if (session_extra(s)->batch->label == NULL)
		return;
	gather_end(s->server);
	free(session_extra(s)->batch->label);
	session_extra(s)->batch->label = NULL;
}

static void
refuse(struct session *s, const char *code, const char *context, const char *text)
{
	label_begin(s);
	reply_fail(s, "BATCH", code, context, text);
	label_end(s);
	session_extra(s)->batch->refused = true;
	buf_free(&session_extra(s)->batch->text);
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* The label waits for the end. */
static void
take_label(struct session *s)
{
	struct gather *g = &s->server->gather;

	if (!gathering_for(s))
		return;
	session_extra(s)->batch->label = str_dup(g->label);
	g->session = NULL;
}

static void
begin(struct session *s, const struct irc_message *m, struct str ref)
{
	enum { TEXT_MOST = 128 * 1024 };
	struct session_extra *x = session_extra_make(s);
	struct multiline_batch *b = x ? calloc(1, sizeof(*b)) : NULL;
	struct str type = irc_param(m, 1), target = irc_param(m, 2), id = { 0 };
	char context[REF_MOST + 80];

	if (b == NULL) {
		conn_break(s->conn);
		return;
	}
	x->batch = b;
	b->text = (struct buf)BUF_INIT(TEXT_MOST);
	b->tags = (struct buf)BUF_INIT(IRC_CLIENT_TAGS_MOST + 2);
	str_copy(b->ref, sizeof(b->ref), ref);
	take_label(s);
	if (!str_eq(type, STR("draft/multiline"))) {
		type = str_first(type, str_find(type, ' '));
		snprintf(context, sizeof(context), "%s %s", b->ref,
		    type.len > 0 && type.p[0] != ':' ? reply_cut(type, 64) : "*");
		refuse(s, "UNKNOWN_TYPE", context, "Only draft/multiline is known");
	} else if (m->count != 3 || target.len == 0 || target.len >= sizeof(b->target) ||
		   str_find(target, ',') < target.len || str_find(target, ' ') < target.len) {
		refuse(s, "MULTILINE_INVALID", "", "Write it as BATCH +reference type target");
	} else if (!message_id(s, "BATCH", m, &id)) {
		b->refused = true;
	}
	str_copy(b->target, sizeof(b->target), target);
	str_copy(b->client_id, sizeof(b->client_id), id);
	client_tags(m, &b->tags);
}

/* ---- its lines ------------------------------------------------------------------------------- */

static void
wrong_target(struct session *s, struct str given)
{
	char context[sizeof(session_extra(s)->batch->target) + 80];

	given = str_first(given, str_find(given, ' '));
	snprintf(context, sizeof(context), "%s %s", session_extra(s)->batch->target,
	    given.len > 0 && given.p[0] != ':' ? reply_cut(given, 64) : "*");
	refuse(s, "MULTILINE_INVALID_TARGET", context,
	    "All lines of a batch go to the target that it was begun with");
}

static void
too_much(struct session *s, const char *code, size_t most, const char *text)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", most);
	refuse(s, code, number, text);
}

/* The rules of the specification; false: it was refused. */
static bool
may_add(struct session *s, enum event_kind kind, const struct irc_message *m, bool joined)
{
	const struct serve_limits *limits = &s->server->limits;
	struct multiline_batch *b = session_extra(s)->batch;
	size_t bytes = b->bytes + irc_param(m, 1).len + (b->lines > 0 && !joined);

	if (!name_eq(irc_param(m, 0), str_from(b->target)))
		wrong_target(s, irc_param(m, 0));
	else if (m->count != 2 || (b->lines > 0 && kind != b->kind))
		refuse(s, "MULTILINE_INVALID", "",
		    "A batch is of PRIVMSG lines alone or of NOTICE lines alone, each with a text");
	else if (joined && m->params[1].len == 0)
		refuse(
		    s, "MULTILINE_INVALID", "", "A blank line cannot continue the one before it");
	else if (b->lines >= limits->multiline_lines)
		too_much(s, "MULTILINE_MAX_LINES", limits->multiline_lines,
		    "The message has too many lines; it was not sent");
	else if (bytes > limits->multiline_bytes)
		too_much(s, "MULTILINE_MAX_BYTES", limits->multiline_bytes,
		    "The message is too long; it was not sent");
	return !b->refused;
}

static void
add_line(struct session *s, enum event_kind kind, const struct irc_message *m)
{
	struct multiline_batch *b = session_extra(s)->batch;
	struct str unused;
	bool joined = b->lines > 0 && irc_tag_find(m->tags, STR("draft/multiline-concat"), &unused);

	if (b->refused || !may_add(s, kind, m, joined))
		return;
	if (b->lines++ > 0) {
		buf_add_char(&b->text, joined ? MULTILINE_JOINED : MULTILINE_NEW);
		b->bytes += !joined;
	}
	b->kind = kind;
	b->bytes += m->params[1].len;
	b->any_text = b->any_text || m->params[1].len > 0;
	buf_add_str(&b->text, m->params[1]);
}

bool
multiline_takes(struct session *s, const struct irc_message *m)
{
	struct str ref;
	bool privmsg;

	if (m->tags.len == 0 || (s->caps & CAP_BIT(CAP_MULTILINE)) == 0 ||
	    !irc_tag_find(m->tags, STR("batch"), &ref))
		return false;
	privmsg = str_eq_nocase(m->command, STR("PRIVMSG"));
	if (session_extra(s)->batch == NULL) {
		reply_fail(s, "BATCH", "MULTILINE_INVALID", "", "There is no such batch");
		return true;
	}
	if (!privmsg && !str_eq_nocase(m->command, STR("NOTICE"))) {
		if (!session_extra(s)->batch->refused)
			refuse(s, "MULTILINE_INVALID", "",
			    "A batch has lines of PRIVMSG or NOTICE alone");
	} else if (!str_eq(ref, str_from(session_extra(s)->batch->ref))) {
		if (!session_extra(s)->batch->refused)
			refuse(s, "MULTILINE_INVALID", "", "Another batch is open");
	} else {
		add_line(s, privmsg ? EVENT_MESSAGE : EVENT_NOTICE, m);
	}
	return true;
}

/* ---- the end --------------------------------------------------------------------------------- */

static void
send_whole(struct session *s)
{
	struct multiline_batch *b = session_extra(s)->batch;
	struct event ev = { .kind = b->kind,
		.actor = s->user,
		.target = str_from(b->target),
		.text = buf_str(&b->text),
		.tags = buf_str(&b->tags),
		.client_id = str_from(b->client_id) };

	if (b->text.truncated || b->tags.truncated) {
		conn_break(s->conn);
		return;
	}
	label_begin(s);
	message_send(s, &ev);
	label_end(s);
}

static void
end(struct session *s, struct str ref)
{
	if (session_extra(s)->batch == NULL ||
	    !str_eq(ref, str_from(session_extra(s)->batch->ref))) {
		reply_fail(s, "BATCH", "MULTILINE_INVALID", "", "There is no such batch");
		return;
	}
	if (!session_extra(s)->batch->refused && !session_extra(s)->batch->any_text)
		refuse(s, "MULTILINE_INVALID", "", "The message has blank lines only");
	if (!session_extra(s)->batch->refused)
		send_whole(s);
	multiline_free(s);
}

void
cmd_batch(struct session *s, const struct irc_message *m)
{
	struct str ref = m->params[0];
	bool begins = str_eat(&ref, '+');

	if ((s->caps & CAP_BIT(CAP_MULTILINE)) == 0) {
		reply_numeric(s, ERR_UNKNOWNCOMMAND, "BATCH");
	} else if (!begins && !str_eat(&ref, '-')) {
		reply_fail(s, "BATCH", "MULTILINE_INVALID", "",
		    "Write it as BATCH +reference type target, and BATCH -reference");
	} else if (!ref_valid(ref)) {
		reply_fail(s, "BATCH", "INVALID_REFTAG", "*",
		    "A reference has 1 to 64 letters, digits, - and _");
	} else if (!begins) {
		end(s, ref);
	} else if (session_extra(s)->batch != NULL) {
		refuse(s, "MULTILINE_INVALID", "", "Another batch is open");
	} else {
		begin(s, m, ref);
	}
}
