/* Listening sockets that the service manager opened for us: sd_listen_fds(3), by hand. */
#ifndef NET_INHERIT_H
#define NET_INHERIT_H

#include <stddef.h>

#include "base/err.h"

/*
 * Reads LISTEN_FDS and LISTEN_PID and removes them from the environment. Fills fds with at most
 * `most` descriptors, non-blocking and close-on-exec from now on, and returns how many (0: none
 * are meant for this process). -1 when one is no listening stream socket, or there are more.
 */
int inherit_sockets(int *fds, size_t most, struct err *e);

#endif
