/* The hub: every rule as a row. */
#include "world.h"

/* The last event of the script gets this verdict. */
static const struct rule {
	const char *script;
	enum verdict verdict;
} cases[] = {
	/* names */
	{ "d CONNECT", VERDICT_OK },
	{ "A CONNECT", VERDICT_NICK_IN_USE },
	{ "elevenchars CONNECT", VERDICT_BAD_NICK },
	{ "tencharsss CONNECT", VERDICT_OK },
	{ "1a CONNECT", VERDICT_BAD_NICK },
	{ "a NICK b", VERDICT_NICK_IN_USE },
	{ "a NICK A", VERDICT_OK },
	{ "a NICK a", VERDICT_NOTHING },
	{ "a NICK x; a CONNECT", VERDICT_OK },
	{ "a QUIT; a CONNECT", VERDICT_OK },
	/* joining */
	{ "a JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a JOIN #X", VERDICT_NOTHING },
	{ "a JOIN x", VERDICT_BAD_CHANNEL_NAME },
	{ "a JOIN #twelvechars", VERDICT_OK },
	{ "a JOIN #thirteenchar", VERDICT_BAD_CHANNEL_NAME },
	{ "a JOIN #1; a JOIN #2; a JOIN #3; a JOIN #4", VERDICT_TOO_MANY_CHANNELS },
	{ "a JOIN #x; a MODE #x +k key; b JOIN #x", VERDICT_BAD_KEY },
	{ "a JOIN #x; a MODE #x +k key; b JOIN #x key", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +l 1; b JOIN #x", VERDICT_FULL },
	{ "a JOIN #x; a MODE #x +l 1; a MODE #x -l; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +i; b JOIN #x", VERDICT_INVITE_ONLY },
	{ "a JOIN #x; a MODE #x +i; a INVITE #x b; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +ikl key 1; a INVITE #x b; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +i; a INVITE #x b; b JOIN #x; b PART #x; b JOIN #x",
	    VERDICT_INVITE_ONLY },
	{ "a JOIN #x; a INVITE #x b; a PART #x; c JOIN #x; c MODE #x +i; b JOIN #x",
	    VERDICT_INVITE_ONLY },
	{ "a JOIN #x; a MODE #x +iI b!*@*; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b b!*@*; b JOIN #x", VERDICT_BANNED },
	{ "a JOIN #x; a MODE #x +b B; b JOIN #x", VERDICT_BANNED },
	{ "a JOIN #x; a MODE #x +be b!*@* *!~user@*; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b b!*@*; a INVITE #x b; b JOIN #x", VERDICT_BANNED },
	/* leaving */
	{ "a PART #x", VERDICT_NO_SUCH_CHANNEL },
	{ "a JOIN #x; b PART #x", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; a PART #x; b PART #x", VERDICT_NO_SUCH_CHANNEL },
	/* operators of the channel */
	{ "a JOIN #x; b JOIN #x; b KICK #x a", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a KICK #x b", VERDICT_OK },
	{ "a JOIN #x; a KICK #x b", VERDICT_TARGET_NOT_ON_CHANNEL },
	{ "a JOIN #x; a KICK #x nobody", VERDICT_NO_SUCH_NICK },
	{ "a JOIN #x; b KICK #x a", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; b JOIN #x; b TOPIC #x t", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a MODE #x -t; b TOPIC #x t", VERDICT_OK },
	{ "a JOIN #x; b TOPIC #x t", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; b JOIN #x; b MODE #x +m", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a MODE #x +o b; b MODE #x -o a; a MODE #x +m",
	    VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b INVITE #x c", VERDICT_NOT_ON_CHANNEL },
	{ "a JOIN #x; b JOIN #x; b INVITE #x c", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +i; b INVITE #x c", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b JOIN #x; a INVITE #x b", VERDICT_TARGET_ON_CHANNEL },
	{ "a INVITE #x nobody", VERDICT_NO_SUCH_NICK },
	{ "a INVITE #x b", VERDICT_NO_SUCH_CHANNEL },
	/* modes, one change after the other */
	{ "a JOIN #x; a MODE #x +m", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +m; a MODE #x +m", VERDICT_NOTHING },
	{ "a JOIN #x; a MODE #x +Z", VERDICT_UNKNOWN_MODE },
	{ "a JOIN #x; a MODE #x +k", VERDICT_NEEDS_PARAM },
	{ "a JOIN #x; a MODE #x +k a,b", VERDICT_INVALID_KEY },
	{ "a JOIN #x; a MODE #x +k 24charactersare1toomany!", VERDICT_INVALID_KEY },
	{ "a JOIN #x; a MODE #x -k x", VERDICT_NOTHING },
	{ "a JOIN #x; a MODE #x +l 0", VERDICT_BAD_MODE_PARAM },
	{ "a JOIN #x; a MODE #x +l many", VERDICT_BAD_MODE_PARAM },
	{ "a JOIN #x; a MODE #x +l 99999999999", VERDICT_BAD_MODE_PARAM },
	{ "a JOIN #x; a MODE #x +o b", VERDICT_TARGET_NOT_ON_CHANNEL },
	{ "a JOIN #x; a MODE #x +o nobody", VERDICT_NO_SUCH_NICK },
	{ "a JOIN #x; a MODE #x +bb m n; a MODE #x +b o", VERDICT_LIST_FULL },
	{ "a JOIN #x; a MODE #x +bb m n; a MODE #x -b M!*@*; a MODE #x +b o", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b m; a MODE #x +b m!*@*", VERDICT_NOTHING },
	{ "a JOIN #x; a MODE #x -b m", VERDICT_NOTHING },
	{ "a MODE #x +m", VERDICT_NO_SUCH_CHANNEL },
	{ "a MODE a +i", VERDICT_OK },
	{ "a MODE a +o", VERDICT_NOTHING },
	{ "a MODE b +i", VERDICT_OTHER_USER },
	{ "a MODE a +Z", VERDICT_UNKNOWN_MODE },
	{ "a MODE nobody +i", VERDICT_NO_SUCH_NICK },
	/* speaking */
	{ "a SAY b hi", VERDICT_OK },
	{ "a SAY nobody hi", VERDICT_NO_SUCH_NICK },
	{ "a SAY #x hi", VERDICT_NO_SUCH_CHANNEL },
	{ "a JOIN #x; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x -n; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; a MODE #x -n+b b; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +m; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +mv b; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +bv b b; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; b SAY #x hi; a MODE #x +b b; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi; a MODE #x -b b; b SAY #x hi",
	    VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b SAY #x hi; a MODE #x +e b; b SAY #x hi",
	    VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b b; b NICK d", VERDICT_NICK_HELD },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b m:b; b NICK d", VERDICT_NICK_HELD },
	{ "a JOIN #x; b JOIN #x; a MODE #x +v b; a MODE #x +b b; b NICK d; d SAY #x hi",
	    VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b m:b; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b m:b; b JOIN #x; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x +b m:b; b JOIN #x; a MODE #x +e m:b; b SAY #x hi", VERDICT_OK },
	{ "a JOIN #x; a MODE #x +b b; a MODE #x +e m:b; b JOIN #x", VERDICT_BANNED },
	{ "a JOIN #x; a MODE #x -t+b m:b; b JOIN #x; b TOPIC #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #y; a MODE #x +b c:#y; b JOIN #x", VERDICT_BANNED },
	{ "a JOIN #x; b JOIN #y; b MODE #y +s; a MODE #x +b c:#y; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b c:#y; b SAY #x hi; b JOIN #y; b SAY #x hi",
	    VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x +R; b JOIN #x", VERDICT_NEEDS_ACCOUNT },
	{ "a JOIN #x; a MODE #x +R; a INVITE #x b; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; a MODE #x +M; b SAY #x hi", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a JOIN #y; a MODE #x +if #y; b JOIN #x; b SAY #y hi", VERDICT_OK },
	{ "a JOIN #x; a JOIN #y; a MODE #x +if #y; a MODE #y +if #x; b JOIN #x",
	    VERDICT_INVITE_ONLY },
	{ "a JOIN #x; b JOIN #x; a MODE #x +b d; b SAY #x hi; b NICK d; d SAY #x hi",
	    VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x +C; a SAY #x \001VERSION\001", VERDICT_CANNOT_SEND },
	{ "a JOIN #x; a MODE #x +C; a SAY #x \001ACTION waves\001", VERDICT_OK },
	{ "a SAY b twentycharactersfit!", VERDICT_OK },
	{ "a SAY b twentyonedoesnotfit!!", VERDICT_TOO_LONG },
	{ "a SAY b \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
	    VERDICT_OK },
	{ "a JOIN #x; a SAY @#x hi", VERDICT_OK },
	{ "a SAY @b hi", VERDICT_NO_SUCH_NICK },
	/* accounts, and channels of theirs */
	{ "a ACCOUNT ann", VERDICT_OK },
	{ "a ACCOUNT ann; a ACCOUNT ann", VERDICT_NOTHING },
	{ "a ACCOUNT ann; a ACCOUNT", VERDICT_OK },
	{ "a ACCOUNT", VERDICT_NOTHING },
	{ "a OWNER #x ann", VERDICT_NO_SUCH_CHANNEL },
	{ "a JOIN #x; a OWNER #x ann", VERDICT_OK },
	{ "a JOIN #x; b JOIN #x; b OWNER #x bea", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; b OWNER #x bea", VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; a OWNER #x ann; a OWNER #x bea", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a OWNER #x", VERDICT_NOTHING },
	{ "a JOIN #x; a OWNER #x ann; a OWNER #x", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a OWNER #x ann; b ACCOUNT Ann; b OWNER #x", VERDICT_OK },
	{ "a JOIN #x; a OWNER #x ann; a PART #x; b JOIN #x; b MODE #x +m",
	    VERDICT_NOT_CHANNEL_OPERATOR },
	{ "a JOIN #x; a MODE #x +k key; a OWNER #x ann; a QUIT; b JOIN #x", VERDICT_BAD_KEY },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a PART #x; a OWNER #x; b JOIN #x; b MODE #x "
	  "+m",
	    VERDICT_OK },
	{ "a JOIN #x; a MODE #x +bik * key; a OWNER #x ann; b ACCOUNT ann; b JOIN #x", VERDICT_OK },
	{ "a JOIN #x; a ACCESS #x bea +", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a OWNER #x ann; a ACCESS #x bea +", VERDICT_NOT_PERMITTED },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea +", VERDICT_OK },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea +; a ACCESS #x BEA +",
	    VERDICT_NOTHING },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x 1 +; a ACCESS #x 2 +; a ACCESS #x "
	  "3 +",
	    VERDICT_LIST_FULL },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea", VERDICT_NOTHING },
	{ "a JOIN #x; a ACCOUNT ann; a OWNER #x ann; a ACCESS #x bea +; b ACCOUNT bea; b ACCESS #x "
	  "bea",
	    VERDICT_NOT_PERMITTED },
	/* operators of the server */
	{ "a KILL b", VERDICT_NOT_PERMITTED },
	{ "a WALLOPS hi", VERDICT_NOT_PERMITTED },
	{ "a OPER root; a KILL b", VERDICT_OK },
	{ "a OPER root; a KILL nobody", VERDICT_NO_SUCH_NICK },
	{ "a OPER root; a WALLOPS hi", VERDICT_OK },
	{ "a OPER root; a MODE a -o; a KILL b", VERDICT_NOT_PERMITTED },
	/* hosts that are shown */
	{ "a HOST b elsewhere", VERDICT_NOT_PERMITTED },
	{ "a OPER root; a HOST b else.where/x", VERDICT_OK },
	{ "a OPER root; a HOST nobody elsewhere", VERDICT_NO_SUCH_NICK },
	{ "a OPER root; a HOST b host", VERDICT_NOTHING },
	{ "a OPER root; a HOST b host ~other", VERDICT_OK },
	{ "a OPER root; a HOST b", VERDICT_NOTHING },
	{ "a OPER root; a HOST b elsewhere; a HOST b", VERDICT_OK },
	{ "a OPER root; a HOST b @", VERDICT_BAD_HOST },
	{ "a OPER root; a HOST b a*", VERDICT_BAD_HOST },
	{ "a OPER root; a HOST b elsewhere o!o", VERDICT_BAD_HOST },
	/* ... and bans, old and new */
	{ "a JOIN #x; a OPER root; a MODE #x +b *!*@host; a HOST b elsewhere; b JOIN #x",
	    VERDICT_BANNED },
	{ "a JOIN #x; a OPER root; a MODE #x +b *!*@elsewhere; a HOST b elsewhere; b JOIN #x",
	    VERDICT_BANNED },
	{ "a JOIN #x; a OPER root; a MODE #x +b *!*@elsewhere; a HOST b elsewhere; a HOST b; "
	  "b JOIN #x",
	    VERDICT_OK },
	{ "a JOIN #x; a OPER root; a MODE #x +b *!~user@*; a HOST b elsewhere other; b SETNAME x; "
	  "b JOIN #x",
	    VERDICT_BANNED },
	{ "a JOIN #x; b JOIN #x; a OPER root; a MODE #x +b *!*@host; a HOST b elsewhere; "
	  "b SAY #x hi",
	    VERDICT_CANNOT_SEND },
	{ "a JOIN #x; b JOIN #x; a OPER root; a MODE #x +b *!*@elsewhere; b SAY #x hi; "
	  "a HOST b elsewhere; b SAY #x hi",
	    VERDICT_CANNOT_SEND },
};

static void
test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;
		world_open(&w);
		expect_int(cases[i].script, world_play(&w, cases[i].script), cases[i].verdict);
		world_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
