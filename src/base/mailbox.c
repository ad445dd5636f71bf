/* One helper thread, jobs in and results out. */
#include "base/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct queue {
	struct job *first, **end;
};

struct mailbox {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t posted;
	struct queue in, out; /* under lock, as is `waiting` */
	unsigned waiting;     /* jobs posted and not delivered */
	bool stop;
	int wake[2]; /* a pipe: one byte when `out` stops being empty */
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void
queue_put(struct queue *q, struct job *j)
{
	j->next = NULL;
	*q->end = j;
	q->end = &j->next;
}

static struct job *
queue_get(struct queue *q)
{
	struct job *j = q->first;

	if (j == NULL)
		return NULL;
	q->first = j->next;
	if (q->first == NULL)
		q->end = &q->first;
	return j;
}

static void
wake_loop(struct mailbox *m)
{
	ssize_t n;

	do
		n = write(m->wake[1], "", 1);
	while (n == -1 && errno == EINTR);
}

static void *
run(void *arg)
{
	struct mailbox *m = arg;
	struct job *j;

	pthread_mutex_lock(&m->lock);
	while (!m->stop) {
		j = queue_get(&m->in);
		if (j == NULL) {
			pthread_cond_wait(&m->posted, &m->lock);
			continue;
		}
		pthread_mutex_unlock(&m->lock);
		j->work(j);
		pthread_mutex_lock(&m->lock);
		if (m->out.first == NULL)
			wake_loop(m);
		queue_put(&m->out, j);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* Signals are the loop's: the thread inherits a mask that lets none in. */
static int
start_thread(struct mailbox *m)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&m->thread, NULL, run, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

struct mailbox *
mailbox_new(struct err *e)
{
	struct mailbox *m = calloc(1, sizeof(*m));
	int code;

	if (m == NULL || pipe(m->wake) == -1) {
		err_errno(e, "starting a helper thread");
		free(m);
		return NULL;
	}
	for (int i = 0; i < 2; i++)
		if (fcntl(m->wake[i], F_SETFD, FD_CLOEXEC) == -1 ||
		    fcntl(m->wake[i], F_SETFL, O_NONBLOCK) == -1)
			goto fail;
	queue_init(&m->in);
	queue_init(&m->out);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->posted, NULL);
	code = start_thread(m);
	if (code == 0)
		return m;
	errno = code;
fail:
	err_errno(e, "starting a helper thread");
	close(m->wake[0]);
	close(m->wake[1]);
	free(m);
	return NULL;
}

int
mailbox_fd(const struct mailbox *m)
{
	return m->wake[0];
}

bool
mailbox_post(struct mailbox *m, struct job *j)
{
	bool room;

	j->cancelled = false;
	pthread_mutex_lock(&m->lock);
	room = m->waiting < MAILBOX_LIMIT;
	if (room) {
		m->waiting++;
		queue_put(&m->in, j);
		pthread_cond_signal(&m->posted);
	}
	pthread_mutex_unlock(&m->lock);
	return room;
}

static struct job *
take_result(struct mailbox *m, struct queue *q)
{
	struct job *j;

	pthread_mutex_lock(&m->lock);
	j = queue_get(q);
	if (j != NULL)
		m->waiting--;
	pthread_mutex_unlock(&m->lock);
	return j;
}

void
mailbox_deliver(struct mailbox *m)
{
	char drain[64];
	struct job *j;

	while (read(m->wake[0], drain, sizeof(drain)) > 0)
		;
	while ((j = take_result(m, &m->out)) != NULL)
		j->done(j);
}

void
mailbox_free(struct mailbox *m)
{
	struct job *j;

	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_signal(&m->posted);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	mailbox_deliver(m);
	while ((j = take_result(m, &m->in)) != NULL) {
		j->cancelled = true;
		j->done(j);
	}
	pthread_cond_destroy(&m->posted);
	pthread_mutex_destroy(&m->lock);
	close(m->wake[0]);
	close(m->wake[1]);
	free(m);
}
