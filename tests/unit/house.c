/* Servers for tests. */
#include "house.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/effective.h"

void
house_open(struct house *h)
{
	struct err e;

	memset(h, 0, sizeof(*h));
	h->cli.settings = settings_new();
	assert_int_equal(settings_put(h->cli.settings, &setting_rows[SERVE_STORE],
			     (struct origin){ .layer = LAYER_FLAG }, STR("memory"), &e),
	    0);
	assert_int_equal(server_open(&h->sv, &h->cli, &e), 0);
	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
}

void
house_turns(struct house *h)
{
	struct err e;

	for (int i = 0; i < 5; i++)
		assert_int_equal(loop_turn(h->sv.loop, 0, &e), 0);
}

void
house_say(struct house *h, int who, const char *lines)
{
	assert_int_equal(
	    send(h->fds[who], lines, strlen(lines), MSG_NOSIGNAL), (ssize_t)strlen(lines));
	house_turns(h);
}

void
house_enter(struct house *h, int who, const char *lines)
{
	struct addr peer = { .len = sizeof(struct sockaddr_in) };
	int pair[2];

	((struct sockaddr_in *)&peer.sa)->sin_family = AF_INET;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(pair[i], F_SETFL, O_NONBLOCK), 0);
	h->fds[who] = pair[0];
	h->came[who] = true;
	session_accept(&h->sv, pair[1], &peer, NULL);
	house_say(h, who, lines);
}

static bool
read_all(struct house *h, int who)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(h->fds[who], h->heard + len, sizeof(h->heard) - 1 - len)) > 0)
		len += (size_t)n;
	h->heard[len] = '\0';
	return n == 0;
}

const char *
house_hear(struct house *h, int who)
{
	read_all(h, who);
	return h->heard;
}

bool
house_gone(struct house *h, int who)
{
	return read_all(h, who);
}

void
house_leave(struct house *h)
{
	for (int i = 0; i < PEOPLE_MOST; i++)
		if (h->came[i])
			close(h->fds[i]);
}

void
house_shut(struct house *h)
{
	server_close(&h->sv);
	settings_free(h->cli.settings);
}

void
house_close(struct house *h)
{
	house_leave(h);
	house_turns(h);
	expect_int("users left", (long long)hub_user_count(h->sv.hub), 0);
	house_shut(h);
}
