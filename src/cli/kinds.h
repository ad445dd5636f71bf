/* The kinds of values, a row of functions for each: numbers and texts. Of values.c alone. */
#ifndef SRC_CLI_KINDS_H
#define SRC_CLI_KINDS_H

#include "cli/values.h"

struct kind {
	/*
	 * What is wrong with a text that is not empty, without what is allowed; NULL when nothing
	 * is.
	 */
	const char *(*parse)(const struct setting_row *r, struct str text, int64_t *number);
	void (*show)(int64_t number, struct buf *out); /* NULL: names or texts */
	void (*allowed)(const struct setting_row *r, struct buf *out);
};

extern const struct kind kind_integer, kind_mode, kind_size, kind_duration, kind_boolean,
    kind_enumeration;
extern const struct kind kind_text, kind_word, kind_letters, kind_channel, kind_path, kind_socket,
    kind_address, kind_interface, kind_bind, kind_listen, kind_websocket, kind_operator,
    kind_network, kind_webirc;

#endif
