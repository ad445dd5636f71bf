/* Sizes that the protocol or the program fixes. What a person may want to change is a row in
 * cli/options.c. */
#ifndef IRC_LIMITS_H
#define IRC_LIMITS_H

enum {
	IRC_LINE_MOST = 512, /* bytes without the tags, CR LF included (RFC 2812, 2.3) */
	IRC_TEXT_MOST = IRC_LINE_MOST - 2,
	IRC_CLIENT_TAGS_MOST = 4094, /* tag data from a client, '@' and ' ' not counted */
	IRC_TAGS_MOST = 8191,        /* tags in all that a line may carry, '@' and ' ' included */
	/* longest line from a client, no CR LF */
	IRC_INPUT_MOST = IRC_CLIENT_TAGS_MOST + 2 + IRC_TEXT_MOST,
	IRC_PARAMS_MOST = 15,
	IRC_NAME_ROOM = 64,          /* most that [limits] name-length may allow */
	IRC_CHANNEL_ROOM = 64,       /* likewise channel-length, '#' counted */
	IRC_USER_MOST = 20,          /* user name, without ~ */
	IRC_HOST_MOST = 63,          /* shown host */
	IRC_REAL_MOST = 128,         /* real name */
	IRC_KEY_MOST = 23,           /* channel key */
	IRC_MASK_MOST = 128,         /* one ban, exception or invitation mask */
	IRC_LABEL_MOST = 64,         /* labeled-response */
	IRC_MODES_A_LINE = 6,        /* mode changes that take a parameter, in one MODE command */
	IRC_CAPS_MOST = 64,          /* capabilities the program can name */
	IRC_TOKENS_A_LINE = 12,      /* of RPL_ISUPPORT */
	IRC_WHOWAS_MOST = 500,       /* people remembered after they left, in all */
	IRC_RENAME_INTERVAL = 10000, /* ms between two RENAMEs of a channel */
	IRC_AWAY_MOST = 390,
	IRC_TOPIC_MOST = 390,
	IRC_KICK_MOST = 390,
	/* A line of metadata has two names and the server's besides these, and is never cut. */
	IRC_METADATA_KEY_MOST = 48,
	IRC_METADATA_VALUE_MOST = 256,
};

#endif
