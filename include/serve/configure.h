/* From settings to a server: what is read once at start, and again at a reload. */
#ifndef SERVE_CONFIGURE_H
#define SERVE_CONFIGURE_H

#include "serve/server.h"

/* The parts that only a restart changes: names. Before server_configure. */
int server_name(struct server *sv, const struct settings *st, struct err *e);
/* Limits, files, operators: all or nothing. -1 with a sentence. */
int server_configure(struct server *sv, const struct settings *st, struct err *e);
struct store_retention retention_of(const struct settings *st);
struct hub_rules hub_rules_of(const struct settings *st);
struct conns_limits conns_limits_of(const struct settings *st);

#endif
