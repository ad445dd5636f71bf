/* What the words of `sockchat connect` mean. */
#include "connect/target.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "net/listen.h"

static int
parse_port(struct str text, uint16_t *port, struct err *e)
{
	int64_t n;

	if (!str_to_int64(text, &n) || n < 1 || n > 65535)
		return err_set(e, "'" STR_FMT "' is no port: a number from 1 to 65535 is",
		    STR_ARG(str_first(text, 40)));
	*port = (uint16_t)n;
	return 0;
}

static int
set_host(struct target *t, struct str host, struct err *e)
{
	if (host.len == 0)
		return err_set(e, "the host is empty");
	if (host.len > TARGET_HOST_MOST)
		return err_set(
		    e, "the host is too long: %zu bytes, at most %d", host.len, TARGET_HOST_MOST);
	str_copy(t->host, sizeof(t->host), host);
	return 0;
}

/* HOST, HOST:PORT, [ADDRESS]:PORT */
static int
parse_host(struct target *t, struct str text, struct err *e)
{
	struct str host;
	int port;

	if (addr_split(text, &host, &port, e) == -1)
		return -1;
	if (port == 0)
		return err_set(e, "0 is no port: a number from 1 to 65535 is");
	if (port > 0)
		t->port = (uint16_t)port;
	return set_host(t, host, e);
}

static int
hex_value(char c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %23 and the like (RFC 3986, 2.1). */
static int
unescape(struct buf *out, struct str text, struct err *e)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = 0, low = 0;
		bool escaped = text.p[i] == '%';
		if (escaped && i + 2 < text.len) {
			high = hex_value(text.p[i + 1]);
			low = hex_value(text.p[i + 2]);
		}
		if (!escaped) {
			buf_add_char(out, text.p[i]);
		} else if (i + 2 >= text.len || high < 0 || low < 0 || high * 16 + low < ' ') {
			return err_set(e,
			    "the channel '" STR_FMT
			    "': two hexadecimal digits must stand behind %%",
			    STR_ARG(str_first(text, 100)));
		} else {
			buf_add_char(out, (char)(high * 16 + low));
			i += 2;
		}
	}
	return out->truncated ? err_set(e, "the channels are too long") : 0;
}

/* The part behind the host: channels, where the # may be missing. */
static int
parse_channels(struct target *t, struct str path, struct err *e)
{
	char plain[TARGET_CHANNELS_MOST];
	struct buf out = BUF_INIT(TARGET_CHANNELS_MOST), list = BUF_INIT(TARGET_CHANNELS_MOST);
	struct str left;
	int result = unescape(&out, path, e);

	left = (struct str){ plain, str_copy(plain, sizeof(plain), buf_str(&out)) };
	while (result == 0 && left.len > 0) {
		struct str name = str_cut(&left, ',');
		if (name.len == 0)
			continue;
		if (list.len > 0)
			buf_add_char(&list, ',');
		if (strchr("#&", name.p[0]) == NULL)
			buf_add_char(&list, '#');
		buf_add_str(&list, name);
	}
	if (result == 0 && (list.truncated || list.len > TARGET_CHANNELS_MOST))
		result = err_set(e, "the channels are too long");
	if (result == 0)
		str_copy(t->channels, sizeof(t->channels), buf_str(&list));
	buf_free(&out);
	buf_free(&list);
	return result;
}

static int
parse_url(struct target *t, struct str url, struct err *e)
{
	struct str host = str_cut(&url, '/');

	if (str_find(url, '?') < url.len)
		return err_set(
		    e, "an irc:// address ends with its channels; '?' is not understood");
	if (parse_host(t, host, e) == -1)
		return -1;
	return parse_channels(t, url, e);
}

static int
set_path(struct target *t, int count, struct str path, struct err *e)
{
	if (count > 0)
		return err_set(e, "either --unix or a host, not both");
	if (path.len >= sizeof(t->path))
		return err_set(e, "the path of the socket is too long: %zu bytes", path.len);
	str_copy(t->path, sizeof(t->path), path);
	return 0;
}

int
target_parse(struct target *t, char *const *words, int count, struct str path, struct err *e)
{
	struct str first = count > 0 ? str_from(words[0]) : (struct str){ NULL, 0 };
	struct str scheme = str_first(first, 6);

	*t = (struct target){ .port = ADDR_PORT_DEFAULT };
	if (path.len > 0)
		return set_path(t, count, path, e);
	if (count == 0)
		return 0;
	if (str_eq_nocase(str_first(first, 7), STR("ircs://")))
		return err_set(e, "ircs:// needs TLS, which this program does not have");
	if (str_eq_nocase(scheme, STR("irc://"))) {
		if (count > 1)
			return err_set(e, "the port belongs into the address: irc://HOST:PORT/");
		return parse_url(t, str_from_byte(first, scheme.len), e);
	}
	if (str_contains(first, STR("/")))
		return err_set(e, "'" STR_FMT "' is no host; a Unix socket is given with --unix",
		    STR_ARG(str_first(first, 100)));
	if (count == 1)
		return parse_host(t, first, e);
	if (parse_port(str_from(words[1]), &t->port, e) == -1)
		return -1;
	if (str_eat(&first, '[') && first.len > 0 && first.p[first.len - 1] == ']')
		first.len--;
	return set_host(t, first, e);
}

void
target_default(struct target *t)
{
	struct stat st;
	struct err ignored;

	if (listen_default_path(t->path, false, &ignored) == -1 || stat(t->path, &st) == -1 ||
	    !S_ISSOCK(st.st_mode))
		t->path[0] = '\0';
	str_copy(t->host, sizeof(t->host), STR("127.0.0.1"));
	t->port = ADDR_PORT_DEFAULT;
}

bool
target_is_empty(const struct target *t)
{
	return t->host[0] == '\0' && t->path[0] == '\0';
}
