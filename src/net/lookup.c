/* Look-ups, each on a thread of its own: one that hangs holds up no other. */
#include "net/lookup.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mailbox.h"

enum { HOST_MOST = 256 };

/* The thread sees host, port, found, result and err; the rest is the loop's. */
struct lookup {
	struct job job;       /* first: work and done find the lookup by it */
	struct source answer; /* the mailbox's descriptor */
	struct loop *loop;
	struct mailbox *box;
	struct lookup_handler handler;
	void *arg;
	bool delivered, cancelled;
	char host[HOST_MOST];
	uint16_t port;
	struct addr_list found;
	int result;
	struct err err;
};

static void
work(struct job *j)
{
	struct lookup *k = (struct lookup *)j;

	k->result = addr_resolve(str_from(k->host), k->port, &k->found, &k->err);
}

/* The mailbox cannot be freed from within its own delivery: ready() does the rest. */
static void
done(struct job *j)
{
	((struct lookup *)j)->delivered = true;
}

static void
lookup_free(struct lookup *k)
{
	mailbox_free(k->box);
	addr_list_free(&k->found);
	free(k);
}

static void
ready(struct source *s, unsigned events)
{
	struct lookup *k = (struct lookup *)((char *)s - offsetof(struct lookup, answer));

	(void)events;
	mailbox_deliver(k->box);
	if (!k->delivered)
		return;
	loop_remove(k->loop, s);
	if (!k->cancelled)
		k->handler.done(k->arg, &k->found, k->result == -1 ? k->err.text : NULL);
	lookup_free(k);
}

static const struct source_kind answer_kind = { .ready = ready };

struct lookup *
lookup_start(struct loop *l, struct str host, uint16_t port, const struct lookup_handler *handler,
    void *arg, struct err *e)
{
	struct lookup *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		err_errno(e, "looking up a name");
		return NULL;
	}
	k->job = (struct job){ .work = work, .done = done };
	k->loop = l;
	k->handler = *handler;
	k->arg = arg;
	k->port = port;
	if (str_copy(k->host, sizeof(k->host), host) < host.len) {
		err_set(e, "\"" STR_FMT "...\" is too long for a host name",
		    STR_ARG(str_first(host, 60)));
		goto fail;
	}
	k->box = mailbox_new(e);
	if (k->box == NULL)
		goto fail;
	k->answer = (struct source){ .fd = mailbox_fd(k->box), .kind = &answer_kind };
	if (loop_add(l, &k->answer, LOOP_READ, e) == -1)
		goto fail;
	mailbox_post(k->box, &k->job); /* the first job of this mailbox: there is room */
	return k;
fail:
	lookup_free(k);
	return NULL;
}

void
lookup_cancel(struct lookup *k)
{
	k->cancelled = true;
}
