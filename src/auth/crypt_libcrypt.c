/* crypt(3) hashes by libxcrypt. */
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "auth/crypt.h"

const char crypt_library[] = "libcrypt";

enum { HASH_MOST = CRYPT_OUTPUT_SIZE };

/*
 * The methods that are good enough, and how long the last part of a whole hash is, behind the last
 * $: a shell or an editor easily cuts some off. crypt(5); bcrypt has salt and digest in one part.
 */
static const struct method {
	const char *prefix;
	size_t digest;
} methods[] = {
	{ "$2a$", 53 },
	{ "$2b$", 53 },
	{ "$2y$", 53 },
	{ "$5$", 43 },
	{ "$6$", 86 },
	{ "$7$", 43 },
	{ "$gy$", 43 },
	{ "$y$", 43 },
};

static const char advice[] = "make one with `mkpasswd` or `openssl passwd -6`";

static const struct method *
method_of(struct str hash)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_starts(hash, str_from(methods[i].prefix)))
			return &methods[i];
	return NULL;
}

static bool
is_whole(struct str hash, const struct method *m)
{
	size_t digest = 0;

	while (digest < hash.len && hash.p[hash.len - 1 - digest] != '$')
		digest++;
	return digest == m->digest;
}

int
crypt_acceptable(struct str hash, struct err *e)
{
	const struct method *m = method_of(hash);
	char text[HASH_MOST];
	int verdict = CRYPT_SALT_INVALID;

	if (hash.len < sizeof(text) && str_find(hash, '\0') == hash.len) {
		str_copy(text, sizeof(text), hash);
		verdict = crypt_checksalt(text);
	}
	if (hash.len == 0 || verdict == CRYPT_SALT_INVALID)
		return err_set(e, "not a password hash; %s", advice);
	if (verdict == CRYPT_SALT_METHOD_DISABLED)
		return err_set(
		    e, "a password hash of a method that is disabled on this system; %s", advice);
	if (m == NULL)
		return err_set(
		    e, "a password hash of an old method that is easily broken; %s", advice);
	if (!is_whole(hash, m))
		return err_set(e,
		    "part of this password hash is missing (a shell replaces $ within \"\"); %s",
		    advice);
	return 0;
}

static bool
same(const char *a, const char *b, size_t len)
{
	unsigned char difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

bool
crypt_matches(struct str password, struct str hash)
{
	struct crypt_data *room;
	char key[CRYPT_PASSWORD_MOST + 1], setting[HASH_MOST];
	const char *result = NULL;
	bool match = false;

	if (password.len > CRYPT_PASSWORD_MOST || hash.len == 0 || hash.len >= sizeof(setting) ||
	    str_find(password, '\0') < password.len || str_find(hash, '\0') < hash.len)
		return false;
	room = calloc(1, sizeof(*room));
	if (room == NULL)
		return false;
	str_copy(key, sizeof(key), password);
	str_copy(setting, sizeof(setting), hash);
	result = crypt_r(key, setting, room);
	/* A failure starts with '*', which no hash does. */
	if (result != NULL && result[0] != '*' && strlen(result) == hash.len)
		match = same(result, hash.p, hash.len);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(room, sizeof(*room));
	free(room);
	return match;
}
