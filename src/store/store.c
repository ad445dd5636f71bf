/* The store's front: which of the two ways it is kept, and who hears of its troubles. */
#include "store/store.h"

#include "durable.h"

static void
failed_unheard(void *arg, uint64_t ticket, const char *why)
{
	(void)arg;
	(void)ticket;
	(void)why;
}

static void
down_unheard(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static void
back_unheard(void *arg)
{
	(void)arg;
}

static const struct store_handler unheard = { failed_unheard, down_unheard, back_unheard };

struct store *
store_open(const struct store_config *c, void (*progress)(const char *sentence), struct err *e)
{
	struct store *s = c->path.len == 0 ? memory_open(c, e) : durable_open(c, progress, e);

	if (s != NULL)
		s->handler = unheard;
	return s;
}

void
store_close(struct store *s)
{
	if (s != NULL)
		s->way->close(s);
}

void
store_handle(struct store *s, const struct store_handler *h, void *arg)
{
	s->handler = *h;
	s->handler_arg = arg;
}

void
store_set_retention(struct store *s, const struct store_retention *r)
{
	s->way->set_retention(s, r);
}

bool
store_on_disk(const struct store *s)
{
	return s->on_disk;
}

enum store_durability
store_level(const struct store *s)
{
	return s->level;
}

uint64_t
store_last_number(struct store *s)
{
	return s->way->last_number(s);
}

int
store_state_each(struct store *s, struct str prefix,
    void (*fn)(void *arg, struct str key, struct str value), void *arg, struct err *e)
{
	return s->way->state_each(s, prefix, fn, arg, e);
}

int
store_ids_each(struct store *s, uint64_t after, size_t most,
    void (*fn)(void *arg, const struct record *r), void *arg, struct err *e)
{
	return s->way->ids_each(s, after, most, fn, arg, e);
}

uint64_t
store_append(struct store *s, const struct record *r)
{
	return s->way->append(s, r);
}

uint64_t
store_put(struct store *s, struct str key, struct str value)
{
	return s->way->put(s, key, value);
}

uint64_t
store_erase(struct store *s, uint64_t number)
{
	return s->way->erase(s, number);
}

uint64_t
store_rename(struct store *s, struct str from, struct str to, uint64_t number)
{
	return s->way->rename(s, from, to, number);
}

uint64_t
store_commit(struct store *s)
{
	return s->way->commit(s);
}

int
store_fd(const struct store *s)
{
	return s->way->fd(s);
}

void
store_deliver(struct store *s)
{
	s->way->deliver(s);
}

struct store_asked *
store_ask(struct store *s, const struct store_query *q, store_answer *done, void *arg)
{
	return s->way->ask(s, q, done, arg);
}

void
store_forget(struct store_asked *a)
{
	if (a != NULL)
		a->done = NULL;
}
