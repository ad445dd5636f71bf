/* What the tests of listening sockets share: a folder of their own, and listeners in few words. */
#ifndef TESTS_UNIT_LISTENING_H
#define TESTS_UNIT_LISTENING_H

#include "expect.h"
#include "net/listen.h"

/* Made before each test, and gone after it. */
extern char folder[64];
int folder_setup(void **state);
int folder_teardown(void **state);
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
/* A path in it; valid until the fourth call from now. */
const char *in_folder(const char *name);

/* Listeners of one kind; NULL: none, and why. */
struct listeners *open_bind(const char *text, struct err *e);
struct listeners *open_port(uint16_t port, struct err *e);
struct listeners *open_path(const char *text, struct err *e);
/* Where the i-th listens. */
struct addr address(const struct listeners *ls, size_t i);
/* A blocking socket connected to the address; -1 and errno. */
int connect_to(const struct addr *a);

#endif
