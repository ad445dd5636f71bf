/* Output that does not wait. The descriptor is shared with others, whom O_NONBLOCK would hit. */
#include "base/output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

bool
output_try(int fd, struct str text)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	text = str_first(text, OUTPUT_MOST);
	if (poll(&p, 1, 0) == 0)
		return false;
	do
		n = write(fd, text.p, text.len);
	while (n == -1 && errno == EINTR);
	return n != -1 || errno != EAGAIN;
}
