/* The modes of channels and users: one row each. The same rows give ISUPPORT, parsing and the
 * manual. */
#ifndef HUB_MODES_H
#define HUB_MODES_H

#include "base/str.h"
#include "hub/verdict.h"

/* Channel flags (enum value = bit number in channel->modes). */
enum channel_flag {
	CHANNEL_INVITE_ONLY, /* i */
	CHANNEL_MODERATED,   /* m */
	CHANNEL_NO_EXTERNAL, /* n */
	CHANNEL_SECRET,      /* s */
	CHANNEL_TOPIC_LOCK,  /* t */
	CHANNEL_NO_CTCP,     /* C */
	CHANNEL_KEY,         /* k */
	CHANNEL_LIMIT,       /* l */
};

enum user_flag {
	USER_INVISIBLE, /* i */
	USER_OPERATOR,  /* o */
	USER_WALLOPS,   /* w */
	USER_BOT,       /* B */
};

enum member_flag {
	MEMBER_VOICE,    /* v, prefix + */
	MEMBER_OPERATOR, /* o, prefix @ */
};

/* CHANMODES' classes (modern.ircdocs.horse), and the prefix modes. */
enum mode_class {
	MODE_LIST,    /* A: always a parameter, adds to a list; without one: a question */
	MODE_VALUE,   /* B: always a parameter */
	MODE_SETTING, /* C: a parameter when set only */
	MODE_FLAG,    /* D: never one */
	MODE_PREFIX,  /* the parameter is a member */
};

enum list_kind { LIST_BAN, LIST_EXCEPT, LIST_INVITE, LIST_COUNT };

struct channel_mode {
	char letter;
	enum mode_class kind;
	unsigned which; /* enum list_kind, channel_flag or member_flag, by class */
	char prefix;    /* of MODE_PREFIX */
	const char *help;
};

struct user_mode {
	char letter;
	enum user_flag flag;
	bool settable; /* by the user; clearing is always allowed */
	const char *help;
};

/* Rows end with letter 0. */
extern const struct channel_mode channel_modes[];
extern const struct user_mode user_modes[];
const struct channel_mode *channel_mode_find(char letter); /* NULL: no such mode */
const struct user_mode *user_mode_find(char letter);

/* One change asked for, and what became of it. */
struct mode_change {
	bool add;
	char letter;
	/* as asked; apply may put what took effect in its place (mask, nick) */
	struct str param;
	enum verdict verdict; /* OK: took effect; VERDICT_NOTHING: was so already */
	struct user *member;  /* of a prefix mode */
	char mask[160];       /* a list mode's completed mask */
};

#endif
