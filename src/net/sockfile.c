/* Unix sockets to listen on: made with the right permissions, stale ones replaced, ours removed. */
#include "net/sockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/unix_ids.h"
#include "net/listen.h"

enum {
	LOCK_TRIES = 100, /* of LOCK_WAIT each: then it goes on without, rather than not at all */
	LOCK_WAIT = 10,   /* ms */
	MODE_BITS = 0777,
};

static const char *
path_of(const struct addr *a)
{
	return ((const struct sockaddr_un *)&a->sa)->sun_path;
}

static bool
is_abstract(const struct addr *a)
{
	return path_of(a)[0] == '\0';
}

/*
 * Two programs that find the same stale file at the same time must not both replace it: whoever
 * looks, removes and makes holds a lock on the folder. It leaves no file behind. Where it cannot
 * be had (no permission to read the folder, somebody sits on it) the work is done without. -1: no
 * lock.
 */
static int
folder_lock(const struct addr *a)
{
	char folder[ADDR_TEXT];
	struct str path = str_from(path_of(a));
	int fd;

	while (path.len > 0 && path.p[path.len - 1] != '/')
		path.len--;
	str_copy(folder, sizeof(folder), path.len ? path : STR("."));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; fd != -1 && i < LOCK_TRIES; i++) {
		struct timespec wait = { .tv_nsec = LOCK_WAIT * 1000000L };
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		nanosleep(&wait, NULL);
	}
	return fd;
}

static void
folder_unlock(int fd)
{
	if (fd != -1)
		close(fd);
}

static int
socket_open(struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd != -1 ? fd : err_errno(e, "opening a Unix socket");
}

/*
 * 0: somebody is listening; EPROTOTYPE: it is a living socket of another kind; ECONNREFUSED: it is
 * stale. A datagram socket asks, for it finds out without a connection: whoever waits there for
 * one caller must not take this for the caller.
 */
static int
knock(const struct addr *a)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), code;

	if (fd == -1)
		return errno;
	code = connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0 ? 0 : errno;
	close(fd);
	if (code == 0)
		return EPROTOTYPE;
	return code == EPROTOTYPE ? 0 : code;
}

/* Makes way at the path: nothing is there, or what is there is a stale socket, now removed. */
static int
make_way(const struct addr *a, struct err *e)
{
	const char *path = path_of(a);
	struct stat st;
	int code;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : err_errno(e, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e,
		    "%s: exists and is not a socket; it was not touched, "
		    "choose another path",
		    path);
	code = knock(a);
	if (code == 0)
		return err_set(e,
		    "%s: another server is listening there; stop it or choose "
		    "another path",
		    path);
	if (code == EPROTOTYPE)
		return err_set(e,
		    "%s: is another program's socket, of another kind; it was not "
		    "touched, choose another path",
		    path);
	errno = code;
	if (code != ECONNREFUSED && code != ENOENT)
		return err_errno(e, "%s: cannot tell whether somebody listens there", path);
	if (code == ECONNREFUSED && unlink(path) == -1 && errno != ENOENT)
		return err_errno(e, "%s: removing the socket that a server left behind", path);
	return 0;
}

static int
bind_failed(const struct addr *a, struct err *e)
{
	char text[ADDR_TEXT];

	addr_text(a, text);
	if (errno == EADDRINUSE)
		return err_set(e,
		    "%s: another server is listening there; stop it or choose "
		    "another path",
		    text);
	if (errno == ENOENT)
		return err_set(
		    e, "%s: the folder does not exist; make it, or choose another path", text);
	return err_errno(e, "%s: making the Unix socket", text);
}

/* The permissions are right from the first moment, and until listen() nobody can connect anyway. */
static int
bind_with_mode(int fd, const struct addr *a, unsigned mode)
{
	mode_t before = umask((mode_t)(MODE_BITS & ~mode));
	int result = bind(fd, (const struct sockaddr *)&a->sa, a->len);
	int saved = errno;

	umask(before);
	errno = saved;
	return result;
}

static int
give_to_group(const struct addr *a, struct str group, struct err *e)
{
	uint32_t gid;

	if (group.len == 0)
		return 0;
	if (!unix_group_id(group, &gid))
		return err_set(e, "there is no group \"" STR_FMT "\" to give the Unix socket to",
		    STR_ARG(group));
	if (lchown(path_of(a), (uid_t)-1, (gid_t)gid) == 0)
		return 0;
	if (errno == EPERM)
		return err_set(e,
		    "%s: only a member of the group \"" STR_FMT "\" or root may "
		    "give it the Unix socket",
		    path_of(a), STR_ARG(group));
	return err_errno(e, "%s: giving it to group " STR_FMT, path_of(a), STR_ARG(group));
}

static int
remember_file(struct sockfile *f, struct err *e)
{
	struct stat st;

	if (lstat(path_of(&f->addr), &st) == -1)
		return err_errno(e, "%s", path_of(&f->addr));
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return 0;
}

/* With the folder locked. */
static int
file_make(struct sockfile *f, int fd, const struct sockfile_look *look, struct err *e)
{
	if (make_way(&f->addr, e) == -1)
		return -1;
	if (bind_with_mode(fd, &f->addr, look->mode) == -1)
		return bind_failed(&f->addr, e);
	return remember_file(f, e);
}

static int
file_listen(
    struct sockfile *f, int fd, const struct sockfile_look *look, int backlog, struct err *e)
{
	int lock = folder_lock(&f->addr);
	int result = file_make(f, fd, look, e);

	if (result == 0)
		result = give_to_group(&f->addr, look->group, e);
	if (result == 0 && listen(fd, backlog) == -1)
		result = err_errno(e, "%s: listening", path_of(&f->addr));
	folder_unlock(lock);
	if (result == -1)
		sockfile_remove(f);
	return result;
}

static int
abstract_listen(struct sockfile *f, int fd, int backlog, struct err *e)
{
	if (bind(fd, (const struct sockaddr *)&f->addr.sa, f->addr.len) == -1 ||
	    listen(fd, backlog) == -1)
		return bind_failed(&f->addr, e);
	return 0;
}

int
sockfile_listen(struct sockfile *f, struct str path, const struct sockfile_look *look, int backlog,
    struct err *e)
{
	int fd, result;

	*f = (struct sockfile){ .device = 0 };
	if (addr_unix(path, &f->addr, e) == -1)
		return -1;
	fd = socket_open(e);
	if (fd == -1)
		return -1;
	if (is_abstract(&f->addr))
		result = abstract_listen(f, fd, backlog, e);
	else
		result = file_listen(f, fd, look, backlog, e);
	if (result == 0)
		return fd;
	close(fd);
	return -1;
}

void
sockfile_remove(const struct sockfile *f)
{
	struct stat st;
	int lock;

	if (f->inode == 0 && f->device == 0)
		return;
	lock = folder_lock(&f->addr);
	if (lstat(path_of(&f->addr), &st) == 0 && S_ISSOCK(st.st_mode) && st.st_dev == f->device &&
	    st.st_ino == f->inode)
		unlink(path_of(&f->addr));
	folder_unlock(lock);
}

/* Whether it is there, a folder itself, and nobody else's to write to. */
static int
folder_check(const char *folder, struct err *e)
{
	struct stat st;

	if (lstat(folder, &st) == -1)
		return err_errno(e, "%s", folder);
	if (!S_ISDIR(st.st_mode))
		return err_set(
		    e, "%s: is not a folder; remove it, or give a path with --unix", folder);
	if (st.st_uid != geteuid())
		return err_set(e,
		    "%s: belongs to another user (uid %u), who could listen in; "
		    "give a path with --unix",
		    folder, (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e,
		    "%s: others may write to it and could listen in; "
		    "`chmod 700` it, or give a path with --unix",
		    folder);
	return 0;
}

int
listen_default_path(char out[ADDR_TEXT], bool create, struct err *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct err ignored;
	struct addr fits;
	char folder[32];

	if (runtime != NULL && runtime[0] == '/' && folder_check(runtime, &ignored) == 0) {
		snprintf(out, ADDR_TEXT, "%s/sockchat.sock", runtime);
		if (addr_unix(str_from(out), &fits, &ignored) == 0)
			return 0;
	}
	snprintf(folder, sizeof(folder), "/tmp/sockchat-%u", (unsigned)geteuid());
	snprintf(out, ADDR_TEXT, "%s/sockchat.sock", folder);
	if (create && mkdir(folder, 0700) == -1 && errno != EEXIST)
		return err_errno(e, "%s: making the folder for the default Unix socket", folder);
	return folder_check(folder, e);
}
