/*
 * The loader: one epoll thread that is many clients of one server, says known messages and checks
 * each delivery. load.c options, load_client.c connections and bytes, load_line.c what comes in,
 * load_run.c the measurements, load_check.c the bookkeeping, load_process.c CPU and memory.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "load_check.h"

enum mode { MODE_CONNECT, MODE_FANOUT, MODE_IDLE, MODE_OPEN_LOOP, MODE_PAIRS };
enum dialect { DIALECT_IRC, DIALECT_NATS, DIALECT_RAW };

struct options {
	int64_t mode, dialect;
	int64_t port; /* on 127.0.0.1; 0: the Unix socket */
	const char *unix_path;
	int64_t pid;         /* the server's; 0: its CPU and memory are not measured */
	const char *name;    /* the server's, in the result */
	const char *channel; /* where the messages go */
	const char *prefix;  /* of the clients' names */
	int64_t members;     /* clients in all */
	int64_t senders;     /* the first so many of them speak */
	int64_t bytes;       /* text of one message */
	int64_t window;      /* messages of one sender that are on the way at once */
	int64_t in_flight;   /* clients that are connecting at once */
	int64_t group;       /* connect, idle: clients in one channel; 0: none joins any */
	int64_t one_channel; /* connect, idle: all join `channel` instead */
	int64_t per_address; /* connections from one source address */
	int64_t repeat;      /* measurements in a row */
	int64_t drain_ms;    /* what is on the way is waited for until nothing came this long */
	int64_t hold_ms;     /* idle: how long the server's CPU is watched */
	int64_t apart;       /* open-loop: so many, the last ones, are counted apart */
	int64_t stall;       /* ... and read nothing while the others are measured */
	double seconds;      /* of one measurement */
	double timeout;      /* of everything */
	double rate;         /* open-loop: messages a second at first */
	double ramp;         /* open-loop: times this after each step; up to 1: one step only */
	double until_ms;     /* open-loop: the ramp ends when p99 is above */
	double most_rate;    /* open-loop: the ramp ends here */
};

enum client_state {
	CLIENT_NEW,
	CLIENT_CONNECTING,
	CLIENT_REGISTERING,
	CLIENT_JOINING,
	CLIENT_READY,
	CLIENT_GONE,
};

struct client {
	int fd;
	uint32_t number;
	enum client_state state;
	uint32_t next;       /* number of its next message */
	uint32_t unanswered; /* its messages that have not reached everyone */
	bool due;            /* in load.due: its window has room */
	bool waits_writable; /* EPOLLOUT is asked for */
	bool greeted;        /* raw: has heard the greeting */
	bool stalled;        /* reads nothing */
	uint64_t order;      /* with options.apart: stands for all that came, in its order */
	int64_t began;       /* ns */
	char address[48];    /* what stands in front of the text of its messages */
	size_t address_len;
	struct buf partial; /* a line without its end */
	struct buf out;     /* what the kernel has not taken begins at out_from */
	size_t out_from;
};

struct load {
	struct options options;
	size_t prefix_len;
	struct client *clients; /* options.members of them */
	int epoll;
	uint32_t address; /* source addresses used up: the next is 127.0.0.(1 + address) */
	size_t started, ready, gone, greeted;
	struct tally tally;
	struct tally apart;       /* what came to those that are counted apart */
	struct histogram latency; /* ns */
	bool timing;              /* latencies count */
	bool sending;             /* windows are filled */
	struct track *tracks;     /* a row for each receiver, a column for each of its senders */
	uint16_t *heard; /* fanout: receivers so far; HEARD_SLOTS of them for each sender */
	uint32_t *due;   /* senders whose window has room */
	size_t due_count;
	uint64_t bytes_in;
	uint64_t joins;        /* JOIN lines heard */
	uint64_t refusals;     /* error lines from the server; the first few are shown */
	int64_t last_delivery; /* ns */
	int64_t deadline;      /* ns */
	char *input;           /* INPUT_SIZE bytes: where everything is read to */
};

enum {
	INPUT_SIZE = 256 << 10,  /* bytes asked for in one read */
	PARTIAL_MOST = 64 << 10, /* a longer line from a server ends the connection */
	OUT_MOST = 64 << 20,
	HEARD_SLOTS = 4096, /* more than any window */
	WINDOW_MOST = HEARD_SLOTS / 2,
	NAME_MOST = 16,         /* of --channel and --prefix */
	MEMBERS_MOST = 0xfffff, /* what NAME_DIGITS hold */
	NAME_DIGITS = 5,        /* behind the prefix in a client's name */
	NOTES_MOST = 5,         /* connections and error lines that are told of on standard error */
};

int64_t load_now(void); /* ns, monotonic */

/* load_client.c */

/* False (and *e) when memory or descriptors are short. */
bool load_start(struct load *l, struct err *e);
void load_end(struct load *l);
/* Waits at most `wait_ns` for something to happen, handles all of it, fills the windows. */
void load_step(struct load *l, int64_t wait_ns);
/* Connects all clients, `in_flight` at once, until each is ready or gone; false: took too long. */
bool load_open(struct load *l);
/* Until nothing came for 300 ms. */
void load_settle(struct load *l);
bool load_late(const struct load *l); /* the deadline is past */

/* Bytes for the server: sent at once, or when it takes them again. */
void client_printf(struct load *l, struct client *c, const char *fmt, ...) PRINTF_LIKE(3, 4);
void client_flush(struct load *l, struct client *c);
/* Puts the sender's next message into its out-buffer; `time` is what latency counts from. */
void client_speak(struct load *l, struct client *c, int64_t time);
void client_due(struct load *l, struct client *c); /* fill its window in the next turn */
void client_ready(struct load *l, struct client *c);
void client_stall(struct load *l, struct client *c, bool stalled);
void client_gone(struct load *l, struct client *c, const char *why);

/* load_line.c */

void line_hello(struct load *l, struct client *c); /* connected: say what the dialect begins with */
void line_in(struct load *l, struct client *c, struct str line, int64_t now); /* without its end */
void line_greet(
    struct load *l); /* raw: the last client speaks to all, which shows that all are in */
size_t line_greeted_wanted(const struct load *l);          /* how many are to hear it */
void line_address(const struct load *l, struct client *c); /* sets c->address */
size_t line_senders(const struct load *l);                 /* senders that one receiver hears */
uint32_t line_nth_sender(const struct load *l, uint32_t receiver, size_t column);
uint64_t line_expected(const struct load *l); /* deliveries that tally.sent must come to */
uint64_t line_expected_apart(const struct load *l);

/* load_run.c */

/* Runs the mode and prints a JSON object for each measurement. -1 and *e: was not measured. */
int load_run(struct load *l, struct err *e);

#endif
