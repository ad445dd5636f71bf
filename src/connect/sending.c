/* Lines of ours on the way out: cut, marked, sent, sent again, settled. */
#include "sending.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/table.h"
#include "connect/split.h"
#include "irc/names.h"

enum {
	LINE_LEAST = 128, /* what a server may say that a line holds is believed within these */
	LINE_MOST = SENDING_LINE_MOST,
	USER_GUESS = 12, /* "~" and a user name, while nobody told what others see of us */
	HOST_GUESS = IRC_HOST_MOST + 1,
	ROOM_LEAST = 16, /* of text in a line, whatever the names take */
	TAGS_MOST = 64 + OUTBOX_KEY_MOST,
};

size_t
session_room(const struct session *s, enum outgoing_kind kind, struct str target)
{
	size_t userhost = s->userhost ? s->userhost : USER_GUESS + 1 + HOST_GUESS;
	/* ":nick!user@host PRIVMSG target :text" and CR LF, as the others get it. */
	size_t taken = 1 + strlen(s->nick) + 1 + userhost + sizeof(" PRIVMSG ") - 1 + target.len +
		       2 + 2;
	size_t most = s->line_most < LINE_LEAST ? LINE_LEAST : s->line_most;

	if (kind == OUTGOING_ACTION)
		taken += sizeof("\001ACTION \001") - 1;
	if (most > LINE_MOST)
		most = LINE_MOST;
	return taken + ROOM_LEAST > most ? ROOM_LEAST : most - taken;
}

static size_t
room_of(const struct session *s, const struct outgoing *line)
{
	return session_room(s, line->kind, str_from(line->target));
}

/* A key is known by who sent it, too: the account, else the name (sockchat-irc(7)). */
static uint64_t
sender(const struct session *s)
{
	char folded[ROSTER_NAME_MOST + 1];
	struct str who = str_from(s->login == LOGIN_DONE ? s->account : s->nick);

	return table_hash(name_fold(who, folded)) | 1;
}

/* "@label=17;sockchat/id=... ": by what its answer is known, and by what a repeat of it. */
static void
write_tags(const struct session *s, struct piece *p, char *out, size_t size)
{
	bool labelled = session_has(s, CAP_LABELED_RESPONSE);
	char key[OUTBOX_KEY_MOST + 1];
	bool keyed = piece_key(p, key) > 0 && session_has(s, CAP_SOCKCHAT_ID);
	struct buf tags = BUF_INIT(TAGS_MOST);

	if (labelled)
		buf_printf(&tags, "label=%llu", (unsigned long long)p->token);
	if (keyed)
		buf_printf(&tags, "%ssockchat/id=%s", labelled ? ";" : "", key);
	out[0] = '\0';
	if (tags.len > 0)
		snprintf(out, size, "@%s ", buf_cstr(&tags));
	buf_free(&tags);
	/* Doubled it can be where the server does not tell a repeat. */
	if (p->doubtful && !(keyed && p->sender == sender(s)))
		p->line->uncertain = true;
	p->sender = keyed ? sender(s) : 0;
}

static void
send_piece(struct session *s, struct piece *p)
{
	bool action = p->line->kind == OUTGOING_ACTION;
	struct str text = piece_text(p);
	char tags[TAGS_MOST + 3];

	write_tags(s, p, tags, sizeof(tags));
	session_send(s, "%sPRIVMSG %s :%s" STR_FMT "%s", tags, p->line->target,
	    action ? "\001ACTION " : "", STR_ARG(text), action ? "\001" : "");
	if (!session_has(s, CAP_LABELED_RESPONSE))
		session_send(s, "PING :%llu", (unsigned long long)p->token);
}

void
sending_settled(struct session *s, struct outgoing *line)
{
	if (line->failed)
		s->handler->failed(s->owner, line);
	else
		s->handler->acked(s->owner, line);
	outgoing_free(line);
}

static void
send_again(struct session *s, struct piece *p)
{
	struct outgoing *line = p->line;

	if (line->failed) {
		line = outbox_settle(&s->outbox, p);
		if (line != NULL)
			sending_settled(s, line);
		return;
	}
	if (p->to - p->from > room_of(s, line) && outbox_recut(&s->outbox, p))
		return;
	outbox_resend(&s->outbox, p);
	send_piece(s, p);
}

/* What we say comes behind what we were told, and nothing overtakes what the server cannot store
 * yet. */
static bool
may_send(struct session *s)
{
	return s->stage == SESSION_READY && !s->leaving && !catchup_behind(s) && s->retry_at == 0 &&
	       !(s->probing && outbox_oldest(&s->outbox) != NULL);
}

void
session_pump(struct session *s)
{
	while (may_send(s)) {
		struct piece *p = outbox_again(&s->outbox);
		struct outgoing *line = p == NULL ? outbox_due(&s->outbox) : NULL;
		struct str rest;
		if (p != NULL) {
			send_again(s, p);
			continue;
		}
		if (line == NULL)
			return;
		rest = (struct str){ line->text + line->sent, line->len - line->sent };
		send_piece(s, outbox_take(&s->outbox, line, split_first(rest, room_of(s, line))));
	}
}

static void
put_off(struct session *s, struct piece *p)
{
	struct outgoing *line = p->line;
	uint32_t chance = 0;
	int64_t delay;

	outbox_put_off(&s->outbox, p);
	if (s->retry_at > 0)
		return;
	if (!random_bytes(&chance, sizeof(chance)))
		chance = (uint32_t)clock_wall();
	delay = backoff_next(&s->retry, chance);
	s->retry_at = clock_monotonic() + delay;
	s->probing = false;
	if (s->handler->put_off != NULL)
		s->handler->put_off(s->owner, line, line->why, delay);
}

void
session_settle(struct session *s, struct piece *p)
{
	struct outgoing *line;

	if (p->not_now && !p->line->failed) {
		put_off(s, p);
		return;
	}
	s->retry = (struct backoff){ 0 };
	s->probing = false;
	line = outbox_settle(&s->outbox, p);
	if (line != NULL)
		sending_settled(s, line);
	session_pump(s);
}

int64_t
session_deadline(const struct session *s)
{
	return s->retry_at > 0 ? s->retry_at : -1;
}

void
session_retry(struct session *s)
{
	if (s->retry_at == 0)
		return;
	s->retry_at = 0;
	s->probing = true;
	session_pump(s);
}

bool
session_say(
    struct session *s, enum outgoing_kind kind, struct str target, struct str text, uint64_t number)
{
	if (!outbox_add(&s->outbox, kind, target, text, number))
		return false;
	session_pump(s);
	return true;
}
