/* Users and groups of this machine. Both look in the system's databases, which can block on a
 * network directory: for settings, at start and reload. */
#ifndef BASE_UNIX_IDS_H
#define BASE_UNIX_IDS_H

#include "base/str.h"

/* The id of a user, or group, by name; a number is taken as it is. False: there is none of that
 * name, or memory is short. */
bool unix_user_id(struct str name, uint32_t *out);
bool unix_group_id(struct str name, uint32_t *out);

#endif
