/* The modes of channels and users: one row each. The same rows give ISUPPORT, parsing and the
 * manual. */
#ifndef HUB_MODES_H
#define HUB_MODES_H

#include "base/str.h"
#include "hub/verdict.h"

/* Channel flags (enum value = bit number in channel->modes). */
enum channel_flag {
	CHANNEL_INVITE_ONLY,    /* i */
	CHANNEL_MODERATED,      /* m */
	CHANNEL_NO_EXTERNAL,    /* n */
	CHANNEL_SECRET,         /* s */
	CHANNEL_TOPIC_LOCK,     /* t */
	CHANNEL_NO_CTCP,        /* C */
	CHANNEL_KEY,            /* k */
	CHANNEL_LIMIT,          /* l */
	CHANNEL_ACCOUNTS_SPEAK, /* M */
	CHANNEL_ACCOUNTS_ONLY,  /* R */
	CHANNEL_OP_MODERATED,   /* U */
	CHANNEL_AUDITORIUM,     /* u */
	CHANNEL_NO_KNOCK,       /* K */
	CHANNEL_FORWARD,        /* f */
};

enum user_flag {
	USER_INVISIBLE,     /* i */
	USER_OPERATOR,      /* o */
	USER_WALLOPS,       /* w */
	USER_BOT,           /* B */
	USER_CALLER_ID,     /* g */
	USER_ACCOUNTS_ONLY, /* R */
	USER_NO_CTCP,       /* T */
	USER_FLAG_COUNT
};

enum {
	USER_MODES_ROOM = USER_FLAG_COUNT + 2,
	/* not everybody may write to it in private */
	USER_CHOOSY = 1 << USER_CALLER_ID | 1 << USER_ACCOUNTS_ONLY,
	USER_SCREENED = USER_CHOOSY | 1 << USER_NO_CTCP,
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

/* Extended masks of these lists, "letter:rest". */
struct user;
enum extban_use {
	EXTBAN_PLAIN,
	EXTBAN_ACCOUNT, /* named by ISUPPORT's ACCOUNTEXTBAN */
	EXTBAN_MOVES,   /* whether it matches may change with every join and part */
	EXTBAN_MUTE,    /* the rest is a mask: of who may come, but not speak */
};

struct extban {
	char letter;
	enum extban_use use;
	const char *help;
	bool (*matches)(const struct user *u, struct str rest); /* NULL for EXTBAN_MUTE */
};

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
extern const struct extban extbans[];                      /* sorted by letter */
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
