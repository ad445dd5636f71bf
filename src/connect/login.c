/* Logging in to an account: SASL over IRC (IRCv3 sasl 3.1 and 3.2). */
#include "handle.h"

void
login_end(struct session *s)
{
	sasl_free(s->sasl);
	s->sasl = NULL;
	s->login = LOGIN_NOT;
	buf_clear(&s->sasl_message);
}

bool
login_wanted(const struct session *s)
{
	return s->account[0] != '\0' && s->login != LOGIN_DONE;
}

bool
login_begin(struct session *s)
{
	bool password = s->account_password[0] != '\0';
	enum sasl_mechanism only = s->mechanism > 0 ? (enum sasl_mechanism)(s->mechanism - 1)
						    : SASL_MECHANISM_COUNT;
	enum sasl_mechanism how = sasl_choose(str_from(s->mechanisms), password, only);
	struct err e;

	if (!session_has(s, CAP_SASL)) {
		session_refuse(
		    s, "the server has no accounts (SASL): '%s' cannot log in", s->account);
		return false;
	}
	if (how == SASL_MECHANISM_COUNT) {
		session_refuse(s, "the server offers no way to log in as '%s' %s%s%s: it has %s",
		    s->account, password ? "with a password" : "without a password",
		    only < SASL_MECHANISM_COUNT ? " by " : "", sasl_name(only),
		    s->mechanisms[0] ? s->mechanisms : "no other");
		return false;
	}
	s->sasl = sasl_client_new(how, str_from(s->account), str_from(s->account_password), &e);
	if (s->sasl == NULL) {
		session_refuse(s, "logging in as '%s': %s", s->account, e.text);
		return false;
	}
	/* SCRAM proves to us, too, that the server is the one that knows the password. */
	s->login = LOGIN_RUNNING;
	session_send(s, "AUTHENTICATE %s", sasl_name(how));
	return true;
}

static void
send_parts(struct session *s, struct str message)
{
	struct str part;
	bool more = true;

	while (more) {
		more = sasl_part_cut(&message, &part);
		session_send(s, "AUTHENTICATE " STR_FMT, STR_ARG(part));
	}
}

static void
give_up(struct session *s, const char *why)
{
	session_send(s, "AUTHENTICATE *");
	session_refuse(s, "logging in as '%s': %s", s->account, why);
}

static void
answer(struct session *s)
{
	struct buf out = BUF_INIT(SASL_MESSAGE_MOST);
	struct err e;
	enum sasl_result result = sasl_step(s->sasl, buf_str(&s->sasl_message), &out, &e);

	if (result == SASL_MORE || result == SASL_DONE)
		send_parts(s, buf_str(&out));
	else
		give_up(s, e.text);
	if (result == SASL_DONE)
		s->login = LOGIN_PROVED;
	buf_free(&out);
	buf_clear(&s->sasl_message);
}

void
handle_authenticate(struct session *s, const struct irc_message *m)
{
	if (s->login != LOGIN_RUNNING || s->stage != SESSION_REGISTERING)
		return;
	switch (sasl_part_add(&s->sasl_message, m->params[0])) {
	case SASL_PART_MORE:
		break;
	case SASL_PART_WHOLE:
		answer(s);
		break;
	case SASL_PART_TOO_LONG:
		give_up(s, "the server's answer is too long");
		break;
	}
}

void
handle_logged_in(struct session *s, const struct irc_message *m)
{
	(void)m;
	if (s->stage != SESSION_REGISTERING || !login_wanted(s))
		return;
	if (s->login != LOGIN_PROVED) {
		give_up(s, "the server did not prove that it knows the password");
		return;
	}
	login_end(s);
	s->login = LOGIN_DONE;
	handle_login_over(s);
}

void
handle_login_failed(struct session *s, const struct irc_message *m)
{
	if (s->stage != SESSION_REGISTERING || s->login == LOGIN_NOT || s->login == LOGIN_DONE) {
		handle_error(s, m);
		return;
	}
	session_refuse(s, "the server does not let '%s' log in: " STR_FMT, s->account,
	    STR_ARG(m->params[m->count - 1]));
}

/* "<client> <mechanisms> :are available" comes before the refusal that ends it. */
void
handle_mechanisms(struct session *s, const struct irc_message *m)
{
	str_copy(s->mechanisms, sizeof(s->mechanisms), m->params[1]);
}
