/* What the tests of queues share: chunks that grow line by line, and what is due as one text. */
#ifndef TESTS_UNIT_QUEUE_H
#define TESTS_UNIT_QUEUE_H

#include "expect.h"
#include "net/outq.h"

/* At the end of the chunk; where it begins. */
uint32_t queue_append(struct chunk *c, const char *text, size_t len);
/* One line at the end of the chunk, queued as announcing does it. */
void queue_say(struct outq *q, struct chunk *c, const char *text, uint64_t ticket);
/* All that is due. */
void queue_expect_due(const struct outq *q, uint64_t durable, const char *want);

/* Chance: a number below n; the same ones for the same seed. */
void queue_seed(unsigned seed);
unsigned queue_random(unsigned n);

#endif
