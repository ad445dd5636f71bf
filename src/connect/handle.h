/* What handle.c's table points to: one function for each thing a server may say. */
#ifndef CONNECT_HANDLE_H
#define CONNECT_HANDLE_H

#include "connect/session.h"

typedef void handler_function(struct session *s, const struct irc_message *m);

/* register.c: who we are, what the server is like */
handler_function handle_cap;
handler_function handle_welcome;
handler_function handle_isupport;
handler_function handle_host;
handler_function handle_nick_bad;
handler_function handle_nick_taken;
handler_function handle_refused;

/* login.c: the account */
handler_function handle_authenticate;
handler_function handle_logged_in;
handler_function handle_login_failed;
handler_function handle_mechanisms;

/* answers.c: numerics and other answers */
handler_function handle_away_of;
handler_function handle_away_own;
handler_function handle_batch;
handler_function handle_chathistory;
handler_function handle_error_line;
handler_function handle_error;
handler_function handle_fail;
handler_function handle_motd;
handler_function handle_names;
handler_function handle_names_end;
handler_function handle_note;
handler_function handle_ping;
handler_function handle_pong;
handler_function handle_reply;
handler_function handle_join_refused;
handler_function handle_topic_reply;
handler_function handle_who;

/* The parameters from `from` on, a space between two, as one text; cut to size. */
struct str handle_joined(const struct irc_message *m, unsigned from, char *out, size_t size);
/* News of that kind, with what the line says of all news. */
struct news handle_news(const struct session *s, enum news_kind kind, const struct irc_message *m);
void handle_note_userhost(struct session *s, struct str source);
/* Logging in may begin: the capability is there. False: it is refused, or there is no need to. */
bool login_begin(struct session *s);
void handle_login_over(struct session *s); /* done: registration goes on */
bool login_wanted(const struct session *s);
void login_end(struct session *s); /* of the exchange, however far it is */
/* The channels meant are joined, as far as they were to be had. */
void handle_ready(struct session *s);

#endif
