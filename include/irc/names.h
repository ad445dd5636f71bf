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

/* A nick: at least one code point, at most `most`, and at most IRC_NAME_ROOM bytes; valid UTF-8
 * without white space, control characters or anything else that shows nothing or turns the text
 * around it (Unicode Default_Ignorable_Code_Point, bidi controls, private use: it would hide a
 * twin). None of , * ? ! @ . anywhere, and not first, where a reader or another client would
 * take it for something else: a digit, - # & : + % ~ $ (as modern.ircdocs.horse advises). */
bool nick_valid(struct str nick, size_t most);
/* The same of somebody who is elsewhere: such a name has a '/', which no nick has. */
bool relayed_valid(struct str name, size_t most);
/* A channel: '#', then at least one byte, at most `most` bytes in all (and IRC_CHANNEL_ROOM); no
 * comma; valid UTF-8 without white space, control or bidi characters. Joiners and variation
 * selectors, which make up emoji, are allowed. */
bool channel_valid(struct str name, size_t most);
bool channel_looks(struct str target); /* starts with '#': is meant as a channel */
/* A key of metadata: a-z 0-9 _ . / -, at most IRC_METADATA_KEY_MOST. */
bool metadata_key_valid(struct str key);
/* A user name made acceptable: letters, digits and - _ . kept, the rest dropped, cut at
 * IRC_USER_MOST; "user" when nothing is left. Returns its length; out has IRC_USER_MOST + 1
 * bytes. */
size_t user_clean(struct str user, char *out);
/* What user_clean leaves as it is, with or without a ~ in front. */
bool user_name_valid(struct str user);
/* A host that may be shown: letters, digits and - _ . : / (no colon at the front), at most
 * IRC_HOST_MOST bytes. */
bool host_valid(struct str host);

/* Whether the mask with * and ? (a ? is one code point; \ is an ordinary byte) matches the whole
 * of s, by the case mapping. Linear in practice, at worst mask.len * s.len; no recursion. */
bool mask_match(struct str mask, struct str s);
/* Completes "nick", "user@host", "nick!user", "host.name", "a:b::c" (an address),
 * "nick!user@host" to nick!user@host form in out (at least size bytes, NUL-terminated when
 * true): missing parts become *; runs of * become one. False when it would not fit in size or in
 * IRC_MASK_MOST, is empty, starts with ':' (no parameter could carry it), is not UTF-8, or has
 * white space or control characters. */
bool mask_complete(struct str mask, char *out, size_t size);

#endif
