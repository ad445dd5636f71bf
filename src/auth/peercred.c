/* Credentials of the other side of a Unix socket. */
#include "auth/peercred.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

enum {
	PASSWD_ROOM = 16384, /* bytes for one entry of the user database */
	GROUPS_MOST = 65536, /* NGROUPS_MAX of Linux */
};

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

/* The supplementary groups, by the kernel: their number, or -1 when it can't say. */
static int
groups_of_peer(int fd, gid_t *groups)
{
	socklen_t len = GROUPS_MOST * sizeof(*groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
		return -1;
	return (int)(len / sizeof(*groups));
}

static int
groups_of_user(const struct ucred *who, gid_t *groups)
{
	char name[PEERCRED_NAME];
	int count = GROUPS_MOST;

	name_of((uint32_t)who->uid, name);
	return getgrouplist(name, who->gid, groups, &count) == -1 ? 0 : count;
}

bool
peercred_in_group(int fd, uint32_t gid)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	gid_t *groups;
	int count = 0;
	bool found = false;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1 || who.uid == (uid_t)-1)
		return false;
	if (who.gid == (gid_t)gid)
		return true;
	groups = malloc(GROUPS_MOST * sizeof(*groups));
	if (groups != NULL)
		count = groups_of_peer(fd, groups);
	if (count == -1)
		count = errno == ENOPROTOOPT ? groups_of_user(&who, groups) : 0;
	for (int i = 0; i < count && !found; i++)
		found = groups[i] == (gid_t)gid;
	free(groups);
	return found;
}
