/*
 * Operators of the server by the kernel's word: local users, and those in local groups, who come
 * over a Unix socket ([serve] unix-operator). Names become ids when the settings are read.
 */
#ifndef SERVE_OPERATORS_H
#define SERVE_OPERATORS_H

#include "base/err.h"
#include "cli/settings.h"

struct session;

struct local_operator {
	bool group;
	uint32_t id;
	char *name; /* as configured: "root", "@wheel"; owned */
};

struct local_operators {
	struct local_operator *rows;
	size_t count;
};

/* -1: a name that this machine does not know, or no memory; *out is empty then. Looks names up,
 * which can block on a network directory: at start and reload. */
int local_operators_read(const struct settings *st, struct local_operators *out, struct err *e);
void local_operators_free(struct local_operators *all);

/* The row that makes this session an operator; NULL: none does. */
const struct local_operator *local_operator_of(const struct session *s);
/* The session has registered: it becomes an operator, if it is to be one. */
void local_operator_greet(struct session *s);
/* Without a password: its user becomes the operator of that row. */
void local_operator_make(struct session *s, const struct local_operator *row);

#endif
