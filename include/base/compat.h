/* The one place for what differs between platforms. */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
/* Where they do not exist setsockopt refuses them, and what asked for them does without. */
#ifndef SO_BINDTODEVICE
#define SO_BINDTODEVICE (-1)
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND (-1)
#endif
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE (-1)
#endif
#ifndef TCP_KEEPINTVL
#define TCP_KEEPINTVL (-1)
#endif
/* What the other side has not taken of a socket's output. Linux has it under the terminals' name
 * (SIOCOUTQ in tcp(7) and unix(7)); where no socket has it ioctl refuses. */
#ifndef FIONWRITE
#define FIONWRITE TIOCOUTQ
#endif

/* printf arguments are checked by the compiler: N is the format's place, M the first value's. */
#define PRINTF_LIKE(n, m) __attribute__((format(printf, n, m)))

#endif
