/* The log on standard error. */
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/output.h"
#include "base/quote.h"
#include "base/utf8.h"

enum { VALUE_MOST = 512, LINE_MOST = OUTPUT_MOST };

static enum log_level lowest = LOG_LEVEL_INFO;
static enum log_format form = LOG_FORMAT_TEXT;
static unsigned lost; /* entries that nobody took, since the last that somebody did */

static const char *const level_names[] = { "debug", "info", "warning", "error", "off" };

void
log_setup(enum log_level level, enum log_format format)
{
	lowest = level;
	form = format;
}

bool
log_wants(enum log_level level)
{
	return level >= lowest && lowest != LOG_LEVEL_OFF;
}

static bool
needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '=')
			return true;
	return s.len == 0;
}

static void
add_text_value(struct buf *b, struct str s)
{
	if (needs_quotes(s))
		quote_json(b, s);
	else
		buf_add_str(b, s);
}

static void
add_field(struct buf *b, const struct log_field *f)
{
	bool json = form == LOG_FORMAT_JSON;
	struct str text = str_first(f->text, utf8_prefix(f->text, VALUE_MOST));

	buf_printf(b, json ? ",\"%s\":" : " %s=", f->key);
	if (f->is_number)
		buf_printf(b, "%lld", (long long)f->number);
	else if (json)
		quote_json(b, text);
	else
		add_text_value(b, text);
}

/* A field that has no room is left out whole, so that the line stays one that programs can read. */
static void
add_fields(struct buf *line, const struct log_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t before = line->len;
		add_field(line, &fields[i]);
		if (line->truncated)
			line->len = before;
		line->truncated = false;
	}
}

/* False when nobody takes it now. */
static bool
write_entry(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	struct buf line = BUF_INIT(LINE_MOST - 2);
	char time[CLOCK_ISO_SIZE];
	bool json = form == LOG_FORMAT_JSON, taken;

	clock_iso(clock_wall(), time);
	buf_printf(&line,
	    json ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"" : "%s level=%s event=%s",
	    time, level_names[level], event);
	add_fields(&line, fields, count);
	line.max = LINE_MOST;
	buf_add_str(&line, json ? STR("}\n") : STR("\n"));
	taken = output_try(STDERR_FILENO, buf_str(&line));
	buf_free(&line);
	return taken;
}

void
log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	const struct log_field missing = LOG_INT("count", lost);

	if (!log_wants(level))
		return;
	if (lost > 0 && write_entry(LOG_LEVEL_WARNING, "log-entries-lost", &missing, 1))
		lost = 0;
	if (lost > 0 || !write_entry(level, event, fields, count))
		lost++;
}
