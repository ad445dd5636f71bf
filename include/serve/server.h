/* One running server: what its parts share. One thread owns all of it. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "base/buf.h"
#include "base/mailbox.h"
#include "base/table.h"
#include "cli/settings.h"
#include "hub/hub.h"
#include "net/conn.h"
#include "net/listen.h"
#include "net/notify.h"
#include "serve/changes.h"
#include "serve/form.h"
#include "serve/operators.h"
#include "serve/render.h"
#include "serve/withhold.h"
#include "store/store.h"

struct session;
struct lane;
struct sent;
struct accounts;
struct attempts;
struct notes;
struct subnet;
struct gateway;

/* The settings that are asked for again and again, read once at start and at each reload. */
struct serve_limits {
	size_t targets, nick_changes, clients, clients_per_address, send_queue;
	int64_t registration_timeout, ping_interval, ping_timeout; /* ms */
	int64_t input_rate, input_burst;                           /* lines a second, lines */
	size_t history, replay, replay_missed;                     /* messages */
	int64_t redact_time;                                       /* ms */
	size_t multiline_bytes, multiline_lines;
	size_t monitor;
	size_t metadata_subs, metadata_changes;
};

/* Replies to a labelled command are told apart until it ends (labeled-response). */
struct gather {
	struct session *session; /* whose command is under way with a label; NULL: none */
	struct str label;
	struct buf first; /* the first line waits for a second: then they are a batch */
	uint64_t ticket;  /* of a message that the command sent and the store may refuse; 0: none */
	uint64_t batches, reference; /* the last batch's number; that of this command's */
	size_t count;                /* of lines */
	bool answered;               /* by a batch of its own, which bore the label */
};

/* Accounts, and how often somebody tried (serve/login.h). */
struct logins {
	struct accounts *accounts;
	struct attempts *addresses, *names; /* passwords: from an address, for an account */
	struct attempts *registrations;     /* from an address */
	bool known;                         /* the store had a secret already */
	struct {
		struct hashing *first, **end; /* of the queue; end NULL: it was never used */
		unsigned started;             /* with the helper thread */
		unsigned alone;               /* in the queue, their sessions are gone */
	} hashing;                            /* serve/hashing.h */
};

/* A labelled command is to go on later: what was gathered of its answer so far. */
struct gather_pause {
	char *label; /* owned; NULL: it has none */
	struct buf first;
	uint64_t ticket, reference;
	size_t count;
};

/* An answer that comes late goes to the place in the queue that was kept for it. */
struct late_answer {
	struct session *session; /* that is being answered; NULL: none */
	struct buf text;         /* its lines */
};

/* Who is trusted to say from where others come (serve/origin.h). */
struct origins {
	struct subnet *proxies;
	struct gateway *gateways;
	size_t proxy_count, gateway_count;
	bool proxy_required;
};

/* Bans by address (serve/bans.h). */
struct bans {
	struct table *nets;       /* by network */
	unsigned lengths[2][129]; /* how many of so many bits: IPv4, IPv6 */
	struct timer timer;       /* the first of any kind ends */
	bool sweeping;            /* some are ending */
};

struct server {
	struct loop *loop;
	struct conns *conns;
	struct listeners *listeners;
	struct mailbox *mailbox;
	struct source mailbox_source;
	struct notify notify;
	struct hub *hub;
	struct store *store;
	struct source store_source;
	bool store_down; /* it takes nothing at the moment */
	struct sent *sent;
	struct notes *notes;
	struct withholding withholding;
	struct changes changes;
	struct logins logins;
	struct local_operators local_operators;
	struct origins origins;
	uint64_t cloak_key[2];
	struct bans bans;
	struct cli *cli; /* cli->settings are in effect */
	struct serve_limits limits;
	struct render_names names;
	struct forms forms;
	struct gather gather;
	struct late_answer late;
	uint64_t batches;         /* numbers of the batches of answers */
	struct chunk *replies;    /* this turn's private lines, of all connections */
	struct lane **open_lanes; /* lanes that hold a chunk of this turn */
	size_t open_count, open_cap;
	/* of the last storable event applied: what every line waits for */
	uint64_t ticket;
	uint64_t marks;           /* numbers for "each hears once" */
	uint32_t renderings;      /* numbers for the lines of one event */
	struct table *monitored;  /* nicks that sessions watch (serve/monitor.h); NULL: none */
	size_t subscribers;       /* sessions that hear of metadata */
	struct table *addresses;  /* struct address_count by addr_key: clients of each */
	struct session *sessions; /* all, a ring without order: first */
	size_t session_count, sessions_most;
	size_t closing_count; /* of them: have had their goodbye */
	size_t unknown_count; /* not registered, not closing */
	size_t behind_count;  /* read too slowly (serve/behind.h) */
	struct str motd;      /* owned text of the file; empty: none */
	struct str password;  /* owned; empty: none */
	char *name, *network, *lobby, *description, *admin; /* owned */
	char *isupport;                /* owned: the tokens, separated by spaces */
	int64_t started_wall, started; /* ms; wall and monotonic */
	uint64_t clients_seen, messages;
	uint64_t command_counts[128]; /* by row of the command table, for STATS m */
	struct timer patience;        /* with those who do not take their goodbye */
	unsigned not_shown;           /* messages, because nobody took them (show_messages) */
	bool show_messages;
	bool motd_changed, password_changed; /* by the last server_configure() */
	bool stopping;
};

/* A server without listeners: it serves whom session_accept is given. Returns an exit code, with a
 * sentence when it is not EXIT_DONE; server_close is due in any case. */
int server_open(struct server *sv, struct cli *cli, struct err *e);
void server_close(struct server *sv);

/* An event's whole way: apply, store, announce, settle. `by` is the session that asked (NULL: the
 * server itself). */
enum verdict server_event(struct server *sv, struct session *by, struct event *ev);

/* REHASH and SIGHUP: reads the configuration again; a wrong one changes nothing. The sentences for
 * a person go to
 * `by` (NULL: to the log only). */
void server_reload(struct server *sv, struct session *by);
/* Says goodbye to everyone and ends the loop when all is flushed or the time is up. */
void server_stop(struct server *sv, const char *reason);

#endif
