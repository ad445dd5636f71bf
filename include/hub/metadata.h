/*
 * Metadata: texts by key that users and channels are given (IRCv3 draft/metadata). A user's belong
 * to its account, whoever is logged in to that, and outlive it; without an account they end with
 * the user. A channel's end with the channel.
 */
#ifndef HUB_METADATA_H
#define HUB_METADATA_H

#include <stdint.h>

#include "base/buf.h"

struct metadata_entry {
	char *key, *value; /* one allocation; the value may be empty */
};

struct metadata {
	struct metadata_entry *entries; /* sorted by key */
	uint32_t count;
};

/* NULL: it is not set. */
const char *metadata_get(const struct metadata *m, struct str key);
/* Sets it, or with a NULL value.p unsets it, which cannot fail. False: no memory, unchanged. */
bool metadata_set(struct metadata *m, struct str key, struct str value);
void metadata_clear(struct metadata *m); /* and frees */
/* As lines, "key value" with `before` in front of each. */
void metadata_write(const struct metadata *m, const char *before, struct buf *out);
/* One such line, without `before`. False: it is none, or memory is short. */
bool metadata_read(struct metadata *m, struct str line);

#endif
