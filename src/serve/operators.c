/* Operators of the server by the kernel's word. */
#include "serve/operators.h"

#include <stdlib.h>

#include "auth/peercred.h"
#include "base/log.h"
#include "base/unix_ids.h"
#include "serve/session.h"

static int
read_row(struct str item, struct local_operator *row, struct err *e)
{
	struct str name = item;
	bool known;

	row->group = str_eat(&name, '@');
	known = row->group ? unix_group_id(name, &row->id) : unix_user_id(name, &row->id);
	if (!known)
		return err_set(e,
		    "%s: " STR_FMT ": there is no such %s on this machine; write the name or "
		    "number of a user, or @ and that of a group",
		    setting_name(SERVE_UNIX_OPERATOR), STR_ARG(item),
		    row->group ? "group" : "user");
	row->name = str_dup(item);
	return row->name ? 0 : err_set(e, "the server is short of memory");
}

int
local_operators_read(const struct settings *st, struct local_operators *out, struct err *e)
{
	size_t count = setting_count(st, SERVE_UNIX_OPERATOR);

	*out = (struct local_operators){ 0 };
	if (count == 0)
		return 0;
	out->rows = calloc(count, sizeof(*out->rows));
	if (out->rows == NULL)
		return err_set(e, "the server is short of memory");
	for (; out->count < count; out->count++)
		if (read_row(setting_item(st, SERVE_UNIX_OPERATOR, out->count),
			&out->rows[out->count], e) == -1) {
			local_operators_free(out);
			return -1;
		}
	return 0;
}

void
local_operators_free(struct local_operators *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->rows[i].name);
	free(all->rows);
	*all = (struct local_operators){ 0 };
}

const struct local_operator *
local_operator_of(const struct session *s)
{
	const struct local_operators *all = &s->server->local_operators;

	for (size_t i = 0; session_extra(s)->unix_name != NULL && i < all->count; i++) {
		const struct local_operator *row = &all->rows[i];
		if (row->group ? peercred_in_group(s->conn->source.fd, row->id)
			       : session_extra(s)->unix_user == row->id)
			return row;
	}
	return NULL;
}

void
local_operator_make(struct session *s, const struct local_operator *row)
{
	struct event ev = { .kind = EVENT_OPER, .actor = s->user, .text = str_from(row->name) };

	log_info("oper", LOG_TEXT("nick", s->user->nick), LOG_TEXT("name", row->name),
	    LOG_TEXT("user", session_extra(s)->unix_name), LOG_TEXT("result", "accepted"));
	server_event(s->server, s, &ev);
}

void
local_operator_greet(struct session *s)
{
	const struct local_operator *row;

	if (s->closing || user_is(s->user, USER_OPERATOR) || (row = local_operator_of(s)) == NULL)
		return;
	local_operator_make(s, row);
}
