/* What a store is made of: each of the two ways to keep things fills one struct store_way. */
#ifndef STORE_IMPL_H
#define STORE_IMPL_H

#include "store/store.h"

struct store_way {
	void (*close)(struct store *s);
	void (*set_retention)(struct store *s, const struct store_retention *r);
	uint64_t (*last_number)(struct store *s);
	int (*state_each)(struct store *s, struct str prefix,
	    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e);
	int (*ids_each)(struct store *s, uint64_t after, size_t most,
	    void (*fn)(void *arg, const struct record *r), void *arg, struct err *e);
	uint64_t (*append)(struct store *s, const struct record *r);
	uint64_t (*put)(struct store *s, struct str key, struct str value);
	uint64_t (*erase)(struct store *s, uint64_t number);
	uint64_t (*rename)(struct store *s, struct str from, struct str to, uint64_t number);
	uint64_t (*commit)(struct store *s);
	int (*fd)(const struct store *s);
	void (*deliver)(struct store *s);
	struct store_asked *(*ask)(
	    struct store *s, const struct store_query *q, store_answer *done, void *arg);
};

/* The first member of either. */
struct store {
	const struct store_way *way;
	enum store_durability level;
	bool on_disk;
	struct store_handler handler; /* no member is NULL */
	void *handler_arg;
};

/* A question under way. */
struct store_asked {
	store_answer *done; /* NULL: the asker is gone */
	void *arg;
};

/* Set all of struct store but the handler. NULL: a sentence in *e. */
struct store *memory_open(const struct store_config *c, struct err *e);

#endif
