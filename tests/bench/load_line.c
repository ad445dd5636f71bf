/* What the dialects say and hear: registering, joining, and messages, each checked. */
#include <stdio.h>
#include <string.h>

#include "load.h"

static const char GREETING[] = "?greeting";

/* ---- who hears whom -------------------------------------------------------------------------- */

static bool
is_pairs(const struct load *l)
{
	return l->options.mode == MODE_PAIRS;
}

static bool
is_traffic(const struct load *l)
{
	return l->options.mode != MODE_CONNECT && l->options.mode != MODE_IDLE;
}

size_t
line_senders(const struct load *l)
{
	if (!is_traffic(l))
		return 0;
	return is_pairs(l) ? 1 : (size_t)l->options.senders;
}

uint32_t
line_nth_sender(const struct load *l, uint32_t receiver, size_t column)
{
	return is_pairs(l) ? receiver ^ 1 : (uint32_t)column;
}

/* Receivers of one message: all but the sender, and the sender where the server echoes. Those that
 * are counted apart are not among them. */
static size_t
audience(const struct load *l)
{
	size_t echo = l->options.dialect == DIALECT_IRC ? 0 : 1;

	return is_pairs(l) ? 1 : (size_t)(l->options.members - l->options.apart) - 1 + echo;
}

static bool
is_apart(const struct load *l, const struct client *c)
{
	return c->number >= (uint32_t)(l->options.members - l->options.apart);
}

uint64_t
line_expected(const struct load *l)
{
	return l->tally.sent * audience(l);
}

uint64_t
line_expected_apart(const struct load *l)
{
	return l->tally.sent * (uint64_t)l->options.apart;
}

void
line_address(const struct load *l, struct client *c)
{
	const char *prefix = l->options.prefix, *channel = l->options.channel;
	unsigned other = c->number ^ 1;
	char *out = c->address;
	int bytes = (int)l->options.bytes, n = 0;

	if (l->options.dialect == DIALECT_IRC && is_pairs(l))
		n = snprintf(out, sizeof(c->address), "PRIVMSG %s%05x :", prefix, other);
	else if (l->options.dialect == DIALECT_IRC)
		n = snprintf(out, sizeof(c->address), "PRIVMSG %s :", channel);
	else if (l->options.dialect == DIALECT_NATS && is_pairs(l))
		n = snprintf(out, sizeof(c->address), "PUB %s%05x %d\r\n", prefix, other, bytes);
	else if (l->options.dialect == DIALECT_NATS)
		n = snprintf(out, sizeof(c->address), "PUB %s %d\r\n", channel, bytes);
	c->address_len = n > 0 ? (size_t)n : 0;
}

/* ---- coming in ------------------------------------------------------------------------------- */

static void
irc_join(struct load *l, struct client *c)
{
	bool groups = !is_traffic(l) && !l->options.one_channel;

	if (is_pairs(l) || (groups && l->options.group == 0)) {
		client_ready(l, c);
		return;
	}
	c->state = CLIENT_JOINING;
	if (groups)
		client_printf(l, c, "JOIN #g%x\r\n", c->number / (unsigned)l->options.group);
	else
		client_printf(l, c, "JOIN %s\r\n", l->options.channel);
}

void
line_hello(struct load *l, struct client *c)
{
	const char *prefix = l->options.prefix;

	if (l->options.dialect == DIALECT_RAW) {
		client_ready(l, c);
	} else if (l->options.dialect == DIALECT_IRC) {
		client_printf(
		    l, c, "NICK %s%05x\r\nUSER u%05x 0 * :load\r\n", prefix, c->number, c->number);
	} else {
		client_printf(
		    l, c, "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true}\r\n");
		if (is_pairs(l))
			client_printf(l, c, "SUB %s%05x 1\r\nPING\r\n", prefix, c->number);
		else
			client_printf(l, c, "SUB %s 1\r\nPING\r\n", l->options.channel);
	}
}

void
line_greet(struct load *l)
{
	if (l->options.members > 0)
		client_printf(l, &l->clients[l->options.members - 1], "%s\n", GREETING);
}

size_t
line_greeted_wanted(const struct load *l)
{
	return is_pairs(l) ? 1 : (size_t)l->options.members;
}

/* ---- lines that are no messages -------------------------------------------------------------- */

static void
on_refusal(struct load *l, struct str line)
{
	if (l->refusals++ < NOTES_MOST)
		fprintf(stderr, "load: the server says: " STR_FMT "\n", STR_ARG(line));
}

static void
raw_line(struct load *l, struct client *c, struct str line)
{
	if (c->greeted || !str_eq(line, str_from(GREETING)))
		return;
	c->greeted = true;
	l->greeted++;
}

static void
nats_line(struct load *l, struct client *c, struct str line)
{
	if (str_starts(line, STR("PING")))
		client_printf(l, c, "PONG\r\n");
	else if (str_starts(line, STR("PONG")) && c->state == CLIENT_REGISTERING)
		client_ready(l, c);
	else if (str_starts(line, STR("-")))
		on_refusal(l, line);
}

static void
irc_line(struct load *l, struct client *c, struct str line)
{
	struct str whole = line, verb = str_cut(&line, ' ');

	if (str_eat(&verb, ':'))
		verb = str_cut(&line, ' ');
	if (str_eq(verb, STR("JOIN")))
		l->joins++;
	else if (str_eq(verb, STR("PING")))
		client_printf(l, c, "PONG " STR_FMT "\r\n", STR_ARG(line));
	else if (str_eq(verb, STR("001")) && c->state == CLIENT_REGISTERING)
		irc_join(l, c);
	else if (str_eq(verb, STR("366")) && c->state == CLIENT_JOINING)
		client_ready(l, c);
	else if (str_eq(verb, STR("ERROR")))
		on_refusal(l, whole);
	else if (verb.len == 3 && (*verb.p == '4' || *verb.p == '5') && !str_eq(verb, STR("422")))
		on_refusal(l, whole);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Whether the text is meant for this receiver and, in IRC, comes under its sender's name. */
static bool
is_for(const struct load *l, const struct client *c, struct str line, const char *at,
    const struct text *t)
{
	const size_t name_at = 1 + l->prefix_len;

	if (is_pairs(l) ? t->sender != (c->number ^ 1) : t->sender >= line_senders(l))
		return false;
	if (l->options.dialect != DIALECT_IRC)
		return true;
	return line.len > name_at + NAME_DIGITS &&
	       memcmp(line.p + name_at, at + TEXT_SENDER_END - NAME_DIGITS, NAME_DIGITS) == 0;
}

/* A message that has reached everyone makes room in its sender's window. */
static void
answer(struct load *l, const struct text *t)
{
	struct client *sender = &l->clients[t->sender];

	if (!is_pairs(l)) {
		uint16_t
		    *heard = &l->heard[(size_t)t->sender * HEARD_SLOTS + t->number % HEARD_SLOTS];
		if (++*heard < audience(l))
			return;
		*heard = 0;
	}
	if (sender->unanswered > 0)
		sender->unanswered--;
	client_due(l, sender);
}

/* Two that were told the same in the same order have the same number, and others have not. */
static uint64_t
order_add(uint64_t order, const struct text *t)
{
	return (order ^ ((uint64_t)t->sender << 32 | t->number)) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static void
on_text(struct load *l, struct client *c, struct str line, const char *at, int64_t now)
{
	size_t row = (size_t)c->number * line_senders(l);
	bool apart = is_apart(l, c);
	struct tally *tally = apart ? &l->apart : &l->tally;
	struct text t;

	if (!text_read(at, (size_t)l->options.bytes, &t)) {
		tally->garbled++;
		return;
	}
	if (!is_for(l, c, line, at, &t)) {
		tally->stray++;
		return;
	}
	if (!track_arrive(&l->tracks[row + (is_pairs(l) ? 0 : t.sender)], t.number, tally))
		return;
	if (l->options.apart > 0)
		c->order = order_add(c->order, &t);
	l->last_delivery = now;
	if (l->timing && !apart)
		histogram_add(&l->latency, now > (int64_t)t.time ? (uint64_t)now - t.time : 0);
	if (l->options.mode != MODE_OPEN_LOOP)
		answer(l, &t);
}

void
line_in(struct load *l, struct client *c, struct str line, int64_t now)
{
	static void (*const others[])(struct load *, struct client *, struct str) = {
		[DIALECT_IRC] = irc_line,
		[DIALECT_NATS] = nats_line,
		[DIALECT_RAW] = raw_line,
	};
	const size_t bytes = (size_t)l->options.bytes;

	if (line.len >= bytes && text_starts(line.p + line.len - bytes))
		on_text(l, c, line, line.p + line.len - bytes, now);
	else if (line.len > 0)
		others[l->options.dialect](l, c, line);
}
