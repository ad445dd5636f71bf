/* The terminal: mode, size, bytes in and out, and its restoration on every way out. */
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	TERM_OUTPUT_MOST = 8 * 1024 * 1024, /* bytes kept for a terminal that takes none */
	TERM_SMALL_WRITE = 256,             /* bytes, where a write might block */
	TERM_CLOSE_WAIT = 1000,             /* ms for the last bytes */
	TERM_PATH_MOST = 256,
};

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";

struct term {
	int in, out; /* one descriptor of our own, or 0 and 1 */
	bool own;    /* it is non-blocking and nobody else's */
	bool full;   /* TERM_FULL */
	bool gone;   /* a read or write failed for good */
	bool raw;    /* now */
	struct termios saved;
	struct buf output;
};

/* Signals that end the process: those nobody watches restore the terminal first. */
static const int fatal[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE,
	SIGILL };

static struct term *current; /* for the signal handler and exit() */

enum term_kind
term_kind(void)
{
	const char *name = getenv("TERM");
	struct stat in, out;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return TERM_NONE;
	if (fstat(STDIN_FILENO, &in) == -1 || fstat(STDOUT_FILENO, &out) == -1 ||
	    in.st_rdev != out.st_rdev)
		return TERM_NONE;
	return name == NULL || name[0] == '\0' || strcmp(name, "dumb") == 0 ? TERM_LINES
									    : TERM_FULL;
}

bool
term_colour(void)
{
	const char *refused = getenv("NO_COLOR");

	return term_kind() == TERM_FULL && (refused == NULL || refused[0] == '\0');
}

/* ---- the mode -------------------------------------------------------------------------------- */

static void
set_mode(int fd, const struct termios *mode)
{
	while (tcsetattr(fd, TCSANOW, mode) == -1 && errno == EINTR)
		;
}

/* A few bytes that must not wait behind the queue; lost when the terminal takes nothing now. */
static void
write_now(int fd, const char *bytes, size_t len)
{
	ssize_t n = write(fd, bytes, len);

	(void)n;
}

/* Safe in a signal handler. */
static void
restore(struct term *t)
{
	int saved_errno = errno;

	if (t->raw) {
		t->raw = false;
		write_now(t->out, paste_off, sizeof(paste_off) - 1);
		set_mode(t->in, &t->saved);
	}
	errno = saved_errno;
}

static void
restore_current(void)
{
	if (current != NULL)
		restore(current);
}

static void
die_restored(int number)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };

	restore_current();
	sigaction(number, &plain, NULL);
	raise(number);
}

/* Catches those signals whose action is `from`. */
static void
set_fatal(void (*from)(int), void (*to)(int))
{
	struct sigaction now, action = { .sa_handler = to, .sa_flags = SA_NODEFER };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (sigaction(fatal[i], NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
		    now.sa_handler == from)
			sigaction(fatal[i], &action, NULL);
}

/*
 * Byte by byte, no echo; output as before, so that "\n" still starts a line. Signals stay on, but
 * for Ctrl-C and Ctrl-Z, which the editor reads: Ctrl-\ is the way out of a program that hangs.
 */
static void
make_raw(struct term *t)
{
	struct termios raw = t->saved;

	if (!t->full)
		return;
	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VINTR] = _POSIX_VDISABLE;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	t->raw = true;
	set_mode(t->in, &raw);
	buf_add(&t->output, paste_on, sizeof(paste_on) - 1);
}

/* ---- opening and closing --------------------------------------------------------------------- */

/* The same terminal under an open file of our own; -1 where that is not allowed. */
static int
open_anew(void)
{
	struct stat theirs, ours;
	char path[TERM_PATH_MOST];
	int fd;

	if (ttyname_r(STDOUT_FILENO, path, sizeof(path)) != 0)
		return -1;
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(STDOUT_FILENO, &theirs) == 0 && fstat(fd, &ours) == 0 && isatty(fd) &&
	    theirs.st_rdev == ours.st_rdev)
		return fd;
	close(fd);
	return -1;
}

struct term *
term_open(struct err *e)
{
	static bool at_exit;
	enum term_kind kind = term_kind();
	struct term *t;

	if (kind == TERM_NONE || current != NULL) {
		err_set(e, "standard input and output: not a terminal");
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		err_set(e, "terminal: out of memory");
		return NULL;
	}
	t->output = (struct buf)BUF_INIT(TERM_OUTPUT_MOST);
	t->full = kind == TERM_FULL;
	t->in = t->out = open_anew();
	t->own = t->in != -1;
	if (!t->own) {
		t->in = STDIN_FILENO;
		t->out = STDOUT_FILENO;
	}
	if (tcgetattr(t->in, &t->saved) == -1) {
		err_errno(e, "terminal: reading its mode");
		if (t->own)
			close(t->in);
		free(t);
		return NULL;
	}
	current = t;
	if (!at_exit)
		at_exit = atexit(restore_current) == 0;
	set_fatal(SIG_DFL, die_restored);
	make_raw(t);
	return t;
}

/* Writes what is left, for a bounded time. */
static void
drain(struct term *t, int64_t most)
{
	int64_t end = clock_monotonic() + most, left = most;

	term_flush(t);
	while (t->output.len > 0 && left > 0) {
		struct pollfd p = { .fd = t->out, .events = POLLOUT };
		if (poll(&p, 1, (int)left) == -1 && errno != EINTR)
			return;
		term_flush(t);
		left = end - clock_monotonic();
	}
}

void
term_close(struct term *t)
{
	if (t == NULL)
		return;
	drain(t, TERM_CLOSE_WAIT);
	restore(t);
	set_fatal(die_restored, SIG_DFL);
	current = NULL;
	if (t->own)
		close(t->in);
	buf_free(&t->output);
	free(t);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

int
term_fd(const struct term *t)
{
	return t->in;
}

/* Whether a call on a descriptor that may block would not. */
static bool
is_ready(int fd, short event)
{
	struct pollfd p = { .fd = fd, .events = event };

	return poll(&p, 1, 0) > 0;
}

ssize_t
term_read(struct term *t, char *out, size_t size)
{
	ssize_t n;

	if (t->gone)
		return 0;
	if (!t->own && !is_ready(t->in, POLLIN))
		return -1;
	do
		n = read(t->in, out, size);
	while (n == -1 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return -1;
	t->gone = true;
	return 0;
}

struct buf *
term_out(struct term *t)
{
	return &t->output;
}

void
term_flush(struct term *t)
{
	while (t->output.len > 0 && !t->gone) {
		size_t len = t->output.len;
		ssize_t n;
		if (!t->own && !is_ready(t->out, POLLOUT))
			return;
		if (!t->own && len > TERM_SMALL_WRITE)
			len = TERM_SMALL_WRITE;
		n = write(t->out, t->output.data, len);
		if (n >= 0) {
			buf_drop(&t->output, (size_t)n);
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (errno != EINTR)
			t->gone = true;
	}
	if (t->gone)
		buf_clear(&t->output);
	t->output.truncated = false;
}

size_t
term_pending(const struct term *t)
{
	return t->output.len;
}

void
term_size(const struct term *t, unsigned *columns, unsigned *rows)
{
	struct winsize size;

	*columns = 80;
	*rows = 24;
	if (ioctl(t->in, TIOCGWINSZ, &size) == -1)
		return;
	if (size.ws_col > 0)
		*columns = size.ws_col;
	if (size.ws_row > 0)
		*rows = size.ws_row;
}

/* ---- stopping and continuing ----------------------------------------------------------------- */

void
term_resume(struct term *t)
{
	if (!t->gone)
		make_raw(t);
}

void
term_suspend(struct term *t)
{
	struct sigaction before, stop = { .sa_handler = SIG_DFL };

	drain(t, TERM_CLOSE_WAIT);
	restore(t);
	sigemptyset(&stop.sa_mask);
	if (sigaction(SIGTSTP, &stop, &before) == 0) {
		kill(0, SIGTSTP); /* the whole job; goes on from here when it is continued */
		sigaction(SIGTSTP, &before, NULL);
	}
	term_resume(t);
}
