/* The IRC commands: one row each in serve/commands.c. */
#ifndef SERVE_COMMANDS_H
#define SERVE_COMMANDS_H

#include "irc/message.h"
#include "serve/session.h"

/* Who may use a command; checked once, by the dispatcher. */
enum command_access {
	ANY, /* before and after registration */
	REGISTERED,
	TARGETS,  /* REGISTERED; names several, up to [limits] targets (TARGMAX) */
	OPERATOR, /* of the server */
	/* REGISTERED; with the capability of it before registration, too */
	EARLY_AWAY,
	EARLY_ISUPPORT,
	ACCESS_COUNT
};

typedef void command_fn(struct session *s, const struct irc_message *m);

struct irc_command {
	const char *name;
	enum command_access access;
	unsigned least;    /* parameters */
	const char *usage; /* of the parameters */
	const char *help;  /* a sentence, for HELP and the manual */
	command_fn *run;
};

extern const struct irc_command irc_commands[]; /* sorted by name */
extern const size_t irc_command_count;
const struct irc_command *irc_command_find(struct str name); /* any case; NULL: no such command */

/* The handlers, by file. */
command_fn cmd_cap, cmd_nick, cmd_user, cmd_pass, cmd_ping, cmd_pong, cmd_quit, cmd_error;
command_fn cmd_knock, cmd_rename, cmd_join, cmd_part, cmd_topic, cmd_names, cmd_list, cmd_invite,
    cmd_kick, cmd_mode;
command_fn cmd_accept, cmd_privmsg, cmd_relaymsg, cmd_notice, cmd_tagmsg, cmd_away, cmd_setname;
command_fn cmd_who, cmd_whois, cmd_whowas, cmd_ison, cmd_userhost, cmd_userip, cmd_monitor;
command_fn cmd_motd, cmd_version, cmd_time, cmd_admin, cmd_info, cmd_lusers, cmd_help, cmd_links,
    cmd_stats, cmd_isupport;
command_fn cmd_authenticate, cmd_register, cmd_verify, cmd_nickserv, cmd_chanserv;
command_fn cmd_chathistory, cmd_chghost, cmd_markread, cmd_metadata;
command_fn cmd_redact, cmd_search, cmd_batch;
command_fn cmd_ban, cmd_unban, cmd_webirc, cmd_oper, cmd_kill, cmd_wallops, cmd_rehash, cmd_die;

/* Walks "a,b,c": takes one item off the front; false at the end. Empty items are passed over. */
bool list_next(struct str *list, struct str *item);
/* The next target, when there are not more than [limits] targets; else a numeric, once, and
 * false. */
struct targets {
	struct str rest;
	size_t taken;
};
bool target_next(struct session *s, struct targets *t, struct str *target);

/* One message on its way: sent, or echoed again when the client sent it before under the same
 * id. */
void message_send(struct session *s, struct event *ev);
/* sockchat/id of a message; false: it is none, and was refused. Empty: it has none. */
bool message_id(
    struct session *s, const char *command, const struct irc_message *m, struct str *id);
/* The client-only tags of a message as they came: "+a=b;+c". What does not fit is none. */
struct str client_tags(const struct irc_message *m, struct buf *out);

/* MARKREAD of the target, to those who have the capability; the session ends. */
void reply_marker(struct session *s, struct str target);
void markers_free(struct session *s);
/* Those of a session without an account follow the name of a channel, both folded. */
void markers_rename(struct session *s, struct str old, struct str name);

/* A message that is part of a batch, or that says so: true, it was dealt with. */
bool multiline_takes(struct session *s, const struct irc_message *m);
void multiline_free(struct session *s); /* NULL is allowed */

/* Pieces that several commands and the welcome use. */
void reply_lusers(struct session *s);
void reply_motd(struct session *s);
void reply_isupport(struct session *s); /* a batch, for those who want it so */
void stats_operators(struct session *s);
void stats_bans(struct session *s);
/* The tokens of RPL_ISUPPORT, from settings and tables; owned by the caller; NULL: no memory. */
char *isupport_tokens(const struct server *sv);
/* Prefixes of a member, "@" or with multi-prefix "@+"; out has 3 bytes. */
struct str member_prefixes(const struct membership *m, bool all, char out[3]);

#endif
