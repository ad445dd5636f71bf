/* The subcommand `sockchat connect`. */
#include "connect/connect.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "connect/pipe.h"
#include "connect/screen.h"
#include "term/term.h"

/* A socket must never get the number of a standard descriptor that was closed. */
static bool
fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static enum exit_code
run(struct plan *plan, struct err *e)
{
	bool filter = plan->json || plan->once || term_kind() == TERM_NONE;
	struct loop *l = loop_new(e);
	enum exit_code code;

	if (l == NULL)
		return EXIT_INTERNAL;
	if (!filter)
		plan->past = (unsigned)setting_number(plan->settings, CONNECT_HISTORY);
	code = filter ? pipe_run(l, plan) : screen_run(l, plan);
	loop_free(l);
	return code;
}

int
connect_main(struct cli *cli)
{
	static struct plan plan; /* its passwords are on no stack */
	struct err e = { .text = "" };
	enum exit_code code = plan_make(&plan, cli, &e);

	if (code == EXIT_USAGE)
		return cli_usage_error(cli, "%s", e.text);
	if (code == EXIT_DONE && !fill_standard()) {
		err_errno(&e, "/dev/null");
		code = EXIT_INTERNAL;
	}
	if (code == EXIT_DONE)
		code = run(&plan, &e);
	identity_wipe(&plan.identity);
	if (e.text[0] != '\0')
		fprintf(stderr, "sockchat connect: %s\n", e.text);
	return (int)code;
}
