/*
 * The positions of one identity on one server, kept in a file between runs:
 *     sockchat-resume 1
 *     since 2026-11-21T03:04:05.678Z
 *     at #lobby 1k2j3h4g5f6d7 2026-11-21T03:04:05.678Z
 *     at alice - 2026-11-21T03:04:05.678Z
 * It is replaced whole (written beside, synced, renamed), so it is always one that was right.
 */
#ifndef CONNECT_RESUME_H
#define CONNECT_RESUME_H

#include "base/buf.h"
#include "base/err.h"
#include "connect/positions.h"

enum {
	RESUME_PATH_MOST = 4096,
	RESUME_TEXT_MOST = 1024 * 1024, /* bytes of a file */
	RESUME_NAME_MOST = 200,         /* bytes of its name; longer ones are cut, and hashed */
};

/* Of $XDG_STATE_HOME/sockchat, else ~/.local/state/sockchat, which it makes (0700). */
int resume_path(char out[RESUME_PATH_MOST], struct str server, struct str who, struct err *e);
/* The name of the file; pure. */
void resume_name(struct buf *out, struct str server, struct str who);

/* The text of the file; false when it does not fit or memory is short. Pure. */
bool resume_write(struct buf *out, const struct positions *p);
/* -1 with a sentence, "line N: ..." in it. Pure. */
int resume_parse(struct positions *p, struct str text, struct err *e);

/* A file that is not there has no positions. */
int resume_load(struct positions *p, const char *path, struct err *e);
int resume_save(const char *path, struct str text, struct err *e);

#endif
