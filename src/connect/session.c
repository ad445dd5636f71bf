/* One client's side of the protocol: what it means to be, its connection, its lines. */
#include "connect/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "handle.h"
#include "irc/names.h"
#include "sending.h"

void
session_init(struct session *s, const struct session_config *c,
    const struct session_handler *handler, void *owner)
{
	*s = (struct session){
		.handler = handler, .owner = owner, .out = BUF_INIT(SESSION_OUT_MOST)
	};
	str_copy(s->wanted, sizeof(s->wanted), c->nick);
	str_copy(s->nick, sizeof(s->nick), c->nick);
	s->wanted_given = c->nick_given;
	str_copy(s->user, sizeof(s->user), c->user);
	str_copy(s->realname, sizeof(s->realname), c->realname);
	str_copy(s->password, sizeof(s->password), c->password);
	str_copy(s->account, sizeof(s->account), c->account);
	str_copy(s->account_password, sizeof(s->account_password), c->account_password);
	s->mechanism = c->mechanism;
	s->sasl_message = (struct buf)BUF_INIT(SASL_MESSAGE_MOST);
	outbox_init(&s->outbox);
	catchup_init(&s->catchup);
	s->catchup.past = c->past;
	s->catchup.resume = c->resume;
	s->must_be_durable = c->durable;
}

void
session_free(struct session *s)
{
	buf_free(&s->out);
	roster_free(&s->roster);
	outbox_free(&s->outbox);
	catchup_free(&s->catchup);
	login_end(s);
	buf_free(&s->sasl_message);
	explicit_bzero(s->password, sizeof(s->password));
	explicit_bzero(s->account_password, sizeof(s->account_password));
}

/* ---- a connection ---------------------------------------------------------------------------- */

void
session_open(struct session *s)
{
	buf_clear(&s->out);
	s->stage = SESSION_REGISTERING;
	s->why[0] = '\0';
	s->nick_busy = s->leaving = s->away = false;
	s->nick_tries = 0;
	s->nick_room = s->userhost = 0;
	s->line_most = IRC_LINE_MOST;
	str_copy(s->chantypes, sizeof(s->chantypes), STR("#&"));
	str_copy(s->prefixes, sizeof(s->prefixes), STR("~&@%+"));
	s->offered = s->caps = 0;
	s->caps_asked = 0;
	s->mechanisms[0] = s->durable[0] = '\0';
	s->negotiating = true;
	login_end(s);
	catchup_open(s);
	memset(s->batches, 0, sizeof(s->batches));
	str_copy(s->nick, sizeof(s->nick), str_from(s->wanted));
	session_send(s, "CAP LS 302");
	if (s->password[0] != '\0')
		session_send(s, "PASS :%s", s->password);
	session_send(s, "NICK %s", s->nick);
	session_send(s, "USER %s 0 * :%s", s->user, s->realname);
}

void
session_closed(struct session *s, bool orderly)
{
	bool trails = !session_has(s, CAP_LABELED_RESPONSE);
	struct outgoing *line;

	outbox_lost(&s->outbox, !orderly ? OUTBOX_FLIGHT : trails ? 1 : 0);
	s->stage = SESSION_OFFLINE;
	s->retry_at = 0;
	s->probing = false;
	buf_clear(&s->out);
	login_end(s);
	catchup_closed(s);
	roster_offline(&s->roster);
	while ((line = outbox_take_failed(&s->outbox)) != NULL)
		sending_settled(s, line);
}

bool
session_parse_time(struct str text, int64_t *wall)
{
	char z[32];
	struct tm tm = { 0 };
	int ms = 0;

	str_copy(z, sizeof(z), text);
	if (sscanf(z, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		&tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) < 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*wall = (int64_t)timegm(&tm) * 1000 + ms;
	return *wall > 0;
}

static const struct session_batch *
find_batch(const struct session *s, struct str name)
{
	for (size_t i = 0; name.len > 0 && i < SESSION_BATCHES; i++)
		if (str_eq(str_from(s->batches[i].name), name))
			return &s->batches[i];
	return NULL;
}

/* What the tags say of the line; true when the line itself is the whole answer to one of ours. */
static bool
read_tags(struct session *s, struct str tags)
{
	const struct session_batch *batch = NULL;
	struct str value;
	int64_t number;

	s->token = 0;
	s->id = (struct str){ NULL, 0 };
	s->time = clock_wall();
	s->timed = irc_tag_find(tags, STR("time"), &value) && session_parse_time(value, &number);
	if (s->timed)
		s->time = number;
	if (irc_tag_find(tags, STR("msgid"), &value))
		s->id = value;
	if (irc_tag_find(tags, STR("batch"), &value))
		batch = find_batch(s, value);
	s->batch = batch != NULL ? batch->kind : CATCHUP_NONE;
	if (s->batch != CATCHUP_NONE && batch->page != catchup_question(s))
		s->batch = CATCHUP_PLAYBACK; /* it goes on behind the end of its page */
	if (irc_tag_find(tags, STR("label"), &value) && str_to_int64(value, &number) &&
	    number > 0) {
		s->token = (uint64_t)number;
		return true;
	}
	s->token = batch != NULL ? batch->token : 0;
	return false;
}

static bool
is_said(struct str command)
{
	return str_eq(command, STR("PRIVMSG")) || str_eq(command, STR("NOTICE"));
}

void
session_line(struct session *s, struct str line)
{
	struct irc_message m;
	struct piece *p = NULL;
	bool whole;

	if (s->stage == SESSION_OFFLINE || irc_parse(line, true, &m) != IRC_OK)
		return;
	whole = read_tags(s, m.tags);
	catchup_begin_line(s);
	if (s->batch == CATCHUP_A_PAGE && !is_said(m.command))
		return; /* what happened then changes nothing now */
	session_handle(s, &m);
	if (whole && !str_eq(m.command, STR("BATCH")))
		p = outbox_find(&s->outbox, s->token);
	if (p != NULL)
		session_settle(s, p);
	catchup_end_line(s);
}

/* ---- what we mean to be ---------------------------------------------------------------------- */

void
session_talk(struct session *s, struct str target)
{
	str_copy(s->current, sizeof(s->current), target);
}

bool
session_mean(struct session *s, struct str channel, struct str key)
{
	struct room *room = roster_add(&s->roster, channel, key);

	if (room == NULL)
		return false;
	if (s->current[0] == '\0')
		session_talk(s, channel);
	return true;
}

void
session_forget(struct session *s, struct room *room)
{
	if (name_eq(str_from(room->name), str_from(s->current)))
		session_talk(s, STR(""));
	roster_remove(&s->roster, room);
}

/* ---- lines ----------------------------------------------------------------------------------- */

void
session_send(struct session *s, const char *fmt, ...)
{
	char line[SENDING_LINE_MOST + IRC_CLIENT_TAGS_MOST];
	va_list ap;
	int n;

	if (s->stage == SESSION_OFFLINE)
		return;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	buf_add(&s->out, line, (size_t)n);
	buf_add_str(&s->out, STR("\r\n"));
}

void
session_ping(struct session *s)
{
	session_send(s, "PING :k%llu", (unsigned long long)++s->sequence);
}

void
session_quit(struct session *s, struct str reason)
{
	if (!s->leaving)
		session_send(s, "QUIT :" STR_FMT, STR_ARG(reason));
	s->leaving = true;
}

/* ---- questions ------------------------------------------------------------------------------- */

bool
session_online(const struct session *s)
{
	return s->stage == SESSION_JOINING || s->stage == SESSION_READY;
}

bool
session_is_channel(const struct session *s, struct str name)
{
	const char *types = s->chantypes[0] ? s->chantypes : "#&";

	return name.len > 0 && name.p[0] != '\0' && strchr(types, name.p[0]) != NULL;
}

bool
session_is_self(const struct session *s, struct str nick)
{
	return name_eq(nick, str_from(s->nick));
}

bool
session_has(const struct session *s, enum cap c)
{
	return (s->caps & CAP_BIT(c)) != 0;
}

bool
session_is_current(const struct session *s, const struct news *n)
{
	struct str current = str_from(s->current), to = n->to;

	if (current.len == 0)
		return false;
	if (to.len > 1 && strchr(s->prefixes, to.p[0]) != NULL &&
	    session_is_channel(s, str_from_byte(to, 1)))
		to = str_from_byte(to, 1); /* "@#channel": to its operators */
	if (session_is_channel(s, current) || n->own)
		return name_eq(to, current);
	return name_eq(n->from, current) && session_is_self(s, to);
}

/* ---- for the handlers ------------------------------------------------------------------------ */

void
session_tell(struct session *s, const struct news *n)
{
	if (!catchup_take(s, n))
		s->handler->news(s->owner, n);
}

void
session_refuse(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	s->stage = SESSION_REFUSED;
}
