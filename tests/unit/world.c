/* Hubs for tests. */
#include "world.h"

#include "base/clock.h"

static const struct hub_rules rules = { .name_length = 10,
	.channel_length = 12,
	.topic_length = 8,
	.kick_length = 8,
	.away_length = 8,
	.message_length = 20,
	.channels = 3,
	.list_modes = 2,
	.accepts = 2,
	.metadata_keys = 2,
	.metadata_value = 8 };

static const struct {
	const char *name;
	enum event_kind kind;
} verbs[] = { { "CONNECT", EVENT_CONNECT }, { "NICK", EVENT_NICK }, { "QUIT", EVENT_QUIT },
	{ "JOIN", EVENT_JOIN }, { "PART", EVENT_PART }, { "KICK", EVENT_KICK },
	{ "MODE", EVENT_MODE }, { "TOPIC", EVENT_TOPIC }, { "INVITE", EVENT_INVITE },
	{ "SAY", EVENT_MESSAGE }, { "AWAY", EVENT_AWAY }, { "SETNAME", EVENT_SETNAME },
	{ "OPER", EVENT_OPER }, { "KILL", EVENT_KILL }, { "WALLOPS", EVENT_WALLOPS },
	{ "ACCOUNT", EVENT_ACCOUNT }, { "OWNER", EVENT_OWNER }, { "ACCESS", EVENT_ACCESS },
	{ "HOST", EVENT_HOST }, { "ACCEPT", EVENT_ACCEPT }, { "META", EVENT_METADATA } };

static void
parse_modes(struct world *w, struct str words)
{
	struct str letters = str_word(&words);
	bool add = true;

	for (size_t i = 0; i < letters.len; i++) {
		if (letters.p[i] == '+' || letters.p[i] == '-') {
			add = letters.p[i] == '+';
			continue;
		}
		const struct channel_mode *mode = channel_mode_find(letters.p[i]);
		struct mode_change *m = &w->changes[w->last.change_count++];
		*m = (struct mode_change){ .add = add, .letter = letters.p[i] };
		if (mode != NULL && mode->kind != MODE_FLAG && (add || mode->kind != MODE_SETTING))
			m->param = str_word(&words);
	}
}

static void
parse_event(struct world *w, struct str line)
{
	struct str actor = str_word(&line), verb = str_word(&line);
	struct event *ev = &w->last;

	*ev = (struct event){ .kind = EVENT_KIND_COUNT, .changes = w->changes };
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (str_eq(verb, str_from(verbs[i].name)))
			ev->kind = verbs[i].kind;
	assert_int_not_equal(ev->kind, EVENT_KIND_COUNT);
	ev->actor = hub_user(w->hub, actor);
	switch (ev->kind) {
	case EVENT_CONNECT:
		ev->target = actor;
		ev->object = STR("~user");
		ev->host = STR("host");
		ev->text = STR("Real");
		return;
	case EVENT_QUIT:
	case EVENT_AWAY:
	case EVENT_SETNAME:
	case EVENT_OPER:
	case EVENT_WALLOPS:
	case EVENT_ACCOUNT:
		break;
	case EVENT_ACCEPT: /* nick, + or - */
	case EVENT_KILL:
		ev->object = str_word(&line);
		break;
	case EVENT_HOST: /* nick, host, user name */
		ev->object = str_word(&line);
		ev->host = str_word(&line);
		break;
	default:
		ev->target = str_word(&line);
	}
	if (ev->kind == EVENT_KICK || ev->kind == EVENT_INVITE || ev->kind == EVENT_ACCESS ||
	    ev->kind == EVENT_METADATA)
		ev->object = str_word(&line);
	if (ev->kind == EVENT_MODE)
		parse_modes(w, line);
	ev->text = str_trim(line);
	if (ev->kind == EVENT_METADATA && ev->text.len == 0)
		ev->text.p = NULL; /* it is to be unset */
}

enum verdict
world_apply(struct world *w, struct str line)
{
	enum verdict v;

	parse_event(w, line);
	assert_true(w->last.kind == EVENT_CONNECT || w->last.actor != NULL);
	v = hub_apply(w->hub, &w->last);
	if (v == VERDICT_OK && w->last.kind == EVENT_MODE)
		for (unsigned i = 0; i < w->last.change_count; i++)
			if (v == VERDICT_OK)
				v = w->changes[i].verdict;
	if (v == VERDICT_OK)
		hub_settle(w->hub, &w->last);
	return v;
}

enum verdict
world_play(struct world *w, const char *script)
{
	struct str rest = str_from(script);
	enum verdict v = VERDICT_NOTHING;

	while (rest.len > 0)
		v = world_apply(w, str_trim(str_cut(&rest, ';')));
	return v;
}

void
world_open(struct world *w)
{
	struct err e;

	clock_fake(1000, 1700000000000);
	*w = (struct world){ .hub = hub_new(&rules, &e) };
	assert_non_null(w->hub);
	world_play(w, "a CONNECT; b CONNECT; c CONNECT");
}

void
world_close(struct world *w)
{
	hub_free(w->hub);
	clock_fake(-1, -1);
}
