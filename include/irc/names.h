/* Nicks, channel names and masks: validity, case mapping, matching. No I/O, no allocation. */
#ifndef IRC_NAMES_H
#define IRC_NAMES_H

#include "base/str.h"
#include "irc/limits.h"

/*
 * CASEMAPPING=ascii: A-Z fold to a-z, nothing else. Folds into out (at least s.len bytes, no NUL is
 * added) and returns the view of it.
 */
struct str name_fold(struct str s, char *out);
bool name_eq(struct str a, struct str b); /* by the case mapping */

/* A nick: not empty, at most `most` code points (and bytes within IRC_NAME_ROOM * 4 is never passed, see below),
 * valid UTF-8, no white space or control characters, none of  , : * ? ! @ . # & + % ~ $ at a place where a
 * reader or another client would take it for something else: none of " ,*?!@." anywhere, and not
 * first: digit - # & : + % ~ $. (A nick starting with a digit is refused, as modern.ircdocs.horse advises.)
 * Non-ASCII letters are allowed (UTF8ONLY); bytes are at most IRC_NAME_ROOM. */
bool nick_valid(struct str nick, size_t most);
/* A channel: '#', then at least one byte, at most `most` bytes in all; no space, comma, BEL, control; UTF-8. */
bool channel_valid(struct str name, size_t most);
bool channel_looks(struct str target); /* starts with '#': is meant as a channel */
/* A user name made acceptable: letters, digits and - _ . kept, the rest dropped, cut at IRC_USER_MOST;
 * "user" when nothing is left. Returns its length; out has IRC_USER_MOST + 1 bytes. */
size_t user_clean(struct str user, char *out);

/* Whether the mask with * and ? (a ? is one code point; \ is an ordinary byte) matches the whole of s, by the case mapping. Linear
 * in practice, at worst mask.len * s.len; no recursion. */
bool mask_match(struct str mask, struct str s);
/* Completes "nick", "user@host", "nick!user", "host.name", "nick!user@host" to nick!user@host form in out
 * (at least size bytes, NUL-terminated): missing parts become *; runs of * become one. False when it would not fit in size or
 * in IRC_MASK_MOST, or has white space or control characters. */
bool mask_complete(struct str mask, char *out, size_t size);

#endif
