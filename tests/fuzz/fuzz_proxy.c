/*
 * Headers of the PROXY protocol: what is said of a whole input was not contradicted by any part of
 * it, enough bytes always decide, and a network's text is read as that network.
 */
#include <stdint.h>

#include "must.h"
#include "net/proxy.h"
#include "net/subnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_header(struct str whole)
{
	struct proxy_header h, before;
	enum proxy_result last, result = PROXY_MORE;
	const char *why = NULL;
	size_t n = 0;

	while (result == PROXY_MORE && n < whole.len) {
		struct str part = exact(str_first(whole, ++n));
		result = proxy_parse(part, &before, &why);
		free((char *)part.p);
	}
	must(result != PROXY_MORE || n < PROXY_HELD_MOST);
	must(result != PROXY_BAD || why != NULL);
	last = proxy_parse(whole, &h, &why);
	must(last == result);
	if (last != PROXY_DONE)
		return;
	must(h.length == before.length && h.known == before.known && h.length <= PROXY_V2_MOST);
	must(!h.known || addr_equal(&h.from, &before.from));
}

static void
check_network(struct str text)
{
	char shown[ADDR_TEXT], again[ADDR_TEXT];
	struct subnet n, other;
	size_t len;

	if (!subnet_parse(text, &n))
		return;
	len = subnet_text(&n, shown);
	must(subnet_parse((struct str){ shown, len }, &other));
	must(subnet_text(&other, again) == len && memcmp(shown, again, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str whole = exact((struct str){ (const char *)data, size });

	check_header(whole);
	check_network(whole);
	free((char *)whole.p);
	return 0;
}
