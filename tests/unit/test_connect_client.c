/* The client's connection over time: silence, no greeting, attempts to come back. The clock is the
 * test's. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "connect/backoff.h"
#include "connect/client.h"
#include "expect.h"

enum { ATTEMPTS = 3, TIMEOUT = 5000 };

struct scene {
	struct loop *loop;
	struct session session;
	struct client *client;
	char folder[64];
	struct sockaddr_un at;
	int listener, fd; /* the server's side */
	char in[4096];    /* what it heard, all of it */
	int64_t now;
	unsigned acked, uncertain;
	unsigned ready, lost, over;
	int64_t delay;
	enum exit_code code;
	char why[256];
};

static void
on_news(void *owner, const struct news *n)
{
	(void)owner;
	(void)n;
}

static void
on_acked(void *owner, const struct outgoing *line)
{
	struct scene *s = owner;

	s->acked++;
	s->uncertain += line->uncertain;
}

static void
on_failed(void *owner, const struct outgoing *line)
{
	(void)owner;
	fail_msg("refused: %s", line->why);
}

static const struct session_handler session_handler = {
	.news = on_news, .acked = on_acked, .failed = on_failed
};

static void
on_ready(void *owner)
{
	((struct scene *)owner)->ready++;
}

static void
on_lost(void *owner, const char *why, int64_t delay)
{
	struct scene *s = owner;

	s->lost++;
	s->delay = delay;
	str_copy(s->why, sizeof(s->why), str_from(why));
}

static void
on_over(void *owner, enum exit_code code, const char *why)
{
	struct scene *s = owner;

	s->over++;
	s->code = code;
	str_copy(s->why, sizeof(s->why), str_from(why));
}

static const struct client_handler client_handler = { on_ready, on_lost, on_over };

static void
turns(struct scene *s)
{
	struct err e;

	for (int i = 0; i < 5; i++) {
		s->now++;
		clock_fake(s->now, 1000000 + s->now);
		assert_int_equal(loop_turn(s->loop, 1, &e), 0);
	}
}

static void
pass(struct scene *s, int64_t ms)
{
	s->now += ms;
	turns(s);
}

/* What the client said since the last time. */
static void
hear(struct scene *s)
{
	ssize_t n = recv(s->fd, s->in, sizeof(s->in) - 1, MSG_DONTWAIT);

	s->in[n > 0 ? n : 0] = '\0';
}

static void
tell(struct scene *s, const char *text)
{
	assert_int_equal(send(s->fd, text, strlen(text), 0), (ssize_t)strlen(text));
	turns(s);
}

static void
take(struct scene *s)
{
	turns(s);
	s->fd = accept(s->listener, NULL, NULL);
	assert_true(s->fd >= 0);
	turns(s);
}

static void
greet(struct scene *s)
{
	tell(s, ":srv 001 al :Hello\r\n");
	hear(s);
	assert_non_null(strstr(s->in, "PING :r"));
	tell(s, strstr(s->in, "PING :r1") ? "PONG :r1\r\n" : "PONG :r2\r\n");
}

static int
begin(void **state)
{
	const struct session_config who = {
		.nick = STR("al"), .user = STR("al"), .realname = STR("al")
	};
	struct client_config config = {
		.timeout = TIMEOUT, .reconnect = true, .attempts = ATTEMPTS
	};
	struct scene *s = calloc(1, sizeof(*s));
	struct err e;

	s->now = 1000;
	clock_fake(s->now, 1000000);
	str_copy(s->folder, sizeof(s->folder), STR("/tmp/sockchat-client-XXXXXX"));
	assert_non_null(mkdtemp(s->folder));
	s->at.sun_family = AF_UNIX;
	snprintf(s->at.sun_path, sizeof(s->at.sun_path), "%s/s", s->folder);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&s->at, sizeof(s->at)), 0);
	assert_int_equal(listen(s->listener, 5), 0);
	s->fd = -1;
	str_copy(config.target.path, sizeof(config.target.path), str_from(s->at.sun_path));
	session_init(&s->session, &who, &session_handler, s);
	s->loop = loop_new(&e);
	s->client = client_new(s->loop, &config, &s->session, &client_handler, s, &e);
	assert_non_null(s->client);
	client_start(s->client);
	*state = s;
	return 0;
}

static int
end(void **state)
{
	struct scene *s = *state;

	client_free(s->client);
	loop_free(s->loop);
	session_free(&s->session);
	if (s->fd >= 0)
		close(s->fd);
	close(s->listener);
	unlink(s->at.sun_path);
	rmdir(s->folder);
	free(s);
	clock_fake(-1, -1);
	return 0;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void
a_greeting_has_its_time(void **state)
{
	struct scene *s = *state;

	take(s);
	pass(s, TIMEOUT - 100);
	assert_int_equal(s->over, 0);
	pass(s, 100);
	assert_int_equal(s->over, 1);
	assert_int_equal(s->code, EXIT_NETWORK);
	assert_non_null(strstr(s->why, "no greeting"));
}

static void
silence_is_asked_about_and_then_ended(void **state)
{
	struct scene *s = *state;

	take(s);
	greet(s);
	assert_int_equal(s->ready, 1);
	hear(s);
	pass(s, CLIENT_IDLE - 100);
	hear(s);
	assert_string_equal(s->in, "");
	pass(s, 100);
	hear(s);
	assert_non_null(strstr(s->in, "PING :k"));
	tell(s, "PONG :k2\r\n"); /* any word will do */
	pass(s, CLIENT_PATIENCE + 10);
	assert_int_equal(s->lost, 0);
	pass(s, CLIENT_IDLE);
	hear(s);
	assert_non_null(strstr(s->in, "PING :k"));
	pass(s, CLIENT_PATIENCE + 10);
	assert_int_equal(s->lost, 1);
	assert_non_null(strstr(s->why, "does not answer"));
}

static void
not_listening_is_not_silence(void **state)
{
	struct scene *s = *state;

	take(s);
	greet(s);
	client_pause(s->client, true);
	for (int i = 0; i < 10; i++)
		pass(s, CLIENT_IDLE);
	assert_int_equal(s->lost, 0);
}

static void
not_listening_is_no_lack_of_a_greeting(void **state)
{
	struct scene *s = *state;

	take(s);
	client_pause(s->client, true);
	for (int i = 0; i < 10; i++)
		pass(s, CLIENT_IDLE);
	assert_int_equal(s->over, 0);
	client_pause(s->client, false);
	greet(s);
	assert_int_equal(s->ready, 1);
}

static void
it_gives_up_after_so_many_attempts(void **state)
{
	struct scene *s = *state;
	int64_t most = BACKOFF_FIRST;

	take(s);
	greet(s);
	unlink(s->at.sun_path);
	close(s->fd);
	s->fd = -1;
	turns(s);
	for (unsigned i = 1; i <= ATTEMPTS; i++) {
		assert_int_equal(s->lost, i);
		assert_true(s->delay >= most / 2 && s->delay <= most);
		most *= 2;
		pass(s, s->delay + 1);
	}
	assert_int_equal(s->lost, ATTEMPTS);
	assert_int_equal(s->over, 1);
	assert_int_equal(s->code, EXIT_NETWORK);
	assert_non_null(strstr(s->why, "given up after 3 attempts"));
}

static void
success_begins_the_count_anew(void **state)
{
	struct scene *s = *state;

	take(s);
	greet(s);
	for (unsigned i = 1; i <= 2 * ATTEMPTS; i++) {
		close(s->fd);
		turns(s);
		assert_int_equal(s->lost, i);
		assert_true(s->delay <= BACKOFF_FIRST);
		pass(s, s->delay + 1);
		take(s);
		tell(s, ":srv 001 al :Hello\r\n");
		hear(s);
		tell(s, "PONG :");
		tell(s, strstr(s->in, "PING :r") + 6);
		assert_int_equal(s->ready, i + 1);
	}
}

static void
a_first_attempt_that_fails_is_the_end(void **state)
{
	struct scene *s = *state;

	unlink(s->at.sun_path);
	turns(s);
	/* It was connected to before the name went, or not: either way there was no greeting. */
	close(s->listener);
	s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	turns(s);
	assert_int_equal(s->lost, 0);
	assert_int_equal(s->over, 1);
	assert_int_equal(s->code, EXIT_NETWORK);
}

/* With no server named: one's own socket, else a port of this machine. */
static void
the_host_is_tried_when_the_path_does_not_answer(void **state)
{
	struct scene *s = *state;
	struct client_config config = { .timeout = TIMEOUT };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	struct err e;

	client_free(s->client);
	close(s->listener);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(s->listener, 5), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&in, &len), 0);
	str_copy(config.target.path, sizeof(config.target.path), str_from(s->at.sun_path));
	str_copy(config.target.host, sizeof(config.target.host), STR("127.0.0.1"));
	config.target.port = ntohs(in.sin_port);
	s->client = client_new(s->loop, &config, &s->session, &client_handler, s, &e);
	client_start(s->client);
	turns(s);
	take(s);
	greet(s);
	assert_int_equal(s->ready, 1);
	assert_true(str_starts(str_from(client_where(s->client)), STR("127.0.0.1:")));
}

static void
a_goodbye_has_its_time(void **state)
{
	struct scene *s = *state;

	take(s);
	greet(s);
	hear(s);
	client_leave(s->client, STR("so long"));
	turns(s);
	hear(s);
	assert_string_equal(s->in, "QUIT :so long\r\n");
	pass(s, CLIENT_GOODBYE - 100);
	assert_int_equal(s->over, 0);
	pass(s, 100);
	assert_int_equal(s->over, 1);
	assert_int_equal(s->code, EXIT_DONE);
	assert_string_equal(s->why, "");
}

/* ---- cut at each byte ------------------------------------------------------------------------ */

#define CAPS "echo-message labeled-response batch sockchat/id"

/* Up to READY, on a server that knows lines by their keys. */
static void
greet_with_keys(struct scene *s)
{
	char answer[64];
	const char *ping;

	tell(s, ":srv CAP * LS :" CAPS "\r\n:srv CAP * ACK :" CAPS "\r\n:srv 001 al :Hello\r\n");
	hear(s);
	ping = strstr(s->in, "PING :r");
	assert_non_null(ping);
	snprintf(answer, sizeof(answer), "PONG :%.*s\r\n", (int)strcspn(ping + 6, "\r"), ping + 6);
	tell(s, answer);
	hear(s); /* perhaps what it sends again */
}

static void
cut_and_come_back(struct scene *s)
{
	close(s->fd);
	turns(s);
	pass(s, s->delay + 1);
	take(s);
	greet_with_keys(s);
}

/* The label and key of the message that was heard. */
static void
find_tags(struct scene *s, int *label, char key[OUTBOX_KEY + 1])
{
	const char *at = strstr(s->in, "@label=");

	assert_non_null(at);
	assert_int_equal(
	    sscanf(at, "@label=%d;sockchat/id=%22s PRIVMSG bo :text\r\n", label, key), 2);
}

static int
echo_of(int label, char *out, size_t size)
{
	return snprintf(out, size, "@label=%d;msgid=m :al!u@h PRIVMSG bo :text\r\n", label);
}

/* The server's answer is cut off: the line is stored, and comes again under the same key. */
static void
an_answer_may_be_cut_at_each_byte(void **state)
{
	struct scene *s = *state;
	char echo[128], key[OUTBOX_KEY + 1], again[OUTBOX_KEY + 1];
	int label, len = 1;

	take(s);
	greet_with_keys(s);
	for (int i = 0; i <= len; i++) {
		session_say(&s->session, OUTGOING_MESSAGE, STR("bo"), STR("text"), 1);
		turns(s);
		hear(s);
		find_tags(s, &label, key);
		len = echo_of(label, echo, sizeof(echo));
		echo[i] = '\0';
		tell(s, echo);
		cut_and_come_back(s);
		if (i == len) {
			assert_null(strstr(s->in, "PRIVMSG"));
			break;
		}
		assert_int_equal(s->acked, i);
		find_tags(s, &label, again);
		assert_string_equal(key, again);
		len = echo_of(label, echo, sizeof(echo));
		tell(s, echo);
		assert_int_equal(s->acked, i + 1);
	}
	assert_int_equal(s->acked, len + 1);
	assert_int_equal(s->uncertain, 0);
}

/* What the client says is cut off. */
static void
a_line_may_be_cut_at_each_byte(void **state)
{
	struct scene *s = *state;
	char part[256], echo[128], key[OUTBOX_KEY + 1];
	int label, i = 0;
	ssize_t n;

	take(s);
	greet_with_keys(s);
	do {
		session_say(&s->session, OUTGOING_MESSAGE, STR("bo"), STR("text"), 1);
		turns(s);
		n = recv(s->fd, part, (size_t)i, MSG_DONTWAIT);
		assert_int_equal(n > 0 ? n : 0, i);
		cut_and_come_back(s);
		find_tags(s, &label, key);
		echo_of(label, echo, sizeof(echo));
		tell(s, echo);
		assert_int_equal(s->acked, ++i);
	} while (part[i > 1 ? i - 2 : 0] != '\n');
	assert_int_equal(s->uncertain, 0);
	assert_true(i > 50);
}

static void
an_overlong_line_is_passed_over(void **state)
{
	struct scene *s = *state;
	static char line[IRC_TAGS_MOST + 8192 + 1000];

	take(s);
	memset(line, 'x', sizeof(line) - 1);
	tell(s, line);
	tell(s, "\r\n");
	greet(s);
	assert_int_equal(s->ready, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_greeting_has_its_time, begin, end),
		cmocka_unit_test_setup_teardown(silence_is_asked_about_and_then_ended, begin, end),
		cmocka_unit_test_setup_teardown(not_listening_is_not_silence, begin, end),
		cmocka_unit_test_setup_teardown(not_listening_is_no_lack_of_a_greeting, begin, end),
		cmocka_unit_test_setup_teardown(it_gives_up_after_so_many_attempts, begin, end),
		cmocka_unit_test_setup_teardown(success_begins_the_count_anew, begin, end),
		cmocka_unit_test_setup_teardown(a_first_attempt_that_fails_is_the_end, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_host_is_tried_when_the_path_does_not_answer, begin, end),
		cmocka_unit_test_setup_teardown(a_goodbye_has_its_time, begin, end),
		cmocka_unit_test_setup_teardown(an_answer_may_be_cut_at_each_byte, begin, end),
		cmocka_unit_test_setup_teardown(a_line_may_be_cut_at_each_byte, begin, end),
		cmocka_unit_test_setup_teardown(an_overlong_line_is_passed_over, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
