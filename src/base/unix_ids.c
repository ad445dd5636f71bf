/* Users and groups of this machine. */
#include "base/unix_ids.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

/* What is written in digits is an id. */
static bool
as_number(struct str name, uint32_t *out)
{
	int64_t number;

	if (!str_to_int64(name, &number) || number < 0 || number >= UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}

bool
unix_user_id(struct str name, uint32_t *out)
{
	const struct passwd *found;
	char *text;

	if (as_number(name, out))
		return true;
	text = str_dup(name);
	found = text ? getpwnam(text) : NULL;
	free(text);
	if (found != NULL)
		*out = (uint32_t)found->pw_uid;
	return found != NULL;
}

bool
unix_group_id(struct str name, uint32_t *out)
{
	const struct group *found;
	char *text;

	if (as_number(name, out))
		return true;
	text = str_dup(name);
	found = text ? getgrnam(text) : NULL;
	free(text);
	if (found != NULL)
		*out = (uint32_t)found->gr_gid;
	return found != NULL;
}
