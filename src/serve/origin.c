/* Where sessions come from, and how many from where. */
#include "serve/origin.h"

#include <stdlib.h>
#include <string.h>

#include "auth/crypt.h"
#include "auth/peercred.h"
#include "irc/names.h"

/* ---- proxies and gateways -------------------------------------------------------------------- */

static int
short_of_memory(struct err *e)
{
	return err_set(e, "the server is short of memory");
}

static int
read_network(enum setting id, struct str text, struct subnet *out, struct err *e)
{
	if (subnet_parse(text, out))
		return 0;
	return err_set(e,
	    "%s: " STR_FMT ": not an address; write 10.1.2.3, 10.0.0.0/8, 2001:db8::/32 or unix",
	    setting_name(id), STR_ARG(text));
}

static int
read_gateway(struct str text, struct gateway *g, struct err *e)
{
	struct str name = str_word(&text), from = str_word(&text), hash = str_word(&text);
	struct err why;

	g->anywhere = str_eq(from, STR("*"));
	if (!g->anywhere && read_network(SERVE_WEBIRC, from, &g->from, e) == -1)
		return -1;
	if (crypt_acceptable(hash, &why) == -1)
		return err_set(
		    e, "%s: " STR_FMT ": %s", setting_name(SERVE_WEBIRC), STR_ARG(name), why.text);
	g->name = str_dup(name);
	g->hash = str_dup(hash);
	return g->name && g->hash ? 0 : short_of_memory(e);
}

static int
read_all(const struct settings *st, struct origins *out, struct err *e)
{
	size_t proxies = setting_count(st, SERVE_PROXY_FROM);
	size_t gateways = setting_count(st, SERVE_WEBIRC);

	out->proxies = calloc(proxies + 1, sizeof(*out->proxies));
	out->gateways = calloc(gateways + 1, sizeof(*out->gateways));
	if (out->proxies == NULL || out->gateways == NULL)
		return short_of_memory(e);
	for (; out->proxy_count < proxies; out->proxy_count++)
		if (read_network(SERVE_PROXY_FROM,
			setting_item(st, SERVE_PROXY_FROM, out->proxy_count),
			&out->proxies[out->proxy_count], e) == -1)
			return -1;
	while (out->gateway_count < gateways) {
		struct str item = setting_item(st, SERVE_WEBIRC, out->gateway_count);
		if (read_gateway(item, &out->gateways[out->gateway_count++], e) == -1)
			return -1;
	}
	return 0;
}

int
origins_read(const struct settings *st, struct origins *out, struct err *e)
{
	*out = (struct origins){ .proxy_required = setting_on(st, SERVE_PROXY_REQUIRED) };
	if (read_all(st, out, e) == 0)
		return 0;
	origins_free(out);
	return -1;
}

void
origins_free(struct origins *all)
{
	for (size_t i = 0; i < all->gateway_count; i++) {
		free(all->gateways[i].name);
		free(all->gateways[i].hash);
	}
	free(all->proxies);
	free(all->gateways);
	*all = (struct origins){ 0 };
}

bool
origin_is_proxy(const struct server *sv, const struct addr *peer)
{
	for (size_t i = 0; i < sv->origins.proxy_count; i++)
		if (subnet_has(&sv->origins.proxies[i], peer))
			return true;
	return false;
}

struct gateway *
origin_gateway(const struct session *s, struct str name)
{
	const struct origins *all = &s->server->origins;
	struct addr from = { .sa.ss_family = AF_UNIX };
	struct gateway *found = NULL;

	session_address(s, &from);
	for (size_t i = 0; i < all->gateway_count; i++) {
		struct gateway *g = &all->gateways[i];
		if (!g->anywhere && !subnet_has(&g->from, &from))
			continue;
		if (str_eq_nocase(name, str_from(g->name)))
			return g;
		if (found == NULL)
			found = g;
	}
	return found;
}

/* ---- the address ----------------------------------------------------------------------------- */

static void
forget_unix(struct session *s)
{
	if (s->extra == NULL)
		return;
	free(s->extra->unix_name);
	s->extra->unix_name = NULL;
}

bool
origin_identify(struct session *s, int fd, const struct addr *peer)
{
	struct session_extra *x;
	struct peercred who;
	struct err e;

	s->key = addr_key(peer);
	s->port = addr_port(peer);
	if (!addr_is_unix(peer) || peercred_get(fd, &who, &e) == -1)
		return true;
	if ((x = session_extra_make(s)) != NULL) {
		char name[IRC_USER_MOST + 1];
		user_clean(str_from(who.name), name);
		x->unix_name = str_dup(str_from(name));
		x->unix_user = who.uid;
		s->key = addr_key_of_user(who.uid);
	}
	return x != NULL && x->unix_name != NULL;
}

void
origin_change(struct session *s, const struct addr *from)
{
	origin_uncount(s);
	forget_unix(s);
	s->key = addr_key(from);
	s->port = addr_port(from);
}

bool
session_address(const struct session *s, struct addr *out)
{
	return addr_of_key(&s->key, out);
}

void
origin_host(const struct addr *a, char out[IRC_HOST_MOST + 1])
{
	char host[ADDR_TEXT];
	size_t n = 0;

	addr_host(a, host);
	if (host[0] == ':') /* would be taken for the last parameter of an IRC line */
		out[n++] = '0';
	str_copy(out + n, IRC_HOST_MOST + 1 - n, str_from(host));
}

const char *
session_host(const struct session *s)
{
	static char host[IRC_HOST_MOST + 1];
	struct addr a;

	if (!session_address(s, &a))
		return "localhost";
	origin_host(&a, host);
	return host;
}

/* ---- how many from where --------------------------------------------------------------------- */

struct address_count {
	struct addr_key key;
	size_t clients;
};

bool
origin_count(struct session *s)
{
	struct server *sv = s->server;
	struct address_count *n = table_get(sv->addresses, addr_key_str(&s->key));
	size_t most = sv->limits.clients_per_address;

	if (s->counted)
		return true;
	if (n == NULL) {
		n = calloc(1, sizeof(*n));
		if (n == NULL)
			return true;
		n->key = s->key;
		if (!table_put(sv->addresses, addr_key_str(&n->key), n)) {
			free(n);
			return true;
		}
	}
	if (most > 0 && n->clients >= most)
		return false;
	n->clients++;
	s->counted = true;
	return true;
}

void
origin_uncount(struct session *s)
{
	struct address_count *n;

	if (!s->counted)
		return;
	s->counted = false;
	n = table_get(s->server->addresses, addr_key_str(&s->key));
	if (--n->clients > 0)
		return;
	table_take(s->server->addresses, addr_key_str(&n->key));
	free(n);
}
