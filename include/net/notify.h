/*
 * Telling the service manager how we are: the protocol of sd_notify(3), by hand. Without
 * NOTIFY_SOCKET in the environment every call does nothing.
 */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include "net/addr.h"
#include "net/loop.h"

struct notify {
	int fd; /* -1: nobody wants to know */
	struct addr to;
	struct loop *loop;
	struct timer watchdog;
	int64_t every; /* ms between signs of life; 0: none wanted */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; signs of life begin, at half the time
 * asked for. -1 when NOTIFY_SOCKET is wrong; *n is usable even so, and silent. */
int notify_open(struct notify *n, struct loop *l, struct err *e);
void notify_close(struct notify *n);

void notify_ready(struct notify *n); /* at start, and again when a reload is over */
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);
void notify_status(struct notify *n, const char *fmt, ...) PRINTF_LIKE(2, 3); /* for people */

#endif
