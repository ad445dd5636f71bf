/* Where to connect: what the words of `sockchat connect` mean. */
#ifndef CONNECT_TARGET_H
#define CONNECT_TARGET_H

#include "net/addr.h"

enum {
	TARGET_HOST_MOST = 255,
	TARGET_CHANNELS_MOST = 1024, /* bytes of the channels that an irc:// address names */
};

struct target {
	char host[TARGET_HOST_MOST + 1]; /* "" when there is a path alone */
	uint16_t port;
	char path[ADDR_TEXT]; /* a Unix socket, tried before the host; "" none */
	char channels[TARGET_CHANNELS_MOST +
		      1]; /* of an irc:// address, commas between; "" none named */
};

/*
 * HOST [PORT], HOST:PORT, irc://HOST[:PORT][/CHANNEL[,CHANNEL...]], or no word and a path. No word
 * and no path: host and path stay empty, see target_default. No I/O. -1 with a sentence
 * (EXIT_USAGE).
 */
int target_parse(struct target *t, char *const *words, int count, struct str path, struct err *e);
/* The user's own socket when there is such a file, and 127.0.0.1 port 5000 behind it. */
void target_default(struct target *t);
bool target_is_empty(const struct target *t);

#endif
