/* Addresses: from text, to text, compared and counted. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/buf.h"

enum {
	HOST_MOST = 256,      /* bytes of a host name and its NUL; RFC 1035 allows 253 */
	NAMES_MOST = 300,     /* bytes of a list of interfaces in a message */
	V6_NETWORK_BYTES = 8, /* one party usually has a whole /64 */
};

static struct sockaddr_in *
v4(const struct addr *a)
{
	return (struct sockaddr_in *)&a->sa;
}

static struct sockaddr_in6 *
v6(const struct addr *a)
{
	return (struct sockaddr_in6 *)&a->sa;
}

static void
from_v4(struct addr *out, struct in_addr in, uint16_t port)
{
	*out = (struct addr){ .len = sizeof(struct sockaddr_in) };
	v4(out)->sin_family = AF_INET;
	v4(out)->sin_addr = in;
	v4(out)->sin_port = htons(port);
}

static void
from_v6(struct addr *out, struct in6_addr in, uint32_t scope, uint16_t port)
{
	*out = (struct addr){ .len = sizeof(struct sockaddr_in6) };
	v6(out)->sin6_family = AF_INET6;
	v6(out)->sin6_addr = in;
	v6(out)->sin6_scope_id = scope;
	v6(out)->sin6_port = htons(port);
}

void
addr_list_free(struct addr_list *list)
{
	free(list->at);
	*list = (struct addr_list){ NULL, 0 };
}

int
addr_list_one(struct addr_list *out, const struct addr *a, struct err *e)
{
	out->count = 0;
	out->at = malloc(sizeof(*a));
	if (out->at == NULL)
		return err_errno(e, "keeping an address");
	out->at[out->count++] = *a;
	return 0;
}

/* False when memory is short or the list is full. */
static bool
list_add(struct addr_list *list, const struct sockaddr *sa, uint16_t port)
{
	struct addr *a;

	if (list->at == NULL)
		list->at = calloc(ADDR_LIST_MOST, sizeof(*list->at));
	if (list->at == NULL || list->count == ADDR_LIST_MOST)
		return false;
	a = &list->at[list->count];
	if (sa->sa_family == AF_INET)
		from_v4(a, ((const struct sockaddr_in *)sa)->sin_addr, port);
	else
		from_v6(a, ((const struct sockaddr_in6 *)sa)->sin6_addr,
		    ((const struct sockaddr_in6 *)sa)->sin6_scope_id, port);
	for (size_t i = 0; i < list->count; i++)
		if (addr_equal(&list->at[i], a))
			return true;
	list->count++;
	return true;
}

static bool
is_internet(const struct sockaddr *sa)
{
	return sa != NULL && (sa->sa_family == AF_INET || sa->sa_family == AF_INET6);
}

void
addr_list_interleave(struct addr_list *list)
{
	struct addr swap;

	for (size_t i = 1; i < list->count; i++) {
		size_t j = i;
		while (j < list->count && list->at[j].sa.ss_family == list->at[i - 1].sa.ss_family)
			j++;
		if (j == list->count)
			return;
		swap = list->at[j];
		memmove(&list->at[i + 1], &list->at[i], (j - i) * sizeof(swap));
		list->at[i] = swap;
	}
}

static int
split_port(struct str text, struct str digits, int *port, struct err *e)
{
	int64_t n;

	if (!str_to_int64(digits, &n) || n < 0 || n > UINT16_MAX)
		return err_set(
		    e, "\"" STR_FMT "\": the port must be a number from 0 to 65535", STR_ARG(text));
	*port = (int)n;
	return 0;
}

static struct str
last_colon(struct str text)
{
	size_t at = text.len;

	while (at > 0 && text.p[at - 1] != ':')
		at--;
	return str_from_byte(text, at);
}

int
addr_split(struct str text, struct str *host, int *port, struct err *e)
{
	struct str rest = text;
	struct addr ignored;

	*port = -1;
	if (str_eat(&rest, '[')) {
		if (str_find(rest, ']') == rest.len)
			return err_set(e, "\"" STR_FMT "\": the ] is missing", STR_ARG(text));
		*host = str_cut(&rest, ']');
		if (rest.len == 0)
			return 0;
		if (!str_eat(&rest, ':'))
			return err_set(
			    e, "\"" STR_FMT "\": only :PORT may follow the ]", STR_ARG(text));
		return split_port(text, rest, port, e);
	}
	*host = text;
	if (str_find(text, ':') == text.len || addr_numeric(text, 0, &ignored))
		return 0;
	rest = last_colon(text);
	*host = str_first(text, text.len - rest.len - 1);
	return split_port(text, rest, port, e);
}

/* "eth0" or "2"; 0 when there is no such interface. */
static uint32_t
scope_of(const char *name)
{
	int64_t n;

	if (str_to_int64(str_from(name), &n) && n > 0 && n <= UINT32_MAX)
		return (uint32_t)n;
	return if_nametoindex(name);
}

bool
addr_numeric(struct str host, uint16_t port, struct addr *out)
{
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	struct in_addr four;
	struct in6_addr six;
	uint32_t scope = 0;
	char *percent;

	if (host.len >= sizeof(text) || (host.len > 0 && memchr(host.p, '\0', host.len)))
		return false;
	str_copy(text, sizeof(text), host);
	if (inet_pton(AF_INET, text, &four) == 1) {
		from_v4(out, four, port);
		return true;
	}
	percent = strchr(text, '%');
	if (percent != NULL) {
		*percent = '\0';
		scope = scope_of(percent + 1);
		if (scope == 0)
			return false;
	}
	if (inet_pton(AF_INET6, text, &six) != 1)
		return false;
	from_v6(out, six, scope, port);
	return true;
}

int
addr_unix(struct str path, struct addr *out, struct err *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&out->sa;
	bool abstract = path.len > 0 && path.p[0] == '@';
	size_t most = sizeof(un->sun_path) - (abstract ? 0 : 1);

	*out = (struct addr){ .len = 0 };
	if (path.len == 0 || (abstract && path.len == 1))
		return err_set(e, "the path of the Unix socket is empty");
	if (memchr(path.p, '\0', path.len) != NULL)
		return err_set(e, "the path of the Unix socket holds a NUL");
	if (path.len > most)
		return err_set(e,
		    STR_FMT ": this path is too long for a Unix socket (%zu bytes, at most %zu); "
			    "choose a shorter one",
		    STR_ARG(str_first(path, 300)), path.len, most);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path.p, path.len);
	if (abstract)
		un->sun_path[0] = '\0';
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + !abstract);
	return 0;
}

static int
resolve_failed(const char *host, int code, struct err *e)
{
	if (code == EAI_SYSTEM)
		return err_errno(e, "\"%s\": looking up the name", host);
	if (code == EAI_AGAIN)
		return err_set(e,
		    "\"%s\": the name server gave no answer; try again later, "
		    "or give a numeric address",
		    host);
	if (code == EAI_NONAME || code == EAI_NODATA)
		return err_set(e, "\"%s\": there is no host of this name", host);
	return err_set(e, "\"%s\": looking up the name: %s", host, gai_strerror(code));
}

int
addr_resolve(struct str host, uint16_t port, struct addr_list *out, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *at;
	char name[HOST_MOST];
	struct addr one;
	int code;

	*out = (struct addr_list){ NULL, 0 };
	if (addr_numeric(host, port, &one))
		return addr_list_one(out, &one, e);
	if (host.len == 0 || host.len >= sizeof(name) || memchr(host.p, '\0', host.len) != NULL)
		return err_set(
		    e, "\"" STR_FMT "\" cannot be a host name", STR_ARG(str_first(host, 80)));
	str_copy(name, sizeof(name), host);
	code = getaddrinfo(name, NULL, &hints, &found);
	if (code != 0)
		return resolve_failed(name, code, e);
	for (at = found; at != NULL; at = at->ai_next)
		if (is_internet(at->ai_addr))
			list_add(out, at->ai_addr, port);
	freeaddrinfo(found);
	if (out->count > 0)
		return 0;
	addr_list_free(out);
	return err_set(e, "\"%s\": this host has neither an IPv4 nor an IPv6 address", name);
}

static bool
is_called(const struct ifaddrs *at, struct str name)
{
	return str_eq(str_from(at->ifa_name), name);
}

static const struct ifaddrs *
interface_find(const struct ifaddrs *all, struct str name)
{
	for (; all != NULL; all = all->ifa_next)
		if (is_called(all, name))
			return all;
	return NULL;
}

/* "lo, eth0, wlan0:1": each name once, as many as fit. */
static const char *
interface_names(const struct ifaddrs *all, struct buf *out)
{
	for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next)
		if (interface_find(all, str_from(at->ifa_name)) == at &&
		    !buf_printf(out, "%s%s", out->len ? ", " : "", at->ifa_name))
			break;
	return buf_cstr(out);
}

bool
addr_is_interface(struct str name)
{
	struct ifaddrs *all;
	bool found;

	if (getifaddrs(&all) == -1)
		return false;
	found = interface_find(all, name) != NULL;
	freeifaddrs(all);
	return found;
}

static int
interface_failed(const struct ifaddrs *all, struct str name, struct err *e)
{
	struct buf names = BUF_INIT(NAMES_MOST);

	name = str_first(name, 80);
	if (interface_find(all, name) != NULL)
		err_set(e, "interface \"" STR_FMT "\" has no address", STR_ARG(name));
	else
		err_set(e, "there is no interface or label \"" STR_FMT "\" here, only %s",
		    STR_ARG(name), interface_names(all, &names));
	buf_free(&names);
	return -1;
}

int
addr_of_interface(struct str name, uint16_t port, struct addr_list *out, struct err *e)
{
	struct ifaddrs *all, *at;

	*out = (struct addr_list){ NULL, 0 };
	if (getifaddrs(&all) == -1)
		return err_errno(e, "listing the interfaces");
	for (at = all; at != NULL; at = at->ifa_next)
		if (is_called(at, name) && is_internet(at->ifa_addr))
			list_add(out, at->ifa_addr, port);
	if (out->count == 0)
		interface_failed(all, name, e);
	freeifaddrs(all);
	return out->count > 0 ? 0 : -1;
}

uint16_t
addr_port(const struct addr *a)
{
	if (a->sa.ss_family == AF_INET)
		return ntohs(v4(a)->sin_port);
	return a->sa.ss_family == AF_INET6 ? ntohs(v6(a)->sin6_port) : 0;
}

void
addr_set_port(struct addr *a, uint16_t port)
{
	if (a->sa.ss_family == AF_INET)
		v4(a)->sin_port = htons(port);
	else if (a->sa.ss_family == AF_INET6)
		v6(a)->sin6_port = htons(port);
}

bool
addr_is_unix(const struct addr *a)
{
	return a->sa.ss_family == AF_UNIX;
}

bool
addr_is_any(const struct addr *a)
{
	if (a->sa.ss_family == AF_INET)
		return v4(a)->sin_addr.s_addr == htonl(INADDR_ANY);
	return a->sa.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6(a)->sin6_addr);
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	if (a->sa.ss_family != b->sa.ss_family || addr_port(a) != addr_port(b))
		return false;
	if (a->sa.ss_family == AF_INET)
		return v4(a)->sin_addr.s_addr == v4(b)->sin_addr.s_addr;
	if (a->sa.ss_family == AF_INET6)
		return v6(a)->sin6_scope_id == v6(b)->sin6_scope_id &&
		       memcmp(&v6(a)->sin6_addr, &v6(b)->sin6_addr, sizeof(struct in6_addr)) == 0;
	return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

void
addr_unmap(struct addr *a)
{
	struct in_addr four;
	struct in6_addr *six = &v6(a)->sin6_addr;

	if (a->sa.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(six))
		return;
	memcpy(&four, &six->s6_addr[12], sizeof(four));
	from_v4(a, four, addr_port(a));
}

static size_t
unix_text(const struct addr *a, char out[ADDR_TEXT])
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;
	size_t start = offsetof(struct sockaddr_un, sun_path);
	struct str path = { un->sun_path, a->len > start ? a->len - start : 0 };
	bool abstract = path.len > 1 && path.p[0] == '\0';

	if (!abstract)
		path.len = str_find(path, '\0');
	if (path.len == 0)
		return str_copy(out, ADDR_TEXT, STR("unix"));
	path.len = str_copy(out, ADDR_TEXT, path);
	if (abstract)
		out[0] = '@';
	for (size_t i = 0; i < path.len; i++)
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
			out[i] = '?';
	return path.len;
}

size_t
addr_host(const struct addr *a, char out[ADDR_TEXT])
{
	struct addr plain = *a;
	uint32_t scope = 0;
	size_t n;

	addr_unmap(&plain);
	out[0] = '\0';
	if (plain.len == 0)
		return str_copy(out, ADDR_TEXT, STR("nowhere"));
	if (addr_is_unix(&plain))
		return unix_text(&plain, out);
	if (plain.sa.ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4(&plain)->sin_addr, out, ADDR_TEXT);
	} else {
		inet_ntop(AF_INET6, &v6(&plain)->sin6_addr, out, ADDR_TEXT);
		scope = v6(&plain)->sin6_scope_id;
	}
	n = strlen(out);
	if (scope != 0) {
		char name[IF_NAMESIZE];
		if (if_indextoname(scope, name) == NULL)
			snprintf(name, sizeof(name), "%u", (unsigned)scope);
		n += (size_t)snprintf(out + n, ADDR_TEXT - n, "%%%s", name);
	}
	return n;
}

size_t
addr_text(const struct addr *a, char out[ADDR_TEXT])
{
	char host[ADDR_TEXT];
	size_t n = addr_host(a, host);

	if (a->len == 0 || addr_is_unix(a))
		return str_copy(out, ADDR_TEXT, (struct str){ host, n });
	n = (size_t)snprintf(
	    out, ADDR_TEXT, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, (unsigned)addr_port(a));
	return n < ADDR_TEXT ? n : ADDR_TEXT - 1;
}

static struct addr_key
key_make(char kind, const void *bytes, size_t len)
{
	struct addr_key k = { .len = (uint8_t)(len + 1) };

	k.bytes[0] = kind;
	memcpy(k.bytes + 1, bytes, len);
	return k;
}

struct addr_key
addr_key(const struct addr *a)
{
	struct addr plain = *a;
	const struct in6_addr *six = &v6(&plain)->sin6_addr;
	struct addr_key k;

	addr_unmap(&plain);
	if (plain.sa.ss_family == AF_INET)
		return key_make('4', &v4(&plain)->sin_addr, sizeof(struct in_addr));
	if (plain.sa.ss_family != AF_INET6)
		return key_make('u', "", 0);
	k = key_make('6', six, sizeof(*six));
	if (IN6_IS_ADDR_LINKLOCAL(six))
		k.bytes[0] = 'l';
	else
		k.len = 1 + V6_NETWORK_BYTES;
	return k;
}

bool
addr_of_key(const struct addr_key *k, struct addr *out)
{
	struct in_addr four;
	struct in6_addr six;

	if (k->bytes[0] == '4') {
		memcpy(&four, k->bytes + 1, sizeof(four));
		from_v4(out, four, 0);
	} else if (k->bytes[0] == '6' || k->bytes[0] == 'l') {
		memcpy(&six, k->bytes + 1, sizeof(six));
		from_v6(out, six, 0, 0);
	}
	return k->bytes[0] != 'u' && k->len > 0;
}

struct addr_key
addr_key_of_user(uint32_t uid)
{
	return key_make('u', &uid, sizeof(uid));
}

struct str
addr_key_str(const struct addr_key *k)
{
	return (struct str){ k->bytes, k->len };
}
