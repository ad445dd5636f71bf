/* Searching a file by what is said in it. */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "reader.h"

/* Rows of the question's targets whose texts have its words. */
int search_answer(struct reader *r, const struct question *q, struct answer *a, struct err *e);

#endif
