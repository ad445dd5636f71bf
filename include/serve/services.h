/*
 * Services: names that a message can be sent to as to a person, and that answer. For clients that
 * know accounts no other way. What is sent to them is never shown, kept or logged.
 */
#ifndef SERVE_SERVICES_H
#define SERVE_SERVICES_H

#include "serve/session.h"

enum { SERVICE_WORDS = 4 };

/* A command for a service, as words. */
struct service_call {
	struct session *session;
	const struct service *service;
	struct str words[SERVICE_WORDS]; /* what follows the command's name; the rest is cut off */
	unsigned count;
};

enum service_access { SERVICE_ANYONE, SERVICE_LOGGED_IN, SERVICE_OPERATOR };

struct service_command {
	const char *name;
	enum service_access access;
	unsigned least; /* words */
	const char *usage, *help;
	void (*run)(struct service_call *c);
};

struct service {
	const char *name, *help;
	const struct service_command *commands; /* sorted by name; ends with a row without one */
};

extern const struct service nickserv, chanserv;

const struct service *service_find(struct str name); /* any case; NULL: no service */
/* A message to one: true when the target is a service. A NOTICE does nothing. */
bool service_message(struct session *s, enum event_kind kind, struct str target, struct str text);
void service_run(struct session *s, const struct service *service, struct str text);
/* The service says one line (a NOTICE). */
void service_say(struct session *s, const struct service *service, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
