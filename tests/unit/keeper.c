/* A store for tests. */
#include "keeper.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
on_failed(void *arg, uint64_t ticket, const char *why)
{
	struct keeper *k = arg;

	k->failed++;
	k->failed_at = ticket;
	snprintf(k->why, sizeof(k->why), "%s", why);
}

static void
on_down(void *arg, const char *why)
{
	struct keeper *k = arg;

	k->down++;
	snprintf(k->why, sizeof(k->why), "%s", why);
}

static void
on_back(void *arg)
{
	((struct keeper *)arg)->back++;
}

void
keeper_start(struct keeper *k)
{
	static const struct store_handler handler = { on_failed, on_down, on_back };
	struct err e = { "" };

	k->config.path = str_from(k->path);
	k->store = store_open(&k->config, NULL, &e);
	if (k->store == NULL)
		fail_msg("%s", e.text);
	store_handle(k->store, &handler, k);
}

void
keeper_open(struct keeper *k, bool on_disk)
{
	const char *base = getenv("TMPDIR");

	if (base == NULL) /* in memory where that can be: hundreds of files are made */
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	*k = (struct keeper){ .config = { .durability = STORE_FULL } };
	if (on_disk) {
		snprintf(k->folder, sizeof(k->folder), "%s/sockchat-store-XXXXXX",
		    strlen(base) < 40 ? base : "/tmp");
		assert_non_null(mkdtemp(k->folder));
		snprintf(k->path, sizeof(k->path), "%s/store.db", k->folder);
	}
	keeper_start(k);
}

void
keeper_stop(struct keeper *k)
{
	store_close(k->store);
	k->store = NULL;
}

static void
remove_folder(const char *folder)
{
	struct dirent *d;
	DIR *dir = opendir(folder);

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	assert_int_equal(rmdir(folder), 0);
}

void
keeper_close(struct keeper *k)
{
	keeper_stop(k);
	if (k->folder[0] != '\0')
		remove_folder(k->folder);
}

static struct keeper one;

int
keeper_in_memory(void **state)
{
	*state = &one;
	keeper_open(&one, false);
	return 0;
}

int
keeper_in_file(void **state)
{
	*state = &one;
	keeper_open(&one, true);
	return 0;
}

int
keeper_end(void **state)
{
	keeper_close(*state);
	return 0;
}

uint64_t
number_at(int64_t ms, unsigned count)
{
	return (uint64_t)ms << EVENT_COUNT_BITS | count;
}

uint64_t
keeper_say(
    struct keeper *k, uint64_t number, const char *target, const char *nick, const char *text)
{
	char source[64];
	struct record r = { .number = number, .kind = EVENT_MESSAGE };

	snprintf(source, sizeof(source), "%s!u@h", nick);
	r.target = r.shown = str_from(target);
	r.source = str_from(source);
	r.text = str_from(text);
	return store_append(k->store, &r);
}

void
keeper_deliver(struct keeper *k)
{
	struct pollfd p = { .fd = store_fd(k->store), .events = POLLIN };

	if (p.fd == -1)
		return;
	if (poll(&p, 1, 30000) != 1)
		fail_msg("%s", "the store says nothing for 30 seconds");
	store_deliver(k->store);
}

void
keeper_settle(struct keeper *k, uint64_t ticket)
{
	while (store_commit(k->store) < ticket)
		keeper_deliver(k);
}

/* ---- answers --------------------------------------------------------------------------------- */

struct answer {
	bool done;
	char text[8192];
};

static void
on_answer(void *arg, const struct record *rows, size_t count, const char *why)
{
	struct answer *a = arg;
	size_t used = 0;

	assert_false(a->done);
	a->done = true;
	a->text[0] = '\0';
	if (why != NULL)
		snprintf(a->text, sizeof(a->text), "%s", why);
	for (size_t i = 0; i < count && used < sizeof(a->text); i++)
		used += (size_t)snprintf(a->text + used, sizeof(a->text) - used, "%s%llu",
		    i > 0 ? " " : "", (unsigned long long)rows[i].number);
}

const char *
keeper_numbers(struct keeper *k, const struct store_query *q)
{
	static struct answer a;

	a.done = false;
	store_ask(k->store, q, on_answer, &a);
	while (!a.done) {
		store_commit(k->store);
		keeper_deliver(k);
	}
	return a.text;
}

struct store_query
rows_of(const char *target)
{
	return (struct store_query){ .what = STORE_ROWS,
		.target = str_from(target),
		.before = UINT64_MAX,
		.kinds = EVERY_KIND,
		.limit = ALL,
		.newest = true };
}

struct store_query
words_in(const struct str *target, const char *words)
{
	return (struct store_query){ .what = STORE_SEARCH,
		.targets = target,
		.target_count = 1,
		.text = str_from(words),
		.before = UINT64_MAX,
		.kinds = EVERY_KIND,
		.limit = ALL,
		.newest = true };
}

/* ---- what was kept --------------------------------------------------------------------------- */

static char listed[512];

static void
list_text(void *arg, struct str key, struct str value)
{
	size_t used = strlen(listed);

	(void)arg;
	snprintf(listed + used, sizeof(listed) - used, STR_FMT "=" STR_FMT " ", STR_ARG(key),
	    STR_ARG(value));
}

const char *
keeper_state(struct keeper *k, const char *prefix)
{
	struct err e = { "" };

	listed[0] = '\0';
	if (store_state_each(k->store, str_from(prefix), list_text, NULL, &e) == -1)
		fail_msg("%s", e.text);
	return listed;
}

static void
list_id(void *arg, const struct record *r)
{
	size_t used = strlen(listed);

	(void)arg;
	snprintf(listed + used, sizeof(listed) - used, "%llu:" STR_FMT "/" STR_FMT " ",
	    (unsigned long long)r->number, STR_ARG(r->identity), STR_ARG(r->client_id));
}

const char *
keeper_ids(struct keeper *k, uint64_t after, size_t most)
{
	struct err e = { "" };

	listed[0] = '\0';
	if (store_ids_each(k->store, after, most, list_id, NULL, &e) == -1)
		fail_msg("%s", e.text);
	return listed;
}
