/* Who is at the other end of a Unix socket, by the kernel's word. */
#ifndef AUTH_PEERCRED_H
#define AUTH_PEERCRED_H

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

#endif
