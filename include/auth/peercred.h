/* Who is at the other end of a Unix socket, by the kernel's word. */
#ifndef AUTH_PEERCRED_H
#define AUTH_PEERCRED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { PEERCRED_NAME = 64 };

struct peercred {
	uint32_t uid, gid;
	int64_t pid;              /* 0: not known */
	char name[PEERCRED_NAME]; /* login name; "uid1000" when it has none, or a longer one */
};

/*
 * As the other side was when it called connect() or listen(). Looks the name up (getpwuid_r), which
 * can block on a network directory: once for each connection, when it is accepted. Some directories
 * have names that IRC does not allow ("DOMAIN\user"): whoever shows it must clean it.
 */
int peercred_get(int fd, struct peercred *out, struct err *e);

/*
 * Whether the other side was in the group, by its own group id or a supplementary one, when it
 * called connect() (SO_PEERGROUPS). A kernel that can't say that (before Linux 4.13) leaves what
 * the databases say of the user, whose look-up can block.
 */
bool peercred_in_group(int fd, uint32_t gid);

#endif
