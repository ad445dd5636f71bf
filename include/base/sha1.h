/* SHA-1 (FIPS 180-4), for protocols that ask for it: not where a collision would be of use. */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include "base/str.h"

enum { SHA1_SIZE = 20 };

void sha1(struct str text, unsigned char out[SHA1_SIZE]);

#endif
