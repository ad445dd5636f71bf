/* Signals: the handler notes which one came and wakes the loop through a pipe. */
#include "net/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { NUMBERS = 65 }; /* signal numbers are below this */

/* A handler has no argument of its own, hence one watch a process. */
static struct {
	struct source source; /* the pipe's reading end */
	int writing;
	void (*caught)(int number, void *arg);
	void *arg;
	bool active, watched[NUMBERS];
	atomic_bool came[NUMBERS];
} watch;

static void
handle(int number)
{
	int saved = errno;
	ssize_t n;

	atomic_store(&watch.came[number], true);
	n = write(watch.writing, "", 1); /* full: the loop is about to wake anyway */
	(void)n;
	errno = saved;
}

/* The pipe is emptied before the marks are looked at: a signal in between wakes the loop again. */
static void
ready(struct source *s, unsigned events)
{
	char drain[64];
	ssize_t n;

	(void)events;
	do
		n = read(s->fd, drain, sizeof(drain));
	while (n > 0 || (n == -1 && errno == EINTR));
	for (int i = 1; i < NUMBERS && watch.active; i++)
		if (atomic_exchange(&watch.came[i], false))
			watch.caught(i, watch.arg);
}

static const struct source_kind signal_kind = { .ready = ready };

static int
pipe_open(struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return err_errno(e, "making a pipe for signals");
	watch.source.fd = ends[0];
	watch.writing = ends[1];
	return 0;
}

static int
handler_set(int number, void (*handler)(int), struct err *e)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	if (sigaction(number, &action, NULL) == -1)
		return err_errno(e, "watching signal %d", number);
	return 0;
}

int
signals_watch(struct loop *l, const int *numbers, void (*caught)(int number, void *arg), void *arg,
    struct err *e)
{
	if (watch.active)
		return err_set(e, "signals are being watched already");
	if (pipe_open(e) == -1)
		return -1;
	watch.caught = caught;
	watch.arg = arg;
	watch.source.kind = &signal_kind;
	watch.active = true;
	if (loop_add(l, &watch.source, LOOP_READ, e) == -1)
		goto fail;
	if (handler_set(SIGPIPE, SIG_IGN, e) == -1)
		goto fail;
	for (; *numbers != 0; numbers++) {
		if (*numbers < 0 || *numbers >= NUMBERS) {
			err_set(e, "signal %d cannot be watched", *numbers);
			goto fail;
		}
		if (handler_set(*numbers, handle, e) == -1)
			goto fail;
		watch.watched[*numbers] = true;
	}
	return 0;
fail:
	signals_end(l);
	return -1;
}

void
signals_end(struct loop *l)
{
	struct err ignored;

	if (!watch.active)
		return;
	for (int i = 1; i < NUMBERS; i++) {
		if (watch.watched[i])
			handler_set(i, SIG_DFL, &ignored);
		watch.watched[i] = false;
		atomic_store(&watch.came[i], false);
	}
	loop_remove(l, &watch.source);
	close(watch.source.fd);
	close(watch.writing);
	watch.active = false;
}
