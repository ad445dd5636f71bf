/* Built without crypt(3): no hash can be used and nothing matches. */
#include "auth/crypt.h"

const char crypt_library[] = "";

int
crypt_acceptable(struct str hash, struct err *e)
{
	(void)hash;
	return err_set(e, "this sockchat was built without crypt(3), so password hashes cannot be "
			  "checked; build it with libcrypt-dev installed");
}

bool
crypt_matches(struct str password, struct str hash)
{
	(void)password;
	(void)hash;
	return false;
}
