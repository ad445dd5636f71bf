/* Audiences: how much of them stays behind of those who were there as something else. */
#include <stdio.h>
#include <string.h>

#include "house.h"
#include "hub/channel.h"
#include "serve/audience.h"

static const char *const caps[] = { "server-time", "message-tags", "extended-join", "away-notify",
	"invite-notify", "setname" };

static size_t
lanes(const struct house *h)
{
	return ((struct audience *)hub_channel(h->sv.hub, STR("#c"))->front)->count;
}

/* Someone who changes capabilities again and again is in one lane at a time, and hears everything
 * once, whatever it is by then. */
static void
test_lanes_that_nobody_is_in(void **state)
{
	struct house h;
	char line[64];

	(void)state;
	house_open(&h);
	house_enter(&h, ANN, "NICK ann\r\nUSER a 0 * :a\r\nJOIN #c\r\n");
	house_enter(&h, BOB, "NICK bob\r\nUSER b 0 * :b\r\nJOIN #c\r\n");
	for (unsigned i = 1; i < 1u << COUNT(caps); i++) {
		unsigned bit = 0, gray = i ^ i >> 1;
		while ((i >> bit & 1) == 0)
			bit++;
		snprintf(
		    line, sizeof(line), "CAP REQ :%s%s\r\n", gray >> bit & 1 ? "" : "-", caps[bit]);
		house_say(&h, ANN, line);
		house_hear(&h, ANN);
		snprintf(line, sizeof(line), "PRIVMSG #c :%u\r\n", i);
		house_say(&h, BOB, line);
		snprintf(line, sizeof(line), " PRIVMSG #c :%u\r\n", i);
		assert_non_null(strstr(house_hear(&h, ANN), line));
		assert_null(strstr(strstr(h.heard, line) + 2, "PRIVMSG"));
		assert_in_range(lanes(&h), 2, 4);
	}
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lanes_that_nobody_is_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
