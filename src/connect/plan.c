/* What one run is to do. */
#include "connect/plan.h"

#include <stdio.h>
#include <string.h>

#include "connect/json.h"

enum { FILTER_ATTEMPTS = 10 }; /* to connect again, in a row: about three minutes */

static struct str
unix_path(const struct cli *cli)
{
	/* A host on the command line is preferred to a socket in the configuration. */
	if (cli->count > 0 && !setting_flagged(cli->settings, CONNECT_UNIX))
		return STR("");
	return setting_text(cli->settings, CONNECT_UNIX);
}

/* One file for each identity on each server. */
static int
find_position(struct plan *p, struct err *e)
{
	const struct target *t = &p->client.target;
	const char *who = p->identity.account[0] ? p->identity.account : p->identity.nick;
	char server[TARGET_HOST_MOST + 16];

	if (t->path[0] != '\0')
		return resume_path(p->position, str_from(t->path), str_from(who), e);
	snprintf(server, sizeof(server), "%s:%u", t->host, t->port);
	return resume_path(p->position, str_from(server), str_from(who), e);
}

enum exit_code
plan_make(struct plan *p, const struct cli *cli, struct err *e)
{
	const struct settings *s = cli->settings;

	*p = (struct plan){ .settings = s };
	p->json = setting_on(s, CONNECT_JSON);
	p->once = setting_on(s, CONNECT_ONCE);
	if (p->json && json_library[0] == '\0') {
		err_set(e, "--json is not built in: build with the library jansson");
		return EXIT_USAGE;
	}
	if (target_parse(&p->client.target, cli->words, cli->count, unix_path(cli), e) == -1)
		return EXIT_USAGE;
	if (target_is_empty(&p->client.target))
		target_default(&p->client.target);
	p->resume = setting_on(s, CONNECT_RESUME);
	if (p->resume && p->once) {
		err_set(e, "either --resume or --once, not both: one reply is no conversation");
		return EXIT_USAGE;
	}
	if (identity_load(&p->identity, s, p->client.target.path[0] != '\0', e) == -1)
		return EXIT_CONFIG;
	if (p->resume && find_position(p, e) == -1)
		return EXIT_STORE;
	p->client.source = setting_text(s, CONNECT_SOURCE);
	p->client.interface = setting_text(s, CONNECT_INTERFACE);
	p->client.timeout = setting_number(s, CONNECT_TIMEOUT);
	p->client.reconnect = setting_on(s, CONNECT_RECONNECT);
	p->client.attempts = FILTER_ATTEMPTS;
	return EXIT_DONE;
}

static bool
mean_list(struct session *s, struct str list)
{
	while (list.len > 0)
		if (!session_mean(s, str_cut(&list, ','), STR("")))
			return false;
	return true;
}

static bool
mean_channels(const struct plan *p, struct session *s)
{
	const struct settings *settings = p->settings;
	bool any = setting_text(settings, CONNECT_TO).len == 0 ||
		   setting_given(settings, CONNECT_CHANNEL);

	if (p->client.target.channels[0] != '\0')
		return mean_list(s, str_from(p->client.target.channels));
	/* Who writes to one person need not be seen in the channel that is joined by default. */
	for (size_t i = 0; any && i < setting_count(settings, CONNECT_CHANNEL); i++) {
		struct str name = setting_item(settings, CONNECT_CHANNEL, i);
		if (name.len > 0 && !session_mean(s, name, STR("")))
			return false;
	}
	return true;
}

enum exit_code
plan_session(const struct plan *p, struct session *s, const struct session_handler *handler,
    void *owner, struct err *e)
{
	struct session_config config = identity_config(&p->identity);
	struct str to = setting_text(p->settings, CONNECT_TO);

	config.past = p->past;
	config.resume = p->resume;
	config.durable = setting_on(p->settings, CONNECT_DURABLE);
	session_init(s, &config, handler, owner);
	if (!mean_channels(p, s)) {
		err_set(e, "a channel's name is too long, or there are more than %d", ROSTER_MOST);
		return EXIT_USAGE;
	}
	if (to.len > ROSTER_NAME_MOST || (to.len > 0 && to.p[0] == ':')) {
		err_set(e, "'" STR_FMT "' is no name", STR_ARG(str_first(to, 60)));
		return EXIT_USAGE;
	}
	if (to.len > 0)
		session_talk(s, to);
	return EXIT_DONE;
}
