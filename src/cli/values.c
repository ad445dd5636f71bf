/* Values: from text, back to text, and what is allowed. */
#include "cli/values.h"

#include "base/utf8.h"
#include "cli/problems.h"
#include "kinds.h"

enum { QUOTE_MOST = 60 };

static const struct kind *const kinds[VALUE_KIND_COUNT] = {
	[VALUE_INTEGER] = &kind_integer,
	[VALUE_MODE] = &kind_mode,
	[VALUE_SIZE] = &kind_size,
	[VALUE_DURATION] = &kind_duration,
	[VALUE_BOOLEAN] = &kind_boolean,
	[VALUE_ENUMERATION] = &kind_enumeration,
	[VALUE_TEXT] = &kind_text,
	[VALUE_WORD] = &kind_word,
	[VALUE_LETTERS] = &kind_letters,
	[VALUE_CHANNEL] = &kind_channel,
	[VALUE_PATH] = &kind_path,
	[VALUE_SOCKET] = &kind_socket,
	[VALUE_ADDRESS] = &kind_address,
	[VALUE_INTERFACE] = &kind_interface,
	[VALUE_BIND] = &kind_bind,
	[VALUE_LISTEN] = &kind_listen,
	[VALUE_WEBSOCKET] = &kind_websocket,
	[VALUE_OPERATOR] = &kind_operator,
	[VALUE_NETWORK] = &kind_network,
	[VALUE_WEBIRC] = &kind_webirc,
};

void
value_quote(struct str text, struct buf *out)
{
	size_t shown = text.len <= QUOTE_MOST ? text.len : utf8_prefix(text, QUOTE_MOST);

	utf8_show(out, str_first(text, shown));
	if (shown < text.len)
		buf_add_str(out, STR("..."));
}

static bool
has_control(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

/* What holds for every text, whatever its kind. */
static const char *
check_text(const struct setting_row *r, struct str text)
{
	if (has_control(text))
		return "holds a control character";
	if (!utf8_valid(text))
		return "is not valid UTF-8";
	if (text.len > (size_t)r->max)
		return "is too long";
	return text.len < (size_t)r->min ? "is too short" : NULL;
}

static void
add_nearest_name(const struct setting_row *r, struct str text, struct buf *out)
{
	struct nearest near = NEAREST_INIT(text);

	for (size_t i = 0; r->kind == VALUE_ENUMERATION && r->names[i] != NULL; i++)
		nearest_try(&near, str_from(r->names[i]));
	if (near.best[0] != '\0')
		buf_printf(out, " (did you mean '%s'?)", near.best);
}

static int
refuse(const struct setting_row *r, struct str text, const char *wrong, struct err *e)
{
	struct buf out = BUF_INIT(sizeof(e->text) - 1);

	if (text.len > 0) {
		buf_add_char(&out, '\'');
		value_quote(text, &out);
		buf_add_str(&out, STR("' "));
	}
	buf_add_str(&out, str_from(wrong));
	add_nearest_name(r, text, &out);
	buf_add_str(&out, STR("; allowed is "));
	value_allowed(r, &out);
	err_set(e, "%s", buf_cstr(&out));
	buf_free(&out);
	return -1;
}

int
value_parse(const struct setting_row *r, struct str text, int64_t *number, struct err *e)
{
	const struct kind *kind = kinds[r->kind];
	bool is_text = kind->show == NULL && r->kind != VALUE_ENUMERATION;
	const char *wrong = NULL;

	*number = 0;
	/* A list's default is all of the list, and its items are judged like any other. */
	if (is_text && (r->flags & ROW_LIST) == 0 && str_eq(text, str_from(r->initial)))
		return 0;
	if (text.len == 0)
		wrong = "the value is empty";
	else if (is_text)
		wrong = check_text(r, text);
	if (wrong == NULL)
		wrong = kind->parse(r, text, number);
	return wrong == NULL ? 0 : refuse(r, text, wrong, e);
}

void
value_allowed(const struct setting_row *r, struct buf *out)
{
	kinds[r->kind]->allowed(r, out);
}

void
value_number_show(const struct setting_row *r, int64_t number, struct buf *out)
{
	if (r->kind == VALUE_ENUMERATION)
		buf_add_str(out, str_from(r->names[number]));
	else
		kinds[r->kind]->show(number, out);
}
