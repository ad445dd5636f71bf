/* One IRC line as views into its bytes, and lines built from parts. No I/O, no allocation. */
#ifndef IRC_MESSAGE_H
#define IRC_MESSAGE_H

#include "base/buf.h"
#include "base/str.h"
#include "irc/limits.h"

/* A parsed line; every view points into the line it was parsed from. */
struct irc_message {
	struct str tags;    /* between '@' and ' ', escaped still; empty when there are none */
	struct str source;  /* between ':' and ' ' */
	struct str command; /* never empty after IRC_OK */
	struct str params[IRC_PARAMS_MOST]; /* the last one without its ':' */
	unsigned count;                     /* params beyond it are not set: see irc_param */
};

enum irc_result {
	IRC_OK,
	IRC_EMPTY,     /* nothing but spaces: to be ignored */
	IRC_TAGS_LONG, /* over IRC_CLIENT_TAGS_MOST of tag data: ERR_INPUTTOOLONG */
	IRC_LONG,      /* over IRC_TEXT_MOST without the tags: ERR_INPUTTOOLONG */
	IRC_BAD,       /* a NUL inside, or a command that is neither letters nor three digits */
};

/* Parses a line without its CR LF (RFC 2812 2.3.1, modern.ircdocs.horse, IRCv3 message-tags). A
 * lone CR is a byte like others. Runs of spaces separate; those before the command and at the
 * end are passed over. More than 15 parameters: the last holds the rest. A client (as opposed to
 * a server) gives `from_server` true, and then only IRC_TAGS_MOST bounds the tags and nothing
 * but the line itself the rest: networks differ. After anything but IRC_OK the message is of no
 * use. */
enum irc_result irc_parse(struct str line, bool from_server, struct irc_message *m);

/* The parameter i, or the empty view when there are fewer. */
struct str irc_param(const struct irc_message *m, unsigned i);

/* Appends the line with its CR LF, all or nothing: tags (escaped already) and source when not
 * empty, the last parameter behind a ':' when it needs one. False when it does not fit, and for
 * what no line can say: NUL, CR or LF anywhere, a space or an empty or ':'-led parameter before
 * the last, a bad command. Lengths are the caller's. */
bool irc_build(struct buf *out, const struct irc_message *m);

/* Walks tags: takes one off the front of *tags; false at the end. Value escaped still, empty
 * when none. A tag without a key is passed over. */
bool irc_tag_next(struct str *tags, struct str *key, struct str *value);
/* The value of the last tag of that key, escaped; false when there is none. */
bool irc_tag_find(struct str tags, struct str key, struct str *value);
/* Unescapes a tag value into out (all or nothing); false when it does not fit. A backslash
 * before what needs none is dropped, as is one at the end. */
bool irc_tag_unescape(struct buf *out, struct str value);
/* The reverse (all or nothing). NUL has no escape: the text must not hold one. */
bool irc_tag_escape(struct buf *out, struct str text);
/* A key as the specification allows: [+][vendor/]letters, digits, hyphens; the vendor is a host
 * name. */
bool irc_tag_key_valid(struct str key);

/* The nick of "nick!user@host", "nick!user", "nick@host" (or of "nick", "server.name"). */
struct str irc_source_nick(struct str source);

#endif
