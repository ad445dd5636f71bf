/* Listening sockets for tests. */
#include "listening.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

char folder[64];

const char *
in_folder(const char *name)
{
	static char paths[4][100];
	static unsigned next;
	char *out = paths[next++ % 4];

	snprintf(out, sizeof(paths[0]), "%s/%s", folder, name);
	return out;
}

int
folder_setup(void **state)
{
	(void)state;
	str_copy(folder, sizeof(folder), STR("/tmp/sockchat-test-XXXXXX"));
	return mkdtemp(folder) != NULL ? 0 : -1;
}

int
folder_teardown(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

struct listeners *
open_bind(const char *text, struct err *e)
{
	struct str bind = str_from(text);
	struct listen_config c = { .binds = &bind, .bind_count = 1 };

	return listeners_open(&c, e);
}

struct listeners *
open_port(uint16_t port, struct err *e)
{
	struct listen_config c = { .ports = &port, .port_count = 1 };

	return listeners_open(&c, e);
}

struct listeners *
open_path(const char *text, struct err *e)
{
	struct str path = str_from(text);
	struct listen_config c = { .paths = &path, .path_count = 1, .unix_mode = 0600 };

	return listeners_open(&c, e);
}

struct addr
address(const struct listeners *ls, size_t i)
{
	assert_true(i < listeners_count(ls));
	return *listener_addr(listeners_at(ls, i));
}

int
connect_to(const struct addr *a)
{
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0)
		return fd;
	close(fd);
	return -1;
}
