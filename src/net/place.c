/* Where to listen, from a text. */
#include "net/place.h"

enum { LABELS_MOST = 256 }; /* "eth0:1": below this it is meant to be a label, not a port */

static int
interface_addresses(struct place *p, struct str name, struct err *e)
{
	p->some = p->from_interface = true;
	return addr_of_interface(name, 0, &p->to, e);
}

/* Both sentences, as it is not known which of them was meant. */
static int
name_addresses(struct place *p, struct str text, struct str host, struct err *e)
{
	struct err as_host, as_interface;

	p->some = true;
	if (addr_resolve(host, 0, &p->to, &as_host) == 0)
		return 0;
	if (interface_addresses(p, text, &as_interface) == 0)
		return 0;
	return err_set(e, "%.240s; %.240s", as_host.text, as_interface.text);
}

int
place_read(struct place *p, struct str text, struct err *e)
{
	struct addr one;
	struct str host;

	*p = (struct place){ .port = -1 };
	if (addr_is_interface(text))
		return interface_addresses(p, text, e);
	if (addr_split(text, &host, &p->port, e) == -1)
		return -1;
	if (host.len == 0)
		return err_set(
		    e, "\"" STR_FMT "\": an address or an interface is missing", STR_ARG(text));
	if (addr_numeric(host, 0, &one))
		return addr_list_one(&p->to, &one, e);
	if (!addr_is_interface(host))
		return name_addresses(p, text, host, e);
	if (p->port >= 0 && p->port < LABELS_MOST && str_find(host, ':') == host.len)
		return err_set(e,
		    "there is no label \"" STR_FMT "\" here (for port %d of this "
		    "interface, give its address)",
		    STR_ARG(text), p->port);
	return interface_addresses(p, host, e);
}

bool
place_names_port(struct str text)
{
	struct err ignored;
	struct str host;
	int port;

	return !addr_is_interface(text) && addr_split(text, &host, &port, &ignored) == 0 &&
	       port >= 0;
}
