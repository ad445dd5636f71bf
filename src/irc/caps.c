/* The IRCv3 capabilities this program can name. */
#include "irc/caps.h"

static const char *const names[CAP_COUNT] = {
	[CAP_MESSAGE_TAGS] = "message-tags",
	[CAP_SERVER_TIME] = "server-time",
	[CAP_ECHO_MESSAGE] = "echo-message",
	[CAP_LABELED_RESPONSE] = "labeled-response",
	[CAP_BATCH] = "batch",
	[CAP_CAP_NOTIFY] = "cap-notify",
	[CAP_MULTI_PREFIX] = "multi-prefix",
	[CAP_USERHOST_IN_NAMES] = "userhost-in-names",
	[CAP_EXTENDED_JOIN] = "extended-join",
	[CAP_AWAY_NOTIFY] = "away-notify",
	[CAP_INVITE_NOTIFY] = "invite-notify",
	[CAP_SETNAME] = "setname",
	[CAP_STANDARD_REPLIES] = "standard-replies",
	[CAP_SOCKCHAT_ID] = "sockchat/id",
	[CAP_SOCKCHAT_DURABLE] = "sockchat/durable",
	[CAP_SASL] = "sasl",
	[CAP_ACCOUNT_NOTIFY] = "account-notify",
	[CAP_ACCOUNT_TAG] = "account-tag",
	[CAP_ACCOUNT_REGISTRATION] = "draft/account-registration",
	[CAP_CHATHISTORY] = "draft/chathistory",
	[CAP_EVENT_PLAYBACK] = "draft/event-playback",
	[CAP_READ_MARKER] = "draft/read-marker",
	[CAP_REDACTION] = "draft/message-redaction",
	[CAP_MULTILINE] = "draft/multiline",
	[CAP_SEARCH] = "draft/search",
	[CAP_CHGHOST] = "chghost",
	[CAP_CHANNEL_RENAME] = "draft/channel-rename",
	[CAP_EXTENDED_MONITOR] = "extended-monitor",
	[CAP_METADATA] = "draft/metadata-3",
	[CAP_NO_IMPLICIT_NAMES] = "no-implicit-names",
	[CAP_NO_IMPLICIT_NAMES_DRAFT] = "draft/no-implicit-names", /* its name until 2026 */
	[CAP_EXTENDED_ISUPPORT] = "draft/extended-isupport",
	[CAP_PRE_AWAY] = "draft/pre-away",
	[CAP_RELAYMSG] = "draft/relaymsg",
};

const char *
cap_name(enum cap c)
{
	return c < CAP_COUNT ? names[c] : "";
}

enum cap
cap_find(struct str name)
{
	enum cap c = 0;

	while (c < CAP_COUNT && !str_eq(name, str_from(names[c])))
		c++;
	return c;
}
