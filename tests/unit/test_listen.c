/* Listening sockets: what is opened, and what is refused in which words. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "listening.h"
#include "net/sockfile.h"

static const char *
shown(const struct listeners *ls, size_t i)
{
	static char text[ADDR_TEXT];
	struct addr a = address(ls, i);

	addr_text(&a, text);
	return text;
}

static void
expect_says(const struct err *e, const char *part)
{
	if (strstr(e->text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e->text, part);
}

/* Leaves the file of a socket that nobody listens on. */
static void
leave_stale(const char *path)
{
	struct err e;
	struct sockfile file;
	int fd = sockfile_listen(
	    &file, str_from(path), &(struct sockfile_look){ .mode = 0600 }, 1, &e);

	assert_true(fd != -1);
	close(fd);
}

static ino_t
inode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

static void
test_port_on_all_interfaces(void **state)
{
	struct listeners *ls;
	struct addr a;
	struct err e;
	int fd;

	(void)state;
	ls = open_port(0, &e);
	assert_non_null(ls);
	a = address(ls, 0);
	for (size_t i = 0; i < listeners_count(ls); i++) {
		a = address(ls, i);
		assert_true(addr_is_any(&a));
		assert_true(addr_port(&a) > 0);
		expect_int(
		    "one number", addr_port(&a), addr_port(listener_addr(listeners_at(ls, 0))));
	}
	addr_numeric(STR("127.0.0.1"), addr_port(&a), &a);
	fd = connect_to(&a);
	assert_true(fd != -1);
	close(fd);
	listeners_free(ls);
	assert_int_equal(connect_to(&a), -1);
	assert_int_equal(errno, ECONNREFUSED);
}

static void
test_bind_restricts_the_port(void **state)
{
	struct str binds[] = { STR("127.0.0.1"), STR("127.0.0.2:0") };
	uint16_t port = 0;
	struct listen_config c = {
		.ports = &port, .port_count = 1, .binds = binds, .bind_count = 2
	};
	struct listeners *ls;
	struct err e;

	(void)state;
	ls = listeners_open(&c, &e);
	assert_non_null(ls);
	expect_int("count", (long long)listeners_count(ls), 2);
	assert_true(str_starts(str_from(shown(ls, 0)), STR("127.0.0.1:")));
	assert_true(str_starts(str_from(shown(ls, 1)), STR("127.0.0.2:")));
	listeners_free(ls);

	/* Every bind names its own port: then --port is still for all interfaces. */
	c.binds = &binds[1];
	c.bind_count = 1;
	ls = listeners_open(&c, &e);
	assert_non_null(ls);
	assert_true(str_starts(str_from(shown(ls, 0)), STR("0.0.0.0:")));
	listeners_free(ls);
}

static void
test_bind_to_an_interface(void **state)
{
	struct listeners *ls;
	struct err e;

	(void)state;
	ls = open_bind("lo:0", &e); /* less than 256: a label, and there is none */
	assert_null(ls);
	expect_says(&e, "no label \"lo:0\"");
	assert_null(open_bind("nosuch0", &e));
	expect_says(&e, "\"nosuch0\"");
	expect_says(&e, "only lo");
	ls = open_bind("lo:45679", &e);
	if (ls == NULL) { /* somebody else has that port */
		expect_says(&e, "in use");
		skip();
	}
	assert_true(str_starts(str_from(shown(ls, 0)), STR("127.0.0.1:45679")));
	listeners_free(ls);
}

static void
test_what_is_open_already_is_left_out(void **state)
{
	struct listeners *ls, *again;
	struct str binds[2];
	char text[ADDR_TEXT];
	uint16_t port;
	struct listen_config c = {
		.ports = &port, .port_count = 1, .binds = binds, .bind_count = 2
	};
	struct err e;
	struct addr a;

	(void)state;
	ls = open_port(0, &e);
	assert_non_null(ls);
	a = address(ls, 0);
	port = addr_port(&a);
	listeners_free(ls);
	snprintf(text, sizeof(text), "127.0.0.1:%u", (unsigned)port);
	binds[0] = binds[1] = str_from(text);
	again = listeners_open(&c, &e);
	if (again == NULL)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < listeners_count(again); i++) {
		a = address(again, i);
		assert_true(addr_is_any(&a));
	}
	listeners_free(again);
}

static void
test_says_what_is_wrong(void **state)
{
	struct listeners *ls;
	struct err e;
	char text[ADDR_TEXT], sentence[200];
	struct addr a;

	(void)state;
	ls = open_bind("127.0.0.1:0", &e);
	assert_non_null(ls);
	a = address(ls, 0);
	addr_text(&a, text);
	assert_null(open_bind(text, &e));
	snprintf(sentence, sizeof(sentence),
	    "port %u on 127.0.0.1 is in use by another program; choose another with --bind",
	    (unsigned)addr_port(&a));
	expect_text("busy", str_from(e.text), sentence);
	assert_null(open_port(addr_port(&a), &e));
	expect_says(&e, "is in use by another program; choose another with --port");
	listeners_free(ls);
	assert_null(open_bind("203.0.113.77:0", &e));
	expect_says(&e, "203.0.113.77 is not an address of this machine");
	assert_null(open_bind("127.0.0.1:x", &e));
	expect_says(&e, "the port must be a number");
	assert_null(open_bind(":5000", &e));
	expect_says(&e, "an address or an interface is missing");
	assert_null(open_bind("", &e));
	expect_says(&e, "an address or an interface is missing");
}

/* In a process that is nobody: root may open any port. */
static void
test_a_privileged_port(void **state)
{
	struct err e;
	int status, pid;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
	char first[16] = "1024";

	(void)state;
	if (f != NULL) {
		if (fgets(first, sizeof(first), f) == NULL)
			first[0] = '\0';
		fclose(f);
	}
	if (first[0] == '0')
		skip();
	pid = fork();
	if (pid == 0) {
		if (getuid() == 0 && setuid(65534) == -1)
			_exit(2);
		_exit(open_bind("127.0.0.1:7", &e) == NULL &&
			      strstr(e.text, "port 7 on 127.0.0.1 may be opened by root only")
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_unix_socket_has_its_mode(void **state)
{
	const char *path = in_folder("s");
	struct str paths[] = { str_from(path), STR("@sockchat-unit-test-listen") };
	struct listen_config c = { .paths = paths, .path_count = 2, .unix_mode = 0640 };
	struct listeners *ls;
	struct stat st;
	struct err e;
	mode_t before = umask(0077);

	(void)state;
	ls = listeners_open(&c, &e);
	assert_non_null(ls);
	assert_int_equal(lstat(path, &st), 0);
	expect_int("mode", st.st_mode & 07777, 0640);
	expect_int("umask", umask(before), 0077);
	expect_text("path", str_from(shown(ls, 0)), path);
	expect_text("abstract", str_from(shown(ls, 1)), "@sockchat-unit-test-listen");
	assert_null(open_path("@sockchat-unit-test-listen", &e));
	expect_says(&e, "@sockchat-unit-test-listen: another server is listening");
	listeners_close(ls);
	expect_int("removed", (long long)inode_of(path), 0);
	listeners_close(ls);
	listeners_free(ls);
}

static void
test_unix_socket_has_its_group(void **state)
{
	const char *path = in_folder("s");
	struct str text = str_from(path);
	struct listen_config c = {
		.paths = &text, .path_count = 1, .unix_mode = 0660, .unix_group = STR("12345")
	};
	struct listeners *ls;
	struct stat st;
	struct err e;

	(void)state;
	ls = listeners_open(&c, &e);
	if (getuid() != 0) {
		assert_null(ls);
		expect_says(&e, "only a member of the group");
		return;
	}
	assert_non_null(ls);
	assert_int_equal(lstat(path, &st), 0);
	expect_int("group", st.st_gid, 12345);
	listeners_free(ls);
	c.unix_group = STR("no-such-group");
	assert_null(listeners_open(&c, &e));
	expect_says(&e, "there is no group \"no-such-group\"");
	expect_int("nothing left", (long long)inode_of(path), 0);
}

static void
test_stale_is_replaced_and_live_refused(void **state)
{
	const char *path = in_folder("s");
	struct listeners *ls;
	ino_t before;
	struct err e;
	struct addr a;
	int fd;

	(void)state;
	leave_stale(path);
	assert_true(inode_of(path) != 0);
	ls = open_path(path, &e);
	if (ls == NULL)
		fail_msg("%s", e.text);
	before = inode_of(path);
	assert_null(open_path(path, &e));
	expect_says(&e, path);
	expect_says(&e, "another server is listening");
	expect_int("not touched", (long long)inode_of(path), (long long)before);
	a = address(ls, 0);
	fd = connect_to(&a);
	assert_true(fd != -1);
	close(fd);
	listeners_free(ls);
}

/* Its backlog is full: it still lives. */
static void
test_a_busy_server_is_not_stale(void **state)
{
	const char *path = in_folder("s");
	struct sockfile file;
	struct err e;
	int fds[8], fd;

	(void)state;
	fd = sockfile_listen(&file, str_from(path), &(struct sockfile_look){ .mode = 0600 }, 0, &e);
	assert_true(fd != -1);
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], (struct sockaddr *)&file.addr.sa, file.addr.len);
	}
	assert_int_equal(errno, EAGAIN);
	assert_null(open_path(path, &e));
	expect_says(&e, "another server is listening");
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	close(fd);
	sockfile_remove(&file);
}

static void
make_ordinary(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, "precious", 8), 8);
	close(fd);
}

static void
make_datagram_socket(const char *path)
{
	struct addr a;
	struct err e;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_int_equal(addr_unix(str_from(path), &a, &e), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a.sa, a.len), 0);
	/* stays open: with somebody behind it */
}

static void
test_what_is_no_stale_socket_is_not_touched(void **state)
{
	const char *file = in_folder("file"), *link = in_folder("link"),
		   *dgram = in_folder("dgram");
	struct err e;
	ino_t before;

	(void)state;
	make_ordinary(file);
	assert_int_equal(symlink(file, link), 0);
	make_datagram_socket(dgram);
	before = inode_of(file);
	assert_null(open_path(file, &e));
	expect_says(&e, "is not a socket; it was not touched");
	expect_int("file", (long long)inode_of(file), (long long)before);
	assert_null(open_path(link, &e));
	expect_says(&e, "is not a socket");
	assert_null(open_path(folder, &e));
	expect_says(&e, "is not a socket");
	before = inode_of(dgram);
	assert_null(open_path(dgram, &e));
	expect_says(&e, "of another kind");
	expect_int("datagram", (long long)inode_of(dgram), (long long)before);
}

static void
test_unix_paths_that_cannot_be(void **state)
{
	struct err e;
	char longest[200];

	(void)state;
	assert_null(open_path(in_folder("no/such/folder"), &e));
	expect_says(&e, "the folder does not exist");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(open_path(longest, &e));
	expect_says(&e, "too long");
	assert_null(open_path("", &e));
	expect_says(&e, "empty");
}

static void
test_removes_only_its_own_file(void **state)
{
	const char *path = in_folder("s");
	struct listeners *ls;
	struct err e;
	ino_t other;

	(void)state;
	ls = open_path(path, &e);
	assert_non_null(ls);
	assert_int_equal(unlink(path), 0);
	leave_stale(in_folder("t")); /* so that the same inode number is not given again */
	leave_stale(path);
	other = inode_of(path);
	assert_true(other != 0);
	listeners_free(ls);
	expect_int("another's file", (long long)inode_of(path), (long long)other);
}

/* Many find the same stale file at once: exactly one becomes the server. */
static void
test_one_of_many_replaces_a_stale_file(void **state)
{
	enum { MANY = 12 };
	const char *path = in_folder("s");
	int gate[2], told[2], pids[MANY], won = 0;
	char verdict;
	struct err e;

	(void)state;
	leave_stale(path);
	assert_int_equal(pipe(gate), 0);
	assert_int_equal(pipe(told), 0);
	for (int i = 0; i < MANY; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		close(gate[1]);
		if (read(gate[0], &verdict, 1) == 0) /* opens for all at once */
			verdict = open_path(path, &e) != NULL;
		if (write(told[1], &verdict, 1) == 1 && verdict)
			pause();
		_exit(0);
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(read(told[0], &verdict, 1), 1);
		won += verdict;
	}
	close(told[0]);
	close(told[1]);
	for (int i = 0; i < MANY; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	expect_int("servers", won, 1);
}

/* Somebody sits on the lock: it is waited for, and not for ever. */
static void
test_waits_for_the_lock(void **state)
{
	struct listeners *ls;
	struct err e;
	int fd = open(folder, O_RDONLY | O_DIRECTORY);
	int64_t start = clock_monotonic();

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	leave_stale(in_folder("s"));
	assert_true(clock_monotonic() - start >= 500);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	ls = open_path(in_folder("s"), &e);
	assert_non_null(ls);
	listeners_free(ls);
	close(fd);
}

static void
test_the_default_path(void **state)
{
	char out[ADDR_TEXT], want[ADDR_TEXT];
	struct err e;

	(void)state;
	setenv("XDG_RUNTIME_DIR", folder, 1);
	snprintf(want, sizeof(want), "%s/sockchat.sock", folder);
	assert_int_equal(listen_default_path(out, false, &e), 0);
	expect_text("runtime", str_from(out), want);

	/* A folder that others may write to, or that is not there: not this one. */
	snprintf(want, sizeof(want), "/tmp/sockchat-%u/sockchat.sock", (unsigned)getuid());
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(listen_default_path(out, true, &e), 0);
	expect_text("writable", str_from(out), want);
	assert_int_equal(chmod(folder, 0700), 0);
	setenv("XDG_RUNTIME_DIR", in_folder("nowhere"), 1);
	assert_int_equal(listen_default_path(out, false, &e), 0);
	expect_text("absent", str_from(out), want);
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	assert_int_equal(listen_default_path(out, false, &e), 0);
	expect_text("relative", str_from(out), want);
	unsetenv("XDG_RUNTIME_DIR");
	snprintf(want, sizeof(want), "/tmp/sockchat-%u", (unsigned)getuid());
	rmdir(want); /* unless somebody uses it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_port_on_all_interfaces),
		IN_FOLDER(test_bind_restricts_the_port),
		IN_FOLDER(test_bind_to_an_interface),
		IN_FOLDER(test_what_is_open_already_is_left_out),
		IN_FOLDER(test_says_what_is_wrong),
		IN_FOLDER(test_a_privileged_port),
		IN_FOLDER(test_unix_socket_has_its_mode),
		IN_FOLDER(test_unix_socket_has_its_group),
		IN_FOLDER(test_stale_is_replaced_and_live_refused),
		IN_FOLDER(test_a_busy_server_is_not_stale),
		IN_FOLDER(test_what_is_no_stale_socket_is_not_touched),
		IN_FOLDER(test_unix_paths_that_cannot_be),
		IN_FOLDER(test_removes_only_its_own_file),
		IN_FOLDER(test_one_of_many_replaces_a_stale_file),
		IN_FOLDER(test_waits_for_the_lock),
		IN_FOLDER(test_the_default_path),
	};

	log_setup(LOG_LEVEL_OFF, LOG_FORMAT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
