/* Standard output that may be slow, or gone. */
#include "connect/outflow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	A_WRITE = 4096
}; /* PIPE_BUF of Linux: a pipe that poll calls writable takes so much without blocking */

static bool
takes_more(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && p.revents != 0;
}

/* A socket's other side that only says no more is no reason to stop writing. */
static bool
is_broken(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

void
outflow_flush(struct outflow *o)
{
	size_t done = 0;

	while (!o->closed && done < o->buf.len && takes_more(o->source.fd)) {
		size_t want = o->buf.len - done < A_WRITE ? o->buf.len - done : A_WRITE;
		ssize_t n = write(o->source.fd, o->buf.data + done, want);
		if (n > 0) {
			done += (size_t)n;
		} else if (n == -1 && errno != EINTR) {
			if (errno == EAGAIN)
				break;
			o->error = errno == EPIPE ? 0 : errno;
			o->closed = true;
		}
	}
	buf_drop(&o->buf, o->closed ? o->buf.len : done);
}

static void
on_ready(struct source *s, unsigned events)
{
	struct outflow *o = (struct outflow *)((char *)s - offsetof(struct outflow, source));

	if ((events & LOOP_HANGUP) && is_broken(o->source.fd))
		o->closed = true;
	outflow_flush(o);
	o->changed(o);
}

static unsigned
on_interest(const struct source *s)
{
	const struct outflow *o = (const struct outflow *)((const char *)s -
							   offsetof(struct outflow, source));

	/* Nothing can be read there: to ask for it is to be told when the reader goes away. */
	return (o->buf.len > 0 ? LOOP_WRITE : 0) | (o->is_pipe ? LOOP_READ : 0);
}

static const struct source_kind outflow_source = { on_ready, on_interest };

int
outflow_open(
    struct outflow *o, struct loop *l, int fd, void (*changed)(struct outflow *o), struct err *e)
{
	struct stat st;

	*o = (struct outflow){ .loop = l, .buf = BUF_INIT(OUTFLOW_MOST), .changed = changed };
	o->is_pipe = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		     (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
	o->source = (struct source){ .fd = fd, .kind = &outflow_source };
	return loop_add(l, &o->source, LOOP_EDGE, e);
}

void
outflow_close(struct outflow *o)
{
	if (o->loop != NULL)
		loop_remove(o->loop, &o->source);
	buf_free(&o->buf);
}
