/* The service manager hears of us in datagrams of KEY=VALUE lines: sd_notify(3). */
#include "net/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { MESSAGE_MOST = 512, MICROSECONDS = 1000 /* in a millisecond */ };

static struct notify *
of_watchdog(struct timer *t)
{
	return (struct notify *)((char *)t - offsetof(struct notify, watchdog));
}

static void
tell(struct notify *n, struct str message)
{
	ssize_t sent;

	if (n->fd == -1)
		return;
	do
		sent = sendto(n->fd, message.p, message.len, MSG_NOSIGNAL | MSG_DONTWAIT,
		    (struct sockaddr *)&n->to.sa, n->to.len);
	while (sent == -1 && errno == EINTR);
	if (sent == -1)
		log_warning("notify-failed", LOG_TEXT("reason", strerror(errno)));
}

static void
sign_of_life(struct timer *t)
{
	struct notify *n = of_watchdog(t);

	tell(n, STR("WATCHDOG=1"));
	loop_timer_set(n->loop, t, clock_monotonic() + n->every);
}

/* A number in the environment; 0 when it is absent or none. */
static int64_t
environment_number(const char *name)
{
	int64_t number;

	return str_to_int64(str_from(getenv(name)), &number) && number > 0 ? number : 0;
}

static void
watchdog_start(struct notify *n)
{
	int64_t usec = environment_number("WATCHDOG_USEC");
	int64_t pid = environment_number("WATCHDOG_PID");

	if (usec == 0 || (pid != 0 && pid != getpid()))
		return;
	n->every = usec / 2 / MICROSECONDS;
	if (n->every == 0)
		n->every = 1;
	n->watchdog.fire = sign_of_life;
	sign_of_life(&n->watchdog);
}

int
notify_open(struct notify *n, struct loop *l, struct err *e)
{
	struct str path = str_from(getenv("NOTIFY_SOCKET"));

	*n = (struct notify){ .fd = -1, .loop = l };
	if (path.len == 0)
		return 0;
	if (path.p[0] != '/' && path.p[0] != '@')
		return err_set(e,
		    "NOTIFY_SOCKET=" STR_FMT ": neither an absolute path nor an abstract "
		    "name (@...)",
		    STR_ARG(str_first(path, 200)));
	if (addr_unix(path, &n->to, e) == -1)
		return -1;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd == -1)
		return err_errno(e, "opening a socket to the service manager");
	watchdog_start(n);
	return 0;
}

void
notify_close(struct notify *n)
{
	loop_timer_cancel(n->loop, &n->watchdog);
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

void
notify_ready(struct notify *n)
{
	tell(n, STR("READY=1"));
}

/* The manager compares this time with its own, so it is exact and not the loop's. */
void
notify_reloading(struct notify *n)
{
	char message[MESSAGE_MOST];
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return;
	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(n, str_from(message));
}

void
notify_stopping(struct notify *n)
{
	tell(n, STR("STOPPING=1"));
}

void
notify_status(struct notify *n, const char *fmt, ...)
{
	char message[MESSAGE_MOST];
	size_t key = str_copy(message, sizeof(message), STR("STATUS="));
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message + key, sizeof(message) - key, fmt, ap);
	va_end(ap);
	for (char *at = message; *at != '\0'; at++)
		if (*at == '\n')
			*at = ' ';
	tell(n, str_from(message));
}
