/* Services: finding them, what all their commands have in common, and how they speak. */
#include "serve/services.h"

#include <stdarg.h>
#include <stdio.h>

#include "serve/commands.h"
#include "serve/login.h"
#include "serve/reply.h"

static const struct service *const services[] = { &chanserv, &nickserv };

enum { SERVICES = sizeof(services) / sizeof(services[0]), LINE_MOST = 400 };

const struct service *
service_find(struct str name)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (str_eq_nocase(name, str_from(services[i]->name)))
			return services[i];
	return NULL;
}

static void
begin(struct reply *r, struct session *s, const char *source, const char *verb, const char *target)
{
	reply_begin(r, s);
	r->line.at = r->body;
	line_char(&r->line, ':');
	line_text(&r->line, source);
	line_char(&r->line, ' ');
	line_text(&r->line, verb);
	line_char(&r->line, ' ');
	line_text(&r->line, target);
	LINE_LIT(&r->line, " :");
}

void
service_say(struct session *s, const struct service *service, const char *fmt, ...)
{
	char text[LINE_MOST], source[IRC_HOST_MOST + 32];
	struct reply r;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (s->dialect == DIALECT_PLAIN) {
		reply_notice(s, "[%s -> you] %s", service->name, text);
		return;
	}
	snprintf(source, sizeof(source), "%s!%s@%s", service->name, service->name, s->server->name);
	begin(&r, s, source, "NOTICE", reply_text(session_nick(s)));
	line_text(&r.line, text);
	reply_end(&r);
}

/* To the one who wrote it alone: it may have a password in it. */
static void
echo(struct session *s, const char *verb, const struct service *service, struct str text)
{
	char mask[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];
	struct reply r;

	if (s->dialect == DIALECT_PLAIN || (s->caps & CAP_BIT(CAP_ECHO_MESSAGE)) == 0)
		return;
	user_mask(s->user, mask, sizeof(mask));
	begin(&r, s, mask, verb, service->name);
	line_str(&r.line, text);
	reply_end(&r);
}

static const struct service_command *
command_find(const struct service *service, struct str name)
{
	const struct service_command *c = service->commands;

	while (c->name != NULL && !str_eq_nocase(name, str_from(c->name)))
		c++;
	return c->name ? c : NULL;
}

static bool
may_run(const struct service_call *call, const struct service_command *c)
{
	struct session *s = call->session;

	if (c->access == SERVICE_LOGGED_IN && session_account(s) == NULL)
		service_say(s, call->service, "Log in first: /msg NickServ IDENTIFY <password>");
	else if (c->access == SERVICE_OPERATOR && !user_is(s->user, USER_OPERATOR))
		service_say(s, call->service, "%s is for operators of this server", c->name);
	else if (call->count < c->least)
		service_say(s, call->service, "Usage: %s %s", c->name, c->usage);
	else
		return true;
	return false;
}

static void
help(struct session *s, const struct service *service)
{
	service_say(s, service, "%s", service->help);
	for (const struct service_command *c = service->commands; c->name != NULL; c++)
		if (c->access != SERVICE_OPERATOR || user_is(s->user, USER_OPERATOR))
			service_say(s, service, "%s %s: %s", c->name, c->usage, c->help);
}

void
service_run(struct session *s, const struct service *service, struct str text)
{
	struct service_call call = { .session = s, .service = service };
	struct str name = str_word(&text), word;
	const struct service_command *c = command_find(service, name);

	while (call.count < SERVICE_WORDS && (word = str_word(&text)).len > 0)
		call.words[call.count++] = word;
	if (name.len == 0 || str_eq_nocase(name, STR("HELP")))
		help(s, service);
	else if (c == NULL)
		service_say(
		    s, service, "There is no command %s; HELP lists them", reply_cut(name, 32));
	else if (s->waiting != NULL)
		service_say(s, service, "One thing at a time; %s was not done", c->name);
	else if (may_run(&call, c))
		c->run(&call);
}

bool
service_message(struct session *s, enum event_kind kind, struct str target, struct str text)
{
	const struct service *service = service_find(target);

	if (service == NULL)
		return false;
	if (kind == EVENT_TAGMSG)
		return true;
	echo(s, kind == EVENT_NOTICE ? "NOTICE" : "PRIVMSG", service, text);
	/* a service that answered notices would answer another one's */
	if (kind == EVENT_MESSAGE)
		service_run(s, service, text);
	return true;
}

/* The parameters as one text again. */
static void
run_words(struct session *s, const struct service *service, const struct irc_message *m)
{
	struct buf text = BUF_INIT(IRC_TEXT_MOST);

	for (unsigned i = 0; i < m->count; i++) {
		buf_add_str(&text, m->params[i]);
		buf_add_char(&text, ' ');
	}
	service_run(s, service, buf_str(&text));
	if (text.data != NULL)
		explicit_bzero(text.data, text.cap);
	buf_free(&text);
}

void
cmd_chanserv(struct session *s, const struct irc_message *m)
{
	run_words(s, &chanserv, m);
}

void
cmd_nickserv(struct session *s, const struct irc_message *m)
{
	run_words(s, &nickserv, m);
}
