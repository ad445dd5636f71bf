/* MODE: a question, a list, or changes. */
#include "base/utf8.h"
#include <stdio.h>

#include "irc/names.h"
#include "serve/announce.h"
#include "serve/commands.h"
#include "serve/reply.h"

enum { CHANGES_MOST = 32 };

static void
reply_list(struct session *s, const struct channel *c, enum list_kind kind)
{
	static const struct {
		int entry, end;
	} numerics[LIST_COUNT] = { [LIST_BAN] = { RPL_BANLIST, RPL_ENDOFBANLIST },
		[LIST_EXCEPT] = { RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST },
		[LIST_INVITE] = { RPL_INVEXLIST, RPL_ENDOFINVEXLIST } };
	const struct list *l = &c->lists[kind];

	for (uint32_t i = 0; i < l->count; i++)
		reply_numeric(s, numerics[kind].entry, c->name, l->entries[i].mask,
		    l->entries[i].by, (long long)l->entries[i].time / 1000);
	reply_numeric(s, numerics[kind].end, c->name);
}

/* Cuts "+ov-b" and its parameters into changes; list modes without a parameter are answered at
 * once. */
struct mode_parse {
	struct session *session;
	const struct irc_message *m;
	unsigned param; /* the next one */
	unsigned with_param;
	bool told; /* that it is too much for one command */
	struct mode_change changes[CHANGES_MOST];
	unsigned count;
};

static bool
takes_param(const struct channel_mode *mode, bool add)
{
	switch (mode->kind) {
	case MODE_LIST:
	case MODE_PREFIX:
	case MODE_VALUE:
		return true;
	case MODE_SETTING:
		return add;
	case MODE_FLAG:
		break;
	}
	return false;
}

/* Said once: the first that is left out. */
static void
too_many(struct mode_parse *p, char letter)
{
	char text[64], letters[2] = { letter, '\0' };
	struct str param = irc_param(p->m, p->param);

	if (p->told)
		return;
	p->told = true;
	snprintf(text, sizeof(text), "Too many for one command: %d with a parameter, %d in all",
	    IRC_MODES_A_LINE, CHANGES_MOST);
	param = str_first(param, str_find(param, ' '));
	reply_numeric(p->session, ERR_INVALIDMODEPARAM,
	    reply_cut(p->m->params[0], IRC_CHANNEL_ROOM), letters,
	    param.len > 0 && param.p[0] != ':' ? reply_cut(param, IRC_MASK_MOST) : "*", text);
}

static void
parse_letter(struct mode_parse *p, const struct channel *c, char letter, bool add)
{
	const struct channel_mode *mode = c ? channel_mode_find(letter) : NULL;
	struct mode_change *change = &p->changes[p->count];

	if (p->count == CHANGES_MOST) {
		too_many(p, letter);
		return;
	}
	*change = (struct mode_change){ .add = add, .letter = letter };
	if (mode != NULL && takes_param(mode, add)) {
		if (p->param >= p->m->count) {
			if (mode->kind == MODE_LIST) {
				reply_list(p->session, c, (enum list_kind)mode->which);
				return;
			}
		} else if (p->with_param == IRC_MODES_A_LINE) {
			too_many(p, letter);
			return;
		} else {
			change->param = p->m->params[p->param++];
			p->with_param++;
		}
	}
	p->count++;
}

static void
parse_changes(struct mode_parse *p, const struct channel *c)
{
	struct str letters = p->m->params[1];
	bool add = true;

	p->param = 2;
	while (letters.len > 0) {
		/* No mode is called by more than one byte: such a character is answered as '?'. */
		struct str letter = str_first(letters, utf8_grapheme(letters));
		char name = letter.len == 1 ? letter.p[0] : '?';
		letters = str_from_byte(letters, letter.len);
		if (name == '+' || name == '-')
			add = name == '+';
		else
			parse_letter(p, c, name, add);
	}
}

static void
show_channel(struct session *s, const struct channel *c)
{
	char text[CHANNEL_MODE_ROOM];

	channel_mode_text(c, s->user, text, sizeof(text));
	reply_numeric(s, RPL_CHANNELMODEIS, c->name, text);
	reply_numeric(s, RPL_CREATIONTIME, c->name, (long long)c->created / 1000);
}

static void
show_user(struct session *s, const struct user *u)
{
	char text[USER_MODES_ROOM];

	if (u == s->user)
		reply_numeric(s, RPL_UMODEIS, user_mode_text(u, text));
	else
		reply_numeric(s, ERR_USERSDONTMATCH);
}

void
cmd_mode(struct session *s, const struct irc_message *m)
{
	struct mode_parse p = { .session = s, .m = m };
	struct event ev = {
		.kind = EVENT_MODE, .actor = s->user, .target = m->params[0], .changes = p.changes
	};
	const struct channel *c = hub_channel(s->server->hub, m->params[0]);
	const struct user *u = hub_user(s->server->hub, m->params[0]);
	bool known = channel_looks(m->params[0]) ? c && channel_visible(c, s->user) : u != NULL;

	if (!known)
		announce_refusal(s, &ev,
		    channel_looks(m->params[0]) ? VERDICT_NO_SUCH_CHANNEL : VERDICT_NO_SUCH_NICK);
	else if (m->count == 1 && c != NULL)
		show_channel(s, c);
	else if (m->count == 1)
		show_user(s, u);
	else {
		parse_changes(&p, c);
		ev.change_count = p.count;
		if (p.count > 0)
			server_event(s->server, s, &ev);
	}
}
