/* What the tests of the store share: a store of either way, and answers as text. */
#ifndef TESTS_UNIT_KEEPER_H
#define TESTS_UNIT_KEEPER_H

#include "expect.h"
#include "store/store.h"

/* A store in memory, or in a file of a folder of its own, which goes when the test ends. */
struct keeper {
	struct store *store;
	struct store_config config;
	char folder[64], path[96]; /* empty: memory */
	unsigned failed, down, back;
	char why[512];      /* of the last failure */
	uint64_t failed_at; /* the ticket */
};

void keeper_open(struct keeper *k, bool on_disk);
void keeper_start(
    struct keeper *k); /* opens it again with k->config; fails the test when it can't */
void keeper_stop(struct keeper *k);
void keeper_close(struct keeper *k); /* and removes the folder */

/* For cmocka: the state is the one keeper. */
int keeper_in_memory(void **state);
int keeper_in_file(void **state);
int keeper_end(void **state);
#define IN_MEMORY(f) cmocka_unit_test_setup_teardown(f, keeper_in_memory, keeper_end)
#define IN_FILE(f) cmocka_unit_test_setup_teardown(f, keeper_in_file, keeper_end)

/* A number as an event's in the given millisecond. */
uint64_t number_at(int64_t ms, unsigned count);
/* A message with that number: ":nick!u@h PRIVMSG target :text". */
uint64_t keeper_say(
    struct keeper *k, uint64_t number, const char *target, const char *nick, const char *text);
/* Commits until the ticket is settled. */
void keeper_settle(struct keeper *k, uint64_t ticket);
/* Waits for the store's descriptor, and delivers. */
void keeper_deliver(struct keeper *k);

/* Asks and waits: the numbers of the rows, separated by spaces; a sentence when there is no
 * answer. Lent until the next call. */
const char *keeper_numbers(struct keeper *k, const struct store_query *q);
/* "key=value " of each state text under the prefix. Lent until the next call, as are the ids. */
const char *keeper_state(struct keeper *k, const char *prefix);
/* "number:identity/client_id " of each. */
const char *keeper_ids(struct keeper *k, uint64_t after, size_t most);
/* A question for rows of all kinds. */
struct store_query rows_of(const char *target);
/* A question for messages of one target that have these words. */
struct store_query words_in(const struct str *target, const char *words);
enum { ALL = 1000 };
#define EVERY_KIND ((uint64_t)-1)

#endif
