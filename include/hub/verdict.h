/* What the hub says of an event: it took effect, or the one reason why not. */
#ifndef HUB_VERDICT_H
#define HUB_VERDICT_H

enum verdict {
	VERDICT_OK,
	VERDICT_NOTHING, /* nothing changes and nothing is said */
	VERDICT_NO_MEMORY,
	VERDICT_NO_SUCH_NICK,
	VERDICT_NO_SUCH_CHANNEL,
	VERDICT_NOT_ON_CHANNEL,
	VERDICT_TARGET_NOT_ON_CHANNEL,
	VERDICT_TARGET_ON_CHANNEL,
	VERDICT_CANNOT_SEND,
	VERDICT_NOT_CHANNEL_OPERATOR,
	VERDICT_BANNED,
	VERDICT_INVITE_ONLY,
	VERDICT_BAD_KEY,
	VERDICT_FULL,
	VERDICT_TOO_MANY_CHANNELS,
	VERDICT_BAD_CHANNEL_NAME,
	VERDICT_BAD_NICK,
	VERDICT_NICK_IN_USE,
	VERDICT_TOO_LONG,      /* message over [limits] message-length */
	VERDICT_NOT_PERMITTED, /* needs an operator of the server */
	VERDICT_UNKNOWN_MODE,
	VERDICT_BAD_MODE_PARAM,
	VERDICT_INVALID_KEY,
	VERDICT_LIST_FULL,
	VERDICT_NEEDS_PARAM,
	VERDICT_OTHER_USER,    /* modes of somebody else */
	VERDICT_BAD_HOST,      /* or user name */
	VERDICT_NEEDS_ACCOUNT, /* the channel or user is for those who are logged in */
	VERDICT_CALLER_ID,     /* the user has mode g, and did not accept the actor */
	VERDICT_NO_CTCP,       /* the user has mode T */
	VERDICT_ACCEPTED,      /* ACCEPT: is in the list already */
	VERDICT_NOT_ACCEPTED,  /* ... is not in it */
	VERDICT_ACCEPT_FULL,
	VERDICT_ON_CHANNEL,   /* KNOCK: is in it already */
	VERDICT_OPEN,         /* ... could join it */
	VERDICT_NO_KNOCK,     /* mode K */
	VERDICT_NAME_IN_USE,  /* RENAME: another channel has it */
	VERDICT_BAD_NEW_NAME, /* ... */
	VERDICT_NOT_FOUNDER,  /* ... of a registered channel */
	VERDICT_RENAMED_JUST_NOW,
	VERDICT_TOO_SOON,    /* rules.knock_interval */
	VERDICT_NICK_HELD,   /* by a ban or mute in event.channel */
	VERDICT_NICK_BANNED, /* by event.ban */
	VERDICT_NOT_STORED,  /* messages, while the store takes nothing */
	VERDICT_COUNT
};

#endif
