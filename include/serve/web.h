/*
 * The way in for WebSockets: the request is read and judged, web pages from elsewhere are turned
 * away, and the session goes on in the form that its subprotocol asks for. IRCv3 WebSocket
 * specification; RFC 6455, section 4.2.
 */
#ifndef SERVE_WEB_H
#define SERVE_WEB_H

#include "net/handshake.h"
#include "net/ws.h"
#include "serve/session.h"

/* A newcomer, before it has a connection: its request is waited for. False: no memory. */
bool web_expect(struct session *s);
/* Input of a session whose dialect is DIALECT_HTTP. Returns how much was used. */
size_t web_bytes(struct session *s, struct str in);
/* Answers the request with an error (`why`: a sentence) and ends the session. */
void web_refuse(struct session *s, enum http_status status, const char *why);
/* The session ends for this reason before the request was answered: answers it, once. */
void web_goodbye(struct session *s, struct str reason);
/* The session ends: says so to its WebSocket, if it is one. */
void web_close(struct session *s, struct str reason);
/* The answer to who comes when no descriptor is left. */
struct str web_full(void);
/* ... and to whose address is banned, until when and why. */
enum { WEB_BANNED_ROOM = 640 };
struct str web_banned(const char *text, char out[WEB_BANNED_ROOM]);

#endif
