/* News as NDJSON, by jansson. */
#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "connect/json.h"

enum { TEXT_MOST = 64 * 1024 };

const char json_library[] = "jansson";

/* jansson takes UTF-8 alone. */
static bool
add_valid(struct buf *out, struct str text)
{
	uint32_t cp;

	while (text.len > 0) {
		size_t n = utf8_decode(text, &cp);
		if (!(n > 0 ? buf_add(out, text.p, n) : buf_add_str(out, STR("\xef\xbf\xbd"))))
			return false;
		text = str_from_byte(text, n > 0 ? n : 1);
	}
	return true;
}

/* The key is there always; absent is null. */
static bool
set(json_t *object, const char *key, struct str text)
{
	struct buf valid = BUF_INIT(TEXT_MOST);
	json_t *value = NULL;

	if (text.p == NULL)
		value = json_null();
	else if (add_valid(&valid, text))
		value = json_stringn(valid.data ? valid.data : "", valid.len);
	buf_free(&valid);
	return json_object_set_new(object, key, value) == 0;
}

static struct str
unless_empty(struct str text)
{
	return text.len > 0 ? text : (struct str){ NULL, 0 };
}

static bool
fill(json_t *object, const struct news *n)
{
	char time[CLOCK_ISO_SIZE];
	struct str when = { time, clock_iso(n->time, time) };
	bool ok = set(object, "time", when) &&
		  set(object, "kind", str_from(news_kind_name(n->kind))) &&
		  set(object, "from", unless_empty(n->from)) &&
		  set(object, "to", unless_empty(n->to)) && set(object, "text", n->text) &&
		  set(object, "id", unless_empty(n->id));

	if (ok && n->kind == NEWS_KICK)
		ok = set(object, "who", n->object);
	if (ok && n->kind == NEWS_INVITE)
		ok = set(object, "channel", n->object);
	if (ok && n->missed)
		ok = json_object_set_new(object, "missed", json_true()) == 0;
	return ok;
}

bool
json_news(struct buf *out, const struct news *n)
{
	json_t *object = json_object();
	char *text = NULL, *room;
	bool ok = object != NULL && fill(object, n);
	struct str line;

	if (ok)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (text == NULL)
		return false;
	line = str_from(text);
	room = buf_room(out, line.len + 1);
	if (room != NULL) {
		buf_add_str(out, line);
		buf_add_char(out, '\n');
	}
	free(text);
	return room != NULL;
}
