/* The numeric replies. */
#include "irc/numerics.h"

#include <stddef.h>

static const struct row {
	enum numeric number;
	const char *format;
} rows[] = {
	/* sorted by number: a unit test says so */
	{ RPL_WELCOME, ":Welcome to the %s Network, %s" }, /* network, nick or nick!user@host */
	{ RPL_YOURHOST, ":Your host is %s, running version %s" }, /* server, version */
	{ RPL_CREATED, ":This server was created %s" },           /* date */
	/* server, version, user modes, channel modes, those with a value */
	{ RPL_MYINFO, "%s %s %s %s %s" },
	{ RPL_ISUPPORT, "%s :are supported by this server" }, /* tokens */

	{ RPL_STATSCOMMANDS, "%s %lld" }, /* command, count */
	/* mask, Unix time of its end or 0, by whom, why */
	{ RPL_STATSKLINE, "K %s * %lld %s :%s" },
	{ RPL_ENDOFSTATS, "%s :End of /STATS report" }, /* letter */
	{ RPL_UMODEIS, "%s" },                          /* modes */
	/* days, hours, minutes, seconds */
	{ RPL_STATSUPTIME, ":Server Up %lld days %lld:%02lld:%02lld" },
	{ RPL_STATSDEBUG, "%s :%s" }, /* letter, text */
	/* visible, invisible, servers */
	{ RPL_LUSERCLIENT, ":There are %lld users and %lld invisible on %lld servers" },
	{ RPL_LUSEROP, "%lld :operator(s) online" },                /* operators */
	{ RPL_LUSERUNKNOWN, "%lld :unknown connection(s)" },        /* not registered yet */
	{ RPL_LUSERCHANNELS, "%lld :channels formed" },             /* channels */
	{ RPL_LUSERME, ":I have %lld clients and %lld servers" },   /* clients, servers */
	{ RPL_ADMINME, "%s :Administrative info" },                 /* server */
	{ RPL_ADMINLOC1, ":%s" },                                   /* where */
	{ RPL_ADMINLOC2, ":%s" },                                   /* who runs it */
	{ RPL_ADMINEMAIL, ":%s" },                                  /* address */
	{ RPL_TRYAGAIN, "%s :Please wait a while and try again." }, /* command */
	/* now, most, now, most */
	{ RPL_LOCALUSERS, "%lld %lld :Current local users %lld, max %lld" },
	/* now, most, now, most */
	{ RPL_GLOBALUSERS, "%lld %lld :Current global users %lld, max %lld" },
	{ RPL_WHOISCERTFP, "%s :has client certificate fingerprint %s" }, /* nick, fingerprint */

	{ RPL_ACCEPTLIST, "%s" }, /* nick or account */
	{ RPL_ENDOFACCEPT, ":End of /ACCEPT list" },

	{ RPL_NONE, ":%s" },     /* text */
	{ RPL_AWAY, "%s :%s" },  /* nick, why */
	{ RPL_USERHOST, ":%s" }, /* replies */
	{ RPL_ISON, ":%s" },     /* nicks */
	{ RPL_UNAWAY, ":You are no longer marked as being away" },
	{ RPL_NOWAWAY, ":You have been marked as being away" },
	{ RPL_WHOISREGNICK, "%s :has identified for this nick" }, /* nick */
	{ RPL_WHOISUSER, "%s %s %s * :%s" },                      /* nick, user, host, real name */
	{ RPL_WHOISSERVER, "%s %s :%s" },                /* nick, server, its description */
	{ RPL_WHOISOPERATOR, "%s :is an IRC operator" }, /* nick */
	{ RPL_WHOWASUSER, "%s %s %s * :%s" },            /* nick, user, host, real name */
	{ RPL_ENDOFWHO, "%s :End of WHO list" },         /* mask */
	{ RPL_WHOISIDLE, "%s %lld %lld :seconds idle, signon time" }, /* nick, seconds, Unix time */
	{ RPL_ENDOFWHOIS, "%s :End of /WHOIS list" },                 /* nick */
	{ RPL_WHOISCHANNELS, "%s :%s" }, /* nick, channels with prefixes */
	{ RPL_WHOISSPECIAL, "%s :%s" },  /* nick, text */
	{ RPL_LISTSTART, "Channel :Users  Name" },
	{ RPL_LIST, "%s %lld :%s" }, /* channel, members, topic */
	{ RPL_LISTEND, ":End of /LIST" },
	{ RPL_CHANNELMODEIS, "%s %s" },                 /* channel, modes and their values */
	{ RPL_CREATIONTIME, "%s %lld" },                /* channel, Unix time */
	{ RPL_WHOISACCOUNT, "%s %s :is logged in as" }, /* nick, account */
	{ RPL_NOTOPIC, "%s :No topic is set" },         /* channel */
	{ RPL_TOPIC, "%s :%s" },                        /* channel, topic */
	{ RPL_TOPICWHOTIME, "%s %s %lld" },             /* channel, who, Unix time */
	{ RPL_WHOISBOT, "%s :is a bot" },               /* nick */
	{ RPL_INVITELIST, "%s" },                       /* channel */
	{ RPL_ENDOFINVITELIST, ":End of /INVITE list" },
	/* nick, user, host, address */
	{ RPL_WHOISACTUALLY, "%s %s@%s %s :Is actually using host" },
	{ RPL_USERIP, ":%s" },              /* replies */
	{ RPL_INVITING, "%s %s" },          /* nick, channel */
	{ RPL_INVEXLIST, "%s %s %s %lld" }, /* channel, mask, who, Unix time */
	{ RPL_ENDOFINVEXLIST, "%s :End of Channel Invite Exception List" }, /* channel */
	{ RPL_EXCEPTLIST, "%s %s %s %lld" }, /* channel, mask, who, Unix time */
	{ RPL_ENDOFEXCEPTLIST, "%s :End of channel exception list" }, /* channel */
	{ RPL_VERSION, "%s %s :%s" },                                 /* version, server, comment */
	/* channel, user, host, server, nick, flags, hops, real name */
	{ RPL_WHOREPLY, "%s %s %s %s %s %s :%lld %s" },
	{ RPL_NAMREPLY, "%s %s :%s" }, /* = @ or *, channel, nicks with prefixes */
	{ RPL_WHOSPCRPL, "%s" },       /* the fields asked for, in order */
	{ RPL_ENDOFLINKS, "* :End of /LINKS list" },
	{ RPL_ENDOFNAMES, "%s :End of /NAMES list" },        /* channel */
	{ RPL_BANLIST, "%s %s %s %lld" },                    /* channel, mask, who, Unix time */
	{ RPL_ENDOFBANLIST, "%s :End of channel ban list" }, /* channel */
	{ RPL_ENDOFWHOWAS, "%s :End of WHOWAS" },            /* nick */
	{ RPL_INFO, ":%s" },                                 /* line */
	{ RPL_MOTD, ":%s" },                                 /* line */
	{ RPL_ENDOFINFO, ":End of INFO list" },
	{ RPL_MOTDSTART, ":- %s Message of the day - " }, /* server */
	{ RPL_ENDOFMOTD, ":End of /MOTD command." },
	{ RPL_WHOISHOST, "%s :is connecting from %s %s" }, /* nick, user@host, address */
	{ RPL_WHOISMODES, "%s :is using modes %s" },       /* nick, modes */
	{ RPL_YOUREOPER, ":You are now an IRC operator" },
	{ RPL_REHASHING, "%s :Rehashing" },                    /* file */
	{ RPL_TIME, "%s %lld :%s" },                           /* server, Unix time, for people */
	{ RPL_VISIBLEHOST, "%s :is now your displayed host" }, /* host */

	{ ERR_UNKNOWNERROR, "%s :%s" },                                   /* command, what failed */
	{ ERR_NOSUCHNICK, "%s :No such nick/channel" },                   /* nick */
	{ ERR_NOSUCHSERVER, "%s :No such server" },                       /* server */
	{ ERR_NOSUCHCHANNEL, "%s :No such channel" },                     /* channel */
	{ ERR_CANNOTSENDTOCHAN, "%s :Cannot send to channel" },           /* channel */
	{ ERR_TOOMANYCHANNELS, "%s :You have joined too many channels" }, /* channel */
	{ ERR_WASNOSUCHNICK, "%s :There was no such nickname" },          /* nick */
	{ ERR_TOOMANYTARGETS, "%s :Too many targets" }, /* the first target that was one too many */
	{ ERR_NOORIGIN, ":No origin specified" },
	{ ERR_INVALIDCAPCMD, "%s :Invalid CAP command" }, /* subcommand */
	{ ERR_NORECIPIENT, ":No recipient given (%s)" },  /* command */
	{ ERR_NOTEXTTOSEND, ":No text to send" }, { ERR_INPUTTOOLONG, ":Input line was too long" },
	{ ERR_UNKNOWNCOMMAND, "%s :Unknown command" }, /* command */
	{ ERR_NOMOTD, ":MOTD File is missing" },
	{ ERR_NOADMININFO, "%s :No administrative info available" }, /* server */
	{ ERR_NONICKNAMEGIVEN, ":No nickname given" },
	{ ERR_ERRONEUSNICKNAME, "%s :Erroneus nickname" },       /* nick as asked for, made safe */
	{ ERR_NICKNAMEINUSE, "%s :Nickname is already in use" }, /* nick */
	/* new nick, channel */
	{ ERR_BANNICKCHANGE, "%s %s :Cannot change your nick while you are banned there" },
	/* nick, seconds */
	{ ERR_NICKTOOFAST, "%s :Nick change too fast. Please wait %lld seconds" },
	{ ERR_USERNOTINCHANNEL, "%s %s :They aren't on that channel" }, /* nick, channel */
	{ ERR_NOTONCHANNEL, "%s :You're not on that channel" },         /* channel */
	{ ERR_USERONCHANNEL, "%s %s :is already on channel" },          /* nick, channel */
	{ ERR_NOTREGISTERED, ":You have not registered" },
	{ ERR_ACCEPTFULL, ":Accept list is full" },
	{ ERR_ACCEPTEXIST, "%s :is already on your accept list" }, /* nick */
	{ ERR_ACCEPTNOT, "%s :is not on your accept list" },       /* nick */
	{ ERR_NEEDMOREPARAMS, "%s :Not enough parameters" },       /* command */
	{ ERR_ALREADYREGISTERED, ":You may not reregister" },
	{ ERR_PASSWDMISMATCH, ":Password incorrect" },
	{ ERR_YOUREBANNEDCREEP, ":You are banned from this server %s" }, /* until when, and why */
	{ ERR_LINKCHANNEL, "%s %s :Forwarding to another channel" },     /* channel, the other */
	{ ERR_CHANNELISFULL, "%s :Cannot join channel (+l)" },           /* channel */
	{ ERR_UNKNOWNMODE, "%s :is unknown mode char to me" },           /* mode character */
	{ ERR_INVITEONLYCHAN, "%s :Cannot join channel (+i)" },          /* channel */
	{ ERR_BANNEDFROMCHAN, "%s :Cannot join channel (+b)" },          /* channel */
	{ ERR_BADCHANNELKEY, "%s :Cannot join channel (+k)" },           /* channel */
	{ ERR_BADCHANMASK, "%s :Bad Channel Mask" }, /* channel as asked for, made safe */
	/* channel */
	/* channel or nick */
	{ ERR_NEEDREGGEDNICK, "%s :Log in to an account first (+R)" },
	{ ERR_BANLISTFULL, "%s %s :Channel list is full" },     /* channel, mode character */
	{ ERR_CANNOTKNOCK, "%s :Nobody can knock there (+K)" }, /* channel */
	{ ERR_NOPRIVILEGES, ":Permission Denied- You're not an IRC operator" },
	{ ERR_CHANOPRIVSNEEDED, "%s :You're not channel operator" }, /* channel */
	{ ERR_CANTKILLSERVER, ":You cant kill a server!" },
	{ ERR_NOOPERHOST, ":No O-lines for your host" },

	{ ERR_UMODEUNKNOWNFLAG, ":Unknown MODE flag" },
	{ ERR_USERSDONTMATCH, ":Cant change mode for other users" },
	{ ERR_HELPNOTFOUND, "%s :No help available on this topic" }, /* subject */
	{ ERR_INVALIDKEY, "%s :Key is not well-formed" },            /* channel */
	{ ERR_CANTSENDTOUSER, "%s :takes no CTCP (+T)" },            /* nick */
	{ RPL_WHOISSECURE, "%s :is using a secure connection" },     /* nick */
	{ ERR_INVALIDMODEPARAM, "%s %s %s :%s" }, /* target, mode character, value, why */
	{ RPL_HELPSTART, "%s :%s" },              /* subject, line */
	{ RPL_HELPTXT, "%s :%s" },                /* subject, line */
	{ RPL_ENDOFHELP, "%s :%s" },              /* subject, line */
	/* channel, nick!user@host, ": " or "", text */
	{ RPL_KNOCK, "%s %s :asks for an invitation%s%s" },
	{ RPL_KNOCKDLVR, "%s :Your KNOCK has been delivered" },                 /* channel */
	{ ERR_TOOMANYKNOCK, "%s :Too many KNOCKs: try again in %lld seconds" }, /* channel, s */
	{ ERR_CHANOPEN, "%s :The channel is open: join it" },                   /* channel */
	{ ERR_KNOCKONCHAN, "%s :You are on that channel already" },             /* channel */
	{ ERR_TARGUMODEG, "%s :is in +g mode: only those it accepts can write to it" }, /* nick */
	{ RPL_TARGNOTIFY, "%s :has been told that you wrote" },                         /* nick */
	/* nick, user, host */
	{ RPL_UMODEGMSG, "%s %s@%s :wrote to you, and you are in +g mode: see ACCEPT" },
	{ RPL_MONONLINE, ":%s" },  /* nicks, or nick!user@host, with commas */
	{ RPL_MONOFFLINE, ":%s" }, /* nicks, with commas */
	{ RPL_MONLIST, ":%s" },    /* nicks, with commas */
	{ RPL_ENDOFMONLIST, ":End of MONITOR list" },
	{ ERR_MONLISTFULL, "%lld %s :Monitor list is full" }, /* the most, nicks */
	{ RPL_WHOISKEYVALUE, "%s %s * :%s" },                 /* nick, key, value */
	{ RPL_KEYVALUE, "%s %s * :%s" },                      /* nick or channel, key, value */
	{ RPL_KEYNOTSET, "%s %s :Key is not set" },           /* nick or channel, key */
	{ RPL_METADATASUBOK, "%s" },                          /* keys */
	{ RPL_METADATAUNSUBOK, "%s" },                        /* keys */
	{ RPL_METADATASUBS, "%s" },                           /* keys */
	{ RPL_METADATASYNCLATER, "%s %lld" },                 /* nick or channel, seconds */

	/* nick!user@host, account, account */
	{ RPL_LOGGEDIN, "%s %s :You are now logged in as %s" },
	{ RPL_LOGGEDOUT, "%s :You are now logged out" }, /* nick!user@host */
	{ ERR_NICKLOCKED, ":You must use a nick assigned to you" },
	{ RPL_SASLSUCCESS, ":SASL authentication successful" },
	{ ERR_SASLFAIL, ":SASL authentication failed: %s" }, /* why */
	{ ERR_SASLTOOLONG, ":SASL message too long" },
	{ ERR_SASLABORTED, ":SASL authentication aborted" },
	{ ERR_SASLALREADY, ":You have already authenticated using SASL" },
	{ RPL_SASLMECHS, "%s :are available SASL mechanisms" }, /* mechanisms */
};

const char *
numeric_format(enum numeric n)
{
	size_t from = 0, to = sizeof(rows) / sizeof(rows[0]);

	while (from < to) {
		size_t middle = (from + to) / 2;
		if (n < rows[middle].number)
			to = middle;
		else if (n > rows[middle].number)
			from = middle + 1;
		else
			return rows[middle].format;
	}
	return NULL;
}
