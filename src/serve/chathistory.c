/* The words of CHATHISTORY. */
#include "serve/chathistory.h"

#include "base/clock.h"
#include "event/event.h"
#include "event/msgid.h"

/* A place between events: what is said at it is neither before nor after it. */
struct place {
	uint64_t first; /* the least number that is not before it */
	uint64_t last;  /* the greatest that is not after it */
};

bool
history_timestamp(struct str word, int64_t *wall)
{
	static const struct str key = { "timestamp=", 10 };

	return str_starts(word, key) && clock_parse(str_from_byte(word, key.len), wall);
}

uint64_t
history_number_at(int64_t wall)
{
	if (wall <= 0)
		return 0;
	if (wall > (int64_t)(UINT64_MAX >> EVENT_COUNT_BITS))
		return UINT64_MAX;
	return (uint64_t)wall << EVENT_COUNT_BITS;
}

static enum history_fault
parse_place(struct str word, bool may_be_msgid, struct place *out)
{
	int64_t wall;

	if (may_be_msgid && str_starts(word, STR("msgid="))) {
		if (!msgid_number(str_from_byte(word, 6), &out->first))
			return HISTORY_BAD_MSGID;
		out->last = out->first;
		return HISTORY_FINE;
	}
	if (!str_starts(word, STR("timestamp=")))
		return HISTORY_NO_REFERENCE;
	if (!history_timestamp(word, &wall))
		return HISTORY_BAD_TIMESTAMP;
	out->first = history_number_at(wall);
	out->last = history_number_at(wall + 1);
	out->last -= out->last > 0;
	return HISTORY_FINE;
}

static void
before(struct history_request *r, const struct place *places)
{
	r->before = places[0].first;
	r->newest = true;
}

static void
after(struct history_request *r, const struct place *places)
{
	r->after = places[0].last;
}

static void
latest(struct history_request *r, const struct place *places)
{
	r->after = places[0].last;
	r->newest = true;
}

static void
around(struct history_request *r, const struct place *places)
{
	r->what = HISTORY_AROUND;
	r->middle = places[0].first;
}

/* From the first towards the second, whichever is the earlier. */
static void
between(struct history_request *r, const struct place *places)
{
	r->newest = places[0].first > places[1].first;
	r->after = places[r->newest].last;
	r->before = places[!r->newest].first;
}

static void
targets(struct history_request *r, const struct place *places)
{
	between(r, places);
	r->what = HISTORY_TARGETS;
}

/* One row a subcommand. */
static const struct subcommand {
	struct str name;
	unsigned places;
	bool target; /* it names one; its places may be msgids */
	bool open;   /* its place may be "*" */
	void (*fill)(struct history_request *r, const struct place *places);
} subcommands[] = {
	{ { "AFTER", 5 }, 1, true, false, after },
	{ { "AROUND", 6 }, 1, true, false, around },
	{ { "BEFORE", 6 }, 1, true, false, before },
	{ { "BETWEEN", 7 }, 2, true, false, between },
	{ { "LATEST", 6 }, 1, true, true, latest },
	{ { "TARGETS", 7 }, 2, false, false, targets },
};

static const struct subcommand *
find(struct str name)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (str_eq_nocase(name, subcommands[i].name))
			return &subcommands[i];
	return NULL;
}

static bool
parse_limit(struct str word, unsigned most, unsigned *out)
{
	int64_t limit;

	if (!str_to_int64(word, &limit) || limit < 1)
		return false;
	*out = limit < most ? (unsigned)limit : most;
	return true;
}

enum history_fault
history_parse(
    const struct irc_message *m, unsigned most, struct history_request *out, struct str *wrong)
{
	const struct subcommand *c = find(irc_param(m, 0));
	struct place places[2] = { { 0, 0 }, { 0, 0 } };
	unsigned at = 1, wanted = c ? c->places + c->target + 2 : 0;

	*wrong = (struct str){ 0 };
	if (c == NULL)
		return HISTORY_UNKNOWN;
	if (m->count != wanted)
		return m->count < wanted ? HISTORY_TOO_FEW : HISTORY_TOO_MANY;
	*out = (struct history_request){ .before = UINT64_MAX };
	if (c->target)
		out->target = m->params[at++];
	for (unsigned i = 0; i < c->places; i++) {
		enum history_fault f = HISTORY_FINE;
		*wrong = m->params[at++];
		if (!c->open || !str_eq(*wrong, STR("*")))
			f = parse_place(*wrong, c->target, &places[i]);
		if (f != HISTORY_FINE)
			return f;
	}
	*wrong = m->params[at];
	if (!parse_limit(m->params[at], most, &out->limit))
		return HISTORY_BAD_LIMIT;
	*wrong = (struct str){ 0 };
	c->fill(out, places);
	return HISTORY_FINE;
}

const char *
history_fault_text(enum history_fault f)
{
	static const char *const texts[HISTORY_FAULTS] = {
		[HISTORY_FINE] = "",
		[HISTORY_UNKNOWN] = "There is no such subcommand",
		[HISTORY_TOO_FEW] = "Insufficient parameters",
		[HISTORY_TOO_MANY] = "Too many parameters",
		[HISTORY_NO_REFERENCE] = "Write timestamp=TIME or msgid=ID (TARGETS: timestamp=)",
		[HISTORY_BAD_TIMESTAMP] = "Invalid timestamp; write it as 2026-11-21T07:30:00.000Z",
		[HISTORY_BAD_MSGID] = "That is not a msgid of this server",
		[HISTORY_BAD_LIMIT] = "The limit must be a number above 0",
	};

	return texts[f];
}
