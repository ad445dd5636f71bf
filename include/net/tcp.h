/* TCP sockets and their options. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "net/addr.h"

/*
 * A listening socket, non-blocking and close-on-exec; -1 and errno. IPv6 takes no IPv4. TCP_NODELAY
 * passes on to what it accepts. `from_interface`: the address is known to be here, even where the
 * kernel is still proving it (the first second of an IPv6 address).
 */
int tcp_listen(const struct addr *a, bool from_interface, int backlog);
/* What errno means after that, and what to do; `option` is what chooses another port. errno is
 * kept. */
int tcp_listen_failed(const struct addr *a, const char *option, struct err *e);

int tcp_nodelay(int fd); /* sends at once, however little (no Nagle); -1 and errno */

#endif
