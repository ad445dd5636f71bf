/* Credentials of the other side of a Unix socket. */
#include "auth/peercred.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

enum { PASSWD_ROOM = 16384 }; /* bytes for one entry of the user database */

static void
name_of(uint32_t uid, char name[PEERCRED_NAME])
{
	struct passwd entry, *found = NULL;
	char room[PASSWD_ROOM];

	if (getpwuid_r((uid_t)uid, &entry, room, sizeof(room), &found) == 0 && found != NULL &&
	    found->pw_name[0] != '\0' && strlen(found->pw_name) < PEERCRED_NAME)
		str_copy(name, PEERCRED_NAME, str_from(found->pw_name));
	else
		snprintf(name, PEERCRED_NAME, "uid%u", (unsigned)uid);
}

int
peercred_get(int fd, struct peercred *out, struct err *e)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) == -1)
		return err_errno(e, "asking who is at the other end of a Unix socket");
	/* An Internet socket answers, too, with nobody. */
	if (credentials.uid == (uid_t)-1)
		return err_set(e, "this socket has no known user at its other end");
	out->uid = (uint32_t)credentials.uid;
	out->gid = (uint32_t)credentials.gid;
	out->pid = credentials.pid > 0 ? credentials.pid : 0;
	name_of(out->uid, out->name);
	return 0;
}
