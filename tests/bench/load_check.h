/* What became of the messages: per receiver and sender which came, and how late they were. */
#ifndef BENCH_LOAD_CHECK_H
#define BENCH_LOAD_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The messages of one sender to one receiver. */
struct track {
	uint32_t next; /* one more than the highest number that came */
	uint64_t seen; /* bit k: number next - 1 - k has come */
};

struct tally {
	uint64_t sent;      /* messages, not deliveries */
	uint64_t delivered; /* each message once for each receiver, in order or not */
	uint64_t doubled; /* came again (or more than 64 too late, which cannot be told from it) */
	uint64_t reordered; /* came after one with a higher number */
	uint64_t stray;     /* came to someone it was not for, or under another's name */
	uint64_t garbled;   /* looked like a message and was none */
};

/* Numbers below `next` count as having come. */
void track_start(struct track *t, uint32_t next);

enum { TRACK_WINDOW = 64 }; /* bits of `seen` */

/* Message `number` came: counted in *sum. True when it is a delivery, false when it came before. */
static inline bool
track_arrive(struct track *t, uint32_t number, struct tally *sum)
{
	uint32_t back;

	if (number >= t->next) {
		uint32_t forward = number - t->next + 1;
		t->seen = forward < TRACK_WINDOW ? t->seen << forward | 1 : 1;
		t->next = number + 1;
		sum->delivered++;
		return true;
	}
	back = t->next - 1 - number;
	if (back >= TRACK_WINDOW || (t->seen >> back & 1)) {
		sum->doubled++;
		return false;
	}
	t->seen |= UINT64_C(1) << back;
	sum->reordered++;
	sum->delivered++;
	return true;
}

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_SIZE = HISTOGRAM_STEPS * 60 };

/* Values by size: 64 steps to each power of two, so that what comes out is right within 1.6 %. */
struct histogram {
	uint64_t count, most;
	uint64_t steps[HISTOGRAM_SIZE];
};

void histogram_clear(struct histogram *h);

/* Below 128 each value has its own step; above, the seven leading bits choose it. */
static inline void
histogram_add(struct histogram *h, uint64_t value)
{
	unsigned shift = value < HISTOGRAM_STEPS * 2 ? 0 : 57 - (unsigned)__builtin_clzll(value);
	size_t step = shift * HISTOGRAM_STEPS + (size_t)(value >> shift);

	h->steps[step]++;
	h->count++;
	if (value > h->most)
		h->most = value;
}

/* The value that the share `q` (0 to 1) of all stays below; 0 when there is none. */
uint64_t histogram_quantile(const struct histogram *h, double q);

/*
 * The text of a message: "~@", sender, number and time in hexadecimal, then 'x' up to its length.
 * It is the tail of the line that it comes in, so it is found without parsing the line.
 */
enum {
	TEXT_LEAST = 36,
	TEXT_MOST = 400,
	TEXT_SENDER_END = 10, /* where the digits of the sender end */
};

struct text {
	uint32_t sender;
	uint32_t number;
	uint64_t time; /* ns, CLOCK_MONOTONIC */
};

/* Writes exactly `size` bytes. */
void text_write(char *out, size_t size, struct text t);

/* Whether the first two bytes are those of a text. */
static inline bool
text_starts(const char *p)
{
	return p[0] == '~' && p[1] == '@';
}

/* False when the digits are none, or the last byte is not the right one. */
bool text_read(const char *p, size_t size, struct text *t);

#endif
