/*
 * Whole sessions: three connections to one server, with dialects, commands, hub, announcements and
 * queues behind them. The input is a script: a byte says who speaks and how much, the bytes follow;
 * or how long nobody does. Whatever is typed, what comes out is whole lines that are within IRC's
 * bounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/effective.h"
#include "must.h"
#include "serve/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLIENTS = 3, TURNS = 3, TAGS_MOST = IRC_TAGS_MOST, INPUT_MOST = 4096, STEP = 100 };

struct client {
	int fd;
	struct buf heard;
	bool plain; /* as far as its answers show */
};

static int64_t now = 1000000;

static void
advance(int64_t ms)
{
	now += ms;
	clock_fake(now, 1700000000000 + now);
}

static void
client_open(struct server *sv, struct client *c, unsigned i)
{
	struct addr peer = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (struct sockaddr_in *)&peer.sa;
	int pair[2];

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK + i);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	for (int k = 0; k < 2; k++)
		must(fcntl(pair[k], F_SETFL, O_NONBLOCK) == 0);
	*c = (struct client){ .fd = pair[0], .heard = BUF_INIT(16 * 1024 * 1024) };
	session_accept(sv, pair[1], &peer, NULL);
}

/* One line that the server sent, without its LF. */
static void
must_be_line(struct str line)
{
	bool irc = str_ends(line, STR("\r"));

	must(str_find(line, '\0') == line.len);
	must(utf8_valid(line));
	if (!irc)
		return;
	line.len--;
	must(str_find(line, '\r') == line.len);
	if (str_starts(line, STR("@"))) {
		struct str tags = str_cut(&line, ' ');
		must(tags.len < TAGS_MOST);
	}
	must(line.len > 0 && line.len <= IRC_TEXT_MOST);
	must(line.p[0] == ':' || str_starts(line, STR("ERROR ")) || str_starts(line, STR("PING ")));
}

static void
client_hear(struct client *c)
{
	ssize_t n;
	char *room;
	struct str text, line;

	while ((room = buf_room(&c->heard, 4096)) != NULL && (n = read(c->fd, room, 4096)) > 0)
		c->heard.len += (size_t)n;
	text = buf_str(&c->heard);
	while (str_find(text, '\n') < text.len) {
		line = str_cut(&text, '\n');
		must_be_line(line);
	}
	buf_drop(&c->heard, c->heard.len - text.len);
}

static void
turn(struct server *sv, struct client *clients)
{
	struct err e;

	for (int i = 0; i < TURNS; i++) {
		must(loop_turn(sv->loop, 0, &e) == 0);
		for (int k = 0; k < CLIENTS; k++)
			client_hear(&clients[k]);
	}
}

/* The helper thread is waited for, so that the same input gives the same answers. */
static void
wait_for_helper(struct server *sv)
{
	struct pollfd p = { .fd = mailbox_fd(sv->mailbox), .events = POLLIN };
	bool waiting = false;

	for (struct session *s = sv->sessions; s != NULL; s = s->next)
		waiting |= s->waiting != NULL;
	while (waiting && poll(&p, 1, -1) == -1)
		must(errno == EINTR); /* the fuzzer's alarm */
}

static void
set(struct settings *s, enum setting id, struct str value)
{
	struct err e;

	must(settings_put(
		 s, &setting_rows[id], (struct origin){ .layer = LAYER_FLAG }, value, &e) == 0);
}

static void
client_say(struct client *c, const uint8_t *data, size_t len)
{
	/* A connection that has ended takes nothing more: that is part of the game. */
	ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

	must(n >= -1);
}

static void
play(struct server *sv, struct client *clients, const uint8_t *data, size_t size)
{
	while (size > 0) {
		unsigned who = data[0] >> 6;
		size_t len = data[0] & 0x3f;
		data++;
		size--;
		if (who == CLIENTS) {
			advance((int64_t)(len + 1) * STEP);
		} else {
			if (len > size)
				len = size;
			client_say(&clients[who], data, len);
			data += len;
			size -= len;
			advance(1);
		}
		turn(sv, clients);
		wait_for_helper(sv);
	}
	turn(sv, clients);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings *settings = settings_new();
	struct cli cli = { .settings = settings };
	struct client clients[CLIENTS];
	struct server sv;
	struct err e;

	if (size > INPUT_MOST)
		size = INPUT_MOST;
	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	advance(1);
	must(settings != NULL);
	set(settings, SERVE_STORE, STR("memory"));
	set(settings, ACCOUNTS_ITERATIONS, STR("4096"));
	must(server_open(&sv, &cli, &e) == 0);
	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_open(&sv, &clients[i], i);
	play(&sv, clients, data, size);
	for (int i = 0; i < CLIENTS; i++) {
		close(clients[i].fd);
		buf_free(&clients[i].heard);
	}
	must(loop_turn(sv.loop, 0, &e) == 0);
	must(hub_user_count(sv.hub) == 0 || sv.session_count > 0);
	server_close(&sv);
	settings_free(cli.settings);
	clock_fake(-1, -1);
	return 0;
}
