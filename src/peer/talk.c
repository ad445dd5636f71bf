/* A person at a terminal talks to the other side. */
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "state.h"

enum { TALK_PROMPT_MOST = 128 };

static struct peer *
owner_of(struct conn *c)
{
	return c->owner;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static size_t
message_most(const struct peer *p)
{
	return (size_t)setting_number(p->settings, LIMIT_MESSAGE_LENGTH);
}

static size_t
name_most(const struct peer *p)
{
	return (size_t)setting_number(p->settings, LIMIT_NAME_LENGTH);
}

static bool
takes_turns(const struct peer *p)
{
	return setting_on(p->settings, PEER_TURNS);
}

/* In turns it looks like a transcript, without the time. */
static int64_t
time_shown(const struct peer *p)
{
	return takes_turns(p) ? -1 : clock_wall();
}

static struct str
their_name(const struct peer *p)
{
	if (p->talk.their_name.len > 0)
		return buf_str(&p->talk.their_name);
	return p->waited ? STR("Client") : STR("Server");
}

/* "Client has quit the session" and the like. */
static void
say_of_them(struct peer *p, const char *what)
{
	struct view *v = console_view(p->console);

	view_begin(v, time_shown(p));
	view_add_name(v, their_name(p));
	view_add(v, VIEW_DIM, STR(" "));
	view_add(v, VIEW_DIM, str_from(what));
	view_end(v);
}

static void
show_theirs(struct peer *p, struct str text)
{
	struct view *v = console_view(p->console);

	view_begin(v, time_shown(p));
	view_add_name(v, their_name(p));
	view_add(v, VIEW_PLAIN, STR(": "));
	view_add(v, VIEW_PLAIN, text);
	view_end(v);
}

/* A dumb terminal shows it already: the person typed it there. */
static void
show_mine(struct peer *p, struct str text)
{
	struct view *v = console_view(p->console);

	if (!console_draws(p->console))
		return;
	view_begin(v, time_shown(p));
	view_add(v, VIEW_DIM, STR(">"));
	view_add(v, VIEW_PLAIN, text);
	view_end(v);
}

/* "[12/500] ", once something is typed and there is a limit. */
static void
put_count(const struct peer *p, struct buf *out)
{
	size_t most = p->talk.asking ? name_most(p) : message_most(p);
	struct str text = console_text(p->console);

	if (most > 0 && text.len > 0)
		buf_printf(out, "[%zu/%zu] ", utf8_count(text), most);
}

static bool
may_write(const struct peer *p)
{
	return p->conn != NULL && !p->talk.over && (!takes_turns(p) || p->talk.my_turn);
}

static void
set_prompt(struct peer *p)
{
	struct buf status = BUF_INIT(TALK_PROMPT_MOST);
	struct str prompt = p->talk.asking ? STR("Your name: ") : may_write(p) ? STR(">") : STR("");

	if (prompt.len > 0)
		put_count(p, &status);
	view_prompt(console_view(p->console), buf_str(&status), prompt);
	buf_free(&status);
}

/* Not at all rather than for nothing: a terminal that is gone would be told of again and again. */
static void
watch_terminal(struct peer *p, unsigned interest)
{
	struct source *s = &p->talk.terminal;
	struct err e;

	if (interest == 0)
		loop_remove(p->loop, s);
	else if (s->slot != 0)
		loop_change(p->loop, s, interest);
	else if (loop_add(p->loop, s, interest, &e) == -1)
		peer_fail(p, EXIT_INTERNAL, "the terminal: %s", e.text);
}

void
talk_show(struct peer *p)
{
	struct talk *t = &p->talk;
	unsigned interest = console_wants_read(p->console) ? LOOP_READ : 0;
	int64_t deadline;

	set_prompt(p);
	console_flush(p->console);
	if (console_wants_write(p->console))
		interest |= LOOP_WRITE;
	watch_terminal(p, interest);
	deadline = console_deadline(p->console);
	if (deadline == -1)
		loop_timer_cancel(p->loop, &t->escape);
	else
		loop_timer_set(p->loop, &t->escape, deadline);
	if (p->conn != NULL && !console_full(p->console))
		conn_resume(p->conn);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool
is_farewell(struct str line)
{
	line = str_trim(line);
	return str_eq(line, STR("exit")) || str_eq(line, STR("\\quit"));
}

static bool
has_space(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

bool
talk_name_valid(const struct peer *p, struct str name, struct err *e)
{
	size_t count = utf8_count(name);

	if (count > name_most(p))
		err_set(e, "that name has %zu characters; allowed are %zu", count, name_most(p));
	else if (name.len == 0)
		err_set(e, "a name has at least one character");
	else if (has_space(name))
		err_set(e, "a name has no white space in it");
	else if (!utf8_valid(name))
		err_set(e, "a name is UTF-8");
	else if (is_farewell(name))
		err_set(e, "that word ends a conversation");
	else
		return true;
	return false;
}

static bool
take_my_name(struct peer *p, struct str name)
{
	struct err e;

	if (!talk_name_valid(p, name, &e)) {
		peer_say(p, "%s", e.text);
		return false;
	}
	buf_clear(&p->talk.name);
	buf_add_str(&p->talk.name, name);
	p->talk.asking = false;
	peer_meet(p);
	return true;
}

/*
 * Their first message is their name, if it can be one: a program that sends none says something
 * else.
 */
static bool
take_their_name(struct peer *p, struct str line)
{
	struct err ignored;

	if (!p->talk.name_awaited)
		return false;
	p->talk.name_awaited = false;
	if (!talk_name_valid(p, line, &ignored))
		return false;
	buf_add_str(&p->talk.their_name, line);
	say_of_them(p, p->waited ? "is the client's name" : "is the server's name");
	return true;
}

static void
send_name(struct peer *p)
{
	struct talk *t = &p->talk;

	if (!t->name_due)
		return;
	t->name_due = false;
	conn_write(p->conn, buf_str(&t->name));
	conn_write(p->conn, STR("\n"));
}

/* ---- what the other side says ---------------------------------------------------------------- */

static void
they_quit(struct peer *p)
{
	if (p->talk.over)
		return;
	p->talk.over = true;
	say_of_them(p, "has quit the session");
	conn_finish(p->conn);
}

static void
heard(struct peer *p, struct str line)
{
	if (line.len == 0 || p->talk.over || take_their_name(p, line))
		return;
	if (is_farewell(line)) {
		they_quit(p);
		return;
	}
	show_theirs(p, line);
	p->talk.my_turn = true;
}

static void
silence(struct timer *t)
{
	struct peer *p = (struct peer *)((char *)t - offsetof(struct peer, talk.silence));
	struct str line;

	if (p->conn != NULL && lines_end(&p->talk.lines, &line))
		heard(p, line);
	talk_show(p);
}

static size_t
on_bytes(struct conn *c, struct str in)
{
	struct peer *p = owner_of(c);
	struct talk *t = &p->talk;
	struct str rest = in, line;

	while (!console_full(p->console) && lines_next(&t->lines, &rest, &line))
		heard(p, line);
	if (rest.len > 0)
		conn_pause(c); /* the terminal takes no more: talk_show resumes */
	if (lines_waiting(&t->lines))
		loop_timer_set(p->loop, &t->silence, clock_monotonic() + LINES_SILENCE);
	else
		loop_timer_cancel(p->loop, &t->silence);
	talk_show(p);
	return in.len - rest.len;
}

static void
on_end_of_input(struct conn *c)
{
	struct peer *p = owner_of(c);
	struct str line;

	if (lines_end(&p->talk.lines, &line))
		heard(p, line);
	they_quit(p);
	talk_show(p);
}

static void
on_closed(struct conn *c, const char *reason)
{
	struct peer *p = owner_of(c);
	struct talk *t = &p->talk;
	bool lost = !t->over && !p->leaving;

	(void)c;
	loop_timer_cancel(p->loop, &t->silence);
	if (lost) {
		say_of_them(p, "was lost");
		peer_say(p, "The connection broke: %s", reason);
	}
	if (lost && !p->waited)
		p->status = EXIT_NETWORK;
	t->over = true;
	peer_conversation_over(p);
	talk_show(p);
}

const struct conn_handler talk_conn_handler = {
	.bytes = on_bytes, .end_of_input = on_end_of_input, .closed = on_closed
};

void
talk_begin(struct peer *p)
{
	struct talk *t = &p->talk;

	lines_free(&t->lines);
	buf_clear(&t->their_name);
	t->over = false;
	t->name_due = t->name_awaited = t->name.len > 0;
	t->my_turn = !p->waited; /* as with the seeds: who came speaks first */
	/* One who is waited for reads a name as an answer: it comes with the first one. */
	if (!takes_turns(p) || t->my_turn)
		send_name(p);
	if (takes_turns(p) && !t->my_turn)
		peer_say(p, "Awaiting %s response...", peer_role(p));
	talk_show(p);
}

/* ---- what the person says -------------------------------------------------------------------- */

/* Says why not. */
static bool
may_send(struct peer *p, struct str line)
{
	size_t count = utf8_count(line), most = message_most(p);

	if (p->conn == NULL || p->talk.over)
		peer_say(p, "Nobody is there yet; exit or Ctrl-C ends");
	else if (most > 0 && count > most)
		peer_say(p, "That message has %zu characters; allowed are %zu", count, most);
	else if (!may_write(p))
		peer_say(p, "It is the %s's turn", peer_role(p));
	else if (conn_queued(p->conn) > PEER_QUEUE_MOST)
		peer_say(p, "The %s takes nothing at the moment; try again", peer_role(p));
	else
		return true;
	return false;
}

/*
 * Without a newline: a program like the seeds' compares what it reads with "exit" byte for byte,
 * and for anything else the end of the stream ends the line.
 */
static void
farewell(struct peer *p, struct str line)
{
	show_mine(p, line);
	if (p->conn == NULL || p->talk.over) {
		peer_leave(p);
		return;
	}
	p->talk.over = true;
	conn_write(p->conn, line);
	if (p->waited && setting_on(p->settings, PEER_KEEP))
		conn_finish(p->conn);
	else
		peer_leave(p);
}

static bool
said(void *owner, struct str line)
{
	struct peer *p = owner;

	if (p->leaving)
		return true;
	if (p->talk.asking)
		return take_my_name(p, str_trim(line));
	if (is_farewell(line)) {
		farewell(p, str_trim(line));
		return true;
	}
	if (line.len == 0)
		return true;
	if (!may_send(p, line))
		return false;
	send_name(p);
	conn_write(p->conn, line);
	conn_write(p->conn, STR("\n"));
	show_mine(p, line);
	console_remember(p->console, line);
	p->talk.my_turn = false;
	if (takes_turns(p))
		peer_say(p, "Awaiting %s response...", peer_role(p));
	return true;
}

static void
ended(void *owner)
{
	struct peer *p = owner;

	p->talk.over = true;
	peer_leave(p);
}

static void
typed(void *owner, struct str text)
{
	(void)text;
	set_prompt(owner);
}

/* ---- the terminal ---------------------------------------------------------------------------- */

static void
terminal_ready(struct source *s, unsigned events)
{
	struct peer *p = (struct peer *)((char *)s - offsetof(struct peer, talk.terminal));

	(void)events;
	console_ready(p->console);
	talk_show(p);
}

static const struct source_kind terminal_kind = { .ready = terminal_ready };

static void
escape_over(struct timer *t)
{
	struct peer *p = (struct peer *)((char *)t - offsetof(struct peer, talk.escape));

	console_ready(p->console);
	talk_show(p);
}

int
talk_open(struct peer *p, struct err *e)
{
	static const struct console_handler handler = {
		.line = said, .end = ended, .interrupt = ended, .typed = typed
	};
	struct talk *t = &p->talk;

	lines_init(&t->lines);
	t->name = t->their_name = (struct buf)BUF_INIT(PEER_NAME_MOST);
	buf_add_str(&t->name, setting_text(p->settings, PEER_NAME));
	t->asking = setting_given(p->settings, PEER_NAME) && t->name.len == 0;
	t->silence.fire = silence;
	t->escape.fire = escape_over;
	p->console = console_open(&handler, p, e);
	if (p->console == NULL)
		return -1;
	t->terminal = (struct source){ .fd = console_fd(p->console), .kind = &terminal_kind };
	if (t->asking)
		peer_say(p, "Your name: at most %zu characters, no white space", name_most(p));
	talk_show(p);
	return 0;
}

void
talk_close(struct peer *p)
{
	if (p->console == NULL)
		return;
	loop_remove(p->loop, &p->talk.terminal);
	loop_timer_cancel(p->loop, &p->talk.silence);
	loop_timer_cancel(p->loop, &p->talk.escape);
	console_close(p->console);
	p->console = NULL;
	lines_free(&p->talk.lines);
	buf_free(&p->talk.name);
	buf_free(&p->talk.their_name);
}
