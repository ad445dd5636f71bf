/* The names of what happens. */
#include "connect/news.h"

static const char *const names[NEWS_KINDS] = {
	[NEWS_MESSAGE] = "message",
	[NEWS_ACTION] = "action",
	[NEWS_NOTICE] = "notice",
	[NEWS_JOIN] = "join",
	[NEWS_PART] = "part",
	[NEWS_KICK] = "kick",
	[NEWS_QUIT] = "quit",
	[NEWS_NICK] = "nick",
	[NEWS_TOPIC] = "topic",
	[NEWS_MODE] = "mode",
	[NEWS_INVITE] = "invite",
	[NEWS_NAMES] = "names",
	[NEWS_REPLY] = "reply",
	[NEWS_MOTD] = "motd",
	[NEWS_ERROR] = "error",
};

const char *
news_kind_name(enum news_kind kind)
{
	return names[kind];
}
