/* Where to listen: what ADDRESS[:PORT], a host name, an interface or a label of one stands for. */
#ifndef NET_PLACE_H
#define NET_PLACE_H

#include "net/addr.h"

struct place {
	struct addr_list to; /* owned: addr_list_free; their ports are 0 */
	int port;            /* -1: none is named */
	bool some;           /* of several addresses those that cannot be had may be left out */
	bool from_interface; /* they are known to be here */
};

/* May block, as host names are looked up: before the loop runs only. */
int place_read(struct place *p, struct str text, struct err *e);
/* Without looking anything up. "wlan0:1" names no port where there is such a label. */
bool place_names_port(struct str text);

#endif
