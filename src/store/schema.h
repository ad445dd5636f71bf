/* What the file of a store is like, and how an older one becomes like that. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/db.h"
#include "store/store.h"

/* An open file that is a store of the present format: it was empty, or a store before. NULL: a
 * sentence, that of another program or of a newer sockchat among them. */
struct db *schema_open(const char *path, enum store_durability durability, struct err *e);
/* For reading alone: one of another format is refused, and nothing is changed. */
struct db *schema_open_to_read(const char *path, struct err *e);

#endif
