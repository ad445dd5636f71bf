/*
 * A listening Unix socket and the file that it has in the file system. A stale file, left by a
 * program that is gone, is replaced; a live one and anything that is no socket are never touched.
 */
#ifndef NET_SOCKFILE_H
#define NET_SOCKFILE_H

#include <sys/types.h>

#include "net/addr.h"

struct sockfile {
	struct addr addr;
	dev_t device; /* device and inode 0: no file (an abstract name) */
	ino_t inode;
};

struct sockfile_look {
	unsigned mode;    /* permissions, such as 0600; no meaning for an abstract name */
	struct str group; /* name or number; empty: the process's */
};

/* Returns a listening descriptor, non-blocking and close-on-exec, and what sockfile_remove needs.
 * */
int sockfile_listen(struct sockfile *f, struct str path, const struct sockfile_look *look,
    int backlog, struct err *e);
/* Removes the file when it is still the one that was made. Does nothing for an abstract name. */
void sockfile_remove(const struct sockfile *f);

#endif
