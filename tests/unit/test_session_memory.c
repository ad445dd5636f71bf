/*
 * Memory that runs short while answers are written. Chunks are this file's own, so that there can
 * be none: whoever cannot be told something is let go, and nobody is called back in the middle of
 * it.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/effective.h"
#include "expect.h"
#include "net/chunk.h"
#include "serve/session.h"

struct chunk *plenty_chunk_new(void);
static int failures; /* of the next calls */

#define chunk_new plenty_chunk_new
#include "../../src/net/chunk.c"
#undef chunk_new

struct chunk *
chunk_new(void)
{
	return failures > 0 && failures-- ? NULL : plenty_chunk_new();
}

enum { ANN, BOB, EVE, PEOPLE };

struct house {
	struct server sv;
	struct cli cli;
	int fds[PEOPLE];
};

static void
turns(struct house *h)
{
	struct err e;

	for (int i = 0; i < 5; i++)
		assert_int_equal(loop_turn(h->sv.loop, 0, &e), 0);
}

static void
say(struct house *h, int who, const char *lines)
{
	assert_int_equal(
	    send(h->fds[who], lines, strlen(lines), MSG_NOSIGNAL), (ssize_t)strlen(lines));
	turns(h);
}

/* Reads what was sent to them; whether their connection has ended, and the text was in it. */
static bool
hears(struct house *h, int who, const char *text, bool *gone)
{
	char heard[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = read(h->fds[who], heard + len, sizeof(heard) - 1 - len)) > 0)
		len += (size_t)n;
	heard[len] = '\0';
	*gone = n == 0;
	return strstr(heard, text) != NULL;
}

static void
enter(struct house *h, int who, const char *lines)
{
	struct addr peer = { .len = sizeof(struct sockaddr_in) };
	int pair[2];

	((struct sockaddr_in *)&peer.sa)->sin_family = AF_INET;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(pair[i], F_SETFL, O_NONBLOCK), 0);
	h->fds[who] = pair[0];
	session_accept(&h->sv, pair[1], &peer, NULL);
	say(h, who, lines);
}

static void
open_house(struct house *h)
{
	struct err e;
	bool gone;

	h->cli = (struct cli){ .settings = settings_new() };
	assert_int_equal(settings_put(h->cli.settings, &setting_rows[SERVE_STORE],
			     (struct origin){ .layer = LAYER_FLAG }, STR("memory"), &e),
	    0);
	assert_int_equal(server_open(&h->sv, &h->cli, &e), 0);
	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	enter(h, ANN,
	    "CAP REQ :labeled-response batch\r\nNICK ann\r\nUSER a 0 * :a\r\nCAP END\r\n"
	    "JOIN #c\r\n");
	enter(h, BOB, "NICK bob\r\nUSER b 0 * :b\r\nJOIN #c\r\nAWAY :lunch\r\n");
	enter(h, EVE, "eve\n");
	for (int i = 0; i < PEOPLE; i++) {
		hears(h, i, "", &gone);
		assert_false(gone);
	}
}

static void
close_house(struct house *h)
{
	for (int i = 0; i < PEOPLE; i++)
		close(h->fds[i]);
	turns(h);
	expect_int("users left", (long long)hub_user_count(h->sv.hub), 0);
	server_close(&h->sv);
	settings_free(h->cli.settings);
}

/* What ann says when there is no memory for the first chunk, and whose connection that ends. */
static const struct {
	const char *line;
	bool ends[PEOPLE];
} cases[] = {
	{ "NAMES #c", { true } },
	{ "WHOIS bob", { true } },
	{ "@label=1 PING x", { true } },
	{ "@label=1 NAMES #c", { true } },
	{ "JOIN #d", { true } },
	{ "JOIN #lobby", { false, false, true } },
	{ "PRIVMSG #c :text", { false, true } },
	{ "PRIVMSG eve :text", { false, false, true } },
	{ "PRIVMSG bob :text", { false, true } },
	{ "NICK anna", { false, true } },
	{ "PART #c", { true, true } },
	{ "QUIT", { true } },
	{ "CAP REQ :server-time", { true } },
	{ "MODE #c +m", { true, true } },
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct house h;
		char line[128];
		bool gone;
		open_house(&h);
		failures = 1;
		snprintf(line, sizeof(line), "%s\r\n", cases[i].line);
		say(&h, ANN, line);
		expect_int(cases[i].line, failures, 0);
		for (int who = 0; who < PEOPLE; who++) {
			hears(&h, who, "", &gone);
			if (gone != cases[i].ends[who])
				fail_msg("%s: person %d is %s", cases[i].line, who,
				    gone ? "gone" : "still there");
		}
		close_house(&h);
	}
}

static void
test_the_others_hear_of_it(void **state)
{
	struct house h;
	bool gone;

	(void)state;
	open_house(&h);
	failures = 1;
	say(&h, ANN, "WHOIS bob\r\n");
	assert_true(hears(&h, BOB, " QUIT :out of memory\r\n", &gone));
	close_house(&h);
}

/* Nobody can be told anything: all go, and the server lives. */
static void
test_none_at_all(void **state)
{
	struct house h;
	bool gone;

	(void)state;
	open_house(&h);
	failures = 1000;
	say(&h, ANN, "PRIVMSG #c :text\r\n");
	failures = 0;
	for (int who = 0; who < PEOPLE; who++) {
		hears(&h, who, "", &gone);
		expect_int("gone", gone, who != EVE);
	}
	say(&h, EVE, "/names\n");
	assert_true(hears(&h, EVE, "* in #lobby (1): @eve\n", &gone));
	close_house(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_the_others_hear_of_it),
		cmocka_unit_test(test_none_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
