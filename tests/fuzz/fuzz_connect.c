/*
 * The client's session: any server, any person. Lines of the input: "$..." is typed, "!" ends the
 * connection in order and begins another, "?" cuts it off, "+" lets time pass, what else there is
 * comes from the server.
 */
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "connect/json.h"
#include "connect/print.h"
#include "connect/session.h"
#include "connect/show.h"
#include "connect/slash.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	struct session s;
	struct buf screen, text;
	struct view *view;
	size_t taken, settled;
};

/* One line, that shows and does nothing but what it says. */
static void
must_be_harmless(struct str line)
{
	must(utf8_valid(line));
	for (size_t i = 0; i < line.len; i++)
		must((unsigned char)line.p[i] >= 0x20 || (line.p[i] == '\n' && i + 1 == line.len));
}

static void
on_news(void *owner, const struct news *n)
{
	struct tally *t = owner;

	buf_clear(&t->text);
	if (print_news(&t->text, &t->s, n))
		must_be_harmless(buf_str(&t->text));
	buf_clear(&t->text);
	if (json_news(&t->text, n))
		must_be_harmless(buf_str(&t->text));
	show_news(t->view, &t->s, n);
	must(!str_contains(buf_str(&t->screen), STR("\033")));
	buf_clear(&t->screen);
}

static void
on_acked(void *owner, const struct outgoing *line)
{
	struct tally *t = owner;

	must(!line->failed && line->sent == line->len);
	show_own(t->view, &t->s, line);
	buf_clear(&t->screen);
	t->settled++;
}

static void
on_failed(void *owner, const struct outgoing *line)
{
	must(line->failed);
	((struct tally *)owner)->settled++;
}

static const struct session_handler handler = {
	.news = on_news, .acked = on_acked, .failed = on_failed
};

static void
step(struct tally *t, struct str line)
{
	struct buf clean = BUF_INIT(1 << 20);
	bool leave = false;
	size_t before = t->s.outbox.count + t->settled;
	struct err e;

	if (str_eat(&line, '$')) {
		for (size_t i = 0; i < line.len; i++)
			if (line.p[i] != '\0' && line.p[i] != '\r')
				buf_add_char(&clean, line.p[i]);
		slash_enter(&t->s, buf_str(&clean), 1, &leave, &e);
		t->taken += t->s.outbox.count + t->settled - before;
	} else if (str_eq(line, STR("!")) || str_eq(line, STR("?"))) {
		session_closed(&t->s, line.p[0] == '!');
		session_open(&t->s);
	} else if (str_eq(line, STR("+"))) {
		session_retry(&t->s);
	} else {
		session_line(&t->s, line);
	}
	buf_free(&clean);
}

/* What is sent is lines, each whole. */
static void
check(struct tally *t)
{
	struct str out = buf_str(&t->s.out);
	const struct outbox *o = &t->s.outbox;
	size_t bytes = 0;

	must(out.len == 0 || str_ends(out, STR("\r\n")));
	must(str_find(out, '\0') == out.len);
	for (size_t i = 0; i < o->flight_count; i++)
		if (!o->flight[i].again)
			bytes += o->flight[i].to - o->flight[i].from + OUTBOX_OVERHEAD;
	must(bytes == o->flight_bytes && o->flight_count <= OUTBOX_FLIGHT);
	must(t->s.catchup.held_count <= CATCHUP_HELD && t->s.catchup.fill_count <= CATCHUP_FILLS);
	must(o->count <= OUTBOX_LINES && o->count + t->settled == t->taken);
	must(strlen(t->s.current) <= ROSTER_NAME_MOST);
	buf_clear(&t->s.out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct session_config who = {
		.nick = STR("al"),
		.user = STR("al"),
		.realname = STR("al"),
		.past = 5,
	};
	const struct view_options plain = { .columns = 80 };
	struct str in = { (const char *)data, size };
	struct tally t = { .screen = BUF_INIT(1 << 24), .text = BUF_INIT(1 << 20) };

	t.view = view_new(&t.screen, &plain);
	must(t.view != NULL);
	session_init(&t.s, &who, &handler, &t);
	session_mean(&t.s, STR("#c"), STR("key"));
	session_open(&t.s);
	while (in.len > 0) {
		step(&t, str_cut(&in, '\n'));
		check(&t);
	}
	session_free(&t.s);
	view_free(t.view);
	buf_free(&t.screen);
	buf_free(&t.text);
	return 0;
}
