/* Descriptors from the service manager. */
#include "net/inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

enum { FIRST_DESCRIPTOR = 3 }; /* SD_LISTEN_FDS_START */

static bool
option_is(int fd, int option, int wanted)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == wanted;
}

static bool
is_known_family(int fd)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
	       (sa.ss_family == AF_INET || sa.ss_family == AF_INET6 || sa.ss_family == AF_UNIX);
}

static int
prepare(int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return err_errno(e, "descriptor %d, announced by LISTEN_FDS", fd);
	if (!option_is(fd, SO_TYPE, SOCK_STREAM) || !option_is(fd, SO_ACCEPTCONN, 1) ||
	    !is_known_family(fd))
		return err_set(e,
		    "descriptor %d, announced by LISTEN_FDS, is not a listening stream "
		    "socket (ListenStream= with Accept=no)",
		    fd);
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_errno(e, "descriptor %d, announced by LISTEN_FDS", fd);
	return 0;
}

int
inherit_sockets(int *fds, size_t most, struct err *e)
{
	struct str number = str_from(getenv("LISTEN_FDS"));
	int64_t pid = 0, count = 0;
	bool known = str_to_int64(number, &count), ours = false;

	if (str_to_int64(str_from(getenv("LISTEN_PID")), &pid))
		ours = pid == getpid();
	if (ours && (!known || count < 0 || count > (int64_t)most))
		return err_set(e, "LISTEN_FDS=" STR_FMT ": must be a number from 0 to %zu",
		    STR_ARG(str_first(number, 40)), most);
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (!ours)
		return 0;
	for (int i = 0; i < count; i++) {
		fds[i] = FIRST_DESCRIPTOR + i;
		if (prepare(fds[i], e) == -1)
			return -1;
	}
	return (int)count;
}
