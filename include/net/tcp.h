/* TCP sockets and their options. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>

#include "net/addr.h"

/*
 * A listening socket, non-blocking and close-on-exec; -1 and errno. IPv6 takes no IPv4. What
 * tcp_options sets passes on to what it accepts. `from_interface`: the address is known to be here,
 * even where the kernel is still proving it (the first second of an IPv6 address).
 */
int tcp_listen(const struct addr *a, bool from_interface, int backlog);
/* What errno means after that, and what to do; `option` is what chooses another port. errno is
 * kept. */
int tcp_listen_failed(const struct addr *a, const char *option, struct err *e);

int tcp_nodelay(int fd); /* sends at once, however little (no Nagle); -1 and errno */
/* That, and the kernel asks a silent other side whether it is still there: after two minutes, and
 * until some four have passed. Who speaks a protocol without PING would be here for ever
 * otherwise. */
int tcp_options(int fd);
/* For how many milliseconds the other side has acknowledged nothing, though it was sent something;
 * 0: it has all that was sent, or (not TCP) there is no telling. Also when the connection broke. */
int64_t tcp_unheard(int fd);
/* What was sent had to be sent once more, and the other side has acknowledged nothing since. */
bool tcp_is_deaf(int fd);

#endif
