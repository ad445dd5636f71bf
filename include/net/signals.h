/* Signals as events of the loop: nothing runs inside a handler but a write to a pipe. */
#ifndef NET_SIGNALS_H
#define NET_SIGNALS_H

#include "net/loop.h"

/* Watches the given signals (ended by 0). `caught` runs on the loop, once for each kind that came.
 * SIGPIPE is ignored from now on. One call a process. */
int signals_watch(struct loop *l, const int *numbers, void (*caught)(int number, void *arg),
    void *arg, struct err *e);
void signals_end(struct loop *l); /* default actions again */

#endif
