/* The measurements, and their results as JSON. */
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "load_process.h"

static const double SECOND = 1e9;     /* ns */
static const int64_t STEP = 20000000; /* ns: the longest sleep in the kernel */
enum { RESULT_MOST = 4096 };

/* When a measurement began, and what had been used by then. */
struct meter {
	int64_t began; /* ns */
	double server_cpu, own_cpu;
};

static struct meter
meter_start(const struct load *l)
{
	return (struct meter){ load_now(), process_cpu(l->options.pid), process_own_cpu() };
}

static double
meter_seconds(const struct meter *m, int64_t until)
{
	return until > m->began ? (double)(until - m->began) / SECOND : 1 / SECOND;
}

/* ---- results --------------------------------------------------------------------------------- */

static void
put_head(const struct load *l, struct buf *b)
{
	static const char *const modes[] = {
		[MODE_CONNECT] = "connect",
		[MODE_FANOUT] = "fanout",
		[MODE_IDLE] = "idle",
		[MODE_OPEN_LOOP] = "open-loop",
		[MODE_PAIRS] = "pairs",
	};

	buf_printf(b, "{\"server\":\"%s\",\"mode\":\"%s\",\"transport\":\"%s\",\"members\":%d",
	    l->options.name, modes[l->options.mode], l->options.port ? "tcp" : "unix",
	    (int)l->options.members);
	buf_printf(b, ",\"ready\":%zu,\"closed\":%zu,\"refusals\":%llu", l->ready, l->gone,
	    (unsigned long long)l->refusals);
}

static void
put_count(struct buf *b, const char *key, uint64_t count)
{
	buf_printf(b, ",\"%s\":%llu", key, (unsigned long long)count);
}

static void
put_real(struct buf *b, const char *key, double value)
{
	buf_printf(b, ",\"%s\":%.6g", key, value);
}

static void
put_latency(const struct load *l, struct buf *b)
{
	static const struct {
		const char *key;
		double share;
	} rows[] = { { "p50_ms", 0.5 }, { "p99_ms", 0.99 }, { "p999_ms", 0.999 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put_real(
		    b, rows[i].key, (double)histogram_quantile(&l->latency, rows[i].share) / 1e6);
	put_real(b, "max_ms", (double)l->latency.most / 1e6);
}

static void
put_cpu(const struct load *l, struct buf *b, const struct meter *m, double seconds)
{
	double server = process_cpu(l->options.pid) - m->server_cpu;
	double own = process_own_cpu() - m->own_cpu;

	put_real(b, "server_cpu_s", server);
	put_real(b, "server_load", server / seconds);
	put_real(b, "loader_load", own / seconds);
	if (l->tally.delivered > 0)
		put_real(b, "cpu_s_per_million", server * 1e6 / (double)l->tally.delivered);
}

static void
put_faults(struct buf *b, const struct tally *t, uint64_t expected)
{
	put_count(b, "lost", expected > t->delivered ? expected - t->delivered : 0);
	put_count(b, "doubled", t->doubled);
	put_count(b, "reordered", t->reordered);
	put_count(b, "stray", t->stray);
	put_count(b, "garbled", t->garbled);
}

static void
put_traffic(const struct load *l, struct buf *b, const struct meter *m, int64_t until)
{
	const struct tally *t = &l->tally;
	double seconds = meter_seconds(m, until);

	buf_printf(b, ",\"senders\":%d,\"window\":%d,\"bytes\":%d",
	    l->options.mode == MODE_PAIRS ? (int)l->options.members : (int)l->options.senders,
	    l->options.mode == MODE_OPEN_LOOP ? 0 : (int)l->options.window, (int)l->options.bytes);
	put_real(b, "seconds", seconds);
	put_count(b, "sent", t->sent);
	put_count(b, "deliveries", t->delivered);
	put_real(b, "messages_per_s", (double)t->sent / seconds);
	put_real(b, "deliveries_per_s", (double)t->delivered / seconds);
	put_faults(b, t, line_expected(l));
	put_latency(l, b);
	put_cpu(l, b, m, seconds);
}

static void
print_result(struct buf *b)
{
	buf_add_str(b, STR("}"));
	puts(buf_cstr(b));
	fflush(stdout);
}

/* ---- traffic --------------------------------------------------------------------------------- */

/* Everything said so far is past; windows are empty. */
static void
start_counting(struct load *l)
{
	size_t columns = line_senders(l);

	l->tally = l->apart = (struct tally){ 0 };
	histogram_clear(&l->latency);
	memset(l->heard, 0, columns * HEARD_SLOTS * sizeof(*l->heard));
	for (uint32_t i = 0; i < (uint32_t)l->options.members; i++) {
		for (size_t k = 0; k < columns; k++) {
			uint32_t sender = line_nth_sender(l, i, k);
			track_start(&l->tracks[i * columns + k], l->clients[sender].next);
		}
		l->clients[i].unanswered = 0;
		l->clients[i].order = 0;
	}
	l->last_delivery = load_now();
}

/* Waits for what is on the way. */
static void
drain(struct load *l)
{
	int64_t quiet = l->options.drain_ms * 1000000;

	l->sending = false;
	l->last_delivery = load_now();
	while (l->tally.delivered < line_expected(l) && l->ready > 1 &&
	       load_now() - l->last_delivery < quiet && !load_late(l))
		load_step(l, STEP);
}

/* Each sender keeps `window` messages on the way. Latencies of the first tenth are not counted. */
static void
run_window(struct load *l)
{
	size_t senders = l->options.mode == MODE_PAIRS ? (size_t)l->options.members
						       : (size_t)l->options.senders;
	int64_t length = (int64_t)(l->options.seconds * SECOND);
	struct buf result = BUF_INIT(RESULT_MOST);
	struct meter m;

	start_counting(l);
	m = meter_start(l);
	l->sending = true;
	l->timing = false;
	for (size_t i = 0; i < senders; i++)
		client_due(l, &l->clients[i]);
	while (load_now() - m.began < length && l->ready > 1) {
		load_step(l, l->due_count > 0 ? 0 : STEP);
		l->timing = load_now() - m.began > length / 10;
	}
	drain(l);
	put_head(l, &result);
	put_traffic(l, &result, &m, l->last_delivery);
	print_result(&result);
	buf_free(&result);
}

/* Messages go out when they are due, whatever became of those before; latency counts from then. */
static double
speak_on_time(struct load *l, const struct meter *m, double rate)
{
	const size_t senders = (size_t)l->options.senders;
	const uint64_t total = (uint64_t)(rate * l->options.seconds);
	const double gap = SECOND / rate;
	const int64_t most = m->began + (int64_t)(l->options.seconds * 3 * SECOND);
	int64_t now = load_now(), due = m->began, lag = 0;

	for (uint64_t i = 0; i < total && l->ready > 1 && now < most;) {
		for (; i < total && due <= now; due = m->began + (int64_t)((double)++i * gap)) {
			struct client *c = &l->clients[i % senders];
			lag = now - due > lag ? now - due : lag;
			if (c->state != CLIENT_READY)
				continue;
			client_speak(l, c, due);
			if (!c->waits_writable)
				client_flush(l, c);
		}
		now = load_now();
		load_step(l, i == total || due <= now ? 0 : due - now);
		now = load_now();
	}
	return (double)lag / 1e6;
}

/* ---- those that are counted apart ------------------------------------------------------------ */

static void
stall(struct load *l, bool stalled)
{
	for (int64_t i = l->options.members - l->options.apart; i < l->options.members; i++)
		client_stall(l, &l->clients[i], stalled);
}

/* How many of them were not told just what the others were, in the same order. */
static size_t
count_disordered(const struct load *l)
{
	const struct client *listener = &l->clients[l->options.senders];
	size_t count = 0;

	for (int64_t i = l->options.senders; i < l->options.members; i++)
		count += l->clients[i].order != listener->order;
	return count;
}

/* They read until all that was said has come to them. */
static void
run_apart(struct load *l)
{
	const int64_t quiet = l->options.drain_ms * 1000000;
	const uint64_t expected = line_expected_apart(l);
	struct buf result = BUF_INIT(RESULT_MOST);
	struct meter m = meter_start(l);
	uint64_t before = l->apart.delivered;

	stall(l, false);
	l->last_delivery = load_now();
	while (
	    l->apart.delivered < expected && load_now() - l->last_delivery < quiet && !load_late(l))
		load_step(l, STEP);
	put_head(l, &result);
	put_count(&result, "apart", (uint64_t)l->options.apart);
	put_real(&result, "seconds", meter_seconds(&m, l->last_delivery));
	put_count(&result, "deliveries", l->apart.delivered);
	put_count(&result, "caught_up", l->apart.delivered - before);
	put_faults(&result, &l->apart, expected);
	put_count(&result, "disordered", count_disordered(l));
	put_cpu(l, &result, &m, meter_seconds(&m, load_now()));
	print_result(&result);
	buf_free(&result);
}

/* ---- rates ----------------------------------------------------------------------------------- */

/* One rate. True when it was held: everyone stayed, all came, p99 within until_ms. */
static bool
run_rate(struct load *l, double rate)
{
	struct buf result = BUF_INIT(RESULT_MOST);
	struct meter m;
	double lag;
	bool held;

	stall(l, l->options.stall);
	start_counting(l);
	m = meter_start(l);
	l->timing = true;
	lag = speak_on_time(l, &m, rate);
	drain(l);
	held = l->gone == 0 && l->tally.delivered == line_expected(l) &&
	       (double)histogram_quantile(&l->latency, 0.99) / 1e6 <= l->options.until_ms;
	put_head(l, &result);
	put_real(&result, "offered_per_s",
	    rate * (double)line_expected(l) / (double)(l->tally.sent + !l->tally.sent));
	put_real(&result, "late_ms", lag);
	buf_printf(&result, ",\"held\":%s", held ? "true" : "false");
	put_traffic(l, &result, &m, load_now());
	print_result(&result);
	buf_free(&result);
	if (l->options.apart > 0)
		run_apart(l);
	return held;
}

/* Other programs may have taken the processor: a rate that was not held is tried once more. */
static bool
run_rate_twice(struct load *l, double rate)
{
	if (run_rate(l, rate))
		return true;
	if (load_late(l) || l->gone > 0)
		return false;
	load_settle(l);
	return run_rate(l, rate);
}

static void
run_open_loop(struct load *l)
{
	const double most = l->options.most_rate;
	double rate = l->options.rate;

	if (l->options.ramp <= 1) {
		for (int64_t i = 0; i < l->options.repeat && l->gone == 0 && !load_late(l); i++)
			run_rate(l, rate);
		return;
	}
	while (run_rate_twice(l, rate) && rate < most && !load_late(l)) {
		rate = rate * l->options.ramp < most ? rate * l->options.ramp : most;
		load_settle(l);
	}
}

/* ---- connections ----------------------------------------------------------------------------- */

/* When all are in one channel, each must hear of each that came later (and of itself). */
static uint64_t
joins_expected(const struct load *l)
{
	uint64_t members = (uint64_t)l->options.members;

	return l->options.one_channel ? members * (members + 1) / 2 : 0;
}

/* Reads until every JOIN was heard, or none came for drain_ms. */
static void
await_joins(struct load *l)
{
	int64_t quiet = load_now();
	uint64_t joins = l->joins;

	while (l->joins < joins_expected(l) && !load_late(l) &&
	       load_now() - quiet < l->options.drain_ms * 1000000) {
		load_step(l, STEP);
		if (l->joins != joins)
			quiet = load_now();
		joins = l->joins;
	}
}

static int
run_connect(struct load *l, struct err *e)
{
	struct buf result = BUF_INIT(RESULT_MOST);
	struct meter m = meter_start(l);
	bool all = load_open(l);
	double seconds = meter_seconds(&m, load_now());

	await_joins(l);
	put_head(l, &result);
	put_real(&result, "seconds", seconds);
	put_real(&result, "connects_per_s", (double)l->ready / seconds);
	if (l->options.one_channel && l->options.dialect == DIALECT_IRC) {
		put_real(&result, "all_heard_s", meter_seconds(&m, load_now()));
		put_count(&result, "joins_heard", l->joins);
		put_count(&result, "joins_expected", joins_expected(l));
	}
	put_latency(l, &result);
	put_cpu(l, &result, &m, meter_seconds(&m, load_now()));
	print_result(&result);
	buf_free(&result);
	return all ? 0
		   : err_set(e, "%zu of %d clients were ready when time was up", l->ready,
			 (int)l->options.members);
}

static void
hold(struct load *l, int64_t ms)
{
	int64_t until = load_now() + ms * 1000000;

	while (load_now() < until && !load_late(l))
		load_step(l, STEP * 5);
}

static void
run_idle(struct load *l, int64_t memory_before)
{
	struct buf result = BUF_INIT(RESULT_MOST);
	int64_t memory = process_memory(l->options.pid);
	struct meter m = meter_start(l);

	hold(l, l->options.hold_ms);
	put_head(l, &result);
	put_count(&result, "memory_before", (uint64_t)memory_before);
	put_count(&result, "memory", (uint64_t)memory);
	put_real(&result, "bytes_per_client",
	    (double)(memory - memory_before) / (double)(l->ready + !l->ready));
	put_cpu(l, &result, &m, meter_seconds(&m, load_now()));
	print_result(&result);
	buf_free(&result);
}

int
load_run(struct load *l, struct err *e)
{
	int64_t memory = process_memory(l->options.pid);

	if (l->options.mode == MODE_CONNECT)
		return run_connect(l, e);
	if (!load_open(l))
		return err_set(e, "%zu of %d clients were ready, %zu were ended, when time was up",
		    l->ready, (int)l->options.members, l->gone);
	load_settle(l);
	if (l->options.mode == MODE_IDLE) {
		hold(l, 1000);
		run_idle(l, memory);
	} else if (l->options.mode == MODE_OPEN_LOOP) {
		run_open_loop(l);
	} else {
		for (int64_t i = 0; i < l->options.repeat; i++) {
			run_window(l);
			load_settle(l);
		}
	}
	return l->gone == 0 ? 0 : err_set(e, "the server ended %zu of the clients", l->gone);
}
