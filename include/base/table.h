/*
 * A hash table from byte strings to pointers: the one door to uthash, with a keyed hash
 * (SipHash-1-3, key from the kernel's random source) so that no peer can choose names that
 * collide, and without uthash's abort on short memory. Walking goes in order of insertion.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/str.h"

struct table;

struct table *table_new(void);    /* NULL when memory is short */
void table_free(struct table *t); /* the values are not touched; NULL is allowed */

/*
 * The key's bytes are lent: they must stay where they are as long as the entry does. False: no
 * memory, or the key is there already (nothing changes).
 */
bool table_put(struct table *t, struct str key, void *value);
void *table_get(const struct table *t, struct str key); /* NULL when absent */
void *table_take(struct table *t, struct str key);      /* removes it; NULL when absent */
size_t table_count(const struct table *t);

/*
 * for (struct table_walk w = table_walk(t); (v = table_next(&w));)
 * The entry just returned may be taken while walking; no other change is allowed.
 */
struct table_walk {
	void *next;
};
struct table_walk table_walk(const struct table *t);
void *table_next(struct table_walk *w); /* the value, or NULL at the end */

uint64_t table_hash(struct str s); /* the keyed hash itself */

/* Fills with random bytes from the kernel; false when it has none to give. */
bool random_bytes(void *out, size_t len);

#endif
