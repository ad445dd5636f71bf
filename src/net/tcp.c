/* TCP sockets and their options. */
#include "net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { KEEP_IDLE = 120, KEEP_INTERVAL = 15 }; /* seconds; nine questions, as the system has it */
enum { UNSENT_MOST = 128 * 1024 };            /* bytes that the kernel takes and can't send yet */

static int
set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int
set_on(int fd, int level, int option)
{
	return set(fd, level, option, 1);
}

int
tcp_nodelay(int fd)
{
	return set_on(fd, IPPROTO_TCP, TCP_NODELAY);
}

int
tcp_options(int fd)
{
	if (tcp_nodelay(fd) == -1 || set_on(fd, SOL_SOCKET, SO_KEEPALIVE) == -1)
		return -1;
	/* Where these cannot be set it takes longer. */
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL);
	/* What a reader has no room for waits in its send queue, where it is shared by all and
	 * counted, rather than as a copy of up to 4 MB (net.ipv4.tcp_wmem) for each of them. */
	set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MOST);
	return 0;
}

int64_t
tcp_unheard(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int waiting = 0;

	if (ioctl(fd, TIOCOUTQ, &waiting) == -1 || waiting == 0)
		return 0;
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 ? info.tcpi_last_ack_recv
								       : 0;
}

bool
tcp_is_deaf(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_retransmits > 0;
}

int
tcp_listen(const struct addr *a, bool from_interface, int backlog)
{
	int family = a->sa.ss_family, saved;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (set_on(fd, SOL_SOCKET, SO_REUSEADDR) == -1 || tcp_options(fd) == -1)
		goto fail;
	if (family == AF_INET6 && set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1)
		goto fail;
	/* An interface that just came up is still proving its addresses: they are its own even
	 * so. */
	if (family == AF_INET6 && from_interface)
		set_on(fd, IPPROTO_IPV6, IPV6_FREEBIND);
	if (bind(fd, (const struct sockaddr *)&a->sa, a->len) == 0 && listen(fd, backlog) == 0)
		return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
tcp_listen_failed(const struct addr *a, const char *option, struct err *e)
{
	char host[ADDR_TEXT];
	unsigned port = addr_port(a);
	int code = errno;

	addr_host(a, host);
	if (code == EADDRINUSE)
		err_set(e, "port %u on %s is in use by another program; choose another with %s",
		    port, host, option);
	else if (code == EACCES)
		err_set(e,
		    "port %u on %s may be opened by root only; choose one from 1024 up "
		    "with %s",
		    port, host, option);
	else if (code == EADDRNOTAVAIL)
		err_set(e,
		    "%s is not an address of this machine; `ip address` shows those that "
		    "are",
		    host);
	else if (code == EAFNOSUPPORT)
		err_set(e, "%s: this machine has no %s", host,
		    a->sa.ss_family == AF_INET6 ? "IPv6" : "IPv4");
	else
		err_errno(e, "listening on %s port %u", host, port);
	errno = code;
	return -1;
}
