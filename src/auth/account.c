/* The table of accounts. */
#include "auth/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "irc/names.h"

enum { SECRET = 16, FOLD_MOST = 256, EMAIL_NAME_MOST = 64 /* RFC 5321 */ };

struct accounts {
	struct table *by_name;
	uint8_t secret[SECRET];
};

static void
account_free(struct account *a)
{
	free(a->name);
	free(a->email);
	explicit_bzero(a, sizeof(*a));
	free(a);
}

struct accounts *
accounts_new(struct err *e)
{
	struct accounts *all = calloc(1, sizeof(*all));

	if (all != NULL)
		all->by_name = table_new();
	if (all == NULL || all->by_name == NULL || !random_bytes(all->secret, SECRET)) {
		err_errno(e, "preparing the accounts");
		accounts_free(all);
		return NULL;
	}
	return all;
}

void
accounts_free(struct accounts *all)
{
	struct table_walk w;
	struct account *a;

	if (all == NULL)
		return;
	if (all->by_name != NULL) {
		w = table_walk(all->by_name);
		while ((a = table_next(&w)) != NULL)
			account_free(a);
	}
	table_free(all->by_name);
	explicit_bzero(all->secret, SECRET);
	free(all);
}

struct account *
account_find(const struct accounts *all, struct str name)
{
	char folded[FOLD_MOST];

	return name.len <= sizeof(folded) ? table_get(all->by_name, name_fold(name, folded)) : NULL;
}

struct account *
account_add(struct accounts *all, struct str name, int64_t created)
{
	struct account *a;

	if (name.len == 0 || name.len > FOLD_MOST || (a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->name = calloc(2, name.len + 1);
	if (a->name == NULL) {
		free(a);
		return NULL;
	}
	str_copy(a->name, name.len + 1, name);
	a->folded = a->name + name.len + 1;
	name_fold(name, a->folded);
	a->created = created;
	a->owner = ACCOUNT_NOBODY;
	if (table_put(all->by_name, str_from(a->folded), a))
		return a;
	account_free(a);
	return NULL;
}

void
account_set_keys(struct account *a, const struct sasl_keys *keys)
{
	explicit_bzero(&a->keys, sizeof(a->keys));
	a->has_password = keys != NULL;
	if (keys != NULL)
		a->keys = *keys;
}

/* "example.org", "localhost": letters, digits and hyphens between dots. */
static bool
is_domain(struct str text)
{
	while (text.len > 0) {
		bool last = str_find(text, '.') == text.len;
		struct str label = str_cut(&text, '.');
		if (label.len == 0 || label.p[0] == '-' || label.p[label.len - 1] == '-' ||
		    (!last && text.len == 0))
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!ascii_is_alpha(label.p[i]) && !ascii_is_digit(label.p[i]) &&
			    label.p[i] != '-' && (unsigned char)label.p[i] < 0x80)
				return false;
	}
	return true;
}

bool
account_email_valid(struct str email)
{
	struct str domain = email, name = str_cut(&domain, '@');

	if (email.len > ACCOUNT_EMAIL_MOST || name.len == 0 || name.len > EMAIL_NAME_MOST ||
	    domain.len == 0 || !utf8_valid(email))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' ? (unsigned char)name.p[i] < 0x80
				     : strchr("\"(),:;<>[\\]\x7f", name.p[i]) != NULL)
			return false;
	return is_domain(domain);
}

bool
account_set_email(struct account *a, struct str email)
{
	char *copy = email.len > 0 ? str_dup(email) : NULL;

	if (email.len > 0 && copy == NULL)
		return false;
	free(a->email);
	a->email = copy;
	return true;
}

void
account_remove(struct accounts *all, struct account *a)
{
	table_take(all->by_name, str_from(a->folded));
	account_free(a);
}

bool
account_has_password(const struct account *a)
{
	return a != NULL && a->has_password;
}

size_t
accounts_count(const struct accounts *all)
{
	return table_count(all->by_name);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void
add_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static int
hex_digit(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_hex(struct str text, uint8_t *bytes, size_t len)
{
	if (text.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

bool
account_salt(struct sasl_keys *out, uint32_t iterations)
{
	*out = (struct sasl_keys){ .iterations = iterations };
	return random_bytes(out->salt, sizeof(out->salt));
}

/* One iteration over the name, with the secret for salt, is a keyed hash of it. */
static void
made_up_keys(
    const struct accounts *all, struct str name, uint32_t iterations, struct sasl_keys *out)
{
	struct buf text = BUF_INIT(SASL_PASSWORD_MOST);
	char folded[FOLD_MOST];
	struct sasl_keys hash = { .iterations = 1 };
	struct err ignored;

	name = name_fold(str_first(name, sizeof(folded)), folded);
	buf_add_char(&text, '.');
	add_hex(&text, (const uint8_t *)name.p, name.len);
	memcpy(hash.salt, all->secret, sizeof(hash.salt));
	if (sasl_keys_make(buf_str(&text), &hash, &ignored) == -1)
		hash.stored[0] = 1; /* a build that makes no keys asks for none */
	buf_free(&text);
	out->iterations = iterations;
	memcpy(out->salt, hash.stored, sizeof(out->salt));
	if (!random_bytes(out->stored, sizeof(out->stored)) ||
	    !random_bytes(out->server, sizeof(out->server)))
		*out = hash; /* nobody has these either */
}

void
account_keys(
    const struct accounts *all, struct str name, uint32_t iterations, struct sasl_keys *out)
{
	const struct account *a = account_find(all, name);

	/* made up in any case, so that it takes the same time */
	made_up_keys(all, name, iterations, out);
	if (a != NULL && a->has_password)
		*out = a->keys;
}

/* ---- as texts -------------------------------------------------------------------------------- */

static void
write_wish(struct buf *out, const char *key, enum account_wish wish)
{
	if (wish != ACCOUNT_UNSAID)
		buf_printf(out, " %s=%s", key, wish == ACCOUNT_YES ? "yes" : "no");
}

void
account_write(const struct account *a, struct buf *out)
{
	buf_printf(out, "name=%s created=%lld", a->name, (long long)a->created);
	if (a->owner != ACCOUNT_NOBODY)
		buf_printf(out, " owner=%lld", (long long)a->owner);
	write_wish(out, "always-on", a->always_on);
	write_wish(out, "multiclient", a->multiclient);
	if (a->email != NULL)
		buf_printf(out, " email=%s", a->email);
	if (!a->has_password)
		return;
	buf_printf(out, " iterations=%u salt=", (unsigned)a->keys.iterations);
	add_hex(out, a->keys.salt, sizeof(a->keys.salt));
	buf_add_str(out, STR(" stored="));
	add_hex(out, a->keys.stored, sizeof(a->keys.stored));
	buf_add_str(out, STR(" server="));
	add_hex(out, a->keys.server, sizeof(a->keys.server));
}

/* The value of "key=value" among words; empty: there is none. */
static struct str
value_of(struct str text, struct str key)
{
	struct str word;

	while ((word = str_word(&text)).len > 0)
		if (str_starts(word, key))
			return str_from_byte(word, key.len);
	return (struct str){ 0 };
}

static bool
read_keys(struct str text, struct sasl_keys *keys)
{
	int64_t iterations;

	if (!str_to_int64(value_of(text, STR("iterations=")), &iterations) || iterations < 1 ||
	    iterations > SASL_ITERATIONS_MOST)
		return false;
	keys->iterations = (uint32_t)iterations;
	return read_hex(value_of(text, STR("salt=")), keys->salt, sizeof(keys->salt)) &&
	       read_hex(value_of(text, STR("stored=")), keys->stored, sizeof(keys->stored)) &&
	       read_hex(value_of(text, STR("server=")), keys->server, sizeof(keys->server));
}

static enum account_wish
read_wish(struct str text)
{
	if (text.len == 0)
		return ACCOUNT_UNSAID;
	return str_eq(text, STR("yes")) ? ACCOUNT_YES : ACCOUNT_NO;
}

int
account_read(struct accounts *all, struct str text, struct err *e)
{
	struct str name = value_of(text, STR("name=")), owner = value_of(text, STR("owner="));
	bool has_password = value_of(text, STR("iterations=")).len > 0;
	struct sasl_keys keys = { 0 };
	int64_t created, user = ACCOUNT_NOBODY;
	struct account *a;

	if (!nick_valid(name, IRC_NAME_ROOM) ||
	    !str_to_int64(value_of(text, STR("created=")), &created) ||
	    (owner.len > 0 && (!str_to_int64(owner, &user) || user < 0)) ||
	    (has_password && !read_keys(text, &keys)))
		return err_set(e, "not the text of an account");
	a = account_add(all, name, created);
	if (a == NULL)
		return err_set(e, "there are two of this name, or memory is short");
	a->owner = user;
	a->always_on = read_wish(value_of(text, STR("always-on=")));
	a->multiclient = read_wish(value_of(text, STR("multiclient=")));
	if (!account_set_email(a, value_of(text, STR("email="))))
		return err_errno(e, "reading an account");
	if (has_password)
		account_set_keys(a, &keys);
	explicit_bzero(&keys, sizeof(keys));
	return 0;
}

void
accounts_write_secret(const struct accounts *all, struct buf *out)
{
	add_hex(out, all->secret, SECRET);
}

bool
accounts_read_secret(struct accounts *all, struct str text)
{
	uint8_t secret[SECRET];

	if (!read_hex(text, secret, SECRET))
		return false;
	memcpy(all->secret, secret, SECRET);
	return true;
}
