/*
 * The client's side of the protocol, by scripts: what the server says, what is typed, what must
 * come of it.
 *     "o"          a connection is there          "x", "X"    it ends: orderly, cut off
 *     "< LINE"     the server says                "> LINE"    we say
 *     "$ LINE"     typed                          "! TEXT"    typed, and refused with a sentence
 * that has TEXT
 *     "= NEWS"     is told: kind from>to [object] text {msgid time}; "own" before it when it is
 *                  ours, "missed" or "past" when it was fetched
 *     "+ LINE"     a line is acknowledged: number target text (then "?" when others may see it
 * twice)
 *     "- LINE"     a line is refused: number target why
 *     "~ LINE"     a line cannot be stored now: number target delay why
 *     "t MS"       so much time passes; what is due is done
 *     "c"          nothing is missing any more
 *     "@ TARGET"   typed text goes there now
 *     "# STAGE"    the stage, a number, and why
 * Nothing may be said or told that is not in the script. Keys of lines, which are made by chance,
 * are K1, K2, ... in it, by the order in which they appear.
 */
#ifndef SCENE_H
#define SCENE_H

#include "connect/session.h"
#include "expect.h"

struct stage {
	struct session s;
	struct buf told;
	uint64_t number;
	int64_t now;
	char keys[8][OUTBOX_KEY + 1];
	const char *scene, *step;
};

/* Gathers what is told; its owner is a struct stage. */
extern const struct session_handler scene_handler;

void play(const char *scene, const char *const *steps);
void play_as(const char *scene, const struct session_config *config, const char *const *steps);
/* A text and "x" many times behind it, in one place that the next call uses again. */
const char *exes(const char *before, size_t count);

#define SCENE(...)                                                        \
	do {                                                              \
		static const char *const steps[] = { __VA_ARGS__, NULL }; \
		play(__func__, steps);                                    \
	} while (0)

#define HELLO "o", "> CAP LS 302", "> NICK al", "> USER al 0 * :Al B"
/* Up to READY, in #c, on a server without capabilities, and on one with echoes and labels. */
#define BARE                                                                             \
	HELLO, "< :srv 421 * CAP :Unknown command", "< :srv 001 al :Hello", "> JOIN #c", \
	    "> PING :r1", "< :al!u@h JOIN #c", "= own join al>#c", "< :srv PONG srv :r1"
#define FULL                                                                                    \
	HELLO, "< :srv CAP * LS :batch labeled-response echo-message message-tags=x unknown",   \
	    "> CAP REQ :message-tags echo-message labeled-response batch",                      \
	    "< :srv CAP al ACK :message-tags echo-message labeled-response batch", "> CAP END", \
	    "< :srv 001 al :Hello", "> JOIN #c", "> PING :r1", "< :al!u@h JOIN #c",             \
	    "= own join al>#c", "< :srv PONG srv :r1"
#define TO_READY()                                                              \
	"< :srv 001 al :Hello", "> JOIN #c", "> PING :r1", "< :al!u@h JOIN #c", \
	    "= own join al>#c", "< :srv PONG srv :r1"
#define KEYED_CAPS "echo-message labeled-response batch sockchat/id"
#define KEYED                                                            \
	HELLO, "< :srv CAP * LS :" KEYED_CAPS, "> CAP REQ :" KEYED_CAPS, \
	    "< :srv CAP al ACK :" KEYED_CAPS, "> CAP END"
#define AGAIN                                                                   \
	"< :srv 001 al :Hello", "> JOIN #c", "> PING :r2", "< :al!u@h JOIN #c", \
	    "= own join al>#c", "< PONG :r2"

#endif
