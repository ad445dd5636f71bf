/* Who we say that we are: from the settings, else from the system's own record of the user. */
#ifndef CONNECT_IDENTITY_H
#define CONNECT_IDENTITY_H

#include "cli/settings.h"
#include "connect/session.h"

struct identity {
	char nick[IRC_NAME_ROOM + 1];
	bool given; /* the person asked for that name */
	char user[IRC_USER_MOST + 1];
	char realname[IRC_REAL_MOST + 1];
	char password[IRC_LINE_MOST];                  /* the server's; "" none */
	char account[ROSTER_NAME_MOST + 1];            /* "" none */
	unsigned mechanism;                            /* as in session_config */
	char account_password[SASL_PASSWORD_MOST + 1]; /* "" EXTERNAL: the kernel says who we are */
};

/* -1 with a sentence when a name is not possible anywhere or a password cannot be read
 * (EXIT_CONFIG). `local`: to a Unix socket, where the kernel knows us. May ask at the terminal. */
int identity_load(struct identity *id, const struct settings *settings, bool local, struct err *e);
void identity_wipe(struct identity *id);                          /* forgets the passwords */
struct session_config identity_config(const struct identity *id); /* views into *id */

/* A nick out of any name: what no server allows becomes '_'. "guest" when nothing is left. */
void identity_nick(struct str name, char *out, size_t size);

#endif
