/* The IRCv3 capabilities this program can name, client and server side: one row each in
 * irc/caps.c. */
#ifndef IRC_CAPS_H
#define IRC_CAPS_H

#include <stdint.h>

#include "base/str.h"

/* clang-format off */
enum cap {
	CAP_MESSAGE_TAGS, CAP_SERVER_TIME, CAP_ECHO_MESSAGE, CAP_LABELED_RESPONSE, CAP_BATCH,
	CAP_CAP_NOTIFY, CAP_MULTI_PREFIX, CAP_USERHOST_IN_NAMES, CAP_EXTENDED_JOIN, CAP_AWAY_NOTIFY,
	CAP_INVITE_NOTIFY, CAP_SETNAME, CAP_STANDARD_REPLIES,
	CAP_SOCKCHAT_ID, CAP_SOCKCHAT_DURABLE, CAP_SASL, CAP_ACCOUNT_NOTIFY, CAP_ACCOUNT_TAG,
	CAP_ACCOUNT_REGISTRATION, CAP_CHATHISTORY, CAP_EVENT_PLAYBACK, CAP_READ_MARKER,
	CAP_REDACTION, CAP_MULTILINE, CAP_SEARCH, CAP_CHGHOST, CAP_CHANNEL_RENAME,
	CAP_EXTENDED_MONITOR, CAP_METADATA, CAP_NO_IMPLICIT_NAMES, CAP_NO_IMPLICIT_NAMES_DRAFT,
	CAP_EXTENDED_ISUPPORT, CAP_PRE_AWAY, CAP_RELAYMSG, CAP_COUNT
};
/* clang-format on */

/* A set of capabilities: bit number = enum cap. */
typedef uint64_t cap_set;
#define CAP_BIT(c) ((cap_set)1 << (c))

const char *cap_name(enum cap c); /* "" for CAP_COUNT */
/* The capability of that name (case-sensitive, as the specification has it), or CAP_COUNT. */
enum cap cap_find(struct str name);

#endif
