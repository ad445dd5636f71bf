/* Who may say what to whom. */
#include "base/utf8.h"
#include "irc/multiline.h"
#include "irc/names.h"
#include "state.h"

bool
is_ctcp(struct str text)
{
	struct multiline w = multiline_walk(text);
	struct str line;

	while (multiline_next(&w, &line))
		if (line.len > 1 && line.p[0] == '\001' && !str_starts(line, STR("\001ACTION ")))
			return true;
	return false;
}

static bool
outsider_silenced(const struct channel *c, const struct user *u)
{
	return channel_is(c, CHANNEL_MODERATED) ||
	       (channel_is(c, CHANNEL_ACCOUNTS_SPEAK) && u->account == NULL) ||
	       channel_bans(c, u, BAN_SPEAK);
}

static enum verdict
may_speak(const struct channel *c, struct event *ev)
{
	struct membership *m = ev->membership;

	if (ev->forced)
		return VERDICT_OK;
	if (m == NULL && channel_is(c, CHANNEL_NO_EXTERNAL))
		return VERDICT_CANNOT_SEND;
	if (channel_is(c, CHANNEL_NO_CTCP) && is_ctcp(ev->text))
		return VERDICT_CANNOT_SEND;
	if (m != NULL && m->flags != 0)
		return VERDICT_OK;
	if (m != NULL ? member_silenced(m) : outsider_silenced(c, ev->actor))
		return VERDICT_CANNOT_SEND;
	ev->narrowed = channel_is(c, CHANNEL_OP_MODERATED);
	return VERDICT_OK;
}

/* What somebody said elsewhere is shown as theirs: for operators of the channel or the server. */
static enum verdict
may_relay(const struct hub *h, struct event *ev)
{
	bool may = (ev->membership != NULL && member_is(ev->membership, MEMBER_OPERATOR)) ||
		   user_is(ev->actor, USER_OPERATOR);

	if (!may)
		return VERDICT_NOT_CHANNEL_OPERATOR;
	if (!relayed_valid(ev->relayed, h->rules.name_length))
		return VERDICT_BAD_NICK;
	ev->forced = ev->membership == NULL;
	return VERDICT_OK;
}

static enum verdict
count_said(const struct event *ev, enum verdict v)
{
	if (v == VERDICT_OK && ev->status == 0 && !ev->narrowed && ev->kind != EVENT_TAGMSG)
		ev->channel->said++;
	return v;
}

static bool
is_status(struct str target)
{
	return target.len > 2 && (target.p[0] == '@' || target.p[0] == '+') && target.p[1] == '#';
}

enum verdict
apply_message(struct hub *h, struct event *ev)
{
	size_t most = h->rules.message_length;
	enum verdict v;

	if (most > 0 && ev->text.len > most && utf8_count(ev->text) > most)
		return VERDICT_TOO_LONG;
	ev->actor->active = ev->time;
	if (is_status(ev->target)) {
		ev->status = ev->target.p[0];
		ev->target = str_from_byte(ev->target, 1);
	}
	if (channel_looks(ev->target)) {
		v = find_channel(h, ev);
		if (v == VERDICT_OK && ev->relayed.len > 0)
			v = may_relay(h, ev);
		if (v == VERDICT_OK)
			v = count_said(ev, may_speak(ev->channel, ev));
		if (ev->channel != NULL && ev->membership == NULL &&
		    (v == VERDICT_CANNOT_SEND || v == VERDICT_NOT_CHANNEL_OPERATOR))
			v = outsider(ev->channel, v);
		return v;
	}
	ev->user = hub_user(h, ev->target);
	if (ev->user == NULL)
		return VERDICT_NO_SUCH_NICK;
	if (((ev->user->modes | ev->actor->modes) & USER_SCREENED) == 0)
		return VERDICT_OK;
	return may_write(h, ev);
}

/* Whether the message is the actor's is for the caller to say: the hub remembers none. */
enum verdict
apply_redact(struct hub *h, struct event *ev)
{
	enum verdict v;

	ev->text = str_first(ev->text, utf8_prefix(ev->text, h->rules.kick_length));
	if (!channel_looks(ev->target)) {
		ev->user = hub_user(h, ev->target);
		if (ev->user == NULL)
			return VERDICT_NO_SUCH_NICK;
		return ev->own ? VERDICT_OK : VERDICT_NOT_PERMITTED;
	}
	v = find_channel(h, ev);
	if (v != VERDICT_OK)
		return v;
	if (ev->membership == NULL)
		return outsider(ev->channel, VERDICT_NOT_ON_CHANNEL);
	if (member_silenced(ev->membership))
		ev->text = (struct str){ 0 };
	if (ev->own || member_is(ev->membership, MEMBER_OPERATOR))
		return VERDICT_OK;
	return VERDICT_NOT_CHANNEL_OPERATOR;
}
