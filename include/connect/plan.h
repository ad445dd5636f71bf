/* What one run of `sockchat connect` is to do: words and settings, checked and put together. */
#ifndef CONNECT_PLAN_H
#define CONNECT_PLAN_H

#include "cli/settings.h"
#include "connect/client.h"
#include "connect/identity.h"
#include "connect/resume.h"

struct plan {
	struct client_config client;
	struct identity identity;
	const struct settings *settings;
	bool json, once, resume;
	char position[RESUME_PATH_MOST]; /* the file that --resume keeps it in */
	unsigned past;                   /* lines of a channel's past to be shown on joining */
};

/* EXIT_DONE, or why not, with a sentence. The plan points into the settings. */
enum exit_code plan_make(struct plan *p, const struct cli *cli, struct err *e);
/* A new session that means to be in the channels, and to talk where it should. */
enum exit_code plan_session(const struct plan *p, struct session *s,
    const struct session_handler *handler, void *owner, struct err *e);

#endif
