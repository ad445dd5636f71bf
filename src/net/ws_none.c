/* Built without wslay: there are no WebSockets. */
#include "net/ws.h"

const char ws_library[] = "";
const struct transport transport_ws = { .name = "websocket" };

int
ws_usable(struct err *e)
{
	return err_set(e, "--websocket: this sockchat was built without WebSockets; build it with "
			  "libwslay-dev installed");
}

void
ws_begin(struct conn *c)
{
	(void)c;
}

void
ws_close(struct conn *c, enum ws_code code, struct str reason)
{
	(void)c;
	(void)code;
	(void)reason;
}

bool
ws_decode(struct ws *w, struct str in, char *out, size_t *len, struct buf *replies)
{
	(void)w;
	(void)in;
	(void)out;
	(void)replies;
	*len = 0;
	return false;
}

void
ws_free(struct ws *w)
{
	(void)w;
}

void
ws_pool_free(void)
{
}
