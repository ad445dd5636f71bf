/* The modes of channels and users. */
#include "hub/modes.h"

const struct channel_mode channel_modes[] = {
	{ 'b', MODE_LIST, LIST_BAN, 0, "ban mask: may not join or speak" },
	{ 'e', MODE_LIST, LIST_EXCEPT, 0, "exception from bans" },
	{ 'I', MODE_LIST, LIST_INVITE, 0, "may join an invite-only channel uninvited" },
	{ 'k', MODE_VALUE, CHANNEL_KEY, 0, "key needed to join" },
	{ 'f', MODE_SETTING, CHANNEL_FORWARD, 0, "where those go who may not join" },
	{ 'l', MODE_SETTING, CHANNEL_LIMIT, 0, "most members" },
	{ 'C', MODE_FLAG, CHANNEL_NO_CTCP, 0, "no CTCP but ACTION" },
	{ 'K', MODE_FLAG, CHANNEL_NO_KNOCK, 0, "no KNOCK" },
	{ 'M', MODE_FLAG, CHANNEL_ACCOUNTS_SPEAK, 0, "only + and @ and those logged in may speak" },
	{ 'R', MODE_FLAG, CHANNEL_ACCOUNTS_ONLY, 0, "joined by those only who are logged in" },
	{ 'U', MODE_FLAG, CHANNEL_OP_MODERATED, 0, "what others than + and @ say, only @ hear" },
	{ 'i', MODE_FLAG, CHANNEL_INVITE_ONLY, 0, "joined by invitation only" },
	{ 'm', MODE_FLAG, CHANNEL_MODERATED, 0, "only + and @ may speak" },
	{ 'n', MODE_FLAG, CHANNEL_NO_EXTERNAL, 0, "only members may speak" },
	{ 's', MODE_FLAG, CHANNEL_SECRET, 0, "not shown to outsiders" },
	{ 't', MODE_FLAG, CHANNEL_TOPIC_LOCK, 0, "only @ may set the topic" },
	{ 'u', MODE_FLAG, CHANNEL_AUDITORIUM, 0, "only @ are shown members without + or @" },
	{ 'o', MODE_PREFIX, MEMBER_OPERATOR, '@', "channel operator" },
	{ 'v', MODE_PREFIX, MEMBER_VOICE, '+', "voice" },
	{ 0, MODE_FLAG, 0, 0, NULL },
};

const struct user_mode user_modes[] = {
	{ 'B', USER_BOT, true, "is a bot" },
	{ 'R', USER_ACCOUNTS_ONLY, true, "only who is logged in may write to it" },
	{ 'T', USER_NO_CTCP, true, "no CTCP but ACTION" },
	{ 'g', USER_CALLER_ID, true, "only whom it accepts may write to it" },
	{ 'i', USER_INVISIBLE, true, "not listed for those who share no channel" },
	{ 'o', USER_OPERATOR, false, "operator of the server" },
	{ 'w', USER_WALLOPS, true, "hears WALLOPS" },
	{ 0, 0, false, NULL },
};

const struct channel_mode *
channel_mode_find(char letter)
{
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++)
		if (m->letter == letter)
			return m;
	return NULL;
}

const struct user_mode *
user_mode_find(char letter)
{
	for (const struct user_mode *m = user_modes; m->letter != 0; m++)
		if (m->letter == letter)
			return m;
	return NULL;
}
