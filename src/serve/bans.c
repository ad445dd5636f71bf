/* Bans from the server, carried out. */
#include "serve/bans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "irc/names.h"
#include "net/accept.h"
#include "net/subnet.h"
#include "serve/announce.h"
#include "serve/login.h"
#include "serve/origin.h"
#include "serve/reply.h"
#include "serve/web.h"

#define PREFIX "ban/"

enum { KEY_ROOM = 400, VALUE_MOST = 2048, LOOK_AGAIN = 3600 * 1000 /* ms: clocks are set */ };

/* ---- in words -------------------------------------------------------------------------------- */

struct str
ban_text(const struct server_ban *b, char out[BAN_TEXT_ROOM])
{
	char until[64] = "for good";
	time_t seconds = (time_t)(b->until / 1000);
	struct tm tm;
	int n;

	if (b->until != 0 && gmtime_r(&seconds, &tm) != NULL)
		strftime(until, sizeof(until), "until %Y-%m-%d %H:%M:%S UTC", &tm);
	n = snprintf(out, BAN_TEXT_ROOM, "%s: %s", until, b->reason);
	return (struct str){ out, n < BAN_TEXT_ROOM ? (size_t)n : (size_t)BAN_TEXT_ROOM - 1 };
}

static void
tell_operators(const struct server *sv, const char *sentence)
{
	struct table_walk w = hub_users(sv->hub);
	const struct user *u;

	while ((u = table_next(&w)) != NULL)
		for (struct session *s = session_of(u); s && user_is(u, USER_OPERATOR);
		     s = s->next_device)
			reply_notice(s, "%s", sentence);
}

void
announce_ban(struct server *sv, struct session *by, struct event *ev)
{
	char sentence[BAN_TEXT_ROOM + 400], text[BAN_TEXT_ROOM];
	const char *who = reply_text(ev->object);
	const char *mask = ev->ban->mask;

	(void)by;
	if (ev->kind == EVENT_BAN)
		snprintf(sentence, sizeof(sentence), "%s banned %s " STR_FMT, who, mask,
		    STR_ARG(ban_text(ev->ban, text)));
	else if (ev->object.len > 0)
		snprintf(sentence, sizeof(sentence), "%s lifted the ban of %s", who, mask);
	else
		snprintf(sentence, sizeof(sentence), "The ban of %s has expired", mask);
	tell_operators(sv, sentence);
	if (ev->kind == EVENT_BAN)
		log_info("ban", LOG_STR("by", ev->object), LOG_TEXT("mask", mask),
		    LOG_INT("until", ev->ban->until / 1000), LOG_TEXT("reason", ev->ban->reason));
	else
		log_info("unban", LOG_STR("by", ev->object), LOG_TEXT("mask", mask));
}

/* ---- by address ------------------------------------------------------------------------------ */

/* One network; found by its bytes, which have no gaps. */
struct banned_net {
	struct subnet net;
	const struct server_ban *ban;
};

static struct str
net_key(const struct subnet *n)
{
	return (struct str){ (const char *)n, sizeof(*n) };
}

static unsigned *
count_of(struct bans *all, const struct subnet *n)
{
	return &all->lengths[subnet_most(n) > 32][n->bits];
}

static bool
index_add(struct bans *all, const struct server_ban *b)
{
	struct banned_net *found = calloc(1, sizeof(*found));

	if (found != NULL && subnet_parse(str_from(b->mask), &found->net)) {
		found->ban = b;
		if (table_put(all->nets, net_key(&found->net), found)) {
			(*count_of(all, &found->net))++;
			return true;
		}
		if (table_get(all->nets, net_key(&found->net)) != NULL) { /* it was banned before */
			free(found);
			return true;
		}
	}
	free(found);
	return false;
}

static void
index_remove(struct bans *all, const struct server_ban *b)
{
	struct banned_net *found = NULL;
	struct subnet n;

	if (subnet_parse(str_from(b->mask), &n))
		found = table_take(all->nets, net_key(&n));
	if (found != NULL)
		(*count_of(all, &n))--;
	free(found);
}

/* One look for each length that some ban has, from the narrowest. */
const struct server_ban *
ban_of_address(const struct server *sv, const struct addr *a)
{
	const struct bans *all = &sv->bans;
	struct subnet n = subnet_of(a, UINT8_MAX);
	const struct banned_net *found;
	const unsigned *lengths = all->lengths[subnet_most(&n) > 32];

	if (all->nets == NULL || table_count(all->nets) == 0 || n.family == AF_UNIX)
		return NULL;
	for (int bits = (int)subnet_most(&n); bits >= 0; bits--) {
		if (lengths[bits] == 0)
			continue;
		n = subnet_of(a, (unsigned)bits);
		found = table_get(all->nets, net_key(&n));
		if (found != NULL && !server_ban_expired(found->ban, clock_wall()))
			return found->ban;
	}
	return NULL;
}

/* ---- carried out ----------------------------------------------------------------------------- */

static void
end_banned(struct session *s, const struct server_ban *b)
{
	char text[BAN_TEXT_ROOM], reason[BAN_TEXT_ROOM + 16];
	int n;

	ban_text(b, text);
	n = snprintf(reason, sizeof(reason), "Banned %s", text);
	if (s->dialect != DIALECT_HTTP) /* there the answer to the request says so */
		reply_numeric(s, ERR_YOUREBANNEDCREEP, text);
	log_info("banned", LOG_STR("nick", session_nick(s)), LOG_TEXT("host", session_host(s)),
	    LOG_TEXT("mask", b->mask));
	session_end(s, (struct str){ reason, (size_t)n });
}

static void
turn_away(const struct server *sv, int fd, const char *host, const char *text)
{
	char lines[2 * BAN_TEXT_ROOM + 400];
	int n = snprintf(lines, sizeof(lines),
	    ":%s 465 * :You are banned from this server %s\r\n"
	    "ERROR :Closing link: (%s) Banned %s\r\n",
	    sv->name, text, host, text);

	accept_turn_away(fd, (struct str){ lines, (size_t)n });
}

bool
ban_at_accept(struct server *sv, int fd, const struct addr *peer, bool web)
{
	const struct server_ban *b = ban_of_address(sv, peer);
	char text[BAN_TEXT_ROOM], host[IRC_HOST_MOST + 1], page[WEB_BANNED_ROOM];

	if (b == NULL || origin_is_proxy(sv, peer))
		return false;
	ban_text(b, text);
	origin_host(peer, host);
	log_debug("banned", LOG_TEXT("host", host), LOG_TEXT("mask", b->mask));
	if (web)
		accept_turn_away(fd, web_banned(text, page));
	else
		turn_away(sv, fd, host, text);
	return true;
}

bool
ban_of_origin(struct session *s)
{
	const struct server_ban *b = NULL;
	struct addr a;

	if (session_address(s, &a))
		b = ban_of_address(s->server, &a);
	if (b != NULL)
		end_banned(s, b);
	return b != NULL;
}

bool
ban_at_registration(struct session *s, const struct event *connect)
{
	enum { HOSTS = 3, ROOM = IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8 };
	const struct str hosts[HOSTS] = { connect->host, connect->cloak, connect->shown };
	char room[HOSTS][ROOM];
	struct str masks[HOSTS];
	const struct server_ban *b;

	if (hub_ban_count(s->server->hub) == 0)
		return false;
	for (int i = 0; i < HOSTS; i++) {
		int n = snprintf(room[i], ROOM, STR_FMT "!" STR_FMT "@" STR_FMT,
		    STR_ARG(connect->target), STR_ARG(connect->object), STR_ARG(hosts[i]));
		masks[i] = (struct str){ room[i], hosts[i].len > 0 && n < ROOM ? (size_t)n : 0 };
	}
	b = hub_ban_of_masks(s->server->hub, masks, HOSTS, clock_wall());
	if (b != NULL)
		end_banned(s, b);
	return b != NULL;
}

bool
ban_at_login(struct session *s, struct str account)
{
	const struct server_ban *b = hub_ban_of_account(s->server->hub, account, clock_wall());

	if (b != NULL)
		end_banned(s, b);
	return b != NULL;
}

static bool
matches_user(struct str mask, const struct user *u)
{
	char room[IRC_NAME_ROOM * 4 + IRC_USER_MOST + IRC_HOST_MOST + 8];

	return mask_match(mask, user_mask(u, room, sizeof(room))) ||
	       mask_match(mask, user_true_mask(u, room, sizeof(room))) ||
	       mask_match(mask, user_cloak_mask(u, room, sizeof(room)));
}

bool
ban_matches(struct str mask, const struct session *s)
{
	const char *account = session_account(s);
	struct str name = mask;
	struct subnet n;
	struct addr a;

	if (str_starts(mask, STR("account:")))
		return str_cut(&name, ':').len > 0 && account != NULL &&
		       name_eq(name, str_from(account));
	if (str_find(mask, '!') < mask.len)
		return s->user != NULL && matches_user(mask, s->user);
	return subnet_parse(mask, &n) && session_address(s, &a) && subnet_has(&n, &a);
}

/* Who stays while nobody is connected for them goes, too, when it is not an address alone. */
static void
end_kept(struct server *sv, const struct server_ban *b)
{
	struct table_walk w = hub_users(sv->hub);
	char text[BAN_TEXT_ROOM], reason[BAN_TEXT_ROOM + 16];
	struct str mask = str_from(b->mask), account = mask;
	struct user *u;

	str_cut(&account, ':');
	ban_text(b, text);
	snprintf(reason, sizeof(reason), "Banned %s", text);
	while ((u = table_next(&w)) != NULL) {
		struct event quit = { .kind = EVENT_QUIT, .actor = u, .text = str_from(reason) };
		bool hit = b->kind == SERVER_BAN_ACCOUNT
			       ? u->account != NULL && name_eq(account, str_from(u->account))
			       : matches_user(mask, u);
		if (hit && session_of(u) == NULL)
			server_event(sv, NULL, &quit);
	}
}

static void
carry_out(struct server *sv, const struct server_ban *b)
{
	struct session *s, *next;

	for (s = sv->sessions; s != NULL; s = next) {
		next = s->next;
		if (!s->closing && ban_matches(str_from(b->mask), s))
			end_banned(s, b);
	}
	if (b->kind != SERVER_BAN_ADDRESS)
		end_kept(sv, b);
}

/* ---- their end ------------------------------------------------------------------------------- */

/* One timer for all of them: it rings when the first is due. */
static void
schedule(struct server *sv)
{
	struct table_walk w = hub_bans(sv->hub);
	int64_t now = clock_wall(), due = INT64_MAX;
	const struct server_ban *b;

	while ((b = table_next(&w)) != NULL)
		if (b->until != 0 && b->until < due)
			due = b->until;
	loop_timer_cancel(sv->loop, &sv->bans.timer);
	if (due == INT64_MAX)
		return;
	due = due <= now ? 0 : due - now < LOOK_AGAIN ? due - now : LOOK_AGAIN;
	loop_timer_set(sv->loop, &sv->bans.timer, clock_monotonic() + due);
}

static void
on_due(struct timer *t)
{
	struct server *sv = (struct server *)((char *)t - offsetof(struct server, bans.timer));
	struct table_walk w = hub_bans(sv->hub);
	int64_t now = clock_wall();
	const struct server_ban *b;

	sv->bans.sweeping = true;
	while ((b = table_next(&w)) != NULL) {
		struct event ev = { .kind = EVENT_UNBAN, .target = str_from(b->mask) };
		if (server_ban_expired(b, now))
			server_event(sv, NULL, &ev);
	}
	sv->bans.sweeping = false;
	schedule(sv);
}

/* ---- kept ------------------------------------------------------------------------------------ */

void
bans_keep(struct server *sv, const struct event *ev)
{
	const struct server_ban *b = ev->ban;
	struct buf value = BUF_INIT(VALUE_MOST);
	char key[KEY_ROOM];
	int n = snprintf(key, sizeof(key), PREFIX "%s", b->folded);

	if (ev->kind == EVENT_BAN)
		buf_printf(&value, "mask %s\nby %s\nsince %lld\nuntil %lld\nreason %s\n", b->mask,
		    b->by, (long long)b->since, (long long)b->until, b->reason);
	if (value.truncated)
		log_error("ban-not-kept", LOG_TEXT("mask", b->mask));
	else
		sv->ticket = store_put(sv->store, (struct str){ key, (size_t)n }, buf_str(&value));
	buf_free(&value);
}

void
bans_note(struct server *sv, const struct event *ev)
{
	const struct server_ban *b = ev->ban;

	if (ev->kind != EVENT_BAN && ev->kind != EVENT_UNBAN)
		return;
	if (ev->kind == EVENT_UNBAN)
		index_remove(&sv->bans, b);
	else if (b->kind == SERVER_BAN_ADDRESS && !index_add(&sv->bans, b))
		log_error("ban-lost", LOG_TEXT("mask", b->mask));
	if (!sv->bans.sweeping)
		schedule(sv);
	if (ev->kind == EVENT_BAN)
		carry_out(sv, b);
}

static void
load_one(void *arg, struct str key, struct str value)
{
	struct event ev = { .kind = EVENT_BAN };
	struct server *sv = arg;
	int64_t number;

	while (value.len > 0) {
		struct str line = str_cut(&value, '\n'), field = str_cut(&line, ' ');
		if (str_eq(field, STR("mask")))
			ev.target = line;
		else if (str_eq(field, STR("by")))
			ev.object = line;
		else if (str_eq(field, STR("reason")))
			ev.text = line;
		else if (str_eq(field, STR("since")) && str_to_int64(line, &number))
			ev.since = number;
		else if (str_eq(field, STR("until")) && str_to_int64(line, &number))
			ev.until = number;
	}
	if (hub_apply(sv->hub, &ev) != VERDICT_OK ||
	    (ev.ban->kind == SERVER_BAN_ADDRESS && !index_add(&sv->bans, ev.ban)))
		log_error("ban-lost", LOG_STR("key", key));
}

int
bans_open(struct server *sv, struct err *e)
{
	sv->bans.timer.fire = on_due;
	sv->bans.nets = table_new();
	if (sv->bans.nets == NULL)
		return err_errno(e, "preparing the bans");
	if (store_state_each(sv->store, STR(PREFIX), load_one, sv, e) == -1)
		return -1;
	schedule(sv);
	return 0;
}

void
bans_close(struct server *sv)
{
	struct table_walk w;
	void *found;

	if (sv->bans.nets == NULL)
		return;
	loop_timer_cancel(sv->loop, &sv->bans.timer);
	w = table_walk(sv->bans.nets);
	while ((found = table_next(&w)) != NULL)
		free(found);
	table_free(sv->bans.nets);
}
