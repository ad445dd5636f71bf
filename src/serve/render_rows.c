/* What IRC lines say behind their source. */
#include "render_rows.h"

#include "hub/channel.h"

static void
add_channel(struct line *l, const struct event *ev)
{
	line_text(l, ev->channel->name);
}

static void
add_join(struct line *l, const struct event *ev, const struct user *u, const struct form *f)
{
	add_channel(l, ev);
	if (form_has(f, CAP_EXTENDED_JOIN)) {
		line_char(l, ' ');
		line_text(l, u->account ? u->account : "*");
		line_add_trailing(l, str_from(u->real));
	}
}

static void
line_join(struct line *l, const struct event *ev, const struct form *f)
{
	add_join(l, ev, ev->actor, f);
}

static void
line_part(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_channel(l, ev);
	if (ev->text.len > 0)
		line_add_trailing(l, ev->text);
}

static void
line_kick(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_channel(l, ev);
	line_char(l, ' ');
	line_text(l, ev->user->nick);
	line_add_trailing(l, ev->text);
}

static void
line_mode(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	line_char(l, ' ');
	line_str(l, ev->text);
}

static void
line_topic(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	add_channel(l, ev);
	line_add_trailing(l, ev->text);
}

static void
line_invite(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->user->nick);
	line_char(l, ' ');
	add_channel(l, ev);
}

static void
line_message(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	if (ev->status)
		line_char(l, ev->status);
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	if (ev->kind != EVENT_TAGMSG)
		line_add_trailing(l, ev->text);
}

static void
line_rename(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_str(l, ev->old_nick);
	line_char(l, ' ');
	add_channel(l, ev);
	line_add_trailing(l, ev->text);
}

static void
line_redact(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	line_char(l, ' ');
	line_str(l, ev->object);
	if (ev->text.len > 0)
		line_add_trailing(l, ev->text);
}

static void
line_nick(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_str(l, ev->target);
}

static void
line_trailing(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_char(l, ':');
	line_str(l, ev->text);
}

static void
line_away(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	if (ev->actor->away == NULL)
		return;
	line_char(l, ':');
	line_text(l, ev->actor->away);
}

static void
line_account(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->actor->account ? ev->actor->account : "*");
}

static void
line_host(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->user->name);
	line_char(l, ' ');
	line_text(l, ev->user->host);
}

/* As a numeric that answers nobody: the same line for all. */
static void
line_metadata(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->text.p ? "761 * " : "766 * ");
	line_text(l, ev->channel ? ev->channel->name : ev->user->nick);
	line_char(l, ' ');
	line_str(l, ev->object);
	if (ev->text.p != NULL)
		LINE_LIT(l, " *");
	line_add_trailing(l, ev->text.p ? ev->text : STR("Key is not set"));
}

static void
line_kill(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_text(l, ev->user->nick);
	line_add_trailing(l, ev->text);
}

static const struct irc_row rows[EVENT_KIND_COUNT] = {
	[EVENT_NICK] = { { " NICK :", 7 }, line_nick, 0, false, 0 }, /* ii wants the colon */
	[EVENT_QUIT] = { { " QUIT ", 6 }, line_trailing, 0, false, 0 },
	[EVENT_JOIN] = { { " JOIN ", 6 }, line_join, 0, true, 0 },
	[EVENT_PART] = { { " PART ", 6 }, line_part, 0, true, 0 },
	[EVENT_KICK] = { { " KICK ", 6 }, line_kick, 0, true, 0 },
	[EVENT_MODE] = { { " MODE ", 6 }, line_mode, 0, false, 0 },
	[EVENT_TOPIC] = { { " TOPIC ", 7 }, line_topic, 0, true, 0 },
	[EVENT_INVITE] = { { " INVITE ", 8 }, line_invite, 0, false, 0 },
	[EVENT_MESSAGE] = { { " PRIVMSG ", 9 }, line_message, 0, true, 0 },
	[EVENT_NOTICE] = { { " NOTICE ", 8 }, line_message, 0, true, 0 },
	[EVENT_TAGMSG] = { { " TAGMSG ", 8 }, line_message, CAP_BIT(CAP_MESSAGE_TAGS), true, 0 },
	[EVENT_AWAY] = { { " AWAY ", 6 }, line_away, CAP_BIT(CAP_AWAY_NOTIFY), false, 0 },
	[EVENT_SETNAME] = { { " SETNAME ", 9 }, line_trailing, CAP_BIT(CAP_SETNAME), false, 0 },
	[EVENT_WALLOPS] = { { " WALLOPS ", 9 }, line_trailing, 0, false, 0 },
	[EVENT_ACCOUNT] = { { " ACCOUNT ", 9 }, line_account, CAP_BIT(CAP_ACCOUNT_NOTIFY), false,
	    0 },
	[EVENT_KILL] = { { " KILL ", 6 }, line_kill, 0, false, 0 },
	[EVENT_REDACT] = { { " REDACT ", 8 }, line_redact, CAP_BIT(CAP_REDACTION), false, 0 },
	[EVENT_RENAME] = { { " RENAME ", 8 }, line_rename, 0, false, 0 },
	[EVENT_HOST] = { { " CHGHOST ", 9 }, line_host, CAP_BIT(CAP_CHGHOST), false, 0 },
	[EVENT_METADATA] = { { " ", 1 }, line_metadata, 0, false, 0 },
};
static const struct irc_row away_row = { { " AWAY ", 6 }, line_away, CAP_BIT(CAP_AWAY_NOTIFY),
	false, 0 };
static const struct irc_row invited_row = { { " INVITE ", 8 }, line_invite,
	CAP_BIT(CAP_INVITE_NOTIFY), false, 0 };

/* The one who is killed quits, for all others. */
static void
line_killed_quit(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	LINE_LIT(l, ":Killed (");
	line_text(l, ev->actor ? ev->actor->nick : "server");
	LINE_LIT(l, " (");
	line_str(l, ev->text);
	LINE_LIT(l, "))");
}
static const struct irc_row quit_row = { { " QUIT ", 6 }, line_killed_quit, 0, false, 0 };

/* Whose host is changed quits and comes again, for those who know no other way. */
static void
line_host_quit(struct line *l, const struct event *ev, const struct form *f)
{
	(void)ev;
	(void)f;
	LINE_LIT(l, ":Changing host");
}

static void
line_again(struct line *l, const struct event *ev, const struct form *f)
{
	add_join(l, ev, ev->user, f);
}

static void
line_again_status(struct line *l, const struct event *ev, const struct form *f)
{
	unsigned count = 0;

	(void)f;
	add_channel(l, ev);
	LINE_LIT(l, " +");
	for (const struct channel_mode *m = channel_modes; m->letter != 0; m++)
		if (m->kind == MODE_PREFIX &&
		    member_is(ev->membership, (enum member_flag)m->which)) {
			line_char(l, m->letter);
			count++;
		}
	for (; count > 0; count--) {
		line_char(l, ' ');
		line_str(l, user_nick(ev->user));
	}
}

static void
line_again_away(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_add_trailing(l, str_from(ev->user->away));
}

#define CHGHOST CAP_BIT(CAP_CHGHOST)
static const struct irc_row host_quit_row = { { " QUIT ", 6 }, line_host_quit, 0, false, CHGHOST };
static const struct irc_row again_rows[] = {
	[LINE_AGAIN] = { { " JOIN ", 6 }, line_again, 0, false, CHGHOST },
	[LINE_AGAIN_STATUS] = { { " MODE ", 6 }, line_again_status, 0, false, CHGHOST },
	[LINE_AGAIN_AWAY] = { { " AWAY", 5 }, line_again_away, CAP_BIT(CAP_AWAY_NOTIFY), false,
	    CHGHOST },
};

/* To those who watch the nick (MONITOR): the same line for all of them. */
static void
line_online(struct line *l, const struct event *ev, const struct form *f)
{
	char mask[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];

	(void)f;
	line_char(l, ':');
	line_str(l, user_mask(ev->actor, mask, sizeof(mask)));
}

static void
line_offline(struct line *l, const struct event *ev, const struct form *f)
{
	(void)f;
	line_char(l, ':');
	line_str(l, ev->kind == EVENT_NICK ? ev->old_nick : user_nick(ev->user));
}

static const struct irc_row online_row = { { " 730 * ", 7 }, line_online, 0, false, 0 };
static const struct irc_row offline_row = { { " 731 * ", 7 }, line_offline, 0, false, 0 };

const struct irc_row *
render_row(const struct event *ev, enum line_kind kind)
{
	switch (kind) {
	case LINE_AWAY:
		return &away_row;
	case LINE_INVITED:
		return &invited_row;
	case LINE_QUIT:
		return ev->kind == EVENT_HOST ? &host_quit_row : &quit_row;
	case LINE_AGAIN:
	case LINE_AGAIN_STATUS:
	case LINE_AGAIN_AWAY:
		return &again_rows[kind];
	case LINE_ONLINE:
		return &online_row;
	case LINE_OFFLINE:
		return &offline_row;
	case LINE_EVENT:
		break;
	}
	return &rows[ev->kind];
}
