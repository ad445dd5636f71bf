/* Order, loss and doubling per receiver and sender; latencies; the text of a message. */
#include "load_check.h"

#include <endian.h>
#include <string.h>

enum {
	DIGITS = 8,
	SENDER_AT = 2,
	NUMBER_AT = SENDER_AT + DIGITS,
	TIME_AT = NUMBER_AT + DIGITS,
	FILL_AT = TIME_AT + DIGITS * 2,
};

void
track_start(struct track *t, uint32_t next)
{
	*t = (struct track){ next, UINT64_MAX };
}

void
histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

uint64_t
histogram_quantile(const struct histogram *h, double q)
{
	uint64_t wanted = (uint64_t)(q * (double)h->count), sum = 0;

	for (size_t i = 0; i < HISTOGRAM_SIZE; i++) {
		sum += h->steps[i];
		if (sum > wanted) {
			size_t shift = i < HISTOGRAM_STEPS * 2 ? 0 : i / HISTOGRAM_STEPS - 1;
			return (uint64_t)(i - shift * HISTOGRAM_STEPS) << shift;
		}
	}
	return h->most;
}

static void
text_digits(char *out, size_t digits, uint64_t value)
{
	while (digits-- > 0) {
		out[digits] = "0123456789abcdef"[value & 15];
		value >>= 4;
	}
}

void
text_write(char *out, size_t size, struct text t)
{
	memcpy(out, "~@", 2);
	text_digits(out + SENDER_AT, DIGITS, t.sender);
	text_digits(out + NUMBER_AT, DIGITS, t.number);
	text_digits(out + TIME_AT, DIGITS * 2, t.time);
	memset(out + FILL_AT, 'x', size - FILL_AT);
}

/*
 * Eight digits at once, a byte each: a letter has bit 6 set, and stands for 9 more than its low
 * bits say. *bad keeps every bit that is not as it is in a digit.
 */
static uint64_t
read_eight(const char *p, uint64_t *bad)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t bytes, letters, values;

	memcpy(&bytes, p, sizeof(bytes));
	bytes = be64toh(bytes);
	letters = bytes >> 6 & ones;
	values = (bytes & ones * 0x0f) + letters * 9;
	*bad |= ((bytes & ones * 0xf0) ^ (ones + letters) * 0x30) | (values & ones * 0xf0);
	*bad |= ((values + ones * 6) >> 4 & ones) ^ letters; /* from ten on, and only then */
	values = (values | values >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	values = (values | values >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (values | values >> 16) & UINT32_MAX;
}

bool
text_read(const char *p, size_t size, struct text *t)
{
	uint64_t bad = 0;

	t->sender = (uint32_t)read_eight(p + SENDER_AT, &bad);
	t->number = (uint32_t)read_eight(p + NUMBER_AT, &bad);
	t->time = read_eight(p + TIME_AT, &bad) << 32;
	t->time |= read_eight(p + TIME_AT + DIGITS, &bad);
	return bad == 0 && p[FILL_AT] == 'x' && p[size - 1] == 'x';
}
