/*
 * Bans from the server at work: kept in the store, found by address when somebody is accepted,
 * asked for when somebody registers or logs in, and carried out on those who are here. What is
 * banned is the hub's to know (hub/server_ban.h).
 */
#ifndef SERVE_BANS_H
#define SERVE_BANS_H

#include "hub/server_ban.h"
#include "serve/session.h"

enum { BAN_TEXT_ROOM = 420 };

/* Those that the store has. -1: it could not be read. bans_close: safe at any stage. */
int bans_open(struct server *sv, struct err *e);
void bans_close(struct server *sv);

/* "until 2026-11-21 03:04:05 UTC: why", or "for good: why". */
struct str ban_text(const struct server_ban *b, char out[BAN_TEXT_ROOM]);

/* NULL: it is not banned. */
const struct server_ban *ban_of_address(const struct server *sv, const struct addr *a);
/* Whether a ban, of this text, matches somebody who is here. */
bool ban_matches(struct str mask, const struct session *s);

/* A newcomer whose address is banned is told so, a `web` client by HTTP, and the descriptor closed:
 * true. */
bool ban_at_accept(struct server *sv, int fd, const struct addr *peer, bool web);
/* Each: the session has ended, for it is banned. By its address; as what it is about to be; by the
 * account that it is about to log in to. */
bool ban_of_origin(struct session *s);
bool ban_at_registration(struct session *s, const struct event *connect);
bool ban_at_login(struct session *s, struct str account);

/* EVENT_BAN and EVENT_UNBAN: into the store; from here on lines wait for the ticket. */
void bans_keep(struct server *sv, const struct event *ev);
/* ... told to the operators; and what follows of them. */
void announce_ban(struct server *sv, struct session *by, struct event *ev);
void bans_note(struct server *sv, const struct event *ev);

#endif
