/* Passwords: from a file, a descriptor, a command, a person; never from an argument. */
#ifndef CONNECT_SECRET_H
#define CONNECT_SECRET_H

#include <stddef.h>

#include "base/err.h"

/*
 * Each takes the first line into `out`, NUL-terminated; -1 with a sentence when there is none, or
 * it does not fit, or has a NUL inside. They block: for the time before the loop runs.
 */
int secret_file(const char *path, char *out, size_t size, struct err *e);
/* No further than the end of the line is read: what follows is for others. */
int secret_fd(int fd, char *out, size_t size, struct err *e);
/* The standard output of `sh -c command`, which has to end with 0. */
int secret_command(const char *command, char *out, size_t size, struct err *e);
/* Asked for at the terminal, not shown; an empty answer is fine. */
int secret_prompt(const char *question, char *out, size_t size, struct err *e);

#endif
