/* Passwords from where nobody else sees them. */
#include "connect/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"

/* Byte by byte up to the newline. The length, without CR and newline; -1: errno, or EMSGSIZE when
 * it does not fit, or EILSEQ for a NUL. */
static ssize_t
read_line(int fd, char *out, size_t size)
{
	size_t len = 0;
	char c = '\0';

	for (;;) {
		ssize_t n = read(fd, &c, 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0 || c == '\n')
			break;
		errno = c == '\0' ? EILSEQ : EMSGSIZE;
		if (c == '\0' || len + 1 >= size)
			return -1;
		out[len++] = c;
	}
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return (ssize_t)len;
}

static int
take_line(int fd, const char *where, char *out, size_t size, struct err *e)
{
	ssize_t n = read_line(fd, out, size);

	if (n > 0)
		return 0;
	if (n == -1 && errno != EMSGSIZE && errno != EILSEQ)
		err_errno(e, "%s: reading the password", where);
	else
		err_set(
		    e, "%s: its first line must be a password of 1 to %zu bytes", where, size - 1);
	explicit_bzero(out, size);
	return -1;
}

int
secret_file(const char *path, char *out, size_t size, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int result;

	if (fd == -1)
		return err_errno(e, "%s: reading the password", path);
	result = take_line(fd, path, out, size, e);
	close(fd);
	return result;
}

int
secret_fd(int fd, char *out, size_t size, struct err *e)
{
	char where[64];

	snprintf(where, sizeof(where), "descriptor %d", fd);
	return take_line(fd, where, out, size, e);
}

/* ---- a command ------------------------------------------------------------------------------- */

/* A child that reads nothing of ours and writes to `out`. An errno, or 0. */
static int
start(const char *command, int out, pid_t *child)
{
	char *const words[] = { (char[]){ "sh" }, (char[]){ "-c" }, str_dup(str_from(command)),
		NULL };
	posix_spawn_file_actions_t files;
	int result = words[2] != NULL ? posix_spawn_file_actions_init(&files) : ENOMEM;

	if (result == 0) {
		result = posix_spawn_file_actions_addopen(
		    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		if (result == 0)
			result = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
		if (result == 0)
			result = posix_spawn(child, "/bin/sh", &files, NULL, words, environ);
		posix_spawn_file_actions_destroy(&files);
	}
	free(words[2]);
	return result;
}

static int
wait_for(pid_t child, struct err *e)
{
	int status;

	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return err_errno(e, "waiting for the command that tells the password");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_set(
		    e, "the command that tells the password ended with %d", WEXITSTATUS(status));
	return err_set(
	    e, "the command that tells the password was ended by signal %d", WTERMSIG(status));
}

int
secret_command(const char *command, char *out, size_t size, struct err *e)
{
	struct err ignored;
	int ends[2], result;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_errno(e, "the command that tells the password");
	result = start(command, ends[1], &child);
	close(ends[1]);
	if (result != 0) {
		close(ends[0]);
		errno = result;
		return err_errno(e, "the command that tells the password");
	}
	result = take_line(ends[0], "the command that tells the password", out, size, e);
	close(ends[0]);
	/* What it ended with says more than that nothing came. */
	if (wait_for(child, result == 0 ? e : &ignored) == 0)
		return result;
	if (result == -1)
		*e = ignored;
	explicit_bzero(out, size);
	return -1;
}

/* ---- a person -------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted; /* by which signal; 0: by none */

static void
on_signal(int number)
{
	interrupted = number;
}

static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { DEADLY = sizeof(deadly) / sizeof(deadly[0]) };

/* As read_line, but a signal ends it. */
static ssize_t
read_typed(int fd, char *out, size_t size)
{
	size_t len = 0;
	char c = '\0';

	while (interrupted == 0) {
		ssize_t n = read(fd, &c, 1);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == 0 || (n == 1 && c == '\n'))
			break;
		if (n == 1 && len + 1 < size)
			out[len++] = c;
		else if (n == 1)
			len = size; /* too long: the rest of it goes, too */
	}
	out[len < size ? len : 0] = '\0';
	errno = EMSGSIZE;
	return len < size ? (ssize_t)len : -1;
}

static ssize_t
ask(int fd, const char *question, char *out, size_t size)
{
	struct sigaction old[DEADLY], act = { .sa_handler = on_signal };
	struct termios before, silent;
	ssize_t n;

	if (tcgetattr(fd, &before) == -1)
		return -1;
	interrupted = 0;
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &act, &old[i]);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ICANON | ECHONL;
	silent.c_cc[VSUSP] = _POSIX_VDISABLE;
	n = -1;
	if (tcsetattr(fd, TCSAFLUSH, &silent) == 0 &&
	    write(fd, question, strlen(question)) == (ssize_t)strlen(question))
		n = read_typed(fd, out, size);
	tcsetattr(fd, TCSAFLUSH, &before);
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &old[i], NULL);
	if (interrupted != 0)
		raise(interrupted);
	return n;
}

int
secret_prompt(const char *question, char *out, size_t size, struct err *e)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd == -1)
		return err_errno(e, "/dev/tty: asking for the password");
	n = ask(fd, question, out, size);
	if (n == -1)
		err_errno(e, "/dev/tty: asking for the password");
	close(fd);
	if (n == -1)
		explicit_bzero(out, size);
	return n == -1 ? -1 : 0;
}
