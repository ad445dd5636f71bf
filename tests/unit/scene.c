/* Scripts for the client's session. */
#include "scene.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "connect/slash.h"

static void
on_news(void *owner, const struct news *n)
{
	struct stage *t = owner;

	buf_printf(&t->told, "= %s%s%s%s " STR_FMT ">" STR_FMT, n->own ? "own " : "",
	    n->server ? "server " : "",
	    n->missed ? "missed "
	    : n->past ? "past "
		      : "",
	    news_kind_name(n->kind), STR_ARG(n->from), STR_ARG(n->to));
	if (n->object.len > 0)
		buf_printf(&t->told, " [" STR_FMT "]", STR_ARG(n->object));
	if (n->text.len > 0)
		buf_printf(&t->told, " " STR_FMT, STR_ARG(n->text));
	if (n->id.len > 0)
		buf_printf(&t->told, " {" STR_FMT " %lld}", STR_ARG(n->id), (long long)n->time);
	buf_add_char(&t->told, '\n');
}

static void
on_acked(void *owner, const struct outgoing *line)
{
	struct stage *t = owner;

	buf_printf(&t->told, "+ %llu %s " STR_FMT "%s%s%s\n", (unsigned long long)line->number,
	    line->target, STR_ARG(((struct str){ line->text, line->len })),
	    line->uncertain ? " ?" : "", line->id[0] ? " " : "", line->id);
}

static void
on_failed(void *owner, const struct outgoing *line)
{
	struct stage *t = owner;

	buf_printf(
	    &t->told, "- %llu %s %s\n", (unsigned long long)line->number, line->target, line->why);
}

static void
on_put_off(void *owner, const struct outgoing *line, const char *why, int64_t delay)
{
	struct stage *t = owner;

	buf_printf(&t->told, "~ %llu %s %s %s\n", (unsigned long long)line->number, line->target,
	    delay >= BACKOFF_FIRST / 2 && delay <= BACKOFF_FIRST  ? "1s"
	    : delay > BACKOFF_FIRST && delay <= 2 * BACKOFF_FIRST ? "2s"
								  : "long",
	    why);
}

static void
on_caught_up(void *owner)
{
	buf_add_str(&((struct stage *)owner)->told, STR("c\n"));
}

const struct session_handler scene_handler = {
	.news = on_news,
	.acked = on_acked,
	.failed = on_failed,
	.put_off = on_put_off,
	.caught_up = on_caught_up,
};

static size_t
key_number(struct stage *t, struct str key)
{
	size_t i = 0;

	while (
	    i + 1 < COUNT(t->keys) && t->keys[i][0] != '\0' && !str_eq(str_from(t->keys[i]), key))
		i++;
	str_copy(t->keys[i], sizeof(t->keys[i]), key);
	return i + 1;
}

/* "sockchat/id=" and 22 characters by chance: K1 for the first such. */
static void
name_key(struct stage *t, struct str line, struct buf *out)
{
	static const char tag[] = "sockchat/id=";
	size_t at = 0;

	while (at < line.len && !str_starts(str_from_byte(line, at), STR(tag)))
		at++;
	if (at < line.len)
		at += sizeof(tag) - 1;
	buf_add_str(out, str_first(line, at));
	if (at + OUTBOX_KEY > line.len) {
		buf_add_str(out, str_from_byte(line, at));
		return;
	}
	buf_printf(out, "K%zu", key_number(t, str_first(str_from_byte(line, at), OUTBOX_KEY)));
	buf_add_str(out, str_from_byte(line, at + OUTBOX_KEY));
}

/* The next line of what gathered is the step's; it is taken off. */
static void
expect_next(struct stage *t, struct buf *gathered, struct str want)
{
	struct buf named = BUF_INIT(16 * 1024);
	struct str rest = buf_str(gathered), line = str_cut(&rest, '\n');
	size_t taken = gathered->len - rest.len;

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	name_key(t, line, &named);
	if (!str_eq(buf_str(&named), want))
		fail_msg("%s: at \"%s\": got \"%s\"", t->scene, t->step, buf_cstr(&named));
	buf_free(&named);
	buf_drop(gathered, taken);
}

static void
expect_empty(const struct stage *t, const char *what, const struct buf *gathered)
{
	struct str rest = buf_str(gathered);

	if (rest.len > 0)
		fail_msg("%s: before \"%s\": %s too much: \"" STR_FMT "\"", t->scene, t->step, what,
		    STR_ARG(str_cut(&rest, '\n')));
}

static void
typed(struct stage *t, struct str line, bool refused)
{
	struct err e = { .text = "" };
	bool leave = false;
	int result;

	if (refused) {
		/* "! PART OF THE SENTENCE | LINE" */
		struct str want = str_trim(str_cut(&line, '|'));
		result = slash_enter(&t->s, str_trim(line), ++t->number, &leave, &e);
		if (result == 0 || !str_contains(str_from(e.text), want))
			fail_msg("%s: at \"%s\": \"%s\"", t->scene, t->step, e.text);
		return;
	}
	result = slash_enter(&t->s, line, ++t->number, &leave, &e);
	if (result == -1)
		fail_msg("%s: at \"%s\": %s", t->scene, t->step, e.text);
	if (leave)
		buf_add_str(&t->told, STR("leave\n"));
}

static void
pass(struct stage *t, struct str ms)
{
	int64_t n = 0;

	assert_true(str_to_int64(ms, &n));
	t->now += n;
	clock_fake(t->now, t->now);
	if (session_deadline(&t->s) >= 0 && session_deadline(&t->s) <= t->now)
		session_retry(&t->s);
}

static void
play_step(struct stage *t, struct str step)
{
	struct str rest = str_from_byte(step, 2);
	char text[32];

	switch (step.p[0]) {
	case '>':
		expect_next(t, &t->s.out, rest);
		return;
	case '=':
	case '+':
	case '-':
	case '~':
	case 'c':
	case 'l':
		expect_next(t, &t->told, step);
		return;
	case '@':
		expect_text(t->step, rest, t->s.current);
		return;
	case '#':
		snprintf(text, sizeof(text), "%d ", (int)t->s.stage);
		expect_int(t->step, str_starts(rest, str_from(text)), 1);
		if (!str_contains(str_from(t->s.why), str_from_byte(rest, 2)))
			fail_msg("%s: at \"%s\": %s", t->scene, t->step, t->s.why);
		return;
	default:
		break;
	}
	expect_empty(t, "said", &t->s.out);
	expect_empty(t, "told", &t->told);
	if (step.p[0] == 'o')
		session_open(&t->s);
	else if (step.p[0] == 'x' || step.p[0] == 'X')
		session_closed(&t->s, step.p[0] == 'x');
	else if (step.p[0] == 't')
		pass(t, rest);
	else if (step.p[0] == '<')
		session_line(&t->s, rest);
	else
		typed(t, rest, step.p[0] == '!');
}

void
play_as(const char *scene, const struct session_config *config, const char *const *steps)
{
	struct stage t = { .told = BUF_INIT(64 * 1024), .scene = scene };

	t.now = 1000;
	clock_fake(t.now, t.now);
	session_init(&t.s, config, &scene_handler, &t);
	assert_true(session_mean(&t.s, STR("#c"), STR("")));
	for (; *steps != NULL; steps++) {
		t.step = *steps;
		play_step(&t, str_from(*steps));
	}
	t.step = "the end";
	expect_empty(&t, "said", &t.s.out);
	expect_empty(&t, "told", &t.told);
	session_free(&t.s);
	buf_free(&t.told);
	clock_fake(-1, -1);
}

void
play(const char *scene, const char *const *steps)
{
	const struct session_config config = {
		.nick = STR("al"), .user = STR("al"), .realname = STR("Al B")
	};

	play_as(scene, &config, steps);
}

const char *
exes(const char *before, size_t count)
{
	static char text[1024];
	size_t n = str_copy(text, sizeof(text), str_from(before));

	memset(text + n, 'x', count);
	text[n + count] = '\0';
	return text;
}
