/* The words of a text, as a search takes them. */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include "base/str.h"

/* Takes the next run of letters, digits and bytes that are not ASCII off the front; empty: none. */
struct str words_next(struct str *text);
/* Each of the words is one of the text's; ASCII letters fold. No words: always. */
bool words_match(struct str text, struct str words);
/* `target` is the private conversation of `identity` with somebody: "ada,bob". */
bool words_conversation(struct str target, struct str identity);

#endif
