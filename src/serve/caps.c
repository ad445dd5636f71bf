/* Capabilities: whether they are offered, and their values. Most are always, and have none. */
#include "serve/caps.h"

#include "serve/authenticate.h"
#include "serve/login.h"
#include <stdio.h>

static const char *const levels[] = {
	[STORE_FULL] = "full", [STORE_NORMAL] = "normal", [STORE_NONE] = "none"
};

static struct str
durable_value(const struct session *s, char out[CAP_VALUE_ROOM])
{
	(void)out;
	return str_from(levels[store_level(s->server->store)]);
}

static bool
durable_offered(const struct session *s)
{
	return store_on_disk(s->server->store);
}

static struct str
sasl_value(const struct session *s, char out[CAP_VALUE_ROOM])
{
	return authentication_mechanisms(s, out, CAP_VALUE_ROOM);
}

static bool
sasl_offered(const struct session *s)
{
	char room[CAP_VALUE_ROOM];

	return sasl_value(s, room).len > 0;
}

static struct str
registration_value(const struct session *s, char out[CAP_VALUE_ROOM])
{
	bool early = setting_on(s->server->cli->settings, ACCOUNTS_BEFORE_CONNECT);
	bool email = email_is_required(s->server);
	int n = snprintf(out, CAP_VALUE_ROOM, "%s%s%s", early ? "before-connect" : "",
	    early && email ? "," : "", email ? "email-required" : "");

	return (struct str){ out, (size_t)n };
}

static bool
registration_offered(const struct session *s)
{
	return sasl_library[0] != '\0' &&
	       setting_number(s->server->cli->settings, ACCOUNTS_REGISTRATION) == REGISTRATION_OPEN;
}

static struct str
multiline_value(const struct session *s, char out[CAP_VALUE_ROOM])
{
	const struct serve_limits *l = &s->server->limits;
	int n = snprintf(out, CAP_VALUE_ROOM, "max-bytes=%zu,max-lines=%zu", l->multiline_bytes,
	    l->multiline_lines);

	return (struct str){ out, (size_t)n };
}

static struct str
metadata_value(const struct session *s, char out[CAP_VALUE_ROOM])
{
	const struct hub_rules *r = hub_rules(s->server->hub);
	int n = snprintf(out, CAP_VALUE_ROOM,
	    "before-connect,max-subs=%zu,max-keys=%zu,max-value-bytes=%zu",
	    s->server->limits.metadata_subs, r->metadata_keys, r->metadata_value);

	return (struct str){ out, (size_t)n };
}

/* What names of people elsewhere have, and no nick. */
static struct str
relaymsg_value(const struct session *s, char out[CAP_VALUE_ROOM])
{
	(void)s;
	(void)out;
	return STR("/");
}

static const struct {
	bool (*offered)(const struct session *s);
	struct str (*value)(const struct session *s, char out[CAP_VALUE_ROOM]);
} rows[CAP_COUNT] = {
	[CAP_SOCKCHAT_DURABLE] = { durable_offered, durable_value },
	[CAP_SASL] = { sasl_offered, sasl_value },
	[CAP_ACCOUNT_REGISTRATION] = { registration_offered, registration_value },
	[CAP_MULTILINE] = { NULL, multiline_value },
	[CAP_METADATA] = { NULL, metadata_value },
	[CAP_RELAYMSG] = { NULL, relaymsg_value },
};

cap_set
caps_offered(const struct session *s)
{
	cap_set all = 0;

	for (unsigned c = 0; c < CAP_COUNT; c++)
		if (rows[c].offered == NULL || rows[c].offered(s))
			all |= CAP_BIT(c);
	return all;
}

struct str
cap_value(const struct session *s, enum cap c, char out[CAP_VALUE_ROOM])
{
	return rows[c].value ? rows[c].value(s, out) : (struct str){ 0 };
}
