/*
 * The log on standard error: what happened to whom, in fields. One line an entry, as
 *   2026-11-21T03:04:05.678Z level=info event=client-connected address=127.0.0.1:4711
 * or as one JSON object. Never a password, never message text.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_OFF
};
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_field {
	const char *key;
	struct str text;
	int64_t number;
	bool is_number; /* which of the two */
};

/* clang-format off */
#define LOG_STR(k, s) { .key = (k), .text = (s) }
#define LOG_TEXT(k, z) { .key = (k), .text = str_from(z) }
#define LOG_INT(k, n) { .key = (k), .number = (int64_t)(n), .is_number = true }
/* clang-format on */

/* log_info("client-gone", LOG_TEXT("nick", nick), LOG_INT("bytes", n)): at least one field. */
#define log_debug(...) LOG_CALL(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_CALL(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) LOG_CALL(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) LOG_CALL(LOG_LEVEL_ERROR, __VA_ARGS__)
#define LOG_CALL(level, event, ...)                                        \
	log_write(level, event, (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

void log_setup(enum log_level level, enum log_format format);
/* Whether an entry of that level is written: to be asked where its fields are dear. */
bool log_wants(enum log_level level);
/*
 * A text value is quoted where it must be. In quotes, control characters, quotes, backslashes and
 * what turns text around are escaped as in JSON; bytes that are not UTF-8 become U+FFFD. A value is
 * cut at 512 bytes, and a field that finds no room in 4 KiB is left out. Nothing waits for a reader
 * that has stopped: what it misses is counted, and told by event=log-entries-lost count=N.
 */
void log_write(
    enum log_level level, const char *event, const struct log_field *fields, size_t count);

#endif
