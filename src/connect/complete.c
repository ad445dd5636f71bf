/* What a word being typed may become. */
#include "complete.h"

#include "connect/slash.h"
#include "irc/names.h"

static void
add(struct buf *out, struct str before, struct str name, struct str behind)
{
	buf_add_str(out, before);
	buf_add_str(out, name);
	buf_add_str(out, behind);
	buf_add_char(out, '\n');
}

static bool
begins(struct str name, struct str start)
{
	return name_eq(str_first(name, start.len), start);
}

static void
complete_command(struct str start, struct buf *out)
{
	for (size_t i = 0; i < slash_command_count; i++)
		if (begins(str_from(slash_commands[i].name), start))
			add(out, STR("/"), str_from(slash_commands[i].name), STR(" "));
}

static void
complete_channel(const struct session *s, struct str start, struct buf *out)
{
	for (size_t i = 0; i < s->roster.count && i < COMPLETE_MOST; i++)
		if (begins(str_from(s->roster.rooms[i]->name), start))
			add(out, STR(""), str_from(s->roster.rooms[i]->name), STR(" "));
}

void
complete_word(const struct session *s, struct str line, size_t word, size_t cursor, struct buf *out)
{
	struct str start = str_first(str_from_byte(line, word), cursor - word);
	struct str tail = word == 0 ? STR(": ") : STR(" "), current = str_from(s->current);
	const struct room *room = roster_find(&s->roster, current);

	if (word == 0 && str_eat(&start, '/')) {
		complete_command(start, out);
	} else if (session_is_channel(s, start)) {
		complete_channel(s, start, out);
	} else if (room != NULL) {
		room_complete(room, start, tail, COMPLETE_MOST, out);
	} else if (current.len > 0 && begins(current, start)) {
		add(out, STR(""), current, tail);
	}
}
