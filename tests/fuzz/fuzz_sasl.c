/*
 * The server's side of SASL: whatever a client sends, nobody is let in but who knows the password,
 * and what is sent back fits into lines. The input is lines: the first names the mechanism, the
 * others are the parts of its messages, as AUTHENTICATE carries them; a line "=text" stands for
 * text in base64. The same bytes are then read as the text of an account.
 */
#include <stdint.h>

#include "auth/account.h"
#include "auth/sasl.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 16 };

/* Keys that no password has. */
static void
keys_of(void *arg, struct str name, struct sasl_keys *out)
{
	(void)arg;
	must(name.len > 0);
	*out = (struct sasl_keys){ 4096, "salt", "stored", "server" };
}

/* Standard base64, so that the fuzzer need not find it out. */
static void
encode(struct str text, struct buf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < text.len; i += 3) {
		size_t left = text.len - i;
		uint32_t bits = (uint32_t)(uint8_t)text.p[i] << 16;
		if (left > 1)
			bits |= (uint32_t)(uint8_t)text.p[i + 1] << 8;
		if (left > 2)
			bits |= (uint8_t)text.p[i + 2];
		buf_add_char(out, digits[bits >> 18]);
		buf_add_char(out, digits[bits >> 12 & 63]);
		buf_add_char(out, left > 1 ? digits[bits >> 6 & 63] : '=');
		buf_add_char(out, left > 2 ? digits[bits & 63] : '=');
	}
}

static void
must_fit_into_lines(struct str message)
{
	struct str part;
	bool more = true;

	must(message.len <= SASL_MESSAGE_MOST);
	while (more) {
		more = sasl_part_cut(&message, &part);
		must(part.len > 0 && part.len <= SASL_PART && str_find(part, ' ') == part.len);
	}
}

static enum sasl_result
step(struct sasl *x, struct str message)
{
	struct buf out = BUF_INIT(SASL_MESSAGE_MOST);
	struct err e = { "" };
	enum sasl_result r = sasl_step(x, message, &out, &e);

	if (r == SASL_MORE)
		must_fit_into_lines(buf_str(&out));
	if (r == SASL_FAILED)
		must(e.text[0] != '\0' && strchr(e.text, '\n') == NULL);
	buf_free(&out);
	return r;
}

static void
exchange(enum sasl_mechanism m, struct str lines)
{
	struct buf message = BUF_INIT(SASL_MESSAGE_MOST);
	enum sasl_result r = SASL_MORE;
	struct err e;
	struct sasl *x = sasl_server_new(m, keys_of, NULL, &e);

	if (x == NULL) {
		must(sasl_library[0] == '\0');
		return;
	}
	for (int i = 0; i < STEPS && r == SASL_MORE && lines.len > 0; i++) {
		struct str line = str_cut(&lines, '\n');
		if (str_eat(&line, '='))
			encode(line, &message);
		else if (sasl_part_add(&message, line) == SASL_PART_TOO_LONG)
			break;
		r = step(x, buf_str(&message));
		buf_clear(&message);
	}
	if (r == SASL_DONE)
		must(m == SASL_EXTERNAL);
	if (r == SASL_PASSWORD)
		must(m == SASL_PLAIN && sasl_user(x).len > 0 && sasl_password(x).len > 0);
	sasl_free(x);
	buf_free(&message);
}

static void
account(struct str text)
{
	struct err e = { "" };
	struct accounts *all = accounts_new(&e);

	must(all != NULL);
	if (account_read(all, text, &e) == 0)
		must(accounts_count(all) == 1);
	else
		must(e.text[0] != '\0');
	accounts_free(all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = exact((struct str){ (const char *)data, size }), lines = input;
	enum sasl_mechanism m = sasl_find(str_cut(&lines, '\n'));

	if (m != SASL_MECHANISM_COUNT)
		exchange(m, lines);
	else
		account(input);
	free((char *)input.p);
	return 0;
}
