/*
 * Power cuts. A course of batches is run over the shim, which writes down every write and sync, and
 * what the store had acknowledged by then. For moments of that course the files are built as a disk
 * may have them after a power cut: all that was synced, and of the rest any part, torn at sectors.
 * In each the store opens, and nothing that it had acknowledged is missing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/store/durable.h"
#include "../unit/keeper.h"
#include "shim.h"

enum { BATCHES = 150, SECTOR = 512, MARK_STATE = 1 << 30 };

/* ---- a disk ---------------------------------------------------------------------------------- */

struct bytes {
	char *p;
	size_t len, cap;
};

/* One file: what is on the disk for good, and the operations since its last sync. */
struct disk_file {
	struct bytes synced;
	bool there, there_synced;
	size_t first_pending; /* of the operations; those of this file alone count */
};

struct disk {
	struct disk_file files[SHIM_FILES];
	uint64_t acknowledged; /* rows up to that number */
	uint64_t state;        /* the value that was put */
};

static void
set_size(struct bytes *b, size_t len)
{
	if (len > b->cap) {
		b->cap = len * 2;
		b->p = realloc(b->p, b->cap);
		assert_non_null(b->p);
	}
	if (len > b->len)
		memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

static uint32_t
chance(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32);
}

/* How much of what was not synced reaches the disk. */
enum part { NOTHING, EVERYTHING, HALF, MOST, PARTS };

static bool
reaches(enum part part)
{
	return part == EVERYTHING || (part == HALF && chance() % 2 == 0) ||
	       (part == MOST && chance() % 8 != 0);
}

static void
apply_write(struct bytes *b, const struct shim_op *op, enum part part)
{
	size_t at = (size_t)op->offset, end = at + op->len;

	while (at < end) {
		size_t next = (at / SECTOR + 1) * SECTOR;
		if (next > end)
			next = end;
		if (reaches(part)) {
			if (next > b->len)
				set_size(b, next);
			memcpy(b->p + at, op->bytes + (at - (size_t)op->offset), next - at);
		}
		at = next;
	}
}

static void
apply(struct bytes *b, const struct shim_op *op, enum part part)
{
	if (op->kind == SHIM_WRITE)
		apply_write(b, op, part);
	else if (op->kind == SHIM_TRUNCATE && reaches(part))
		set_size(b, (size_t)op->offset);
	else if (op->kind == SHIM_DELETE && reaches(part))
		set_size(b, 0);
}

/* What is pending of the file is on the disk now, all or a part of it; the rest will never be. */
static void
settle(struct disk_file *f, const struct shim_op *ops, size_t end, enum part part)
{
	enum shim_file_id id = ops[end].file;

	for (size_t i = f->first_pending; i < end; i++)
		if (ops[i].file == id)
			apply(&f->synced, &ops[i], part);
	f->first_pending = end;
}

/* The next operation has happened. */
static void
advance(struct disk *d, const struct shim_op *ops, size_t i)
{
	struct disk_file *f = &d->files[ops[i].file];

	switch (ops[i].kind) {
	case SHIM_SYNC:
		settle(f, ops, i, EVERYTHING);
		f->there_synced = f->there;
		break;
	case SHIM_FAILED_SYNC: /* the system takes the pages for clean from now on */
		settle(f, ops, i, HALF);
		break;
	case SHIM_OPEN:
		f->there = true;
		break;
	case SHIM_DELETE: /* offset: the folder was synced, too */
		f->there = false;
		if (ops[i].offset != 0) {
			settle(f, ops, i, EVERYTHING);
			set_size(&f->synced, 0);
			f->there_synced = false;
		}
		break;
	case SHIM_MARK:
		if (ops[i].offset >= MARK_STATE)
			d->state = (uint64_t)ops[i].offset - MARK_STATE;
		else
			d->acknowledged = (uint64_t)ops[i].offset;
		break;
	default:
		break;
	}
}

/* ---- what a cut leaves ----------------------------------------------------------------------- */

static const char *const endings[SHIM_FILES] = { "", "-wal", "-journal" };

static void
write_image(const char *path, const struct bytes *b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_true(b->len == 0 || write(fd, b->p, b->len) == (ssize_t)b->len);
	close(fd);
}

/* The files as they may be when the power goes before operation `end`. */
static void
build_image(
    const struct disk *d, const struct shim_op *ops, size_t end, enum part part, const char *path)
{
	struct bytes image = { NULL, 0, 0 };
	char name[128];

	for (int id = 0; id < SHIM_FILES; id++) {
		const struct disk_file *f = &d->files[id];
		snprintf(name, sizeof(name), "%s%s", path, endings[id]);
		unlink(name);
		if (id != SHIM_DB && !f->there && (!f->there_synced || reaches(part)))
			continue;
		if (id != SHIM_DB && f->there && !f->there_synced && !reaches(part))
			continue;
		set_size(&image, f->synced.len);
		if (image.len > 0)
			memcpy(image.p, f->synced.p, image.len);
		for (size_t i = f->first_pending; i < end; i++)
			if (ops[i].file == (enum shim_file_id)id)
				apply(&image, &ops[i], part);
		write_image(name, &image);
	}
	snprintf(name, sizeof(name), "%s-shm", path);
	unlink(name);
	free(image.p);
}

/* ---- what is in it --------------------------------------------------------------------------- */

struct sight {
	uint64_t rows, state; /* messages 1..rows are there, without a gap */
	bool gap;             /* or it could not be read */
	bool answered;
};

static void
see_rows(void *arg, const struct record *rows, size_t count, const char *why)
{
	struct sight *s = arg;

	s->answered = true;
	s->rows = count;
	s->gap = why != NULL;
	for (size_t i = 0; i < count; i++)
		s->gap = s->gap || rows[i].number != i + 1;
}

static void
see_state(void *arg, struct str key, struct str value)
{
	struct sight *s = arg;
	int64_t number = 0;

	if (str_eq(key, STR("batch")) && str_to_int64(value, &number))
		s->state = (uint64_t)number;
}

/* 0: all that was acknowledged is there. */
static int
look(const char *path, const struct disk *d, const char *what, bool loud)
{
	struct store_config c = { .path = str_from(path), .durability = STORE_NONE };
	struct store_query q = rows_of("#a");
	struct sight s = { .rows = 0 };
	struct keeper k = { .folder = "" };
	struct err e = { "" };

	k.store = store_open(&c, NULL, &e);
	if (k.store == NULL) {
		if (loud)
			print_error("%s: %s\n", what, e.text);
		return 1;
	}
	q.limit = 100000;
	q.newest = false;
	store_ask(k.store, &q, see_rows, &s);
	while (!s.answered)
		keeper_deliver(&k);
	if (store_state_each(k.store, STR("batch"), see_state, &s, &e) == -1)
		s.gap = true;
	store_close(k.store);
	if (s.rows >= d->acknowledged && s.state >= d->state && !s.gap)
		return 0;
	if (loud)
		print_error("%s: %llu rows of %llu, state %llu of %llu%s\n", what,
		    (unsigned long long)s.rows, (unsigned long long)d->acknowledged,
		    (unsigned long long)s.state, (unsigned long long)d->state,
		    s.gap ? ", with a gap" : "");
	return 1;
}

/* ---- the course ------------------------------------------------------------------------------ */

static struct keeper keeper;

struct telling {
	bool failed, down;
};

static void
on_failed(void *arg, uint64_t ticket, const char *why)
{
	(void)ticket;
	(void)why;
	((struct telling *)arg)->failed = true;
}

static void
on_down(void *arg, const char *why)
{
	(void)why;
	((struct telling *)arg)->down = true;
}

static void
on_back(void *arg)
{
	((struct telling *)arg)->down = false;
}

/* Says a batch again and again until it is safe: what failed is withdrawn, so that no number comes
 * twice. Joins stay where they are, in another place. */
static void
say_until_safe(uint64_t *number, int batch)
{
	static const struct store_handler handler = { on_failed, on_down, on_back };
	struct telling telling = { false, false };
	char text[3000], value[32];
	int rows = 1 + (int)(chance() % 12);
	uint64_t ticket = 0;

	memset(text, 'a' + batch % 26, sizeof(text));
	text[chance() % 7 == 0 ? 2900 : 40] = '\0';
	text[2999] = '\0';
	snprintf(value, sizeof(value), "%d", batch);
	store_handle(keeper.store, &handler, &telling);
	do {
		telling.failed = false;
		for (int i = 1; i <= rows; i++)
			ticket = keeper_say(&keeper, *number + (uint64_t)i, "#a", "ada", text);
		store_put(keeper.store, STR("batch"), str_from(value));
		while (store_commit(keeper.store) < ticket || telling.down)
			keeper_deliver(&keeper);
	} while (telling.failed);
	*number += (uint64_t)rows;
	shim_mark(*number);
	shim_mark((uint64_t)(MARK_STATE + batch));
}

static void
bring_home_often(struct durable *d)
{
	pthread_mutex_lock(&d->lock);
	d->log_pages = 20;
	pthread_mutex_unlock(&d->lock);
}

/* Three runs of a server, each ended in order; the log is brought home often. */
static void
run_course(enum store_durability durability, unsigned failing, int lying)
{
	uint64_t number = 0;

	shim_reset();
	shim_use(true);
	shim_record(true);
	keeper = (struct keeper){ .config = { .durability = durability } };
	if (lying >= 0)
		shim_lie((enum shim_file_id)lying, true);
	keeper_open(&keeper, true);
	keeper.config.durability = durability;
	keeper_stop(&keeper);
	keeper_start(&keeper);
	shim_fail_syncs(failing);
	for (int i = 1; i <= BATCHES; i++) {
		bring_home_often((struct durable *)keeper.store);
		say_until_safe(&number, i);
		if (i % (BATCHES / 3) != 0)
			continue;
		shim_fail_syncs(0);
		keeper_stop(&keeper);
		keeper_start(&keeper);
		shim_fail_syncs(failing);
	}
	shim_record(false);
	shim_fail_syncs(0);
	keeper_close(&keeper);
	shim_use(false);
}

/* Cuts the power at so many moments; returns in how many images something was missing. */
static int
cut(unsigned images, bool loud)
{
	struct disk d = { .acknowledged = 0 };
	struct keeper place;
	size_t count;
	const struct shim_op *ops = shim_log(&count);
	char what[64];
	int bad = 0;
	unsigned built = 0;

	keeper_open(&place, true);
	keeper_stop(&place);
	for (size_t i = 0; i < count; i++) {
		size_t here = images / count + (chance() % count < images % count);
		for (; here > 0; here--) {
			enum part part = (enum part)(chance() % PARTS);
			build_image(&d, ops, i, part, place.path);
			snprintf(what, sizeof(what), "cut before operation %zu, part %d", i, part);
			bad += look(place.path, &d, what, loud);
			built++;
		}
		advance(&d, ops, i);
	}
	for (int id = 0; id < SHIM_FILES; id++)
		free(d.files[id].synced.p);
	keeper_close(&place);
	print_message("%zu operations, %u images, something missing in %d\n", count, built, bad);
	return bad;
}

/* SOCKCHAT_SOAK: how many images; else a hundred, in some seconds. */
static unsigned
image_count(void)
{
	const char *soak = getenv("SOCKCHAT_SOAK");
	int64_t count;

	return soak != NULL && str_to_int64(str_from(soak), &count) && count > 0 ? (unsigned)count
										 : 100;
}

static void
lose_nothing(void **state)
{
	(void)state;
	run_course(STORE_FULL, 0, -1);
	assert_int_equal(cut(image_count(), true), 0);
}

/* Two syncs of 23 fail, one after the other: that of a batch, and that of the attempt to bring the
 * log home, and what it was to bring to the disk may never be there. */
static void
lose_nothing_when_syncs_fail(void **state)
{
	(void)state;
	run_course(STORE_FULL, 23, -1);
	assert_int_equal(cut(image_count(), true), 0);
}

/* That this test can fail: without the syncs of the log, and without those of the file. */
static void
see_a_missing_sync(void **state)
{
	(void)state;
	run_course(STORE_NORMAL, 0, -1);
	assert_true(cut(100, false) > 0);
	run_course(STORE_FULL, 0, SHIM_LOG);
	assert_true(cut(100, false) > 0);
	run_course(STORE_FULL, 0, SHIM_DB);
	assert_true(cut(100, false) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lose_nothing),
		cmocka_unit_test(lose_nothing_when_syncs_fail),
		cmocka_unit_test(see_a_missing_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
