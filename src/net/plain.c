/* The transport without a cover: bytes as they are. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "net/conn.h"

static ssize_t
plain_read(struct conn *c, void *data, size_t len)
{
	ssize_t n;

	do
		n = recv(c->source.fd, data, len, 0);
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
plain_write(struct conn *c, const struct iovec *parts, int count)
{
	struct msghdr message = { .msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count };
	ssize_t n;

	do
		n = count == 1 ? send(c->source.fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
			       : sendmsg(c->source.fd, &message, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

static int
plain_shut(struct conn *c)
{
	return shutdown(c->source.fd, SHUT_WR);
}

const struct transport transport_plain = {
	.read = plain_read,
	.write = plain_write,
	.shut = plain_shut,
	.short_read_is_all = true,
	.name = "plain",
};
