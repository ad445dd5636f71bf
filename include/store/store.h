/*
 * The store: what is kept of events, and the word on when it is safe. What is to be kept gathers in
 * a batch, which has a number, its ticket; lines that tell of it leave when their ticket is
 * durable. Written twice: memory.c keeps rows in a ring for each target, nothing beyond the
 * process, and every ticket is durable when its batch is handed over; durable.c keeps them in
 * SQLite, by a thread of its own. All functions are for the loop's thread.
 *
 * Besides rows there is a state: texts by key ("channel/#c", "account/ada"), the latest of each.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "store/record.h"

enum store_durability {
	STORE_FULL,   /* durable: fsync was done; a power cut loses nothing */
	STORE_NORMAL, /* durable: written; a crash of the program loses nothing, a power cut may */
	STORE_NONE,   /* as NORMAL, and the system decides when anything reaches the disk */
};

/* What is kept, pruned in small steps while nothing waits for a commit. 0: no bound; but memory
 * must have one: then 1,000 rows of a target, and 64 MiB. */
struct store_retention {
	int64_t age;    /* ms */
	uint64_t rows;  /* of one target */
	uint64_t bytes; /* of the file, or of memory, in all */
};

struct store_config {
	struct str path; /* empty: memory; else the file, made 0600 in a folder that is there */
	enum store_durability durability;
	struct store_retention retention;
};

struct store;

extern const char store_library[]; /* "sqlite", or "" when there is memory only */

/* NULL: a sentence in *e (locked by another sockchat, newer format, not a database, …). `progress`
 * (or NULL) is told a sentence when opening takes more than a second. */
struct store *store_open(
    const struct store_config *c, void (*progress)(const char *sentence), struct err *e);
/* Hands over what gathered, waits for it, closes. Queries that wait are forgotten. NULL is
 * allowed. */
void store_close(struct store *s);
void store_set_retention(struct store *s, const struct store_retention *r);
bool store_on_disk(const struct store *s); /* its durability outlives the process */
enum store_durability store_level(const struct store *s);

/* ---- what was kept: at start, before anything is appended ---------------------------------------
 */
uint64_t store_last_number(struct store *s); /* the greatest of any row; 0: none */
/* Every state text whose key starts with `prefix`, sorted by key. -1: could not be read. */
int store_state_each(struct store *s, struct str prefix,
    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e);
/* Rows with a client_id and a number above `after`, the latest `most` of them, oldest first. */
int store_ids_each(struct store *s, uint64_t after, size_t most,
    void (*fn)(void *arg, const struct record *r), void *arg, struct err *e);

/* ---- writing ------------------------------------------------------------------------------------
 */
/* Each joins the batch that gathers and returns its ticket. What the memory is too short for makes
 * that batch fail. */
uint64_t store_append(struct store *s, const struct record *r);
uint64_t store_put(struct store *s, struct str key, struct str value); /* empty value: forget it */
uint64_t store_erase(struct store *s, uint64_t number);                /* a row, for good */
/* The rows of target `from` are those of `to` from now on, and those that `to` had nobody's. Names
 * of channels. `number`: an event's; what is held may come twice, and is done once. */
uint64_t store_rename(struct store *s, struct str from, struct str to, uint64_t number);
/* At the end of a turn: hands the batch over unless one is being committed. Returns the highest
 * settled ticket: it and all before it are durable, or were reported by failed(). */
uint64_t store_commit(struct store *s);

/* Readable when store_deliver has something to do; -1: never (memory). */
int store_fd(const struct store *s);
void store_deliver(struct store *s); /* calls back: settled batches, answers */

struct store_handler {
	/* The batch with this ticket was not kept. Its rows of messages (MESSAGE, NOTICE, TAGMSG)
	 * are withdrawn: should they turn up on the disk they are deleted. Everything else that was
	 * in it is held, and kept when the store is back. Called before store_commit tells that the
	 * ticket is settled. */
	void (*failed)(void *arg, uint64_t ticket, const char *why);
	/* Batches fail from now on, until back(): said once each time. `why` is for people. */
	void (*down)(void *arg, const char *why);
	void (*back)(void *arg);
};
void store_handle(struct store *s, const struct store_handler *h, void *arg);

/* ---- reading ------------------------------------------------------------------------------------
 */
enum store_question {
	STORE_ROWS,    /* of `target`; where there are `targets`, of all of these */
	STORE_TARGETS, /* `target` is an identity: the last row of each conversation it is in */
	STORE_SEARCH,  /* messages in any of `targets` whose text has all words of `text` */
};

struct store_query {
	enum store_question what;
	struct str target;
	const struct str *targets; /* of SEARCH and ROWS, each once; lent for the call */
	size_t target_count;
	struct str text, sender; /* of SEARCH; sender: a nick, empty: any */
	uint64_t after, before;  /* numbers, both exclusive; 0 and UINT64_MAX are open */
	uint64_t kinds;          /* bit n: enum event_kind n */
	unsigned limit;          /* rows at most */
	bool newest;             /* those nearest to `before`, else nearest to `after` */
};

/* Rows in the order of their numbers, whatever was asked. `why` is NULL, or the answer is none. */
typedef void store_answer(void *arg, const struct record *rows, size_t count, const char *why);
struct store_asked;

/*
 * The answer has every row appended before this call, durable ones only, and none appended later.
 * It comes from store_deliver; with the memory store from within this call, and the result is then
 * NULL as it is when memory is short (after done() with a sentence).
 */
struct store_asked *store_ask(
    struct store *s, const struct store_query *q, store_answer *done, void *arg);
void store_forget(struct store_asked *a); /* the asker is gone: done() will not be called */

#endif
