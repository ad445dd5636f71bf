/* The subcommands, and what is built in. */
#include <locale.h>

#include "auth/crypt.h"
#include "auth/sasl.h"
#include "base/width.h"
#include "cli/command.h"
#include "connect/connect.h"
#include "connect/json.h"
#include "net/loop.h"
#include "net/ws.h"
#include "peer/peer.h"
#include "serve/serve.h"
#include "store/store.h"

static const struct command commands[] = {
	/* in the order that help shows them in */
	{ "serve", FOR_SERVE, 0, "Run a chat server that any IRC client, nc or sockchat can join",
	    "[options]",
	    "Runs a chat server in the foreground: channels and private messages, over TCP and "
	    "Unix sockets, for IRC clients, for plain ones such as nc, and for 'sockchat connect'. "
	    "It ends on SIGINT and SIGTERM, and reads its configuration again on SIGHUP.",
	    "  sockchat serve --port 5000\n"
	    "  sockchat serve --unix /tmp/chat.sock --unix-mode 0666\n"
	    "  sockchat serve --bind 192.0.2.7:5000 --bind eth0:6667\n"
	    "  sockchat serve --port 5000 --websocket 127.0.0.1:8067\n",
	    serve_main },
	{ "connect", FOR_CONNECT, 2, "Join a chat server, at a terminal or as a filter",
	    "[options] [HOST [PORT]]\n[options] --unix PATH\n[options] irc://HOST[:PORT]/CHANNEL",
	    "Joins a chat server. At a terminal it shows what is said above the line you type; "
	    "with standard input from a file or pipe it sends each line, and ends when all are "
	    "acknowledged. With no server named it looks for one of your own on this machine.",
	    "  sockchat connect 127.0.0.1 5000\n"
	    "  sockchat connect irc://127.0.0.1:5000/#lobby\n"
	    "  echo 'backup done' | sockchat connect --to alice 127.0.0.1 5000\n",
	    connect_main },
	{ "peer", FOR_PEER, 2, "Talk to one other person, with no server",
	    "[options] --listen [ADDRESS:]PORT\n[options] HOST PORT\n[options] --unix PATH",
	    "Talks to one other side with no server, in bare lines: to another 'sockchat peer', to "
	    "nc, or to any program that reads and writes text. With standard input from a file or "
	    "pipe it passes everything through unchanged.",
	    "  sockchat peer --listen 5000\n"
	    "  sockchat peer 127.0.0.1 5000\n"
	    "  sockchat peer --unix /tmp/two.sock\n",
	    peer_main },
};

static const char *const features[] = { waiter_name, width_library, json_library, crypt_library,
	store_library, sasl_library, ws_library, NULL };

static const struct program program = { SOCKCHAT_VERSION, features, commands,
	sizeof(commands) / sizeof(commands[0]) };

int
main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	return cli_main(&program, argc, argv);
}
