/* Keeps the positions while the program runs. */
#include "connect/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mailbox.h"

struct keeper {
	struct loop *loop;
	struct positions *positions;
	bool (*written)(void *owner);
	void *owner;
	char path[RESUME_PATH_MOST];
	int lock;
	struct mailbox *mailbox;
	struct source source; /* the mailbox's */
	struct timer timer;
	struct turn_hook hook;
	bool hooked, saving;
	struct err failed; /* the last saving; "" it did not fail */
};

struct save {
	struct job job;
	struct keeper *keeper;
	struct buf text;
	struct err e;
};

static void
work(struct job *j)
{
	struct save *x = (struct save *)j;

	resume_save(x->keeper->path, buf_str(&x->text), &x->e);
}

static void
done(struct job *j)
{
	struct save *x = (struct save *)j;
	struct keeper *k = x->keeper;

	k->saving = false;
	k->failed = x->e;
	if (j->cancelled || x->e.text[0] != '\0')
		k->positions->changed = true;
	buf_free(&x->text);
	free(x);
}

/* By the helper thread: a disk may be slow. */
static void
save_later(struct keeper *k)
{
	struct save *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return; /* the next time, or at the end */
	x->job.work = work;
	x->job.done = done;
	x->keeper = k;
	x->text = (struct buf)BUF_INIT(RESUME_TEXT_MOST);
	if (resume_write(&x->text, k->positions) && mailbox_post(k->mailbox, &x->job)) {
		k->saving = true;
		k->positions->changed = false;
		return;
	}
	buf_free(&x->text);
	free(x);
}

static void
on_timer(struct timer *t)
{
	struct keeper *k = (struct keeper *)((char *)t - offsetof(struct keeper, timer));

	if (!k->saving && k->positions->changed && k->written(k->owner))
		save_later(k);
}

static bool
on_turn(struct turn_hook *h)
{
	struct keeper *k = (struct keeper *)((char *)h - offsetof(struct keeper, hook));

	if (k->positions->changed && k->timer.slot == 0)
		loop_timer_set(k->loop, &k->timer, clock_monotonic() + KEEPER_PAUSE);
	return false;
}

static void
on_mail(struct source *s, unsigned events)
{
	struct keeper *k = (struct keeper *)((char *)s - offsetof(struct keeper, source));

	(void)events;
	mailbox_deliver(k->mailbox);
}

static const struct source_kind mailbox_kind = { .ready = on_mail };

/* Two that keep one position would each undo what the other did. */
static int
take_lock(struct keeper *k, struct err *e)
{
	char path[RESUME_PATH_MOST + 8];

	snprintf(path, sizeof(path), "%s.lock", k->path);
	k->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (k->lock == -1)
		return err_errno(e, "%s", path);
	if (flock(k->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(e,
		    "%s: another sockchat connect --resume of the same name runs for this server",
		    k->path);
	return err_errno(e, "%s", path);
}

static void
free_keeper(struct keeper *k)
{
	if (k->hooked)
		loop_unhook(k->loop, &k->hook);
	loop_timer_cancel(k->loop, &k->timer);
	loop_remove(k->loop, &k->source);
	mailbox_free(k->mailbox);
	if (k->lock != -1)
		close(k->lock);
	free(k);
}

struct keeper *
keeper_open(struct loop *l, const char *path, struct positions *positions,
    bool (*written)(void *owner), void *owner, struct err *e)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		err_errno(e, "%s", path);
		return NULL;
	}
	k->loop = l;
	k->positions = positions;
	k->written = written;
	k->owner = owner;
	k->lock = -1;
	k->timer.fire = on_timer;
	k->hook.run = on_turn;
	str_copy(k->path, sizeof(k->path), str_from(path));
	if (take_lock(k, e) == -1 || resume_load(positions, path, e) == -1 ||
	    (k->mailbox = mailbox_new(e)) == NULL)
		goto fail;
	k->source = (struct source){ .fd = mailbox_fd(k->mailbox), .kind = &mailbox_kind };
	if (loop_add(l, &k->source, LOOP_READ, e) == -1)
		goto fail;
	loop_hook(l, &k->hook);
	k->hooked = true;
	return k;
fail:
	free_keeper(k);
	return NULL;
}

int
keeper_close(struct keeper *k, struct err *e)
{
	struct buf text = BUF_INIT(RESUME_TEXT_MOST);
	int result = 0;

	if (k == NULL)
		return 0;
	mailbox_free(k->mailbox);
	k->mailbox = NULL;
	if (k->written(k->owner) && k->positions->changed) {
		if (!resume_write(&text, k->positions))
			result = err_set(e, "%s: keeping the position: out of memory", k->path);
		else
			result = resume_save(k->path, buf_str(&text), e);
	} else if (k->failed.text[0] != '\0') {
		*e = k->failed;
		result = -1;
	}
	buf_free(&text);
	free_keeper(k);
	return result;
}
